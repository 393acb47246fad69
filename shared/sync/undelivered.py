"""A mail with a resource's link did not arrive: whoever invited must see it."""

from dataclasses import replace

from shared.domain.accounts import Connection, LogLine
from shared.sync.connections import update
from shared.sync.retention import note
from shared.sync.services import Services


async def undelivered(services: Services, company_id: str, resource_id: str, cause: str, code: str) -> None:
    """Show on the resource that its latest invitation could not be delivered. `cause` is the mail's,
    `code` the carrier's.

    Told twice it says it once, and of an earlier invitation it says nothing.
    """
    now, news = services.now(), False

    def told(connection: Connection) -> Connection:
        nonlocal news
        about_it = bool(connection.invitation) and connection.invitation in cause
        news = about_it and connection.undelivered_at is None
        return replace(connection, undelivered_at=now) if news else connection

    await update(services, company_id, resource_id, told)
    if news:
        line = LogLine(at=now, cause="mail", rule="undelivered", outcome="failed", detail=code)
        await note(services, company_id, resource_id, line)
