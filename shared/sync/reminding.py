"""Mails that are due by the clock: one reminder of an open invitation, and the weekly digest of open conflicts.

A reminder carries the invitation's own link once more: there is no second one, so nothing stops working because of it,
and it is over when the invitation is.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain.accounts import Company, Connection, LogLine, Status
from shared.domain.conflicts import ConflictState
from shared.sync.access import CannotUnseal, Sealer
from shared.sync.keeping import Errand, Invitation
from shared.sync.ports import Message, Wake
from shared.sync.retention import note
from shared.sync.services import Services
from shared.sync.spread import own_time
from shared.telemetry import logger

log = logger(__name__)

REMIND, DIGEST = "remind", "digest"
JOBS = frozenset({REMIND, DIGEST})
REMIND_AFTER = timedelta(days=7)
DIGEST_AT = time(8)
"""On Mondays, by the resource's clock; spread over two hours."""
_EARLY = timedelta(minutes=1)


def with_link(sealer: Sealer, invitation: Invitation, link: str) -> Invitation:
    """The invitation with its link sealed in it, so that a reminder can repeat it."""
    return replace(invitation, link=sealer.seal(link, _context(invitation)))


async def remind_later(services: Services, company_id: str, resource_id: str) -> None:
    """Enter the reminder of an invitation that goes out now."""
    due = services.now() + REMIND_AFTER
    await services.store.schedule_errand(Errand(job=REMIND, company_id=company_id, resource_id=resource_id, due=due))


async def digest_later(services: Services, company: Company, connection: Connection) -> None:
    """Enter the next digest of a connection that wants one: one and the same entry, whoever asks."""
    if connection.effective_settings(company).weekly_digest:
        due = next_digest(connection, services.now())
        await services.store.schedule_errand(
            Errand(job=DIGEST, company_id=connection.company_id, resource_id=connection.resource_id, due=due)
        )


def next_digest(connection: Connection, now: datetime) -> datetime:
    """Monday morning, by the clock of the resource."""
    zone = ZoneInfo(connection.timezone or "UTC")
    spread = own_time(connection.company_id, connection.resource_id) % timedelta(hours=2)
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=-today.weekday() % 7)
    due = datetime.combine(monday, DIGEST_AT, zone) + spread
    return due if due > now else datetime.combine(monday + timedelta(days=7), DIGEST_AT, zone) + spread


async def run(services: Services, wake: Wake) -> None:
    """Send the mail that is due, unless there is no reason for it any more."""
    company = await services.store.company(wake.company_id)
    connection = await services.store.connection(wake.company_id, wake.resource_id)
    if company is None or company.uninstalled_at is not None or not company.eligible or connection is None:
        return
    await (_remind if wake.job == REMIND else _digest)(services, company, connection, wake)


async def _remind(services: Services, company: Company, connection: Connection, wake: Wake) -> None:
    del company, wake
    now = services.now()
    invitation = await services.invitations.get(connection.invitation) if connection.invitation else None
    if connection.status is not Status.AWAITING_CONFIRMATION or connection.undelivered_at is not None:
        return
    if invitation is None or invitation.state != "open" or not invitation.link or invitation.expires_at <= now:
        return
    if connection.invited_at is None or connection.invited_at + REMIND_AFTER > now + _EARLY:
        return  # it was sent again since: that one has a reminder of its own
    try:
        link = services.sealer.unseal(invitation.link, _context(invitation))
    except CannotUnseal:
        log.warning("The link of an invitation was sealed with a key that is gone: resource %s", connection.resource_id)
        return
    await services.mail.send(
        Message(
            kind="reminder",
            company_id=connection.company_id,
            resource_id=connection.resource_id,
            at=now,
            cause=invitation.token_hash,
            link=link,
        )
    )
    line = LogLine(at=now, cause="clock", rule="reminded")
    await note(services, connection.company_id, connection.resource_id, line)


async def _digest(services: Services, company: Company, connection: Connection, wake: Wake) -> None:
    wanted = connection.effective_settings(company).weekly_digest
    if connection.status is not Status.CONNECTED or not wanted:
        return
    conflicts = await services.store.conflicts(connection.company_id, connection.resource_id)
    number = sum(conflict.state is ConflictState.OPEN for conflict in conflicts)
    if not number:
        return
    await services.mail.send(
        Message(
            kind="digest",
            company_id=connection.company_id,
            resource_id=connection.resource_id,
            at=services.now(),
            cause=f"digest:{wake.at:%G-W%V}",
            counts=(number, 0),
        )
    )


def _context(invitation: Invitation) -> str:
    return f"invitation|{invitation.token_hash}"
