"""The doors of storage: what the sync core keeps, and under whose lease.

*Fenced* means: a write of a worker that lost its lease changes nothing. Every door may raise the failures of
`shared.domain.failures`.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.domain.accounts import Company, Connection, LogLine, Mailbox, RoundState, Status
from shared.domain.conflicts import Conflict
from shared.domain.links import Link
from shared.domain.spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A job of the worker that is due later: "check" or "poll" a connection, "look" at it once more, "remind" of an
    invitation, send a "digest", "tidy" up what is over, "erase" a company (no resource). The same job of the same
    connection is entered once in ten minutes. Of one that was entered, the store says where it stands, and `etag` tells
    a later entry from this one.
    """

    job: str
    company_id: str
    resource_id: str = ""
    due: datetime
    place: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A subscription that ends. Of one that was entered, the store says where it stands, and which entry it is."""

    company_id: str
    resource_id: str
    subscription_id: str
    expires: datetime
    place: str = ""
    etag: str = ""


def renewal_of(connection: Connection) -> Renewal | None:
    """The renewal of a connection's subscription; None when it has none."""
    expires = connection.subscription_expires
    if not connection.subscription_id or expires is None:
        return None
    return Renewal(
        company_id=connection.company_id,
        resource_id=connection.resource_id,
        subscription_id=connection.subscription_id,
        expires=expires,
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """One row that is kept about a resource, as it may be shown to whom it concerns: without any secret."""

    kind: str
    key: str
    columns: Mapping[str, Any]


class Covered(Exception):
    """A round that began after the moment asked about has read everything already."""


class Dormant(Exception):
    """The connection does not run: nobody is connected, or it waits for a person."""


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

    async def foresee(self, keys: Sequence[str], units: Sequence[str], span: Span | None = None) -> None:
        """Read ahead, in few queries, what will be asked for: links of these keys and units, and all that touch `span`.
        It changes no answer, only what answers cost."""
        ...

    async def links_of_unit(self, unit: str) -> Sequence[Link]: ...

    async def links_touching(self, span: Span) -> Sequence[Link]:
        """Links of which either side touches `span`."""
        ...

    def links(self, *, remember: bool = True) -> AsyncIterator[Link]:
        """All of them. Whoever goes on to ask for them one by one lets the ledger `remember` what it reads."""
        ...

    async def conflicts(self) -> Sequence[Conflict]: ...

    async def commit(self, changes: Changes) -> None:
        """Store in one transaction; commits under way at once may share one. Extends the lease."""
        ...

    async def close(self, state: RoundState, changes: Changes | None = None) -> None:
        """Save `state` last, after the effects, and give the lease back; `changes` go into the same transaction."""
        ...


class Store(Protocol):
    """Companies, connections and what belongs to them. Writers of one row carry its etag; a lost race raises Stale."""

    async def company(self, company_id: str) -> Company | None: ...

    async def save_company(self, company: Company) -> Company: ...

    async def connection(self, company_id: str, resource_id: str) -> Connection | None: ...

    async def save_connection(self, connection: Connection) -> Connection: ...

    def connections(self, company_id: str, *, brief: bool = False) -> AsyncIterator[tuple[Connection, RoundState]]:
        """Every connection of a company with its round state, in order of resource id. `brief`: only what an overview
        shows is read, all else has its default; not to be stored again."""
        ...

    def every_company(self, company_id: str = "") -> AsyncIterator[Company]:
        """One company, or all: for operations, because the whole table is read. So it is for the next."""
        ...

    def every_connection(
        self, company_id: str = "", statuses: Collection[Status] = tuple(Status)
    ) -> AsyncIterator[Connection]:
        """Every connection with one of these statuses, of one company (one after the other) or of all."""
        ...

    async def state(self, company_id: str, resource_id: str) -> RoundState: ...

    async def open(
        self,
        company_id: str,
        resource_id: str,
        now: datetime,
        notified_at: datetime | None = None,
        *,
        running: bool = False,
    ) -> Ledger | None:
        """Take the lease of a connection; None when another worker holds it.

        Raises, at the price of one read, Covered when what was notified at `notified_at` has been read already,
        Dormant where it should be `running` and is not, and Throttled while a system wants to be left alone.
        """
        ...

    def links(self, company_id: str, resource_id: str) -> AsyncIterator[Link]:
        """All links of a resource as they are now, without its lease: for looking only."""
        ...

    async def link(self, company_id: str, resource_id: str, key: str) -> Link | None:
        """One link as it is stored, read without the lease: to be shown, never to be decided by."""
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

    async def users_of(self, account: str) -> Sequence[tuple[str, str]]:
        """(company, resource) of all who claimed calendars of one mailbox and have not released them."""
        ...

    async def schedule_renewal(self, connection: Connection) -> None:
        """Enter the subscription under the hour in which it ends; nothing to do when there is none."""
        ...

    def due_renewals(self, until: datetime) -> AsyncIterator[Renewal]:
        """All subscriptions that end before `until`, or ended long ago."""
        ...

    async def drop_renewals(self, renewals: Sequence[Renewal]) -> None:
        """Take what was due off the list, unless it was entered anew since."""
        ...

    async def drop_renewal(self, subscription_id: str, expires: datetime) -> None: ...

    async def schedule_errand(self, errand: Errand) -> None:
        """Enter what a timer shall send for when it is due."""
        ...

    def due_errands(self, until: datetime) -> AsyncIterator[Errand]: ...

    async def drop_errands(self, errands: Sequence[Errand]) -> None:
        """Take errands off the agenda, but none that was entered anew since."""
        ...

    async def forget_connection(self, company_id: str, resource_id: str) -> None:
        """Erase every row of a resource but its tokens and invitations. A round under way gets LeaseLost."""
        ...

    def kept(self, company_id: str, resource_id: str) -> AsyncIterator[Kept]:
        """Every row of a resource but its tokens and invitations: what `forget_connection` would erase."""
        ...

    async def forget_links(self, company_id: str, resource_id: str) -> None:
        """Erase links and conflicts of a resource; the log and the connection stay. Best done under its lease."""
        ...

    async def forget_company(self, company_id: str) -> None:
        """Erase everything of a company."""
        ...


class Vault(Protocol):
    """Token caches, encrypted."""

    async def load(self, company_id: str, resource_id: str) -> str | None: ...

    async def save(self, company_id: str, resource_id: str, cache: str) -> None: ...

    async def exchange(self, company_id: str, resource_id: str, before: str, after: str) -> bool:
        """Save `after` if `before` is still what is there; False, and nothing saved, when it was replaced or destroyed.
        Raises CannotUnseal, and Stale when others write all the time."""
        ...

    async def reseal(self, company_id: str, resource_id: str) -> bool:
        """Encrypt with the newest key what an older one encrypted; False when there is nothing to do. Raises
        CannotUnseal."""
        ...

    async def destroy(self, company_id: str, resource_id: str) -> None: ...

    async def holds(self, company_id: str, resource_id: str) -> bool:
        """Are there tokens? They are not opened."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time link. Only its token's hash is kept. `sign_in` is the sealed Microsoft sign-in under way; once the
    link is used, which browser used it. `link` is the sealed link that a reminder repeats, while it is open.
    """

    token_hash: str
    company_id: str
    resource_id: str
    expires_at: datetime
    state: str = "open"  # open, used, replaced, revoked
    sign_in: str = ""
    link: str = ""
    etag: str = ""


class Invitations(Protocol):
    async def get(self, token_hash: str) -> Invitation | None: ...

    async def save(self, invitation: Invitation) -> Invitation:
        """Insert (no etag) or replace if nobody else did; Stale otherwise."""
        ...

    def kept(self, company_id: str, resource_id: str) -> AsyncIterator[Kept]:
        """The invitations of a resource, whatever became of them."""
        ...

    async def forget(self, company_id: str, resource_id: str = "") -> None:
        """Erase the invitations of a resource, or of a whole company."""
        ...

    async def forget_older(self, company_id: str, resource_id: str, before: datetime) -> None:
        """Erase the invitations of a resource that were over `before`."""
        ...
