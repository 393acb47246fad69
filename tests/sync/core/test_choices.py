"""What people decide about conflicts: every kind, every action that it offers, and what becomes of both calendars."""

from collections.abc import Awaitable, Callable

import pytest

from shared.domain.conflicts import ConflictState
from shared.sync.errors import WrongState
from shared.sync.resolve import actions_of, resolve
from tests.sync.core.disputed import (
    another_resource_is_busy,
    booking_moved_outside_working_time,
    copy_deleted,
    decide,
    group_booking_deletion,
    group_booking_edit,
    in_conflict,
    not_organizer,
    outside_working_time,
    overlap,
    overlap_held_in_timify,
    overlap_of_a_moved_event,
    overlap_of_two_bookings,
    overlap_of_two_events,
    people_invited_to_a_copy,
    people_invited_to_a_copy_whose_booking_goes,
    refused,
    refused_move,
    series_deletion,
    series_edit,
    shown,
    would_notify,
)
from tests.sync.core.world import COMPANY, World

ALWAYS = ("retry", "ignore")

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


async def test_one_way_nobody_is_offered_to_delete_at_the_source() -> None:
    world = await World().connect()
    await world.choose(direction="outlook_to_timify")
    await overlap(world)
    await world.change()
    [conflict] = await world.conflicts()
    assert actions_of(conflict) == ALWAYS
