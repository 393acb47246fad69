"""What is to be done on a later day, by the day: the timer reads only what is due."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

from shared.domain.failures import Stale
from shared.storage import keys
from shared.storage.rows import moment, read_moment, row_of
from shared.storage.tables import Tables, text
from shared.sync.keeping import Errand

TABLE = "agenda"


class Agenda:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def schedule(self, errand: Errand) -> None:
        """Enter it; the same job of the same connection is entered once a day."""
        columns = {
            "job": errand.job,
            "company": errand.company_id,
            "resource": errand.resource_id,
            "due": moment(errand.due),
        }
        await self._tables.put(TABLE, row_of(_day(errand.due), _row_key(errand), columns))

    async def due(self, until: datetime) -> AsyncIterator[Errand]:
        """All that are due, however long ago: the table holds nothing else. One range of days."""
        where = f"PartitionKey le {text(_day(until))} and due le {text(moment(until))}"
        async for page in self._tables.query(TABLE, where):
            for row in page:
                due = read_moment(row["due"])
                if due is not None and due <= until:
                    yield Errand(
                        job=row["job"],
                        company_id=row["company"],
                        resource_id=row.get("resource", ""),
                        due=due,
                        etag=row["etag"],
                    )

    async def drop(self, errand: Errand) -> None:
        with suppress(Stale):
            await self._tables.delete(TABLE, _day(errand.due), _row_key(errand), errand.etag or "*")


def _row_key(errand: Errand) -> str:
    company = keys.valid("company id", errand.company_id)
    resource = keys.valid("resource id", errand.resource_id) if errand.resource_id else ""
    return f"{errand.job}!{company}!{resource}"


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
