"""Conflicts over the API."""

from datetime import timedelta

import pytest

from shared.domain.accounts import RoundState
from shared.domain.conflicts import Conflict, ConflictKind, ConflictState
from shared.domain.items import Side
from shared.domain.rules import Rule
from shared.domain.spans import Span
from shared.words.log_lines import CONFLICTS, RULES
from tests.functions.api_world import NOW, World

CONFLICTS_PATH = "/companies/acme/conflicts"
OVERLAP = Conflict(
    kind=ConflictKind.OVERLAP,
    item="a" * 32,
    other="b" * 32,
    outlook=Span(NOW, NOW + timedelta(hours=1)),
    timify=Span(NOW + timedelta(minutes=30), NOW + timedelta(hours=2)),
    since=NOW,
)
REFUSED = Conflict(kind=ConflictKind.REFUSED, item="c" * 32, detail="ErrorX", since=NOW - timedelta(hours=1))
IGNORED = Conflict(
    kind=ConflictKind.SERIES_EDIT, item="d" * 32, keeps=(Side.TIMIFY,), since=NOW, state=ConflictState.IGNORED
)
THEIRS = Conflict(kind=ConflictKind.REFUSED, item="e" * 32)


@pytest.fixture
async def world() -> World:
    world = World()
    await world.install()
    await world.round("r0", RoundState(), OVERLAP, REFUSED)
    await world.round("r1", RoundState(), IGNORED)
    await world.round("r0", RoundState(), THEIRS, company_id="rival")
    return world


async def ids(world: World, query: str = "") -> list[str]:
    return [item["id"] for item in (await world.call("GET", CONFLICTS_PATH + query)).data["items"]]


async def test_a_conflict_shows_both_times_what_is_in_the_way_and_what_can_be_done(world: World) -> None:
    answer = await world.call("GET", f"{CONFLICTS_PATH}/{OVERLAP.id}")
    assert answer.data == {
        "id": OVERLAP.id,
        "resource_id": "r0",
        "kind": "overlap",
        "state": "open",
        "since": "2026-11-23T09:00:00Z",
        "text": "There is something else at this time in the other calendar.",
        "item": "a" * 32,
        "outlook": {"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:00:00Z"},
        "timify": {"start": "2026-11-23T09:30:00Z", "end": "2026-11-23T11:00:00Z"},
        "in_the_way": {
            "item": "b" * 32,
            "side": "timify",
            "times": {"start": "2026-11-23T09:30:00Z", "end": "2026-11-23T11:00:00Z"},
        },
        "detail": "",
        "actions": ["retry", "ignore"],
    }


async def test_the_list_is_the_whole_companys_and_nobody_elses(world: World) -> None:
    assert await ids(world) == [IGNORED.id, OVERLAP.id, REFUSED.id]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?resource_id=r0", [OVERLAP, REFUSED]),
        ("?resource_id=r5", []),
        ("?kind=overlap", [OVERLAP]),
        ("?kind=overlap,refused", [OVERLAP, REFUSED]),
        ("?state=ignored", [IGNORED]),
        ("?state=open&kind=refused&resource_id=r0", [REFUSED]),
    ],
)
async def test_a_filter_leaves_nothing_else_in(world: World, query: str, found: list[Conflict]) -> None:
    assert await ids(world, query) == [conflict.id for conflict in found]


@pytest.mark.parametrize("query", ["?kind=clash", "?state=closed", "?resource_id=a/b", "?resource=r0", "?next=abc"])
async def test_a_filter_that_cannot_be_meant_is_refused(world: World, query: str) -> None:
    assert (await world.call("GET", CONFLICTS_PATH + query)).status == 400


async def test_a_conflict_cured_between_two_pages_hides_no_other(world: World) -> None:
    first = (await world.call("GET", f"{CONFLICTS_PATH}?limit=2")).data
    await world.cure("r1", IGNORED)
    second = (await world.call("GET", f"{CONFLICTS_PATH}?limit=2&next={first['next']}")).data
    assert [item["id"] for item in second["items"]] == [REFUSED.id]


async def test_an_ignored_conflict_can_still_be_decided(world: World) -> None:
    answer = await world.call("GET", f"{CONFLICTS_PATH}/{IGNORED.id}")
    assert answer.data["actions"] == ["retry", "keep_timify"]


async def test_another_companys_conflict_does_not_exist_here(world: World) -> None:
    for conflict_id in (THEIRS.id, "f" * 24):
        answer = await world.call("GET", f"{CONFLICTS_PATH}/{conflict_id}")
        assert (answer.status, answer.code) == (404, "unknown-conflict")


@pytest.mark.parametrize("body", [{"action": "delete"}, {}, {"action": "retry", "force": True}, {"action": ["retry"]}])
async def test_an_action_that_does_not_exist_is_refused(world: World, body: object) -> None:
    answer = await world.call("POST", f"{CONFLICTS_PATH}/{OVERLAP.id}/actions", body)
    assert (answer.status, answer.code) == (400, "invalid")


def test_no_rule_and_no_conflict_is_without_words() -> None:
    assert set(Rule) <= set(RULES)
    assert set(CONFLICTS) == set(ConflictKind)
