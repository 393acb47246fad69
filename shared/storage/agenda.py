"""What is to be done later, by the ten minutes in which it is due: the timer reads only what is due."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from shared.storage import keys
from shared.storage.rows import moment, read_moment, row_of
from shared.storage.tables import Row, Tables, text
from shared.storage.waiting import Place, drop, ten_minutes
from shared.sync.keeping import Errand

TABLE = "agenda"


class Agenda:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def schedule(self, errand: Errand) -> None:
        """Enter it; the same job of the same connection is entered once in ten minutes."""
        await self._tables.put(TABLE, errand_row(errand))

    async def due(self, until: datetime) -> AsyncIterator[Errand]:
        """All that are due, however long ago: the table holds nothing else. One range of partitions."""
        where = f"PartitionKey le {text(ten_minutes(until))} and due le {text(moment(until))}"
        async for page in self._tables.query(TABLE, where):
            for row in page:
                due = read_moment(row["due"])
                if due is not None and due <= until:
                    yield Errand(
                        job=row["job"],
                        company_id=row["company"],
                        resource_id=row.get("resource", ""),
                        due=due,
                        place=row["PartitionKey"],
                        etag=row["etag"],
                    )

    async def drop(self, errands: Sequence[Errand]) -> None:
        await drop(self._tables, TABLE, [_place(errand) for errand in errands])


def errand_row(errand: Errand) -> Row:
    """As it is stored."""
    columns = {
        "job": errand.job,
        "company": errand.company_id,
        "resource": errand.resource_id,
        "due": moment(errand.due),
    }
    return row_of(ten_minutes(errand.due), _row_key(errand), columns)


def _place(errand: Errand) -> Place:
    return Place(errand.place or ten_minutes(errand.due), _row_key(errand), errand.etag)


def _row_key(errand: Errand) -> str:
    company = keys.valid("company id", errand.company_id)
    resource = keys.valid("resource id", errand.resource_id) if errand.resource_id else ""
    return f"{errand.job}!{company}!{resource}"
