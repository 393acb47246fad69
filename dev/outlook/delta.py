"""`calendarView/delta` as it is observed: stubs, masters, no tombstones for occurrences, sync states that die young."""

import base64
import binascii
import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from dev.outlook import series, zones
from dev.outlook.errors import Body, GraphError, invalid
from dev.outlook.render import Shape
from dev.outlook.request import GraphRequest, Reply
from dev.outlook.series import Occurrence
from dev.outlook.store import Calendar, Item, Window
from dev.outlook.views import window_of

GENERATIONS_KEPT = 3
DEFAULT_PAGE = 10
ROUNDS_KEPT = 256
_REFUSED = ("$orderby", "$filter", "$select", "$expand", "$search", "$top", "$skip", "$count")
_SCRAMBLE = 2654435761  # spreads consecutive change numbers over 32 bits
_NOISE = 3
_NEXT_KEYS = {"c", "g", "p"}
_DELTA_KEYS = {"c", "g", "s", "w"}


class Row(NamedTuple):
    """One row to send: a stored item, an occurrence (`stub`), or the trace of something gone."""

    item_id: str
    stub: Occurrence | None = None
    gone: bool = False


@dataclass(slots=True)
class Round:
    """One pass: the rows left to page through, frozen when it began."""

    calendar: str
    generation: int
    window: Window
    upto: int
    rows: list[Row]
    opening: bool


class Deltas:
    """Rounds under way. Delta links carry their own state; next links point into a bounded cache."""

    def __init__(self) -> None:
        self._rounds: OrderedDict[tuple[str, str, int], Round] = OrderedDict()

    def answer(self, request: GraphRequest, calendar: Calendar) -> Reply:
        """One page. Raises GraphError."""
        refused = [name for name in request.query if name.lower() in _REFUSED]
        if refused:
            message = (
                "The following parameters are not supported with change tracking over the 'CalendarView' resource: "
                f"'{', '.join(_REFUSED)}'."
            )
            raise invalid(message, "ErrorInvalidUrlQuery")
        token, client = request.option("$skiptoken"), request.caller.actor
        if token is not None:
            state = _unpacked(token, _NEXT_KEYS)
            current, position = self._resumed(calendar, client, state), int(state["p"])
        else:
            current, position = self._begun(request, calendar, client), 0
        return self._page(request, calendar, current, position)

    def _begun(self, request: GraphRequest, calendar: Calendar, client: str) -> Round:
        token = request.option("$deltatoken")
        generation = calendar.generations.get(client, 0)
        since = 0
        if token is None:
            window = window_of(request)
        else:
            state = _unpacked(token, _DELTA_KEYS)
            _check_generation(calendar, client, state)
            since = int(state["s"])
            window = Window(datetime.fromisoformat(state["w"][0]), datetime.fromisoformat(state["w"][1]))
        calendar.generations[client] = generation + 1
        rows = _rows(calendar, window, since, opening=token is None)
        begun = Round(calendar.id, generation + 1, window, calendar.mailbox.seq, rows, opening=token is None)
        self._rounds[calendar.id, client, begun.generation] = begun
        while len(self._rounds) > ROUNDS_KEPT:
            self._rounds.popitem(last=False)
        self._rounds.pop((calendar.id, client, begun.generation - GENERATIONS_KEPT), None)
        return begun

    def _resumed(self, calendar: Calendar, client: str, state: Body) -> Round:
        _check_generation(calendar, client, state)
        found = self._rounds.get((calendar.id, client, int(state["g"])))
        if found is None:
            raise _not_found(calendar, client, int(state["g"]))
        return found

    def _page(self, request: GraphRequest, calendar: Calendar, current: Round, position: int) -> Reply:
        size = request.max_page_size or DEFAULT_PAGE
        first_of_all = current.opening and position == 0 and request.option("$skiptoken") is None
        stop = position if first_of_all else position + size
        chosen = current.rows[position:stop]
        if position > 0 and chosen:
            chosen = [current.rows[position - 1], *chosen]  # the last row of the page before comes again
        shape = Shape(request, selectable=False)
        value = [row for row in (_shown(shape, calendar, row) for row in chosen) if row is not None]
        body: Body = {"@odata.context": request.context("Collection(event)")}
        if first_of_all or stop < len(current.rows):
            body["@odata.nextLink"] = _link(
                request, "$skiptoken", {"c": calendar.id, "g": current.generation, "p": stop}
            )
        else:
            window = [current.window.start.isoformat(), current.window.end.isoformat()]
            state = {"c": calendar.id, "g": current.generation, "s": current.upto, "w": window}
            body["@odata.deltaLink"] = _link(request, "$deltatoken", state)
        body["value"] = value
        applied = [text for text in (request.applied.get("preference-applied"), "odata.track-changes") if text]
        if request.max_page_size:
            applied.append(f"odata.maxpagesize={request.max_page_size}")
        return Reply(200, body, {"preference-applied": ", ".join(applied)})


def _rows(calendar: Calendar, window: Window, since: int, *, opening: bool) -> list[Row]:
    units: list[tuple[int, list[Row]]] = []
    for item in calendar.changed_since(since):
        rows = _unit(calendar, item, window, first=opening)
        if rows:
            units.append((item.seq * _SCRAMBLE % 2**32, rows))
    tombstones = [Row(item_id, gone=True) for item_id, seq in calendar.tombstones.items() if seq > since]
    if opening:
        tombstones = tombstones[-_NOISE:]
    units += [(index * _SCRAMBLE % 2**32, [row]) for index, row in enumerate(tombstones)]
    units.sort(key=lambda unit: unit[0])
    return [row for _, rows in units for row in rows]


def _unit(calendar: Calendar, item: Item, window: Window, *, first: bool) -> list[Row]:
    if item.is_master:
        found = series.occurrences(calendar, item, window)
        stubs = [Row(one.id, stub=one) for one in found if one.item is None]
        if found or not first:
            return [Row(item.id), *stubs]
        return []
    if window.meets(item.span):
        return [Row(item.id)]
    return [] if first else [Row(item.id, gone=True)]  # a change outside the window shows as a removal


def _shown(shape: Shape, calendar: Calendar, row: Row) -> Body | None:
    kind = {"@odata.type": "#microsoft.graph.event"}
    if row.gone:
        return {**kind, "id": shape.id(row.item_id), "@removed": {"reason": "deleted"}}
    if row.stub is not None:
        return kind | _stub(shape, row.stub)
    item = calendar.items.get(row.item_id)
    if item is None:
        return None
    event = kind | shape.event(calendar, item)
    return _stripped(event) if item.raw.get("type") == "occurrence" else event


_STUB = ("@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end")


def _stripped(event: Body) -> Body:
    return {name: event[name] for name in _STUB if name in event}


def _stub(shape: Shape, found: Occurrence) -> Body:
    raw = found.master.raw
    times: dict[str, Any] = series.times(raw, found.span)
    all_day = raw.get("isAllDay") is True
    return {
        "@odata.etag": found.master.etag,
        "id": shape.id(found.id),
        "seriesMasterId": shape.id(found.master.id),
        "type": "occurrence",
        "start": zones.shown(times["start"], shape.zone, all_day),
        "end": zones.shown(times["end"], shape.zone, all_day),
    }


def _link(request: GraphRequest, name: str, state: Body) -> str:
    packed = base64.urlsafe_b64encode(json.dumps(state, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{request.base}/v1.0{request.path}?{name}={packed}"


def _unpacked(token: str, keys: set[str]) -> Body:
    try:
        state = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError):
        state = None
    if not isinstance(state, dict) or set(state) != keys:
        raise invalid("Badly formed token.", "SyncStateInvalid")
    return state


def _check_generation(calendar: Calendar, client: str, state: Body) -> None:
    highest = calendar.generations.get(client, 0)
    generation = int(state["g"])
    if state["c"] != calendar.id or not highest - GENERATIONS_KEPT < generation <= highest:
        raise _not_found(calendar, client, generation)


def _not_found(calendar: Calendar, client: str, generation: int) -> GraphError:
    highest = calendar.generations.get(client, 0)
    kept = [highest, *range(max(highest - GENERATIONS_KEPT + 1, 1), highest)]
    shown = "".join(f"[{number}]" for number in kept)
    message = f"The sync state generation is not found; generation={generation};[highest={highest}]{shown}."
    return GraphError(410, "SyncStateNotFound", message)
