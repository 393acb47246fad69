"""The memory of a worker process over thousands of rounds (BENCH_ROUNDS, 10,000), while people edit their calendars.

The stack's own app connects everybody and then hears nothing more; one process of its own makes all the rounds.
"""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

from dev.actors import Actors
from dev.stack import Stack
from tests.benchmarks.report import Bench
from tests.stack.first_use import ROOT
from tests.stack.world import World

ROUNDS = 10_000
EVERY = 100
PEOPLE = [f"p{number:02}" for number in range(20)]
EDITED = 20
"""One in so many rounds has something to do besides reading that nothing changed."""
_OFF = ("run_errands", "renew_subscriptions")


async def run(bench: Bench) -> None:
    """Steady state, and growth after the first fifth."""
    rounds = int(os.environ.get("BENCH_ROUNDS") or ROUNDS)
    settings = {"SYNC_DAYS_AHEAD": "60", **{f"AzureWebJobs.{name}.Disabled": "true" for name in _OFF}}
    async with Stack.start(settings=settings) as stack, Actors(stack.addresses) as actors:
        world = await _connected(actors)
        people = _People(world)
        samples: list[dict[str, float]] = []
        reads = writes = 0
        async for sample in _rounds(stack, world, rounds):
            samples.append(sample)
            asked = await world.cost()
            await actors.forget_journals()
            reads += asked.count("GET outlook delta")
            writes += sum(not line.startswith("GET") for line in asked)
            await asyncio.gather(*(people.edit() for _ in range(EVERY // EDITED)))
    if reads < 0.9 * rounds or writes < 0.5 * people.edits:
        raise RuntimeError(f"{reads} reads and {writes} writes are not {rounds} rounds with {people.edits} edits")
    _figures(bench, samples, rounds, f"{people.edits} edits, {writes} writes")


def _figures(bench: Bench, samples: list[dict[str, float]], rounds: int, work: str) -> None:
    begin = rounds // 5
    at = {int(sample["rounds"]): sample["rss"] for sample in samples}
    shown = ", ".join(f"{done}: {rss:.1f}" for done, rss in at.items() if done % max(EVERY, begin // 2) == 0)
    steady = max(rss for done, rss in at.items() if done >= begin)
    note = f"most from round {begin:,} on, {len(PEOPLE)} connections, {work}"
    bench.figure("memory of a worker, steady", steady, "MiB", target=120, note=note)
    warm = min(done for done in at if done >= begin)
    grown = samples[-1]["rss"] / at[warm] * 100 - 100
    bench.figure(f"growth from round {warm:,} to {rounds:,}", grown, "%", target=5, note=f"MiB at {shown}")
    bench.figure("peak memory of a worker", samples[-1]["peak"], "MiB")


async def _connected(actors: Actors) -> World:
    """Everybody connected; from then on the notifications are lost."""
    world = World(actors)
    await world.open(*PEOPLE)
    await world.connect(*PEOPLE)
    for simulator in (actors.where.outlook, actors.where.timify):
        await actors.post(simulator, drop=True)
    return world


async def _rounds(stack: Stack, world: World, rounds: int) -> AsyncIterator[dict[str, float]]:
    """The child's own account after every EVERY rounds, while it goes on."""
    connections = [(world.company_id, world.resource(person)) for person in PEOPLE]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.many_rounds"),
        cwd=ROOT,
        env=os.environ | stack.settings,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(json.dumps({"connections": connections, "rounds": rounds, "every": EVERY}).encode())
    child.stdin.close()
    try:
        async for line in child.stdout:
            yield json.loads(line)
    finally:
        if child.returncode is None and not child.stdout.at_eof():
            child.kill()
    if await child.wait():
        raise RuntimeError(f"the rounds ended with {child.returncode}")


class _People:
    """Each enters an event, moves it, and deletes it again, so that calendars stay as full as they are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turns = itertools.cycle(PEOPLE)
        self._events: dict[str, list[dict[str, Any]]] = {person: [] for person in PEOPLE}
        self.edits = 0

    async def edit(self) -> None:
        person = next(self._turns)
        self.edits += 1
        number = self.edits
        events = self._events[person]
        if len(events) >= 4:
            await self._world.drop(events.pop(0), person)
        elif events and number // len(PEOPLE) % 2:
            day, hour = number % 20, 8 + number % 8
            await self._world.edit(events[-1], self._world.when(day, f"{hour:02}:00", f"{hour:02}:45"), person)
        else:
            hour = 8 + number % 9
            made = await self._world.add(
                self._world.event(f"Meeting {number}", number % 20, f"{hour:02}:00", f"{hour:02}:50"), person
            )
            events.append(made)
