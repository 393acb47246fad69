"""docs/timify_backend_client.py does what the API takes, and its types are what the API answers."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal, TypeAliasType, get_args, get_origin, get_type_hints

import httpx
import pytest

from docs import timify_backend_client as example
from docs.timify_backend_client import CalendarSync, Problem
from functions.backend_api import ROUTES, Route
from shared.domain.accounts import Mailbox, RoundState, Status
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.failures import Transient
from tests.functions.api_world import NOW, POLICY, World, find_route
from tests.functions.described import description

MAILBOX = Mailbox(account="oid.tid", calendar_id="main")
CONFLICT = Conflict(kind=ConflictKind.REFUSED, item="c" * 32, detail="ErrorX", since=NOW - timedelta(hours=1))
SCHEMAS: dict[type, str] = {
    example.Company: "CompanyAnswer",
    example.PrivacyPolicy: "PolicyModel",
    example.ConsoleSession: "ConsoleSessionAnswer",
    example.Settings: "Settings",
    example.OutlookToTimify: "OutlookToTimify",
    example.TimifyToOutlook: "TimifyToOutlook",
    example.ResourceSettings: "ResourceSettingsAnswer",
    example.Preview: "PreviewAnswer",
    example.CompanyPreview: "CompanyPreviewAnswer",
    example.DisablingPreview: "DisablingAnswer",
    example.Progress: "ProgressAnswer",
    example.Check: "CheckAnswer",
    example.Resource: "ResourceAnswer",
    example.Invited: "InvitedAnswer",
    example.Span: "SpanAnswer",
    example.LogLine: "LogLineAnswer",
    example.InTheWay: "InTheWayAnswer",
    example.Conflict: "ConflictAnswer",
    example.Decision: "DecisionAnswer",
}
PYTHON = {"string": str, "integer": int, "boolean": bool, "null": type(None), "array": list, "object": dict}
POLICY_OF_IT = example.PrivacyPolicy(version="3", accepted_by="admin-7", accepted_at=POLICY["accepted_at"])


class Backend:
    """The API on fakes, behind the client's transport: `called` are its routes, `away` how often it is out of reach."""

    def __init__(self) -> None:
        self.world = World()
        self.called: list[Route] = []
        self.waited: list[float] = []
        self.away = 0
        self.tokens = iter(["t1", "t2", "t3"])
        self.bearers: list[str | None] = []
        transport = httpx.MockTransport(self.answer)
        self.sync = CalendarSync("https://sync.example", "key", transport=transport)
        self.strict = CalendarSync("https://sync.example", "key", token=lambda: next(self.tokens), transport=transport)
        self.strict.sleep = self.waited.append
        self.sync.sleep = self.waited.append

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers["x-functions-key"] != "key":
            return httpx.Response(401)
        self.bearers.append(request.headers.get("authorization"))
        self.called.append(find_route(request.method, request.url.path)[0])
        if self.away:
            self.away -= 1
            return httpx.Response(503, headers={"Retry-After": "7"})
        path = request.url.raw_path.decode().removeprefix("/api/v1")
        given = asyncio.run(self.world.call(request.method, path, raw=request.content))
        return httpx.Response(given.status, headers={"Content-Type": given.mimetype}, content=given.raw)


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    with backend.sync as sync:
        sync.install("acme", "premium", locale="de", timezone="Europe/Berlin", policy=POLICY_OF_IT)
        yield backend


def kinds(hint: Any) -> set[Any]:
    """What a type may be: Python types, words of a Literal, names of schemas."""
    if isinstance(hint, TypeAliasType):
        return kinds(hint.__value__)
    if hint in SCHEMAS:
        return {SCHEMAS[hint]}
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    if get_origin(hint) in (list, dict):
        return {get_origin(hint)}
    parts = get_args(hint)
    return set().union(*map(kinds, parts)) if parts else {hint}


def described_kinds(schema: dict[str, Any]) -> set[Any]:
    if "anyOf" in schema:
        return set().union(*map(described_kinds, schema["anyOf"]))
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {name} if name in SCHEMAS.values() else described_kinds(description()["components"]["schemas"][name])
    return set(schema["enum"]) if "enum" in schema else {PYTHON[schema["type"]]}


@pytest.mark.parametrize("kind", SCHEMAS, ids=lambda kind: kind.__name__)
def test_every_type_of_the_client_is_what_is_described(kind: type) -> None:
    described = description()["components"]["schemas"][SCHEMAS[kind]]["properties"]
    hints = get_type_hints(kind)
    assert set(hints) == set(described)
    for name, schema in described.items():
        said, told = kinds(hints[name]), described_kinds(schema)
        if str in said:  # the client leaves it open which words there are
            told = {str if isinstance(each, str) else each for each in told}
        assert said == told, name


def test_every_route_can_be_called_and_answers_what_the_client_says(backend: Backend) -> None:
    sync, world = backend.sync, backend.world
    assert sync.description()["openapi"] == "3.1.0"
    assert sync.company("acme")["eligible"] is True
    assert "/console/" in sync.console_session("acme", "Ada Lovelace", "de", ["change_settings"])["url"]
    assert sync.replace_settings("acme", {"timify_to_outlook.notes": True})["timify_to_outlook"]["notes"] == "on"
    assert sync.settings("acme")["direction"] == "two_way"
    assert sync.preview_settings("acme", {})["connections"] == 0
    assert sync.invite("acme", "r0")["status"] == "awaiting_confirmation"
    assert sync.revoke_invitation("acme", "r0")["status"] == "not_invited"
    several = sync.invite_several("acme", ["r0", "r2"])
    assert [each["problem"] and each["problem"]["code"] for each in several] == [None, "no-email-address"]
    assert [each["resource_id"] for each in sync.resources("acme", status=["awaiting_confirmation"])] == ["r0"]
    assert sync.resource("acme", "r1")["label"] == "Invite"
    changed = sync.change_resource_settings("acme", "r1", {"direction": "outlook_to_timify"})
    assert changed == sync.resource_settings("acme", "r1")
    assert sync.follow_company("acme", "r1")["overrides"] == {}
    assert {line["rule"] for line in sync.log("acme", "r0")} >= {"invited"}
    with pytest.raises(Problem, match="not-connected"):
        sync.preview_resource_settings("acme", "r1", {"direction": "two_way"})

    asyncio.run(world.connect("r2", status=Status.PAUSED, paused_from=Status.CONNECTED, mailbox=MAILBOX))
    asyncio.run(world.round("r2", RoundState(), CONFLICT))
    assert sync.preview_disabling("acme", "r2") == {"removed_in_outlook": 0, "removed_in_timify": 0, "kept": 0}
    assert sync.resume("acme", "r2", "keep")["status"] == "connected"
    assert sync.check("acme", "r2")["status"] == "connected"
    assert [each["id"] for each in sync.conflicts("acme", kind=["refused"], state=["open"])] == [CONFLICT.id]
    assert "ignore" in sync.conflict("acme", CONFLICT.id)["actions"]
    assert sync.decide("acme", CONFLICT.id, "ignore") == {"id": CONFLICT.id, "action": "ignore"}
    assert sync.disable("acme", "r2", "keep")["status"] == "disabled"
    assert sync.uninstall("acme")["uninstalled_at"] is not None
    assert {route.name for route in backend.called} == {route.name for route in ROUTES}


def test_every_page_of_a_long_list_is_read(backend: Backend) -> None:
    for number in range(130):
        asyncio.run(backend.world.connect(f"x{number}", status=Status.CONNECTED))
    assert len({each["resource_id"] for each in backend.sync.resources("acme")}) == 133


def test_what_is_away_for_a_moment_is_asked_again_and_an_invitation_is_not_sent_twice(backend: Backend) -> None:
    backend.away = 2
    assert backend.sync.company("acme")["id"] == "acme"
    assert backend.waited == [7, 7]
    backend.away = 1
    with pytest.raises(Problem) as raised:
        backend.sync.invite("acme", "r0")
    assert (raised.value.status, raised.value.retry_after, len(backend.waited)) == (503, 7, 2)


def test_each_call_has_a_token_that_is_good_now_where_the_deployment_asks_for_one(backend: Backend) -> None:
    backend.away = 1
    assert backend.strict.company("acme")["id"] == "acme"
    assert backend.bearers == [None, "Bearer t1", "Bearer t2"]


def test_a_wrong_key_is_told_in_a_sentence_although_azure_says_nothing(backend: Backend) -> None:
    wrong = CalendarSync("https://sync.example", "old", transport=httpx.MockTransport(backend.answer))
    with pytest.raises(Problem, match="401 without a code: The function key is missing or wrong") as raised:
        wrong.company("acme")
    assert (raised.value.code, raised.value.retry_after) == ("", None)


def test_a_refusal_says_which_and_where(backend: Backend) -> None:
    with pytest.raises(Problem) as raised:
        backend.sync.replace_settings("acme", {"outlook_to_timify": {"event_title": "on"}})
    assert (raised.value.code, raised.value.errors[0]["pointer"]) == ("invalid", "#/outlook_to_timify/event_title")
    backend.world.timify_answers(False, Transient("timeout"))
    with pytest.raises(Problem, match="503 timify-unreachable"):
        list(backend.sync.resources("acme"))


def test_an_id_with_a_slash_in_it_reaches_no_other_route(backend: Backend) -> None:
    with pytest.raises(Problem) as raised:
        backend.sync.resource("acme", "r|0")
    assert raised.value.errors[0]["parameter"] == "resource_id"
