"""Erasing whole ranges of a partition, a hundred rows at a time. Rows that vanish meanwhile are no trouble."""

from shared.domain.failures import Transient
from shared.storage.errors import Gone
from shared.storage.tables import MAX_OPERATIONS, Delete, Row, Tables, between, text

_KEYS = ["PartitionKey", "RowKey"]


async def range_of(tables: Tables, table: str, where: str) -> None:
    """Erase the rows of one partition that a filter finds."""
    for _ in range(5):
        try:
            async for page in tables.query(table, where, select=_KEYS):
                await _delete(tables, table, page)
        except Gone:
            continue
        return
    raise Transient("rows_changed_below_us")


async def partition_of(tables: Tables, table: str, partition: str) -> None:
    await range_of(tables, table, f"PartitionKey eq {text(partition)}")


async def bookings_of(tables: Tables, table: str, partition: str, resource_id: str) -> None:
    """Erase the booking rows of one resource: they are sorted by appointment, so all of the company's are looked at."""
    mark = f"!{resource_id}!"
    for _ in range(5):
        try:
            async for page in tables.query(table, between(partition, "booking!"), select=_KEYS):
                await _delete(tables, table, [row for row in page if mark in row["RowKey"]])
        except Gone:
            continue
        return
    raise Transient("rows_changed_below_us")


async def _delete(tables: Tables, table: str, rows: list[Row]) -> None:
    for first in range(0, len(rows), MAX_OPERATIONS):
        some = rows[first : first + MAX_OPERATIONS]
        await tables.transact(table, [Delete(row["PartitionKey"], row["RowKey"]) for row in some])
