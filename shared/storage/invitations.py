"""One-time links, by the hash of their token; and by their resource, to find those that are over. See
`shared.sync.keeping.Invitations`."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from shared.storage import kept, keys
from shared.storage.rows import moment, row_of
from shared.storage.tables import Row, Tables, between, text
from shared.sync.keeping import Invitation, Kept

TABLE = "invitations"
ROW_KEY = "invitation"


class TableInvitations:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def get(self, token_hash: str) -> Invitation | None:
        row = await self._tables.get(TABLE, keys.valid("token hash", token_hash), ROW_KEY)
        return invitation_from_row(row) if row else None

    async def save(self, invitation: Invitation) -> Invitation:
        row = invitation_to_row(invitation)
        if invitation.etag:
            etag = await self._tables.replace(TABLE, row, invitation.etag)
        else:
            await self._tables.put(TABLE, entry_row(invitation))
            etag = await self._tables.insert(TABLE, row)
        return replace(invitation, etag=etag)

    async def kept(self, company_id: str, resource_id: str) -> AsyncIterator[Kept]:
        async for page in self._tables.query(TABLE, kept.named(company_id, resource_id)):
            for row in page:
                kind = "invitation" if row["RowKey"] == ROW_KEY else "entry"
                yield Kept(kind, row["PartitionKey"], kept.shown(kind, row).columns)

    async def forget(self, company_id: str, resource_id: str = "") -> None:
        await kept.forget(self._tables, TABLE, kept.named(company_id, resource_id))

    async def forget_older(self, company_id: str, resource_id: str, before: datetime) -> None:
        over = f"expires_at lt {text(moment(before))}"
        where = between(keys.partition(company_id), keys.resource_prefix(resource_id), over)
        async for page in self._tables.query(TABLE, where, select=["PartitionKey", "RowKey"]):
            for row in page:
                await self._tables.delete(TABLE, row["RowKey"].rpartition("!")[2], ROW_KEY)
                await self._tables.delete(TABLE, row["PartitionKey"], row["RowKey"])


def invitation_to_row(invitation: Invitation) -> Row:
    columns = {
        "company": invitation.company_id,
        "resource": invitation.resource_id,
        "expires_at": moment(invitation.expires_at),
        "state": invitation.state,
        "sign_in": invitation.sign_in,
        "link": invitation.link if invitation.state == "open" else "",
    }
    return row_of(keys.valid("token hash", invitation.token_hash), ROW_KEY, columns)


def entry_row(invitation: Invitation) -> Row:
    """Where the invitations of a resource are found."""
    columns = {
        "company": invitation.company_id,
        "resource": invitation.resource_id,
        "expires_at": moment(invitation.expires_at),
    }
    row_key = keys.resource_prefix(invitation.resource_id) + keys.valid("token hash", invitation.token_hash)
    return row_of(keys.partition(invitation.company_id), row_key, columns)


def invitation_from_row(row: Row) -> Invitation:
    return Invitation(
        token_hash=row["PartitionKey"],
        company_id=row["company"],
        resource_id=row["resource"],
        expires_at=datetime.fromisoformat(row["expires_at"]),
        state=row["state"],
        sign_in=row.get("sign_in", ""),
        link=row.get("link", ""),
        etag=row["etag"],
    )
