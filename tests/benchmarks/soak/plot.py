"""The picture of a run: how long changes took, and the memory of every process, over time. Plain SVG."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from tests.benchmarks.report import percentiles
from tests.benchmarks.soak.result import Result

WIDTH, HEIGHT = 960, 640
LEFT, RIGHT = 70, 790
STEP = 30.0
COLOURS = (
    ("#1971c2", "#4dabf7"),
    ("#e8590c", "#f08c5a"),
    ("#2f9e44", "#69db7c"),
    ("#9c36b5", "#da77f2"),
    ("#868e96", "#adb5bd"),
)
"""On white, and on black."""

type Points = list[tuple[float, float]]
"""Seconds since the beginning, and a value."""
type Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: where it stands, its heading, the values at its grid lines, and how a value becomes a height."""

    top: float
    bottom: float
    heading: str
    grid: Sequence[float]
    y: Scale


def picture(result: Result) -> str:
    """Both diagrams, one above the other, over the same time."""
    length = max((result.ended - result.began).total_seconds(), result.minutes * 60)
    behind, before = _spells(result, length)
    parts = [*_frame(result), *behind, *_latencies(result, length), *before, *_memory(result, length)]
    return "\n".join([*parts, "</svg>", ""])


def _frame(result: Result) -> list[str]:
    lights = [f".c{n} {{ stroke: {light}; fill: {light}; }}" for n, (light, _) in enumerate(COLOURS)]
    darks = [f".c{n} {{ stroke: {dark}; fill: {dark}; }}" for n, (_, dark) in enumerate(COLOURS)]
    title = f"{result.connections} connections, {result.pace:g} edits a second, for {result.minutes:g} minutes"
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-labelledby="title desc" font-family="\'Segoe UI\', system-ui, Helvetica, Arial, sans-serif">',
        f'<title id="title">{escape(title)}</title>',
        '<desc id="desc">Above, the time until a change shows on the other side, as percentiles per half minute; '
        "below, the memory of every process.</desc>",
        "<style>",
        ".paper { fill: #ffffff; } .grid { stroke: #d8dee4; stroke-width: 1; } .spell { fill: #e8590c; opacity: .1; }",
        ".head { fill: #1f2328; font-size: 15px; font-weight: 600; } .soft { fill: #59636e; font-size: 12px; }",
        ".kind { fill: #59636e; font-size: 11px; paint-order: stroke; stroke: #fdf1ea; stroke-width: 3px; }",
        ".line { fill: none; stroke-width: 2; stroke-linejoin: round; } .name { stroke: none; font-size: 12px; }",
        *lights,
        "@media (prefers-color-scheme: dark) { .paper { fill: #0d1117; } .grid { stroke: #30363d; }",
        ".head { fill: #e6edf3; } .soft { fill: #9198a1; } .spell { fill: #f08c5a; opacity: .16; }",
        ".kind { fill: #b1bac4; stroke: #2b2220; }",
        *darks,
        "}",
        ".line { fill: none; } .name { stroke: none; }",
        "</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
    ]


def _spells(result: Result, length: float) -> tuple[list[str], list[str]]:
    """Stretches of trouble behind the upper diagram, and the kind of each, written upright before it."""
    stretches, kinds = [], []
    for spell in result.spells:
        begin, end = (_x((at - result.began).total_seconds(), length) for at in (spell.begin, spell.end))
        stretches.append(f'<rect class="spell" x="{begin:.1f}" y="60" width="{end - begin:.1f}" height="250"/>')
        middle = (begin + end) / 2 + 4
        kinds.append(
            f'<text class="kind" transform="translate({middle:.1f} 66) rotate(-90)" text-anchor="end">'
            f"{escape(spell.kind)}</text>"
        )
    return stretches, kinds


def _latencies(result: Result, length: float) -> list[str]:
    """p50, p95 and p99 of every half minute, by the moment of the person's edit; a logarithmic scale."""
    slots: dict[int, list[float]] = {}
    for arrival in result.arrivals:
        slots.setdefault(int((arrival.at - result.began).total_seconds() // STEP), []).append(arrival.took)
    lines: list[Points] = [[], [], []]
    for slot, took in sorted(slots.items()):
        for line, value in zip(lines, percentiles(took), strict=True):
            line.append(((slot + 0.5) * STEP, value))
    values = [value for line in lines for _, value in line] or [1.0]
    grid = [step * 10.0**power for power in range(-2, 4) for step in (1, 2, 5)]
    low = max((mark for mark in grid if mark <= min(values)), default=grid[0])
    high = min((mark for mark in grid if mark >= max(values)), default=grid[-1])
    shown = [mark for mark in grid if low <= mark <= high]
    top, bottom = 60.0, 310.0
    span = math.log(high / low) or 1.0
    panel = Panel(
        top,
        bottom,
        "Seconds from a person's edit to the app's write on the other side, per half minute",
        shown,
        lambda value: bottom - (bottom - top) * math.log(value / low) / span,
    )
    return _diagram(panel, dict(zip(("p50", "p95", "p99"), lines, strict=True)), length)


def _memory(result: Result, length: float) -> list[str]:
    lines = {name: _since(result.began, points) for name, points in result.memory.items()}
    most = max((value for points in lines.values() for _, value in points), default=1.0)
    step = next(step for step in (10, 20, 25, 50, 100, 200, 500, 1000) if most / step <= 6 or step == 1000)
    high = step * math.ceil(most / step)
    top, bottom = 380.0, 590.0
    panel = Panel(
        top,
        bottom,
        "Megabytes resident, each process",
        [float(mark) for mark in range(0, high + 1, step)],
        lambda value: bottom - (bottom - top) * value / high,
    )
    return _diagram(panel, lines, length)


def _diagram(panel: Panel, lines: dict[str, Points], length: float) -> list[str]:
    parts = [f'<text class="head" x="{LEFT}" y="{panel.top - 18}">{escape(panel.heading)}</text>']
    for mark in panel.grid:
        y = panel.y(mark)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}"/>')
        parts.append(f'<text class="soft" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{mark:g}</text>')
    parts += _time(panel, length)
    ends: list[float] = []
    for number, (name, points) in sorted(enumerate(lines.items()), key=lambda line: _last(panel, line[1][1])):
        path = "L".join(f"{_x(at, length):.1f} {panel.y(value):.1f}" for at, value in points)
        if not path:
            continue
        y = max([_last(panel, points), *(end + 15 for end in ends)])
        ends.append(y)
        colour = f"c{number % len(COLOURS)}"
        parts.append(f'<path class="{colour} line" d="M{path}"/>')
        parts.append(f'<text class="{colour} name" x="{RIGHT + 10}" y="{y + 4:.1f}">{escape(name)}</text>')
    return parts


def _time(panel: Panel, length: float) -> list[str]:
    """Minutes below the diagram."""
    every = next(every for every in (0.5, 1, 2, 5, 10, 30, 60) if length / 60 / every <= 12 or every == 60)
    parts = []
    for number in range(int(length / 60 / every) + 1):
        x = _x(number * every * 60, length)
        parts.append(
            f'<text class="soft" x="{x:.1f}" y="{panel.bottom + 20}" text-anchor="middle">{number * every:g}</text>'
        )
    parts.append(f'<text class="soft" x="{RIGHT + 18}" y="{panel.bottom + 20}">minutes</text>')
    return parts


def _last(panel: Panel, points: Points) -> float:
    return panel.y(points[-1][1]) if points else panel.bottom


def _since(began: datetime, points: Sequence[tuple[datetime, float]]) -> Points:
    return [((at - began).total_seconds(), value) for at, value in points if value]


def _x(seconds: float, length: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(seconds / length, 1.0)
