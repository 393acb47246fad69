"""Disabling, coming back, and uninstalling: what goes, what stays, and what is never made again."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.stack.world import World

pytestmark = pytest.mark.stack


async def test_disabling_removes_future_copies_and_leaves_what_people_made(world: World) -> None:
    await _filled(world)
    originals = await world.events(copies=False), await world.bookings(copies=False)
    past = await world.booking_copies()
    assert len(past) == 4

    await world.api("DELETE", f"resources/{world.resource('anna')}/connection", copies="remove_future")
    await world.actors.quiet()

    line = await world.line()
    assert (line["status"], line["open_conflicts"]) == ("disabled", 0)
    assert (await world.events(copies=False), await world.bookings(copies=False)) == originals
    assert [title for title, *_ in await world.booking_copies()] == ["Past meeting"]
    assert len(await world.event_copies()) == 1, "the past booking's copy stays"
    assert await _subscriptions(world) == []
    assert len(await world.actors.mails("disabled", world.upn("anna"))) == 1
    assert await world.outlook_mails() == []
    assert await world.timify_mails() == []

    await world.actors.forget_journals()
    await world.add(world.event("Unseen", 5, "09:00", "10:00"))
    await world.book(world.at(5, "12:00"))
    await world.actors.quiet()
    assert await world.cost() == [], "a disabled connection asks for nothing"


async def test_coming_back_after_copies_were_kept_makes_and_deletes_nothing(world: World) -> None:
    await _filled(world)
    await world.api("DELETE", f"resources/{world.resource('anna')}/connection", copies="keep")
    await world.actors.quiet()
    assert (await world.line())["status"] == "disabled"
    assert len(await world.booking_copies()) == len(await world.event_copies()) == 4
    assert await _subscriptions(world) == []

    await world.actors.forget_journals()
    await world.connect()
    writes = await world.actors.writes()
    assert [entry["method"] for entry in writes] == [], "copies are recognised, not made again"
    assert len(await world.booking_copies()) == len(await world.event_copies()) == 4
    await world.steady()


async def test_coming_back_after_copies_were_removed_brings_each_back_once(world: World) -> None:
    await _filled(world)
    await world.api("DELETE", f"resources/{world.resource('anna')}/connection", copies="remove_future")
    await world.actors.quiet()
    await world.connect()
    assert len(await world.booking_copies()) == len(await world.event_copies()) == 4
    await world.steady()


async def _filled(world: World) -> None:
    """Three items on each side and a past one, connected."""
    await world.open()
    await asyncio.gather(
        *(world.add(world.event(f"Meeting {day}", day, "09:02", "10:00")) for day in range(3)),
        *(world.book(world.at(day, "12:00")) for day in range(3)),
        world.add(world.event("Past meeting", *_past(world), "09:00", "10:00")),
        world.book(world.at(*_past(world), "12:00")),
    )
    await world.connect()


def _past(world: World) -> tuple[int]:
    """The day before yesterday, counted from the world's Monday."""
    return ((datetime.now(UTC).date() - world.monday).days - 2,)


async def _subscriptions(world: World) -> list[str]:
    every = await world.actors.send("GET", f"{world.actors.where.outlook}/_sim/subscriptions")
    return [one["id"] for one in every if one["upn"].endswith(world.upn("x")[1:])]
