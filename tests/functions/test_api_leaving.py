"""Checking, resuming, disabling and uninstalling over the API."""

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Reason
from tests.functions.api_world import World

RESOURCE = "/companies/acme/resources/r0"


@pytest.fixture
async def world() -> World:
    world = World()
    await world.install()
    return world


def jobs(world: World) -> list[tuple[str, str]]:
    return [(wake.resource_id, wake.job) for wake in world.wakes.sent]


async def test_a_check_is_begun_and_the_resource_shown(world: World) -> None:
    await world.connect("r0", status=Status.CONNECTED)
    answer = await world.call("POST", f"{RESOURCE}/check")
    assert (answer.status, answer.data["label"]) == (202, "Synced")
    assert jobs(world) == [("r0", "check")]


async def test_resuming_after_the_brake_catches_up(world: World) -> None:
    await world.connect("r0", status=Status.PAUSED, paused_from=Status.CONNECTED)
    answer = await world.call("POST", f"{RESOURCE}/resume")
    assert (answer.status, answer.data["status"]) == (202, "connected")
    assert jobs(world) == [("r0", "catch_up")]


@pytest.mark.parametrize(("query", "keep"), [("", False), ("?copies=go_on", False), ("?copies=keep", True)])
async def test_what_the_brake_stopped_goes_on_or_is_kept(world: World, query: str, keep: bool) -> None:
    await world.connect("r0", status=Status.PAUSED, reason=Reason.MANY_DELETIONS, paused_from=Status.CONNECTED)
    assert (await world.call("POST", f"{RESOURCE}/resume{query}")).status == 202
    [wake] = world.wakes.sent
    assert (wake.job, wake.cause, wake.keep) == ("catch_up", "resume", keep)


async def test_a_word_that_nobody_knows_does_not_take_the_brake_off(world: World) -> None:
    await world.connect("r0", status=Status.PAUSED, reason=Reason.MANY_DELETIONS, paused_from=Status.CONNECTED)
    assert (await world.call("POST", f"{RESOURCE}/resume?copies=remove_future")).status == 400
    assert jobs(world) == []


async def test_resuming_does_not_get_round_the_plan(world: World) -> None:
    await world.connect("r0", status=Status.CONNECTED)
    await world.install(plan="classic")
    answer = await world.call("POST", f"{RESOURCE}/resume")
    assert (answer.status, answer.code) == (403, "not-eligible")
    assert jobs(world) == []


@pytest.mark.parametrize(
    ("query", "job"), [("", "remove"), ("?copies=remove_future", "remove"), ("?copies=keep", "disconnect")]
)
async def test_disabling_removes_the_copies_unless_they_shall_stay(world: World, query: str, job: str) -> None:
    await world.connect("r0", status=Status.CONNECTED)
    answer = await world.call("DELETE", f"{RESOURCE}/connection{query}")
    assert (answer.status, answer.data["label"]) == (202, "Disabled")
    assert jobs(world) == [("r0", job)]


@pytest.mark.parametrize("status", [Status.PAUSED, Status.IMPORTING, Status.RECONNECT_NEEDED])
async def test_a_sync_that_does_not_run_cannot_be_checked_and_is_not_told_that_it_is_unconnected(
    world: World, status: Status
) -> None:
    await world.connect("r0", status=status)
    answer = await world.call("POST", f"{RESOURCE}/check")
    assert (answer.status, answer.code) == (409, "wrong-state")
    assert status.value in answer.data["detail"]
    assert jobs(world) == []


@pytest.mark.parametrize(("method", "what"), [("POST", "check"), ("POST", "resume"), ("DELETE", "connection")])
async def test_what_was_never_connected_cannot_be_ended_and_leaves_no_row(world: World, method: str, what: str) -> None:
    before = await world.facts()
    known = await world.call(method, f"{RESOURCE}/{what}")
    assert (known.status, known.code) == (409, "not-connected")
    unknown = await world.call(method, f"/companies/acme/resources/nobody/{what}")
    assert (unknown.status, unknown.code) == (404, "unknown-resource")
    assert await world.facts() == before


async def test_uninstalling_ends_every_sync_and_closes_the_door(world: World) -> None:
    await world.connect("r0", status=Status.CONNECTED)
    await world.connect("r1", status=Status.PAUSED)
    answer = await world.call("DELETE", "/companies/acme?copies=keep")
    assert (answer.status, answer.data["uninstalled_at"]) == (202, "2026-11-23T09:00:00Z")
    assert [(await world.connection(name)).status for name in ("r0", "r1")] == [Status.DISABLED] * 2
    assert (await world.call("GET", "/companies/acme")).code == "uninstalled"


async def test_an_uninstall_that_broke_off_is_finished_by_asking_again(world: World) -> None:
    await world.call("DELETE", "/companies/acme")
    await world.connect("r0", status=Status.CONNECTED)
    world.later(hours=1)
    answer = await world.call("DELETE", "/companies/acme")
    assert (answer.status, answer.data["uninstalled_at"]) == (202, "2026-11-23T09:00:00Z")
    assert (await world.connection("r0")).status is Status.DISABLED


async def test_who_never_installed_cannot_uninstall(world: World) -> None:
    assert (await world.call("DELETE", "/companies/rival")).code == "unknown-company"
