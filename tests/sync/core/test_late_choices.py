"""Decisions that come late: after the cure, after somebody moved unheard, after a call that failed."""

from collections.abc import Awaitable, Callable

import pytest

from shared.domain.failures import Transient
from shared.domain.spans import Span
from shared.sync.resolve import resolve
from tests.sync.core.disputed import (
    NOON,
    THREE,
    decide,
    in_conflict,
    overlap,
    overlap_held_in_timify,
    overlap_of_a_moved_event,
    refused_move,
    shown,
)
from tests.sync.core.world import COMPANY, World, span


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
    world.fail("timify", "delete", moment, Transient("503"))  # type: ignore[arg-type]  # the moment is one of the literals
    await decide(world, conflict, "keep_outlook")
    assert shown(world) == ["o10", "t*10"]
    assert await world.sweep() == 0


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
