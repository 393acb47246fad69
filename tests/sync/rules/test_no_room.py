"""The same table where something stands in the way: nothing is lost meanwhile, and once there is room it comes true."""

import pytest

from shared.domain.failures import Refused
from shared.domain.items import Side
from shared.domain.links import link_key
from shared.domain.spans import Span
from tests.sync.core.world import World
from tests.sync.proof.notes import People
from tests.sync.proof.oracle import complaints
from tests.sync.rules.pair import ELEVEN, KINDS, NINE, THREE, Arrival, Kind, pair_at_rest
from tests.sync.rules.test_both_sides_changed import CELLS, standing

PLACES = {"where_they_were": NINE, "where_the_origin_goes": ELEVEN, "where_the_copy_goes": THREE}
ORIGIN_FIRST: dict[str, Arrival] = {"event": "outlook_first", "booking": "timify_first"}
HEARD: list[tuple[str, Arrival]] = [
    *((cell, "whole_check") for cell, (*_, origin, copy, _) in CELLS.items() if (origin, copy) != ("unchanged",) * 2),
    *((cell, ORIGIN_FIRST[kind]) for cell, (_, kind, *fates, _) in CELLS.items() if "unchanged" not in fates),
]
"""The other order is that of a change alone, followed by another: the table has both."""


def block(world: World, blocker: str, place: Span) -> str:
    if blocker == "booking":
        return world.salon.add(["r1"], place.start, 60, service="Blocker")
    return world.outlook_calendar.add(place, "Blocker")


def unblock(world: World, blocker: str, item: str) -> None:
    if blocker == "booking":
        world.salon.remove(item)
    else:
        world.outlook_calendar.remove(item)


async def checked(world: World) -> None:
    await world.sweep()
    wrong = await complaints(world, People())
    assert not wrong, "\n".join([*wrong, *await world.story()])


@pytest.mark.parametrize("blocker", ["booking", "event"])
@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize(("cell", "arrival"), HEARD)
async def test_what_waits_for_room_is_not_lost_meanwhile(cell: str, arrival: Arrival, place: str, blocker: str) -> None:
    direction, kind, origin, copy, (_, origin_at, copy_at, _) = CELLS[cell]
    pair = await pair_at_rest(kind)
    world, in_the_way = pair.world, ""
    if place != "where_they_were":
        in_the_way = block(world, blocker, PLACES[place])
        await world.change()
    await world.choose(direction=direction)
    pair.do("origin", origin)
    pair.do("copy", copy)
    in_the_way = in_the_way or block(world, blocker, NINE)
    await pair.come_to_rest(arrival)
    await checked(world)
    assert await world.sweep() == 0

    unblock(world, blocker, in_the_way)
    await world.change()
    await checked(world)
    ours, theirs = (pair.outlook(), pair.timify()) if kind == "event" else (pair.timify(), pair.outlook())
    assert (ours, theirs) == (standing(origin_at, pair.title), standing(copy_at, pair.title))
    assert await world.conflicts() == []


@pytest.mark.parametrize("kind", KINDS)
async def test_an_item_that_could_not_be_followed_is_not_deleted_because_its_old_copy_is(kind: Kind) -> None:
    pair = await pair_at_rest(kind)
    world = pair.world
    await world.choose(timify_to_outlook__when_busy="hold")
    in_the_way = block(world, "booking" if kind == "event" else "event", ELEVEN)
    await world.change()
    pair.move("origin", ELEVEN)
    await world.change()
    assert [conflict.kind for conflict in await world.conflicts()] == ["overlap"]
    pair.remove("copy")
    await world.change()
    assert [conflict.kind for conflict in await world.conflicts()] == ["overlap"]
    assert world.salon.told == []
    unblock(world, "booking" if kind == "event" else "event", in_the_way)
    await world.change()
    assert pair.outlook() == pair.timify() == [(ELEVEN, pair.title)]


@pytest.mark.parametrize("kind", KINDS)
async def test_an_item_whose_change_was_refused_is_not_deleted_because_its_old_copy_is(kind: Kind) -> None:
    pair = await pair_at_rest(kind)
    place = Side.TIMIFY if kind == "event" else Side.OUTLOOK
    pair.world.fail(place, "update", "before", Refused("no_422"))
    pair.write("origin", title="Ours")
    await pair.world.change()
    (conflict,) = await pair.world.conflicts()
    assert (conflict.kind, conflict.item) == ("refused", link_key("r1", pair.side, pair.origin))
    pair.remove("copy")
    await pair.world.change()
    assert pair.outlook() == pair.timify() == [(NINE, "Ours")]
    assert await pair.world.conflicts() == []
