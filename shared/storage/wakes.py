"""Wakes as JSON, without any library: queue triggers read them before they import anything else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.sync.ports import Wake

LIMIT = 48 * 1024
"""Bytes of JSON: base64 makes 64 KiB of it, which is all that a message may have."""

_LISTS = ("bookings", "resources", "retry")
_TEXTS = ("company_id", "resource_id", "cause", "job", "prefer", "conflict", "correlation")


def wake_to_json(wake: Wake) -> str:
    """Compact JSON; what has its default value is left out."""
    data: dict[str, Any] = {name: getattr(wake, name) for name in _TEXTS}
    data["at"] = wake.at.isoformat()
    data |= {name: list(getattr(wake, name)) for name in _LISTS}
    data |= {"outlook": wake.outlook, "keep": wake.keep, "tries": wake.tries, "doubts": wake.doubts}
    return json.dumps({name: value for name, value in data.items() if value}, separators=(",", ":"))


def wake_from_json(text: str | bytes) -> Wake:
    """Read a message. Unknown fields are ignored; raises ValueError that says what is wrong."""
    try:
        data = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"A wake is not JSON: {problem}") from None
    if not isinstance(data, dict):
        raise ValueError("A wake is a JSON object.")
    texts = {name: _typed(data, name, str, "") for name in _TEXTS}
    for name in ("company_id", "cause"):
        if not texts[name]:
            raise ValueError(f"A wake needs {name}.")
    return Wake(
        company_id=texts["company_id"],
        resource_id=texts["resource_id"],
        cause=texts["cause"],
        job=texts["job"] or "round",
        at=_moment(_typed(data, "at", str, "")),
        prefer=texts["prefer"],
        conflict=texts["conflict"],
        correlation=texts["correlation"],
        keep=_typed(data, "keep", bool, False),
        outlook=_typed(data, "outlook", bool, False),
        tries=_typed(data, "tries", int, 0),
        doubts=_typed(data, "doubts", int, 0),
        bookings=_names(data, "bookings"),
        resources=_names(data, "resources"),
        retry=_names(data, "retry"),
    )


def split(wake: Wake) -> Iterator[Wake]:
    """The same in messages that fit. Each part of a list travels once; `outlook` goes with the first message."""
    if len(wake_to_json(wake)) < LIMIT:
        yield wake
        return
    longest = max(_LISTS, key=lambda name: len("".join(getattr(wake, name))))
    items = getattr(wake, longest)
    if len(items) < 2:
        raise ValueError(f"A wake does not fit into a message of {LIMIT} bytes.")
    middle = len(items) // 2
    rest: dict[str, Any] = {"outlook": False, "retry": ()}
    if longest == "retry":
        rest["bookings"] = ()
    yield from split(replace(wake, **{longest: items[:middle]}))
    yield from split(replace(wake, **(rest | {longest: items[middle:]})))


def _typed[T](data: dict[str, Any], name: str, kind: type[T], default: T) -> T:
    value = data.get(name, default)
    if type(value) is not kind:
        raise ValueError(f"A wake's {name} must be {kind.__name__}, not {type(value).__name__}.")
    return value


def _names(data: dict[str, Any], name: str) -> tuple[str, ...]:
    values = _typed(data, name, list, [])
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"A wake's {name} must be a list of texts.")
    return tuple(values)


def _moment(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"A wake's at is no moment: {value[:40]!r}") from None
    if at.tzinfo is None:
        raise ValueError("A wake's at must have an offset.")
    return at
