"""Time as calendars mean it: instants for meetings, dates for whole days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

GRID = timedelta(minutes=5)
"""TIMIFY's calendar knows minutes divisible by five only."""

_HALF_A_DAY = timedelta(hours=12)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open stretch of time between two instants, both aware and in UTC."""

    start: datetime
    end: datetime

    @property
    def empty(self) -> bool:
        return self.end <= self.start

    @property
    def minutes(self) -> int:
        """Whole minutes between start and end."""
        return int((self.end - self.start).total_seconds() // 60)

    def touches(self, other: "Span") -> bool:
        """True when both share at least one moment."""
        return self.start < other.end and other.start < self.end

    def outwards(self) -> "Span":
        """The smallest span on TIMIFY's five-minute grid that covers this one."""
        return Span(_floor(self.start), _ceil(self.end))

    def shifted(self, by: timedelta) -> "Span":
        return Span(self.start + by, self.end + by)

    def extended(self, before: timedelta, after: timedelta) -> "Span":
        return Span(self.start - before, self.end + after)


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """Whole calendar days, `until` exclusive. They float: which instants they cover depends on a zone."""

    first: date
    until: date

    @property
    def empty(self) -> bool:
        return self.until <= self.first


type When = Span | Days


def span_of(when: When, zone: ZoneInfo) -> Span:
    """The instants that `when` covers for somebody in `zone`; exact across clock changes."""
    if isinstance(when, Span):
        return when
    return Span(_midnight(when.first, zone), _midnight(when.until, zone))


def days_of(span: Span, zone: ZoneInfo) -> Days | None:
    """The whole local days that `span` covers exactly, or None when an edge is not a midnight of `zone`."""
    days = Days(span.start.astimezone(zone).date(), span.end.astimezone(zone).date())
    return days if not days.empty and span_of(days, zone) == span else None


def dragged_days(was: Span, now: Span, zone: ZoneInfo) -> Days | None:
    """The whole days that the whole days `was` have become at `now`; None when an edge is not a midnight of `zone`.

    Who drags something keeps its minutes, so over a clock change the end lands beside its midnight.
    """
    days = Days(now.start.astimezone(zone).date(), (now.end + _HALF_A_DAY).astimezone(zone).date())
    same_length = now.minutes == was.minutes and not days.empty
    return days if same_length and span_of(days, zone).start == now.start else days_of(now, zone)


def hull(spans: Iterable[Span]) -> Span | None:
    """The smallest span that covers all of `spans`; None for none."""
    known = list(spans)
    return Span(min(s.start for s in known), max(s.end for s in known)) if known else None


def clamp(moment: datetime) -> datetime:
    """Bring the sentinels of year 1 and year 9999 into a range in which arithmetic cannot overflow."""
    return min(max(moment, _EARLIEST), _LATEST)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    bounded = min(max(day, _EARLIEST.date()), _LATEST.date())
    return datetime.combine(bounded, time(), zone).astimezone(UTC)


def _floor(moment: datetime) -> datetime:
    surplus = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment - surplus


def _ceil(moment: datetime) -> datetime:
    floor = _floor(moment)
    return floor if floor == moment else floor + GRID
