"""What every route of the API has in common: reading strictly, refusing clearly, never leaking."""

import json
import logging
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.backend_api import ROUTES, Route, blueprint, dispatch
from functions.health import VERSION
from functions.http import cursor, page, read_cursor
from shared.domain.accounts import Status
from shared.domain.failures import Broken, Reason, Refused, Throttled, Transient
from tests.functions.api_world import World, find_route

SETTINGS = "/companies/acme/settings"


@pytest.fixture
async def world() -> World:
    world = World()
    await world.install()
    return world


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "line 1, column 2"),
        (b"direction=two_way", "not JSON"),
        (b'{"direction": NaN}', "NaN"),
        (b'{"direction": "two_way", "direction": "x"}', "twice"),
        (b'{"direction": "\xff"}', "UTF-8"),
        (b'{"direction": "\\ud800"}', "UTF-8"),
        (b"[" * 100_000, "nested"),
        (b"9" * 5000, "not JSON"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'"two_way"', "object"),
    ],
)
async def test_a_body_that_is_no_settings_object_is_refused_in_words(world: World, raw: bytes, words: str) -> None:
    answer = await world.call("PUT", SETTINGS, raw=raw)
    if not raw.strip():
        answer = await world.call("PUT", SETTINGS, raw=raw or b" ")
    assert (answer.status, answer.code) == (400, "invalid")
    assert words in answer.data["detail"]
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "", "json", "multipart/json"])
async def test_another_content_type_is_not_guessed_to_be_json(world: World, media: str) -> None:
    answer = await world.call("PUT", SETTINGS, {}, content_type=media)
    assert (answer.status, answer.code) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "media", ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"]
)
async def test_json_by_any_of_its_names_is_read(world: World, media: str) -> None:
    assert (await world.call("PUT", SETTINGS, {}, content_type=media)).status == 200


async def test_an_enormous_body_is_not_even_parsed(world: World) -> None:
    answer = await world.call("PUT", SETTINGS, raw=b" " * 300_000)
    assert (answer.status, answer.code) == (413, "too-large")


@pytest.mark.parametrize("company_id", ["ac.me", "a" * 41, "acme|rival", "ac me", "äcme", "acme%2Frival", "'"])
async def test_an_id_that_cannot_be_one_never_reaches_the_tables(world: World, company_id: str) -> None:
    answer = await world.call("GET", f"/companies/{company_id}")
    assert (answer.status, answer.data["errors"][0]["parameter"]) == (400, "company_id")


async def test_a_slip_in_a_query_parameter_never_means_the_default(world: World) -> None:
    await world.connect("r0", status=Status.CONNECTED)
    answer = await world.call("DELETE", "/companies/acme/resources/r0/connection?copy=keep")
    assert (answer.status, answer.data["errors"][0]["parameter"]) == (400, "copy")
    answer = await world.call("DELETE", "/companies/acme/resources/r0/connection?copies=all")
    assert "remove_future, keep" in answer.data["detail"]
    answer = await world.call("DELETE", "/companies/acme/resources/r0/connection?copies=keep,remove_future")
    assert (answer.status, answer.code) == (400, "invalid")


@pytest.mark.parametrize("value", [",", "%20", ",%20,"])
async def test_a_value_without_a_word_in_it_never_means_the_default(world: World, value: str) -> None:
    await world.connect("r0", status=Status.CONNECTED)
    answer = await world.call("DELETE", f"/companies/acme/resources/r0/connection?copies={value}")
    assert (answer.status, answer.data["errors"][0]["parameter"]) == (400, "copies")
    answer = await world.call("GET", f"/companies/acme/resources?status={value}")
    assert (answer.status, answer.data["errors"][0]["parameter"]) == (400, "status")
    assert (await world.connection("r0")).status is Status.CONNECTED


async def test_the_function_key_may_be_sent_in_the_address(world: World) -> None:
    assert (await world.call("GET", "/companies/acme?code=local-function-key")).status == 200


async def test_a_body_where_none_is_read_is_refused_instead_of_ignored(world: World) -> None:
    answer = await world.call("DELETE", "/companies/acme/resources/r0/settings", {"direction": None})
    assert (answer.status, answer.code) == (400, "invalid")
    assert (await world.call("DELETE", "/companies/acme/resources/r0/settings", {})).status == 200


async def test_an_error_of_ours_tells_the_caller_a_number_and_the_log_a_place_but_nobody_the_content(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.timify_answers(False, RuntimeError("Max Mustermann, max@acme.example"))
    with caplog.at_level(logging.ERROR):
        answer = await world.call("GET", "/companies/acme/resources")
    assert (answer.status, answer.code) == (500, "internal")
    occurrence = answer.data["instance"].removeprefix("urn:uuid:")
    assert occurrence in caplog.text
    assert "overview.py" in caplog.text
    for told in (caplog.text, answer.raw.decode()):
        assert "Mustermann" not in told
        assert "max@" not in told
    assert "Traceback" not in answer.raw.decode()


@pytest.mark.parametrize(
    "failure", [Transient("timeout"), Throttled("429", 7), Broken(Reason.OUR_CREDENTIALS, "401"), Refused("400")]
)
async def test_timify_being_away_is_told_as_that(world: World, failure: Exception) -> None:
    world.timify_answers(False, failure)
    answer = await world.call("GET", "/companies/acme/resources")
    assert (answer.status, answer.code) == (503, "timify-unreachable")


async def test_every_answer_forbids_guessing_caching_and_framing(world: World) -> None:
    for path in ("/companies/acme", "/companies/nobody"):
        headers = (await world.call("GET", path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        *("plan", "locale", "timezone", "privacy_policy", "version", "accepted_at", "resource_ids", "action"),
        *("direction", "outlook_to_timify", "timify_to_outlook.notes", "notes", "event_name"),
        *("outlook_to_timify.", ".", ".."),
    ]
)
LIKELY = JSON | st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON, max_size=3), max_size=4)
BODIED = [
    ("PUT", "/companies/acme"),
    ("PUT", SETTINGS),
    ("PATCH", "/companies/acme/resources/r0/settings"),
    ("POST", "/companies/acme/invitations"),
]


@pytest.mark.parametrize(("method", "path"), BODIED)
@given(body=LIKELY)
async def test_no_body_ends_in_a_server_error_or_changes_anything_when_refused(
    method: str, path: str, body: Any
) -> None:
    world = World()
    await world.install()
    before = await world.facts()
    answer = await world.call(method, path, body)
    assert answer.status < 500
    if answer.status >= 400:
        assert answer.data["status"] == answer.status
        assert await world.facts() == before


@pytest.mark.parametrize(("method", "path"), BODIED)
@given(raw=st.binary(max_size=60))
async def test_no_bytes_end_in_a_server_error(method: str, path: str, raw: bytes) -> None:
    world = World()
    await world.install()
    assert (await world.call(method, path, raw=raw)).status < 500


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_cursor_brings_back_what_it_was_made_of(key: list[str]) -> None:
    assert read_cursor({"next": cursor(key)}, len(key)) == tuple(key)


@given(st.text(min_size=1))
async def test_a_cursor_of_somebodys_own_making_is_refused_or_harmless(text: str) -> None:
    world = World()
    await world.install()
    route, ids = find_route("GET", "/api/v1/companies/acme/resources")
    request = func.HttpRequest("GET", "https://x", params={"next": text}, route_params=ids, body=b"")
    assert (await dispatch(route, request, world.services, None)).status_code in (200, 400)


@given(keys=st.sets(st.text(max_size=3), min_size=1), limit=st.integers(1, 5), newest_first=st.booleans())
def test_paging_shows_each_thing_once_and_none_is_left_out(keys: set[str], limit: int, newest_first: bool) -> None:
    seen: list[str] = []
    query = {"limit": str(limit)}
    for _ in range(len(keys) + 1):
        shown, after = page(keys, lambda key: (key,), query, newest_first=newest_first)
        seen += shown
        if after is None:
            break
        query = {"limit": str(limit), "next": after}
    assert seen == sorted(keys, reverse=newest_first)


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1e2", "٣"])
async def test_a_limit_out_of_bounds_is_refused(world: World, limit: str) -> None:
    answer = await world.call("GET", f"/companies/acme/resources?limit={limit}")
    assert (answer.status, answer.data["errors"][0]["parameter"]) == (400, "limit")


def test_every_route_is_behind_a_function_key_under_a_name_of_its_own() -> None:
    app = func.FunctionApp()
    app.register_functions(blueprint)
    bindings = [json.loads(str(f))["bindings"][0] for f in app.get_functions()]
    assert {(b["methods"][0], b["route"]) for b in bindings} == {(r.method, r.path) for r in ROUTES}
    assert {b["authLevel"] for b in bindings} == {"FUNCTION"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_no_route_leads_nowhere(route: Route) -> None:
    assert callable(route.handler())


def test_only_the_companys_own_routes_and_the_description_work_before_consent() -> None:
    open_routes = ["get_description", "put_company", "get_company", "delete_company", "post_console_session"]
    assert [route.name for route in ROUTES if route.open] == open_routes


async def test_one_companys_calls_never_touch_anothers_data(world: World) -> None:
    await world.install("rival")
    await world.call("PUT", "/companies/rival/settings", {"direction": "timify_to_outlook"})
    mine = await world.company()
    answer = await world.call("GET", "/companies/rival/resources/r0")
    assert (answer.status, answer.code) == (404, "unknown-resource")
    assert await world.company() == mine


def test_the_version_that_health_tells_is_the_projects() -> None:
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text("utf-8"))
    assert project["project"]["version"] == VERSION


def test_neither_a_webhook_nor_the_description_waits_for_the_models_of_the_api_to_load() -> None:
    modules = "backend_api, graph_webhook, timify_webhook, health"
    program = f"import sys, functions.backend_api.description; from functions import {modules}; print(*sys.modules)"
    root = Path(__file__).parents[2]
    loaded = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    heavy = {"pydantic", "httpx", "msal", "jinja2", "cryptography", "azure.data.tables", "azure.storage.queue"}
    assert heavy & set(loaded.stdout.split()) == set()
