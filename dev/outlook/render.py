"""Events as the caller asked for them: id form, zone, body kind, fields, extended properties."""

import re

from dev.outlook import bodies, ids, series, zones
from dev.outlook.errors import Body, GraphError, Json
from dev.outlook.request import GraphRequest
from dev.outlook.series import Occurrence
from dev.outlook.store import Calendar, Item

_EXPAND = re.compile(r"^singleValueExtendedProperties\(\$filter=(?P<filter>.+)\)$", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"^(?:\w+/)?id\s+eq\s+'(?P<id>(?:[^']|'')*)'$", re.IGNORECASE)
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)
_ONLY_WHEN_SELECTED = frozenset({"cancelledOccurrences"})


def same_property(left: str, right: str) -> bool:
    """Do two extended-property ids name the same one? Names are case-sensitive, the rest is not."""
    head_left, _, name_left = left.partition(" Name ")
    head_right, _, name_right = right.partition(" Name ")
    return name_left == name_right and head_left.lower() == head_right.lower()


def wanted_properties(request: GraphRequest) -> list[str]:
    """Ids of the extended properties to expand. Raises GraphError (400) for any other `$expand`."""
    expand = request.option("$expand")
    if not expand:
        return []
    found = _EXPAND.match(expand.strip())
    clauses = [_PROPERTY.match(part.strip(" ()")) for part in _OR.split(found["filter"])] if found else [None]
    if not all(clauses):
        raise GraphError(400, "ErrorInvalidUrlQuery", "The $expand query option is not supported as given.")
    return [clause["id"].replace("''", "'") for clause in clauses if clause]


class Shape:
    """How the events of one answer look."""

    def __init__(
        self, request: GraphRequest, *, selectable: bool = True, without: frozenset[str] = frozenset()
    ) -> None:
        self.immutable = request.immutable
        self.zone = request.zone
        self.body_kind = request.body_kind
        self.properties = wanted_properties(request) if selectable else []
        select = request.option("$select") if selectable else None
        self.fields = {name.strip() for name in select.split(",")} if select else None
        if self.fields is not None:
            self.fields -= without
            if "isOnlineMeeting" not in self.fields and without:
                self.fields.discard("onlineMeeting")

    def event(self, calendar: Calendar, found: Item | Occurrence) -> Body:
        """One event, in full or as selected."""
        if isinstance(found, Item):
            return self._shown(found.raw, found.id, found.etag)
        if found.item is not None:
            return self._shown(found.item.raw, found.id, found.item.etag)
        return self._shown(series.as_event(calendar, found), found.id, found.master.etag)

    def id(self, item_id: str) -> str:
        """An id in the form asked for."""
        return ids.shown(item_id, self.immutable)

    def _shown(self, raw: Body, item_id: str, etag: str) -> Body:
        event: Body = {"@odata.etag": etag}
        for name, value in raw.items():
            if name == "singleValueExtendedProperties" or not self._asked(name):
                continue
            event[name] = self._value(raw, name, value)
        event["@odata.etag"], event["id"] = etag, self.id(item_id)
        found = self._extended(raw)
        if found:
            event["singleValueExtendedProperties"] = found
        return event

    def _asked(self, name: str) -> bool:
        if self.fields is None:
            return name not in _ONLY_WHEN_SELECTED
        return name in self.fields or name.startswith("@odata.") or name == "id"

    def _value(self, raw: Body, name: str, value: Json) -> Json:
        if name in ("start", "end"):
            return zones.shown(value, self.zone, raw.get("isAllDay") is True)
        if name == "body":
            return bodies.shown(value, self.body_kind)
        if name == "seriesMasterId" and isinstance(value, str):
            return self.id(ids.canonical(value))
        return value

    def _extended(self, raw: Body) -> list[Body]:
        have = raw.get("singleValueExtendedProperties") or []
        return [prop for prop in have if any(same_property(prop["id"], wanted) for wanted in self.properties)]
