"""The tables of docs/cost.md."""

import pytest

from tests.benchmarks.cost import Counts, dearest
from tests.benchmarks.cost_model import HTTP, ROUNDS, TIMERS, Book, Usage, bill
from tests.benchmarks.cost_page import PAGE, bounds, compared, counted, filled, money
from tests.benchmarks.naive import Way

ROUND = Usage(runs={HTTP: 0, ROUNDS: 1}, busy={ROUNDS: 0.03}, calls=1, tables=7, queues=3, log=1000)
CHANGE = Usage(runs={HTTP: 2, ROUNDS: 2}, busy={HTTP: 0.02, ROUNDS: 0.07}, calls=3, tables=15, queues=6, log=4000)
TIMER = Usage(runs={TIMERS: 1}, busy={TIMERS: 0.005}, tables=1, log=1000)
COUNTS = Counts(
    outlook=CHANGE * 0.5,
    outlook_told=CHANGE,
    timify=CHANGE * 0.5,
    timify_told=CHANGE,
    check=ROUND * 3,
    look=ROUND,
    renewal=ROUND,
    joining=CHANGE * 25,
    timer=TIMER,
    cold=0.2,
    link_bytes=2500,
    log_bytes=650,
)


def test_writing_the_tables_leaves_every_other_word_alone() -> None:
    text = "before\n<!-- money -->\nold\n<!-- /money -->\nafter"
    once = filled(text, {"money": "new"})
    assert once == "before\n<!-- money -->\nnew\n<!-- /money -->\nafter"
    assert filled(once, {"money": "new"}) == once
    with pytest.raises(ValueError, match="limits"):
        filled(text, {"limits": "x"})


def test_every_table_has_its_place_in_the_page_and_whole_rows() -> None:
    book = Book.read()
    way = Way(name="ours", calls_of_change=3, calls_of_day=100, kilobytes=4, latencies=(0.4, 0.6), day=CHANGE * 20)
    parts = {
        "counts": counted(COUNTS),
        "money": money(COUNTS, book),
        "limits": bounds(COUNTS, book),
        "compared": compared([way], book),
    }
    filled(PAGE.read_text("utf-8"), parts)
    for shown in parts.values():
        for table in shown.split("\n\n"):
            rows = [line for line in table.splitlines() if line.startswith("|")]
            assert len({line.count("|") for line in rows}) <= 1, table


def test_the_fleet_where_a_calendar_is_dearest_is_not_kept_quiet() -> None:
    book = Book.read()
    size, most = dearest(COUNTS, book)
    assert all(most >= bill(COUNTS.fleet(other), book).total / other for other in (100, 500, 2000, 5000))
    assert bill(COUNTS.fleet(size), book).total / size == most
