"""`.venv/bin/python -m tests.benchmarks.cost_page`: measure, and write the tables of docs/cost.md."""

import asyncio
import sys
from collections.abc import Mapping, Sequence

from tests.benchmarks import cost, naive
from tests.benchmarks.cost import CHANGES, ENTITIES_OF_ROUND, FLEETS, LOOKS, ROOT, Counts, kinds
from tests.benchmarks.cost_model import Book, bill
from tests.benchmarks.limits import changes_of_mailbox, limits, of_fleet
from tests.benchmarks.report import Bench, percentiles

PAGE = ROOT / "docs" / "cost.md"


def main() -> int:
    """0 when every target was met."""
    book, bench = Book.read(), Bench("cost")
    counts = asyncio.run(cost.measured())
    cost.figures(bench, counts, book)
    ways = asyncio.run(naive.measured())
    naive.figures(bench, ways, book)
    parts = {
        "counts": counted(counts),
        "money": money(counts, book),
        "limits": bounds(counts, book),
        "compared": compared(ways, book),
    }
    PAGE.write_text(filled(PAGE.read_text("utf-8"), parts), "utf-8")
    return 1 if any(figure.met is False for figure in bench.figures) else 0


def filled(text: str, parts: Mapping[str, str]) -> str:
    """The page with each part between its two markers. Raises ValueError for a part that has no place."""
    for name, shown in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if begin not in text or end not in text:
            raise ValueError(f"docs/cost.md has no place for {name}")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{shown}\n{end}{rest.partition(end)[2]}"
    return text


def counted(counts: Counts) -> str:
    """What was measured, and what it takes to store."""
    head = _head("", "executions", "calls of Graph and TIMIFY", "table requests", "queue requests", "log bytes")
    rows = [
        _row(name, *(f"{value:.1f}" for value in (u.executions, u.calls, u.tables, u.queues)), f"{u.log:,.0f}")
        for name, u in kinds(counts).items()
    ]
    return "\n".join([head, *rows]) + (
        f"\n\nA link takes {counts.link_bytes:,.0f} bytes with its pointers, a log line {counts.log_bytes:,.0f}. The "
        f"first execution of a new process takes {counts.cold:.2f} core seconds more."
    )


def money(counts: Counts, book: Book) -> str:
    """A month, for each size of the fleet."""
    head = _head(
        *("connections", "compute", "tables", "queues", "stored", "log", "**total**", "**per calendar**"),
        *("without grants", "at 2,048 MB", "idle"),
    )
    rows = []
    for fleet in FLEETS:
        month = bill(counts.fleet(fleet), book)
        others = (
            bill(counts.fleet(fleet), book, grants=False),
            bill(counts.fleet(fleet, size=2048), book),
            bill(counts.fleet(fleet, changes=0), book),
        )
        parts = (month.functions, month.tables, month.queues, month.stored, month.log, month.total)
        each = [f"{other.total / fleet:.4f}" for other in (month, *others)]
        rows.append(_row(f"{fleet:,}", *(f"{part:,.2f}" for part in parts), *each))
    size, most = cost.dearest(counts, book)
    return "\n".join([head, *rows]) + (
        f"\n\nBetween them it is dearest at {size:,} connections, {most:.4f} each: the grants are used up, and "
        "executions seldom overlap."
    )


def bounds(counts: Counts, book: Book) -> str:
    """The limits in order, and how near each size of the fleet comes to its first."""
    found = limits(counts.fleet(FLEETS[-1]), book, errands=LOOKS + 1, bursts=ENTITIES_OF_ROUND)
    each = [_row(limit.name, f"{limit.most:,.0f}", limit.then) for limit in found]
    first, near = of_fleet(found)[0], []
    for fleet in FLEETS:
        near.append(
            _row(f"{fleet:,}", first.name, f"{fleet / first.most:.1%}", first.then if fleet > first.most else "nothing")
        )
    return (
        "\n".join([_head("limit", "connections that fit", "what to divide then"), *each])
        + "\n\n"
        + "\n".join([_head("connections", "nearest limit", "used of it in the busiest hour", "to be divided"), *near])
        + "\n\nGraph's limit of one mailbox does not depend on how many there are: "
        + f"{changes_of_mailbox(counts.change, book):,.0f} changes of one calendar in ten minutes."
    )


def compared(ways: Sequence[naive.Way], book: Book) -> str:
    """All ways side by side."""
    head = _head(
        *("", "calls per change", f"calls a day at {CHANGES} changes", "read per change", "p50", "p95"),
        "$ a month and calendar",
    )
    rows = []
    for way in ways:
        p50, p95, _ = percentiles(way.latencies)
        cells = (f"{way.calls_of_change:,.0f}", f"{way.calls_of_day:,.0f}", f"{way.kilobytes:,.0f} kB")
        rows.append(_row(way.name, *cells, f"{p50:.2f} s", f"{p95:.2f} s", f"{naive.dollars(way, book):.4f}"))
    return "\n".join([head, *rows])


def _head(first: str, *others: str) -> str:
    return f"{_row(first, *others)}\n|---|" + "---:|" * len(others)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main())
