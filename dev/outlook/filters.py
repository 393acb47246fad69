"""The `$filter` and `$orderby` forms that event lists understand."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from dev.outlook import zones
from dev.outlook.errors import Body, Json, invalid
from dev.outlook.render import same_property

type Test = Callable[[Body], bool]

_TEXT = r"'(?P<value>(?:[^']|'')*)'"
_EXTENDED = re.compile(
    rf"^singleValueExtendedProperties/any\(\s*(?P<v>\w+)\s*:\s*(?P=v)/id\s+eq\s+'(?P<id>(?:[^']|'')*)'"
    rf"\s+and\s+(?P=v)/value\s+eq\s+{_TEXT}\s*\)$",
    re.IGNORECASE,
)
_CATEGORY = re.compile(rf"^categories/any\(\s*(?P<v>\w+)\s*:\s*(?P=v)\s+eq\s+{_TEXT}\s*\)$", re.IGNORECASE)
_COMPARE = re.compile(
    r"^(?P<field>[\w/]+)\s+(?P<op>eq|ne|ge|gt|le|lt)\s+(?P<value>'(?:[^']|'')*'|[^\s']+)$", re.IGNORECASE
)
_CALL = re.compile(rf"^(?P<call>contains|startswith)\(\s*(?P<field>\w+)\s*,\s*{_TEXT}\s*\)$", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+(?![^(]*\))", re.IGNORECASE)
_COMPARABLE = {
    *("subject", "iCalUId", "seriesMasterId", "type", "showAs", "sensitivity", "isAllDay", "isCancelled"),
    *("isOrganizer", "start/dateTime", "end/dateTime", "lastModifiedDateTime", "createdDateTime", "importance"),
}
_ORDERS = {"start/dateTime", "end/dateTime", "subject", "lastModifiedDateTime", "createdDateTime"}
_TIMES = ("start/dateTime", "end/dateTime", "lastModifiedDateTime", "createdDateTime")
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def tests_of(text: str | None) -> list[Test]:
    """The conditions of a `$filter`. Raises GraphError (400) for a form that is not understood."""
    return [_test(clause.strip()) for clause in _AND.split(text)] if text else []


def _test(clause: str) -> Test:
    if found := _EXTENDED.match(clause):
        name, value = _plain(found["id"]), _plain(found["value"]).lower()
        return lambda raw: any(
            same_property(prop["id"], name) and str(prop["value"]).lower() == value
            for prop in raw.get("singleValueExtendedProperties") or []
        )
    if found := _CATEGORY.match(clause):
        category = _plain(found["value"]).lower()
        return lambda raw: any(str(name).lower() == category for name in raw.get("categories") or [])
    if found := _CALL.match(clause):
        field, part, starts = found["field"], _plain(found["value"]).lower(), found["call"].lower() == "startswith"
        return lambda raw: _found(str(raw.get(field) or "").lower(), part, starts)
    found = _COMPARE.match(clause)
    if found is None or found["field"] not in _COMPARABLE:
        raise invalid("The query filter contains one or more invalid nodes.", "ErrorInvalidUrlQueryFilter")
    return _comparison(found["field"], found["op"].lower(), found["value"])


def _comparison(field: str, op: str, text: str) -> Test:
    wanted: Json
    same = op == "eq"
    if field in _TIMES:
        wanted = _utc(zones.parse(text.strip("'"))) or _EARLIEST
    else:
        wanted = _plain(text[1:-1]) if text.startswith("'") else {"true": True, "false": False}.get(text.lower(), text)

    def holds(raw: Body) -> bool:
        have = _sort_value(raw, field)
        if op in ("eq", "ne"):
            return bool(have == wanted) is same
        if isinstance(have, bool) or have is None:
            return False
        return bool({"ge": have >= wanted, "gt": have > wanted, "le": have <= wanted, "lt": have < wanted}[op])

    return holds


def ordering(text: str | None) -> tuple[Callable[[Body], Json], bool] | None:
    """Sort key and direction of an `$orderby`. Raises GraphError (400)."""
    if not text:
        return None
    field, _, direction = text.strip().partition(" ")
    if field not in _ORDERS:
        raise invalid("The query order-by is not supported.", "ErrorInvalidUrlQueryOrderBy")
    return (lambda raw: _sort_value(raw, field)), direction.strip().lower() == "desc"


def _sort_value(raw: Body, field: str) -> Json:
    if field in ("start/dateTime", "end/dateTime"):
        return zones.instant(raw.get(field.partition("/")[0])) or _EARLIEST
    if field in _TIMES:
        return _utc(zones.parse(raw.get(field))) or _EARLIEST
    return raw.get(field) if field != "subject" else raw.get(field) or ""


def _utc(moment: datetime | None) -> datetime | None:
    return zones.to_utc(moment, UTC) if moment else None


def _found(text: str, part: str, starts: bool) -> bool:
    return text.startswith(part) if starts else part in text


def _plain(text: str) -> str:
    return text.replace("''", "'")
