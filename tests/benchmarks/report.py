"""Figures with their targets, and the table that shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. `target` is the most that it may be (`at_least`: the least); None: only told."""

    theme: str
    name: str
    value: float
    unit: str = ""
    target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """None where there is no target."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


class Bench:
    """Collects the figures of one theme; each is printed at once, because a run takes minutes."""

    def __init__(self, theme: str) -> None:
        self.theme = theme
        self.figures: list[Figure] = []

    def figure(
        self,
        name: str,
        value: float,
        unit: str = "",
        *,
        target: float | None = None,
        at_least: bool = False,
        note: str = "",
    ) -> None:
        """Note a number. `unit` follows it in the table."""
        figure = Figure(
            theme=self.theme, name=name, value=value, unit=unit, target=target, at_least=at_least, note=note
        )
        self.figures.append(figure)
        print("  " + " · ".join(part for part in _cells(figure)[1:] if part), flush=True)


def table(figures: Iterable[Figure]) -> str:
    """Markdown: every figure with its target and whether it is met."""
    head = "| theme | figure | measured | target | met | note |\n|---|---|---:|---:|---|---|"
    return "\n".join([head, *("| " + " | ".join(_cells(figure)) + " |" for figure in figures)])


def percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95, p99."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    cuts = quantiles(values, n=100, method="inclusive")
    return median(values), cuts[94], cuts[98]


def _cells(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.at_least else "≤"
    target = "" if figure.target is None else f"{sign} {_number(figure.target)} {figure.unit}".rstrip()
    met = {True: "yes", False: "**no**", None: ""}[figure.met]
    return figure.theme, figure.name, f"{_number(figure.value)} {figure.unit}".rstrip(), target, met, figure.note


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
