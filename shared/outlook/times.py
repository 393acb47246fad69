"""Graph's `dateTimeTimeZone` values: a wall clock without an offset, and the name of a zone. Reading never raises."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import win_tz

from shared.domain.spans import Days, Span, When, clamp

type Json = Any  # whatever json.loads gives: narrowed where it is read
type WallClock = dict[str, str]

_NEVER = clamp(datetime.min.replace(tzinfo=UTC))
_WINDOWS = {name.lower(): zone for name, zone in win_tz.items()}
_UTC_NAMES = frozenset(("utc", "tzone://microsoft/utc", "z", "gmt", "coordinated universal time"))


def when_of(start: Json, end: Json, *, all_day: bool, fallback_zone: Json = None) -> When:
    """The time of an event. All-day ones float: only the dates count, whatever zone they are given in.

    What cannot be read becomes an empty time, which no rule will write anywhere. `fallback_zone` is the event's
    originalStartTimeZone, for values whose own zone has no public name (tzone://Microsoft/Custom).
    """
    if all_day:
        first = _wall(start).date()
        return Days(first, _wall(end, default=datetime.combine(first, datetime.min.time())).date())
    begin = _instant(start, fallback_zone)
    if begin is None:
        return Span(_NEVER, _NEVER)
    return Span(begin, _instant(end, fallback_zone) or begin)


def wall_clocks(when: When) -> tuple[WallClock, WallClock]:
    """Start and end as Graph takes them: instants in UTC, whole days from midnight to midnight in one zone."""
    if isinstance(when, Days):
        return _midnight(when.first), _midnight(when.until)
    return _utc(when.start), _utc(when.end)


def stamp(moment: datetime) -> str:
    """An instant for a query parameter or a subscription: UTC, `2026-01-31T09:00:00Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def moment_of(text: Json) -> datetime | None:
    """The UTC instant of a stamp that Graph answered; None when it cannot be read."""
    found = _parse(text)
    return _to_utc(found, UTC) if found else None


def on_earth(when: When) -> Span:
    """Every instant at which `when` may be going on somewhere: zones reach from UTC-12 to UTC+14."""
    if isinstance(when, Span):
        return when
    first, until = (clamp(datetime.combine(day, datetime.min.time(), UTC)) for day in (when.first, when.until))
    return Span(first - timedelta(hours=14), until + timedelta(hours=12))


def _instant(value: Json, fallback_zone: Json) -> datetime | None:
    found = _parse(value.get("dateTime")) if isinstance(value, dict) else None
    if found is None:
        return None
    return _to_utc(found, zone_of(value.get("timeZone")) or zone_of(fallback_zone) or UTC)


def _wall(value: Json, default: datetime = _NEVER) -> datetime:
    found = _parse(value.get("dateTime")) if isinstance(value, dict) else None
    return clamp((found or default).replace(tzinfo=UTC))


def _parse(text: Json) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _to_utc(moment: datetime, zone: tzinfo) -> datetime:
    bounded = clamp(moment.replace(tzinfo=UTC))  # first, or the sentinels overflow on their way through a zone
    return bounded.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)


def zone_of(name: Json) -> tzinfo | None:
    """The zone of a Windows or IANA name; None for one that nobody knows."""
    return _known_zone(name) if isinstance(name, str) and name else None


@lru_cache(maxsize=1024)
def _known_zone(name: str) -> tzinfo | None:
    if name.lower() in _UTC_NAMES:
        return UTC
    try:
        return ZoneInfo(_WINDOWS.get(name.lower(), name))
    except (KeyError, ValueError, OSError):
        return None


def _utc(moment: datetime) -> WallClock:
    return {"dateTime": moment.astimezone(UTC).replace(tzinfo=None).isoformat(), "timeZone": "UTC"}


def _midnight(day: date) -> WallClock:
    return {"dateTime": f"{day.isoformat()}T00:00:00", "timeZone": "UTC"}
