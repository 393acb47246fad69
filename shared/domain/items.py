"""Items: what a calendar holds, in our normal form. An event is Outlook's, a booking is TIMIFY's."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.domain.spans import Span, When


class Side(StrEnum):
    OUTLOOK = "outlook"
    TIMIFY = "timify"

    @property
    def other(self) -> "Side":
        return Side.TIMIFY if self is Side.OUTLOOK else Side.OUTLOOK


class ShowAs(StrEnum):
    """Outlook's free/busy word; members that Microsoft adds later read as UNKNOWN."""

    BUSY = "busy"
    OUT_OF_OFFICE = "oof"
    TENTATIVE = "tentative"
    FREE = "free"
    WORKING_ELSEWHERE = "workingElsewhere"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An Outlook calendar entry: a single event or one occurrence of a series.

    `version` is Outlook's etag. `title` and `notes` are plain text (notes: body and location, without the Teams
    block). `series` is the id of the series master, its own for a master, which stands for the whole series. `mark` is
    the transactionId when it is one of ours, `category` says that it is in the category of our copies, which people can
    see and change.
    """

    side: ClassVar[Side] = Side.OUTLOOK
    id: str
    version: str
    when: When
    title: str = ""
    notes: str = ""
    show_as: ShowAs = ShowAs.BUSY
    private: bool = False
    cancelled: bool = False
    declined: bool = False
    organizer: bool = True
    attendees: bool = False
    series: str | None = None
    mark: str | None = None
    category: bool = False

    @property
    def whole_series(self) -> bool:
        """Is it a master, which no item is a copy of: its occurrences are items of their own?"""
        return self.series == self.id

    @property
    def unit(self) -> str | None:
        """What must be reconciled as a whole when any part of it changes."""
        return self.series


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A TIMIFY calendar entry of one resource: a booking, or one occurrence of a connected series.

    `id` is the appointment's id, with `@YYYY-MM-DD` behind it for an occurrence. `span` is all the time that the
    resource is occupied: work, gaps, preparation (`before` minutes) and follow-up (`after` minutes). `version` is
    TIMIFY's change stamp. `mark` is the external id when it is one of ours. `resource_ids` names all its resources.
    """

    side: ClassVar[Side] = Side.TIMIFY
    id: str
    appointment_id: str
    version: str
    span: Span
    before: int = 0
    after: int = 0
    split: bool = False
    title: str = ""
    notes: str = ""
    service: str = ""
    customers: tuple[str, ...] = ()
    resource_ids: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    data_fields: tuple[tuple[str, str], ...] = ()
    group: bool = False
    participants: int = 0
    max_participants: int = 0
    connected: bool = False
    reserved: bool = False
    mark: str | None = None

    @property
    def when(self) -> When:
        return self.span

    @property
    def unit(self) -> str | None:
        """What must be reconciled as a whole when any part of it changes."""
        return self.appointment_id


type Item = Event | Booking


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a copy shall look like: the whole text and time of an item that we create."""

    when: When
    title: str
    notes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What shall be different on an item that exists; None leaves a field alone.

    Towards TIMIFY `when` is the whole occupied span; the adapter takes preparation and follow-up off again.
    """

    when: When | None = None
    title: str | None = None
    notes: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that change, for the sync log."""
        return tuple(n for n in ("when", "title", "notes") if getattr(self, n) is not None)
