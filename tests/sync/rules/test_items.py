"""Items of Outlook in TIMIFY: what travels, whole days in every zone, and the edges of the window and of time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.domain.items import ShowAs, Side
from shared.domain.spans import Days, Span, When, clamp
from tests.sync.core.passing_time import MONDAY
from tests.sync.core.world import World, at, span

DAY = timedelta(days=1)
MINUTES = timedelta(minutes=1)
TEN = span(2, "10:00", "11:00")
WINDOW = Span(MONDAY - 10 * DAY, MONDAY + 30 * DAY)
FAMILY = "👩‍👩‍👧‍👦"


async def connected_in(zone: str, world: World) -> World:
    """Connect the resource of somebody who lives in that zone."""
    await world.connect(start=False)
    await world.change_connection(timezone=zone)
    await world.drain()
    return world


def copies(world: World) -> list[Span]:
    return [copy.span for copy in world.copies_in_timify()]


# -- what travels


@pytest.mark.parametrize(
    ("out", "back", "choices"),
    [
        ({"show_as": ShowAs.FREE}, {"show_as": ShowAs.OUT_OF_OFFICE}, {}),
        ({"show_as": ShowAs.WORKING_ELSEWHERE}, {"show_as": ShowAs.UNKNOWN}, {}),
        ({"show_as": ShowAs.TENTATIVE}, {"show_as": ShowAs.BUSY}, {"outlook_to_timify__tentative": "skip"}),
        ({"declined": True}, {"declined": False}, {}),
        ({"cancelled": True}, {"cancelled": False}, {}),
        ({"private": True}, {"private": False}, {"outlook_to_timify__private_events": "skip"}),
        ({"when": Span(TEN.start, TEN.start)}, {"when": TEN}, {}),
        ({"when": Days(date(2026, 3, 4), date(2026, 3, 5))}, {"when": TEN}, {"outlook_to_timify__all_day": "skip"}),
    ],
)
@pytest.mark.parametrize("live", [True, False])
async def test_what_stops_travelling_leaves_no_ghost_and_comes_back_when_it_travels_again(
    out: dict[str, Any], back: dict[str, Any], choices: dict[str, str], live: bool
) -> None:
    world = World()
    event = world.outlook_calendar.add(TEN, "Team")
    await world.connect(start=False)
    await world.choose(**choices)
    await world.drain()
    settle = world.change if live else world.sweep
    for facts, expected in ((out, []), (back, [TEN]), (out, [])):
        world.outlook_calendar.edit(event, **facts)
        assert await settle() == 1
        assert copies(world) == expected
    assert await world.conflicts() == []
    assert await world.sweep() == 0


@pytest.mark.parametrize("show_as", [ShowAs.FREE, ShowAs.WORKING_ELSEWHERE])
async def test_time_that_is_free_in_outlook_is_no_conflict_for_a_booking(show_as: ShowAs) -> None:
    world = World()
    world.outlook_calendar.add(TEN, "Lunch", show_as=show_as)
    world.salon.add(["r1"], TEN.start, 60, service="Cut")
    await world.connect()
    assert await world.conflicts() == []
    assert len(world.copies_in_outlook()) == 1


@pytest.mark.parametrize(
    "choices",
    [{"outlook_to_timify__private_events": "skip"}, {"direction": "timify_to_outlook"}],
    ids=lambda choices: next(iter(choices)),
)
async def test_time_that_is_busy_in_outlook_is_told_to_a_booking_although_it_does_not_travel(
    choices: dict[str, str],
) -> None:
    world = World()
    world.outlook_calendar.add(TEN, "Doctor", private=True)
    world.salon.add(["r1"], TEN.start, 60, service="Cut")
    await world.connect(start=False)
    await world.choose(**choices)
    await world.drain()
    assert (world.copies_in_timify(), len(world.copies_in_outlook())) == ([], 1)
    assert [conflict.kind for conflict in await world.conflicts()] == ["overlap"]
    assert await world.sweep() == 0


# -- whole days

ZONES = (
    *("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham"),
    *("America/Santiago", "Africa/Cairo"),  # their clocks change at midnight: one day has none, another has two
)


def minutes_of(day: date, zone: ZoneInfo) -> Span:
    """Every fifth minute that is `day` on a wall in `zone`, one by one."""
    around = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY
    inside = [m for n in range(3 * 288) if (m := around + n * 5 * MINUTES).astimezone(zone).date() == day]
    return Span(inside[0], inside[-1] + 5 * MINUTES)


def odd_days(zone: ZoneInfo) -> list[date]:
    """The days of the year that are not 24 hours long there."""
    year = [date(2026, 3, 4) + n * DAY for n in range(350)]
    return [day for day in year if (length := minutes_of(day, zone)).end - length.start != DAY]


@pytest.mark.parametrize("name", ZONES)
async def test_whole_days_do_not_shift_by_an_hour_on_the_days_of_the_clock_changes(name: str) -> None:
    world, zone = World(ahead=365), ZoneInfo(name)
    changes = odd_days(zone) or [date(2026, 3, 29)]
    days = [change + n * DAY for change in changes for n in (-1, 0, 1)]
    for day in days:
        world.outlook_calendar.add(Days(day, day + DAY), f"{day}")
    await connected_in(name, world)
    assert copies(world) == [minutes_of(day, zone) for day in days]
    assert await world.conflicts() == [], "neighbours do not touch"
    assert await world.sweep() == 0


@pytest.mark.parametrize("name", ZONES)
async def test_several_days_are_one_appointment_from_local_midnight_to_local_midnight(name: str) -> None:
    world, zone = World(ahead=365), ZoneInfo(name)
    for change in odd_days(zone) or [date(2026, 3, 29)]:
        world.outlook_calendar.add(Days(change - 2 * DAY, change + 3 * DAY), "Fair")
    await connected_in(name, world)
    assert copies(world) == [
        Span(minutes_of(day - 2 * DAY, zone).start, minutes_of(day + 2 * DAY, zone).end)
        for day in odd_days(zone) or [date(2026, 3, 29)]
    ]
    assert await world.sweep() == 0


@pytest.mark.parametrize("name", ["Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize("count", [1, 3])
async def test_a_day_dragged_over_a_clock_change_in_timify_stays_a_whole_day(name: str, count: int) -> None:
    """TIMIFY keeps the minutes of what is dragged, so the copy is an hour too long or too short where it lands."""
    zone = ZoneInfo(name)
    for odd in odd_days(zone):
        world = World(ahead=365)
        event = world.outlook_calendar.add(Days(odd - 7 * DAY, odd - (7 - count) * DAY), "Fair")
        await connected_in(name, world)
        for first in (odd, odd + 7 * DAY):
            world.salon.move(world.copies_in_timify()[0].appointment_id, minutes_of(first, zone).start)
            await world.change()
            assert world.outlook_calendar.known(event).when == Days(first, first + count * DAY)
            last = first + (count - 1) * DAY
            assert copies(world) == [Span(minutes_of(first, zone).start, minutes_of(last, zone).end)]
            assert await world.sweep() == 0


# -- the window


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(
    ("when", "travels"),
    [
        (Span(WINDOW.start - DAY, WINDOW.start), False),
        (Span(WINDOW.start - DAY, WINDOW.start + 5 * MINUTES), True),
        (Span(WINDOW.end - 5 * MINUTES, WINDOW.end + DAY), True),
        (Span(WINDOW.end, WINDOW.end + DAY), False),
        (Span(WINDOW.start - 400 * DAY, WINDOW.end + 400 * DAY), True),
        (Days(WINDOW.start.date() - 3 * DAY, WINDOW.start.date() + 1 * DAY), True),
        (Days(WINDOW.start.date() - 3 * DAY, WINDOW.start.date()), False),
        (Days(WINDOW.end.date() - DAY, WINDOW.end.date() + 3 * DAY), True),
        (Days(WINDOW.end.date() + DAY, WINDOW.end.date() + 3 * DAY), False),
    ],
)
async def test_an_event_over_an_edge_of_the_window_travels_whole_and_one_beside_it_not_at_all(
    when: When, travels: bool, live: bool
) -> None:
    world = World(ahead=30)
    if live:
        await world.connect()
    world.outlook_calendar.add(when, "Long")
    if live:
        await world.change()
    else:
        await world.connect()
    found = world.copies_in_timify()
    assert len(found) == int(travels)
    if travels and isinstance(when, Span):
        assert found[0].span == when
    assert await world.sweep() == 0
    world.outlook_calendar.remove(world.outlook_calendar.events[0].id)
    await world.change()
    assert world.copies_in_timify() == []


async def test_what_lies_beyond_the_horizon_arrives_when_its_day_comes_and_stays_when_it_is_over() -> None:
    world = World(ahead=30)
    event = world.outlook_calendar.add(span(31, "10:00", "11:00"), "Far")
    await world.connect()
    assert copies(world) == []
    world.now.pass_by(2 * DAY)
    assert await world.sweep() == 1
    assert copies(world) == [span(31, "10:00", "11:00")]
    world.now.pass_by(60 * DAY)
    assert await world.sweep() == 0, "the past is left alone on both sides"
    assert copies(world) == [span(31, "10:00", "11:00")]
    assert world.outlook_calendar.known(event).title == "Far"


async def test_an_event_that_leaves_the_window_and_comes_back_has_one_copy_that_follows() -> None:
    world = World(ahead=30)
    event = world.outlook_calendar.add(TEN, "Team")
    await world.connect()
    for day in (60, -30, 3, 60):
        world.outlook_calendar.move(event, span(day, "10:00", "11:00"))
        await world.change()
        await world.sweep()
        assert copies(world) == [span(day, "10:00", "11:00")]
        assert await world.sweep() == 0
    assert world.outlook_calendar.known(event).when == span(60, "10:00", "11:00")


# -- the ends of time

FIRST, LAST = clamp(datetime.min.replace(tzinfo=UTC)), clamp(datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "when",
    [
        Span(FIRST, FIRST),
        Span(LAST, LAST),
        Days(date.min, date.min),
        Days(date.max, date.max),
        Span(LAST, FIRST),
        Days(date.max, date.min),
    ],
)
async def test_a_sentinel_for_no_date_at_all_blocks_nothing(when: When) -> None:
    world = World()
    world.outlook_calendar.add(when, "Junk")
    world.outlook_calendar.add(TEN, "Team")
    await world.connect()
    assert copies(world) == [TEN]
    world.outlook_calendar.add(when, "Junk again")
    world.outlook_calendar.move(world.outlook_calendar.add(TEN.shifted(DAY), "Turned to junk"), when)
    assert await world.change() == 0
    assert await world.conflicts() == []
    assert await world.sweep() == 0


@pytest.mark.parametrize("when", [Span(TEN.start, LAST), Span(FIRST, LAST), Days(date(2026, 3, 4), date.max)])
async def test_an_event_without_an_end_in_sight_does_not_stop_the_calendar(when: When) -> None:
    world = World()
    early = span(0, "10:00", "11:00")
    world.outlook_calendar.add(early, "Before it")
    world.outlook_calendar.add(when, "For ever")
    await world.connect()
    later = world.salon.add(["r1"], at(5, "10:00"), 60, service="Cut")
    await world.change()
    assert len(world.copies_in_outlook()) == 1, "a customer is shown whatever is in the way"
    assert [conflict.kind for conflict in await world.conflicts()][:1] == ["overlap"]
    assert world.link(Side.TIMIFY, later)
    assert await world.sweep() == 0


# -- texts


async def test_right_to_left_emoji_and_broken_texts_arrive_as_people_read_them() -> None:
    world = World()
    texts = {
        "שלום עולם 👩🏽‍🦰": "שלום עולם 👩🏽‍🦰",
        "مرحبا\u200f 12:30": "مرحبا\u200f 12:30",
        "a\x00b\x1b[0m\r\nc": "a b [0m c",
        "\ud83d half": "half",
        "\x00\x1f": "Calendar blocker",
        "  ": "Calendar blocker",
        "x" * 300: f"{'x' * 254}…",
    }
    for day, title in enumerate(texts):
        world.outlook_calendar.add(span(day, "10:00", "11:00"), title)
    await world.connect()
    assert [copy.title for copy in world.copies_in_timify()] == list(texts.values())
    assert await world.sweep() == 0


@pytest.mark.parametrize("edit", [lambda title: title, lambda title: f"{title} "])
async def test_a_title_too_long_for_timify_is_not_written_again_and_again(edit: Callable[[str], str]) -> None:
    world = World()
    event = world.outlook_calendar.add(TEN, FAMILY * 60)
    await world.connect()
    title = world.copies_in_timify()[0].title
    assert title.removesuffix("…").replace(FAMILY, "") == "", "no half of a family"
    world.outlook_calendar.edit(event, title=edit(FAMILY * 60))
    assert await world.change() == 0
    assert world.outlook_calendar.known(event).title.strip() == FAMILY * 60
