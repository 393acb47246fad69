"""Which resource owns an Outlook calendar: one at a time, the newer wins."""

from shared.domain.accounts import Mailbox
from shared.domain.failures import Stale, Transient
from shared.storage import keys
from shared.storage.rows import row_of
from shared.storage.tables import Row, Tables, between

TABLE = "calendars"
OWNER = "owner"


class Calendars:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def claim(self, mailbox: Mailbox, company_id: str, resource_id: str) -> tuple[str, str] | None:
        """Become the owner; answers who owned it before, if another. Raises Transient when many claim at once."""
        mine = (keys.valid("company id", company_id), keys.valid("resource id", resource_id))
        await self._tables.put(TABLE, row_of(_users(mailbox.account), _user(mailbox, *mine), _columns(*mine)))
        row = row_of(_partition(mailbox), OWNER, _columns(*mine))
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
        await self._tables.delete(TABLE, _users(mailbox.account), _user(mailbox, company_id, resource_id))
        found = await self._tables.get(TABLE, _partition(mailbox), OWNER)
        if not found or _owner(found) != (company_id, resource_id):
            return
        try:
            await self._tables.delete(TABLE, _partition(mailbox), OWNER, found["etag"])
        except Stale:
            return

    async def users_of(self, account: str) -> list[tuple[str, str]]:
        """All who claimed calendars of this mailbox and have not released them. One query."""
        return sorted({_owner(row) for row in await self._tables.rows(TABLE, between(_users(account), "user!"))})


def _users(account: str) -> str:
    return keys.hashed("mailbox", account)


def _user(mailbox: Mailbox, company_id: str, resource_id: str) -> str:
    return f"user!{company_id}!{resource_id}!{keys.hashed(mailbox.calendar_id)}"


def _columns(company_id: str, resource_id: str) -> dict[str, str]:
    return {"company": company_id, "resource": resource_id}


def _partition(mailbox: Mailbox) -> str:
    return keys.hashed(mailbox.account, mailbox.calendar_id)


def _owner(row: Row) -> tuple[str, str]:
    return row["company"], row["resource"]
