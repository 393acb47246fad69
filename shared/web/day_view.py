"""A small drawing of both calendars around a conflict: where each side stands, and where they collide."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.spans import Span, hull
from shared.words.speech import Speech

ROW = 34
"""Height of one step of the scale."""
_STEPS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 720, 2160)
_TICKS = 9
_DAY = timedelta(days=1)
_LEAST = 20
_TOP = 28
_COLUMNS = {"outlook": 76, "timify": 190}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A rectangle of one side's column; `missing`: there is nothing, though the other side has something then.
    `way`: it stands in the way of what was moved."""

    side: str
    x: int
    y: float
    height: float
    text: str
    missing: bool = False
    way: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """`ticks` are lines of the scale, `band` where both collide (top, height)."""

    height: int
    ticks: tuple[tuple[int, str], ...]
    blocks: tuple[Block, ...]
    band: tuple[float, float] | None


def day_view(conflict: Conflict, say: Speech) -> DayView | None:
    """The drawing in the zone of `say`; None when no time is known."""
    around = hull(span for span in (conflict.outlook, conflict.timify, conflict.way) if span)
    if around is None:
        return None
    step, start, count = _scale(around, say)
    scale = _Scale(start, step)
    blocks = [
        _block(side, own or other, scale, say, missing=own is None)
        for side, own, other in (
            ("outlook", conflict.outlook, conflict.timify),
            ("timify", conflict.timify, conflict.outlook),
        )
        if own or other
    ]
    if conflict.way:
        blocks.append(replace(_block("timify", conflict.way, scale, say, missing=False), way=True))
    several = around.start.astimezone(say.zone).date() != around.end.astimezone(say.zone).date()
    ticks = tuple(
        (_TOP + ROW * n, _label(start + step * n, several and (n == 0 or step >= _DAY), several, say))
        for n in range(count + 1)
    )
    return DayView(height=_TOP + ROW * count + 10, ticks=ticks, blocks=tuple(blocks), band=_band(conflict, scale))


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    step: timedelta

    def y(self, moment: datetime) -> float:
        return round(_TOP + ROW * ((moment - self.start) / self.step), 1)


def _scale(around: Span, say: Speech) -> tuple[timedelta, datetime, int]:
    """The step of the scale, its first line, and how many steps it takes to show everything with some room."""
    for hours in _STEPS:
        step = timedelta(hours=hours)
        start = _before(around.start, hours, say)
        count = -(-(around.end - start) // step) + (1 if hours < 24 else 0)
        if count <= _TICKS:
            break
    return step, start, count


def _before(moment: datetime, hours: int, say: Speech) -> datetime:
    """A round clock of the zone before `moment`, with some room above."""
    local = (moment - timedelta(minutes=30 if hours == 1 else 0)).astimezone(say.zone)
    hour = local.hour - local.hour % min(hours, 24)
    return local.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)


def _label(moment: datetime, day: bool, several: bool, say: Speech) -> str:
    """The clock; the day where one begins, if there are several."""
    begins = several and moment.astimezone(say.zone).hour == 0
    return say.weekday(moment) if day or begins else say.clock(moment)


def _block(side: str, span: Span | None, scale: _Scale, say: Speech, *, missing: bool) -> Block:
    assert span is not None
    top = scale.y(span.start)
    height = max(scale.y(span.end) - top - 1, _LEAST)
    text = "" if missing else f"{say.clock(span.start)}–{say.clock(span.end)}"
    return Block(side=side, x=_COLUMNS[side], y=top, height=round(height, 1), text=text, missing=missing)


def _band(conflict: Conflict, scale: _Scale) -> tuple[float, float] | None:
    """Where what stands in TIMIFY meets what wants to go there, from Outlook or by moving in Outlook."""
    one, other = conflict.outlook, conflict.way or conflict.timify
    if conflict.kind is not ConflictKind.OVERLAP or not conflict.other:
        return None
    if not one or not other or not one.touches(other):
        return None
    top, bottom = scale.y(max(one.start, other.start)), scale.y(min(one.end, other.end))
    return top, round(bottom - top, 1)
