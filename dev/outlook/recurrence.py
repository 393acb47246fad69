"""Recurrence: six patterns, three ranges, as local dates."""

import calendar
from collections.abc import Iterator
from datetime import MAXYEAR, date, timedelta
from itertools import count

from dev.outlook.errors import Body, Json, invalid

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INDEXES = ("first", "second", "third", "fourth", "last")
_PATTERNS = {
    "daily": (),
    "weekly": ("daysOfWeek",),
    "absolutemonthly": ("dayOfMonth",),
    "relativemonthly": ("daysOfWeek",),
    "absoluteyearly": ("dayOfMonth", "month"),
    "relativeyearly": ("daysOfWeek", "month"),
}
_NAMES = ("daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly")
_RANGES = {"enddate": "endDate", "noend": "noEnd", "numbered": "numbered"}
INSTANT = timedelta(microseconds=1)
_NO_DATE = "0001-01-01"


def dates(recurrence: Json, last: date) -> Iterator[date]:
    """Local dates of a series from its first up to and including `last`; nothing for a rule that makes no sense."""
    try:
        pattern, span = recurrence["pattern"], recurrence["range"]
        start = date.fromisoformat(span["startDate"])
        kind = str(span["type"]).lower()
        end = min(last, date.fromisoformat(span["endDate"])) if kind == "enddate" else last
        most = int(span["numberOfOccurrences"]) if kind == "numbered" else None
        for number, day in enumerate(_candidates(pattern, start)):
            if day > end or (most is not None and number >= most):
                return
            yield day
    except (KeyError, TypeError, ValueError, OverflowError):
        return


def _candidates(pattern: Body, start: date) -> Iterator[date]:
    interval = max(int(pattern.get("interval") or 1), 1)
    kind = str(pattern["type"]).lower()
    if kind == "daily":
        for number in count():
            yield start + timedelta(days=number * interval)
    elif kind == "weekly":
        yield from _weekly(pattern, start, interval)
    else:
        for year, month in _months(pattern, start, interval, yearly="yearly" in kind):
            day = _relative(pattern, year, month) if kind.startswith("relative") else _absolute(pattern, year, month)
            if day is not None and day >= start:
                yield day


def _weekly(pattern: Body, start: date, interval: int) -> Iterator[date]:
    first = _DAYS.index(str(pattern.get("firstDayOfWeek") or "sunday").lower())
    offsets = sorted((day - first) % 7 for day in _weekdays(pattern))
    week = start - timedelta(days=(start.weekday() - first) % 7)
    for number in count():
        for offset in offsets:
            day = week + timedelta(days=7 * interval * number + offset)
            if day >= start:
                yield day


def _months(pattern: Body, start: date, interval: int, *, yearly: bool) -> Iterator[tuple[int, int]]:
    if yearly:
        for year in range(start.year, MAXYEAR + 1, interval):
            yield year, int(pattern["month"])
    else:
        for number in range(start.year * 12 + start.month - 1, (MAXYEAR + 1) * 12, interval):
            yield number // 12, number % 12 + 1


def _absolute(pattern: Body, year: int, month: int) -> date:
    return date(year, month, min(int(pattern["dayOfMonth"]), calendar.monthrange(year, month)[1]))


def _relative(pattern: Body, year: int, month: int) -> date | None:
    wanted = _weekdays(pattern)
    length = calendar.monthrange(year, month)[1]
    fitting = [day for number in range(1, length + 1) if (day := date(year, month, number)).weekday() in wanted]
    index = _INDEXES.index(str(pattern.get("index") or "first").lower())
    return fitting[-1] if index == 4 else fitting[index] if index < len(fitting) else None


def _weekdays(pattern: Body) -> set[int]:
    days = {_DAYS.index(str(day).lower()) for day in pattern["daysOfWeek"]}
    if not days:
        raise ValueError("no days")
    return days


def completed(recurrence: Json, start: date, zone: str) -> Body:
    """A rule as Graph answers it, with every field filled. Raises GraphError for one that it would refuse."""
    if not isinstance(recurrence, dict):
        raise invalid("The recurrence is not valid.", "ErrorInvalidRecurrence")
    pattern, span = recurrence.get("pattern"), recurrence.get("range")
    if not isinstance(pattern, dict) or not isinstance(span, dict):
        raise invalid("Recurrence needs a pattern and a range.", "ErrorInvalidRecurrence")
    full = {"pattern": _full_pattern(pattern), "range": _full_range(span, start, zone)}
    if next(dates(full, date.max), None) is None:
        raise invalid("The recurrence pattern has no occurrence.", "ErrorRecurrenceHasNoOccurrence")
    return full


def _full_pattern(pattern: Body) -> Body:
    kind = str(pattern.get("type", "")).lower()
    if kind not in _PATTERNS:
        raise invalid("The recurrence pattern type is not valid.", "ErrorInvalidRecurrence")
    missing = [name for name in _PATTERNS[kind] if not pattern.get(name)]
    days = [str(day).lower() for day in pattern.get("daysOfWeek") or []]
    index, first = (pattern.get("index") or "first").lower(), (pattern.get("firstDayOfWeek") or "sunday").lower()
    interval = pattern.get("interval")
    sound = isinstance(interval, int) and 1 <= interval <= 999 and set(days) <= set(_DAYS) and first in _DAYS
    if missing or not sound or index not in _INDEXES:
        raise invalid("The recurrence pattern is not valid.", "ErrorInvalidRecurrence")
    full: Body = {
        "type": next(name for name in _NAMES if name.lower() == kind),
        "interval": interval,
        "month": pattern.get("month") or 0,
        "dayOfMonth": pattern.get("dayOfMonth") or 0,
    }
    if days:
        full["daysOfWeek"] = days
    return full | {"firstDayOfWeek": first, "index": index}


def _full_range(span: Body, start: date, zone: str) -> Body:
    kind = _RANGES.get(str(span.get("type", "")).lower())
    number = span.get("numberOfOccurrences") or 0
    if kind is None or (kind == "numbered" and not (isinstance(number, int) and 1 <= number <= 999)):
        raise invalid("The recurrence range is not valid.", "ErrorInvalidRecurrence")
    if span.get("startDate") != start.isoformat():
        raise invalid("The recurrence range must start on the date of the event's start.", "ErrorInvalidRecurrence")
    end = span.get("endDate") or _NO_DATE
    if kind == "endDate" and not _is_date_from(end, start):
        raise invalid("The recurrence range ends before it starts.", "ErrorInvalidRecurrence")
    return {
        "type": kind,
        "startDate": start.isoformat(),
        "endDate": end if kind == "endDate" else _NO_DATE,
        "recurrenceTimeZone": span.get("recurrenceTimeZone") or zone,
        "numberOfOccurrences": number if kind == "numbered" else 0,
    }


def _is_date_from(text: Json, start: date) -> bool:
    try:
        return date.fromisoformat(text) >= start
    except (TypeError, ValueError):
        return False
