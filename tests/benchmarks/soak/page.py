"""The table of a run, and docs/soak.md with it."""

from collections import Counter
from pathlib import Path

from tests.benchmarks.report import percentiles
from tests.benchmarks.soak.memory import GROWTH, SLACK, fifths, is_of_the_app
from tests.benchmarks.soak.plot import picture
from tests.benchmarks.soak.result import Result

DOCS = Path(__file__).resolve().parents[3] / "docs"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


def shown(result: Result) -> str:
    """Markdown: what was done, how long it took, what failed, and what was found."""
    seconds = (result.ended - result.began).total_seconds()
    rows = [
        ("run", f"{result.began:%Y-%m-%d %H:%M} UTC, SOAK_SEED={result.seed}"),
        ("connections", f"{result.connections}; signed in and imported in {result.connecting:.0f} s"),
        ("edits by people", f"{result.edits} in {result.minutes:g} minutes; pace {result.pace:g} a second"),
        ("latest begin of an edit", f"{result.late:.1f} s after its moment"),
        ("rounds", f"{result.rounds} ({result.rounds / seconds:.1f} a second)"),
        ("requests of the app", f"{result.asked}"),
        *_latencies(result),
        ("overtaken by a deletion", f"{result.overtaken}"),
        ("no write seen for it before the check, notifications lost", f"{result.not_told}"),
        ("no successful write seen for it before the check, in other weather", f"{result.never_seen}"),
        ("failures that the app met", ", ".join(f"{n} × {what}" for what, n in sorted(result.failures.items()))),
        ("spells", ", ".join(f"{n} × {kind}" for kind, n in Counter(s.kind for s in result.spells).items())),
        ("quiet after the last edit", f"{result.settled:.1f} s"),
        ("a check of all connections", f"{result.checking:.0f} s; {result.late_before} differences before"),
        *_memory(result),
        ("differences after it", f"{len(result.differences)}"),
        ("duplicates, ever", f"{len(result.duplicates)}"),
        ("writes of a further check of a sample", f"{len(result.writes_at_rest)}"),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value or 'none'} |" for name, value in rows)])


def write_page(result: Result) -> None:
    """Put the table between the markers of the page, and draw the picture."""
    page = DOCS / "soak.md"
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{shown(result)}\n{END}{after}", "utf-8")
    (DOCS / "soak.svg").write_text(picture(result), "utf-8")


def _latencies(result: Result) -> list[tuple[str, str]]:
    kinds = [("all", None), ("calm", ""), *((kind, kind) for kind in sorted({s.kind for s in result.spells}))]
    rows = []
    for name, kind in kinds:
        took = result.took(kind=kind)
        if took:
            p50, p95, p99 = percentiles(took)
            cell = f"p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s, longest {max(took):.1f} s, of {len(took)}"
            rows.append((f"on the other side: {name}", cell))
    return rows


def _memory(result: Result) -> list[tuple[str, str]]:
    rows = []
    for name, points in result.memory.items():
        warm, last = fifths(points)
        allowed = f"; at most {warm * (1 + GROWTH) + SLACK:.0f}" if is_of_the_app(name) else ""
        rows.append((f"memory of {name}", f"{warm:.0f} MB after warm-up, {last:.0f} MB at the end{allowed}"))
    return rows
