"""Connected series: the rule of one appointment, and the local days on which it takes place.

frequency DAYS, WEEKS or MONTHS; period: every n-th; weekDays: 1 = Monday ... 7 = Sunday; monthDays: 1-31; the end is
repeatTimes (how often it takes place, the first included) or repeatLastDay (inclusive). Without an end it runs a year.
The local time of day stays the same across clock changes of the series' time zone.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from dev.timify.errors import BadRequest
from dev.timify.times import parse_day, parse_zone

MOST_OCCURRENCES = 1_000
_ENDLESS_DAYS = 365
_FREQUENCIES = ("DAYS", "WEEKS", "MONTHS")


def read_rule(value: Any, start: datetime) -> dict[str, Any]:
    """The `recurring` object of an answer from that of a request (snake_case or camelCase); raises BadRequest."""
    if not isinstance(value, dict):
        raise BadRequest("recurring must be an object")
    given = {_camel(name): item for name, item in value.items()}
    zone = parse_zone("recurring.timezone", given.get("timezone"))
    if given.get("frequency") not in _FREQUENCIES:
        raise BadRequest(f"recurring.frequency must be one of {', '.join(_FREQUENCIES)}")
    first = start.astimezone(zone).date()
    weekly, monthly = given["frequency"] == "WEEKS", given["frequency"] == "MONTHS"
    last = given.get("repeatLastDay")
    times = given.get("repeatTimes")
    rule = {
        "timezone": given["timezone"],
        "frequency": given["frequency"],
        "period": _count("recurring.period", given.get("period") or 1),
        "weekDays": _days("recurring.week_days", given.get("weekDays") or [first.isoweekday()], 7) if weekly else [],
        "monthDays": _days("recurring.month_days", given.get("monthDays") or [first.day], 31) if monthly else [],
        "yearMonths": [],
        "repeatTimes": None if times is None else _count("recurring.repeat_times", times),
        "repeatLastDay": None if last is None else parse_day("recurring.repeat_last_day", last).isoformat(),
        "maxDay": (first + timedelta(days=_ENDLESS_DAYS)).isoformat() if last is None and times is None else None,
        "isFixedByRecurringDay": False,
    }
    if not days_of(rule, first):
        raise BadRequest("recurring describes a series that never takes place")
    return rule


def days_of(rule: dict[str, Any], first: date) -> list[date]:
    """The local days of the series, from `first` on, at most `MOST_OCCURRENCES`."""
    times = min(rule.get("repeatTimes") or MOST_OCCURRENCES, MOST_OCCURRENCES)
    end = rule.get("repeatLastDay") or rule.get("maxDay")
    if end is None and not rule.get("repeatTimes"):
        end = (first + timedelta(days=_ENDLESS_DAYS)).isoformat()
    last = date.fromisoformat(end) if end else date.max
    return list(islice(takewhile(lambda day: day <= last, _endless(rule, first)), times))


def at_local_time(day: date, like: datetime, timezone: str) -> datetime:
    """The moment on `day` at the local time of day that `like` has in the time zone."""
    zone = parse_zone("timezone", timezone)
    return datetime.combine(day, like.astimezone(zone).time(), zone).astimezone(UTC)


def moved(rule: dict[str, Any], days: int) -> dict[str, Any]:
    """The rule of the same series after every occurrence has moved by so many local days."""
    weeks = sorted((number - 1 + days) % 7 + 1 for number in rule.get("weekDays") or [])
    changed = {**rule, "weekDays": weeks}
    for name in ("repeatLastDay", "maxDay"):
        if rule.get(name):
            changed[name] = (date.fromisoformat(rule[name]) + timedelta(days=days)).isoformat()
    if rule.get("monthDays") and days:
        changed["monthDays"] = sorted({min(max(number + days, 1), 31) for number in rule["monthDays"]})
    return changed


def _endless(rule: dict[str, Any], first: date) -> Iterator[date]:
    period = rule.get("period") or 1
    match rule["frequency"]:
        case "DAYS":
            yield from _from(first, (first + timedelta(days=period * n) for n in range(MOST_OCCURRENCES)))
        case "WEEKS":
            yield from _from(first, _weekly(first, period, rule.get("weekDays") or [first.isoweekday()]))
        case _:
            yield from _from(first, _monthly(first, period, rule.get("monthDays") or [first.day]))


def _from(first: date, days: Iterator[date]) -> Iterator[date]:
    return (day for day in days if day >= first)


def _weekly(first: date, period: int, week_days: list[int]) -> Iterator[date]:
    monday = first - timedelta(days=first.weekday())
    for week in range(MOST_OCCURRENCES):
        for number in sorted(week_days):
            yield monday + timedelta(weeks=week * period, days=number - 1)


def _monthly(first: date, period: int, month_days: list[int]) -> Iterator[date]:
    for step in range(MOST_OCCURRENCES):
        years, month = divmod(first.month - 1 + step * period, 12)
        year = first.year + years
        if year > date.max.year:
            return
        length = calendar.monthrange(year, month + 1)[1]
        yield from (date(year, month + 1, number) for number in sorted(month_days) if number <= length)


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_OCCURRENCES:
        raise BadRequest(f"{name} must be a whole number from 1 to {MOST_OCCURRENCES}")
    return value


def _days(name: str, value: Any, most: int) -> list[int]:
    if not isinstance(value, list) or any(not isinstance(item, int) or not 1 <= item <= most for item in value):
        raise BadRequest(f"{name} must be a list of numbers from 1 to {most}")
    return sorted(set(value))


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)
