"""One-time links, by the hash of their token. See `shared.sync.keeping.Invitations`."""

from dataclasses import replace
from datetime import datetime

from shared.storage import keys
from shared.storage.rows import moment, row_of
from shared.storage.tables import Row, Tables
from shared.sync.keeping import Invitation

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
            etag = await self._tables.insert(TABLE, row)
        return replace(invitation, etag=etag)


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
