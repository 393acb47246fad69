"""What a connected calendar costs in a month: counted on the running stack, priced by the model.

`.venv/bin/python -m tests.benchmarks.cost_page` measures too, and writes docs/cost.md.
"""

import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from azure.data.tables.aio import TableClient

from dev.actors import Actors
from dev.stack import Stack
from shared.storage.queues import QueueWakes
from shared.sync.ports import Wake
from tests.benchmarks.cost_model import (
    HTTP,
    ROUNDS,
    SIZES,
    TIMERS,
    Book,
    Fleet,
    Usage,
    bill,
    once,
)
from tests.benchmarks.meter import Meter, row_bytes, settings
from tests.benchmarks.report import Bench
from tests.stack.world import Json, World

FLEETS = (1, 100, 10_000, 1_000_000)
CHANGES = 20
ITEMS = 50
LOOKS = 4
RENEWALS = 1 / 6
"""A subscription lives seven days and is renewed a day before its end."""
RUNS_OF_TIMERS = 144 + 24
LOG_DAYS = 90
TOGETHER = 2
"""A change and its echo come within a second."""
ENTITIES_OF_ROUND = 8
"""A link with its pointers, a log line and the state, twice: before and after the write."""
OF_TIMER = Usage(tables=1)
"""The timer removes an errand that it has sent; a look enters the next one, which the measured round does not."""
TARGET, SIZE = 0.03, 512
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was measured, each as the mean of one."""

    outlook: Usage
    outlook_told: Usage
    timify: Usage
    timify_told: Usage
    check: Usage
    look: Usage
    renewal: Usage
    joining: Usage
    timer: Usage
    cold: float
    link_bytes: float
    log_bytes: float

    @property
    def change(self) -> Usage:
        """Half of the changes are made on either side, and both systems tell of what the app wrote."""
        return (self.outlook_told + self.timify_told) * 0.5

    @property
    def idle_day(self) -> Usage:
        return self.check + self.look * LOOKS + self.renewal * RENEWALS

    @property
    def fixed_day(self) -> Usage:
        return self.timer * RUNS_OF_TIMERS

    def stored(self, changes: int) -> float:
        """Bytes of one connection: its links, and the log lines of as many days as they are kept."""
        return self.link_bytes * ITEMS + self.log_bytes * changes * LOG_DAYS

    def fleet(self, connections: int, changes: int = CHANGES, size: int = SIZE) -> Fleet:
        return Fleet(
            each=self.change * changes + self.idle_day,
            fixed=self.fixed_day,
            stored=self.stored(changes),
            connections=connections,
            size=SIZES[size],
            at_once=at_once(),
            together=TOGETHER,
            cold=self.cold,
        )


async def run(bench: Bench) -> None:
    """The figures of the theme, and nothing written."""
    figures(bench, await measured(), Book.read())


async def measured() -> Counts:
    """Count everything in one run."""
    book = Book.read()
    with tempfile.TemporaryDirectory(prefix="cost-") as folder:
        timeline = Path(folder) / "timeline"
        async with Stack.start(settings=settings(timeline)) as stack, Actors(stack.addresses) as actors:
            await actors.calm()
            return await _Measuring(stack, actors, Meter(stack, actors, timeline, book)).all()


class _Measuring:
    """One run: a company whose Anna has a calendar of fifty items, and everything that can happen to her."""

    def __init__(self, stack: Stack, actors: Actors, meter: Meter) -> None:
        self._stack = stack
        self._actors = actors
        self._meter = meter
        self._world = World(actors)
        self._wakes = QueueWakes(stack.storage)
        self._day = 0

    async def all(self) -> Counts:
        world, spent = self._world, self._meter.spent
        await world.open("anna", "bert")
        await self._world.put_mailbox("anna", *self._fifty())
        await world.connect("bert")  # so that Anna is not the first one, for whom modules are loaded
        joining = await spent(lambda: world.connect("anna"))
        timer = await spent(lambda: self._actors.run_function("run_errands"), 5)
        look, check, renewal = await self._by_clock()
        where = self._actors.where
        outlook = await self._without_echo(where.timify, self._in_outlook)
        timify = await self._without_echo(where.outlook, self._in_timify)
        outlook_told, timify_told = await spent(self._in_outlook, 6), await spent(self._in_timify, 6)
        cold = await self._cold(look)
        link, line = await self._rows()
        await self._wakes.close()
        return Counts(
            outlook=outlook * (1 / 3),
            outlook_told=outlook_told * (1 / 3),
            timify=timify * (1 / 3),
            timify_told=timify_told * (1 / 3),
            check=check,
            look=look,
            renewal=renewal,
            joining=joining,
            timer=timer,
            cold=cold,
            link_bytes=link,
            log_bytes=line,
        )

    def _fifty(self) -> list[Json]:
        world = self._world
        return [world.event(f"Item {n}", n, f"{8 + n % 9:02}:00", f"{8 + n % 9:02}:30") for n in range(ITEMS)]

    async def _by_clock(self) -> tuple[Usage, Usage, Usage]:
        """A look, a check and a renewal, as their errands send them; each ends by entering the next errand."""
        look, check, renewal = [await self._meter.spent(self._message(job), 3) for job in ("round", "check", "renew")]
        return look + OF_TIMER * 2, check + OF_TIMER, renewal + OF_TIMER

    def _message(self, job: str) -> Callable[[], Awaitable[None]]:
        return lambda: send_errand(self._wakes, self._world, job)

    async def _without_echo(self, deaf: str, act: Callable[[], Awaitable[None]]) -> Usage:
        """Three changes while the system that the app writes to tells nobody."""
        await self._actors.post(deaf, drop=True)
        spent = await self._meter.spent(act, 6)
        await self._actors.post(deaf)
        return spent

    async def _in_outlook(self) -> None:
        """Three changes, one after the other: a meeting is made, moved, and removed."""
        world, day = self._world, self._next_day()
        event = await world.add(world.event("Supplier", day, "18:00", "18:30"))
        await self._actors.quiet()
        await world.edit(event, world.when(day, "19:00", "19:30"))
        await self._actors.quiet()
        await world.drop(event)

    async def _in_timify(self) -> None:
        world, day = self._world, self._next_day()
        booking = await world.book(world.at(day, "20:00"))
        await self._actors.quiet()
        await world.rebook(booking, datetime=world.at(day, "21:00"))
        await self._actors.quiet()
        await world.cancel(booking)

    async def _cold(self, warm: Usage) -> float:
        """What the first execution of a new process takes more."""
        found = []
        for _ in range(3):
            await self._stack.kill(0)
            usage = await self._meter.spent(self._message("round"))
            found.append(usage.busy[ROUNDS] / usage.runs[ROUNDS] - warm.busy[ROUNDS] / warm.runs[ROUNDS])
        return max(0.0, sorted(found)[1])

    async def _rows(self) -> tuple[float, float]:
        """Bytes of a link with its pointers, and of a log line, on the mean."""
        async with TableClient.from_connection_string(self._stack.storage, "companies") as table:
            rows = [row async for row in table.query_entities(f"PartitionKey eq '{self._world.company_id}'")]
        sizes = [(str(row["RowKey"]).partition("!")[0], row_bytes(row)) for row in rows]
        links = sum(kind == "link" for kind, _ in sizes)
        lines = [size for kind, size in sizes if kind == "log"]
        return sum(size for kind, size in sizes if kind in ("link", "copy", "booking")) / links, sum(lines) / len(lines)

    def _next_day(self) -> int:
        self._day += 1
        return self._day


async def send_errand(wakes: QueueWakes, world: World, job: str) -> None:
    """The message by which the timer has something done for Anna. A round of the Outlook delta is what a look makes."""
    now, anna = datetime.now(UTC), world.resource("anna")
    wake = Wake(company_id=world.company_id, resource_id=anna, cause="clock", at=now, job=job, outlook=job == "round")
    await wakes.put(wake)


def figures(bench: Bench, counts: Counts, book: Book) -> None:
    """The figures and their targets."""
    for name, usage in kinds(counts).items():
        bench.figure(f"executions, {name}", usage.executions, note=_storage(usage))
    for fleet in FLEETS:
        month = bill(counts.fleet(fleet), book)
        bench.figure(f"a connected calendar at {fleet:,}", month.total / fleet, "$/month", target=TARGET)
        bare = bill(counts.fleet(fleet), book, grants=False)
        bench.figure(f"the same without grants at {fleet:,}", bare.total / fleet, "$/month")
    size, most = dearest(counts, book)
    note = f"{size:,} calendars: the grants are used up and executions seldom overlap"
    bench.figure("a connected calendar where it is dearest", most, "$/month", target=TARGET, note=note)
    idle, bare = (bill(counts.fleet(1, changes=0), book, grants=grants) for grants in (True, False))
    bench.figure("compute of an idle calendar", idle.functions, "$/month", target=0, note="within the grant")
    bench.figure(
        "compute of an idle calendar, honestly", bare.functions, "$/month", note="one calendar pays the timers"
    )
    crowd = bill(counts.fleet(10_000, changes=0), book, grants=False).functions / 10_000
    bench.figure("compute of one of 10,000 idle calendars", crowd, "$/month", note="no grant")
    bench.figure("connecting a calendar of 50 items", once(counts.fleet(1), counts.joining, book), "$", note="once")
    bench.figure("a link in storage", counts.link_bytes, "bytes", note="with its pointers, as Azure counts")
    bench.figure("log", counts.change.log / 1000, "kB/change", note="1 kB an execution, 0.6 a line, assumed")
    bench.figure("if storage requests were logged as well", logged(counts, book), "$/month", note="at 10,000")


def dearest(counts: Counts, book: Book) -> tuple[int, float]:
    """The size of a fleet, from 100 on, at which one calendar costs most, and how much."""
    sizes = range(100, FLEETS[2], 100)
    return max(((size, bill(counts.fleet(size), book).total / size) for size in sizes), key=lambda found: found[1])


def logged(counts: Counts, book: Book) -> float:
    """Dollars a month and calendar if every storage request had a row of telemetry, as tracing of the SDK gives it."""
    fleet = counts.fleet(10_000)
    rows = Usage(log=(fleet.each.tables + fleet.each.queues) * book.assumed["request_row_bytes"])
    return bill(replace(fleet, each=fleet.each + rows), book).total / fleet.connections


def kinds(counts: Counts) -> Mapping[str, Usage]:
    return {
        "a change in Outlook": counts.outlook,
        "… with its echo": counts.outlook_told,
        "a change in TIMIFY": counts.timify,
        "… and with its echo": counts.timify_told,
        "daily check of 50 items": counts.check,
        "a look": counts.look,
        "a renewal": counts.renewal,
        "an idle day": counts.idle_day,
        "connecting 50 items": counts.joining,
        "a run of a timer": counts.timer,
    }


def _storage(usage: Usage) -> str:
    busy = sum(usage.busy.get(group, 0.0) for group in (HTTP, ROUNDS, TIMERS)) * 1000
    return f"{usage.tables:.1f} table and {usage.queues:.1f} queue requests, {usage.calls:.1f} calls, {busy:.0f} ms"


def at_once() -> int:
    """Messages that one instance works on at the same time, by host.json."""
    queues: dict[str, Any] = json.loads((ROOT / "host.json").read_text("utf-8"))["extensions"]["queues"]
    return int(queues["batchSize"]) + int(queues["newBatchThreshold"])
