"""Moments in UTC: requests write `YYYY-MM-DD HH:mm` on a 5-minute grid, answers `YYYY-MM-DDTHH:mm:ssZ`."""

import re
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dev.timify.errors import BadRequest

GRID_MINUTES = 5
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def iso(moment: datetime) -> str:
    """The moment as answers write it, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_iso(text: str) -> datetime:
    """A moment of an answer, a seed (`...Z`, an offset, or `YYYY-MM-DD HH:mm`); without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_day(name: str, value: Any) -> date:
    """The day `YYYY-MM-DD` of the request field `name`."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # a 31st of February reads like any other wrong date
    raise BadRequest(f"{name} must be a date in the format YYYY-MM-DD")


def parse_moment(name: str, value: Any, zone: tzinfo = UTC) -> datetime:
    """The moment `YYYY-MM-DD HH:mm` of the request field `name`, in `zone`, as UTC."""
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            return datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)
        except ValueError:
            pass
    raise BadRequest(f"{name} must be a date-time in the format YYYY-MM-DD HH:mm")


def parse_start(name: str, value: Any) -> datetime:
    """As `parse_moment` in UTC, and on the grid: minutes divisible by five."""
    moment = parse_moment(name, value)
    if moment.minute % GRID_MINUTES:
        raise BadRequest(f"{name}: minutes must be divisible by {GRID_MINUTES}")
    return moment


def parse_minutes(name: str, value: Any, *, least: int) -> int:
    """A duration in minutes: whole, in steps of five, at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRequest(f"{name} must be a whole number of minutes")
    if value < least or value % GRID_MINUTES:
        raise BadRequest(f"{name} must be at least {least} and divisible by {GRID_MINUTES}")
    return value


def parse_zone(name: str, value: Any) -> ZoneInfo:
    """The IANA time zone of the request field `name`."""
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise BadRequest(f"{name} is not a known time zone") from None


def minute_of_day(text: str) -> int:
    """`HH:mm` as minutes since midnight; `24:00` is the end of the day."""
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60 + int(minutes)
