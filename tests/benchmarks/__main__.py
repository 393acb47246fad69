"""`make bench`: every figure with its target, theme after theme, each on a stack of its own.

BENCH_ONLY names themes (commas between them). `--write` keeps the figures in docs/performance.md.
"""

import asyncio
import importlib
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
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
    "pages",
)
DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, KEPT = DOCS / "performance.md", DOCS / "performance.json"
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
        if "--write" in sys.argv:
            _write(bench.figures)
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"\n{table(figures)}")
    missed = [figure for figure in figures if figure.met is False]
    print(f"\n{len(figures)} figures, {sum(f.met is True for f in figures)} targets met, {len(missed)} missed.")
    return 1 if missed else 0


def _write(figures: Sequence[Figure]) -> None:
    """Keep the figures, those of other themes as they are, and show all of them on the page."""
    kept = [Figure(**known) for known in json.loads(KEPT.read_text("utf-8"))] if KEPT.exists() else []
    measured = {figure.theme for figure in figures}
    every = [*(figure for figure in kept if figure.theme not in measured), *figures]
    every.sort(key=lambda figure: THEMES.index(figure.theme))
    KEPT.write_text(json.dumps([asdict(figure) for figure in every], ensure_ascii=False, indent=1) + "\n", "utf-8")
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(every)}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
