"""Bookings of every kind in Outlook, and what people do to them on both sides."""

from datetime import date, timedelta

import pytest

from shared.domain.accounts import Status
from shared.domain.spans import Days, Span
from tests.sync.core.world import World, at, span

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def shown(world: World) -> list[tuple[str, object]]:
    """Titles and times of the copies in Outlook."""
    return [(copy.title, copy.when) for copy in world.copies_in_outlook()]


async def kinds(world: World) -> list[str]:
    return sorted(conflict.kind for conflict in await world.conflicts())


# -- split bookings, preparation and follow-up


async def test_a_split_booking_is_one_event_over_its_gap_and_moves_with_all_its_parts() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "10:00"), pattern=(45, 30, 45), service="Colour")
    await world.connect()
    assert shown(world) == [("Colour", span(2, "10:00", "12:00"))]
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, span(2, "14:00", "16:00"))
    assert await world.change() == 1
    entry = world.salon.entries[booking]
    assert (entry.starts, entry.pattern) == ((at(2, "14:00"),), (45, 30, 45))
    world.salon.resize(booking, 150)
    assert await world.change() == 1
    assert shown(world) == [("Colour", span(2, "14:00", "16:30"))]
    assert await world.sweep() == 0


async def test_a_split_booking_stretched_in_outlook_says_why_it_did_not_follow() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "10:00"), pattern=(45, 30, 45), service="Colour")
    await world.connect()
    before = world.salon.entries[booking]
    copy = world.copies_in_outlook()[0].id
    world.outlook_calendar.move(copy, span(2, "10:00", "13:00"))
    await world.change()
    assert [(c.kind, c.detail) for c in await world.conflicts()] == [("refused", "split_length")]
    await world.sweep()
    assert world.salon.entries[booking] == before
    world.outlook_calendar.move(copy, span(2, "10:00", "12:00"))
    await world.change()
    assert await world.conflicts() == []
    assert await world.sweep() == 0


async def test_preparation_and_follow_up_are_inside_the_event_and_stay_beside_the_work_when_it_moves() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Massage", before=10, after=15)
    await world.connect()
    assert shown(world) == [("Massage", span(2, "09:50", "11:15"))]
    world.salon.edit(booking, before=20)
    assert await world.change() == 1
    world.salon.edit(booking, after=0)
    assert await world.change() == 1
    assert shown(world) == [("Massage", span(2, "09:40", "11:00"))]
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, span(2, "14:40", "16:00"))
    assert await world.change() == 1
    entry = world.salon.entries[booking]
    assert (entry.starts, entry.pattern, entry.facts.before, entry.facts.after) == ((at(2, "15:00"),), (60,), 20, 0)
    assert await world.sweep() == 0


async def test_a_copy_squeezed_below_preparation_and_follow_up_leaves_the_booking_alone() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Massage", before=10, after=15)
    await world.connect()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, span(2, "09:50", "10:15"))
    await world.change()
    assert [(c.kind, c.detail) for c in await world.conflicts()] == [("refused", "too_short")]
    await world.sweep()
    assert world.salon.entries[booking].pattern == (60,)


async def test_a_meeting_is_not_put_into_the_preparation_of_a_booking() -> None:
    world = World()
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Massage", before=10, after=15)
    world.outlook_calendar.add(span(2, "09:00", "09:55"), "Early")
    world.outlook_calendar.add(span(2, "11:15", "12:00"), "After")
    await world.connect()
    assert [copy.title for copy in world.copies_in_timify()] == ["After"]
    assert await kinds(world) == ["overlap"]


# -- group bookings


async def test_a_group_booking_tells_how_full_it_is_whenever_that_changes() -> None:
    world = World()
    booking = world.salon.add(
        ["r1"],
        at(2, "10:00"),
        group=True,
        participants=3,
        max_participants=10,
        title="Yoga",
        customers=("Carla", "Eva"),
    )
    await world.connect()
    assert shown(world) == [("Yoga – 3 of 10 participants", span(2, "10:00", "11:00"))]
    for taken in (4, 0, 10):
        world.salon.edit(booking, participants=taken)
        assert await world.change() == 1
        assert [title for title, _ in shown(world)] == [f"Yoga – {taken} of 10 participants"]
    world.salon.edit(booking, max_participants=12)
    assert await world.change() == 1
    assert [title for title, _ in shown(world)] == ["Yoga – 10 of 12 participants"]
    world.salon.edit(booking, customers=("Greta",))
    assert await world.change() == 0, "who takes part is not shown"
    assert await world.sweep() == 0


async def test_an_anonymous_group_does_not_tell_how_full_it_is() -> None:
    world = World()
    world.salon.add(["r1"], at(2, "10:00"), group=True, participants=3, max_participants=10, title="Yoga")
    await world.connect(start=False)
    await world.choose(timify_to_outlook__anonymous="on")
    await world.drain()
    assert [title for title, _ in shown(world)] == ["TIMIFY booking"]


async def test_a_group_shows_no_service_where_that_is_switched_off() -> None:
    world = World()
    world.salon.add(["r1"], at(2, "10:00"), group=True, participants=3, max_participants=10, service="Burn-out course")
    await world.connect(start=False)
    await world.choose(timify_to_outlook__service_name="off")
    await world.drain()
    assert [title for title, _ in shown(world)] == ["3 of 10 participants"]


# -- series


async def test_independent_repeats_move_and_go_one_by_one() -> None:
    world = World()
    repeats = [world.salon.add(["r1"], at(2 + 7 * n, "10:00"), 60, service="Cut") for n in range(3)]
    await world.connect()
    first, second, third = world.copies_in_outlook()
    world.outlook_calendar.move(second.id, span(9, "14:00", "15:00"))
    world.outlook_calendar.remove(third.id)
    assert await world.change() == 2
    assert [world.salon.entries[key].starts for key in repeats[:2]] == [(at(2, "10:00"),), (at(9, "14:00"),)]
    assert repeats[2] not in world.salon.entries
    assert world.salon.told == [repeats[2]], "TIMIFY tells that customer and no other"
    assert world.outlook_calendar.known(first.id).when == span(2, "10:00", "11:00")
    assert await kinds(world) == []


async def test_a_connected_series_grows_and_shrinks_with_its_days() -> None:
    world = World()
    series = world.salon.add(["r1"], at(2, "10:00"), 60, days=3, service="Course")
    await world.connect()
    for days in (5, 2, 1, 4):
        world.salon.extend(series, days)
        await world.change()
        assert [when for _, when in shown(world)] == [span(2 + n, "10:00", "11:00") for n in range(days)]
        assert await world.sweep() == 0


@pytest.mark.parametrize("live", [True, False])
async def test_a_long_connected_series_moved_to_another_day_does_not_pause_the_sync(live: bool) -> None:
    world = World(ahead=365)
    series = world.salon.add(["r1"], at(2, "10:00"), 60, days=30, service="Course")
    await world.connect()
    world.salon.move(series, at(1, "10:00"))
    await (world.change() if live else world.sweep())
    assert (await world.connection()).status is Status.CONNECTED
    assert [copy.when for copy in world.copies_in_outlook()] == [booking.span for booking in world.booked()]
    assert world.booked()[0].span == span(1, "10:00", "11:00")
    assert await world.sweep() == 0


async def test_a_connected_series_keeps_its_hour_on_the_wall_over_a_clock_change() -> None:
    world = World(ahead=60)
    world.salon.add(["r1"], at(25, "10:00"), 60, days=4, service="Course")
    await world.connect()
    assert [when for _, when in shown(world)] == [
        span(25, "10:00", "11:00"),
        span(26, "10:00", "11:00"),
        span(27, "09:00", "10:00"),
        span(28, "09:00", "10:00"),
    ]


@pytest.mark.parametrize(
    ("days", "hours", "travels"),
    [(-12, 48, False), (-12, 49, True), (30, 1, False), (29, 48, True), (-400, 24 * 900, True)],
)
@pytest.mark.parametrize("live", [True, False])
async def test_a_booking_over_an_edge_of_the_window_travels_whole_and_one_beside_it_not_at_all(
    days: int, hours: int, travels: bool, live: bool
) -> None:
    world = World(ahead=30)
    if live:
        await world.connect()
    world.salon.add(["r1"], at(days), hours * 60, service="Cut")
    if live:
        await world.change()
    else:
        await world.connect()
    assert [copy.when for copy in world.copies_in_outlook()] == [booking.span for booking in world.booked()] * travels
    assert await world.sweep() == 0


async def test_a_copy_that_somebody_makes_a_whole_day_takes_its_booking_along_and_settles() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Fair")
    await world.connect()
    day = Days(date(2026, 3, 4), date(2026, 3, 5))
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, day)
    assert await world.change() == 1
    assert world.booked()[0].span == Span(at(1, "23:00"), at(2, "23:00"))
    assert await world.sweep() == 0
    world.salon.move(booking, at(5, "10:00"))
    await world.change()
    assert shown(world) == [("Fair", span(5, "10:00", "10:00").extended(timedelta(0), DAY))]
    assert await world.sweep() == 0


# -- reservations


async def test_a_reservation_appears_when_it_is_confirmed_and_vanishes_when_it_is_withdrawn() -> None:
    world = await World().connect()
    sure = world.salon.add(["r1"], at(2, "10:00"), reserved=True, service="Cut")
    unsure = world.salon.add(["r1"], at(3, "10:00"), reserved=True, service="Cut")
    assert await world.change() == 0
    world.salon.edit(sure, reserved=False)
    world.salon.remove(unsure)
    assert await world.change() == 1
    assert shown(world) == [("Cut", span(2, "10:00", "11:00"))]
    assert len(world.links()) == 1
    world.salon.edit(sure, reserved=True)  # it is about to be deleted
    assert await world.change() == 1
    assert shown(world) == []
    assert await world.sweep() == 0
    assert world.salon.told == []


async def test_a_reservation_holds_its_time_until_it_is_withdrawn() -> None:
    world = World()
    reservation = world.salon.add(["r1"], at(2, "10:00"), reserved=True, service="Cut")
    await world.connect()
    world.outlook_calendar.add(span(2, "10:30", "11:30"), "Team")
    assert await world.change() == 0
    assert await kinds(world) == ["overlap"]
    world.salon.remove(reservation)
    assert await world.change() == 1
    assert [copy.title for copy in world.copies_in_timify()] == ["Team"]
    assert await kinds(world) == []
