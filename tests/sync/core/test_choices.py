"""What people decide about conflicts: every kind, every action that it offers, and what becomes of both calendars."""

from collections.abc import Awaitable, Callable

import pytest

from shared.domain.conflicts import Conflict, ConflictState
from shared.domain.failures import Refused, Transient
from shared.domain.links import key_of_mark
from shared.domain.spans import Span
from shared.sync.errors import WrongState
from shared.sync.resolve import actions_of, resolve
from tests.sync.core.world import COMPANY, World, at, span

TEN, NOON, THREE = span(2, "10:00", "11:00"), span(2, "12:00", "13:00"), span(2, "15:00", "16:00")
ALWAYS = ("retry", "ignore")


async def overlap(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.add(TEN, "Team")


async def overlap_of_a_moved_event(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    event = world.outlook_calendar.add(THREE, "Team")
    await world.change()
    world.outlook_calendar.move(event, TEN)


async def overlap_held_in_timify(world: World) -> None:
    await world.choose(timify_to_outlook__when_busy="hold")
    world.outlook_calendar.add(TEN, "Team")
    await world.change()
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")


async def overlap_of_two_bookings(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.salon.add(["r1"], at(2, "15:00"), 60, service="Shave")
    await world.change()
    late = next(event for event in world.copies_in_outlook() if event.when == THREE)
    world.outlook_calendar.move(late.id, TEN)


async def overlap_of_two_events(world: World) -> None:
    world.outlook_calendar.add(TEN, "Team")
    await world.change()
    world.outlook_calendar.add(TEN, "Other team")


async def another_resource_is_busy(world: World) -> None:
    world.salon.add(["r1", "r2"], at(2, "10:00"), 60, service="Cut")
    world.salon.add(["r2"], at(2, "15:00"), 60, service="Shave")
    await world.change()
    [copy] = world.copies_in_outlook()
    world.outlook_calendar.move(copy.id, THREE)


async def outside_working_time(world: World) -> None:
    await world.choose(outlook_to_timify__working_times="enforce")
    await world.change_connection(working_times=((("08:00", "12:00"),),) * 7)
    world.outlook_calendar.add(THREE, "Team")


async def booking_moved_outside_working_time(world: World) -> None:
    await world.choose(outlook_to_timify__working_times="enforce")
    await world.change_connection(working_times=((("08:00", "14:00"),),) * 7)
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, THREE)


async def series_edit(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut", days=3)
    await world.change()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, THREE)


async def series_deletion(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut", days=3)
    await world.change()
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)


async def group_booking_edit(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Yoga", group=True, participants=3, max_participants=10)
    await world.change()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, THREE)


async def group_booking_deletion(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Yoga", group=True, participants=3, max_participants=10)
    await world.change()
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)


async def not_organizer(world: World) -> None:
    world.outlook_calendar.add(TEN, "Team", organizer=False, attendees=True)
    await world.change()
    world.salon.move(world.copies_in_timify()[0].appointment_id, THREE.start)


async def would_notify(world: World) -> None:
    world.outlook_calendar.add(TEN, "Team", attendees=True)
    await world.change()
    world.salon.remove(world.copies_in_timify()[0].appointment_id)


async def people_invited_to_a_copy(world: World) -> None:
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.edit(world.copies_in_outlook()[0].id, attendees=True)
    world.salon.move(booking, THREE.start)


async def people_invited_to_a_copy_whose_booking_goes(world: World) -> None:
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.edit(world.copies_in_outlook()[0].id, attendees=True)
    world.salon.remove(booking)


async def copy_deleted(world: World) -> None:
    await world.choose(timify_to_outlook__deleted_in_outlook="ask")
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)


async def refused(world: World) -> None:
    world.outlook_calendar.add(TEN, "Team")
    world.fail("timify", "create", "before", Refused("timify_422"))


async def refused_move(world: World) -> None:
    event = world.outlook_calendar.add(TEN, "Team")
    await world.change()
    world.outlook_calendar.move(event, THREE)
    world.fail("timify", "update", "before", Refused("timify_422"))


def shown(world: World) -> list[str]:
    """Both calendars: `o` Outlook, `t` TIMIFY, a star for our copies, and the hour."""
    events = [("o", event.mark, event.when.start.hour) for event in world.outlook_calendar.events]  # type: ignore[union-attr]
    bookings = [("t", booking.mark, booking.span.start.hour) for booking in world.booked()]
    return sorted(f"{side}{'*' if key_of_mark(mark) else ''}{hour}" for side, mark, hour in events + bookings)


CASES: list[tuple[Callable[[World], Awaitable[None]], str, str]] = [
    (overlap, "keep_timify", "o*10 t10"),
    (overlap, "keep_outlook", "o10 t*10"),
    (overlap_of_a_moved_event, "keep_timify", "o*10 o15 t*15 t10"),
    (overlap_of_a_moved_event, "keep_outlook", "o10 t*10"),
    (overlap_held_in_timify, "keep_timify", "o*10 t10"),
    (overlap_held_in_timify, "keep_outlook", "o10 t*10"),
    (overlap_of_two_bookings, "keep_timify", "o*10 o*15 t10 t15"),
    (another_resource_is_busy, "keep_timify", "o*10 t10"),
    (outside_working_time, "keep_outlook", "o15 t*15"),
    (booking_moved_outside_working_time, "keep_outlook", "o*15 t15"),
    (booking_moved_outside_working_time, "keep_timify", "o*10 t10"),
    (series_edit, "keep_timify", "o*10 o*10 o*10 t10 t10 t10"),
    (series_deletion, "keep_timify", "o*10 o*10 o*10 t10 t10 t10"),
    (group_booking_edit, "keep_timify", "o*10 t10"),
    (group_booking_edit, "keep_outlook", "o*15 t15"),
    (group_booking_deletion, "keep_timify", "o*10 t10"),
    (group_booking_deletion, "keep_outlook", ""),
    (not_organizer, "keep_outlook", "o10 t*10"),
    (would_notify, "keep_outlook", "o10 t*10"),
    (people_invited_to_a_copy, "keep_outlook", "o*10 t10"),
    (people_invited_to_a_copy_whose_booking_goes, "keep_outlook", "o*10"),
    (copy_deleted, "keep_timify", "o*10 t10"),
    (copy_deleted, "keep_outlook", ""),
    (refused_move, "keep_outlook", "o15 t*15"),
    (refused_move, "keep_timify", "o10 t*10"),
]


async def in_conflict(arise: Callable[[World], Awaitable[None]]) -> tuple[World, Conflict]:
    world = await World("r1", "r2").connect()
    await arise(world)
    await world.change()
    [conflict] = await world.conflicts()
    return world, conflict


async def decide(world: World, conflict: Conflict, action: str) -> None:
    await resolve(world, COMPANY, conflict.id, action)
    await world.change()


@pytest.mark.parametrize(
    ("arise", "action", "after"), CASES, ids=[f"{arise.__name__}-{how}" for arise, how, _ in CASES]
)
async def test_what_a_person_keeps_is_what_both_calendars_show(
    arise: Callable[[World], Awaitable[None]], action: str, after: str
) -> None:
    world, conflict = await in_conflict(arise)
    await decide(world, conflict, action)
    assert shown(world) == sorted(after.split())
    assert await world.conflicts() == []
    assert await world.sweep() == 0
    assert await world.conflicts() == []
    assert not world.outlook_calendar.mailed


@pytest.mark.parametrize("arise", list(dict.fromkeys(arise for arise, *_ in CASES)), ids=lambda arise: arise.__name__)
async def test_a_conflict_offers_exactly_what_can_be_done(arise: Callable[[World], Awaitable[None]]) -> None:
    world, conflict = await in_conflict(arise)
    offered = {how for which, how, _ in CASES if which is arise}
    assert set(actions_of(conflict)) == offered | set(ALWAYS)
    for action in {"keep_timify", "keep_outlook"} - offered:
        with pytest.raises(WrongState):
            await resolve(world, COMPANY, conflict.id, action)


@pytest.mark.parametrize("arise", [overlap_of_two_events, refused], ids=lambda arise: arise.__name__)
async def test_where_no_value_can_be_kept_people_move_or_wait(arise: Callable[[World], Awaitable[None]]) -> None:
    _, conflict = await in_conflict(arise)
    assert actions_of(conflict) == ALWAYS


EVERY = list(dict.fromkeys([arise for arise, *_ in CASES] + [overlap_of_two_events, refused]))


@pytest.mark.parametrize("arise", [arise for arise in EVERY if arise is not refused_move], ids=lambda a: a.__name__)
async def test_ignoring_writes_nothing_and_stays_quiet(arise: Callable[[World], Awaitable[None]]) -> None:
    world, conflict = await in_conflict(arise)
    before = shown(world)
    await decide(world, conflict, "ignore")
    assert await world.sweep() == 0
    [still] = await world.conflicts()
    assert (still.id, still.state, shown(world)) == (conflict.id, ConflictState.IGNORED, before)


@pytest.mark.parametrize(
    "arise", [arise for arise in EVERY if "refused" not in arise.__name__], ids=lambda a: a.__name__
)
async def test_trying_again_what_still_stands_in_the_way_changes_nothing(
    arise: Callable[[World], Awaitable[None]],
) -> None:
    world, conflict = await in_conflict(arise)
    before = shown(world)
    await decide(world, conflict, "retry")
    assert shown(world) == before
    assert [still.id for still in await world.conflicts()] == [conflict.id]


@pytest.mark.parametrize("arise", [refused, refused_move], ids=lambda arise: arise.__name__)
async def test_trying_again_writes_what_was_refused(arise: Callable[[World], Awaitable[None]]) -> None:
    world, conflict = await in_conflict(arise)
    await decide(world, conflict, "retry")
    assert await world.conflicts() == []
    assert len(world.copies_in_timify()) == 1


async def test_a_decision_about_a_conflict_that_was_cured_meanwhile_deletes_nothing() -> None:
    world, conflict = await in_conflict(overlap)
    [event] = [event for event in world.outlook_calendar.events if not event.mark]
    await resolve(world, COMPANY, conflict.id, "keep_timify")
    late = world.wakes.pop()[1]
    world.outlook_calendar.move(event.id, THREE)
    await world.change()
    await world.hand_over(late)
    assert shown(world) == ["o*10", "o15", "t*15", "t10"]


AWAY = span(2, "17:00", "18:00")


async def unheard(world: World, who: str, where: Span | None) -> None:
    """The event or the booking of a conflict is moved, or (nowhere) deleted, and nobody is told of it."""
    [event] = [event.id for event in world.outlook_calendar.events if not event.mark]
    [booking] = [booking.appointment_id for booking in world.booked() if not booking.mark]
    if who == "event":
        world.outlook_calendar.move(event, where) if where else world.outlook_calendar.remove(event)
    else:
        world.salon.move(booking, where.start) if where else world.salon.remove(booking)
    world.lose_news()


@pytest.mark.parametrize("arise", [overlap, overlap_held_in_timify, overlap_of_a_moved_event], ids=lambda a: a.__name__)
@pytest.mark.parametrize("who", ["event", "booking"])
@pytest.mark.parametrize("action", ["keep_outlook", "keep_timify"])
async def test_a_decision_deletes_and_moves_nothing_where_one_went_out_of_the_way_unheard(
    arise: Callable[[World], Awaitable[None]], who: str, action: str
) -> None:
    world, conflict = await in_conflict(arise)
    await unheard(world, who, AWAY)
    await decide(world, conflict, action)
    assert shown(world) == (["o*10", "o17", "t*17", "t10"] if who == "event" else ["o*17", "o10", "t*10", "t17"])
    assert await world.conflicts() == []
    assert not world.salon.told
    assert await world.sweep() == 0


@pytest.mark.parametrize("arise", [overlap, overlap_held_in_timify, overlap_of_a_moved_event], ids=lambda a: a.__name__)
@pytest.mark.parametrize("who", ["event", "booking"])
@pytest.mark.parametrize("action", ["keep_outlook", "keep_timify"])
async def test_a_decision_takes_nothing_more_where_one_is_gone_already_unheard(
    arise: Callable[[World], Awaitable[None]], who: str, action: str
) -> None:
    world, conflict = await in_conflict(arise)
    await unheard(world, who, None)
    for place in ("outlook", "timify"):
        world.fail(place, "delete", "before", Transient("503"))
    await decide(world, conflict, action)
    assert shown(world) == (["o*10", "t10"] if who == "event" else ["o10", "t*10"])
    assert await world.sweep() == 0


async def test_a_decision_whose_second_try_comes_after_the_event_left_unheard_cancels_nobody() -> None:
    world, conflict = await in_conflict(overlap)
    world.fail("timify", "delete", "before", Transient("503"))
    await resolve(world, COMPANY, conflict.id, "keep_outlook")
    await world.deliver()
    await unheard(world, "event", AWAY)
    await world.change()
    assert shown(world) == ["o*10", "o17", "t*17", "t10"]


async def test_a_decision_whose_write_failed_is_not_carried_out_after_the_cure() -> None:
    world, conflict = await in_conflict(overlap)
    [event] = [event for event in world.outlook_calendar.events if not event.mark]
    world.fail("outlook", "delete", "before", Transient("503"))
    await resolve(world, COMPANY, conflict.id, "keep_timify")
    await world.deliver()
    world.outlook_calendar.move(event.id, THREE)
    await world.change()
    assert shown(world) == ["o*10", "o15", "t*15", "t10"]


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_decision_is_carried_out_to_its_end_although_a_call_fails(moment: str) -> None:
    world, conflict = await in_conflict(overlap)
    world.fail("timify", "delete", moment, Transient("503"))  # type: ignore[arg-type]
    await decide(world, conflict, "keep_outlook")
    assert shown(world) == ["o10", "t*10"]
    assert await world.sweep() == 0


async def test_one_way_nobody_is_offered_to_delete_at_the_source() -> None:
    world = await World().connect()
    await world.choose(direction="outlook_to_timify")
    await overlap(world)
    await world.change()
    [conflict] = await world.conflicts()
    assert actions_of(conflict) == ALWAYS


async def test_a_decision_that_comes_after_its_conflict_was_cured_does_not_undo_a_later_move() -> None:
    world, conflict = await in_conflict(refused_move)
    await resolve(world, COMPANY, conflict.id, "keep_timify")
    late = world.wakes.pop()[1]
    await decide(world, conflict, "retry")
    assert await world.conflicts() == []
    [event] = [event for event in world.outlook_calendar.events if not event.mark]
    world.outlook_calendar.move(event.id, NOON)
    world.lose_news()
    await world.hand_over(late)
    await world.sweep()
    assert shown(world) == ["o12", "t*12"]
