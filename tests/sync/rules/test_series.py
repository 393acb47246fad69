"""Series of Outlook and what people do to them; what is deleted leaves no trace of its own."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.domain.accounts import Status
from shared.domain.items import ShowAs
from shared.domain.spans import Days, Span
from tests.sync.core.world import World, at, span

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


async def test_an_exception_has_a_title_and_notes_of_its_own_and_the_others_keep_theirs() -> None:
    world, _, (first, second, *_) = await with_series(weekly(4))
    box = world.outlook_calendar
    box.edit(second, title="Stand-up with cake", notes="Kitchen")
    assert await world.change() == 1
    box.move(second, span(9, "15:00", "15:30"))
    assert await world.change() == 1
    box.edit(first, show_as=ShowAs.FREE)
    assert await world.change() == 1
    found = [(copy.title, copy.notes, copy.span) for copy in world.copies_in_timify()]
    third, fourth = weekly(4)[2:]
    assert found == [
        ("Stand-up with cake", "Kitchen", span(9, "15:00", "15:30")),
        ("Stand-up", "", third),
        ("Stand-up", "", fourth),
    ]
    assert await world.sweep() == 0


@pytest.mark.parametrize("fact", ["cancelled", "declined"])
async def test_one_cancelled_occurrence_frees_its_own_time_only(fact: str) -> None:
    world, _, (_, second, *_) = await with_series(weekly(4))
    world.outlook_calendar.edit(second, **{fact: True})
    assert await world.change() == 1
    assert times(world) == [weekly(4)[0], *weekly(4)[2:]]
    assert await world.sweep() == 0
    world.outlook_calendar.edit(second, **{fact: False})
    assert await world.change() == 1
    assert times(world) == weekly(4)


async def test_a_series_retitled_or_hidden_as_a_whole_is_so_in_every_copy() -> None:
    world, master, _ = await with_series(weekly(4))
    world.outlook_calendar.edit_series(master, title="Daily")
    assert await world.change() == 4
    assert {copy.title for copy in world.copies_in_timify()} == {"Daily"}
    world.outlook_calendar.edit_series(master, private=True)
    assert await world.change() == 4
    assert {copy.title for copy in world.copies_in_timify()} == {"Calendar blocker"}
    world.outlook_calendar.edit_series(master, show_as=ShowAs.FREE)
    assert await world.change() == 4
    assert times(world) == []
    assert await world.sweep() == 0


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


async def test_the_first_half_of_this_and_following_waits_for_the_second() -> None:
    """Who cuts a series in two ends one and begins another, and we may be told in between."""
    world, _, ids = await with_series(weekly(40))
    box = world.outlook_calendar
    for gone in ids[3:]:
        box.remove(gone)
    world.tell()
    await world.deliver()
    assert (await world.connection()).status is Status.CONNECTED
    assert times(world) == weekly(40)
    following = [when.shifted(DAY) for when in weekly(40)[3:]]
    box.add_series(following, "Stand-up, new")
    await world.change()
    assert times(world) == [*weekly(3), *following]
    assert (await world.connection()).status is Status.CONNECTED


async def test_half_an_edit_waits_for_the_other_half_also_where_another_worker_was_busy_before() -> None:
    world, _, ids = await with_series(weekly(40))
    for gone in ids[3:]:
        world.outlook_calendar.remove(gone)
    [news] = world.tell()
    world.wakes.drop_newest(1)
    await world.hand_over(replace(news, tries=1))
    assert (await world.connection()).status is Status.CONNECTED
    world.outlook_calendar.add_series([when.shifted(DAY) for when in weekly(40)[3:]], "Stand-up, new")
    await world.change()
    assert (await world.connection()).status is Status.CONNECTED


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


async def test_a_series_that_began_years_ago_has_copies_in_the_window_only_and_goes_on_with_it() -> None:
    whens = weekly(600, first=1 - 7 * 500)
    world = World(ahead=30)
    world.outlook_calendar.add_series(whens, "Stand-up")
    await world.connect()
    around = Span(at(-10), at(30))
    assert times(world) == [when for when in whens if when.touches(around)]
    before = len(times(world))
    world.now.pass_by(2 * WEEK)
    assert await world.sweep() == 2, "two more, and none of the old ones goes"
    assert len(times(world)) == before + 2


async def test_a_series_beyond_the_window_loses_its_future_without_losing_its_past() -> None:
    whens = weekly(20, first=-6)
    world = World(ahead=30)
    master = world.outlook_calendar.add_series(whens, "Stand-up")
    await world.connect()
    world.now.pass_by(5 * WEEK)
    await world.sweep()
    past = times(world)[:3]
    assert past == whens[:3]
    for gone in world.outlook_calendar.occurrence_ids(master)[8:]:
        world.outlook_calendar.remove(gone)
    await world.change()
    assert times(world) == whens[:8]
    assert await world.sweep() == 0


async def test_whole_days_that_recur_do_not_drift_over_a_clock_change() -> None:
    world = World(ahead=365)
    days = [date(2026, 3, 15) + n * WEEK for n in range(40)]
    world.outlook_calendar.add_series([Days(day, day + DAY) for day in days], "Market")
    await world.connect()
    local = [(copy.start.hour, (copy.end - copy.start)) for copy in times(world)]
    hour = timedelta(hours=1)
    assert local.count((23, 23 * hour)) == local.count((22, 25 * hour)) == 1
    assert local.count((22, 24 * hour)) == 29
    assert len(local) == 40
    assert await world.sweep() == 0


async def test_an_exception_stays_where_it_was_put_when_its_copy_is_dragged_and_the_series_renamed() -> None:
    world, master, (_, second, *_) = await with_series(weekly(4))
    copy = world.copies_in_timify()[1]
    world.salon.move(copy.appointment_id, at(9, "14:00"))
    assert await world.change() == 1
    world.outlook_calendar.edit_series(master, title="Daily")
    await world.change()
    assert world.outlook_calendar.known(second).when == span(9, "14:00", "15:00")
    assert times(world)[1] == span(9, "14:00", "15:00")
    assert len(times(world)) == 4
    assert await world.sweep() == 0


async def test_a_series_made_single_and_recurring_again_leaves_one_copy_of_each() -> None:
    world, master, _ = await with_series(weekly(4))
    for _ in range(2):
        world.outlook_calendar.make_single(master)
        await world.change()
        assert times(world) == weekly(1)
        world.outlook_calendar.make_series(master, weekly(3))
        await world.change()
        assert times(world) == weekly(3)
        assert await world.sweep() == 0


async def test_a_series_that_is_all_there_is_may_become_a_single_event() -> None:
    world, master, _ = await with_series(weekly(6))
    world.outlook_calendar.make_single(master)
    await world.change()
    assert times(world) == weekly(1)
    assert (await world.connection()).status is Status.CONNECTED
