"""All companies and connections that are stored: for operations alone, because whole tables are read."""

from collections.abc import AsyncIterator

from ops.tools import Tools
from shared.domain.accounts import Company, Connection, Status
from shared.storage import keys
from shared.storage.fence import TABLE
from shared.storage.rows import company_from_row, connection_from_row
from shared.storage.tables import Row, text


async def companies(services: Tools, company_id: str = "") -> AsyncIterator[Company]:
    """Every company, or one."""
    async for row in _rows(services, f"RowKey eq {text(keys.COMPANY)}", company_id):
        yield company_from_row(row)


async def connections(services: Tools, company_id: str = "") -> AsyncIterator[Connection]:
    """Every connection, whatever its status, of one company or of all; those of a company one after the other."""
    async for row in _rows(services, " or ".join(f"status eq {text(status)}" for status in Status), company_id):
        yield connection_from_row(row)


async def _rows(services: Tools, where: str, company_id: str) -> AsyncIterator[Row]:
    mine = f"PartitionKey eq {text(keys.partition(company_id))} and " if company_id else ""
    async for page in services.tables.query(TABLE, f"{mine}({where})"):
        for row in page:
            yield row
