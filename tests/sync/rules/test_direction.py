"""A direction is changed and changed back, with items on both sides before it, edits during it, and the return."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import pytest

from shared.domain.items import Item, Side
from shared.domain.links import key_of_mark, link_key
from shared.sync.companies import change_overrides
from tests.sync.core.world import COMPANY, World, at, span
from tests.sync.proof.notes import People
from tests.sync.proof.oracle import complaints
from tests.sync.rules.pair import DIRECTIONS

MEETING, VISIT = span(2, "09:00", "10:00"), span(3, "09:00", "10:00")
CHANGES = list(permutations(DIRECTIONS, 2))


@dataclass
class Scene:
    """A meeting in Outlook and a visit in TIMIFY, copied as far as the direction of the beginning allows."""

    world: World
    meeting: str
    visit: str
    people: People

    def copy(self, side: Side, item: str) -> str:
        """The id of the copy of an item; "" when there is none."""
        key = link_key("r1", side, item)
        if side is Side.OUTLOOK:
            return next((x.appointment_id for x in self.world.booked() if key_of_mark(x.mark) == key), "")
        return next((x.id for x in self.world.outlook_calendar.events if key_of_mark(x.mark) == key), "")

    @property
    def meeting_copy(self) -> str:
        return self.copy(Side.OUTLOOK, self.meeting)

    @property
    def visit_copy(self) -> str:
        return self.copy(Side.TIMIFY, self.visit)


type Edit = Callable[[Scene], object]


def move_meeting_copy(scene: Scene) -> None:
    if scene.meeting_copy:
        scene.world.salon.move(scene.meeting_copy, at(2, "15:00"))


def move_visit_copy(scene: Scene) -> None:
    if scene.visit_copy:
        scene.world.outlook_calendar.move(scene.visit_copy, span(3, "15:00", "16:00"))


def rename_meeting_copy(scene: Scene) -> None:
    if scene.meeting_copy:
        scene.world.salon.edit(scene.meeting_copy, title="Theirs")


def rename_visit_copy(scene: Scene) -> None:
    scene.people.touched.add(link_key("r1", Side.TIMIFY, scene.visit))  # it may keep what was written into it
    if scene.visit_copy:
        scene.world.outlook_calendar.edit(scene.visit_copy, title="Theirs")


def add_both(scene: Scene) -> None:
    scene.world.outlook_calendar.add(span(4, "09:00", "10:00"), "New")
    scene.world.salon.add(["r1"], at(5, "09:00"), 60, service="New")


def collide(scene: Scene) -> None:
    scene.world.outlook_calendar.move(scene.meeting, VISIT)


EDITS: dict[str, Edit] = {
    "nothing": lambda scene: None,
    "meeting_moves": lambda scene: scene.world.outlook_calendar.move(scene.meeting, span(2, "11:00", "12:00")),
    "visit_moves": lambda scene: scene.world.salon.move(scene.visit, at(3, "11:00")),
    "meeting_renamed": lambda scene: scene.world.outlook_calendar.edit(scene.meeting, title="Ours"),
    "visit_renamed": lambda scene: scene.world.salon.edit(scene.visit, service="Ours"),
    "meeting_copy_moves": move_meeting_copy,
    "visit_copy_moves": move_visit_copy,
    "meeting_copy_renamed": rename_meeting_copy,
    "visit_copy_renamed": rename_visit_copy,
    "new_items": add_both,
    "collision": collide,
}


async def begin(direction: str) -> Scene:
    world = World()
    meeting = world.outlook_calendar.add(MEETING, "Team")
    visit = world.salon.add(["r1"], VISIT.start, 60, service="Cut")
    await world.connect(start=False)
    await world.choose(direction=direction)
    await world.drain()
    scene = Scene(world, meeting, visit, People())
    assert bool(scene.meeting_copy) == (direction != "timify_to_outlook")
    assert bool(scene.visit_copy) == (direction != "outlook_to_timify")
    return scene


async def checked(scene: Scene) -> None:
    """The sync heard of everything and looked at all; what was promised holds."""
    await scene.world.sweep()
    wrong = await complaints(scene.world, scene.people)
    assert not wrong, "\n".join([*wrong, *await scene.world.story()])


async def at_rest(scene: Scene) -> None:
    """The same, and another check writes nothing."""
    await checked(scene)
    assert await scene.world.sweep() == 0


@pytest.mark.parametrize("noticed", ["at_once", "by_the_check"])
@pytest.mark.parametrize("edit", list(EDITS))
@pytest.mark.parametrize(("before", "during"), CHANGES)
async def test_a_change_of_direction_and_back_loses_and_doubles_nothing(
    before: str, during: str, edit: str, noticed: str
) -> None:
    scene = await begin(before)
    world = scene.world
    await world.choose(direction=during)
    if noticed == "at_once":
        EDITS[edit](scene)
        await world.drain()
    else:
        await checked(scene)
        EDITS[edit](scene)
        world.lose_news()
    await checked(scene)
    await world.choose(direction=before)
    await checked(scene)
    await world.choose(direction="two_way")
    await at_rest(scene)

    conflicts = {key for x in await world.conflicts() for key in (x.item, x.other)}
    items: list[Item] = [*world.outlook_calendar.events, *world.booked()]
    origins = [item for item in items if not item.mark]
    assert len(origins) == (4 if edit == "new_items" else 2)
    assert len(world.copies_in_timify()) + len(world.copies_in_outlook()) <= len(origins)
    for origin in origins:
        copy = scene.copy(origin.side, origin.id)
        there = world.outlook_calendar.known(copy).when if copy and origin.side is Side.TIMIFY else None
        there = world.salon.entries[copy].bookings()[0].span if copy and origin.side is Side.OUTLOOK else there
        assert there == origin.when or link_key("r1", origin.side, origin.id) in conflicts


@pytest.mark.parametrize(("before", "during"), CHANGES)
async def test_a_change_of_direction_alone_deletes_and_moves_nothing(before: str, during: str) -> None:
    scene = await begin(before)
    versions = scene.world.versions()
    for direction in (during, before):
        await scene.world.choose(direction=direction)
        await at_rest(scene)
        assert versions <= scene.world.versions()


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("before", "during"), [change for change in CHANGES if change[1] != "two_way"])
async def test_a_copy_deleted_where_the_way_is_closed_or_the_source_is_law_takes_nothing_with_it(
    before: str, during: str, side: Side
) -> None:
    scene = await begin(before)
    world = scene.world
    await world.choose(direction=during)
    await at_rest(scene)
    if side is Side.OUTLOOK and scene.meeting_copy:
        world.salon.remove(scene.meeting_copy)
    if side is Side.TIMIFY and scene.visit_copy:
        world.outlook_calendar.remove(scene.visit_copy)
    for direction in (during, before, "two_way"):
        await world.choose(direction=direction)
        await at_rest(scene)
    assert scene.meeting_copy
    assert scene.visit_copy
    assert world.outlook_calendar.known(scene.meeting).when == MEETING
    assert world.salon.entries[scene.visit].starts == (VISIT.start,)
    assert world.salon.told == []


async def test_a_title_given_while_the_way_was_closed_is_not_a_silent_difference_once_it_is_open() -> None:
    for reopened, title in (("two_way", "Theirs"), ("outlook_to_timify", "Team")):
        scene = await begin("two_way")
        await scene.world.choose(direction="timify_to_outlook")
        rename_meeting_copy(scene)
        assert await scene.world.change() == 0
        await scene.world.choose(direction=reopened)
        assert await scene.world.sweep() == 1
        assert scene.world.outlook_calendar.known(scene.meeting).title == title
        assert scene.world.salon.entries[scene.meeting_copy].facts.title == title


async def test_a_copy_found_again_while_the_way_is_closed_is_left_alone_by_later_settings() -> None:
    scene = await begin("two_way")
    await scene.world.choose(direction="timify_to_outlook")
    await scene.world.store.forget_links(COMPANY, "r1")
    await scene.world.sweep("catch_up")
    await scene.world.choose(outlook_to_timify__event_name="off")
    assert await scene.world.sweep() == 0
    assert scene.world.salon.entries[scene.meeting_copy].facts.title == "Team"


@pytest.mark.parametrize(("companys", "own"), CHANGES)
async def test_a_direction_of_ones_own_is_for_that_resource_alone(companys: str, own: str) -> None:
    world = World("r1", "r2")
    for day, name in ((2, "r1"), (3, "r2")):
        world.mailboxes[name].add(span(day, "09:00", "10:00"), "Team")
        world.salon.add([name], at(day, "11:00"), 60, service="Cut")
    await world.connect(start=False)
    await world.choose(direction=companys)
    await change_overrides(world, COMPANY, "r1", {"direction": own})
    await world.drain()
    for name, direction in (("r1", own), ("r2", companys)):
        assert len(world.copies_in_timify(name)) == (direction != "timify_to_outlook")
        assert len(world.copies_in_outlook(name)) == (direction != "outlook_to_timify")
    assert await world.sweep() == 0


async def test_a_company_that_chose_no_direction_has_both() -> None:
    world = World()
    world.outlook_calendar.add(MEETING, "Team")
    world.salon.add(["r1"], VISIT.start, 60, service="Cut")
    await world.connect()
    assert (len(world.copies_in_timify()), len(world.copies_in_outlook())) == (1, 1)
