"""Why did this not sync? What is remembered of an item answers, by whatever id somebody has of it."""

import pytest

from shared.domain.links import LinkState
from shared.domain.rules import Rule
from shared.sync.errors import UseCaseError
from shared.sync.explaining import explain_item
from tests.sync.core.world import COMPANY, World, at, span


async def test_an_item_is_found_by_its_own_id_by_its_copys_and_by_its_links() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    (copy,) = world.copies_in_timify()
    story = await explain_item(world, COMPANY, "r1", event)
    (found,) = story.items
    assert (found.link.state, found.conflicts) == (LinkState.LINKED, ())
    assert [line.rule for line in found.lines] == [Rule.COPIED]
    for name in (copy.id, copy.id.partition("@")[0], found.link.key):
        assert [each.link.key for each in (await explain_item(world, COMPANY, "r1", name)).items] == [found.link.key]


async def test_what_stands_in_the_way_is_told() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    booking = world.salon.add(["r1"], at(2, "09:30"), 60, service="Cut")
    await world.connect()
    (found,) = (await explain_item(world, COMPANY, "r1", event)).items
    assert found.link.state is LinkState.HELD
    assert found.link.reason == Rule.HELD_OVERLAP
    assert len(found.conflicts) == 1
    (other,) = (await explain_item(world, COMPANY, "r1", booking)).items
    assert other.conflicts == found.conflicts


async def test_an_id_that_nobody_remembers_has_no_items_and_an_empty_one_finds_nothing() -> None:
    world = World()
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    for name in ("unknown", ""):
        assert (await explain_item(world, COMPANY, "r1", name)).items == ()
    with pytest.raises(UseCaseError):
        await explain_item(world, COMPANY, "nobody", "unknown")
