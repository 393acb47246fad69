"""What something takes on the running stack: executions, storage requests, calls of the app, bytes of log.

Counted are the requests that Azure would bill. Left out: polls of queues, which belong to how long an instance stays
(`cost_model.idle_polls`), and everything that only this stack asks, to see whether the app is idle.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dev.actors import Actors
from dev.stack import Stack
from tests.benchmarks.cost_model import HTTP, ROUNDS, TIMERS, Book, Usage
from tests.benchmarks.storage_log import SETTINGS, Storage, StorageLog

_RESULT = "host.results"
_TIMERS = ("renew_subscriptions", "run_errands")
_WORKERS = ("sync_worker", "email_worker")


def group_of(function: str) -> str:
    """The group that a function scales with."""
    return TIMERS if function in _TIMERS else ROUNDS if function in _WORKERS else HTTP


class Meter:
    """Reads the logs of a stack that was started with `settings(folder)`, between two moments of quiet."""

    def __init__(self, stack: Stack, actors: Actors, timeline: Path, book: Book) -> None:
        self._actors = actors
        self._timeline = timeline
        self._storage = StorageLog(stack.data)
        self._host = stack.data / "logs" / "function-host.log"
        self._row = book.assumed["request_row_bytes"]
        self._line = book.assumed["line_row_bytes"]

    async def spent(self, act: Callable[[], Awaitable[object]], times: int = 1) -> Usage:
        """Do it so many times, one after the other; what one of them takes on the mean."""
        await self._actors.quiet()
        await self._actors.forget_journals()
        self._storage.news()
        before = (len(_lines(self._host)), len(self._executions()))
        for _ in range(times):
            await act()
            await self._actors.quiet()
        where = self._actors.where
        calls = [entry for url in (where.outlook, where.timify) for entry in await self._asked(url)]
        storage = self._storage.counts()
        said = [line for line in _lines(self._host)[before[0] :] if _RESULT not in line]
        runs = self._executions()[before[1] :]
        log = sum(len(line) + self._line for line in said) + len(runs) * self._row
        return usage_of(runs, storage, len(calls), log) * (1 / times)

    async def _asked(self, simulator: str) -> list[Any]:
        """Everything that the app asked, sign-in and tokens included."""
        entries: list[Any] = await self._actors.send("GET", f"{simulator}/_sim/requests")
        return [entry for entry in entries if entry["actor"] != "person"]

    def _executions(self) -> list[Mapping[str, Any]]:
        """All executions but those by which this run itself asked the product's API."""
        files = sorted(self._timeline.glob("*.jsonl"), key=lambda file: file.stat().st_mtime)
        entries = [json.loads(line) for file in files for line in _lines(file)]
        return [entry for entry in entries if not entry["function"].startswith(("get_", "put_", "post_", "delete_"))]


def usage_of(runs: Sequence[Mapping[str, Any]], storage: Storage, calls: int, log: float) -> Usage:
    """Executions count by group. Their work is what the process worked meanwhile, polls included: rather too much, but
    the same on a machine that others use as well. Of those that overlap each has seen the work of the others: together
    they cannot have worked for longer than the time in which any of them ran."""
    groups = {group: [run["cpu"] for run in runs if group_of(run["function"]) == group] for group in (HTTP, ROUNDS)}
    timers = [run["cpu"] for run in runs if group_of(run["function"]) == TIMERS]
    groups |= {TIMERS: timers} if timers else {}
    whole = sum(run["cpu"] for run in runs)
    once = min(1.0, covered((run["ended"] - run["took"], run["ended"]) for run in runs) / whole) if whole else 1.0
    return Usage(
        runs={group: float(len(worked)) for group, worked in groups.items()},
        busy={group: sum(worked) * once for group, worked in groups.items()},
        calls=calls,
        tables=storage.tables,
        queues=storage.queues,
        log=log,
    )


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that lie in any of the spans."""
    whole, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        whole += max(0.0, end - max(start, until))
        until = max(until, end)
    return whole


def settings(timeline: Path) -> dict[str, str]:
    """What the stack must be told to be metered."""
    timeline.mkdir(parents=True, exist_ok=True)
    return SETTINGS | {"FUNCTIONS_TIMELINE": str(timeline)}


def row_bytes(row: Mapping[str, Any]) -> int:
    """What Azure counts for a row: 4 bytes, its keys in UTF-16, and of each column 8 bytes, its name and its value."""
    keys = 2 * (len(str(row["PartitionKey"])) + len(str(row["RowKey"])))
    columns = {name: value for name, value in row.items() if name not in ("PartitionKey", "RowKey")}
    return 4 + keys + sum(8 + 2 * len(name) + _value_bytes(value) for name, value in columns.items())


def _value_bytes(value: object) -> int:
    if isinstance(value, bool):
        return 1
    if isinstance(value, int | float):
        return 8
    return 4 + 2 * len(str(value))


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8", "replace").splitlines() if file.exists() else []
