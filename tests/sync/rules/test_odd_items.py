"""The table of docs/rules.md holds for an occurrence of a series, an event off the grid, and a booking in parts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared.domain.spans import Span
from tests.sync.core.world import World, at, span
from tests.sync.rules.pair import ARRIVALS, NINE, Arrival, Kind, Pair
from tests.sync.rules.test_both_sides_changed import CELLS, HEARD_OF_ONE_BY_ONE, PLACES, standing

NEXT_WEEK = span(9, "09:00", "10:00")
MINUTES = timedelta(minutes=1)


@dataclass(frozen=True)
class Odd:
    """`late` and `early`: by how much it begins after, and ends before, the hour that its copy covers."""

    kind: Kind
    make: Callable[[World], str]
    late: timedelta = 0 * MINUTES
    early: timedelta = 0 * MINUTES

    def own(self, hour: Span) -> Span:
        return Span(hour.start + self.late, hour.end - self.early)


def occurrence(world: World) -> str:
    master = world.outlook_calendar.add_series([NINE, NEXT_WEEK], "Team")
    return world.outlook_calendar.occurrence_ids(master)[0]


def off_the_grid(world: World) -> str:
    return world.outlook_calendar.add(span(2, "09:02", "09:57"), "Team")


def in_parts(world: World) -> str:
    """Ten minutes of preparation, work, a gap, work, and ten minutes of follow-up."""
    return world.salon.add(["r1"], at(2, "09:10"), pattern=(20, 10, 10), before=10, after=10, service="Cut")


ODD = {
    "occurrence": Odd("event", occurrence),
    "off_the_grid": Odd("event", off_the_grid, 2 * MINUTES, 3 * MINUTES),
    "in_parts": Odd("booking", in_parts),
}
VARIANTS = [(name, cell) for name, odd in ODD.items() for cell, (_, kind, *_) in CELLS.items() if kind == odd.kind]


async def odd_pair(odd: Odd, direction: str) -> Pair:
    world = World()
    origin = odd.make(world)
    await world.connect()
    shown = world.copies_in_timify() if odd.kind == "event" else world.copies_in_outlook()
    assert shown[0].when == NINE
    copy = world.copies_in_timify()[0].appointment_id if odd.kind == "event" else world.copies_in_outlook()[0].id
    await world.choose(direction=direction)
    pair = Pair(world, odd.kind, origin, copy)
    pair.lines = len(await world.log())
    pair.remember()
    return pair


def this_week(items: list[tuple[object, str]]) -> list[tuple[object, str]]:
    return [(when, title) for when, title in items if when != NEXT_WEEK]


@pytest.mark.parametrize("arrival", ARRIVALS)
@pytest.mark.parametrize(("name", "cell"), VARIANTS)
async def test_an_odd_item_is_no_exception_to_the_table(name: str, cell: str, arrival: Arrival) -> None:
    odd, (direction, kind, origin, copy, (rule, origin_at, copy_at, write)) = ODD[name], CELLS[cell]
    pair = await odd_pair(odd, direction)
    if origin == "changed" and kind == "event":
        pair.move("origin", odd.own(PLACES["origin's"] or NINE))
    elif origin == "changed":
        pair.world.salon.move(pair.origin, at(2, "11:10"))
    else:
        pair.do("origin", origin)
    pair.do("copy", copy)
    await pair.come_to_rest(arrival)

    ours, theirs = (pair.outlook(), pair.timify()) if kind == "event" else (pair.timify(), pair.outlook())
    place = PLACES[origin_at]
    assert this_week(ours) == ([(odd.own(place), pair.title)] if place else [])
    assert this_week(theirs) == standing(copy_at, pair.title)
    written = write.replace("origin", pair.side).replace("copy", pair.side.other)
    usual = ([rule] if rule else [], [written] if written else [])
    assert (await pair.rules(), pair.writes()) == HEARD_OF_ONE_BY_ONE.get((cell, arrival), usual)
    assert await pair.world.conflicts() == []
    await pair.stays_as_it_is()
