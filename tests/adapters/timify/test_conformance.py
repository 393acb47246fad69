"""What every `Timify` and `Directory` must do, asked of the fake and of the real adapter over the simulator."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from shared.domain.failures import Broken, Reason, Refused
from shared.domain.items import Booking, Change, Draft, Side
from shared.domain.links import key_of_mark, link_key
from shared.domain.spans import Span
from shared.sync.ports import Timify
from tests.adapters.timify.worlds import ANNA, COMPANY, ROOM, WEEK, FakeWorld, World, simulated_world

MARK = f"tfy-{link_key(ANNA, Side.OUTLOOK, 'event-1')}-0"
DRAFT = Draft(
    when=Span(datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC)),
    title="Dentist",
    notes="Bring the card\nRoom 7",
)


@pytest_asyncio.fixture(params=["fake", "simulated"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    async with simulated_world() as simulated:
        yield simulated


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def span(day: int, hour: int, minutes: int = 60) -> Span:
    return Span(at(day, hour), at(day, hour) + timedelta(minutes=minutes))


async def seen(calendar: Timify, window: Span) -> list[Booking]:
    return [booking async for page in calendar.view(window) for booking in page]


async def the_one(calendar: Timify, appointment_id: str) -> Booking:
    found = await calendar.read(appointment_id)
    assert found is not None
    (booking,) = found
    return booking


async def test_a_booking_at_the_edge_is_seen_only_when_it_shares_a_moment(world: World) -> None:
    for start in (9, 10, 11, 12):
        await world.book([ANNA], at(2, start))
    await world.book([ROOM], at(2, 10))
    found = await seen(world.calendar(ANNA), Span(at(2, 10), at(2, 11, 5)))
    assert [booking.span for booking in found] == [span(2, 10), span(2, 11)]


async def test_preparation_before_midnight_is_not_overlooked(world: World) -> None:
    await world.book([ANNA], at(3, 0), before=30)
    found = await seen(world.calendar(ANNA), Span(at(2, 23), at(2, 23, 45)))
    assert [booking.span.start for booking in found] == [at(2, 23, 30)]


async def test_a_year_shows_every_booking_once(world: World) -> None:
    series = await world.book([ANNA], at(2, 9), days=120)
    singles = [await world.book([ANNA, ROOM], at(day, 20, month=month)) for month in range(3, 12) for day in (1, 28)]
    long = await world.book([ANNA], at(20, 0), 14 * 24 * 60)
    found = await seen(world.calendar(ANNA), Span(at(1, 0), at(1, 0) + timedelta(days=365)))
    assert len(found) == len({booking.id for booking in found}) == 120 + len(singles) + 1
    assert {booking.appointment_id for booking in found} == {series, long, *singles}


async def test_a_series_keeps_its_local_time_across_the_clock_change(world: World) -> None:
    series = await world.book([ANNA], at(28, 9), days=3, title="Stand-up")
    found = await world.calendar(ANNA).read(series)
    assert found is not None
    assert [booking.span.start for booking in found] == [at(28, 9), at(29, 8), at(30, 8)]
    assert [booking.id for booking in found] == [f"{series}@2026-03-{day}" for day in (28, 29, 30)]
    assert all(booking.connected and booking.unit == series and booking.title == "Stand-up" for booking in found)


async def test_a_moved_series_keeps_its_local_time_too(world: World) -> None:
    series = await world.book([ANNA], at(28, 9), days=3)
    await world.move(series, at(27, 11))
    found = await world.calendar(ANNA).read(series)
    assert found is not None
    assert [booking.span.start for booking in found] == [at(27, 11), at(28, 11), at(29, 10)]
    assert found[0].id == f"{series}@2026-03-27"


async def test_a_window_shows_only_the_occurrences_inside(world: World) -> None:
    series = await world.book([ANNA], at(2, 9), days=10)
    found = await seen(world.calendar(ANNA), Span(at(4, 0), at(6, 0)))
    assert [booking.id for booking in found] == [f"{series}@2026-03-04", f"{series}@2026-03-05"]


async def test_a_split_booking_with_preparation_and_follow_up_is_one_stretch(world: World) -> None:
    key = await world.book([ANNA], at(2, 9), pattern=(60, 60, 30), before=10, after=5)
    booking = await the_one(world.calendar(ANNA), key)
    assert booking.span == Span(at(2, 8, 50), at(2, 11, 35))
    assert (booking.id, booking.split, booking.before, booking.after) == (key, True, 10, 5)


async def test_everything_that_settings_may_ask_for_arrives(world: World) -> None:
    fields = (("Number plate", "M-AB 123"), ("Colour", "blue"))
    key = await world.book(
        [ANNA, ROOM], at(2, 9), title="Check", notes="Be quick", customers=("Eva Maier", "Jo Li"), data_fields=fields
    )
    booking = await the_one(world.calendar(ROOM), key)
    assert (booking.title, booking.notes, booking.customers) == ("Check", "Be quick", ("Eva Maier", "Jo Li"))
    assert booking.data_fields == fields
    assert (booking.resource_ids, booking.resource_names) == ((ANNA, ROOM), ("Anna", "Room 1"))
    assert not any((booking.split, booking.group, booking.connected, booking.reserved, booking.mark))


async def test_a_group_booking_tells_how_full_it_is(world: World) -> None:
    booking = await the_one(world.calendar(ANNA), await world.book([ANNA], at(2, 9), group=(3, 10)))
    assert (booking.group, booking.participants, booking.max_participants) == (True, 3, 10)


async def test_a_reservation_is_told_from_a_booking(world: World) -> None:
    booking = await the_one(world.calendar(ANNA), await world.book([ANNA], at(2, 9), reserved=True))
    assert booking.reserved


async def test_gone_is_told_from_moved_to_somebody_else(world: World) -> None:
    key = await world.book([ANNA], at(2, 9))
    await world.assign(key, [ROOM])
    assert await world.calendar(ANNA).read(key) == []
    assert await world.directory.resources_of(COMPANY, key) == (ROOM,)
    await world.remove(key)
    assert await world.calendar(ROOM).read(key) is None
    assert await world.directory.resources_of(COMPANY, key) is None


@pytest.mark.parametrize("odd", ["", ".", "..", "../resources", "a/b", "?x=1", "ä\ud800"])
async def test_an_odd_id_names_nothing_and_harms_nothing(world: World, odd: str) -> None:
    key = await world.book([ANNA], at(2, 9))
    calendar = world.calendar(ANNA)
    assert await calendar.read(odd) is None
    await calendar.delete(odd, notify=True)
    assert (await the_one(calendar, key)).id == key


async def test_the_version_changes_with_every_change_and_only_then(world: World) -> None:
    key = await world.book([ANNA], at(2, 9))
    calendar = world.calendar(ANNA)
    first = await the_one(calendar, key)
    assert (await the_one(calendar, key)).version == first.version != ""
    await world.move(key, at(2, 11))
    assert (await the_one(calendar, key)).version != first.version


async def test_what_we_make_reads_back_as_the_receipt_said(world: World) -> None:
    calendar = world.calendar(ANNA)
    made = await calendar.create(DRAFT, MARK, span(4, 9, 50))
    assert (made.title, made.notes, made.span, made.mark) == ("Dentist", "Bring the card\nRoom 7", span(4, 9, 50), MARK)
    assert (made.resource_ids, made.customers, made.service) == ((ANNA,), (), "")
    assert await the_one(calendar, made.appointment_id) == made
    assert key_of_mark(made.mark) is not None


async def test_a_copy_is_found_again_although_it_was_moved_by_a_day(world: World) -> None:
    calendar = world.calendar(ANNA)
    made = await calendar.create(DRAFT, MARK, span(4, 9))
    await world.move(made.appointment_id, at(5, 8))
    found = await calendar.find(MARK, span(4, 9))
    assert found is not None
    assert found.id == made.id
    assert await calendar.find(MARK.replace("-0", "-1"), span(4, 9)) is None
    assert await world.calendar(ROOM).find(MARK, span(4, 9)) is None


async def test_off_the_grid_nothing_is_made(world: World) -> None:
    calendar = world.calendar(ANNA)
    for start, minutes in ((at(4, 9, 2), 60), (at(4, 9), 47)):
        with pytest.raises(Refused, match="timify_400"):
            await calendar.create(DRAFT, MARK, Span(start, start + timedelta(minutes=minutes)))
    assert await calendar.find(MARK, span(4, 9)) is None


async def test_an_account_that_forbids_overlaps_refuses_one_item_only(world: World) -> None:
    await world.book([ANNA], at(4, 9))
    await world.refuse_overlaps()
    calendar = world.calendar(ANNA)
    with pytest.raises(Refused, match="timify_409"):
        await calendar.create(DRAFT, MARK, span(4, 9))
    assert (await calendar.create(DRAFT, MARK, span(4, 11))).span == span(4, 11)


async def test_a_resource_that_is_gone_breaks_the_connection_instead_of_every_item(world: World) -> None:
    with pytest.raises(Broken) as failure:
        await world.calendar("64f0000000000000000000ff").create(DRAFT, MARK, span(4, 9))
    assert failure.value.reason is Reason.RESOURCE_GONE


async def test_a_move_keeps_text_length_preparation_and_follow_up(world: World) -> None:
    calendar = world.calendar(ANNA)
    key = await world.book([ANNA], at(2, 9), title="Check", customers=("Eva Maier",), before=10, after=5)
    booking = await the_one(calendar, key)
    moved = await calendar.update(booking, Change(when=booking.span.shifted(timedelta(hours=3))))
    assert moved is not None
    assert moved.span == Span(at(2, 11, 50), at(2, 13, 5))
    assert (moved.title, moved.customers, moved.before, moved.after) == ("Check", ("Eva Maier",), 10, 5)
    assert moved.version != booking.version
    assert await the_one(calendar, key) == moved


async def test_a_longer_stretch_lengthens_the_work_only(world: World) -> None:
    calendar = world.calendar(ANNA)
    booking = await the_one(calendar, await world.book([ANNA], at(2, 9), before=10, after=5))
    longer = await calendar.update(booking, Change(when=Span(booking.span.start, at(2, 11, 5)), title="Long"))
    assert longer is not None
    assert (longer.span, longer.before, longer.after) == (Span(at(2, 8, 50), at(2, 11, 5)), 10, 5)
    assert longer.title == "Long"


async def test_text_follows_without_touching_the_time(world: World) -> None:
    calendar = world.calendar(ANNA)
    made = await calendar.create(DRAFT, MARK, span(4, 9))
    changed = await calendar.update(made, Change(title="Doctor", notes=""))
    assert changed is not None
    assert (changed.title, changed.notes, changed.span, changed.mark) == ("Doctor", "", span(4, 9), MARK)


async def test_a_split_booking_moves_as_a_whole_but_is_never_stretched(world: World) -> None:
    calendar = world.calendar(ANNA)
    key = await world.book([ANNA], at(2, 9), pattern=(60, 60, 30), before=10)
    booking = await the_one(calendar, key)
    moved = await calendar.update(booking, Change(when=booking.span.shifted(timedelta(days=1))))
    assert moved is not None
    assert moved.span == booking.span.shifted(timedelta(days=1))
    with pytest.raises(Refused, match="split_length"):
        await calendar.update(moved, Change(when=moved.span.extended(timedelta(0), timedelta(minutes=30))))
    assert await the_one(calendar, key) == moved


async def test_no_work_is_left_between_preparation_and_follow_up(world: World) -> None:
    calendar = world.calendar(ANNA)
    booking = await the_one(calendar, await world.book([ANNA], at(2, 9), before=10, after=5))
    with pytest.raises(Refused, match="too_short"):
        await calendar.update(booking, Change(when=Span(at(2, 9), at(2, 9, 15))))


async def test_one_occurrence_of_a_connected_series_is_never_moved_silently(world: World) -> None:
    calendar = world.calendar(ANNA)
    series = await world.book([ANNA], at(2, 9), days=3)
    before = await calendar.read(series)
    assert before is not None
    for change in (Change(when=span(3, 15)), Change(title="Other")):
        with pytest.raises(Refused, match="connected_series"):
            await calendar.update(before[1], change)
    assert await calendar.read(series) == before


async def test_a_change_to_a_booking_that_is_gone_is_none(world: World) -> None:
    calendar = world.calendar(ANNA)
    made = await calendar.create(DRAFT, MARK, span(4, 9))
    await world.remove(made.appointment_id)
    assert await calendar.update(made, Change(title="Doctor")) is None
    await calendar.delete(made.appointment_id, notify=True)
    assert await world.told() == []


async def test_customers_are_told_only_when_asked_for(world: World) -> None:
    calendar = world.calendar(ANNA)
    quiet, loud = await world.book([ANNA], at(2, 9)), await world.book([ANNA], at(2, 11))
    await calendar.delete(quiet, notify=False)
    await calendar.delete(loud, notify=True)
    assert await world.told() == [loud]
    assert await seen(calendar, span(2, 0, 24 * 60)) == []


async def test_what_occupies_the_other_resources_is_seen_once(world: World) -> None:
    both = await world.book([ANNA, ROOM], at(2, 9))
    await world.book([ANNA], at(2, 9))
    other = await world.book([ROOM], at(2, 9, 30), after=30)
    await world.book([ROOM], at(2, 12))
    calendar = world.calendar(ANNA)
    assert {b.appointment_id for b in await calendar.occupied([ROOM], span(2, 9))} == {both, other}
    assert {b.appointment_id for b in await calendar.occupied([ROOM], Span(at(2, 10, 40), at(2, 11)))} == {other}
    assert len(await calendar.occupied([ROOM, ANNA], span(2, 9))) == 3
    assert list(await calendar.occupied([], span(2, 9))) == []


async def test_the_count_of_a_calendar_without_series_is_exact(world: World) -> None:
    for month in (3, 6, 9):
        await world.book([ANNA], at(10, 9, month=month))
    await world.book([ROOM], at(10, 9))
    year = Span(at(1, 0), at(1, 0) + timedelta(days=365))
    assert await world.calendar(ANNA).count(year) == 3
    assert await world.calendar("64f0000000000000000000ff").count(year) == 0


async def test_the_directory_shows_people_and_rooms(world: World) -> None:
    anna, room = await world.directory.resources(COMPANY)
    assert (anna.id, anna.name, anna.email, anna.timezone) == (ANNA, "Anna", "anna@example.com", "Europe/Berlin")
    assert (anna.working_times, room.email, room.timezone) == (WEEK, "", "Europe/London")
    alone = await world.directory.resource(COMPANY, ANNA)
    assert alone is not None
    assert (alone.id, alone.working_times) == (ANNA, WEEK)
    assert await world.directory.resource(COMPANY, "64f0000000000000000000ff") is None


async def test_a_company_that_is_gone_is_not_an_empty_one(world: World) -> None:
    with pytest.raises(Broken):
        await world.directory.resources("64f0000000000000000000ee")
