"""Azure tables with the few operations that we need. Failures are those of `shared.storage.errors`."""

import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient

from shared.domain.failures import Stale
from shared.storage.account import CALLS, PerLoop, identity, is_connection_string
from shared.storage.errors import Gone, Missing, our_words
from shared.telemetry import count

type Row = dict[str, Any]
"""Columns by name, PartitionKey and RowKey among them; `etag` is added to rows that were read."""

MAX_OPERATIONS = 100
MAX_BYTES = 3 * 1024 * 1024
"""Of one transaction as `size` reckons; Azure's limit is 4 MiB, envelopes included."""

_ENVELOPE = 1024


class Request(NamedTuple):
    """One request to the table service. kind: "transaction", "query", "row" or "table"."""

    method: str
    kind: str


@dataclass(frozen=True, slots=True)
class Put:
    """Insert or replace a row. `etag` makes it a change of exactly that version; `merge` keeps the other columns."""

    row: Row
    etag: str = ""
    merge: bool = False

    @property
    def size(self) -> int:
        """About how many bytes it adds to a transaction."""
        return _ENVELOPE + len(json.dumps(self.row, default=str))


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a row that exists; with `etag`, exactly that version of it."""

    partition: str
    row_key: str
    etag: str = ""

    @property
    def size(self) -> int:
        return _ENVELOPE


type Operation = Put | Delete


class Tables:
    """All tables of one account. One set of clients per process and event loop, made when first used."""

    def __init__(self, config_storage: str) -> None:
        self._storage = config_storage
        self._services = PerLoop(lambda: table_service(self._storage, self._count))
        self.requests: deque[Request] = deque(maxlen=5000)
        """The latest requests, tries again included: what a budget is measured by."""

    async def close(self) -> None:
        """Close this event loop's connections."""
        if service := self._services.pop():
            await service.close()

    async def get(self, table: str, partition: str, row_key: str) -> Row | None:
        """Point read."""

        async def read(client: TableClient) -> Row:
            return _read(await client.get_entity(partition, row_key))

        try:
            return await self._call(table, read)
        except Gone:
            return None

    async def query(
        self, table: str, where: str, *, page: int | None = None, select: list[str] | None = None
    ) -> AsyncIterator[list[Row]]:
        """Rows in order of their keys, page by page, at most `page` (Azure: 1000) to a page; no page is empty."""
        token: Any = None
        while True:
            rows, token = await self._page(table, where, page, select, token)
            if rows:
                yield rows
            if not token:
                return

    async def rows(self, table: str, where: str, *, select: list[str] | None = None) -> list[Row]:
        """All rows of a query that is known to be short."""
        return [row async for page in self.query(table, where, select=select) for row in page]

    async def insert(self, table: str, row: Row) -> str:
        """Store a new row and answer its etag. Raises Stale when it exists already."""

        async def create(client: TableClient) -> str:
            return _etag(await client.create_entity(row))

        return await self._call(table, create)

    async def replace(self, table: str, row: Row, etag: str, *, merge: bool = False) -> str:
        """Change a row that has this etag ("*": any) and answer the new one. Raises Stale, also when it is gone."""
        mode = UpdateMode.MERGE if merge else UpdateMode.REPLACE

        async def update(client: TableClient) -> str:
            return _etag(await client.update_entity(row, mode, **_exactly(etag)))

        try:
            return await self._call(table, update)
        except Gone as problem:
            raise Stale(problem.code) from problem

    async def put(self, table: str, row: Row) -> None:
        """Store a row, whatever is there."""

        async def upsert(client: TableClient) -> None:
            await client.upsert_entity(row, UpdateMode.REPLACE)

        await self._call(table, upsert)

    async def delete(self, table: str, partition: str, row_key: str, etag: str = "*") -> None:
        """Remove a row; gone already is fine. Raises Stale when it has another etag than the given one."""

        async def remove(client: TableClient) -> None:
            await client.delete_entity(partition, row_key, **_exactly(etag))

        await self._call(table, remove)

    async def transact(self, table: str, operations: Sequence[Operation]) -> list[str]:
        """Store all or nothing, and answer the etags. Raises Stale (an etag was wrong) and Gone (a row is missing)."""
        prepared = [_prepared(operation) for operation in operations]

        async def submit(client: TableClient) -> list[str]:
            return [str(part.get("etag", "")) for part in await client.submit_transaction(prepared)]

        return await self._call(table, submit)

    async def _page(
        self, table: str, where: str, page: int | None, select: list[str] | None, token: Any
    ) -> tuple[list[Row], Any]:
        async def read(client: TableClient) -> tuple[list[Row], Any]:
            found: Any = client.query_entities(where, results_per_page=page, select=select).by_page(token)
            async for entities in found:
                return [_read(entity) async for entity in entities], found.continuation_token
            return [], None

        return await self._call(table, read)

    async def _call[T](self, table: str, call: Callable[[TableClient], Awaitable[T]]) -> T:
        client = self._services.get().get_table_client(table)
        try:
            with our_words():
                return await call(client)
        except Missing:
            with our_words():
                await _create(client)
                return await call(client)

    def _count(self, response: Any) -> None:
        request = response.http_request
        count("tables")
        self.requests.append(Request(request.method, _kind(request.url.partition("?")[0])))


def table_service(storage: str, answered: Callable[[Any], None] | None = None) -> TableServiceClient:
    """The client of an account, given a connection string or an account's name. `answered` hears every response."""
    options: dict[str, Any] = {**CALLS, "raw_response_hook": answered}
    if is_connection_string(storage):
        return TableServiceClient.from_connection_string(storage, **options)
    return TableServiceClient(f"https://{storage}.table.core.windows.net", credential=identity(), **options)


def between(partition: str, prefix: str, *extra: str) -> str:
    """The filter for the rows of a partition whose key begins with `prefix`."""
    return beyond(partition, prefix, prefix, *extra)


def beyond(partition: str, prefix: str, start: str, *extra: str) -> str:
    """The filter for the rows of a partition whose key begins with `prefix` and is `start` or later."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    keys = (f"PartitionKey eq {text(partition)}", f"RowKey ge {text(start)}", f"RowKey lt {text(end)}")
    return " and ".join((*keys, *extra))


def text(value: str) -> str:
    """A string literal of the filter language."""
    return "'" + value.replace("'", "''") + "'"


async def _create(client: TableClient) -> None:
    try:
        await client.create_table()
    except ResourceExistsError:
        return


def _kind(path: str) -> str:
    if path.endswith("$batch"):
        return "transaction"
    if path.endswith("/Tables"):
        return "table"
    return "query" if path.endswith("()") else "row"


def _prepared(operation: Operation) -> tuple[str, Row] | tuple[str, Row, dict[str, Any]]:
    if isinstance(operation, Delete):
        row = {"PartitionKey": operation.partition, "RowKey": operation.row_key}
        return ("delete", row, _exactly(operation.etag)) if operation.etag else ("delete", row)
    mode = {"mode": UpdateMode.MERGE if operation.merge else UpdateMode.REPLACE}
    if operation.etag:
        return ("update", operation.row, mode | _exactly(operation.etag))
    return ("upsert", operation.row, mode)


def _exactly(etag: str) -> dict[str, Any]:
    return {} if etag == "*" else {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _read(entity: Any) -> Row:
    return {**entity, "etag": str(entity.metadata["etag"])}


def _etag(answer: Mapping[str, Any]) -> str:
    return str(answer["etag"])
