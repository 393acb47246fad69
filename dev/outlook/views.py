"""Events in a window: `calendarView` and `instances`."""

from datetime import UTC, datetime, timedelta

from dev.outlook import editing, filters, series, zones
from dev.outlook.editing import Found
from dev.outlook.errors import GraphError, Json, invalid
from dev.outlook.render import Shape
from dev.outlook.request import GraphRequest, Reply, page
from dev.outlook.store import Calendar, Item, Window

LONGEST = timedelta(days=1825)
_NOT_IN_VIEW = frozenset({"createdDateTime", "lastModifiedDateTime"})
_NEVER = datetime.min.replace(tzinfo=UTC)


def window_of(request: GraphRequest) -> Window:
    """`startDateTime` and `endDateTime`; without an offset they are UTC. Raises GraphError (400)."""
    moments = []
    for name in ("startDateTime", "endDateTime"):
        moment = zones.parse((request.option(name) or "").replace(" ", "+"))
        utc = zones.to_utc(moment, UTC) if moment else None
        if utc is None:
            message = (
                "This request requires a time window specified by the query string parameters "
                "StartDateTime and EndDateTime."
            )
            raise invalid(message, "ErrorInvalidParameter")
        moments.append(utc)
    window = Window(moments[0], moments[1])
    if window.end - window.start > LONGEST:
        raise invalid("The requested time duration specified for the time window is too long (1825 days at most).")
    if window.end < window.start:
        raise invalid("EndDateTime is earlier than StartDateTime.", "ErrorInvalidParameter")
    return window


def in_window(calendar: Calendar, window: Window) -> list[tuple[datetime, Found]]:
    """Single instances, occurrences and exceptions that meet the window, with their starts."""
    found: list[tuple[datetime, Found]] = []
    for item in calendar.items.values():
        if item.is_master:
            found += [(one.span.start, one) for one in series.occurrences(calendar, item, window)]
        elif item.day is None and window.meets(item.span):
            found.append((item.span.start if item.span else _NEVER, item))
    return found


def calendar_view(request: GraphRequest, calendar: Calendar) -> Reply:
    """GET calendarView."""
    rows = in_window(calendar, window_of(request))
    rows.sort(key=lambda row: row[0])
    found = _ordered(request, calendar, [row[1] for row in rows])
    return _listed(request, calendar, found, "calendarView", _NOT_IN_VIEW)


def instances(request: GraphRequest, calendar: Calendar, found: Found) -> Reply:
    """GET events/{master}/instances."""
    window = window_of(request)
    if not isinstance(found, Item) or not found.is_master:
        raise GraphError(400, "ErrorInvalidRequest", "The event is not a recurring series master.")
    every: list[Found] = list(series.occurrences(calendar, found, window))
    return _listed(request, calendar, _ordered(request, calendar, every), "instances", frozenset())


def events(request: GraphRequest, calendar: Calendar) -> Reply:
    """GET events: single instances and masters."""
    every: list[Found] = list(editing.events_of(calendar))
    return _listed(request, calendar, _ordered(request, calendar, every), "events", frozenset())


def _ordered(request: GraphRequest, calendar: Calendar, found: list[Found]) -> list[Found]:
    tests, order = filters.tests_of(request.option("$filter")), filters.ordering(request.option("$orderby"))
    for test in tests:
        found = [one for one in found if test(editing.raw_of(calendar, one))]
    if order is not None:
        key, down = order
        found.sort(key=lambda one: key(editing.raw_of(calendar, one)), reverse=down)
    return found


def _listed(request: GraphRequest, calendar: Calendar, found: list[Found], what: str, without: frozenset[str]) -> Reply:
    shape = Shape(request, without=without)
    rows: list[Json] = list(found)
    chosen, envelope = page(request, rows, f"users('{request.mailbox.oid}')/calendars('{calendar.id}')/{what}")
    envelope["value"] = [shape.event(calendar, one) for one in chosen]
    return Reply(200, envelope, request.applied)
