"""Outlook's six patterns and three ranges, and on which days they fall: told day by day, not by expanding a rule."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.spans import Span

type Json = dict[str, Any]

DAY = timedelta(days=1)
YEARS_AGO = 3
SOON = 20
RANGES = ("endDate", "noEnd", "numbered")
LENGTH = timedelta(minutes=10)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_INDEXES = ("first", "second", "third", "fourth")
_ZONES = {  # windows' names, which Outlook uses, and the IANA ones
    "daily": ("W. Europe Standard Time", "Europe/Berlin"),
    "weekly": ("Eastern Standard Time", "America/New_York"),
    "absoluteMonthly": ("Lord Howe Standard Time", "Australia/Lord_Howe"),
    "relativeMonthly": ("India Standard Time", "Asia/Kolkata"),
    "absoluteYearly": ("Chatham Islands Standard Time", "Pacific/Chatham"),
    "relativeYearly": ("Nepal Standard Time", "Asia/Kathmandu"),
}
PATTERNS = tuple(_ZONES)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A series that began years ago, in the zone of its maker. `last`: it ends there, None where it never does."""

    pattern: Json
    range: str
    clock: time
    first: date
    last: date | None
    falls: Callable[[date], bool]

    @property
    def name(self) -> str:
        return f"{self.pattern['type']} {self.range}"

    def event(self, **more: Any) -> Json:
        """As a person's program sends it."""
        begin = datetime.combine(self.first, self.clock)
        zone = _ZONES[self.pattern["type"]][0]
        ends: Json = {"type": self.range, "startDate": f"{self.first}", "recurrenceTimeZone": zone}
        if self.last and self.range == "endDate":
            ends["endDate"] = f"{self.last}"
        if self.last and self.range == "numbered":
            ends["numberOfOccurrences"] = len(list(self.days(self.first, self.last)))
        return {
            "subject": self.name,
            "start": {"dateTime": f"{begin:%Y-%m-%dT%H:%M:%S}", "timeZone": zone},
            "end": {"dateTime": f"{begin + LENGTH:%Y-%m-%dT%H:%M:%S}", "timeZone": zone},
            "recurrence": {"pattern": self.pattern, "range": ends},
            **more,
        }

    def days(self, begin: date, end: date) -> Iterator[date]:
        """The days from `begin` to `end`, both included, on which it takes place."""
        for number in range((end - begin).days + 1):
            day = begin + number * DAY
            if self.first <= day <= (self.last or day) and self.falls(day):
                yield day

    def spans(self, around: Span) -> list[Span]:
        """When it takes place within `around`: always at the same time on the walls of its zone."""
        zone = ZoneInfo(_ZONES[self.pattern["type"]][1])
        local = [
            datetime.combine(day, self.clock, zone)
            for day in self.days(around.start.date() - 2 * DAY, around.end.date() + 2 * DAY)
        ]
        found = [Span(begin.astimezone(UTC), begin.astimezone(UTC) + LENGTH) for begin in local]
        return [span for span in found if around.start <= span.start < around.end]


def recurring(kind: str, range_: str, near: date, clock: time, years: int = YEARS_AGO) -> Recurring:
    """A series of that kind with an occurrence within `SOON` days from `near` on, after which ranges that end do so."""
    pattern, falls = _FALLING[kind](near)
    first = near - years * 365 * DAY
    while not falls(first):
        first += DAY
    last = near + SOON * DAY if range_ != "noEnd" else None
    return Recurring({"type": kind, **pattern}, range_, clock, first, last, falls)


type Falling = tuple[Json, Callable[[date], bool]]


def _daily(near: date) -> Falling:
    return {"interval": 5}, lambda day: (day - near).days % 5 == 0


def _weekly(near: date) -> Falling:
    days = {near.weekday(), (near.weekday() + 2) % 7}
    rule = {"interval": 2, "daysOfWeek": [_WEEKDAYS[day] for day in sorted(days)], "firstDayOfWeek": "monday"}

    def week(day: date) -> int:
        return (day - DAY * day.weekday()).toordinal() // 7

    return rule, lambda day: day.weekday() in days and (week(day) - week(near)) % 2 == 0


def _absolute_monthly(near: date) -> Falling:
    """The 31st, which is the last day of every month, where one is near; else a day in the middle of the month."""
    if monthrange(near.year, near.month)[1] - near.day <= SOON:
        return {"interval": 1, "dayOfMonth": 31}, lambda day: day.day == monthrange(day.year, day.month)[1]
    wanted = _wanted(near)
    return {"interval": 1, "dayOfMonth": wanted.day}, lambda day: day.day == wanted.day


def _relative_monthly(near: date) -> Falling:
    rule, falls = _last_friday()
    if any(falls(near + n * DAY) for n in range(SOON)):
        return rule, falls
    index, wanted = _index_of(near)
    return index, lambda day: (day.weekday(), (day.day - 1) // 7) == (wanted.weekday(), (wanted.day - 1) // 7)


def _last_friday() -> Falling:
    rule = {"interval": 1, "daysOfWeek": ["friday"], "index": "last"}
    return rule, lambda day: day.weekday() == 4 and (day + 7 * DAY).month != day.month


def _absolute_yearly(near: date) -> Falling:
    wanted = _wanted(near)
    rule = {"interval": 1, "dayOfMonth": wanted.day, "month": wanted.month}
    return rule, lambda day: (day.month, day.day) == (wanted.month, wanted.day)


def _relative_yearly(near: date) -> Falling:
    rule, wanted = _index_of(near)
    place = (wanted.month, wanted.weekday(), (wanted.day - 1) // 7)
    return rule | {"month": wanted.month}, lambda day: (day.month, day.weekday(), (day.day - 1) // 7) == place


def _index_of(near: date) -> tuple[Json, date]:
    """A soon day as the n-th weekday of its month."""
    wanted = _wanted(near)
    rule = {"interval": 1, "daysOfWeek": [_WEEKDAYS[wanted.weekday()]], "index": _INDEXES[(wanted.day - 1) // 7]}
    return rule, wanted


def _wanted(near: date) -> date:
    """A soon day that every month has."""
    return next(day for n in range(3, 9) if (day := near + n * DAY).day < 29)


_FALLING: dict[str, Callable[[date], Falling]] = {
    "daily": _daily,
    "weekly": _weekly,
    "absoluteMonthly": _absolute_monthly,
    "relativeMonthly": _relative_monthly,
    "absoluteYearly": _absolute_yearly,
    "relativeYearly": _relative_yearly,
}
