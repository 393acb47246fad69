"""The first import: how near it comes to what the calendars' own limits allow, and what it keeps in memory."""

import os
import time
from pathlib import Path

from dev.actors import Actors
from dev.stack import Stack
from tests.benchmarks.report import Bench
from tests.stack.world import CUT, World

LATENCY = 100
LIMITS = {"latency_ms": LATENCY, "concurrency_per_mailbox": 4, "requests_per_10_min": 10_000}
AT_ONCE = 3
ITEMS = int(os.environ.get("BENCH_ITEMS") or 5_000)
SIZES = [int(size) for size in (os.environ.get("BENCH_SIZES") or "500,5000,50000").split(",")]
DAYS = 340
STORAGE = {"AZURITE_KEYS": "1"}
"""As it is, Azurite looks at every row for every query and writes all of them to a file every five seconds: on the
way to 5,000 items it takes most of a core. Azure's tables find rows by their keys."""
_CALENDAR = ("calendarView", "delta", "appointments")
"""Reads of the calendars; the overview, which is asked all the time here, reads TIMIFY's resources as well."""


async def run(bench: Bench) -> None:
    await _events(bench, ITEMS)
    await _bookings(bench, ITEMS)
    peaks: list[float] = []
    for size in SIZES:
        peaks.append(await _peak(bench, size))
    if len(peaks) > 1:
        bench.figure(f"peak at {SIZES[-1]:,} to peak at {SIZES[0]:,} events", peaks[-1] / peaks[0], "×", target=1.25)


async def _events(bench: Bench, items: int) -> None:
    """From Outlook to TIMIFY, at `LATENCY` ms a call, with Graph's limits."""
    async with Stack.start(settings=STORAGE) as stack, Actors(stack.addresses) as actors:
        world = World(actors)
        await world.open()
        await world.put_mailbox("anna", *(_event(world, number) for number in range(items)))
        seconds = await _import(bench, world, f"{items:,} events")
        calls = [entry["method"] for entry in await actors.calls(actors.where.timify)]
        await _tell(bench, world, f"{items:,} events", seconds, calls.count("POST"), items)


async def _bookings(bench: Bench, items: int) -> None:
    """From TIMIFY to Outlook, whose mailbox takes three calls at once."""
    async with Stack.start(settings=STORAGE) as stack, Actors(stack.addresses) as actors:
        world = World(actors)
        await world.open()
        await world.open("anna", appointments=[_booking(world, number) for number in range(items)])
        seconds = await _import(bench, world, f"{items:,} bookings")
        calls = [entry["method"] for entry in await actors.calls(actors.where.outlook) if "subscr" not in entry["path"]]
        await _tell(bench, world, f"{items:,} bookings", seconds, calls.count("POST"), items)


async def _tell(bench: Bench, world: World, name: str, seconds: float, writes: int, items: int) -> None:
    actors = world.actors
    both = [*await actors.calls(actors.where.outlook), *await actors.calls(actors.where.timify)]
    reads = sum(entry["method"] == "GET" and any(what in entry["path"] for what in _CALENDAR) for entry in both)
    refused = sum(entry["status"] == 429 for entry in both)
    floor = -(-items // AT_ONCE) * LATENCY / 1000 + reads * LATENCY / 1000
    bench.figure(
        f"{name}: import", seconds, "s", note=f"{items / seconds:.0f} items/s, {writes:,} writes, {reads} reads"
    )
    note = f"floor {floor:.0f} s: writes ÷ {AT_ONCE} and {reads} reads, {LATENCY} ms each"
    bench.figure(f"{name}: import to its floor", seconds / floor, "×", target=1.2, note=note)
    bench.figure(f"{name}: calls refused for too many at once", refused, target=0)


async def _peak(bench: Bench, size: int) -> float:
    """Peak memory of the process that imports, in MB, without latency."""
    async with Stack.start(settings=STORAGE) as stack, Actors(stack.addresses) as actors:
        world = World(actors)
        await world.open()
        await world.put_mailbox("anna", *(_event(world, number) for number in range(size)))
        before = memory(stack.pids()["function host"], "VmRSS")
        await _import(bench, world, f"{size:,} events", {})
        peak = memory(stack.pids()["function host"], "VmHWM")
        bench.figure(f"{size:,} events: peak memory", peak, "MB", note=f"{before:.0f} MB before")
        return peak


async def _import(bench: Bench, world: World, name: str, limits: dict[str, int] = LIMITS) -> float:
    """Connect and wait until it says Synced; answers the seconds from the import's first call to the end."""
    actors, shown = world.actors, list[int]()
    link = await actors.invite(world.company_id, world.resource("anna"))
    for simulator in (actors.where.outlook, actors.where.timify):
        await actors.send("PUT", f"{simulator}/_sim/limits", limits)
    outcome = await actors.connect(link, world.upn("anna"))
    assert outcome["status"] == "importing", outcome["status"]
    began = time.monotonic()

    async def synced() -> bool:
        line = await world.line()
        if line["progress"]:
            shown.append(line["progress"]["percent"])
        return bool(line["label"] == "Synced")

    await actors.until(synced, "Synced", 3600, every=1)
    seconds = time.monotonic() - began
    await actors.quiet()
    assert shown == sorted(shown), "progress went back"
    bench.figure(f"{name}: steps of progress seen", len(set(shown)), target=3, at_least=True)
    return seconds


def _event(world: World, number: int) -> dict[str, object]:
    """A meeting with a place of its own, as many to a day as there must be."""
    day, slot = number % DAYS, number // DAYS
    minutes = 6 * 60 + slot * 5
    start, end = (f"{at // 60:02}:{at % 60:02}" for at in (minutes, minutes + 5))
    return world.event(f"Meeting {number}", day, start, end)


def _booking(world: World, number: int) -> dict[str, object]:
    day, slot = number % DAYS, number // DAYS
    return {
        "id": f"{number:024x}",
        "startDate": f"{world.at(day, f'{6 + slot:02}:00'):%Y-%m-%dT%H:%M:%SZ}",
        "duration": 30,
        "serviceId": CUT,
        "resourceIds": [world.resource("anna")],
    }


def memory(pid: int, name: str) -> float:
    """A figure of a process, in MB: VmRSS now, VmHWM at most."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024
