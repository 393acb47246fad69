"""Series of every pattern and range through the whole stack, occurrence by occurrence, and what people do to them."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from shared.domain.spans import Span
from tests.recurring import PATTERNS, RANGES, Recurring, recurring
from tests.stack.world import Json, World

pytestmark = pytest.mark.stack


def five_weeks(world: World) -> Span:
    """Well inside of what is synced, whatever day it is."""
    start = datetime.combine(world.monday, time(), UTC)
    return Span(start, start + timedelta(days=35))


def every_series(world: World, range_: str) -> list[Recurring]:
    """One of each pattern, each at a time of its own in UTC, so that none is in the way of another."""
    near = world.monday + timedelta(days=2)
    clocks = ("03:02", "01:00", "23:00", "22:00", "20:00", "17:30")
    return [recurring(kind, range_, near, time.fromisoformat(at)) for kind, at in zip(PATTERNS, clocks, strict=True)]


async def arrived(world: World, person: str) -> list[tuple[str, datetime, datetime]]:
    around = five_weeks(world)
    return [copy for copy in await world.booking_copies(person) if around.start <= copy[1] < around.end]


def wanted(world: World, range_: str) -> list[tuple[str, datetime, datetime]]:
    around = five_weeks(world)
    every = [
        (one.name, span.start, span.end)
        for one in every_series(world, range_)
        for span in (found.outwards() for found in one.spans(around))
    ]
    return sorted(every, key=lambda copy: (copy[1], copy[0]))


async def test_every_pattern_and_range_arrives_occurrence_by_occurrence(world: World) -> None:
    """All of them began three years ago; some people had them before they connected, one enters them afterwards."""
    await world.open(*RANGES)
    for range_ in RANGES[:2]:
        for series in every_series(world, range_):
            await world.add(series.event(), range_)
    await world.connect()
    await asyncio.gather(*(world.add(series.event(), RANGES[2]) for series in every_series(world, RANGES[2])))
    await world.actors.quiet()
    for range_ in RANGES:
        assert {name for name, *_ in wanted(world, range_)} == {series.name for series in every_series(world, range_)}
        assert await arrived(world, range_) == wanted(world, range_)
        assert await world.kinds() == {}
    await world.steady()


async def test_people_cut_split_and_move_long_series_and_nothing_is_lost_or_left(world: World) -> None:
    """More than ten occurrences change at once, which is no reason to pause."""
    rule = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "numbered", "numberOfOccurrences": 20}}
    series = await _stand_up(world, rule)

    # "this and following": the first series ends, a second one begins
    day = world.monday + timedelta(days=3)
    ends = {"type": "endDate", "endDate": f"{day - timedelta(days=1)}"}
    rest = {"pattern": rule["pattern"], "range": {"type": "numbered", "numberOfOccurrences": 17}}
    await world.actors.post(world.actors.where.outlook, delay_ms=500)  # so that both are told together
    await asyncio.gather(
        world.edit(series, {"recurrence": begins(rule | {"range": ends}, f"{world.monday}")}),
        world.add({"subject": "Later", **world.when(3, "10:00", "10:30"), "recurrence": begins(rest, f"{day}")}),
    )
    await world.actors.quiet()
    await world.actors.post(world.actors.where.outlook)
    kept = [("Stand-up", *world.span(n, "09:00", "09:50")) for n in range(3)]
    later = [("Later", *world.span(n, "10:00", "10:30")) for n in range(3, 20)]
    assert await world.booking_copies() == [*kept, *later]

    # the second series moves as a whole, by a week: its occurrences get other ids
    [second] = [event for event in await world.raw_events() if event["subject"] == "Later"]
    await world.edit(second, world.when(10, "10:00", "10:30"))
    await world.actors.quiet()
    assert (await world.line())["status"] == "connected"
    moved = [("Later", *world.span(n, "10:00", "10:30")) for n in range(10, 27)]
    assert await world.booking_copies() == [*kept, *moved]

    # one occurrence is moved, one retitled, one cancelled; the first series becomes a single event, and recurs again
    mine = [event for event in await world.events() if event["seriesMasterId"] == second["id"]]
    await world.edit(mine[0], world.when(10, "15:00", "15:30"))
    await world.edit(mine[1], {"subject": "Cake"})
    await world.drop(mine[2])
    await world.edit(series, {"recurrence": None})
    await world.actors.quiet()
    others = [("Later", *world.span(10, "15:00", "15:30")), ("Cake", *world.span(11, "10:00", "10:30")), *moved[3:]]
    assert await world.booking_copies() == [kept[0], *others]
    await world.edit(series, {"recurrence": begins(rule | {"range": ends}, f"{world.monday}")})
    await world.actors.quiet()
    assert await world.booking_copies() == [*kept, *others]
    assert await world.kinds() == {}
    await world.steady()


async def _stand_up(world: World, rule: Json) -> Json:
    """A connected calendar with one long series, all of it copied."""
    await world.open()
    await world.connect()
    first = world.when(0, "09:02", "09:47")
    series = await world.add({"subject": "Stand-up", **first, "recurrence": begins(rule, f"{world.monday}")})
    await world.actors.quiet()
    assert await world.booking_copies() == [("Stand-up", *world.span(n, "09:00", "09:50")) for n in range(20)]
    return series


def begins(rule: Json, day: str) -> Json:
    return rule | {"range": rule["range"] | {"startDate": day}}


async def test_an_occurrence_dragged_over_its_neighbour_in_timify_says_why_it_did_not_follow(world: World) -> None:
    """Exchange refuses that; the copy stays where it was put, and the conflict goes when it is put elsewhere."""
    await world.open()
    await world.connect()
    await world.add(world.weekly("Team", 0, "08:30", "09:00"))
    await world.actors.quiet()
    copy = (await world.bookings(copies=True))[1]
    await world.rebook(copy, datetime=world.at(15, "08:30"))
    await world.actors.quiet()
    assert await world.kinds() == {"refused": 1}
    assert [event["start"]["dateTime"][:10] for event in await world.events()] == [
        f"{world.monday + timedelta(days=7 * n)}" for n in range(4)
    ]
    await world.rebook(copy, datetime=world.at(8, "08:30"))
    await world.actors.quiet()
    assert await world.kinds() == {}
    assert (await world.events())[1]["start"]["dateTime"][:10] == f"{world.monday + timedelta(days=8)}"
    await world.steady()
