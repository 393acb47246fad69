"""The storage doors in memory, as faithful as the use cases can notice: etags, leases, fencing, all or nothing.

Every door gives way to other tasks before and after it takes effect. A test may put something else there: `trouble`
is awaited with "before commit", "after commit" and so on, and may raise.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from shared.domain.accounts import Company, Connection, LogLine, Mailbox, RoundState, Status
from shared.domain.conflicts import Conflict
from shared.domain.failures import Stale, Throttled
from shared.domain.links import Link
from shared.storage.keys import appointment_of, valid
from shared.storage.lease import LEASE
from shared.storage.waiting import hour, ten_minutes
from shared.sync.keeping import Covered, Dormant, Errand, Kept, Renewal, renewal_of
from shared.sync.ports import Clock
from tests.fakes.kept import rows_of
from tests.fakes.ledger import Book, FakeLedger
from tests.fakes.trouble import Trouble, door, give_way

type Place = tuple[str, str]


class FakeStore:
    """See `shared.sync.keeping.Store`."""

    def __init__(self, now: Clock) -> None:
        self.now = now
        self.trouble: Trouble = give_way
        self._numbers = count(1)
        self._companies: dict[str, Company] = {}
        self._connections: dict[Place, Connection] = {}
        self._books: dict[Place, Book] = {}
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

    async def connections(
        self, company_id: str, *, brief: bool = False
    ) -> AsyncIterator[tuple[Connection, RoundState]]:
        await self.trouble("before connections")
        for place in sorted(place for place in self._connections if place[0] == valid("company id", company_id)):
            yield self._connections[place], self._state(place)

    async def every_company(self, company_id: str = "") -> AsyncIterator[Company]:
        await self.trouble("before every_company")
        for company in sorted(self._companies):
            if company_id in ("", company):
                yield self._companies[company]

    async def every_connection(
        self, company_id: str = "", statuses: Collection[Status] = tuple(Status)
    ) -> AsyncIterator[Connection]:
        await self.trouble("before every_connection")
        for place in sorted(self._connections):
            if company_id in ("", place[0]) and self._connections[place].status in statuses:
                yield self._connections[place]

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
    ) -> FakeLedger | None:
        place = _place(company_id, resource_id)
        connection = self._connections.get(place) or Connection(company_id=company_id, resource_id=resource_id)
        if running and not connection.status.live:
            raise Dormant
        book = self._books.setdefault(place, Book())
        if notified_at is not None and book.state.covered_until and notified_at <= book.state.covered_until:
            raise Covered
        if book.state.closed_until is not None and book.state.closed_until > now:
            raise Throttled("closed", (book.state.closed_until - now).total_seconds())
        if book.until is not None and book.until > now:
            return None
        book.token, book.until = next(self._numbers), now + LEASE
        return FakeLedger(self, book, connection)

    async def links(self, company_id: str, resource_id: str) -> AsyncIterator[Link]:
        await self.trouble("before links")
        for link in self.read_links(_place(company_id, resource_id)):
            yield link

    @door
    async def link(self, company_id: str, resource_id: str, key: str) -> Link | None:
        book = self._books.get(_place(company_id, resource_id))
        return book.links.get(key) if book else None

    @door
    async def resources_with(self, company_id: str, appointment_id: str) -> Sequence[str]:
        return sorted(
            resource
            for (company, resource), book in self._books.items()
            if company == company_id and any(appointment_of(link) == appointment_id for link in book.links.values())
        )

    @door
    async def conflicts(self, company_id: str, resource_id: str) -> Sequence[Conflict]:
        book = self._books.get(_place(company_id, resource_id))
        return book.read_conflicts() if book else []

    async def company_conflicts(self, company_id: str) -> AsyncIterator[tuple[str, Conflict]]:
        await self.trouble("before company_conflicts")
        for place in sorted(place for place in self._books if place[0] == valid("company id", company_id)):
            for conflict in self._books[place].read_conflicts():
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
        book = self._books.get(_place(company_id, resource_id), Book())
        entries = sorted(book.log, key=lambda entry: entry[:2], reverse=True)
        first = next((at + 1 for at, entry in enumerate(entries) if str(entry[1]) == after), 0)
        chosen = entries[first : first + limit]
        more = str(chosen[-1][1]) if chosen and len(entries) > first + limit else None
        return [line for _, _, line in chosen], more

    @door
    async def append_log(self, company_id: str, resource_id: str, line: LogLine) -> None:
        self._books.setdefault(_place(company_id, resource_id), Book()).write(line)

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

    async def kept(self, company_id: str, resource_id: str) -> AsyncIterator[Kept]:
        place = _place(company_id, resource_id)
        await self.trouble("before kept")
        for each in rows_of(place, self._connections.get(place), self._books.get(place)):
            yield each
        for mailbox, owner in self._owners.items():
            if owner == place:
                yield Kept("calendar", mailbox.calendar_id, {})
        for renewal in self._renewals.values():
            if (renewal.company_id, renewal.resource_id) == place:
                yield Kept("renewal", renewal.subscription_id, {})
        for errand in self._errands.values():
            if (errand.company_id, errand.resource_id) == place:
                yield Kept("errand", errand.job, {})

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
        self._errands = {slot: each for slot, each in self._errands.items() if slot[2] != company_id}

    @door
    async def forget_log(self, company_id: str, resource_id: str, before: datetime) -> None:
        if book := self._books.get(_place(company_id, resource_id)):
            book.log = [entry for entry in book.log if entry[0] >= before]

    def read_links(self, place: Place) -> list[Link]:
        """The links of a resource in order of their keys."""
        book = self._books.get(place)
        return book.read_links() if book else []

    def take_over(self, place: Place) -> None:
        """Fence out whoever holds the lease of a resource, as another worker does that is done already."""
        book = self._books[place]
        book.token, book.until = next(self._numbers), None

    def _state(self, place: Place) -> RoundState:
        book = self._books.get(place)
        return book.state if book else RoundState()

    def _forget(self, place: Place) -> None:
        self._connections.pop(place, None)
        if book := self._books.pop(place, None):
            book.burn()
        self._owners = {mailbox: owner for mailbox, owner in self._owners.items() if owner != place}
        self._renewals = {
            slot: each for slot, each in self._renewals.items() if (each.company_id, each.resource_id) != place
        }
        self._errands = {slot: each for slot, each in self._errands.items() if slot[2:] != place}

    def _release(self, mailbox: Mailbox, place: Place) -> None:
        if self._owners.get(mailbox) == place:
            del self._owners[mailbox]

    def _next_etag(self, stored: str, carried: str) -> str:
        if stored != carried:
            raise Stale("etag")
        return f"etag-{next(self._numbers)}"


def _place(company_id: str, resource_id: str) -> Place:
    return valid("company id", company_id), valid("resource id", resource_id)


def _slot(errand: Errand) -> tuple[str, str, str, str]:
    return ten_minutes(errand.due), errand.job, errand.company_id, errand.resource_id
