"""Reading JSON that others wrote: every function takes whatever `json.loads` can give, and never raises."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from shared.domain.spans import clamp

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
_MOST_MINUTES = 366 * 24 * 60


def read_json(content: bytes) -> object:
    """The parsed body; None when it is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def as_object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_objects(value: object) -> list[dict[str, Any]]:
    return [item for item in as_list(value) if isinstance(item, dict)]


def as_id(value: object) -> str:
    """An id; numbers are written out. Empty when there is none."""
    if isinstance(value, str):
        return clean_line(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30 else ""


def as_line(value: object) -> str:
    """Text for one line, without control characters."""
    return clean_line(value) if isinstance(value, str) else ""


def as_text(value: object) -> str:
    """Text of several lines, without control characters."""
    return clean_text(value) if isinstance(value, str) else ""


def as_minutes(value: object) -> int | None:
    """Whole minutes, 0 to a year; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(min(max(value, 0), _MOST_MINUTES))


def as_count(value: object) -> int:
    """How many: a number, or the length of a list."""
    if isinstance(value, list):
        return len(value)
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0


def as_moment(value: object) -> datetime | None:
    """`2024-04-02T10:00:00Z`, with any offset, or without one (then it is UTC); None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return clamp(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def clean_text(text: str) -> str:
    return _CONTROL.sub("", _LINE_ENDS.sub("\n", text)).strip()


def clean_line(text: str) -> str:
    return _SPACES.sub(" ", clean_text(text)).strip()
