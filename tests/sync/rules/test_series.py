"""Series of Outlook and what people do to them; what is deleted leaves no trace of its own."""

from datetime import timedelta

import pytest

from shared.domain.accounts import Status
from shared.domain.items import ShowAs
from shared.domain.spans import Span
from tests.sync.core.world import World, span

DAY = timedelta(days=1)
WEEK = 7 * DAY


def weekly(times: int, first: int = 1) -> list[Span]:
    """The same hour of every week, the first one `first` days after Monday."""
    return [span(first, "10:00", "11:00").shifted(n * WEEK) for n in range(times)]


def times(world: World) -> list[Span]:
    return [copy.span for copy in world.copies_in_timify()]


async def with_series(whens: list[Span], ahead: int = 365) -> tuple[World, str, list[str]]:
    """A world at rest with one series; its master and its occurrences."""
    world = World(ahead=ahead)
    master = world.outlook_calendar.add_series(whens, "Stand-up")
    await world.connect()
    assert times(world) == whens
    return world, master, world.outlook_calendar.occurrence_ids(master)


@pytest.mark.parametrize("by", [timedelta(hours=2), DAY, -DAY, WEEK])
@pytest.mark.parametrize("live", [True, False])
async def test_a_long_series_dragged_as_a_whole_does_not_pause_the_sync(by: timedelta, live: bool) -> None:
    """Its occurrences get other ids: as many come as go, so nothing is lost."""
    world, master, _ = await with_series(weekly(40))
    world.outlook_calendar.move_series(master, by)
    await (world.change() if live else world.sweep())
    assert times(world) == [when.shifted(by) for when in weekly(40)]
    assert (await world.connection()).status is Status.CONNECTED
    assert await world.sweep() == 0


async def test_a_series_cut_in_two_by_this_and_following_keeps_its_past_and_moves_its_future() -> None:
    """The master's range ends, and a new master begins."""
    world, _, ids = await with_series(weekly(40))
    box = world.outlook_calendar
    for gone in ids[3:]:
        box.remove(gone)
    following = [when.shifted(DAY) for when in weekly(40)[3:]]
    box.add_series(following, "Stand-up, new")
    await world.change()
    assert times(world) == [*weekly(3), *following]
    assert (await world.connection()).status is Status.CONNECTED
    assert await world.sweep() == 0


@pytest.mark.parametrize("left", [0, 3])
async def test_a_long_series_that_vanishes_is_asked_about(left: int) -> None:
    world, _, ids = await with_series(weekly(40))
    for gone in ids[left:]:
        world.outlook_calendar.remove(gone)
    await world.change()
    assert (await world.connection()).status is Status.PAUSED
    assert times(world) == weekly(40)


async def test_a_short_new_series_is_no_excuse_for_a_long_one_that_vanishes() -> None:
    world, master, _ = await with_series(weekly(40))
    world.outlook_calendar.remove(master)
    world.outlook_calendar.add_series(weekly(4, first=2), "Other")
    await world.change()
    assert (await world.connection()).status is Status.PAUSED


async def test_a_series_that_does_not_travel_is_no_excuse_for_one_that_did() -> None:
    world, master, _ = await with_series(weekly(40))
    world.outlook_calendar.remove(master)
    world.outlook_calendar.add_series(weekly(40, first=2), "Free", show_as=ShowAs.FREE)
    await world.change()
    assert (await world.connection()).status is Status.PAUSED


async def test_a_new_series_is_no_excuse_for_bookings_whose_copies_were_emptied() -> None:
    world = World(ahead=365)
    for when in weekly(20):
        world.salon.add(["r1"], when.start, 30, service="Cut")
    await world.connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    world.outlook_calendar.add_series(weekly(40, first=2), "Other")
    await world.change()
    assert (await world.connection()).status is Status.PAUSED
    assert len(world.booked()) == 20
