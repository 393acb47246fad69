"""Inviting resources to connect their Outlook calendars, and withdrawing invitations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from shared.domain.accounts import Company, Connection, LogLine, Status
from shared.domain.failures import Failure, Stale
from shared.sync import errors
from shared.sync.companies import answered, resource_of
from shared.sync.connections import update
from shared.sync.keeping import Invitation
from shared.sync.one_time import new_token, token_hash
from shared.sync.ports import Message, Resource
from shared.sync.reminding import remind_later, with_link
from shared.sync.retention import KEEP_INVITATIONS, note, tidy_after
from shared.sync.services import Services

VALID = timedelta(days=14)
TRIES = 4
MOST_IN_A_DAY = 10
"""Invitations of one resource: whoever enters somebody else's address in TIMIFY cannot flood it with our mails."""
DAY = timedelta(days=1)
LINES, PAGES = 1000, 5
"""Of the sync log, at most, in which invitations of the last day are looked for."""
_WAITING = frozenset({Status.NOT_INVITED, Status.AWAITING_CONFIRMATION, Status.FAILED, Status.DISABLED})


async def invite(services: Services, company_id: str, resource_id: str) -> Connection:
    """Send the resource a new one-time link; an earlier one stops working. Raises UseCaseError.

    A connection that lives, or waits for its person to sign in again, keeps its status.
    """
    company = await ready_company(services, company_id)
    return await _invite(services, company, await resource_of(services, company_id, resource_id))


async def invite_several(
    services: Services, company_id: str, resource_ids: Sequence[str]
) -> Mapping[str, Connection | errors.UseCaseError]:
    """Invite each resource; one that cannot be invited answers why, and stops no other. Raises UseCaseError."""
    company = await ready_company(services, company_id)
    listed = await answered(services.directory.resources(company_id))
    known = {resource.id: resource for resource in listed}
    answers: dict[str, Connection | errors.UseCaseError] = {}
    for resource_id in dict.fromkeys(resource_ids):
        try:
            answers[resource_id] = await _invite(services, company, known.get(resource_id))
        except errors.UseCaseError as error:
            answers[resource_id] = error
        except Failure:
            answers[resource_id] = errors.unreachable()
    return answers


async def revoke(services: Services, company_id: str, resource_id: str) -> Connection:
    """Make the open invitation worthless; asking again finishes what broke off. Raises not-invited, unknown-company."""
    company = await services.store.company(company_id)
    if company is None:
        raise errors.unknown_company()
    connection = await services.store.connection(company_id, resource_id)
    hash_of_revoked = connection.invitation if connection else ""
    if not await _close(services, hash_of_revoked, "revoked"):
        raise errors.not_invited()

    def withdrawn(now: Connection) -> Connection:
        if now.invitation != hash_of_revoked:
            return now
        if now.status not in (Status.AWAITING_CONFIRMATION, Status.FAILED):
            return replace(now, invitation="")
        return replace(now, invitation="", status=Status.NOT_INVITED, reason=None)

    connection = await update(services, company_id, resource_id, withdrawn)
    await _log(services, connection, "revoked")
    return connection


async def ready_company(services: Services, company_id: str) -> Company:
    """A company that may connect resources. Raises UseCaseError."""
    company = await services.store.company(company_id)
    if company is None:
        raise errors.unknown_company()
    if company.uninstalled_at:
        raise errors.uninstalled()
    if not company.eligible:
        raise errors.not_eligible(company.plan)
    if company.privacy_policy is None:
        raise errors.policy_not_accepted()
    return company


async def _invite(services: Services, company: Company, resource: Resource | None) -> Connection:
    """Who counts as invited has a mail on its way: what breaks off before that is done again by inviting again."""
    if resource is None:
        raise errors.unknown_resource()
    if not resource.email.strip():
        raise errors.no_email_address()
    now = services.now()
    await _not_too_often(services, company.id, resource.id, now)
    connection, token = await issue(services, company.id, resource.id, repeatable=True)
    hash_of_sent = connection.invitation

    def invited(connection: Connection) -> Connection:
        if connection.invitation != hash_of_sent:
            return connection
        waiting = connection.status in _WAITING
        return replace(
            connection,
            invited_at=now,
            status=Status.AWAITING_CONFIRMATION if waiting else connection.status,
            reason=None if waiting else connection.reason,
        )

    await services.mail.send(
        Message(
            kind="invitation",
            company_id=company.id,
            resource_id=resource.id,
            at=now,
            cause=hash_of_sent,
            link=link_of(services, token),
        )
    )
    await remind_later(services, company.id, resource.id)
    connection = await update(services, company.id, resource.id, invited)
    await _log(services, connection, "invited")
    return connection


async def _not_too_often(services: Services, company_id: str, resource_id: str, now: datetime) -> None:
    """Raises invited-too-often. The sync log is asked, which all instances share, and only where one was invited."""
    connection = await services.store.connection(company_id, resource_id)
    if connection is None or connection.invited_at is None or connection.invited_at <= now - DAY:
        return
    sent, after = list[datetime](), ""
    for _ in range(PAGES):
        lines, more = await services.store.log(company_id, resource_id, LINES, after)
        sent += [line.at for line in lines if line.rule == "invited" and line.at > now - DAY]
        if len(sent) >= MOST_IN_A_DAY:
            raise errors.invited_too_often(ceil((sent[MOST_IN_A_DAY - 1] + DAY - now).total_seconds()))
        if more is None or lines[-1].at <= now - DAY:
            return
        after = more


async def issue(
    services: Services,
    company_id: str,
    resource_id: str,
    change: Callable[[Connection], Connection] = lambda now: now,
    *,
    repeatable: bool = False,
) -> tuple[Connection, str]:
    """Make a new one-time link in the place of an earlier one, and `change` the connection with it.

    Answers the connection and the token of the link. `repeatable`: a reminder can send the same link once more.
    """
    token = new_token()
    invitation = Invitation(
        token_hash=token_hash(token),
        company_id=company_id,
        resource_id=resource_id,
        expires_at=services.now() + VALID,
    )
    if repeatable:
        invitation = with_link(services.sealer, invitation, link_of(services, token))
    await tidy_after(services, company_id, resource_id, invitation.expires_at + KEEP_INVITATIONS)
    await services.invitations.save(invitation)
    earlier = ""

    def issued(connection: Connection) -> Connection:
        nonlocal earlier
        earlier = connection.invitation
        return replace(change(connection), invitation=invitation.token_hash, undelivered_at=None)

    connection = await update(services, company_id, resource_id, issued)
    await _close(services, earlier, "replaced")
    return connection, token


def link_of(services: Services, token: str) -> str:
    """The address that an invitation's e-mail shows."""
    return f"{services.config.public_base_url}/connect/{token}"


async def _close(services: Services, hash_of_token: str, state: str) -> bool:
    """Was there an open invitation, and is it now in `state`? One that was over long ago is not kept any more."""
    for _ in range(TRIES):
        invitation = await services.invitations.get(hash_of_token) if hash_of_token else None
        if invitation is None or invitation.state != "open":
            return bool(hash_of_token) if invitation is None else invitation.state == state
        try:
            await services.invitations.save(replace(invitation, state=state, sign_in=""))
        except Stale:
            continue
        return True
    raise errors.busy()


async def _log(services: Services, connection: Connection, rule: str) -> None:
    line = LogLine(at=services.now(), cause="person", rule=rule)
    await note(services, connection.company_id, connection.resource_id, line)
