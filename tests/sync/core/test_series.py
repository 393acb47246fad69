"""Series of Outlook: every occurrence by itself, and the whole of it read again, for deletions leave no trace."""

from datetime import timedelta

import pytest

from shared.domain.items import Side
from tests.sync.core.world import World, at, span

FOUR = [span(day, "10:00", "11:00") for day in range(1, 5)]


async def with_series() -> tuple[World, str]:
    world = World()
    master = world.outlook_calendar.add_series(FOUR, "Stand-up")
    await world.connect()
    assert [copy.span for copy in world.copies_in_timify()] == FOUR
    return world, master


def times(world: World) -> list[object]:
    return [copy.span for copy in world.copies_in_timify()]


async def test_a_series_made_live_arrives_occurrence_by_occurrence() -> None:
    world = await World().connect()
    world.outlook_calendar.add_series(FOUR, "Stand-up")
    assert await world.change() == 4
    assert times(world) == FOUR


async def test_an_exception_moves_alone() -> None:
    world, master = await with_series()
    first = world.outlook_calendar.occurrence_ids(master)[0]
    world.outlook_calendar.move(first, span(1, "15:00", "16:00"))
    assert await world.change() == 1
    assert times(world) == [span(1, "15:00", "16:00"), *FOUR[1:]]


async def test_a_deleted_occurrence_takes_its_copy_along_although_nothing_names_it() -> None:
    world, master = await with_series()
    world.outlook_calendar.remove(world.outlook_calendar.occurrence_ids(master)[1])
    assert await world.change() == 1
    assert times(world) == [FOUR[0], *FOUR[2:]]
    assert await world.sweep() == 0


async def test_a_whole_series_moves_by_hours_and_by_days() -> None:
    world, master = await with_series()
    for by in (timedelta(hours=2), timedelta(days=1)):
        world.outlook_calendar.move_series(master, by)
        await world.change()
        assert times(world) == [event.when for event in world.outlook_calendar.events]
        assert await world.sweep() == 0


async def test_a_deleted_series_goes_whole() -> None:
    world, master = await with_series()
    world.outlook_calendar.remove(master)
    assert await world.change() == 4
    assert times(world) == []
    assert world.links() == []


async def test_a_single_event_made_a_series_and_back_leaves_nothing_behind() -> None:
    world = World()
    box = world.outlook_calendar
    event = box.add(FOUR[0], "Stand-up")
    await world.connect()
    box.make_series(event, FOUR)
    await world.change()
    assert times(world) == FOUR
    assert world.link(Side.OUTLOOK, event) is None
    box.make_single(event)
    await world.change()
    assert times(world) == FOUR[:1]
    assert await world.sweep() == 0


async def test_an_occurrence_moved_in_timify_becomes_an_exception() -> None:
    world, master = await with_series()
    world.salon.move(world.copies_in_timify()[0].appointment_id, at(1, "15:00"))
    assert await world.change() == 1
    first = world.outlook_calendar.occurrence_ids(master)[0]
    assert world.outlook_calendar.known(first).when == span(1, "15:00", "16:00")
    assert await world.sweep() == 0


async def test_an_occurrence_deleted_in_timify_is_cancelled_alone() -> None:
    world, master = await with_series()
    world.salon.remove(world.copies_in_timify()[0].appointment_id)
    assert await world.change() == 1
    assert len(world.outlook_calendar.occurrence_ids(master)) == 3
    assert await world.sweep() == 0


async def test_a_connected_series_of_timify_has_a_copy_for_every_day_and_moves_as_one() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(1, "10:00"), 60, days=3, service="Course")
    await world.connect()
    assert len(world.copies_in_outlook()) == 3
    world.salon.move(booking, at(1, "15:00"))
    assert await world.change() == 3
    assert {copy.when.start.hour for copy in world.copies_in_outlook()} == {15}  # type: ignore[union-attr]  # every copy here has a time
    world.salon.remove(booking)
    await world.change()
    assert world.copies_in_outlook() == []


@pytest.mark.parametrize("heard", ["before", "never"])
async def test_an_event_that_became_a_series_unnoticed_is_not_deleted_whole_because_its_old_copy_is(heard: str) -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "10:00", "11:00"), "Team")
    await world.connect()
    [copy] = world.copies_in_timify()
    world.outlook_calendar.make_series(event, [span(day, "10:00", "11:00") for day in (2, 3, 4)])
    if heard == "never":
        world.lose_news()
    world.salon.remove(copy.appointment_id)
    await world.change()
    await world.sweep()
    assert len(world.outlook_calendar.events) == len(world.copies_in_timify()) == 3
    assert await world.sweep() == 0


async def test_a_title_given_to_the_copy_of_an_event_that_became_a_series_does_not_rename_all_of_it() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "10:00", "11:00"), "Team")
    await world.connect()
    world.outlook_calendar.make_series(event, [span(day, "10:00", "11:00") for day in (2, 3, 4)])
    world.lose_news()
    world.salon.edit(world.copies_in_timify()[0].appointment_id, title="Renamed")
    await world.change()
    await world.sweep()
    assert {each.title for each in world.outlook_calendar.events} == {"Team"}
    assert await world.sweep() == 0
