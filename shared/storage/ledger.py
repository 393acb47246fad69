"""The ledger of one connection over the tables, held under its lease.

While the lease is held nobody else writes links, so what was read or written once is remembered: about 2 KiB a link,
for the length of one round. It is how a commit knows which rows lead to a link and must go when its copy changes. Who
has read `links()` to its end needs no further read.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta

from shared.domain.accounts import Connection, RoundState
from shared.domain.conflicts import Conflict
from shared.domain.failures import Failure, Transient
from shared.domain.items import Side
from shared.domain.links import Link, link_key
from shared.domain.spans import Span
from shared.storage import keys
from shared.storage.commits import GroupCommit, Weight
from shared.storage.fence import TABLE, Fence
from shared.storage.ledger_rows import (
    conflict_from_row,
    conflict_to_row,
    link_from_row,
    link_to_row,
    log_to_row,
    pointer_row,
    wanted,
)
from shared.storage.tables import MAX_OPERATIONS, Delete, Operation, Put, Tables, between
from shared.sync.keeping import Changes, LeaseLost
from shared.sync.ports import Clock


class TableLedger:
    """See `shared.sync.keeping.Ledger`."""

    def __init__(
        self,
        tables: Tables,
        now: Clock,
        lease: timedelta,
        fence: Fence,
        connection: Connection,
        state: RoundState,
    ) -> None:
        self.connection = connection
        self.state = state
        self._tables = tables
        self._now = now
        self._lease = lease
        self._fence = fence
        self._company = connection.company_id
        self._resource = connection.resource_id
        self._known: dict[str, Link | None] = {}
        self._items: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._units: set[str] = set()
        self._spans: list[Span] = []
        self._complete = False
        self._erasures = 0
        self._conflicts: set[str] | None = None
        self._closed = False
        self._commits = GroupCommit(self._weigh, self._store)

    async def link(self, key: str) -> Link | None:
        if key not in self._known and not self._complete:
            row = await self._tables.get(TABLE, self._company, keys.link_row(self._resource, key))
            if key not in self._known:
                self._known[key] = self._learn(link_from_row(row)) if row else None
        return self._known.get(key)

    async def link_by_id(self, side: str, item_id: str) -> Link | None:
        side = Side(side)
        for key in sorted(self._items.get((side, item_id), ())):
            remembered = self._known.get(key)
            if remembered and _stands_for(remembered, side, item_id):
                return remembered
        if self._complete:
            return None
        link = await self.link(link_key(self._resource, side, item_id))
        if link and _stands_for(link, side, item_id):
            return link
        prefix = keys.item_prefix(self._resource, side, item_id)
        for row in await self._tables.rows(TABLE, between(self._company, prefix)):
            link = await self.link(row["RowKey"].rpartition("!")[2])
            if link and _stands_for(link, side, item_id):
                return link
        return None

    async def foresee(self, keys: Sequence[str], units: Sequence[str], span: Span | None = None) -> None:
        if self._complete:
            return
        keys = [key for key in dict.fromkeys(keys) if key not in self._known]
        units = [unit for unit in dict.fromkeys(units) if unit and unit not in self._units]
        if span is not None and any(seen.start <= span.start and span.end <= seen.end for seen in self._spans):
            span = None
        erasures = self._erasures
        for where in wanted(self._company, self._resource, keys, units, span):
            async for _ in self._read(where):
                pass
        if erasures == self._erasures:
            self._known |= {key: None for key in keys if key not in self._known}
            self._units |= set(units)
            self._spans += [span] if span is not None else []

    async def links_of_unit(self, unit: str) -> Sequence[Link]:
        if not unit:
            return []
        await self.foresee([], [unit])
        return sorted((link for link in self._known.values() if link and link.unit == unit), key=_by_key)

    async def links_touching(self, span: Span) -> Sequence[Link]:
        await self.foresee([], [], span)
        links = (link for link in self._known.values() if link)
        return sorted((link for link in links if any(side.touches(span) for side in link.spans)), key=_by_key)

    async def links(self, *, remember: bool = True) -> AsyncIterator[Link]:
        erasures = self._erasures
        if self._complete:
            for link in sorted((link for link in self._known.values() if link), key=_by_key):
                yield link
            return
        where = between(self._company, keys.link_prefix(self._resource))
        async for link in self._read(where, remember=remember):
            yield link
        self._complete = remember and erasures == self._erasures

    async def conflicts(self) -> Sequence[Conflict]:
        where = between(self._company, keys.conflict_prefix(self._resource))
        found = [conflict_from_row(row) for row in await self._tables.rows(TABLE, where)]
        self._conflicts = (self._conflicts or set()) | {conflict.id for conflict in found}
        return found

    async def commit(self, changes: Changes) -> None:
        await self._commits.add(changes)

    async def close(self, state: RoundState, changes: Changes | None = None) -> None:
        await self._commits.drain()
        if self._closed:
            raise LeaseLost
        if self.connection.etag:
            await self._close(state, changes or Changes())
        else:
            await self._fence.abandon()
        self._commits.end()
        self._closed = True
        self.state = state

    async def _close(self, state: RoundState, changes: Changes) -> None:
        for _ in range(3):
            await self._look_up([changes])
            operations = self._operations([changes])
            if len(operations) >= MAX_OPERATIONS:
                await self.commit(changes)
                operations = []
            if await self._fence.close(state, operations):
                return
            self.forget()
        raise Transient("rows_changed_below_us")

    def forget(self) -> None:
        """Forget what was read: somebody erased rows past this ledger."""
        self._known.clear()
        self._items.clear()
        self._units.clear()
        self._spans.clear()
        self._complete = False
        self._erasures += 1
        self._conflicts = None

    async def _read(self, where: str, *, remember: bool = True) -> AsyncIterator[Link]:
        async for page in self._tables.query(TABLE, where):
            for row in page:
                key = row["RowKey"].rpartition("!")[2]
                # what we wrote meanwhile is newer than the page
                link = self._known[key] if key in self._known else link_from_row(row)
                if link is not None and remember:
                    self._learn(link)
                if link is not None:
                    yield link

    def _learn(self, link: Link) -> Link:
        self._known[link.key] = link
        for side in Side:
            if face := link.face(side):
                self._items[side, face.id].add(link.key)
        return link

    async def _weigh(self, changes: Changes) -> Weight:
        await self._look_up([changes])
        operations = self._operations([changes])
        return Weight(len(operations), sum(operation.size for operation in operations))

    async def _store(self, group: Sequence[Changes]) -> None:
        try:
            for _ in range(3):
                await self._look_up(group)
                until, state = self._now() + self._lease, _final_state(group)
                if await self._fence.store(self._operations(group), until, state):
                    self._remember(group)
                    return
                self.forget()
        except Failure:
            # it may have been stored all the same
            self.forget()
            raise
        raise Transient("rows_changed_below_us")

    async def _look_up(self, group: Sequence[Changes]) -> None:
        """Learn what is stored of all that `group` changes."""
        touched = {link.key for changes in group for link in (*changes.links, *changes.forget)}
        await asyncio.gather(*(self.link(key) for key in touched if key not in self._known))
        if self._conflicts is None and any(changes.cured for changes in group):
            await self.conflicts()

    def _operations(self, group: Sequence[Changes]) -> list[Operation]:
        operations: list[Operation] = []
        for key, link in _final_links(group).items():
            operations += self._link_operations(self._known.get(key), link)
        for conflict_id, conflict in _final_conflicts(group).items():
            if conflict is not None:
                operations.append(Put(conflict_to_row(self._company, self._resource, conflict)))
            elif conflict_id in (self._conflicts or ()):
                operations.append(Delete(self._company, keys.conflict_row(self._resource, conflict_id)))
        lines = (line for changes in group for line in changes.log)
        operations += [Put(log_to_row(self._company, self._resource, line)) for line in lines]
        return operations

    def _link_operations(self, old: Link | None, new: Link | None) -> Iterable[Operation]:
        before = keys.pointer_rows(self._resource, old) if old else frozenset[str]()
        after = keys.pointer_rows(self._resource, new) if new else frozenset[str]()
        if new:
            yield Put(link_to_row(self._company, self._resource, new))
        elif old:
            yield Delete(self._company, keys.link_row(self._resource, old.key))
        yield from (Put(pointer_row(self._company, row_key)) for row_key in sorted(after - before))
        yield from (Delete(self._company, row_key) for row_key in sorted(before - after))

    def _remember(self, group: Sequence[Changes]) -> None:
        self.state = _final_state(group) or self.state
        for key, link in _final_links(group).items():
            self._known[key] = link
            if link is not None:
                self._learn(link)
        if self._conflicts is not None:
            for conflict_id, conflict in _final_conflicts(group).items():
                (self._conflicts.discard if conflict is None else self._conflicts.add)(conflict_id)


def _by_key(link: Link) -> str:
    return link.key


def _stands_for(link: Link, side: Side, item_id: str) -> bool:
    face = link.face(side)
    return face is not None and face.id == item_id


def _final_links(group: Sequence[Changes]) -> dict[str, Link | None]:
    """Every link that a group of commits touches as the last of them leaves it; within one commit, forgetting wins."""
    final: dict[str, Link | None] = {}
    for changes in group:
        final |= {link.key: link for link in changes.links}
        final |= {link.key: None for link in changes.forget}
    return final


def _final_conflicts(group: Sequence[Changes]) -> dict[str, Conflict | None]:
    final: dict[str, Conflict | None] = {}
    for changes in group:
        final |= dict.fromkeys(changes.cured)
        final |= {conflict.id: conflict for conflict in changes.conflicts}
    return final


def _final_state(group: Sequence[Changes]) -> RoundState | None:
    return next((changes.state for changes in reversed(group) if changes.state), None)
