"""What needs another stack: several worker processes on one storage, as Azure scales out, and a window of a year."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from dev.actors import Actors, Failed
from dev.stack import Stack
from tests.stack.world import BERLIN, World

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd() -> AsyncIterator[Actors]:
    """Everybody, around an app of two processes."""
    async with Stack.start(workers=1) as own, Actors(own.addresses) as everybody:
        yield everybody


async def test_a_burst_with_two_workers_ends_in_agreement_without_a_duplicate(crowd: Actors) -> None:
    world = World(crowd)
    await world.open("anna", "jonas")
    events = [await world.add(world.event(f"old {n}", n, "08:00", "09:00")) for n in range(4)]
    bookings = [await world.book(world.at(n, "18:00"), "anna", "jonas") for n in range(4)]
    await world.connect()
    for simulator in (crowd.where.outlook, crowd.where.timify):
        await crowd.post(simulator, duplicate=2, shuffle=True)

    await asyncio.gather(
        *(
            world.add(world.event(f"e{n} {p}", n % 5, f"{9 + n // 5:02}:00", f"{9 + n // 5:02}:30"), p)
            for n, p in _each()
        ),
        *(world.book(world.at(n % 5, f"{13 + n // 5:02}:00"), p) for n, p in _each()),
        *(world.edit(event, world.when(n, "07:00", "08:00")) for n, event in enumerate(events[:2])),
        *(world.drop(event) for event in events[2:]),
        *(world.rebook(booking, datetime=world.at(n, "19:00")) for n, booking in enumerate(bookings[:2])),
        *(world.cancel(booking) for booking in bookings[2:]),
    )
    await crowd.quiet()

    assert len(await world.booking_copies("anna")) == 7
    assert len(await world.booking_copies("jonas")) == 5
    assert len(await world.event_copies("anna")) == len(await world.event_copies("jonas")) == 7
    for simulator in (crowd.where.outlook, crowd.where.timify):
        await crowd.post(simulator)
    await world.steady()


async def test_all_day_events_block_whole_local_days_across_both_clock_changes(crowd: Actors) -> None:
    """A day of 23 hours and one of 25: an appointment of so many minutes, from midnight to midnight in Berlin."""
    world = World(crowd)
    await world.open()
    spring, autumn = _clock_change(3), _clock_change(10)
    days = [(spring - world.monday).days, (autumn - world.monday).days]
    await world.add(world.all_day("Before", days[0] - 1, 2))
    await world.connect()
    await asyncio.gather(
        world.add(world.all_day("Short day", days[0] + 7)), world.add(world.all_day("Long", days[1], 1))
    )
    await world.actors.quiet()

    copies = {title: (start, end) for title, start, end in await world.booking_copies()}
    assert copies["Before"] == (_midnight(spring, -1), _midnight(spring, 1))
    assert copies["Before"][1] - copies["Before"][0] == timedelta(hours=47)
    assert copies["Long"] == (_midnight(autumn), _midnight(autumn, 1))
    assert copies["Long"][1] - copies["Long"][0] == timedelta(hours=25)
    assert copies["Short day"] == (_midnight(spring, 7), _midnight(spring, 8))
    await world.steady()


async def test_uninstalling_ends_every_sync_and_refuses_every_call(crowd: Actors) -> None:
    world = World(crowd)
    await world.open("anna", "jonas")
    await asyncio.gather(*(world.add(world.event("Meeting", 0, "09:00", "10:00"), p) for p in ("anna", "jonas")))
    await world.book(world.at(0, "12:00"), "anna", "jonas")
    await world.connect()

    await world.api("DELETE", copies="remove_future")
    await crowd.quiet(20)

    assert await world.booking_copies("anna") == await world.booking_copies("jonas") == []
    assert await world.event_copies("anna") == await world.event_copies("jonas") == []
    assert len(await world.bookings(copies=False)) == 1
    assert await _subscriptions(world) == []
    for path in ("settings", "resources", "conflicts"):
        with pytest.raises(Failed):
            await world.api("GET", path)
    assert len(await crowd.mails("disabled", world.upn("jonas"))) == 1


async def _subscriptions(world: World) -> list[str]:
    every = await world.actors.send("GET", f"{world.actors.where.outlook}/_sim/subscriptions")
    return [one["id"] for one in every if one["upn"].endswith(world.upn("x")[1:])]


def _each() -> list[tuple[int, str]]:
    return [(n, person) for n in range(5) for person in ("anna", "jonas")]


def _clock_change(month: int) -> date:
    """The next last Sunday of March or October that is at least two weeks away."""
    after = datetime.now(UTC).date() + timedelta(days=14)
    for year in (after.year, after.year + 1):
        last = date(year, month, 31)
        sunday = last - timedelta(days=(last.weekday() + 1) % 7)
        if sunday > after:
            return sunday
    raise AssertionError


def _midnight(day: date, later: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=later), datetime.min.time(), BERLIN).astimezone(UTC)
