"""One resource's links, conflicts, log and lease in memory, and the ledger of the round that holds the lease."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Protocol

from shared.domain.accounts import Connection, LogLine, RoundState
from shared.domain.conflicts import Conflict
from shared.domain.items import Side
from shared.domain.links import Link
from shared.domain.spans import Span
from shared.storage.lease import LEASE
from shared.sync.keeping import Changes, LeaseLost
from shared.sync.ports import Clock
from tests.fakes.trouble import Trouble, door

ROWS_OF_A_COMMIT = 99


class Keeper(Protocol):
    """Whose book it is: the store."""

    now: Clock
    trouble: Trouble


@dataclass(slots=True)
class Book:
    """What one resource has beside its connection."""

    state: RoundState = field(default_factory=RoundState)
    token: int = 0
    until: datetime | None = None
    links: dict[str, Link] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    log: list[tuple[datetime, int, LogLine]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def read_links(self) -> list[Link]:
        """In order of their keys."""
        return [self.links[key] for key in sorted(self.links)]

    def read_conflicts(self) -> list[Conflict]:
        return [self.conflicts[conflict_id] for conflict_id in sorted(self.conflicts)]

    def write(self, line: LogLine) -> None:
        self.log.append((line.at, next(self.numbers), line))

    def apply(self, changes: Changes) -> None:
        """Store all of one commit."""
        self.links |= {link.key: link for link in changes.links}
        for link in changes.forget:
            self.links.pop(link.key, None)
        for conflict_id in changes.cured:
            self.conflicts.pop(conflict_id, None)
        self.conflicts |= {conflict.id: conflict for conflict in changes.conflicts}
        self.state = changes.state or self.state
        for line in changes.log:
            self.write(line)

    def burn(self) -> None:
        """Leave nothing to whoever still holds it: the resource was forgotten."""
        self.token = 0
        self.links.clear()
        self.conflicts.clear()


class FakeLedger:
    """See `shared.sync.keeping.Ledger`."""

    def __init__(self, keeper: Keeper, book: Book, connection: Connection) -> None:
        self.connection = connection
        self.state = book.state
        self._keeper = keeper
        self._book = book
        self._token = book.token

    @property
    def trouble(self) -> Trouble:
        return self._keeper.trouble

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
        return self._book.read_conflicts()

    @door
    async def commit(self, changes: Changes) -> None:
        rows = 3 * len(changes.links) + 3 * len(changes.forget) + len(changes.conflicts) + len(changes.log)
        if rows + len(changes.cured) > ROWS_OF_A_COMMIT:
            raise ValueError("One commit fits into no transaction: commit item by item.")
        book = self._held()
        book.apply(changes)
        self.state = changes.state or self.state
        book.until = self._keeper.now() + LEASE

    @door
    async def close(self, state: RoundState, changes: Changes | None = None) -> None:
        book = self._held()
        if changes is not None and self.connection.etag:
            book.apply(changes)
        self.state = state
        book.state, book.until, book.token = state if self.connection.etag else RoundState(), None, 0

    def _held(self) -> Book:
        if self._book.token != self._token:
            raise LeaseLost
        return self._book

    def _links(self) -> list[Link]:
        return self._book.read_links()
