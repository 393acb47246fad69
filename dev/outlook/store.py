"""What the simulator keeps: mailboxes, their calendars, and items in the order of their last change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from dev.outlook import ids, zones
from dev.outlook.errors import Body, Json

type ChangeKind = Literal["created", "updated", "deleted"]
type OnChange = Callable[["Calendar", str, ChangeKind], None]

KINDS = ("exchange_online", "on_premises", "unlicensed")
CONSENTS = ("granted", "declined", "admin_required")


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time, in UTC."""

    start: datetime
    end: datetime

    def meets(self, other: "Window | None") -> bool:
        """Do they overlap? A stretch nobody can read (None) is everywhere, so that it is never hidden."""
        if other is None:
            return True
        if other.start == other.end:
            return self.start <= other.start < self.end
        return other.start < self.end and other.end > self.start


def span_of(raw: Body) -> Window | None:
    """When an event takes place; all-day ones as UTC midnights, since they float."""
    start, end = raw.get("start"), raw.get("end")
    if raw.get("isAllDay") is True:
        first, last = zones.wall(start), zones.wall(end)
        return Window(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)) if first and last else None
    begin, finish = zones.instant(start), zones.instant(end)
    return Window(begin, finish) if begin and finish else None


@dataclass(slots=True, eq=False)
class Item:
    """A stored event: single, master, exception, or an occurrence that was put in by itself."""

    id: str
    raw: Body
    etag: str
    seq: int = 0
    span: Window | None = None
    day: date | None = None  # original date in its series
    overrides: dict[date, str] = field(default_factory=dict)  # of a master: stored instances by original date
    cancelled: set[date] = field(default_factory=set)
    expanded: tuple[tuple[Window, str], Json] | None = None  # last expansion, kept while nothing changes

    @property
    def is_master(self) -> bool:
        return self.raw.get("type") == "seriesMaster" or (
            "type" not in self.raw and isinstance(self.raw.get("recurrence"), dict)
        )

    @property
    def master_id(self) -> str | None:
        found = self.raw.get("seriesMasterId")
        return ids.canonical(found) if isinstance(found, str) and not self.is_master else None


def item_of(raw: Body) -> Item:
    """An item around a raw event. One without an id gets one, so that it can be named; a missing etag stays outside."""
    key = raw.get("changeKey") or ids.new_change_key()
    raw["id"] = raw.get("id") or ids.new_item()
    item = Item(ids.canonical(raw["id"]), raw, raw.get("@odata.etag") or ids.etag(key))
    item.span = span_of(raw)
    for text in raw.get("cancelledOccurrences") or []:
        try:
            item.cancelled.add(date.fromisoformat(str(text)[-10:]))
        except ValueError:
            continue
    return item


@dataclass(slots=True, eq=False)
class Calendar:
    """A calendar: what Graph says of it (`raw`), its items, and the traces of deleted ones."""

    id: str
    raw: Body
    mailbox: "Mailbox"
    items: dict[str, Item] = field(default_factory=dict)  # least recently changed first
    tombstones: dict[str, int] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)  # newest sync state per client

    @property
    def can_edit(self) -> bool:
        return self.raw.get("canEdit") is not False

    @property
    def is_default(self) -> bool:
        return self.raw.get("isDefaultCalendar") is True

    @property
    def is_shared(self) -> bool:
        owner = self.raw.get("owner")
        address = owner.get("address") if isinstance(owner, dict) else None
        return bool(address) and str(address).lower() != self.mailbox.upn.lower()

    def put(self, item: Item) -> None:
        """Store a new or changed item as the most recent change."""
        self.items.pop(item.id, None)
        item.seq = self.mailbox.next_seq()
        item.expanded = None
        self.items[item.id] = item
        self.tombstones.pop(item.id, None)
        self.link(item)

    def link(self, item: Item) -> None:
        """Tell a stored instance's master about it."""
        master = self.items.get(item.master_id) if item.master_id else None
        if master is not None:
            if item.day is not None:
                master.overrides[item.day] = item.id
            master.expanded = None

    def remove(self, item: Item, *, trace: bool = True) -> None:
        """Forget an item; `trace` False leaves no tombstone."""
        self.items.pop(item.id, None)
        if trace:
            self.tombstones[item.id] = self.mailbox.next_seq()
        master = self.items.get(item.master_id) if item.master_id else None
        if master is not None:
            if item.day is not None:
                master.overrides.pop(item.day, None)
            master.expanded = None

    def changed_since(self, seq: int) -> Iterator[Item]:
        """Items changed after `seq`, most recent first."""
        for item in reversed(self.items.values()):
            if item.seq <= seq:
                return
            yield item


@dataclass(slots=True, eq=False)
class Mailbox:
    """A person's mailbox."""

    upn: str
    oid: str
    tenant: str
    name: str
    timezone: str = "UTC"
    kind: str = "exchange_online"
    consent: str = "granted"
    calendars: dict[str, Calendar] = field(default_factory=dict)
    transactions: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> (fingerprint, event id)
    seq: int = 0

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    @property
    def default_calendar(self) -> Calendar | None:
        return next((calendar for calendar in self.calendars.values() if calendar.is_default), None)

    def locate(self, item_id: str) -> Calendar | None:
        """The calendar that holds an item, or the master of an occurrence."""
        split = ids.split_occurrence(item_id)
        for calendar in self.calendars.values():
            if item_id in calendar.items or (split and split[0] in calendar.items):
                return calendar
        return None


class Store:
    """All mailboxes. `on_change` hears of every change to an item."""

    def __init__(self) -> None:
        self.mailboxes: dict[str, Mailbox] = {}
        self._listeners: list[OnChange] = []

    def listen(self, listener: OnChange) -> None:
        """Hear of changes from now on."""
        self._listeners.append(listener)

    def changed(self, calendar: Calendar, item_id: str, kind: ChangeKind) -> None:
        """Tell the listeners."""
        for listener in self._listeners:
            listener(calendar, item_id, kind)

    def find(self, user: str) -> Mailbox | None:
        """A mailbox by upn (any case) or object id."""
        wanted = user.lower()
        found = self.mailboxes.get(wanted)
        return found or next((box for box in self.mailboxes.values() if box.oid.lower() == wanted), None)


def horizon(day: date, days: int) -> date:
    """`day` moved by `days`, kept inside the calendar's range."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
