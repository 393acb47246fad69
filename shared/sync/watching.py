"""Watching the first import from the browser that pressed Connect: its link is used up, so it has a key of its own."""

from dataclasses import dataclass
from datetime import timedelta

from shared.domain.accounts import Company, Connection, RoundState
from shared.domain.failures import Reason
from shared.sync.connect import Stopped
from shared.sync.one_time import token_hash
from shared.sync.services import Services
from shared.sync.sign_in_session import opened

LASTS = timedelta(days=2)
"""Longer than any import."""
_PURPOSE = "progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    company: Company
    connection: Connection
    state: RoundState


def key_of(services: Services, hash_of_invitation: str) -> str:
    """What lets a browser watch the connection that an invitation made. It opens nothing else."""
    return services.signer.issue(_PURPOSE, hash_of_invitation, services.now() + LASTS)


async def watch(services: Services, key: str) -> Watched:
    """How the connection of the invitation fares by now. Raises Stopped for a key that is not, or no longer, good."""
    hash_of_invitation = services.signer.read(_PURPOSE, key, services.now())
    invitation = await services.invitations.get(hash_of_invitation) if hash_of_invitation else None
    if invitation is None:
        raise Stopped(Reason.LINK_UNKNOWN)
    company = await services.store.company(invitation.company_id)
    connection = await services.store.connection(invitation.company_id, invitation.resource_id)
    if company is None or company.uninstalled_at or connection is None:
        raise Stopped(Reason.LINK_UNKNOWN)
    if connection.invitation not in (invitation.token_hash, ""):  # "" once it was disabled
        raise Stopped(Reason.LINK_REPLACED)
    state = await services.store.state(invitation.company_id, invitation.resource_id)
    return Watched(company=company, connection=connection, state=state or RoundState())


async def runs(services: Services, token: str) -> bool:
    """Does the sync run by now that an invitation was for?"""
    invitation = await services.invitations.get(token_hash(token))
    found = await services.store.connection(invitation.company_id, invitation.resource_id) if invitation else None
    return found is not None and found.status.live


async def used_here(services: Services, token: str, browser: str) -> str:
    """The hash of an invitation, if this very browser connected a calendar with it a short while ago; "" otherwise."""
    invitation = await services.invitations.get(token_hash(token))
    if invitation is None or invitation.state != "used" or opened(services, invitation, browser) is None:
        return ""
    return invitation.token_hash
