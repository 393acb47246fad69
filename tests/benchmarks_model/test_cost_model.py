"""The cost model: what must be true of a bill, and bills reckoned by hand."""

import json
from dataclasses import replace
from math import exp

import pytest

from tests.benchmarks.cost_model import (
    DAY,
    HTTP,
    PRICES,
    ROUNDS,
    SIZES,
    TIMERS,
    Bill,
    Book,
    Fleet,
    Usage,
    above,
    bill,
    billed_seconds,
    idle_polls,
    instances,
    once,
    total,
)

CHANGE = Usage(
    runs={HTTP: 2, ROUNDS: 2}, busy={HTTP: 0.02, ROUNDS: 0.06}, calls=3, tables=15, queues=6, log=4000
)  # fmt: skip
IDLE = Usage(runs={HTTP: 0, ROUNDS: 7}, busy={ROUNDS: 0.4}, calls=39, tables=50, queues=21, log=7000)
TIMER = Usage(runs={TIMERS: 168}, busy={TIMERS: 0.7}, tables=168, log=168_000)


@pytest.fixture
def book() -> Book:
    """Round prices, so that a bill can be reckoned by hand."""
    prices = {
        "flex_gb_second": 0.00002,
        "flex_execution": 0.4e-6,
        "flex_free_gb_seconds": 100_000,
        "flex_free_executions": 250_000,
        "flex_least_seconds": 1,
        "table_request": 4e-8,
        "queue_request": 4e-7,
        "stored_gb": 0.05,
        "log_gb": 2.0,
        "log_free_gb": 5,
        "vault_operation": 3e-6,
        "mail": 0.00025,
        "mail_mb": 0.0001,
    }
    assumed = {
        "days": 30,
        "provider_seconds": 0.3,
        "storage_seconds": 0.01,
        "linger_seconds": 300,
        "poll_seconds": 2,
        "http_at_once": 1,
        "vault_operations": 0,
        "mails": 2,
        "mail_kb": 20,
    }
    return Book(prices, {}, assumed)


def fleet(connections: int = 1, changes: float = 20, **more: float) -> Fleet:
    made = Fleet(
        each=CHANGE * changes + IDLE,
        fixed=TIMER,
        stored=100_000,
        connections=connections,
        size=SIZES[512],
        at_once=24,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # any field, by its name


def test_a_seldom_execution_pays_a_whole_second_not_its_milliseconds(book: Book) -> None:
    """86.4 rounds a day of 10 ms: a thousandth in a second, so 86.4 seconds of one instance."""
    seldom = replace(fleet(), each=Usage(runs={ROUNDS: 86.4}, busy={ROUNDS: 0.864}), fixed=Usage())
    assert billed_seconds(seldom, book, ROUNDS) == pytest.approx(86.4)


def test_a_long_execution_pays_what_it_takes(book: Book) -> None:
    """Ten calls of 0.3 s and half a core second on a quarter of a core: 3 + 2 = 5 s, ten times a day."""
    long = replace(fleet(), each=Usage(runs={ROUNDS: 10}, busy={ROUNDS: 5}, calls=100), fixed=Usage())
    assert billed_seconds(long, book, ROUNDS) == pytest.approx(50)


def test_overlapping_executions_do_not_pay_more_than_the_instances_that_run_them(book: Book) -> None:
    """Five rounds a second of 25 ms work need half a quarter core: one instance, round the clock."""
    many = replace(fleet(), each=Usage(runs={ROUNDS: 5 * DAY}, busy={ROUNDS: 0.025 * 5 * DAY}), fixed=Usage())
    assert instances(many, book, ROUNDS) == pytest.approx(0.5)
    assert billed_seconds(many, book, ROUNDS) == pytest.approx(DAY)
    more = replace(many, connections=10)
    assert billed_seconds(more, book, ROUNDS) == pytest.approx(5 * DAY)


def test_waiting_fills_an_instance_too(book: Book) -> None:
    """Ten rounds a second that wait three seconds each: thirty at once, where an instance takes twenty-four."""
    waiting = replace(
        fleet(), each=Usage(runs={ROUNDS: 10 * DAY}, busy={ROUNDS: 0}, calls=100 * DAY), fixed=Usage()
    )  # fmt: skip
    assert instances(waiting, book, ROUNDS) == pytest.approx(30 / 24)


def test_http_of_python_runs_one_by_one_unless_told_otherwise(book: Book) -> None:
    webhooks = replace(fleet(), each=Usage(runs={HTTP: 100 * DAY}, busy={HTTP: 0}), fixed=Usage())
    assert instances(webhooks, book, HTTP) == pytest.approx(1)
    wider = Book(book.prices, book.limits, {**book.assumed, "http_at_once": 16})
    assert instances(webhooks, wider, HTTP) == pytest.approx(1 / 16)


def test_a_bill_reckoned_by_hand(book: Book) -> None:
    """10 rounds and 10 webhooks a day, a second each, on 0.5 GB: 30 days are 600 executions and 300 GB-s."""
    each = Usage(runs={HTTP: 10, ROUNDS: 10}, busy={HTTP: 0, ROUNDS: 0}, tables=100, queues=30, log=1_000_000)
    by_hand = replace(fleet(), each=each, fixed=Usage(), stored=2_000_000_000)
    month = bill(by_hand, book, grants=False)
    assert month.compute == pytest.approx(300 * 0.00002)
    assert month.executions == pytest.approx(600 * 0.4e-6)
    assert month.tables == pytest.approx(3000 * 4e-8)
    assert month.stored == pytest.approx(0.1)
    assert month.log == pytest.approx(0.03 * 2.0)
    polls = (1 - exp(-10 * 300 / DAY)) * DAY / 2
    assert month.queues == pytest.approx((30 + polls) * 30 * 4e-7)
    assert month.total == pytest.approx(sum((month.compute, month.executions, month.tables, month.queues, 0.1, 0.06)))


def test_a_free_grant_never_pays_back(book: Book) -> None:
    assert above(10, 100_000) == 0
    nothing = bill(replace(fleet(), each=Usage(), fixed=Usage(), stored=0), book)
    assert nothing.total == 0
    for connections in (1, 10, 1000, 10**6):
        month = bill(fleet(connections), book)
        assert min(_parts(month)) >= 0
        assert month.free >= 0


@pytest.mark.parametrize("connections", [1, 100, 10_000, 1_000_000])
def test_a_grant_takes_off_what_it_says_and_is_shared_not_multiplied(book: Book, connections: int) -> None:
    with_grants, bare = bill(fleet(connections), book), bill(fleet(connections), book, grants=False)
    assert bare.total == pytest.approx(with_grants.total + with_grants.free)
    most = 100_000 * 0.00002 + 250_000 * 0.4e-6 + 5 * 2.0
    assert with_grants.free <= most + 1e-9


@pytest.mark.parametrize("connections", [1, 30, 700, 3000, 10_000, 1_000_000])
@pytest.mark.parametrize("grants", [True, False])
def test_more_changes_never_cost_less(book: Book, connections: int, grants: bool) -> None:
    totals = [
        bill(fleet(connections, changes, cold=0.2, together=2), book, grants=grants).total
        for changes in range(0, 200, 5)
    ]
    assert totals == sorted(totals)


def test_more_connections_never_cost_less_in_all_and_soon_not_more_each(book: Book) -> None:
    sizes = [1, 3, 10, 100, 300, 1000, 3000, 10_000, 100_000]
    totals = [bill(fleet(size), book, grants=False).total for size in sizes]
    assert totals == sorted(totals)
    each = [whole / size for whole, size in zip(totals, sizes, strict=True)]
    assert each == sorted(each, reverse=True)


def test_a_larger_instance_costs_more_where_executions_are_seldom(book: Book) -> None:
    small, large = (bill(replace(fleet(100), size=size), book, grants=False) for size in SIZES.values())
    assert large.compute == pytest.approx(4 * small.compute)


def test_an_idle_calendar_costs_no_compute_within_the_grant_and_some_without(book: Book) -> None:
    assert bill(fleet(changes=0), book).functions == 0
    assert bill(fleet(changes=0), book, grants=False).functions > 0


def test_an_instance_that_is_gone_polls_nothing(book: Book) -> None:
    assert idle_polls(replace(fleet(), each=Usage()), book) == 0
    assert idle_polls(fleet(100_000), book) >= DAY / 2
    assert idle_polls(fleet(together=2), book) < idle_polls(fleet(), book)


def test_connecting_once_pays_the_mails_too(book: Book) -> None:
    nothing = once(fleet(), Usage(), book)
    assert nothing == pytest.approx(2 * (0.00025 + 0.02 * 0.0001))
    assert once(fleet(), CHANGE, book) > nothing


def test_usages_add_up() -> None:
    both = total([CHANGE, IDLE * 2])
    assert (both.runs[ROUNDS], both.runs[HTTP]) == (16, 2)
    assert (both.calls, both.tables, both.queues, both.log) == (81, 115, 48, 18_000)
    assert both.executions == 18


def test_no_price_is_without_unit_date_and_source() -> None:
    data = json.loads(PRICES.read_text("utf-8"))
    for entry in data["prices"].values():
        assert {"value", "per", "unit", "region", "date", "kind", "source"} <= entry.keys()
    for entry in (*data["prices"].values(), *data["limits"].values()):
        assert entry["kind"] in data["source_kinds"]
        assert all(entry[name] for name in ("value", "unit", "date", "source"))
    book = Book.read()
    assert book.prices["flex_execution"] == pytest.approx(0.4e-6)
    assert all(value > 0 for value in (*book.prices.values(), *book.limits.values(), *book.assumed.values()))


def _parts(month: Bill) -> tuple[float, ...]:
    return (month.executions, month.compute, month.tables, month.queues, month.stored, month.log, month.vault)
