"""The link by which an administrator shows one conflict to its resource."""

import pytest

from shared.domain.accounts import RoundState
from shared.sync.conflict_link import LASTS, conflict_link
from tests.functions.api_world import NOW
from tests.functions.conflict_samples import OVERLAP, REFUSED
from tests.functions.console_world import ConsoleWorld


@pytest.fixture
async def world() -> ConsoleWorld:
    world = ConsoleWorld()
    await world.enter()
    await world.round("r0", RoundState(), OVERLAP, REFUSED)
    return world


async def test_the_link_shows_one_conflict_and_gives_nothing_else_away(world: ConsoleWorld) -> None:
    page = await world.get(f"conflicts/{OVERLAP.id}")
    (link,) = [str(each["value"]) for each in page.inputs if each.get("id") == "send-link"]
    assert "mailto:zoe%40acme.example" in page.html

    status, shown = await world.follow(link)
    assert status == 200
    assert "Mon 23 Nov, 10:00–11:00" in shown.html
    assert world.base not in shown.html
    assert "<form" not in shown.html
    assert REFUSED.id not in shown.html


async def test_the_resource_reads_it_in_its_own_language(world: ConsoleWorld) -> None:
    link = conflict_link(world.services, "acme", "r0", OVERLAP.id)
    assert "Zwei Einträge zur selben Zeit" in (await world.follow(link, "de-AT"))[1].html


async def test_the_link_says_when_all_is_settled(world: ConsoleWorld) -> None:
    link = conflict_link(world.services, "acme", "r0", OVERLAP.id)
    await world.cure("r0", OVERLAP)
    status, page = await world.follow(link)
    assert (status, "settled" in page.by_id) == (200, True)


async def test_a_link_of_another_or_an_old_one_shows_nothing(world: ConsoleWorld) -> None:
    link = conflict_link(world.services, "acme", "r0", OVERLAP.id)
    other = link.replace(OVERLAP.id, REFUSED.id)
    for bad in (other, link[:-2], "https://sync.example/conflict/x", "https://sync.example/conflict/"):
        status, page = await world.follow(bad)
        assert (status, "no-link" in page.by_id) == (404, True)
    world.moment = NOW + LASTS
    assert (await world.follow(link))[0] == 404


async def test_the_link_ends_with_the_company(world: ConsoleWorld) -> None:
    link = conflict_link(world.services, "acme", "r0", OVERLAP.id)
    await world.leave()
    assert (await world.follow(link))[0] == 404
