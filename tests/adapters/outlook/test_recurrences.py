"""Series as Exchange expands them, read by the real adapter over the simulator: wrong hours after a clock change,
shifted days, lost exceptions."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.domain.spans import Days, Span
from tests.adapters.outlook.asking import pull, seen, series_in
from tests.adapters.outlook.worlds import SimulatedWorld, simulated_world
from tests.recurring import PATTERNS, RANGES, recurring

SPRING = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC))
"""In it the clocks change in Berlin, New York, on Lord Howe and in Chatham."""
NEAR = date(2026, 3, 20)


@pytest_asyncio.fixture
async def outlook() -> AsyncIterator[SimulatedWorld]:
    async with simulated_world() as world:
        yield world


async def times(world: SimulatedWorld, master: str) -> list[Any]:
    return [event.when for event in await world.door().series(master, SPRING) or ()]


@pytest.mark.parametrize("range_", RANGES)
@pytest.mark.parametrize("kind", PATTERNS)
async def test_a_series_begun_years_ago_falls_on_its_days_at_its_hour_on_the_wall(
    outlook: SimulatedWorld, kind: str, range_: str
) -> None:
    series = recurring(kind, range_, NEAR, time(9, 30))
    expected = series.spans(SPRING)
    assert expected, "or nothing is proved"
    master = await outlook.enter(series.event())
    pages, _ = await pull(outlook.door(), window=SPRING)
    assert series_in(pages) == {master}
    assert await times(outlook, master) == expected
    assert [event.when for event in await seen(outlook.door(), SPRING)] == expected


async def test_a_series_cut_short_and_made_single_and_back_shows_what_is_left(outlook: SimulatedWorld) -> None:
    series = recurring("weekly", "noEnd", NEAR, time(9, 30))
    expected, event = series.spans(SPRING), series.event()
    master = await outlook.enter(event)
    _, link = await pull(outlook.door(), window=SPRING)
    cut = event["recurrence"] | {"range": event["recurrence"]["range"] | {"type": "endDate", "endDate": f"{NEAR}"}}
    await outlook.edit(master, {"recurrence": cut})
    pages, link = await pull(outlook.door(), link, SPRING)
    assert series_in(pages) == {master}
    assert await times(outlook, master) == [span for span in expected if span.start.date() <= NEAR]
    await outlook.single_out(master)
    assert await times(outlook, master) == []
    await outlook.edit(master, {"recurrence": event["recurrence"]})
    pages, _ = await pull(outlook.door(), link, SPRING)
    assert series_in(pages) == {master}
    assert await times(outlook, master) == expected


async def test_whole_days_that_recur_keep_their_dates(outlook: SimulatedWorld) -> None:
    begin, end = ({"dateTime": f"2023-03-{day}T00:00:00", "timeZone": "Lord Howe Standard Time"} for day in (26, 27))
    rule = {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["sunday"]},
        "range": {"type": "noEnd", "startDate": "2023-03-26"},
    }
    master = await outlook.enter(
        {"subject": "Market", "isAllDay": True, "start": begin, "end": end, "recurrence": rule}
    )
    sundays = [date(2026, 3, 1) + n * timedelta(days=7) for n in range(8)]
    assert await times(outlook, master) == [Days(day, day + timedelta(days=1)) for day in sundays]


@pytest.mark.parametrize(
    ("zone", "start", "end", "begin", "minutes"),
    [
        ("W. Europe Standard Time", "2026-03-29T01:30", "2026-03-29T03:30", "2026-03-29T00:30", 60),
        ("W. Europe Standard Time", "2026-03-29T02:30", "2026-03-29T04:30", "2026-03-29T01:30", 60),
        ("W. Europe Standard Time", "2026-10-25T01:30", "2026-10-25T03:30", "2026-10-24T23:30", 180),
        ("W. Europe Standard Time", "2026-10-25T02:10", "2026-10-25T02:50", "2026-10-25T00:10", 40),
        ("Lord Howe Standard Time", "2026-04-05T01:00", "2026-04-05T03:00", "2026-04-04T14:00", 150),
        ("Lord Howe Standard Time", "2026-10-04T01:30", "2026-10-04T03:00", "2026-10-03T15:00", 60),
        ("Chatham Islands Standard Time", "2026-04-05T02:00", "2026-04-05T04:00", "2026-04-04T12:15", 180),
        ("India Standard Time", "2026-03-29T02:30", "2026-03-29T03:00", "2026-03-28T21:00", 30),
        ("Nepal Standard Time", "2026-03-29T02:30", "2026-03-29T03:00", "2026-03-28T20:45", 30),
    ],
)
async def test_an_hour_that_is_skipped_or_repeated_shifts_no_meeting(
    outlook: SimulatedWorld, zone: str, start: str, end: str, begin: str, minutes: int
) -> None:
    edges = {name: {"dateTime": f"{text}:00", "timeZone": zone} for name, text in (("start", start), ("end", end))}
    event = await outlook.door().read(await outlook.enter({"subject": "Night", **edges}))
    assert event is not None
    first = datetime.fromisoformat(f"{begin}:00+00:00")
    assert event.when == Span(first, first + timedelta(minutes=minutes))


async def test_the_second_of_two_equal_hours_comes_back_as_the_second(outlook: SimulatedWorld) -> None:
    """Only UTC can tell them apart, and so all times are written in it."""
    for hour in (0, 1):
        begin = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        span = Span(begin, begin + timedelta(minutes=20))
        event = await outlook.door().read(await outlook.add(span))
        assert event is not None
        assert event.when == span
