"""What one change costs in calls and in storage transactions, and what a burst costs in rounds."""

import asyncio
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from dev.actors import Actors
from dev.stack import Stack
from tests.benchmarks.report import Bench
from tests.benchmarks.storage_log import SETTINGS, StorageLog
from tests.benchmarks.timeline import invocations
from tests.stack.world import World

BURST = 50
STORAGE = 6


async def run(bench: Bench) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"FUNCTIONS_TIMELINE": folder, **SETTINGS}
        async with Stack.start(settings=settings) as stack, Actors(stack.addresses) as actors:
            world = World(actors)
            await world.open()
            await world.add(world.event("Before", 0, "08:00", "09:00"))
            await world.connect()
            await _changes(bench, world, StorageLog(stack.data))
            await _burst(bench, world, Path(folder))


async def _changes(bench: Bench, world: World, log: StorageLog) -> None:
    actors, where = world.actors, world.actors.where

    async def one(name: str, act: Awaitable[Any], deaf: str, calls: int) -> Any:
        await actors.quiet()
        await actors.forget_journals()
        log.news()
        await actors.post(deaf, drop=True)
        made = await act
        await actors.quiet()
        await actors.post(deaf)
        bench.figure(f"{name}: calls to both calendars", len(await world.cost()), target=calls)
        storage = log.counts()
        bench.figure(f"{name}: table transactions", storage.tables, target=STORAGE)
        bench.figure(f"{name}: queue transactions", storage.queues, note="put, received, deleted")
        return made

    event = await one("Event made", world.add(world.event("A", 0, "12:00", "13:00")), where.timify, 2)
    await one("Event moved", world.edit(event, world.when(3, "12:00", "13:00")), where.timify, 2)
    await one("Event deleted", world.drop(event), where.timify, 3)
    booking = await one("Booking made", world.book(world.at(0, "15:00")), where.outlook, 2)
    await one("Booking moved", world.rebook(booking, datetime=world.at(2, "15:00")), where.outlook, 2)
    await one("Booking cancelled", world.cancel(booking), where.outlook, 3)


async def _burst(bench: Bench, world: World, folder: Path) -> None:
    """Fifty notifications of one calendar at once: those of fifty edits, and fifty of the same."""
    actors = world.actors
    event = await world.add(world.event("Burst", 1, "12:00", "13:00"))
    await actors.quiet()
    await actors.forget_journals()
    before = len(invocations(folder, "sync_worker"))
    await actors.post(actors.where.timify, drop=True)
    await actors.post(actors.where.outlook, duplicate=BURST)
    await world.edit(event, {"subject": "Burst of one"})
    await actors.quiet()
    await actors.post(actors.where.outlook)
    deltas = [entry for entry in await actors.calls(actors.where.outlook) if "delta" in entry["path"]]
    messages = len(invocations(folder, "sync_worker")) - before
    name = f"{BURST} notifications of one calendar: rounds"
    bench.figure(name, len(deltas), target=2, note=f"{messages} messages; each round reads the delta once")

    await actors.forget_journals()
    events = [world.event(f"Many {n}", 2 + n % 5, f"{7 + n // 5:02}:00", f"{7 + n // 5:02}:30") for n in range(BURST)]
    await asyncio.gather(*(world.add(one) for one in events))
    await actors.quiet()
    await actors.post(actors.where.timify)
    deltas = [entry for entry in await actors.calls(actors.where.outlook) if "delta" in entry["path"]]
    bench.figure(f"{BURST} edits at once: rounds", len(deltas), target=2)
