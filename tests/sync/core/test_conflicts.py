"""Conflicts: found from either side, told once per pair, cured by themselves when what stands in the way goes."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.conflicts import ConflictKind
from shared.domain.items import Side
from shared.domain.links import link_key
from shared.domain.spans import Span
from tests.sync.core.world import World, at, span

TEN = span(2, "10:00", "11:00")


async def kinds(world: World, name: str = "r1") -> list[ConflictKind]:
    return [conflict.kind for conflict in await world.conflicts(name)]


@pytest.mark.parametrize("first", ["event", "booking"])
async def test_an_overlap_is_one_conflict_whichever_side_came_first(first: str) -> None:
    world = await World().connect()
    if first == "event":
        world.outlook_calendar.add(TEN, "Team")
        await world.change()
    booking = world.salon.add(["r1"], at(2, "10:30"), 60, service="Cut")
    await world.change()
    if first == "booking":
        world.outlook_calendar.add(TEN, "Team")
        await world.change()
    assert await kinds(world) == ["overlap"]
    conflict = (await world.conflicts())[0]
    assert (conflict.outlook, conflict.timify) == (TEN, span(2, "10:30", "11:30"))
    assert conflict.concerns(link_key("r1", Side.TIMIFY, booking))
    assert await world.sweep() == 0
    assert await kinds(world) == ["overlap"]


async def test_towards_timify_it_is_held_and_towards_outlook_copied_and_flagged() -> None:
    world = await World().connect()
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.add(TEN, "Team")
    await world.change()
    assert len(world.copies_in_outlook()) == 1
    assert world.copies_in_timify() == []


async def test_towards_outlook_it_may_be_held_too() -> None:
    world = await World().connect()
    await world.choose(timify_to_outlook__when_busy="hold")
    event = world.outlook_calendar.add(TEN, "Team")
    await world.change()
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    assert world.copies_in_outlook() == []
    assert await kinds(world) == ["overlap"]
    world.outlook_calendar.move(event, span(2, "15:00", "16:00"))
    await world.change()
    assert len(world.copies_in_outlook()) == 1
    assert await kinds(world) == []


@pytest.mark.parametrize("cure", ["booking moves", "booking goes", "event moves", "event goes", "event is free"])
async def test_a_conflict_disappears_when_it_is_cured(cure: str) -> None:
    world = await World().connect()
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    event = world.outlook_calendar.add(TEN, "Team")
    await world.change()
    assert await kinds(world) == ["overlap"]
    cures = {
        "booking moves": lambda: world.salon.move(booking, at(2, "15:00")),
        "booking goes": lambda: world.salon.remove(booking),
        "event moves": lambda: world.outlook_calendar.move(event, span(2, "15:00", "16:00")),
        "event goes": lambda: world.outlook_calendar.remove(event),
        "event is free": lambda: world.outlook_calendar.edit(event, show_as="free"),
    }
    cures[cure]()
    await world.change()
    assert await kinds(world) == []
    there = cure.endswith("moves") or cure == "booking goes"
    assert len(world.copies_in_timify()) == int(there)
    assert await world.sweep() == 0


async def test_an_event_moved_onto_a_booking_leaves_its_copy_where_there_is_room() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "14:00", "15:00"), "Team")
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.connect()
    world.outlook_calendar.move(event, TEN)
    await world.change()
    assert await kinds(world) == ["overlap"]
    assert world.copies_in_timify()[0].span == span(2, "14:00", "15:00")
    world.outlook_calendar.move(event, span(2, "16:00", "17:00"))
    await world.change()
    assert await kinds(world) == []
    assert world.copies_in_timify()[0].span == span(2, "16:00", "17:00")


@pytest.mark.parametrize("standing", ["booking", "event"])
@pytest.mark.parametrize("moved", ["booking", "event"])
async def test_a_move_that_is_held_shows_what_stands_in_the_way(moved: str, standing: str) -> None:
    """Whichever key sorts first: else both sides would be of what stands there, or the way would be missing."""
    for number in range(4):
        world = World()
        add = {
            "booking": lambda moment, world=world: world.salon.add(["r1"], moment, 60, service="Secret"),
            "event": lambda moment, world=world: world.outlook_calendar.add(
                Span(moment, moment + timedelta(hours=1)), "Secret"
            ),
        }
        for _ in range(number):
            world.outlook_calendar.add(span(5, "08:00", "09:00"), "Other ids")
            world.salon.add(["r1"], at(6, "08:00"), 60, service="Other ids")
        mover = add[moved](at(2, "14:00"))
        add[standing](at(2, "10:00"))
        await world.connect()
        if moved == "booking":
            mover = next(copy.id for copy in world.copies_in_outlook() if copy.when == span(2, "14:00", "15:00"))
        world.outlook_calendar.move(mover, TEN)
        await world.change()
        (conflict,) = [one for one in await world.conflicts() if one.outlook == TEN]
        if (moved, standing) == ("event", "booking"):  # they stand side by side, each on its side
            assert (conflict.timify, conflict.way) == (TEN, None)
        else:
            assert (conflict.timify, conflict.way) == (span(2, "14:00", "15:00"), TEN)
        assert "Secret" not in repr(conflict)


@pytest.mark.parametrize("late", [True, False])
async def test_a_meeting_that_finds_no_room_is_not_mistaken_for_the_one_that_has_it(late: bool) -> None:
    world = await World().connect()
    spans = [TEN, span(2, "10:30", "11:30")]
    for when in spans if late else reversed(spans):
        world.outlook_calendar.add(when, "Team")
        await world.change()
    (conflict,) = await world.conflicts()
    assert (conflict.timify, conflict.outlook) == (tuple(spans) if late else tuple(reversed(spans)))
    assert conflict.way is None


async def test_two_meetings_of_one_hour_take_turns() -> None:
    world = await World().connect()
    first = world.outlook_calendar.add(TEN, "Team")
    await world.change()
    second = world.outlook_calendar.add(TEN, "Review")
    await world.change()
    assert len(world.copies_in_timify()) == 1
    world.outlook_calendar.remove(first)
    await world.change()
    assert [copy.title for copy in world.copies_in_timify()] == ["Review"]
    assert world.link(Side.OUTLOOK, second)
    assert await kinds(world) == []


@pytest.mark.parametrize(
    ("facts", "kind"),
    [({"days": 3}, "series_edit"), ({"group": True, "max_participants": 9}, "group_booking_edit")],
)
@pytest.mark.parametrize("edit", ["move", "remove"])
async def test_what_many_people_booked_is_never_changed_from_outlook(
    facts: dict[str, Any], kind: str, edit: str
) -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Yoga", **facts)
    await world.connect()
    before = world.salon.entries[booking]
    copy = world.copies_in_outlook()[0].id
    if edit == "move":
        world.outlook_calendar.move(copy, span(2, "15:00", "16:00"))
    else:
        world.outlook_calendar.remove(copy)
    assert await world.change() == 0
    assert await kinds(world) == [kind]
    assert world.salon.entries[booking] == before
    assert await world.sweep() == 0


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"attendees": True}, "would_notify_attendees"),
        ({"organizer": False, "attendees": True}, "not_organizer"),
    ],
)
@pytest.mark.parametrize("edit", ["move", "remove"])
async def test_nobody_gets_mail_because_of_a_change_in_timify(facts: dict[str, Any], kind: str, edit: str) -> None:
    world = World()
    event = world.outlook_calendar.add(TEN, "Team", **facts)
    await world.connect()
    copy = world.copies_in_timify()[0].appointment_id
    if edit == "move":
        world.salon.move(copy, at(2, "15:00"))
    else:
        world.salon.remove(copy)
    assert await world.change() == 0
    assert await kinds(world) == [kind]
    assert world.outlook_calendar.known(event).when == TEN
    assert world.outlook_calendar.mailed == []
    assert await world.sweep() == 0


async def test_a_booking_of_several_moves_only_when_all_are_free() -> None:
    world = World("r1", "r2")
    booking = world.salon.add(["r1", "r2"], at(2, "10:00"), 60, service="Cut")
    busy = world.salon.add(["r2"], at(2, "15:00"), 60, service="Colour")
    await world.connect()
    assert len(world.copies_in_outlook("r1")) == 1
    assert len(world.copies_in_outlook("r2")) == 2
    world.outlook_calendar.move(world.copies_in_outlook("r1")[0].id, span(2, "15:00", "16:00"))
    await world.change()
    assert world.salon.entries[booking].starts == (at(2, "10:00"),)
    assert await kinds(world, "r1") == ["overlap"]
    world.salon.remove(busy)
    await world.change()
    await world.sweep()
    assert world.salon.entries[booking].starts == (at(2, "15:00"),)
    assert [copy.when for copy in world.copies_in_outlook("r2")] == [span(2, "15:00", "16:00")]
    assert await kinds(world, "r1") == []


async def test_several_resources_are_told_of_one_booking_by_one_webhook() -> None:
    world = await World("r1", "r2", "r3").connect()
    booking = world.salon.add(["r1", "r2"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    assert [len(world.copies_in_outlook(name)) for name in ("r1", "r2", "r3")] == [1, 1, 0]
    world.salon.edit(booking, resource_ids=("r2", "r3"))
    await world.change()
    assert [len(world.copies_in_outlook(name)) for name in ("r1", "r2", "r3")] == [0, 1, 1]
    world.salon.remove(booking)
    await world.change()
    assert [len(world.copies_in_outlook(name)) for name in ("r1", "r2", "r3")] == [0, 0, 0]


async def test_a_copy_deleted_in_outlook_is_asked_about_where_that_is_chosen() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.connect()
    await world.choose(timify_to_outlook__deleted_in_outlook="ask")
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)
    await world.change()
    assert await kinds(world) == ["copy_deleted"]
    assert booking in world.salon.entries
    assert await world.sweep() == 0
