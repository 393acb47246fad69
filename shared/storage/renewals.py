"""Subscriptions by the hour in which they end, so that the timer reads only those that are due."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from shared.storage import keys
from shared.storage.rows import moment, read_moment, row_of
from shared.storage.tables import Row, Tables, text
from shared.storage.waiting import Place, drop, hour
from shared.sync.keeping import Renewal

TABLE = "subscriptions"


class Renewals:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def schedule(self, renewal: Renewal) -> None:
        """Enter a subscription."""
        await self._tables.put(TABLE, renewal_row(renewal))

    async def due(self, until: datetime) -> AsyncIterator[Renewal]:
        """All that end before `until`, however long ago. One range of partitions; of a whole hour, nothing else."""
        last = hour(until - timedelta(microseconds=1))
        where = f"PartitionKey le {text(last)} and expires lt {text(moment(until))}"
        async for page in self._tables.query(TABLE, where):
            for row in page:
                expires = read_moment(row["expires"])
                if expires is not None and expires < until:
                    yield Renewal(
                        company_id=row["company"],
                        resource_id=row["resource"],
                        subscription_id=row["RowKey"],
                        expires=expires,
                        place=row["PartitionKey"],
                        etag=row["etag"],
                    )

    async def drop(self, renewals: Sequence[Renewal]) -> None:
        await drop(self._tables, TABLE, [_place(renewal) for renewal in renewals])

    async def drop_one(self, subscription_id: str, expires: datetime) -> None:
        await self._tables.delete(TABLE, hour(expires), _row_key(subscription_id))


def renewal_row(renewal: Renewal) -> Row:
    """As it is stored."""
    columns = {
        "company": keys.valid("company id", renewal.company_id),
        "resource": keys.valid("resource id", renewal.resource_id),
        "expires": moment(renewal.expires),
    }
    return row_of(hour(renewal.expires), _row_key(renewal.subscription_id), columns)


def _place(renewal: Renewal) -> Place:
    return Place(renewal.place or hour(renewal.expires), _row_key(renewal.subscription_id), renewal.etag)


def _row_key(subscription_id: str) -> str:
    return keys.valid("subscription id", subscription_id)
