"""The lease of one connection, and the fence that makes a worker without it harmless.

The lease stands in the connection's state row. Every write of its holder changes that row, on condition that it is
still as the holder left it, in the same transaction as everything else. `lease_step` counts these writes, so that a
write whose answer got lost is told apart from one that somebody else made.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.domain.accounts import RoundState
from shared.domain.failures import Stale
from shared.storage import keys
from shared.storage.errors import Gone
from shared.storage.rows import moment, read_moment, row_of, state_columns
from shared.storage.tables import Operation, Put, Row, Tables
from shared.sync.keeping import LeaseLost

TABLE = "companies"


class Fence:
    """A lease that is held. `etag` and `step` are those of the state row as we wrote it last."""

    def __init__(self, tables: Tables, row: Row) -> None:
        self._tables = tables
        self._partition: str = row["PartitionKey"]
        self._row_key: str = row["RowKey"]
        self._token: str = row["lease_token"]
        self._step: int = row["lease_step"]
        self._etag: str = row["etag"]

    async def store(self, operations: Sequence[Operation], until: datetime, state: RoundState | None = None) -> bool:
        """Store `operations`, and `state` if given, in one transaction and hold the lease until `until`.

        False when nothing was stored because a row was not as expected: look again. Raises LeaseLost.
        """
        columns: dict[str, Any] = {"lease_until": moment(until)}
        if state is not None:
            columns |= {**state_columns(state), "lease_token": self._token}
        return await self._write(Put(self._next(columns), self._etag, merge=state is None), operations)

    async def close(self, state: RoundState, operations: Sequence[Operation] = ()) -> bool:
        """Store `operations` and the round state in one transaction and give the lease back.

        False when nothing was stored because a row was not as expected: look again. Raises LeaseLost.
        """
        columns = {**state_columns(state), "lease_token": self._token}
        return await self._write(Put(self._next(columns), self._etag), operations)

    async def abandon(self) -> None:
        """Give the lease back and leave nothing behind. Raises LeaseLost."""
        try:
            await self._tables.delete(TABLE, self._partition, self._row_key, self._etag)
        except Stale:
            raise LeaseLost from None

    def _next(self, columns: dict[str, Any]) -> Row:
        return row_of(self._partition, self._row_key, {**columns, "lease_step": self._step + 1})

    async def _write(self, put: Put, operations: Sequence[Operation]) -> bool:
        self._step = put.row["lease_step"]  # each try has a number of its own, whatever becomes of it
        try:
            if operations:
                self._etag = (await self._tables.transact(TABLE, [put, *operations]))[0]
            else:
                self._etag = await self._tables.replace(TABLE, put.row, put.etag, merge=put.merge)
        except (Stale, Gone):
            return await self._ours_after_all(put)
        return True

    async def _ours_after_all(self, put: Put) -> bool:
        row = await self._tables.get(TABLE, self._partition, self._row_key)
        if row is None or row.get("lease_token") != self._token:
            raise LeaseLost
        self._etag = row["etag"]
        return bool(row["lease_step"] == put.row["lease_step"])


async def take(
    tables: Tables, company_id: str, resource_id: str, found: Row | None, now: datetime, lease: timedelta
) -> Fence | None:
    """Take the lease, given the state row as it was found (None: there is none). None when another worker holds it."""
    until = read_moment(found.get("lease_until")) if found else None
    if until is not None and until > now:
        return None
    row = row_of(
        keys.partition(company_id),
        keys.state_row(resource_id),
        {"lease_token": secrets.token_hex(12), "lease_until": moment(now + lease), "lease_step": 1},
    )
    try:
        if found:
            etag = await tables.replace(TABLE, row, found["etag"], merge=True)
        else:
            etag = await tables.insert(TABLE, row)
    except Stale:
        written = await tables.get(TABLE, row["PartitionKey"], row["RowKey"])
        if written is None or written.get("lease_token") != row["lease_token"]:
            return None
        etag = written["etag"]
    return Fence(tables, {**row, "etag": etag})
