"""What the page shows of an event or a booking: one shape for both sides, times as the calendar's wall clock."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from shared.domain.items import Side
from shared.domain.links import key_of_mark, link_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`start` and `end` are `YYYY-MM-DDTHH:MM` in the calendar's zone, or `YYYY-MM-DD` (end excluded) for whole days.

    `pair` is the same for an item and its copy. `marks` are words for what is special about it, `fixed` says why it
    cannot be moved (empty: it can).
    """

    id: str
    pair: str
    title: str
    start: str
    end: str
    note: str = ""
    all_day: bool = False
    copy: bool = False
    show_as: str = "busy"
    private: bool = False
    fixed: str = ""
    marks: list[str] = field(default_factory=list)


def pair_of(resource_id: str, side: Side, item_id: str, mark: str | None) -> str:
    """The link key that an item and its copy share: a copy carries it in its mark."""
    return key_of_mark(mark) or link_key(resource_id, side, item_id)


def wall(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as the zone's clock shows it."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def moment(text: str, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the zone's clock shows `text`; a bare date is its midnight. Raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def day(text: str) -> date:
    """The day of a date or a date and time. Raises ValueError."""
    return date.fromisoformat(text[:10])
