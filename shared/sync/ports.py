"""The doors of the sync core. Adapters stand behind them; tests put fakes there that pass the same conformance suite.

Glossary: *touching* means sharing at least one moment with a span. *Receipt* is an item as the provider returned it
after a write. A missing item is None. Every door may raise the failures of `shared.domain.failures`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.accounts import WorkingTimes
from shared.domain.items import Booking, Change, Draft, Event
from shared.domain.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaPage:
    """One page of a delta round. `series` names masters of which any row came; `removed` ids may be noise.

    `link` is set on the last page only: where the next round begins.
    """

    events: tuple[Event, ...] = ()
    series: frozenset[str] = frozenset()
    removed: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A calendar that an account can see."""

    id: str
    name: str
    can_edit: bool
    default: bool = False
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    id: str
    expires: datetime


class Outlook(Protocol):
    """One Outlook calendar, by one account's delegated permission."""

    def delta(self, link: str, window: Span) -> AsyncIterator[DeltaPage]:
        """What changed since `link`; everything in `window` when it is empty. Raises LinkExpired, EndlessPaging."""
        ...

    def view(self, window: Span) -> AsyncIterator[Sequence[Event]]:
        """All events and occurrences touching `window`, full, page by page (all-day ones by their own dates)."""
        ...

    async def count(self, window: Span) -> int:
        """About how many events touch `window`."""
        ...

    async def series(self, master_id: str, window: Span) -> Sequence[Event] | None:
        """All occurrences of a series touching `window`, exceptions included; None when the series is gone."""
        ...

    async def read(self, event_id: str) -> Event | None: ...

    async def find(self, mark: str) -> Event | None:
        """The event that carries one of our marks, by its durable tag."""
        ...

    async def tag(self, event_id: str) -> str | None:
        """The mark in an event's durable tag, which no list shows; None when it has none of ours, or is gone."""
        ...

    async def create(self, draft: Draft, mark: str) -> Event:
        """Make a copy, idempotent by `mark`: an event that already carries it is returned. Never any attendee.

        Raises MarkTaken when such an event was deleted.
        """
        ...

    async def update(self, event_id: str, change: Change, version: str) -> Event | None:
        """Change only what `change` names, if the event still has `version` (empty: whatever it has). Raises Stale."""
        ...

    async def delete(self, event_id: str, version: str = "") -> None:
        """Remove; gone already is fine. Raises Stale when `version` is given and no longer right."""
        ...

    async def subscribe(self, client_state: str, expires: datetime) -> Subscription:
        """Ask for change and lifecycle notifications; an existing subscription of ours is replaced."""
        ...

    async def renew(self, subscription_id: str, expires: datetime) -> Subscription | None:
        """Renew and reauthorise; None when it is gone."""
        ...

    async def unsubscribe(self, subscription_id: str) -> None: ...


class Timify(Protocol):
    """One resource's TIMIFY calendar."""

    def view(self, window: Span) -> AsyncIterator[Sequence[Booking]]:
        """All bookings of the resource touching `window`, connected series occurrence by occurrence."""
        ...

    async def count(self, window: Span) -> int: ...

    async def read(self, appointment_id: str) -> Sequence[Booking] | None:
        """All occurrences of one appointment on this resource (none when it left the resource); None when gone."""
        ...

    async def read_several(self, appointment_ids: Sequence[str]) -> Mapping[str, Sequence[Booking]]:
        """Those of many appointments that were found, in few calls. One that is missing may be gone: `read` tells."""
        ...

    async def occupied(self, resource_ids: Sequence[str], window: Span) -> Sequence[Booking]:
        """What occupies other resources of a booking in `window`."""
        ...

    async def find(self, mark: str, window: Span) -> Booking | None:
        """The booking that carries one of our marks, looked for around `window`."""
        ...

    async def create(self, draft: Draft, mark: str, span: Span) -> Booking:
        """Make an appointment without a service over `span` (on the grid), carrying `mark`. Not idempotent: find first
        when an earlier attempt may have worked."""
        ...

    async def update(self, booking: Booking, change: Change) -> Booking | None:
        """Change only what `change` names; None when gone."""
        ...

    async def delete(self, appointment_id: str, *, notify: bool) -> None:
        """Remove; gone already is fine. `notify` lets TIMIFY tell customers and resources."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A TIMIFY resource as the overview shows it. `email` may be empty (rooms)."""

    id: str
    name: str
    email: str = ""
    timezone: str = "UTC"
    working_times: WorkingTimes = ()
    locale: str = ""


class Directory(Protocol):
    """TIMIFY's companies and resources."""

    async def resources(self, company_id: str) -> Sequence[Resource]: ...

    async def resource(self, company_id: str, resource_id: str) -> Resource | None: ...

    async def resources_of(self, company_id: str, appointment_id: str) -> Sequence[str] | None:
        """Ids of the resources of one appointment; None when it is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """A message of the queue `sync-rounds`: wake up, look, agree. Ids only, no content.

    `at`: when the cause happened. `outlook`: read the Outlook delta. `bookings`: appointment ids to read.
    `resources`: hints whose they are, when `resource_id` is empty. `retry`: keys of links to look at again. `prefer`:
    the side that a person chose for them, in the conflict of that id. `keep`: nothing goes only because the other side
    is gone.
    `job`: round, import, catch_up, check, poll, renew, resubscribe, resource, remove, disconnect, remind, digest,
    erase, tidy, reseal. `tries`: how often it was put off, `doubts`: how often because an answer was not believed yet.
    `correlation` names the notification that led here (shared.telemetry); the queue gives one to a wake without.
    """

    company_id: str
    resource_id: str = ""
    cause: str
    at: datetime
    job: str = "round"
    outlook: bool = False
    bookings: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    retry: tuple[str, ...] = ()
    prefer: str = ""
    conflict: str = ""
    keep: bool = False
    tries: int = 0
    doubts: int = 0
    correlation: str = field(default="", compare=False)


class WakeQueue(Protocol):
    async def put(self, wake: Wake, delay: float = 0) -> None:
        """Send; visible after `delay` seconds."""
        ...


class GivenUp(Protocol):
    """Messages that failed too often and wait for operations."""

    async def forget(self, company_id: str, resource_id: str = "") -> None:
        """Delete those of a resource, or of a whole company."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An e-mail to be written: its kind and the codes it is made of; the text is made when it is sent.

    `by`: who ended the sync (`shared.sync.disable.By`), and `copies` what becomes of them, where the mail says that it
    ended.
    """

    kind: str
    company_id: str
    resource_id: str
    at: datetime
    cause: str
    link: str = ""
    reason: str = ""
    counts: tuple[int, int] = (0, 0)
    by: str = ""
    copies: str = ""


class Mail(Protocol):
    async def send(self, message: Message) -> None:
        """Put on the queue `emails`; never twice for one (kind, cause)."""
        ...


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, aware, UTC."""
        ...
