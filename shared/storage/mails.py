"""What was sent, by company; and whose a carrier's message id is. See `shared.email.records.Mails`."""

from dataclasses import replace
from datetime import datetime

from shared.domain.failures import Stale
from shared.email.records import MailRecord
from shared.storage import keys
from shared.storage.rows import moment, row_of
from shared.storage.tables import Row, Tables, between, text

TABLE = "mails"
POINTER = "mail"


class TableMails:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, company_id: str, resource_id: str, kind: str, cause: str) -> MailRecord | None:
        row = await self._tables.get(TABLE, keys.partition(company_id), _row_key(resource_id, kind, cause))
        return mail_from_row(row) if row else None

    async def save(self, record: MailRecord) -> MailRecord:
        row = mail_to_row(record)
        if record.message_id:
            columns = {"company": row["PartitionKey"], "mail": row["RowKey"]}
            await self._tables.put(TABLE, row_of(_partition(record.message_id), POINTER, columns))
        try:
            if record.etag:
                etag = await self._tables.replace(TABLE, row, record.etag)
            else:
                etag = await self._tables.insert(TABLE, row)
        except Stale:
            await self._unless_erased(record, row)
            raise
        return replace(record, etag=etag)

    async def _unless_erased(self, record: MailRecord, row: Row) -> None:
        """Who was erased while the carrier had the mail leaves no pointer to it."""
        if record.message_id and await self._tables.get(TABLE, row["PartitionKey"], row["RowKey"]) is None:
            await self._tables.delete(TABLE, _partition(record.message_id), POINTER)

    async def forget(self, record: MailRecord) -> None:
        row = mail_to_row(record)
        await self._tables.delete(TABLE, row["PartitionKey"], row["RowKey"], record.etag)

    async def forget_older(self, company_id: str, resource_id: str, before: datetime) -> None:
        await _erase(self._tables, keys.partition(company_id), _older(company_id, resource_id, before))

    async def find(self, message_id: str) -> MailRecord | None:
        pointer = await self._tables.get(TABLE, _partition(message_id), POINTER)
        row = await self._tables.get(TABLE, pointer["company"], pointer["mail"]) if pointer else None
        return mail_from_row(row) if row else None


async def erase(tables: Tables, company_id: str, resource_id: str = "") -> None:
    """Erase what is kept of the mails of a resource, or of a whole company."""
    partition = keys.partition(company_id)
    mine = between(partition, keys.resource_prefix(resource_id)) if resource_id else ""
    await _erase(tables, partition, mine or f"PartitionKey eq {text(partition)}")


async def _erase(tables: Tables, partition: str, where: str) -> None:
    async for page in tables.query(TABLE, where):
        for row in page:
            if message_id := row.get("message", ""):
                await tables.delete(TABLE, _partition(message_id), POINTER)
            await tables.delete(TABLE, partition, row["RowKey"])


def mail_to_row(record: MailRecord) -> Row:
    columns = {
        "resource": record.resource_id,
        "kind": record.kind,
        "cause": record.cause,
        "at": moment(record.at),
        "state": record.state,
        "message": record.message_id,
        "code": record.code,
    }
    row_key = _row_key(record.resource_id, record.kind, record.cause)
    return row_of(keys.partition(record.company_id), row_key, columns)


def mail_from_row(row: Row) -> MailRecord:
    return MailRecord(
        company_id=row["PartitionKey"],
        resource_id=row["resource"],
        kind=row["kind"],
        cause=row.get("cause", ""),
        at=datetime.fromisoformat(row["at"]),
        state=row["state"],
        message_id=row.get("message", ""),
        code=row.get("code", ""),
        etag=row["etag"],
    )


def _older(company_id: str, resource_id: str, before: datetime) -> str:
    """Moments are text of one form, so they can be compared."""
    return between(keys.partition(company_id), keys.resource_prefix(resource_id), f"at lt {text(moment(before))}")


def _row_key(resource_id: str, kind: str, cause: str) -> str:
    return f"{keys.resource_prefix(resource_id)}{keys.valid('kind', kind)}!{keys.hashed(cause)}"


def _partition(message_id: str) -> str:
    """No company's: their ids have no exclamation mark."""
    return f"message!{keys.hashed(message_id.strip().lower())}"
