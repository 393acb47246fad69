"""Conflicts: two sides that cannot agree without a person."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.items import Side
from shared.domain.spans import Span


class ConflictKind(StrEnum):
    OVERLAP = "overlap"
    OUTSIDE_WORKING_TIME = "outside_working_time"
    SERIES_EDIT = "series_edit"
    GROUP_BOOKING_EDIT = "group_booking_edit"
    NOT_ORGANIZER = "not_organizer"
    WOULD_NOTIFY_ATTENDEES = "would_notify_attendees"
    COPY_DELETED = "copy_deleted"
    REFUSED = "refused"


class ConflictState(StrEnum):
    OPEN = "open"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What stands between an item and its copy.

    `item` is the link key of the item, `other` of what stands in the way (overlap only). `outlook` and `timify` are
    the times on both sides, None where there is nothing. `way` is what stands in TIMIFY where the item should go to,
    when that is on neither side: the item was moved, and both sides are its own. `detail` is a code of the receiving
    system, never content. `keeps` names the sides whose value a person can keep.
    """

    kind: ConflictKind
    item: str
    other: str = ""
    outlook: Span | None = None
    timify: Span | None = None
    way: Span | None = None
    detail: str = ""
    keeps: tuple[Side, ...] = ()
    since: datetime | None = None
    state: ConflictState = ConflictState.OPEN

    @property
    def id(self) -> str:
        """One id per pair and kind, whichever side it was found from."""
        parties = "\n".join(sorted((self.item, self.other)))
        return hashlib.blake2b(f"{self.kind}\n{parties}".encode(), digest_size=12).hexdigest()

    @property
    def parties(self) -> tuple[str, ...]:
        """The link keys of the items that are in it."""
        return tuple(key for key in (self.item, self.other) if key)

    def rival(self, key: str) -> str:
        """The other one of two items that want one slot."""
        return next((party for party in self.parties if party != key), "")

    def concerns(self, key: str) -> bool:
        return key in self.parties
