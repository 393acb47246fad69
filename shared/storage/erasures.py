"""Uninstalled companies by the day on which their data is erased."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from shared.storage import keys
from shared.storage.rows import moment, read_moment, row_of
from shared.storage.tables import Tables, text

TABLE = "erasures"


class Erasures:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def schedule(self, company_id: str, due: datetime) -> None:
        row = row_of(_day(due), keys.valid("company id", company_id), {"due": moment(due)})
        await self._tables.put(TABLE, row)

    async def due(self, until: datetime) -> AsyncIterator[tuple[str, datetime]]:
        """All that are due, however long ago: the table holds nothing else."""
        async for page in self._tables.query(TABLE, f"PartitionKey le {text(_day(until))}"):
            for row in page:
                due = read_moment(row["due"])
                if due is not None and due <= until:
                    yield row["RowKey"], due

    async def drop(self, company_id: str, due: datetime) -> None:
        await self._tables.delete(TABLE, _day(due), keys.valid("company id", company_id))


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
