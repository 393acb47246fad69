"""Ending a sync by the link in an e-mail: what the link is about, and doing it."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.accounts import Company, Connection, Status
from shared.domain.failures import Failure, Reason
from shared.sync.connect import Stopped
from shared.sync.disable import KEEP, REMOVE_FUTURE, By, disable
from shared.sync.patience import SHORT, within
from shared.sync.services import Services


class Ended(StrEnum):
    ENDED = "ended"
    REPLACED = "replaced"  # by a later connection of the same resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What a link is about. `ended` is None while the sync can be ended; names are "" when TIMIFY does not tell.
    `unfinished`: the link's own connection was ended, but the access to its calendar is still there."""

    company: Company
    connection: Connection
    ended: Ended | None
    unfinished: bool = False
    company_name: str = ""
    resource_name: str = ""


async def leaving(services: Services, company_id: str, resource_id: str, seconds: int) -> Leaving:
    """What a link is about that was made for the connection of that moment (seconds of `joined_at`); looking changes
    nothing. Raises Stopped (link unknown)."""
    found = await _found(services, company_id, resource_id, seconds)
    if found.ended:
        return found
    try:
        resource = await within(SHORT, services.directory.resource(company_id, resource_id))
        name = await within(SHORT, services.company_names.company_name(company_id))
    except Failure:  # whoever wants to leave need not wait for TIMIFY
        return found
    return Leaving(
        company=found.company,
        connection=found.connection,
        ended=None,
        company_name=name,
        resource_name=resource.name if resource else "",
    )


async def leave(services: Services, company_id: str, resource_id: str, seconds: int, copies: str) -> str:
    """End the sync of the link; answers what becomes of the copies, "" when it had ended already (whoever asks again
    finishes what was begun). They are kept unless they are to go. Raises Stopped."""
    found = await _found(services, company_id, resource_id, seconds)
    wish = copies if copies in (KEEP, REMOVE_FUTURE) else KEEP
    if found.ended is None or found.unfinished:
        await disable(services, company_id, resource_id, wish, by=By.THEMSELVES)
    return "" if found.ended else wish


async def _found(services: Services, company_id: str, resource_id: str, seconds: int) -> Leaving:
    company = await services.store.company(company_id)
    connection = await services.store.connection(company_id, resource_id)
    if company is None or connection is None:
        raise Stopped(Reason.LINK_UNKNOWN)
    ended = _ended(connection, seconds)
    switched_off = connection.status is Status.DISABLED and connection.reason is None and connection.mailbox is not None
    unfinished = switched_off and _moment(connection) == seconds
    return Leaving(company=company, connection=connection, ended=ended, unfinished=unfinished)


def _ended(connection: Connection, seconds: int) -> Ended | None:
    broken_off = connection.status is Status.FAILED and connection.mailbox is not None  # our access is still there
    if not (connection.status.joined or broken_off) or connection.joined_at is None:
        return Ended.ENDED
    return None if _moment(connection) == seconds else Ended.REPLACED


def _moment(connection: Connection) -> int | None:
    return int(connection.joined_at.timestamp()) if connection.joined_at else None
