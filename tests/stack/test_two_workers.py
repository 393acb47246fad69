"""Several worker processes on one storage, as Azure scales out; and what only a stack of its own can show."""

import asyncio

import pytest

from dev.actors import Actors
from dev.stack import Stack
from tests.stack.world import World

pytestmark = pytest.mark.stack


async def test_a_burst_with_two_workers_ends_in_agreement_without_a_duplicate() -> None:
    async with Stack.start(workers=1) as own, Actors(own.addresses) as actors:
        world = World(actors)
        await world.open("anna", "jonas")
        events = [await world.add(world.event(f"old {n}", n, "08:00", "09:00")) for n in range(4)]
        bookings = [await world.book(world.at(n, "18:00"), "anna", "jonas") for n in range(4)]
        await world.connect()
        for simulator in (own.outlook_url, own.timify_url):
            await actors.post(simulator, duplicate=2, shuffle=True)

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
        await actors.quiet()

        assert len(await world.booking_copies("anna")) == 12
        assert len(await world.booking_copies("jonas")) == 10
        assert len(await world.event_copies("anna")) == len(await world.event_copies("jonas")) == 12
        for simulator in (own.outlook_url, own.timify_url):
            await actors.post(simulator)
        await world.steady()


def _each() -> list[tuple[int, str]]:
    return [(n, person) for n in range(10) for person in ("anna", "jonas")]
