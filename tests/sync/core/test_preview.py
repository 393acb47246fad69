"""Previews: what they foretell is what then happens, and looking changes nothing."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.accounts import Company, Connection, Mailbox, Status
from shared.domain.items import ShowAs
from shared.domain.settings import Settings, effective
from shared.domain.spans import Span
from shared.sync import disable, preview
from shared.sync.errors import WrongState
from shared.sync.preview import preview_choices, preview_connecting, preview_disabling, preview_settings
from tests.sync.core.world import COMPANY, ZONE, World, at, span


def full(*resources: str) -> World:
    """Of everything something: what travels, what stays, what collides, what was kept by hand on both sides."""
    world = World(*resources)
    for box in world.mailboxes.values():
        for day in (2, 3, 4):
            box.add(span(day, "09:00", "10:00"), "Team")
        box.add(span(2, "14:00", "15:00"), "Lunch", show_as=ShowAs.FREE)
        box.add(span(3, "14:00", "15:00"), "Off", declined=True)
        box.add(span(5, "12:30", "13:30"), "In the way")
        box.add(span(6, "09:00", "10:00"), "Jour fixe")
    for name in world.mailboxes:
        for day in (2, 3, 5):
            world.salon.add([name], at(day, "12:00"), 60, service="Cut")
        world.salon.add([name], at(6, "09:00"), 60, title="Jour fixe")
        world.salon.add([name], at(7, "09:00"), 60, service="Maybe", reserved=True)
    world.lose_news()
    return world


async def everything(world: World) -> tuple[object, ...]:
    logs = [await world.log(name) for name in world.mailboxes]
    links = [world.links(name) for name in world.mailboxes]
    states = [await world.state(name) for name in world.mailboxes]
    return world.versions(), world.write_count(), logs, links, states, len(world.wakes)


def company() -> Company:
    return Company(id=COMPANY, plan="premium", timezone=str(ZONE))


def unconnected() -> Connection:
    mailbox = Mailbox(account="r1.tenant", calendar_id="cal-r1")
    return Connection(company_id=COMPANY, resource_id="r1", mailbox=mailbox, timezone=str(ZONE))


async def test_connecting_does_what_was_foretold() -> None:
    world = full()
    before = await everything(world)
    counts, why = await preview_connecting(world, company(), unconnected(), world.outlook_calendar)
    assert await everything(world) == before
    await world.connect()
    rules = Counter(await world.log())
    assert counts == {"created": rules["copied"], "linked": rules["adopted"], "skipped": 3, "conflicts": 1}
    assert (rules["copied"], rules["adopted"]) == (6, 1)
    assert set(why) == {"declined", "free", "reserved"}
    assert [conflict.kind for conflict in await world.conflicts()] == ["overlap"]


async def test_reconnecting_what_was_kept_foretells_no_copy() -> None:
    world = await full().connect()
    await disable.disable(world, COMPANY, "r1", "keep")
    await world.drain()
    counts, _ = await preview_connecting(world, company(), unconnected(), world.outlook_calendar)
    assert (counts["created"], counts["conflicts"]) == (0, 1)
    assert counts["linked"] == len(world.copies_in_timify()) + len(world.copies_in_outlook()) + 1


async def test_other_settings_do_what_was_foretold_to_what_is_new() -> None:
    world = full()
    await world.store.save_company(company())
    await world.choose(direction="timify_to_outlook")
    await world.connect_one("r1")
    await world.drain()
    before = await everything(world)
    counts = (await preview_settings(world, COMPANY, Settings())).counts
    assert await everything(world) == before
    assert (counts["created"], counts["linked"]) == (3, 4)
    await world.choose(direction="two_way")
    await world.sweep()
    assert Counter(await world.log())["copied"] == 4 + counts["created"]


async def test_what_is_copied_already_keeps_its_shape_in_a_preview_too() -> None:
    world = await full().connect()
    wished = effective(Settings(), {"outlook_to_timify.anonymous": "on", "outlook_to_timify.tentative": "skip"})
    assert await preview_settings(world, COMPANY, wished) == await preview_settings(world, COMPANY, Settings())


async def test_a_preview_of_a_company_is_about_all_of_its_live_calendars() -> None:
    world = await full("r1", "r2").connect()
    both = await preview_settings(world, COMPANY, Settings())
    await disable.disable(world, COMPANY, "r2", "keep")
    await world.drain()
    one = await preview_settings(world, COMPANY, Settings())
    assert {name: 2 * number for name, number in one.counts.items()} == both.counts
    assert (one.looked_at, one.of, both.looked_at, both.of) == (1, 1, 2, 2)


async def test_a_preview_of_many_calendars_looks_side_by_side_and_says_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With hundreds it would take longer than a request may, and answer nothing at all."""
    names = [f"r{number}" for number in range(1, 13)]
    world = await full(*names).connect()
    slow = {"r3", "r7"}
    for name, box in world.mailboxes.items():
        reach = box.count

        async def count(window: Span, name: str = name, reach: Any = reach) -> int:
            await asyncio.sleep(30 if name in slow else 0.01)
            return int(await reach(window))

        monkeypatch.setattr(box, "count", count)
    monkeypatch.setattr(preview, "TIME", 2.0)
    before = await everything(world)
    found = await preview_settings(world, COMPANY, Settings())
    assert (found.looked_at, found.of) == (10, 12)
    assert found.counts["linked"] > 0
    assert await everything(world) == before
    for name in slow:  # whoever did not get to the end has given back what was taken
        ledger = await world.store.open(COMPANY, name, world.now())
        assert ledger


async def test_a_calendar_that_cannot_be_read_does_not_cost_the_preview_of_the_others() -> None:
    world = await full("r1", "r2").connect()
    held = await world.store.open(COMPANY, "r1", world.now())
    assert held
    found = await preview_settings(world, COMPANY, Settings())
    assert (found.looked_at, found.of) == (1, 2)
    await disable.disable(world, COMPANY, "r2", "keep")
    with pytest.raises(WrongState):
        await preview_settings(world, COMPANY, Settings())


async def test_a_resources_own_choice_is_foretold_for_it_alone() -> None:
    world = full("r1", "r2")
    await world.store.save_company(company())
    await world.choose(direction="timify_to_outlook")
    for name in ("r1", "r2"):
        await world.connect_one(name)
    await world.drain()
    before = await everything(world)
    own = await preview_choices(world, COMPANY, "r1", {"direction": "two_way"})
    same = await preview_choices(world, COMPANY, "r1", {"direction": None})
    assert await everything(world) == before
    assert (own["created"], same["created"]) == (3, 0)


async def test_nothing_is_foretold_for_what_is_not_connected() -> None:
    world = await World().connect()
    await disable.disable(world, COMPANY, "r1")
    await world.drain()
    with pytest.raises(WrongState):
        await preview_choices(world, COMPANY, "r1", {"direction": "two_way"})
    with pytest.raises(WrongState):
        await preview_disabling(world, COMPANY, "r1")


async def test_disabling_removes_as_many_copies_as_was_foretold_and_keeps_the_others() -> None:
    world = await full().connect()
    world.now.pass_by(at(3, "00:00") - world.now())
    before = await everything(world)
    counts = await preview_disabling(world, COMPANY, "r1")
    assert await everything(world) == before
    outlook, timify = len(world.copies_in_outlook()), len(world.copies_in_timify())
    await disable.disable(world, COMPANY, "r1")
    await world.drain()
    assert counts["removed_in_outlook"] == outlook - len(world.copies_in_outlook())
    assert counts["removed_in_timify"] == timify - len(world.copies_in_timify())
    assert counts["kept"] > 0
    assert "Jour fixe" in [booking.title for booking in world.booked()], "what a person made by hand is no copy of ours"


async def test_a_preview_waits_for_a_round_and_gives_the_connection_back() -> None:
    world = await full().connect()
    held = await world.store.open(COMPANY, "r1", world.now())
    assert held
    await held.close(held.state)
    await preview_settings(world, COMPANY, Settings())
    world.outlook_calendar.add(span(9, "09:00", "10:00"), "After")
    assert await world.change() == 1
    assert (await world.connection()).status is Status.CONNECTED
    assert replace(await world.state(), last_change=None) != await world.state()


async def test_a_preview_that_took_longer_than_its_lease_answers_all_the_same() -> None:
    world = await full("r1").connect()
    world.watch = lambda call: world.fence_out("r1") if call == "view" else None
    counts = (await preview_settings(world, COMPANY, Settings())).counts
    assert counts["linked"] > 0
