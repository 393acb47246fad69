"""Creating, changing and deleting events, with what Exchange does on the side: series, mail, change log."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dev.outlook import ids, recurrence, series, writes, zones
from dev.outlook.errors import Body, GraphError, access_denied, invalid, item_not_found
from dev.outlook.request import Caller
from dev.outlook.series import Occurrence
from dev.outlook.store import Calendar, Item, Store, Window, item_of

type Found = Item | Occurrence
_SERIES_TIMES = ("start", "end", "isAllDay", "recurrence")


@dataclass(slots=True)
class Mail:
    """What Exchange would have sent to people."""

    clock: Callable[[], datetime]
    items: list[Body]

    def count(self, caller: Caller, reason: str) -> None:
        """Count one mail to attendees."""
        at = self.clock().astimezone(UTC).isoformat().replace("+00:00", "Z")
        self.items.append({"at": at, "actor": caller.actor, "upn": caller.mailbox.upn, "reason": reason})


def find(calendar: Calendar, item_id: str) -> Found:
    """A stored event or an occurrence. Raises GraphError (404)."""
    found = calendar.items.get(item_id) or series.occurrence_by_id(calendar, item_id)
    if found is None:
        raise item_not_found()
    return found


def raw_of(calendar: Calendar, found: Found) -> Body:
    """The raw event behind what was found."""
    return found.raw if isinstance(found, Item) else series.as_event(calendar, found)


class Editor:
    """All writes to events."""

    def __init__(self, store: Store, mail: Mail, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._mail = mail
        self._clock = clock

    def create(self, caller: Caller, calendar: Calendar, body: Any) -> tuple[Item, bool]:
        """A new event, or (False) the one that the same request made before. Raises GraphError."""
        self._writable(calendar)
        sent = writes.checked(body)
        transaction = sent.get("transactionId")
        if transaction:
            before = self._same_request(calendar, transaction, sent)
            if before is not None:
                return before, False
        item = item_of(writes.created(calendar, sent, self._clock()))
        if transaction:
            calendar.mailbox.transactions[transaction] = (writes.fingerprint(calendar, sent), item.id)
        calendar.put(item)
        self._store.changed(calendar, item.id, "created")
        if item.raw["attendees"]:
            self._mail.count(caller, "create")
        return item, True

    def patch(self, caller: Caller, calendar: Calendar, found: Found, body: Any, if_match: str | None) -> Found:
        """Change an event; an occurrence becomes an exception. Raises GraphError."""
        self._writable(calendar)
        self._match(found, if_match)
        sent = writes.checked(body)
        raw = copy.deepcopy(raw_of(calendar, found))
        writes.check_transaction(raw, sent)
        attendees_before = bool(raw.get("attendees"))
        if raw.get("type") == "occurrence" and (isinstance(found, Occurrence) or found.day is not None):
            raw["type"] = "exception"
        writes.apply(calendar, raw, sent, self._clock())
        changed = self._stored(calendar, found, raw)
        if raw.get("isOrganizer", True) and (attendees_before or raw.get("attendees")):
            self._mail.count(caller, "update")
        return changed

    def delete(self, caller: Caller, calendar: Calendar, found: Found, if_match: str | None, reason: str) -> None:
        """Delete an event, a series, or one occurrence. Raises GraphError."""
        self._writable(calendar)
        self._match(found, if_match)
        raw = raw_of(calendar, found)
        if raw.get("isOrganizer", True) and raw.get("attendees"):
            self._mail.count(caller, reason)
        day = found.day
        master = found.master if isinstance(found, Occurrence) else calendar.items.get(found.master_id or "")
        if master is not None and day is not None:
            self._cancel_day(calendar, master, day, found)
        elif isinstance(found, Item):
            for item_id in list(found.overrides.values()):
                if item_id in calendar.items:
                    calendar.remove(calendar.items[item_id], trace=False)
            calendar.remove(found)
            self._store.changed(calendar, found.id, "deleted")

    def respond(self, caller: Caller, calendar: Calendar, found: Found, response: str, send: bool) -> None:
        """Accept, accept tentatively or decline somebody else's meeting. Raises GraphError."""
        raw = copy.deepcopy(raw_of(calendar, found))
        if raw.get("isOrganizer", True):
            raise invalid("Your request can't be completed. You can't respond to this meeting: you are the organizer.")
        if send:
            self._mail.count(caller, response)
        if response == "declined":
            self.delete(caller, calendar, found, None, "decline")
            return
        raw["responseStatus"] = {"response": response, "time": zones.stamp(self._clock())}
        raw["showAs"] = "tentative" if response == "tentativelyAccepted" else "busy"
        writes.apply(calendar, raw, {}, self._clock())
        self._stored(calendar, found, raw)

    def cancel(self, caller: Caller, calendar: Calendar, found: Found) -> None:
        """Cancel a meeting as its organizer. Raises GraphError."""
        if not raw_of(calendar, found).get("isOrganizer", True):
            raise invalid("Your request can't be completed. You need to be an organizer to cancel a meeting.")
        self.delete(caller, calendar, found, None, "cancel")

    def _writable(self, calendar: Calendar) -> None:
        if not calendar.can_edit:
            raise access_denied()

    def _match(self, found: Found, if_match: str | None) -> None:
        etag = found.etag if isinstance(found, Item) else found.master.etag
        if if_match not in (None, "*", etag):
            message = "The change key passed in the request does not match the current change key for the item."
            raise GraphError(412, "ErrorIrresolvableConflict", message)

    def _same_request(self, calendar: Calendar, transaction: str, sent: Body) -> Item | None:
        known = calendar.mailbox.transactions.get(transaction)
        if known is None:
            return None
        fingerprint, item_id = known
        item = calendar.items.get(item_id)
        if item is not None and fingerprint == writes.fingerprint(calendar, sent):
            return item
        message = f"Your request can't be completed. The transactionId '{transaction}' has already been used to create "
        extra = {"@event.existingEventId": item_id}
        raise GraphError(400, "ErrorDuplicateTransactionId", message + "a different event.", extra=extra)

    def _stored(self, calendar: Calendar, found: Found, raw: Body) -> Found:
        item = item_of(raw)
        item.id = found.id
        if isinstance(found, Item) and found.is_master:
            return self._store_master(calendar, found, item)
        master = found.master if isinstance(found, Occurrence) else calendar.items.get(found.master_id or "")
        item.day = found.day
        if master is not None and item.day is not None:
            _check_boundary(calendar, master, item)
        calendar.put(item)
        self._store.changed(calendar, item.id, "updated")
        if master is not None and isinstance(found, Occurrence):
            self._store.changed(calendar, master.id, "updated")
        return item

    def _store_master(self, calendar: Calendar, before: Item, item: Item) -> Item:
        moved = any(before.raw.get(name) != item.raw.get(name) for name in _SERIES_TIMES)
        item.overrides, item.cancelled = dict(before.overrides), set(before.cancelled)
        if moved:
            for item_id in item.overrides.values():
                if item_id in calendar.items:
                    calendar.remove(calendar.items[item_id], trace=False)
            item.overrides, item.cancelled = {}, set()
            item.raw.pop("cancelledOccurrences", None)
        calendar.put(item)
        self._store.changed(calendar, item.id, "updated")
        return item

    def _cancel_day(self, calendar: Calendar, master: Item, day: Any, found: Found) -> None:
        if found.id in calendar.items:
            calendar.remove(calendar.items[found.id], trace=False)
        raw = copy.deepcopy(master.raw)
        listed = raw.setdefault("cancelledOccurrences", [])
        listed.append(f"OID.{master.id}.{day.isoformat()}")
        writes.apply(calendar, raw, {}, self._clock())
        changed = item_of(raw)
        changed.id, changed.overrides = master.id, master.overrides
        calendar.put(changed)
        self._store.changed(calendar, master.id, "updated")


def _check_boundary(calendar: Calendar, master: Item, item: Item) -> None:
    clock = series.clockwork(master, calendar.mailbox.timezone)
    if clock is None or item.span is None or item.day is None:
        return
    before, after = series.neighbours(calendar, master, item.day)
    start, end = item.span.start.astimezone(clock.zone), item.span.end.astimezone(clock.zone)

    def local_day(window: Window) -> Any:
        return window.start.astimezone(clock.zone).date()

    last = (end - recurrence.INSTANT).date() if end > start else end.date()
    if (before and start.date() <= local_day(before.span)) or (after and last >= local_day(after.span)):
        message = "Cannot move this occurrence to or past the day of the previous or the next occurrence."
        raise invalid(message, "ErrorOccurrenceCrossingBoundary")


def events_of(calendar: Calendar) -> list[Item]:
    """What `/events` lists: single instances and masters."""
    return [item for item in calendar.items.values() if not item.master_id or _is_lonely(item)]


def _is_lonely(item: Item) -> bool:
    return item.raw.get("type") not in ("occurrence", "exception") and ids.split_occurrence(item.id) is None
