"""How long a change takes to the other side: webhook, wait in the queue, the round itself, and all of it.

People act now and then, so that the host's looks into the queue have slowed down in between. Both calendars' own time
(the simulators' journals say it) is taken off the round, not off the whole.
"""

import asyncio
import os
import random
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from dev.actors import Actors
from dev.stack import Stack
from tests.benchmarks.report import Bench, percentiles
from tests.benchmarks.timeline import Json, Stretch, answered, invocations, less
from tests.stack.world import World

EDITS = int(os.environ.get("BENCH_EDITS") or 40)
PAUSES = (0.6, 3.0)
LATENCY = 100
AS_IN_AZURE = {"FUNCTIONS_MAX_POLLING_MS": ""}
"""Look into the queue as host.json says; the local stack looks more often for itself."""
WEBHOOKS = {"outlook": "graph_notifications", "timify": "timify_webhooks"}

type Targets = tuple[float | None, float | None]
type Act = Callable[[int], Awaitable[object]]


async def run(bench: Bench) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"FUNCTIONS_TIMELINE": folder, **AS_IN_AZURE}
        async with Stack.start(settings=settings) as stack, Actors(stack.addresses) as actors:
            world = World(actors)
            await world.open()
            await world.connect()
            events = [
                await world.add(world.event(f"e{n}", n % 20, f"{8 + n // 20:02}:00", f"{8 + n // 20:02}:30"))
                for n in range(40)
            ]
            bookings = [await world.book(world.at(n % 20, f"{14 + n // 20:02}:00")) for n in range(40)]
            await actors.quiet()

            names = count()

            async def rename(number: int) -> None:
                await world.edit(events[number % 40], {"subject": f"renamed {next(names)}"})

            lengths = dict.fromkeys(range(40), 50)

            async def lengthen(number: int) -> None:
                lengths[number % 40] = 105 - lengths[number % 40]  # 55 minutes and 50 in turns
                await world.rebook(bookings[number % 40], duration=lengths[number % 40])

            course = Course(world, Path(folder))
            await course.measure(bench, "Outlook → TIMIFY", "outlook", "timify", rename)
            await course.measure(bench, "TIMIFY → Outlook", "timify", "outlook", lengthen)
            for simulator in (actors.where.outlook, actors.where.timify):
                await actors.send("PUT", f"{simulator}/_sim/limits", {"latency_ms": LATENCY})
            await course.slow(bench, "Outlook → TIMIFY", "outlook", "timify", rename)
            await course.slow(bench, "TIMIFY → Outlook", "timify", "outlook", lengthen)


class Course:
    """Edits of one connection, one after the other, and what came of each."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self._folder = folder

    async def measure(self, bench: Bench, way: str, here: str, there: str, act: Act) -> None:
        """The parts and the whole of `EDITS` edits."""
        edits, writes, calls = await self._edits(here, there, act, EDITS)
        hooks, rounds = invocations(self._folder, WEBHOOKS[here]), invocations(self._folder, "sync_worker")
        hook, wait, own, whole = list[float](), list[float](), list[float](), list[float]()
        for edit, write in zip(edits, writes, strict=True):
            told = next(stretch for stretch in hooks if stretch.begin >= edit)
            done = next(stretch for stretch in rounds if stretch.holds(write.begin))
            hook.append(told.ms)
            wait.append(max(0.0, (done.begin - told.end) / timedelta(milliseconds=1)))
            own.append(less(done, calls))
            whole.append((write.end - told.begin) / timedelta(milliseconds=1))
        _tell(bench, f"{way}: webhook", hook)
        _tell(bench, f"{way}: wait in the queue", wait, note="host.json: maxPollingInterval")
        _tell(bench, f"{way}: round less the calendars' own time", own, (60, 150))
        _tell(bench, f"{way}: notification → written", whole, (600, 1200))

    async def slow(self, bench: Bench, way: str, here: str, there: str, act: Act) -> None:
        """The same where every call takes `LATENCY` ms: the round may take little more than its two calls in a row."""
        _, writes, _ = await self._edits(here, there, act, 10)
        rounds = invocations(self._folder, "sync_worker")
        took = [next(stretch for stretch in rounds if stretch.holds(write.begin)).ms for write in writes]
        name = f"{way}: round of 2 calls in a row at {LATENCY} ms each"
        bench.figure(f"{name}, p50", percentiles(took)[0], "ms", target=2 * LATENCY + 150)

    async def _edits(
        self, here: str, there: str, act: Act, times: int
    ) -> tuple[list[datetime], list[Stretch], list[Stretch]]:
        """Moments of the edits, the app's writes on the other side, and everything that it asked of both sides."""
        actors, where = self._world.actors, self._world.actors.where
        simulators = {"outlook": where.outlook, "timify": where.timify}
        edits, writes, calls = list[datetime](), list[Stretch](), list[Stretch]()
        for number in range(times):
            await asyncio.sleep(random.uniform(*PAUSES))
            await actors.forget_journals()
            await act(number)
            await actors.quiet()
            journal: list[Json] = await actors.send("GET", f"{simulators[here]}/_sim/requests")
            edits.append(next(datetime.fromisoformat(e["at"]) for e in journal if e["actor"] == "person"))
            written = answered(await actors.calls(simulators[there], "PATCH"))
            assert len(written) == 1, f"{len(written)} writes for one edit"
            writes += written
            calls += answered([*await actors.calls(where.outlook), *await actors.calls(where.timify)])
        return edits, writes, calls


def _tell(
    bench: Bench,
    name: str,
    took: list[float],
    targets: tuple[float | None, float | None] = (None, None),
    note: str = "",
) -> None:
    p50, p95, _ = percentiles(took)
    bench.figure(f"{name}, p50", p50, "ms", target=targets[0], note=note)
    bench.figure(f"{name}, p95", p95, "ms", target=targets[1])
