"""Token caches, sealed before they are stored. A cache may be larger than one column, so it is cut."""

from typing import Protocol

from shared.storage import keys
from shared.storage.rows import row_of
from shared.storage.tables import Row, Tables, text

TABLE = "vault"
PART_BYTES = 60 * 1024
PARTS = 11
"""Azure: 64 KiB a column, 1 MiB a row, which the emulator reckons in base64."""


class Sealer(Protocol):
    """Authenticated encryption; `context` binds the sealed text to the place where it belongs."""

    def seal(self, plain: str, context: str) -> str: ...

    def unseal(self, sealed: str, context: str) -> str: ...


class TableVault:
    """See `shared.sync.keeping.Vault`."""

    def __init__(self, tables: Tables, sealer: Sealer) -> None:
        self._tables = tables
        self._sealer = sealer

    async def load(self, company_id: str, resource_id: str) -> str | None:
        row = await self._tables.get(TABLE, keys.partition(company_id), keys.valid("resource id", resource_id))
        return self._sealer.unseal(_joined(row), _context(company_id, resource_id)) if row else None

    async def save(self, company_id: str, resource_id: str, cache: str) -> None:
        """Raises ValueError when the sealed cache is larger than a row can be."""
        sealed = self._sealer.seal(cache, _context(company_id, resource_id)).encode()
        if len(sealed) > PARTS * PART_BYTES:
            raise ValueError(f"A sealed token cache of {len(sealed)} bytes exceeds {PARTS * PART_BYTES} bytes.")
        parts = [sealed[at : at + PART_BYTES] for at in range(0, len(sealed), PART_BYTES)]
        columns = {"parts": len(parts)} | {f"part{number}": part for number, part in enumerate(parts)}
        row = row_of(keys.partition(company_id), keys.valid("resource id", resource_id), columns)
        await self._tables.put(TABLE, row)

    async def destroy(self, company_id: str, resource_id: str) -> None:
        await self._tables.delete(TABLE, keys.partition(company_id), keys.valid("resource id", resource_id))

    async def holds(self, company_id: str, resource_id: str) -> bool:
        row_key = keys.valid("resource id", resource_id)
        return bool(await self._tables.rows(TABLE, _row(keys.partition(company_id), row_key), select=["parts"]))


def _row(partition: str, row_key: str) -> str:
    return f"PartitionKey eq {text(partition)} and RowKey eq {text(row_key)}"


def _joined(row: Row) -> str:
    return b"".join(row[f"part{number}"] for number in range(row["parts"])).decode()


def _context(company_id: str, resource_id: str) -> str:
    return f"vault!{company_id}!{resource_id}"
