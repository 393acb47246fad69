"""docs/openapi.json is what the API takes and answers; that its answers are so, every test of the API holds."""

import json
import re
from typing import Any

import pytest
from jsonschema_rs import ValidationError

from dev.openapi import READABLE, files
from dev.openapi.operations import OPERATIONS
from functions.backend_api import ROUTES, Route
from tests.functions import described
from tests.functions.api_world import World

EVERY = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


def told(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = described.description()["paths"][f"/{route.path}"][route.method.lower()]
    return found


def test_the_description_is_up_to_date() -> None:
    late = [str(path) for path, text in files().items() if path.read_text("utf-8") != text]
    assert late == [], "python -m dev openapi writes them anew"


def test_every_route_is_described_once_and_no_other() -> None:
    assert [route.name for route in ROUTES if route.name not in OPERATIONS] == []
    assert set(OPERATIONS) == {route.name for route in ROUTES}


async def test_what_is_served_is_what_is_checked_in() -> None:
    answer = await World().call("GET", "/openapi.json")
    assert (answer.status, answer.mimetype) == (200, "application/json")
    assert answer.data == json.loads(READABLE.read_text("utf-8"))
    assert answer.data["openapi"].startswith("3.1")


def test_a_client_may_rely_on_every_field_of_an_answer() -> None:
    for name in ("Settings", "ResourceAnswer", "ConflictAnswer", "CompanyAnswer"):
        schema = described.description()["components"]["schemas"][name]
        assert set(schema["required"]) == set(schema["properties"]), name


def test_every_reference_leads_somewhere() -> None:
    text = READABLE.read_text("utf-8")
    for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', text):
        assert name in described.description()["components"][kind]


@EVERY
def test_every_example_is_what_its_schema_says(route: Route) -> None:
    contents = [body["content"] for body in (told(route).get("requestBody"),) if body]
    contents += [answer["content"] for answer in described.responses(route).values() if "content" in answer]
    shown = 0
    for media in (media for content in contents for media in content.values()):
        examples = [each["value"] for each in media.get("examples", {}).values()]
        for example in examples + ([media["example"]] if "example" in media else []):
            described.check(media["schema"], example)
            shown += 1
    assert shown >= len(contents) - (route.name == "get_description")


@EVERY
def test_every_route_says_what_it_is_for(route: Route) -> None:
    assert told(route)["description"]


@pytest.mark.parametrize(
    "body",
    [
        {"direction": "sideways"},
        {"outlook_to_timify": {"event_title": "on"}},
        {"timify_to_outlook.event_name": "on"},
        {"timify_to_outlook": None},
        {"outlook_to_timify": {"tentative": True}},
        {"weekly_digest": 1},
        [],
    ],
)
async def test_settings_that_are_refused_are_not_described_either(body: Any) -> None:
    world = World()
    await world.install()
    for method, path, name in (
        ("PUT", "/companies/acme/settings", "SettingsRequest"),
        ("PATCH", "/companies/acme/resources/r0/settings", "ChoicesRequest"),
    ):
        assert (await world.call(method, path, body)).status == 400
        with pytest.raises(ValidationError):
            described.check({"$ref": f"#/components/schemas/{name}"}, body)


@pytest.mark.parametrize(
    "body", [{"weekly_digest": True}, {"timify_to_outlook.notes": "on"}, {"outlook_to_timify": {"free": "sync"}}]
)
async def test_settings_that_are_taken_are_described(body: Any) -> None:
    world = World()
    await world.install()
    for method, path, name in (
        ("PUT", "/companies/acme/settings", "SettingsRequest"),
        ("PATCH", "/companies/acme/resources/r0/settings", "ChoicesRequest"),
    ):
        assert (await world.call(method, path, body)).status == 200
        described.check({"$ref": f"#/components/schemas/{name}"}, body)
