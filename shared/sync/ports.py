"""The doors of the sync core. Adapters stand behind them; tests put fakes there that pass the same conformance suite.

Glossary: *touching* means sharing at least one moment with a span. *Receipt* is an item as the provider returned it
after a write. A missing item is None. Every door may raise the failures of `shared.domain.failures`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.accounts import Company, Connection, LogLine, Mailbox, RoundState, WorkingTimes
from shared.domain.conflicts import Conflict
from shared.domain.items import Booking, Change, Draft, Event
from shared.domain.links import Link
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
        """What changed since `link`; everything in `window` when it is empty. Raises LinkExpired."""
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
class Errand:
    """A job of the worker that is due later: "check" a connection, "erase" a company (no resource)."""

    job: str
    company_id: str
    resource_id: str = ""
    due: datetime


class Covered(Exception):
    """A round that began after the moment asked about has read everything already."""


class LeaseLost(Exception):
    """Another worker took the lease over: nothing of ours may be written any more."""


@dataclass(slots=True)
class Changes:
    """What one commit stores, all or nothing.

    `state` is what is known by now of progress and open conflicts; its delta link must still be the old one.
    """

    links: list[Link] = field(default_factory=list)
    forget: list[Link] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    cured: list[str] = field(default_factory=list)
    log: list[LogLine] = field(default_factory=list)
    state: RoundState | None = None


class Ledger(Protocol):
    """The links, conflicts and log of one connection, held under its lease. Every commit is fenced: LeaseLost.

    `connection` is as it was when the lease was taken, `state` as it was last stored. `connection` has no etag when
    none is stored; nothing of such a round is kept.
    """

    connection: Connection
    state: RoundState

    async def link(self, key: str) -> Link | None: ...

    async def link_by_id(self, side: str, item_id: str) -> Link | None:
        """The link in which an item takes part, as origin or as copy."""
        ...

    async def links_of_unit(self, unit: str) -> Sequence[Link]: ...

    async def links_touching(self, span: Span) -> Sequence[Link]:
        """Links of which either side touches `span`."""
        ...

    def links(self) -> AsyncIterator[Link]: ...

    async def conflicts(self) -> Sequence[Conflict]: ...

    async def commit(self, changes: Changes) -> None:
        """Store in one transaction; commits under way at once may share one. Extends the lease."""
        ...

    async def close(self, state: RoundState) -> None:
        """Save `state` last, after the effects, and give the lease back."""
        ...


class Store(Protocol):
    """Companies, connections and what belongs to them. Writers of one row carry its etag; a lost race raises Stale."""

    async def company(self, company_id: str) -> Company | None: ...

    async def save_company(self, company: Company) -> Company: ...

    async def connection(self, company_id: str, resource_id: str) -> Connection | None: ...

    async def save_connection(self, connection: Connection) -> Connection: ...

    def connections(self, company_id: str) -> AsyncIterator[tuple[Connection, RoundState]]:
        """Every connection of a company with its round state, in order of resource id."""
        ...

    async def state(self, company_id: str, resource_id: str) -> RoundState: ...

    async def open(
        self, company_id: str, resource_id: str, now: datetime, notified_at: datetime | None = None
    ) -> Ledger | None:
        """Take the lease of a connection; None when another worker holds it.

        Raises Covered, at the price of one read, when what was notified at `notified_at` has been read already.
        """
        ...

    async def resources_with(self, company_id: str, appointment_id: str) -> Sequence[str]:
        """Resources whose ledger knows an appointment."""
        ...

    async def conflicts(self, company_id: str, resource_id: str) -> Sequence[Conflict]: ...

    def company_conflicts(self, company_id: str) -> AsyncIterator[tuple[str, Conflict]]:
        """(resource id, conflict) of every conflict of a company, in order of resource id; one partition range."""
        ...

    async def save_conflict(self, company_id: str, resource_id: str, conflict: Conflict) -> None:
        """Change a conflict that is still there; Stale when it was cured meanwhile."""
        ...

    async def log(
        self, company_id: str, resource_id: str, limit: int, after: str
    ) -> tuple[Sequence[LogLine], str | None]:
        """Newest first; `after` is the cursor of the page before, "" for the first."""
        ...

    async def append_log(self, company_id: str, resource_id: str, line: LogLine) -> None:
        """A line outside of any round: what people did."""
        ...

    async def forget_log(self, company_id: str, resource_id: str, before: datetime) -> None:
        """Erase the log lines of a resource that are older than `before`."""
        ...

    async def claim_calendar(self, mailbox: Mailbox, company_id: str, resource_id: str) -> tuple[str, str] | None:
        """Make the resource the calendar's owner; answers who (company, resource) owned it before, if another."""
        ...

    async def release_calendar(self, mailbox: Mailbox, company_id: str, resource_id: str) -> None: ...

    async def schedule_renewal(self, connection: Connection) -> None:
        """Enter the subscription under the day before it must be renewed."""
        ...

    def due_renewals(self, until: datetime) -> AsyncIterator[tuple[str, str, str]]:
        """(company, resource, subscription) of all subscriptions that end before `until`."""
        ...

    async def drop_renewal(self, subscription_id: str, expires: datetime) -> None: ...

    async def schedule_errand(self, errand: Errand) -> None:
        """Enter what a timer shall send for when it is due."""
        ...

    def due_errands(self, until: datetime) -> AsyncIterator[Errand]: ...

    async def drop_errand(self, errand: Errand) -> None: ...

    async def forget_connection(self, company_id: str, resource_id: str) -> None:
        """Erase links, conflicts, log and connection of a resource, its renewal and its claim on the calendar.

        A round under way gets LeaseLost.
        """
        ...

    async def forget_links(self, company_id: str, resource_id: str) -> None:
        """Erase links and conflicts of a resource; the log and the connection stay. Best done under its lease."""
        ...

    async def forget_company(self, company_id: str) -> None:
        """Erase everything of a company."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """A message of the queue `sync-rounds`: wake up, look, agree. Ids only, no content.

    `at`: when the cause happened. `outlook`: read the Outlook delta. `bookings`: appointment ids to read.
    `resources`: hints whose they are, when `resource_id` is empty. `retry`: keys of links to look at again. `prefer`:
    the side that a person chose for them.
    `job`: round, import, catch_up, check, renew, resubscribe, resource, remove, disconnect, erase. `tries`: how often
    it was put off.
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
    tries: int = 0


class WakeQueue(Protocol):
    async def put(self, wake: Wake, delay: float = 0) -> None:
        """Send; visible after `delay` seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An e-mail to be written: its kind and the codes it is made of; the text is made when it is sent."""

    kind: str
    company_id: str
    resource_id: str
    at: datetime
    cause: str
    link: str = ""
    reason: str = ""
    counts: tuple[int, int] = (0, 0)


class Mail(Protocol):
    async def send(self, message: Message) -> None:
        """Put on the queue `emails`; never twice for one (kind, cause)."""
        ...


class Vault(Protocol):
    """Token caches, encrypted."""

    async def load(self, company_id: str, resource_id: str) -> str | None: ...

    async def save(self, company_id: str, resource_id: str, cache: str) -> None: ...

    async def destroy(self, company_id: str, resource_id: str) -> None: ...


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, aware, UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time link. Only the token's hash is kept. `sign_in` is the sealed Microsoft sign-in under way."""

    token_hash: str
    company_id: str
    resource_id: str
    expires_at: datetime
    state: str = "open"  # open, used, replaced, revoked
    sign_in: str = ""
    etag: str = ""


class Invitations(Protocol):
    async def get(self, token_hash: str) -> Invitation | None: ...

    async def save(self, invitation: Invitation) -> Invitation:
        """Insert (no etag) or replace if nobody else did; Stale otherwise."""
        ...
