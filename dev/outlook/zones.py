"""Time zones by Windows and IANA name, and `dateTimeTimeZone` values."""

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

from dev.outlook.errors import Body, GraphError, Json

_UTC_NAMES = {"utc", "tzone://microsoft/utc", "etc/utc", "gmt"}
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
UTC_NAME = "UTC"


@lru_cache(maxsize=1024)
def find(name: str) -> tzinfo | None:
    """The zone of a Windows or IANA name; None for an unknown one and for `tzone://Microsoft/Custom`."""
    if name.lower() in _UTC_NAMES:
        return UTC
    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def require(name: str) -> tzinfo:
    """The zone of a name, or the 400 that Graph answers."""
    zone = find(name)
    if zone is None:
        message = f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
        raise GraphError(400, "TimeZoneNotSupportedException", message)
    return zone


def first_known(*names: Json) -> tzinfo:
    """The zone of the first name that is known, else UTC."""
    for name in names:
        zone = find(name) if isinstance(name, str) and name else None
        if zone is not None:
            return zone
    return UTC


def parse(text: Json) -> datetime | None:
    """A date and time as Graph writes it (seven fractional digits, with or without an offset)."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(_LONG_FRACTION.sub(r"\1", text))
    except ValueError:
        return None


def wall(value: Json) -> datetime | None:
    """The wall clock of a dateTimeTimeZone, without its zone."""
    moment = parse(value.get("dateTime")) if isinstance(value, dict) else None
    return moment.replace(tzinfo=None) if moment else None


def instant(value: Json) -> datetime | None:
    """The UTC instant of a dateTimeTimeZone; None where it cannot be understood. Without a known zone it is UTC."""
    moment = parse(value.get("dateTime")) if isinstance(value, dict) else None
    if moment is None:
        return None
    return to_utc(moment, first_known(value.get("timeZone")))


def to_utc(moment: datetime, zone: tzinfo) -> datetime | None:
    """UTC of a wall clock in `zone`; an offset that the value carries wins. None at the ends of the calendar."""
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def written(moment: datetime) -> str:
    """A wall clock with seven fractional digits."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "0"


def stamp(moment: datetime) -> str:
    """A UTC instant as Graph writes `createdDateTime`."""
    return written(moment.astimezone(UTC)) + "Z"


def shown(value: Json, asked: str, all_day: bool) -> Json:
    """A dateTimeTimeZone in the zone that was asked for; all-day values float. What cannot be read stays as it is."""
    if not isinstance(value, dict) or value.get("timeZone") == asked:
        return value
    moment = instant(value)
    if moment is None or not value.get("timeZone"):
        return value
    if all_day:
        return {**value, "timeZone": asked}
    try:
        return {**value, "dateTime": written(moment.astimezone(first_known(asked))), "timeZone": asked}
    except OverflowError:
        return value


def in_zone(moment: datetime, zone: tzinfo, name: str) -> Body:
    """A dateTimeTimeZone for an instant."""
    return {"dateTime": written(moment.astimezone(zone)), "timeZone": name}
