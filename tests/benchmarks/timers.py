"""What the timers cost with a thousand, ten thousand and a hundred thousand connections, on the real tables and queue.

All connections were read at one moment, which is the worst that can happen to the spread of a day. Then the timers run
as they do by the clock; what a worker would enter in answer to the messages is entered between the runs.
"""

import asyncio
import os
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from statistics import median
from typing import cast

from dev.settings import Ports, storage_connection_string
from dev.stack.parts import start_azurite
from dev.stack.processes import Processes
from shared.domain.accounts import Connection
from shared.storage import agenda, renewals
from shared.storage.queues import QueueWakes
from shared.storage.store import TableStore
from shared.storage.tables import MAX_OPERATIONS, Put, Row, Tables
from shared.storage.waiting import hour, ten_minutes
from shared.sync.errands import NO_CHECK_BEFORE, TIME_OF_A_RUN, next_check, send_errands, send_renewals
from shared.sync.keeping import Errand, Renewal, renewal_of
from shared.sync.polls import SILENCE, next_look
from shared.sync.ports import Wake
from shared.sync.services import Services
from shared.sync.spread import TEN_MINUTES
from shared.sync.subscriptions import RENEW_BEFORE, end_of_life
from tests.benchmarks.report import Bench

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""When all were read as a whole; the day that is measured begins twelve hours later, with the first check."""
EVENING = MORNING + NO_CHECK_BEFORE
DAY = timedelta(days=1)
RUNS = DAY // TEN_MINUTES
LATE = timedelta(milliseconds=40)
"""A timer is never quite on time."""
RENEWALS_AT = timedelta(minutes=7)
OF_A_COMPANY = 20
SAMPLE = range(29, 31)
"""Runs of the day that are made where all of them would take an hour, the last one at the full hour; among the first of
the day, for then the looks are due that wait when it begins."""
BEHIND = 6
"""Runs, or hours of renewals, that are entered behind a sample: what must not be read."""
SEEDED_AT_ONCE = 8


@dataclass
class Spent:
    """What runs of the timers cost."""

    due: int = 0
    read: int = 0
    passed_over: int = 0
    table: int = 0
    seconds: list[float] = field(default_factory=list)
    sent: Counter[int] = field(default_factory=Counter)

    @property
    def transactions(self) -> float:
        """With one for each message that was put on the queue."""
        return (self.table + self.due) / self.due

    @property
    def not_due(self) -> int:
        return self.read - self.due + self.passed_over


class CountedTables(Tables):
    """Counts the rows that queries hand out, and forgets no request."""

    def __init__(self, storage: str) -> None:
        super().__init__(storage)
        self.requests = deque()
        self.rows_read = 0

    async def query(
        self, table: str, where: str, *, page: int | None = None, select: list[str] | None = None
    ) -> AsyncIterator[list[Row]]:
        async for rows in super().query(table, where, page=page, select=select):
            self.rows_read += len(rows)
            yield rows


class KeptWakes(QueueWakes):
    """The real queue, which remembers what was put."""

    def __init__(self, storage: str) -> None:
        super().__init__(storage)
        self.put_there: list[Wake] = []

    async def put(self, wake: Wake, delay: float = 0) -> None:
        await super().put(wake, delay)
        self.put_there.append(wake)


class Crowd:
    """So many connections, and what the timers need of `Services`."""

    def __init__(self, number: int, storage: str) -> None:
        self.number = number
        self.time = MORNING
        self.tables = CountedTables(storage)
        self.store = TableStore(self.tables, self.now)
        self.wakes = KeptWakes(storage)

    def now(self) -> datetime:
        return self.time

    def errands(self) -> Iterator[Errand]:
        """The check and the look that wait for every connection when the day begins."""
        for connection in connections(self.number):
            yield _check(connection, MORNING)
            yield _look(connection, EVENING)

    def renewals(self) -> Iterator[Renewal]:
        """Of subscriptions that were made one after the other, some of them renewed since."""
        for index, connection in enumerate(connections(self.number)):
            ends = end_of_life(connection, EVENING - 6 * DAY * (index / self.number))
            while ends - RENEW_BEFORE < EVENING:
                ends = end_of_life(connection, ends - RENEW_BEFORE)
            if renewal := renewal_of(_until(connection, ends)):
                yield renewal

    async def run(self, spent: Spent, at: datetime) -> None:
        """The timers that fire in these ten minutes."""
        self.time = at + LATE
        where = f"PartitionKey le '{ten_minutes(self.time)}' and due gt '{self.time.isoformat()}'"
        await self._measure(spent, agenda.TABLE, where, send_errands)
        if at.minute == 0:
            self.time = at + RENEWALS_AT + LATE
            until = (self.time + RENEW_BEFORE).replace(minute=0, second=0, microsecond=0)
            last = hour(until - timedelta(microseconds=1))
            where = f"PartitionKey le '{last}' and expires ge '{until.isoformat()}'"
            await self._measure(spent, renewals.TABLE, where, send_renewals)

    async def _measure(
        self, spent: Spent, table: str, not_due: str, timer: Callable[[Services], Awaitable[int]]
    ) -> None:
        """`not_due` finds the rows that the service must look at in vain."""
        spent.passed_over += len(await self.tables.rows(table, not_due, select=["RowKey"]))
        rows, requests, began = self.tables.rows_read, len(self.tables.requests), time.monotonic()
        sent = await timer(cast(Services, self))
        spent.seconds.append(time.monotonic() - began)
        spent.due += sent
        spent.sent[(self.time - EVENING) // TEN_MINUTES] += sent
        spent.read += self.tables.rows_read - rows
        spent.table += len(self.tables.requests) - requests

    async def answer(self) -> None:
        """Enter what the worker enters when it has dealt with the messages."""
        follow = {"check": _check, "poll": _look}
        again: list[Errand] = []
        for wake in self.wakes.put_there:
            if wake.job in follow:
                connection = Connection(company_id=wake.company_id, resource_id=wake.resource_id)
                again.append(follow[wake.job](connection, self.time))
        self.wakes.put_there.clear()
        await enter(self.tables, agenda.TABLE, map(agenda.errand_row, again))


async def run(bench: Bench) -> None:
    """A day of each size (of the largest one: a sample of it), and a day that was slept through."""
    small = await _a_day(bench, 1_000)
    await _a_day(bench, 10_000, most=2.0)
    await _overdue(bench, 10_000)
    large = await _sample(bench, 100_000)
    bench.figure(
        "transactions per due connection, 100,000 : 1,000",
        large.transactions / small.transactions,
        target=1.2,
        note="the work for one connection does not grow with their number",
    )


async def _a_day(bench: Bench, number: int, *, most: float | None = None) -> Spent:
    """All runs of a day. `most`: how many times the mean the busiest ten minutes may be."""
    spent = Spent()
    async with _crowd(number) as crowd:
        await enter(crowd.tables, agenda.TABLE, map(agenda.errand_row, crowd.errands()))
        await enter(crowd.tables, renewals.TABLE, map(renewals.renewal_row, crowd.renewals()))
        for run in range(1, RUNS + 1):
            await crowd.run(spent, EVENING + run * TEN_MINUTES)
            await crowd.answer()
    _tell(bench, number, spent, f"{RUNS} runs and 24 of renewals, {spent.due:,} due")
    _spread(bench, number, spent.sent, most, "measured, all were read at one moment")
    return spent


async def _sample(bench: Bench, number: int) -> Spent:
    """Some runs, with what they are to read and what they must not read behind it."""
    spent = Spent()
    runs = [EVENING + run * TEN_MINUTES for run in SAMPLE]
    until = runs[-1] + BEHIND * TEN_MINUTES
    ends = [runs[-1] + RENEW_BEFORE + hours * timedelta(hours=1) for hours in (-1, BEHIND)]
    async with _crowd(number) as crowd:
        some = (errand for errand in crowd.errands() if runs[0] <= errand.due <= until)
        await enter(crowd.tables, agenda.TABLE, map(agenda.errand_row, some))
        ending = (renewal for renewal in crowd.renewals() if ends[0] <= renewal.expires < ends[1])
        await enter(crowd.tables, renewals.TABLE, map(renewals.renewal_row, ending))
        for at in runs:
            await crowd.run(spent, at)
            await crowd.answer()
        _tell(bench, number, spent, f"{len(runs)} runs and one of renewals, {spent.due:,} due")
        _spread(bench, number, _of_a_day(crowd), 2.0, "reckoned, all were read at one moment")
    return spent


async def _overdue(bench: Bench, number: int) -> None:
    """No timer ran for a day: everything that waits is due in one run."""
    spent = Spent()
    async with _crowd(number) as crowd:
        await enter(crowd.tables, agenda.TABLE, map(agenda.errand_row, crowd.errands()))
        await enter(crowd.tables, renewals.TABLE, map(renewals.renewal_row, crowd.renewals()))
        await crowd.run(spent, EVENING + DAY)
        left = await crowd.tables.rows(agenda.TABLE, f"due le '{crowd.time.isoformat()}'", select=["RowKey"])
    seconds = sum(spent.seconds)
    bench.figure(
        f"{number:,}: a whole day overdue at once",
        seconds,
        "s",
        target=TIME_OF_A_RUN,
        note=f"{spent.due:,} messages, {spent.due / seconds:,.0f} a second, {len(left)} left for the next run",
    )
    bench.figure(f"{number:,}: a whole day overdue, transactions per due connection", spent.transactions)


def _tell(bench: Bench, number: int, spent: Spent, note: str) -> None:
    name = f"{number:,}:"
    bench.figure(f"{name} rows read that were not due", spent.not_due, target=0, note=note)
    bench.figure(
        f"{name} storage transactions per due connection",
        spent.transactions,
        note=f"one of them the message; of the tables {spent.table / spent.due:.3f}",
    )
    bench.figure(
        f"{name} one run of the timer",
        median(spent.seconds),
        "s",
        note=f"p50; {1000 * sum(spent.seconds) / spent.due:.1f} ms for one that is due",
    )


def _spread(bench: Bench, number: int, sent: Counter[int], most: float | None, note: str) -> None:
    """In multiples of the mean of all ten minutes of the day."""
    busiest = max(sent.values()) / (sum(sent.values()) / RUNS)
    bench.figure(f"{number:,}: the busiest ten minutes of the day, in means", busiest, target=most, note=note)


def _of_a_day(crowd: Crowd) -> Counter[int]:
    """What is due in each ten minutes of the day: checks once, looks every six hours, renewals by the hour."""
    sent: Counter[int] = Counter()
    for errand in crowd.errands():
        first = (errand.due - EVENING) // TEN_MINUTES
        every = SILENCE // TEN_MINUTES if errand.job == "poll" else RUNS
        sent.update(range(first, RUNS + 1, every))
    for renewal in crowd.renewals():
        at = (renewal.expires - RENEW_BEFORE - EVENING) // timedelta(hours=1) + 1
        if at <= 24:
            sent[at * 6] += 1
    return sent


def connections(number: int) -> Iterator[Connection]:
    """Of companies with twenty resources each."""
    for index in range(number):
        yield Connection(company_id=f"c{index // OF_A_COMPANY}", resource_id=f"r{index}")


def _check(connection: Connection, now: datetime) -> Errand:
    due = next_check(connection.company_id, connection.resource_id, now)
    return Errand(job="check", company_id=connection.company_id, resource_id=connection.resource_id, due=due)


def _look(connection: Connection, now: datetime) -> Errand:
    due = next_look(_until(connection, now + DAY), now, SILENCE)
    return Errand(job="poll", company_id=connection.company_id, resource_id=connection.resource_id, due=due)


def _until(connection: Connection, ends: datetime) -> Connection:
    """Subscribed."""
    return replace(connection, subscription_id=f"s-{connection.resource_id}", subscription_expires=ends)


async def enter(tables: Tables, table: str, rows: Iterable[Row]) -> None:
    """Store rows a hundred of one partition at a time, several transactions at once."""
    partitions: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        partitions[row["PartitionKey"]].append(row)
    every = (some for part in partitions.values() for some in batched(part, MAX_OPERATIONS, strict=False))

    async def carry() -> None:
        for some in every:
            await tables.transact(table, [Put(row) for row in some])

    async with asyncio.TaskGroup() as group:
        for _ in range(SEEDED_AT_ONCE):
            group.create_task(carry())


@asynccontextmanager
async def _crowd(number: int) -> AsyncIterator[Crowd]:
    """On an empty storage emulator of its own, kept in memory."""
    with tempfile.TemporaryDirectory(prefix="azurite-") as logs:
        ports, processes = Ports.free(), Processes(Path(logs))
        try:
            await start_azurite(processes, ports, None, os.environ)
            crowd = Crowd(number, storage_connection_string(ports))
            yield crowd
            await crowd.wakes.close()
            await crowd.tables.close()
        finally:
            await processes.stop()
