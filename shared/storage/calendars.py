"""Which resource owns an Outlook calendar: one at a time, the newer wins."""

from shared.domain.accounts import Mailbox
from shared.domain.failures import Stale, Transient
from shared.storage import keys
from shared.storage.rows import row_of
from shared.storage.tables import Row, Tables

TABLE = "calendars"
OWNER = "owner"


class Calendars:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def claim(self, mailbox: Mailbox, company_id: str, resource_id: str) -> tuple[str, str] | None:
        """Become the owner; answers who owned it before, if another. Raises Transient when many claim at once."""
        mine = (keys.valid("company id", company_id), keys.valid("resource id", resource_id))
        row = row_of(_partition(mailbox), OWNER, {"company": company_id, "resource": resource_id})
        for _ in range(5):
            found = await self._tables.get(TABLE, _partition(mailbox), OWNER)
            if found and _owner(found) == mine:
                return None
            try:
                if found:
                    await self._tables.replace(TABLE, row, found["etag"])
                    return _owner(found)
                await self._tables.insert(TABLE, row)
            except Stale:
                continue
            return None
        raise Transient("calendar_claimed_by_many")

    async def release(self, mailbox: Mailbox, company_id: str, resource_id: str) -> None:
        """Give it up, if it is still ours."""
        found = await self._tables.get(TABLE, _partition(mailbox), OWNER)
        if not found or _owner(found) != (company_id, resource_id):
            return
        try:
            await self._tables.delete(TABLE, _partition(mailbox), OWNER, found["etag"])
        except Stale:
            return


def _partition(mailbox: Mailbox) -> str:
    return keys.hashed(mailbox.account, mailbox.calendar_id)


def _owner(row: Row) -> tuple[str, str]:
    return row["company"], row["resource"]
