"""The grid of five minutes and whole days: no history of edits on both sides may move an original by itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.items import Booking
from shared.domain.spans import GRID, Days, Span
from tests.sync.core.world import World, at

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

minutes = st.integers(0, 20 * 24 * 60).map(lambda n: at(1) + n * MINUTE)
lengths = st.integers(1, 600).map(lambda n: n * MINUTE)
steps = st.integers(-300, 300).filter(bool).map(lambda n: n * GRID)
edits = st.one_of(
    st.tuples(st.just("put"), minutes, lengths),
    st.tuples(st.just("drag"), steps, lengths),
    st.tuples(st.just("stretch"), st.integers(1, 100).map(lambda n: n * GRID), lengths),
    st.tuples(st.sampled_from(["touch", "retitle", "note", "sweep", "cross"]), minutes, lengths),
)


@dataclass
class Pair:
    """One original, its copy, and where people last put the original."""

    world: World
    event: str
    put: Span
    told: list[str] = field(default_factory=list)

    @property
    def copy(self) -> Booking:
        (found,) = self.world.copies_in_timify()
        return found

    async def edit(self, what: str, moment: datetime | timedelta, length: timedelta) -> None:
        """Do it, and let both calendars come to rest."""
        world, box = self.world, self.world.outlook_calendar
        self.told.append(f"{what} {moment} {length}")
        if what in ("put", "cross"):
            assert isinstance(moment, datetime)
            put = Span(moment, moment + length)
            if what == "cross" and put != self.put:  # on both sides at once: the original wins
                world.salon.move(self.copy.appointment_id, self.copy.span.start + DAY)
            self.put = put
            box.move(self.event, self.put)
        elif what == "drag":
            assert isinstance(moment, timedelta)
            world.salon.move(self.copy.appointment_id, self.copy.span.start + moment)
            self.put = self.put.shifted(moment)
        elif what == "stretch":
            assert isinstance(moment, timedelta)
            self.put = self._stretched(moment)
            world.salon.resize(self.copy.appointment_id, moment // MINUTE)
        elif what == "touch":
            box.touch(self.event)
            world.salon.edit(self.copy.appointment_id)
        elif what == "retitle":
            world.salon.edit(self.copy.appointment_id, title=f"Team {len(self.told)}")
        elif what == "note":
            box.edit(self.event, notes=f"Agenda {len(self.told)}")
        await (world.sweep() if what == "sweep" else world.change())

    def _stretched(self, length: timedelta) -> Span:
        """The end of the original moves by as much as that of its copy; where nothing is left of it, onto the copy."""
        copy = self.copy.span
        wanted = Span(self.put.start, self.put.end + (copy.start + length - copy.end))
        return wanted if wanted.end > wanted.start else Span(copy.start, copy.start + length)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(minutes, lengths, st.lists(edits, min_size=3, max_size=10))
def test_a_rounded_copy_never_moves_its_original_however_often_both_are_touched(
    start: datetime, length: timedelta, todo: Sequence[tuple[str, datetime | timedelta, timedelta]]
) -> None:
    async def history() -> None:
        world = World(ahead=60)
        put = Span(start, start + length)
        pair = Pair(world, world.outlook_calendar.add(put, "Team"), put)
        await world.connect()
        for what, moment, more in todo:
            await pair.edit(what, moment, more)
            assert world.outlook_calendar.known(pair.event).when == pair.put, pair.told
            assert pair.copy.span == pair.put.outwards(), pair.told
        assert await world.sweep() == 0
        assert await world.conflicts() == []

    asyncio.run(history())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(["book", "copy", "both", "stretch"]), minutes, lengths), min_size=2, max_size=8)
)
def test_a_booking_goes_to_the_nearest_five_minutes_and_its_copy_onto_it(
    todo: Sequence[tuple[str, datetime, timedelta]],
) -> None:
    """Stretched in Outlook, it takes all of the time that its copy then covers."""

    async def history() -> None:
        world = World(ahead=60)
        booking = world.salon.add(["r1"], at(1, "10:00"), 50, service="Cut", before=5)
        await world.connect()
        (copy,) = world.copies_in_outlook()
        for what, moment, length in todo:
            (before,) = world.booked()
            put = moment - moment.minute % 5 * MINUTE
            if what == "stretch":
                wanted = Span(before.span.start, before.span.start + 10 * MINUTE + length)
                world.outlook_calendar.move(copy.id, wanted)
            elif what != "book":
                world.outlook_calendar.move(copy.id, before.span.shifted(moment - before.span.start))
            if what in ("book", "both"):
                world.salon.move(booking, put + 5 * MINUTE)
            await world.change()
            (stands,) = world.booked()
            if what == "stretch":
                assert stands.span == wanted.outwards()
            else:
                goal = moment if what == "copy" or (what == "both" and put == before.span.start) else put
                assert abs(stands.span.start - goal) <= 2 * MINUTE
                assert stands.span.minutes == before.span.minutes
            assert stands.span == stands.span.outwards()
            assert world.outlook_calendar.known(copy.id).when == stands.span
        assert await world.sweep() == 0
        assert await world.conflicts() == []

    asyncio.run(history())


ZONES = (
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/Santiago",
)
dates = st.integers(1, 330).map(lambda n: date(2026, 3, 2) + n * DAY)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.sampled_from(ZONES),
    st.lists(st.tuples(st.sampled_from(["put", "drag", "touch"]), dates, st.integers(1, 5)), min_size=2, max_size=8),
)
def test_whole_days_stay_whole_days_wherever_both_sides_drag_them(
    name: str, todo: Sequence[tuple[str, date, int]]
) -> None:
    zone = ZoneInfo(name)

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    async def history() -> None:
        world, put = World(ahead=365), Days(date(2026, 3, 5), date(2026, 3, 6))
        event = world.outlook_calendar.add(put, "Fair")
        await world.connect(start=False)
        await world.change_connection(timezone=name)
        await world.drain()
        for what, day, length in todo:
            (copy,) = world.copies_in_timify()
            if what == "put":
                put = Days(day, day + length * DAY)
                world.outlook_calendar.move(event, put)
            elif what == "drag":
                put = Days(day, day + (put.until - put.first))
                world.salon.move(copy.appointment_id, midnight(day))
            else:
                world.outlook_calendar.touch(event)
                world.salon.edit(copy.appointment_id)
            await world.change()
            assert world.outlook_calendar.known(event).when == put
            (copy,) = world.copies_in_timify()
            assert copy.span == Span(midnight(put.first), midnight(put.until))
        assert await world.sweep() == 0

    asyncio.run(history())
