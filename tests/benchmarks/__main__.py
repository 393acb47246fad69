"""`make bench`: every figure with its target, theme after theme, each on a stack of its own.

BENCH_ONLY names themes (commas between them). `--write` puts the table into docs/performance.md.
"""

import asyncio
import importlib
import os
import sys
import time
from pathlib import Path

from tests.benchmarks.report import Bench, Figure, table

THEMES = (
    "cold_start",
    "webhook",
    "propagation",
    "budget",
    "first_import",
    "throttling",
    "timers",
    "memory",
    "naive",
    "cost",
)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


def main() -> int:
    """0 when every target was met."""
    only = [name for name in os.environ.get("BENCH_ONLY", "").split(",") if name]
    figures: list[Figure] = []
    for theme in only or THEMES:
        began = time.monotonic()
        print(f"{theme}", flush=True)
        bench = Bench(theme)
        asyncio.run(importlib.import_module(f"tests.benchmarks.{theme}").run(bench))
        figures += bench.figures
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    shown = table(figures)
    print(f"\n{shown}")
    if "--write" in sys.argv:
        _write(shown)
    missed = [figure for figure in figures if figure.met is False]
    print(f"\n{len(figures)} figures, {sum(f.met is True for f in figures)} targets met, {len(missed)} missed.")
    return 1 if missed else 0


def _write(shown: str) -> None:
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{shown}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
