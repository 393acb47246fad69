"""The overview, invitations and the sync log over the API."""

from datetime import timedelta

import pytest

from functions.http import cursor
from shared.domain.accounts import LogLine, Progress, RoundState, Status
from shared.domain.failures import Reason
from shared.domain.rules import Rule
from shared.domain.spans import Span
from shared.sync.ports import Resource
from tests.functions.api_world import NOW, World

RESOURCES = "/companies/acme/resources"


@pytest.fixture
async def world() -> World:
    world = World()
    await world.install()
    return world


async def names(world: World, query: str = "") -> list[str]:
    return [item["name"] for item in (await world.call("GET", RESOURCES + query)).data["items"]]


async def test_a_resource_to_which_nothing_happened_yet_can_be_invited(world: World) -> None:
    answer = await world.call("GET", f"{RESOURCES}/r0")
    assert answer.data == {
        "resource_id": "r0",
        "name": "Zoe",
        "email": "zoe@acme.example",
        "status": "not_invited",
        "label": "Invite",
        "reason": None,
        "direction": "two_way",
        "progress": None,
        "last_change": None,
        "last_check": None,
        "open_conflicts": 0,
        "invited_at": None,
        "undelivered_at": None,
        "connected_at": None,
        "gone": False,
    }


async def test_a_live_resource_shows_its_last_change_check_and_conflicts(world: World) -> None:
    await world.connect("r0", status=Status.CONNECTED, connected_at=NOW, overrides={"direction": "outlook_to_timify"})
    await world.round(
        "r0",
        RoundState(
            last_change=NOW,
            checked_at=NOW,
            checked_items=412,
            checked_agree=411,
            checked_differences={"time": 1},
            open_conflicts=1,
        ),
    )
    shown = (await world.call("GET", f"{RESOURCES}/r0")).data
    assert (shown["label"], shown["direction"], shown["open_conflicts"]) == ("Synced", "outlook_to_timify", 1)
    assert shown["last_check"] == {"at": "2026-11-23T09:00:00Z", "items": 412, "agree": 411, "differences": {"time": 1}}
    assert shown["last_change"] == shown["connected_at"] == "2026-11-23T09:00:00Z"


async def test_an_import_shows_how_far_it_is_and_when_it_should_end(world: World) -> None:
    await world.connect("r0", status=Status.IMPORTING)
    begun = NOW - timedelta(minutes=42)
    progress = Progress(total=1000, done=420, purpose="import", started_at=begun)
    await world.round("r0", RoundState(progress=progress))
    shown = (await world.call("GET", f"{RESOURCES}/r0")).data
    assert shown["label"] == "Importing 42 %"
    assert shown["progress"] == {
        "percent": 42,
        "done": 420,
        "total": 1000,
        "expected_end": "2026-11-23T09:58:00Z",
    }


async def test_an_import_that_knows_nothing_yet_promises_no_end(world: World) -> None:
    await world.connect("r0", status=Status.IMPORTING)
    await world.round("r0", RoundState(progress=Progress(purpose="import", started_at=NOW)))
    shown = (await world.call("GET", f"{RESOURCES}/r0")).data
    assert (shown["label"], shown["progress"]["expected_end"]) == ("Importing 0 %", None)


@pytest.mark.parametrize(
    ("status", "label"),
    [
        (Status.NOT_INVITED, "Invite"),
        (Status.AWAITING_CONFIRMATION, "Awaiting Confirmation"),
        (Status.IMPORTING, "Importing 0 %"),
        (Status.CONNECTED, "Synced"),
        (Status.RECONNECT_NEEDED, "Reconnect needed"),
        (Status.PAUSED, "Paused"),
        (Status.FAILED, "Could not connect"),
        (Status.DISABLED, "Disabled"),
    ],
)
async def test_every_status_is_called_as_timify_calls_it(world: World, status: Status, label: str) -> None:
    await world.connect("r0", status=status)
    assert (await world.call("GET", f"{RESOURCES}/r0")).data["label"] == label


async def test_the_overview_is_in_order_of_name_whatever_the_case(world: World) -> None:
    assert await names(world) == ["anna", "Room 1", "Zoe"]


async def test_the_overview_finds_by_status_name_and_address(world: World) -> None:
    await world.connect("r0", status=Status.CONNECTED)
    await world.connect("r1", status=Status.PAUSED, reason=Reason.PLAN_NOT_ELIGIBLE)
    assert await names(world, "?status=connected") == ["Zoe"]
    assert await names(world, "?status=connected,paused") == ["anna", "Zoe"]
    assert await names(world, "?status=not_invited") == ["Room 1"]
    assert await names(world, "?q=ROOM") == ["Room 1"]
    assert await names(world, "?q=Acme.example") == ["anna", "Zoe"]
    assert await names(world, "?q=zoe&status=paused") == []
    refused = await world.call("GET", f"{RESOURCES}?status=synced")
    assert "awaiting_confirmation" in refused.data["detail"]


async def test_a_resource_that_comes_between_two_pages_moves_nobody_off_them(world: World) -> None:
    first = (await world.call("GET", f"{RESOURCES}?limit=2")).data
    world.acme.add_resource(Resource(id="r9", name="Aaron"))
    second = (await world.call("GET", f"{RESOURCES}?limit=2&next={first['next']}")).data
    assert [item["name"] for item in first["items"] + second["items"]] == ["anna", "Room 1", "Zoe"]
    assert second["next"] is None


async def test_a_connected_resource_that_timify_lost_can_still_be_seen_and_disabled(world: World) -> None:
    await world.connect("gone1", status=Status.CONNECTED)
    await world.connect("gone2", status=Status.DISABLED)
    items = (await world.call("GET", RESOURCES)).data["items"]
    assert [(item["resource_id"], item["gone"]) for item in items if not item["name"]] == [("gone1", True)]
    assert (await world.call("GET", f"{RESOURCES}/gone1")).data["gone"] is True
    assert (await world.call("GET", f"{RESOURCES}/gone2")).code == "unknown-resource"


async def test_an_invitation_goes_out_and_shows_as_awaiting(world: World) -> None:
    answer = await world.call("POST", f"{RESOURCES}/r0/invitation")
    assert (answer.status, answer.data["label"]) == (202, "Awaiting Confirmation")
    assert answer.data["invited_at"] == "2026-11-23T09:00:00Z"
    assert [(m.kind, m.resource_id) for m in world.mail.sent] == [("invitation", "r0")]


async def test_a_room_without_an_address_is_told_apart_from_an_unknown_one(world: World) -> None:
    room = await world.call("POST", f"{RESOURCES}/r2/invitation")
    assert (room.status, room.code) == (422, "no-email-address")
    nobody = await world.call("POST", f"{RESOURCES}/r77/invitation")
    assert (nobody.status, nobody.code) == (404, "unknown-resource")
    assert world.mail.sent == []


async def test_of_several_invitations_one_that_fails_stops_no_other(world: World) -> None:
    answer = await world.call("POST", "/companies/acme/invitations", {"resource_ids": ["r2", "r0", "r77"]})
    assert answer.status == 202
    found = {item["resource_id"]: (item["status"], item["problem"]) for item in answer.data["items"]}
    assert found["r0"] == ("awaiting_confirmation", None)
    assert found["r2"][1]["status"] == 422
    assert found["r77"][1]["type"].endswith(":unknown-resource")
    assert answer.data["next"] is None


@pytest.mark.parametrize("ids", [[], ["r0"] * 201, ["r/0"], [7], "r0", None])
async def test_a_list_that_cannot_be_invited_invites_nobody(world: World, ids: object) -> None:
    answer = await world.call("POST", "/companies/acme/invitations", {"resource_ids": ids})
    assert answer.status == 400
    assert world.mail.sent == []


async def test_a_revoked_invitation_can_be_sent_again(world: World) -> None:
    assert (await world.call("DELETE", f"{RESOURCES}/r0/invitation")).code == "not-invited"
    await world.call("POST", f"{RESOURCES}/r0/invitation")
    answer = await world.call("DELETE", f"{RESOURCES}/r0/invitation")
    assert (answer.status, answer.data["label"]) == (200, "Invite")


async def test_the_log_says_in_words_what_came_in_what_was_decided_and_how_it_ended(world: World) -> None:
    line = LogLine(
        at=NOW,
        cause="notification",
        rule=Rule.FOLLOWED_ORIGIN,
        item="k1",
        side="timify",
        fields=("when", "title"),
        took_ms=120,
        times=Span(NOW, NOW + timedelta(hours=1)),
    )
    await world.store.append_log("acme", "r0", line)
    item = (await world.call("GET", f"{RESOURCES}/r0/log")).data["items"][0]
    assert item["text"] == "Outlook told of a change: the copy followed its original. Changed: time, title."
    assert (item["cause"], item["rule"], item["took_ms"]) == ("notification", "followed_origin", 120)
    assert item["times"] == {"start": "2026-11-23T09:00:00Z", "end": "2026-11-23T10:00:00Z"}


async def test_a_long_log_is_read_to_its_end_newest_first(world: World) -> None:
    for minute in range(7):
        line = LogLine(at=NOW + timedelta(minutes=minute), cause="poll", rule="unchanged", outcome="none")
        await world.store.append_log("acme", "r0", line)
    seen: list[str] = []
    path = f"{RESOURCES}/r0/log?limit=3"
    answer = (await world.call("GET", path)).data
    seen += [item["at"] for item in answer["items"]]
    while answer["next"]:
        answer = (await world.call("GET", f"{path}&next={answer['next']}")).data
        seen += [item["at"] for item in answer["items"]]
    assert seen == [f"2026-11-23T09:0{minute}:00Z" for minute in reversed(range(7))]


@pytest.mark.parametrize("end", ["!", "link!", "\ud800", "\0", "a" * 200, "' or 1 eq 1"])
async def test_a_cursor_of_somebodys_own_making_is_a_bad_request_and_not_our_fault(world: World, end: str) -> None:
    answer = await world.call("GET", f"{RESOURCES}/r0/log?next={cursor([end])}")
    assert (answer.status, answer.data["errors"][0]["parameter"]) == (400, "next")


async def test_a_code_that_nobody_translated_is_still_readable(world: World) -> None:
    line = LogLine(at=NOW, cause="new_cause", rule="a_new_rule", outcome="failed", detail="ErrorAccessDenied")
    await world.store.append_log("acme", "r0", line)
    text = (await world.call("GET", f"{RESOURCES}/r0/log")).data["items"][0]["text"]
    assert text == "new cause: a new rule. It did not work (ErrorAccessDenied)."


async def test_what_a_person_changed_in_vain_is_named(world: World) -> None:
    line = LogLine(at=NOW, cause="check", rule="origin_wins", fields=("when",), detail="dropped:when,title")
    await world.store.append_log("acme", "r0", line)
    item = (await world.call("GET", f"{RESOURCES}/r0/log")).data["items"][0]
    assert item["text"].endswith("Changed: time. Dropped on the copy: time, title.")
    assert item["detail"] == "dropped:when,title"
