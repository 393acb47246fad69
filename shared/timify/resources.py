"""Resources of the DevAPI as the overview needs them."""

import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.accounts import WorkingTimes
from shared.sync.ports import Resource
from shared.timify.raw import as_id, as_line, as_list, as_object, as_objects

_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?|24:00(?::00)?")
_DAYS = 7


def to_resource(raw: object) -> Resource | None:
    """A resource from a list or from the single call; None when it has no id."""
    found = as_object(raw)
    key = as_id(found.get("id"))
    if not key:
        return None
    calendar = as_object(found.get("calendar"))
    return Resource(
        id=key,
        name=as_line(found.get("name")),
        email=as_line(found.get("email")),
        timezone=_zone(calendar.get("timezone")),
        working_times=_week(calendar.get("workingTimes")),
        locale=as_line(found.get("locale")),
    )


def _zone(name: object) -> str:
    """An IANA name that this machine knows; UTC otherwise."""
    try:
        return ZoneInfo(name).key if isinstance(name, str) else "UTC"
    except (ValueError, OSError):
        return "UTC"
    except KeyError:  # ZoneInfoNotFoundError
        return "UTC"


def _week(value: object) -> WorkingTimes:
    """Sunday first, as the DevAPI counts; empty when it is not a week."""
    days = as_list(value)
    return tuple(_day(as_object(day)) for day in days) if len(days) == _DAYS else ()


def _day(day: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Lists call the times beginTime and endTime, the single call begin and end."""
    if day.get("isActive") is False:
        return ()
    times = [(_time(item, "begin"), _time(item, "end")) for item in as_objects(day.get("times"))]
    return tuple((begin, end) for begin, end in times if begin and end and begin < end)


def _time(item: dict[str, Any], name: str) -> str:
    value = item.get(name) or item.get(f"{name}Time")
    return _clock(value) if isinstance(value, str) else ""


@lru_cache(maxsize=1440)
def _clock(value: str) -> str:
    """Remembered, because a list of many resources names the same few times thousands of times."""
    if not _TIME_OF_DAY.fullmatch(value):
        return ""
    hours, minutes = value.split(":")[:2]
    return f"{hours:0>2}:{minutes}"
