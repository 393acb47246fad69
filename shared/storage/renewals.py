"""Subscriptions by the day on which they end, so that the timer reads only those that are due."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from shared.domain.accounts import Connection
from shared.storage import keys
from shared.storage.rows import moment, read_moment, row_of
from shared.storage.tables import Tables, text

TABLE = "subscriptions"
KEPT = timedelta(days=8)
"""What ended longer ago is not found any more; Microsoft has forgotten it as well."""


class Renewals:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def schedule(self, connection: Connection) -> None:
        """Enter a connection's subscription; nothing to do when it has none."""
        expires = connection.subscription_expires
        if not connection.subscription_id or expires is None:
            return
        columns = {
            "company": keys.valid("company id", connection.company_id),
            "resource": keys.valid("resource id", connection.resource_id),
            "expires": moment(expires),
        }
        row_key = keys.valid("subscription id", connection.subscription_id)
        await self._tables.put(TABLE, row_of(_day(expires), row_key, columns))

    async def due(self, until: datetime) -> AsyncIterator[tuple[str, str, str]]:
        """(company, resource, subscription) of all that end before `until`. One range of days, one query."""
        where = f"PartitionKey ge {text(_day(until - KEPT))} and PartitionKey le {text(_day(until))}"
        async for page in self._tables.query(TABLE, where):
            for row in page:
                expires = read_moment(row["expires"])
                if expires and expires < until:
                    yield row["company"], row["resource"], row["RowKey"]

    async def drop(self, subscription_id: str, expires: datetime) -> None:
        await self._tables.delete(TABLE, _day(expires), keys.valid("subscription id", subscription_id))


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
