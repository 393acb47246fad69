"""What a month costs, from counts that were measured. Pure.

An on-demand instance of the Flex plan is billed by its whole size for the time in which anything runs on it, one
second at least for each time. So a seldom execution pays a second; at some rate the seconds of one instance touch each
other and it is billed round the clock, however many executions overlap; beyond what it can do at once there are more.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp
from pathlib import Path

PRICES = Path(__file__).with_name("prices.json")
DAY = 86_400
GB = 1_000_000_000
HTTP, ROUNDS, TIMERS = "http", "rounds", "timers"
"""Groups that scale apart: all HTTP functions together, the queue's function, and the timers."""


@dataclass(frozen=True, slots=True)
class Size:
    """An instance size of the plan."""

    gigabytes: float
    cores: float


SIZES = {512: Size(0.5, 0.25), 2048: Size(2.0, 1.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What something takes. `runs` and `busy` (core seconds) by group;
    `calls` of Graph and TIMIFY, requests of `tables` and `queues`, bytes of `log`."""

    runs: Mapping[str, float] = field(default_factory=dict)
    busy: Mapping[str, float] = field(default_factory=dict)
    calls: float = 0
    tables: float = 0
    queues: float = 0
    log: float = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            runs=_added(self.runs, other.runs),
            busy=_added(self.busy, other.busy),
            calls=self.calls + other.calls,
            tables=self.tables + other.tables,
            queues=self.queues + other.queues,
            log=self.log + other.log,
        )

    def __mul__(self, times: float) -> "Usage":
        return Usage(
            runs={group: runs * times for group, runs in self.runs.items()},
            busy={group: busy * times for group, busy in self.busy.items()},
            calls=self.calls * times,
            tables=self.tables * times,
            queues=self.queues * times,
            log=self.log * times,
        )

    @property
    def executions(self) -> float:
        return sum(self.runs.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One month of the whole fleet, in dollars; `free` is what the grants took off."""

    executions: float
    compute: float
    tables: float
    queues: float
    stored: float
    log: float
    vault: float
    free: float

    @property
    def total(self) -> float:
        return self.executions + self.compute + self.tables + self.queues + self.stored + self.log + self.vault

    @property
    def functions(self) -> float:
        """Executions and the memory they hold, which is what the grant of the plan is for."""
        return self.executions + self.compute


@dataclass(frozen=True, slots=True)
class Book:
    """Prices, limits and assumptions by name."""

    prices: Mapping[str, float]
    limits: Mapping[str, float]
    assumed: Mapping[str, float]

    @classmethod
    def read(cls) -> "Book":
        data = json.loads(PRICES.read_text("utf-8"))
        prices = {name: price["value"] / price["per"] for name, price in data["prices"].items()}
        limits, assumed = (
            {name: entry["value"] for name, entry in data[part].items()} for part in ("limits", "assumptions")
        )
        return cls(prices, limits, assumed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What is billed: `each` connection's day, the `fixed` day of the app, bytes `stored` of each connection.

    `at_once` is how many messages an instance works on: batchSize and newBatchThreshold of host.json together.
    `together` executions of a group come within seconds of each other, such as a change and its echo. `cold` is what
    the first execution of a new instance takes more, in core seconds.
    """

    each: Usage
    fixed: Usage
    stored: float
    connections: int
    size: Size
    at_once: int
    together: float = 1
    cold: float = 0


def bill(fleet: Fleet, book: Book, *, grants: bool = True) -> Bill:
    """One month. `grants`: with what is free every month; it is shared by all connections and never pays back."""
    price, days = book.prices, book.assumed["days"]
    day = fleet.each * fleet.connections + fleet.fixed
    held = sum(billed_seconds(fleet, book, group) for group in day.runs) * fleet.size.gigabytes * days
    runs, log = day.executions * days, day.log * days / GB
    free = 1.0 if grants else 0.0
    paid_held = above(held, price["flex_free_gb_seconds"] * free)
    paid_runs = above(runs, price["flex_free_executions"] * free)
    paid_log = above(log, price["log_free_gb"] * free)
    saved = (
        (held - paid_held) * price["flex_gb_second"]
        + (runs - paid_runs) * price["flex_execution"]
        + (log - paid_log) * price["log_gb"]
    )
    return Bill(
        executions=paid_runs * price["flex_execution"],
        compute=paid_held * price["flex_gb_second"],
        tables=day.tables * days * price["table_request"],
        queues=(day.queues + idle_polls(fleet, book)) * days * price["queue_request"],
        stored=fleet.stored * fleet.connections / GB * price["stored_gb"],
        log=paid_log * price["log_gb"],
        vault=book.assumed["vault_operations"] * days * price["vault_operation"],
        free=saved,
    )


def once(fleet: Fleet, joining: Usage, book: Book) -> float:
    """Dollars for connecting one calendar, without grants: invitation, sign-in, first import, e-mails."""
    price = book.prices
    alone = Fleet(each=joining, fixed=Usage(), stored=0, connections=1, size=fleet.size, at_once=fleet.at_once)
    held = sum(_seconds(alone, book, group) * runs for group, runs in joining.runs.items()) * fleet.size.gigabytes
    mail = price["mail"] + book.assumed["mail_kb"] / 1000 * price["mail_mb"]
    return (
        held * price["flex_gb_second"]
        + joining.executions * price["flex_execution"]
        + joining.tables * price["table_request"]
        + joining.queues * price["queue_request"]
        + joining.log / GB * price["log_gb"]
        + book.assumed["mails"] * mail
    )


def billed_seconds(fleet: Fleet, book: Book, group: str) -> float:
    """Instance seconds of a day that a group is billed for."""
    rate = _rate(fleet, group)
    alone = rate * _seconds(fleet, book, group)
    return min(alone, max(1.0, instances(fleet, book, group))) * DAY


def instances(fleet: Fleet, book: Book, group: str) -> float:
    """How many instances a group needs at its daily mean, not rounded: by its cores, and by what runs at once."""
    rate = _rate(fleet, group)
    at_once = fleet.at_once if group == ROUNDS else book.assumed["http_at_once"]
    busy = _busy(fleet, group)
    return rate * max(busy / fleet.size.cores, execution_seconds(fleet, book, group) / at_once)


def idle_polls(fleet: Fleet, book: Book) -> float:
    """Requests of a day by which instances ask an empty queue: those of the queue's function, while they stay."""
    alive = 1 - _all_gone(fleet, book, ROUNDS)
    return alive * max(1.0, instances(fleet, book, ROUNDS)) * DAY / book.assumed["poll_seconds"]


def above(value: float, free: float) -> float:
    """What is left to pay of `value`; never less than nothing."""
    return max(0.0, value - free)


def total(usages: Iterable[Usage]) -> Usage:
    whole = Usage()
    for usage in usages:
        whole += usage
    return whole


def _seconds(fleet: Fleet, book: Book, group: str) -> float:
    """What an execution pays that runs alone."""
    return max(book.prices["flex_least_seconds"], execution_seconds(fleet, book, group))


def execution_seconds(fleet: Fleet, book: Book, group: str) -> float:
    """How long one execution takes in Azure: its work on the cores of the instance, and waiting. The rounds wait for
    calls and table requests, a webhook for one message to be stored."""
    cold = fleet.cold * _all_gone(fleet, book, group) / fleet.together
    work = (_busy(fleet, group) + cold) / fleet.size.cores
    if group != ROUNDS:
        return work + book.assumed["storage_seconds"]
    runs = fleet.each.runs.get(ROUNDS, 0.0)
    if not runs:
        return work
    waits = fleet.each.calls * book.assumed["provider_seconds"] + fleet.each.tables * book.assumed["storage_seconds"]
    return work + waits / runs


def _all_gone(fleet: Fleet, book: Book, group: str) -> float:
    """How often no instance of a group is left when something comes: nothing has come for as long as one stays."""
    return exp(-_rate(fleet, group) / fleet.together * book.assumed["linger_seconds"])


def _busy(fleet: Fleet, group: str) -> float:
    """Core seconds of one execution."""
    runs = fleet.each.runs.get(group, 0.0) * fleet.connections + fleet.fixed.runs.get(group, 0.0)
    busy = fleet.each.busy.get(group, 0.0) * fleet.connections + fleet.fixed.busy.get(group, 0.0)
    return busy / runs if runs else 0.0


def _rate(fleet: Fleet, group: str) -> float:
    """Executions of a group in a second, on the daily mean."""
    return (fleet.each.runs.get(group, 0.0) * fleet.connections + fleet.fixed.runs.get(group, 0.0)) / DAY


def _added(left: Mapping[str, float], right: Mapping[str, float]) -> dict[str, float]:
    return {group: left.get(group, 0.0) + right.get(group, 0.0) for group in left.keys() | right.keys()}
