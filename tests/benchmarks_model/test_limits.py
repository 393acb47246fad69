"""Which limit a growing fleet meets first."""

from dataclasses import replace

import pytest

from tests.benchmarks.cost_model import DAY, HTTP, ROUNDS, SIZES, Book, Fleet, Usage
from tests.benchmarks.limits import Limit, changes_of_mailbox, limits, of_fleet

EACH = Usage(
    runs={HTTP: 50, ROUNDS: 50}, busy={HTTP: 0.5, ROUNDS: 2.0}, calls=100, tables=400, queues=150, log=0
)  # fmt: skip


def fleet(each: Usage = EACH) -> Fleet:
    return Fleet(each=each, fixed=Usage(), stored=0, connections=1000, size=SIZES[512], at_once=24)


def found(each: Usage = EACH, errands: float = 5) -> dict[str, Limit]:
    return {limit.name: limit for limit in limits(fleet(each), Book.read(), errands=errands, bursts=8)}


def test_the_queue_fills_by_the_busiest_hour_not_by_the_mean() -> None:
    """2,000 messages a second are 172.8 million a day; 50 of each connection, five times as many in the peak."""
    assert found()["messages of one queue"].most == pytest.approx(2000 * DAY / 50 / 5)


def test_a_timer_that_sends_one_by_one_is_over_before_its_time() -> None:
    """600 s at two requests of 10 ms: 30,000 errands, 144 times a day, five a connection."""
    assert found()["errands in one run of the timer"].most == pytest.approx(30_000 * 144 / 5)


def test_one_large_company_is_not_taken_for_the_whole_fleet() -> None:
    all_limits = limits(fleet(), Book.read(), errands=5, bursts=8)
    assert [limit.most for limit in all_limits] == sorted(limit.most for limit in all_limits)
    assert {limit.name for limit in all_limits if limit.own}.isdisjoint(limit.name for limit in of_fleet(all_limits))


def test_busier_calendars_never_leave_more_room() -> None:
    calm, busy = found(), found(EACH * 2)
    assert all(busy[name].most <= calm[name].most for name in calm)


def test_more_cores_for_each_instance_do_not_make_more_of_the_region() -> None:
    book, name = Book.read(), "cores of the region"
    small = found()[name].most
    large = {
        limit.name: limit for limit in limits(replace(fleet(), size=SIZES[2048]), book, errands=5, bursts=8)
    }[name].most  # fmt: skip
    assert large <= small


def test_a_mailbox_has_room_for_thousands_of_changes_in_ten_minutes() -> None:
    assert changes_of_mailbox(Usage(calls=4), Book.read()) == 2500
