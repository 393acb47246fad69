"""Series: their zone, their occurrences in a window, and one occurrence by its id."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dev.outlook import ids, recurrence, zones
from dev.outlook.errors import Body
from dev.outlook.store import Calendar, Item, Window, horizon

MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of a series; `item` is set where it is stored by itself (an exception)."""

    master: Item
    day: date
    span: Window
    item: Item | None = None

    @property
    def id(self) -> str:
        return self.item.id if self.item else ids.occurrence(self.master.id, self.day)


def zone_of(raw: Body, mailbox_zone: str) -> tzinfo:
    """The zone a series repeats in: the rule's own, else the original ones, else the mailbox's."""
    rule = raw.get("recurrence")
    span = rule.get("range") if isinstance(rule, dict) else None
    own = span.get("recurrenceTimeZone") if isinstance(span, dict) else None
    return zones.first_known(own, raw.get("originalStartTimeZone"), raw.get("originalEndTimeZone"), mailbox_zone)


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Turns a date of a series into a stretch of time."""

    at: time
    length: timedelta
    zone: tzinfo

    def span(self, day: date) -> Window | None:
        start = datetime.combine(day, self.at)
        begin, finish = zones.to_utc(start, self.zone), zones.to_utc(start + self.length, self.zone)
        return Window(begin, finish) if begin and finish else None


def clockwork(master: Item, mailbox_zone: str) -> Clockwork | None:
    """Wall-clock start and length of a series; None where its start cannot be read."""
    raw = master.raw
    if raw.get("isAllDay") is True:
        first, last = zones.wall(raw.get("start")), zones.wall(raw.get("end"))
        return Clockwork(MIDNIGHT, last - first, UTC) if first and last else None
    zone = zone_of(raw, mailbox_zone)
    if master.span is None:
        return None
    start = master.span.start.astimezone(zone).replace(tzinfo=None)
    end = master.span.end.astimezone(zone).replace(tzinfo=None)
    return Clockwork(start.time(), end - start, zone)


def original_day(calendar: Calendar, item: Item) -> date | None:
    """Which date of its series a stored instance stands for."""
    master = calendar.items.get(item.master_id or "")
    if master is None:
        return None
    split = ids.split_occurrence(item.id)
    if split and split[0] == master.id:
        return split[1]
    clock = clockwork(master, calendar.mailbox.timezone)
    zone = clock.zone if clock else UTC
    moment = zones.parse(item.raw.get("originalStart"))
    if moment is not None:
        utc = zones.to_utc(moment, UTC)
        return utc.astimezone(zone).date() if utc else None
    if item.span is None:
        return None
    own = item.span.start.astimezone(zone).date()
    near = [
        day for day in recurrence.dates(master.raw.get("recurrence"), horizon(own, 370)) if day not in master.overrides
    ]
    return min(near, key=lambda day: abs(day - own), default=own)


def occurrences(calendar: Calendar, master: Item, window: Window) -> list[Occurrence]:
    """What of a series falls into a window, by original date. Cancelled dates are not in it."""
    key = (window, calendar.mailbox.timezone)
    if master.expanded is not None and master.expanded[0] == key:
        return list(master.expanded[1])
    found = [*_regular(calendar, master, window), *_stored(calendar, master, window)]
    found.sort(key=lambda occurrence: occurrence.day)
    master.expanded = (key, found)
    return list(found)


def _regular(calendar: Calendar, master: Item, window: Window) -> list[Occurrence]:
    clock = clockwork(master, calendar.mailbox.timezone)
    if clock is None:
        return []
    first = horizon(window.start.date(), -2 - clock.length.days)
    found = []
    for day in recurrence.dates(master.raw.get("recurrence"), horizon(window.end.date(), 1)):
        if day < first or day in master.overrides or day in master.cancelled:
            continue
        span = clock.span(day)
        if span is not None and window.meets(span):
            found.append(Occurrence(master, day, span))
    return found


def _stored(calendar: Calendar, master: Item, window: Window) -> list[Occurrence]:
    found = []
    for day, item_id in master.overrides.items():
        item = calendar.items.get(item_id)
        if item is not None and window.meets(item.span):
            found.append(Occurrence(master, day, item.span or window, item))
    return found


def occurrence_by_id(calendar: Calendar, item_id: str) -> Occurrence | None:
    """The occurrence that an id names, unless it was cancelled or never was."""
    split = ids.split_occurrence(item_id)
    master = calendar.items.get(split[0]) if split else None
    if split is None or master is None or not master.is_master:
        return None
    day = split[1]
    clock = clockwork(master, calendar.mailbox.timezone)
    if clock is None or day in master.cancelled or day in master.overrides:
        return None
    if not any(other == day for other in recurrence.dates(master.raw.get("recurrence"), day)):
        return None
    span = clock.span(day)
    return Occurrence(master, day, span) if span else None


def neighbours(calendar: Calendar, master: Item, day: date) -> tuple[Occurrence | None, Occurrence | None]:
    """The occurrences before and after a date, exceptions included."""
    start = datetime.combine(horizon(day, -800), MIDNIGHT, UTC)
    around = Window(start, datetime.combine(horizon(day, 800), MIDNIGHT, UTC))
    others = [occurrence for occurrence in occurrences(calendar, master, around) if occurrence.day != day]
    before = [occurrence for occurrence in others if occurrence.day < day]
    after = [occurrence for occurrence in others if occurrence.day > day]
    return (before[-1] if before else None), (after[0] if after else None)


def as_event(calendar: Calendar, occurrence: Occurrence) -> Body:
    """The raw event of an occurrence: its master's fields at its own time."""
    if occurrence.item is not None:
        return occurrence.item.raw
    master = occurrence.master.raw
    raw = {name: value for name, value in master.items() if name not in ("cancelledOccurrences", "transactionId")}
    raw |= {
        "id": occurrence.id,
        "seriesMasterId": occurrence.master.id,
        "type": "occurrence",
        "recurrence": None,
        **times(master, occurrence.span),
    }
    clock = clockwork(occurrence.master, calendar.mailbox.timezone)
    original = clock.span(occurrence.day) if clock else None
    if original is not None:
        raw["originalStart"] = original.start.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return raw


def times(master: Body, span: Window) -> Body:
    """`start` and `end` of a stretch of time, in the zone names that the master uses."""
    result = {}
    for name, moment in (("start", span.start), ("end", span.end)):
        shape = master.get(name)
        label = shape.get("timeZone") if isinstance(shape, dict) else None
        known = label if isinstance(label, str) and zones.find(label) else zones.UTC_NAME
        zone = UTC if master.get("isAllDay") is True else zones.first_known(known)
        result[name] = zones.in_zone(moment, zone, known)
    return result
