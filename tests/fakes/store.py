"""The storage doors in memory, as faithful as the use cases can notice: etags, leases, fencing, all or nothing.

Every door gives way to other tasks before and after it takes effect. A test may put something else there: `trouble`
is awaited with "before commit", "after commit" and so on, and may raise.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from shared.domain.accounts import Company, Connection, LogLine, Mailbox, RoundState
from shared.domain.conflicts import Conflict
from shared.domain.failures import Stale, Throttled
from shared.domain.items import Side
from shared.domain.links import Link
from shared.domain.spans import Span
from shared.storage.keys import appointment_of, valid
from shared.storage.lease import LEASE
from shared.storage.waiting import hour, ten_minutes
from shared.sync.keeping import Changes, Covered, Dormant, Errand, LeaseLost, Renewal, renewal_of
from shared.sync.ports import Clock
from tests.fakes.trouble import Trouble, door, give_way

type Place = tuple[str, str]

ROWS_OF_A_COMMIT = 99


@dataclass(slots=True)
class _Book:
    """What one resource has beside its connection."""

    state: RoundState = field(default_factory=RoundState)
    token: int = 0
    until: datetime | None = None
    links: dict[str, Link] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    log: list[tuple[datetime, int, LogLine]] = field(default_factory=list)


class FakeStore:
    """See `shared.sync.keeping.Store`."""

    def __init__(self, now: Clock) -> None:
        self.now = now
        self.trouble: Trouble = give_way
        self._numbers = count(1)
        self._companies: dict[str, Company] = {}
        self._connections: dict[Place, Connection] = {}
        self._books: dict[Place, _Book] = {}
        self._owners: dict[Mailbox, Place] = {}
        self._renewals: dict[tuple[str, str], Renewal] = {}
        self._errands: dict[tuple[str, str, str, str], Errand] = {}

    @door
    async def company(self, company_id: str) -> Company | None:
        return self._companies.get(valid("company id", company_id))

    @door
    async def save_company(self, company: Company) -> Company:
        valid("company id", company.id)
        now = self._companies.get(company.id)
        self._companies[company.id] = replace(company, etag=self._next_etag(now.etag if now else "", company.etag))
        return self._companies[company.id]

    @door
    async def connection(self, company_id: str, resource_id: str) -> Connection | None:
        return self._connections.get(_place(company_id, resource_id))

    @door
    async def save_connection(self, connection: Connection) -> Connection:
        place = _place(connection.company_id, connection.resource_id)
        now = self._connections.get(place)
        etag = self._next_etag(now.etag if now else "", connection.etag)
        self._connections[place] = replace(connection, etag=etag)
        return self._connections[place]

    async def connections(self, company_id: str) -> AsyncIterator[tuple[Connection, RoundState]]:
        await self.trouble("before connections")
        for place in sorted(place for place in self._connections if place[0] == valid("company id", company_id)):
            yield self._connections[place], self._state(place)

    @door
    async def state(self, company_id: str, resource_id: str) -> RoundState:
        return self._state(_place(company_id, resource_id))

    @door
    async def open(
        self,
        company_id: str,
        resource_id: str,
        now: datetime,
        notified_at: datetime | None = None,
        *,
        running: bool = False,
    ) -> "FakeLedger | None":
        place = _place(company_id, resource_id)
        connection = self._connections.get(place) or Connection(company_id=company_id, resource_id=resource_id)
        if running and not connection.status.live:
            raise Dormant
        book = self._books.setdefault(place, _Book())
        if notified_at is not None and book.state.covered_until and notified_at <= book.state.covered_until:
            raise Covered
        if book.state.closed_until is not None and book.state.closed_until > now:
            raise Throttled("closed", (book.state.closed_until - now).total_seconds())
        if book.until is not None and book.until > now:
            return None
        book.token, book.until = next(self._numbers), now + LEASE
        return FakeLedger(self, place, connection, book.state, book.token)

    @door
    async def resources_with(self, company_id: str, appointment_id: str) -> Sequence[str]:
        return sorted(
            resource
            for (company, resource), book in self._books.items()
            if company == company_id and any(appointment_of(link) == appointment_id for link in book.links.values())
        )

    @door
    async def conflicts(self, company_id: str, resource_id: str) -> Sequence[Conflict]:
        return self.read_conflicts(_place(company_id, resource_id))

    async def company_conflicts(self, company_id: str) -> AsyncIterator[tuple[str, Conflict]]:
        await self.trouble("before company_conflicts")
        for place in sorted(place for place in self._books if place[0] == valid("company id", company_id)):
            for conflict in self.read_conflicts(place):
                yield place[1], conflict

    @door
    async def save_conflict(self, company_id: str, resource_id: str, conflict: Conflict) -> None:
        book = self._books.get(_place(company_id, resource_id))
        if book is None or conflict.id not in book.conflicts:
            raise Stale("conflict_gone")
        book.conflicts[conflict.id] = conflict

    @door
    async def log(
        self, company_id: str, resource_id: str, limit: int, after: str
    ) -> tuple[Sequence[LogLine], str | None]:
        book = self._books.get(_place(company_id, resource_id), _Book())
        entries = sorted(book.log, key=lambda entry: entry[:2], reverse=True)
        first = next((at + 1 for at, entry in enumerate(entries) if str(entry[1]) == after), 0)
        chosen = entries[first : first + limit]
        more = str(chosen[-1][1]) if chosen and len(entries) > first + limit else None
        return [line for _, _, line in chosen], more

    @door
    async def append_log(self, company_id: str, resource_id: str, line: LogLine) -> None:
        self._write_log(self._books.setdefault(_place(company_id, resource_id), _Book()), line)

    @door
    async def claim_calendar(self, mailbox: Mailbox, company_id: str, resource_id: str) -> Place | None:
        mine = _place(company_id, resource_id)
        before = self._owners.get(mailbox)
        self._owners[mailbox] = mine
        return before if before != mine else None

    @door
    async def users_of(self, account: str) -> Sequence[Place]:
        return sorted(place for mailbox, place in self._owners.items() if mailbox.account == account)

    @door
    async def release_calendar(self, mailbox: Mailbox, company_id: str, resource_id: str) -> None:
        self._release(mailbox, (company_id, resource_id))

    @door
    async def schedule_renewal(self, connection: Connection) -> None:
        if renewal := renewal_of(connection):
            slot = hour(renewal.expires), valid("subscription id", renewal.subscription_id)
            self._renewals[slot] = replace(renewal, etag=f"etag-{next(self._numbers)}")

    @door
    async def schedule_errand(self, errand: Errand) -> None:
        valid("company id", errand.company_id)
        entered = replace(errand, etag=f"etag-{next(self._numbers)}")
        self._errands[_slot(errand)] = entered

    async def due_errands(self, until: datetime) -> AsyncIterator[Errand]:
        await self.trouble("before due_errands")
        for _, errand in sorted(self._errands.items()):
            if errand.due <= until:
                yield errand

    @door
    async def drop_errands(self, errands: Sequence[Errand]) -> None:
        for errand in errands:
            known = self._errands.get(slot := _slot(errand))
            if known is not None and errand.etag in ("", known.etag):
                del self._errands[slot]

    async def due_renewals(self, until: datetime) -> AsyncIterator[Renewal]:
        await self.trouble("before due_renewals")
        for _, renewal in sorted(self._renewals.items()):
            if renewal.expires < until:
                yield renewal

    @door
    async def drop_renewals(self, renewals: Sequence[Renewal]) -> None:
        for renewal in renewals:
            known = self._renewals.get(slot := (hour(renewal.expires), renewal.subscription_id))
            if known is not None and renewal.etag in ("", known.etag):
                del self._renewals[slot]

    @door
    async def drop_renewal(self, subscription_id: str, expires: datetime) -> None:
        self._renewals.pop((hour(expires), subscription_id), None)

    @door
    async def forget_connection(self, company_id: str, resource_id: str) -> None:
        self._forget(_place(company_id, resource_id))

    @door
    async def forget_links(self, company_id: str, resource_id: str) -> None:
        if book := self._books.get(_place(company_id, resource_id)):
            book.links.clear()
            book.conflicts.clear()

    @door
    async def forget_company(self, company_id: str) -> None:
        self._companies.pop(valid("company id", company_id), None)
        for place in {*self._connections, *self._books}:
            if place[0] == company_id:
                self._forget(place)

    @door
    async def forget_log(self, company_id: str, resource_id: str, before: datetime) -> None:
        if book := self._books.get(_place(company_id, resource_id)):
            book.log = [entry for entry in book.log if entry[0] >= before]

    def book(self, place: Place, token: int) -> _Book:
        """The book, for the holder of its lease."""
        book = self._books.get(place)
        if book is None or book.token != token:
            raise LeaseLost
        return book

    def read_links(self, place: Place) -> list[Link]:
        """The links of a resource in order of their keys."""
        book = self._books.get(place)
        return [book.links[key] for key in sorted(book.links)] if book else []

    def read_conflicts(self, place: Place) -> list[Conflict]:
        book = self._books.get(place)
        return [book.conflicts[conflict_id] for conflict_id in sorted(book.conflicts)] if book else []

    def apply(self, book: _Book, changes: Changes) -> None:
        """Store all of one commit."""
        book.links |= {link.key: link for link in changes.links}
        for link in changes.forget:
            book.links.pop(link.key, None)
        for conflict_id in changes.cured:
            book.conflicts.pop(conflict_id, None)
        book.conflicts |= {conflict.id: conflict for conflict in changes.conflicts}
        book.state = changes.state or book.state
        for line in changes.log:
            self._write_log(book, line)

    def take_over(self, place: Place) -> None:
        """Fence out whoever holds the lease of a resource, as another worker does that is done already."""
        book = self._books[place]
        book.token, book.until = next(self._numbers), None

    def abandon(self, place: Place) -> None:
        """Leave nothing behind of a round without a connection but what it stored."""
        self._books[place].state = RoundState()

    def _write_log(self, book: _Book, line: LogLine) -> None:
        book.log.append((line.at, next(self._numbers), line))

    def _state(self, place: Place) -> RoundState:
        book = self._books.get(place)
        return book.state if book else RoundState()

    def _forget(self, place: Place) -> None:
        connection = self._connections.pop(place, None)
        self._books.pop(place, None)
        if connection and connection.mailbox:
            self._release(connection.mailbox, place)
        if connection and connection.subscription_expires:
            self._renewals.pop((hour(connection.subscription_expires), connection.subscription_id), None)

    def _release(self, mailbox: Mailbox, place: Place) -> None:
        if self._owners.get(mailbox) == place:
            del self._owners[mailbox]

    def _next_etag(self, stored: str, carried: str) -> str:
        if stored != carried:
            raise Stale("etag")
        return f"etag-{next(self._numbers)}"


class FakeLedger:
    """See `shared.sync.keeping.Ledger`."""

    def __init__(self, store: FakeStore, place: Place, connection: Connection, state: RoundState, token: int) -> None:
        self.connection = connection
        self.state = state
        self._store = store
        self._place = place
        self._token = token

    @property
    def trouble(self) -> Trouble:
        return self._store.trouble

    @door
    async def link(self, key: str) -> Link | None:
        return next((link for link in self._links() if link.key == key), None)

    @door
    async def link_by_id(self, side: str, item_id: str) -> Link | None:
        for link in self._links():
            face = link.face(Side(side))
            if face and face.id == item_id:
                return link
        return None

    @door
    async def links_of_unit(self, unit: str) -> Sequence[Link]:
        return [link for link in self._links() if unit and link.unit == unit]

    async def foresee(self, keys: Sequence[str], units: Sequence[str], span: Span | None = None) -> None:
        """Reading is free here."""

    @door
    async def links_touching(self, span: Span) -> Sequence[Link]:
        return [link for link in self._links() if any(side.touches(span) for side in link.spans)]

    async def links(self, *, remember: bool = True) -> AsyncIterator[Link]:
        await self.trouble("before links")
        for link in self._links():
            yield link

    @door
    async def conflicts(self) -> Sequence[Conflict]:
        return self._store.read_conflicts(self._place)

    @door
    async def commit(self, changes: Changes) -> None:
        rows = 3 * len(changes.links) + 3 * len(changes.forget) + len(changes.conflicts) + len(changes.log)
        if rows + len(changes.cured) > ROWS_OF_A_COMMIT:
            raise ValueError("One commit fits into no transaction: commit item by item.")
        book = self._store.book(self._place, self._token)
        self._store.apply(book, changes)
        self.state = changes.state or self.state
        book.until = self._store.now() + LEASE

    @door
    async def close(self, state: RoundState, changes: Changes | None = None) -> None:
        book = self._store.book(self._place, self._token)
        if changes is not None and self.connection.etag:
            self._store.apply(book, changes)
        book.state, book.until, book.token = state, None, 0
        self.state = state
        if not self.connection.etag:
            self._store.abandon(self._place)

    def _links(self) -> list[Link]:
        return self._store.read_links(self._place)


def _place(company_id: str, resource_id: str) -> Place:
    return valid("company id", company_id), valid("resource id", resource_id)


def _slot(errand: Errand) -> tuple[str, str, str, str]:
    return ten_minutes(errand.due), errand.job, errand.company_id, errand.resource_id
