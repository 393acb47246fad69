"""Token caches, sealed before they are stored. A cache may be larger than one column, so it is cut.

A row tells the name of the key that sealed it, so that rotating keys finds what is left without opening anything.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from shared.domain.failures import Stale
from shared.storage import keys
from shared.storage.rows import row_of
from shared.storage.tables import Row, Tables, text
from shared.sync.access import TokenSealer

TABLE = "vault"
PART_BYTES = 60 * 1024
PARTS = 11
"""Azure: 64 KiB a column, 1 MiB a row, which the emulator reckons in base64."""
TRIES = 3


@dataclass(frozen=True, slots=True)
class SealedBy:
    """Whose tokens are sealed by which key; "" for rows that do not tell."""

    company_id: str
    resource_id: str
    key: str


class TableVault:
    """See `shared.sync.keeping.Vault`."""

    def __init__(self, tables: Tables, sealer: TokenSealer) -> None:
        self._tables = tables
        self._sealer = sealer

    async def load(self, company_id: str, resource_id: str) -> str | None:
        row = await self._row(company_id, resource_id)
        return await self._sealer.unseal(_joined(row), _context(company_id, resource_id)) if row else None

    async def save(self, company_id: str, resource_id: str, cache: str) -> None:
        """Raises ValueError when the sealed cache is larger than a row can be."""
        await self._tables.put(TABLE, await self._sealed(company_id, resource_id, cache))

    async def exchange(self, company_id: str, resource_id: str, before: str, after: str) -> bool:
        """See the port. What is stored is compared, and replaced by its etag: resealing meanwhile changes nothing."""
        for _ in range(TRIES):
            row = await self._row(company_id, resource_id)
            if row is None or await self._sealer.unseal(_joined(row), _context(company_id, resource_id)) != before:
                return False
            try:
                await self._tables.replace(TABLE, await self._sealed(company_id, resource_id, after), row["etag"])
            except Stale:
                continue
            return True
        raise Stale("vault")

    async def reseal(self, company_id: str, resource_id: str) -> bool:
        """Seal with the newest key what an older one sealed. False when there is nothing to do. What is saved meanwhile
        is not written over. Raises CannotUnseal, and what the key vault and the tables raise."""
        for _ in range(TRIES):
            row = await self._row(company_id, resource_id)
            if row is None or row.get("key") == self._sealer.newest:
                return False
            cache = await self._sealer.unseal(_joined(row), _context(company_id, resource_id))
            try:
                await self._tables.replace(TABLE, await self._sealed(company_id, resource_id, cache), row["etag"])
            except Stale:
                continue
            return True
        raise Stale("vault")

    async def destroy(self, company_id: str, resource_id: str) -> None:
        await self._tables.delete(TABLE, keys.partition(company_id), keys.valid("resource id", resource_id))

    async def holds(self, company_id: str, resource_id: str) -> bool:
        row_key = keys.valid("resource id", resource_id)
        return bool(await self._tables.rows(TABLE, _one(keys.partition(company_id), row_key), select=["parts"]))

    async def _row(self, company_id: str, resource_id: str) -> Row | None:
        return await self._tables.get(TABLE, keys.partition(company_id), keys.valid("resource id", resource_id))

    async def _sealed(self, company_id: str, resource_id: str, cache: str) -> Row:
        sealed = (await self._sealer.seal(cache, _context(company_id, resource_id))).encode()
        if len(sealed) > PARTS * PART_BYTES:
            raise ValueError(f"A sealed token cache of {len(sealed)} bytes exceeds {PARTS * PART_BYTES} bytes.")
        parts = [sealed[at : at + PART_BYTES] for at in range(0, len(sealed), PART_BYTES)]
        columns = {"key": self._sealer.newest, "parts": len(parts)}
        columns |= {f"part{number}": part for number, part in enumerate(parts)}
        return row_of(keys.partition(company_id), keys.valid("resource id", resource_id), columns)


async def sealed_rows(tables: Tables) -> AsyncIterator[SealedBy]:
    """Every row with its key's name, in order: the whole table is read, but not what is sealed."""
    async for page in tables.query(TABLE, "", select=["PartitionKey", "RowKey", "key"]):
        for row in page:
            yield SealedBy(row["PartitionKey"], row["RowKey"], row.get("key", ""))


def _one(partition: str, row_key: str) -> str:
    return f"PartitionKey eq {text(partition)} and RowKey eq {text(row_key)}"


def _joined(row: Row) -> str:
    return b"".join(row[f"part{number}"] for number in range(row["parts"])).decode()


def _context(company_id: str, resource_id: str) -> str:
    return f"vault!{company_id}!{resource_id}"
