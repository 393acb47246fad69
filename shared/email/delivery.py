"""Sending one mail of the queue: look up to whom, put it into words, give it to the carrier, once."""

from dataclasses import replace

from shared.domain.accounts import Status
from shared.domain.conflicts import ConflictState
from shared.domain.failures import Reason, Refused, Stale, Transient
from shared.email.carriers import Carrier, Envelope, Unsure, is_address
from shared.email.letters import Facts
from shared.email.records import CARRYING, REFUSED, SENT, MailRecord, Mails
from shared.identity.leaving import leave_token
from shared.sync.one_time import token_hash
from shared.sync.ports import Message, Resource
from shared.sync.retention import KEEP_MAILS, tidy_after
from shared.sync.services import Services
from shared.sync.undelivered import undelivered
from shared.telemetry import logger

log = logger(__name__)

_INVITING = frozenset({"invitation", "reminder"})


async def deliver(message: Message, services: Services, mails: Mails, carrier: Carrier) -> None:
    """Send to the address that TIMIFY has for the resource now. Raises Transient and Broken: try again later.

    A row of the mail is there before the carrier gets it. Who finds one in the state `carrying` does not know whether
    the carrier got it: what to do then is the carrier's matter.
    """
    company_id, resource_id = message.company_id, message.resource_id
    record = await mails.get(company_id, resource_id, message.kind, message.cause)
    if record is not None and record.state != CARRYING:
        if record.state == REFUSED:  # perhaps it could not be shown when it was refused
            await undelivered(services, company_id, resource_id, message.cause, record.code)
        return
    if record is None and await services.store.connection(company_id, resource_id) is None:
        return  # the resource was erased: nothing is kept of it, not even that a mail was sent
    envelope = await _written(message, services)
    if envelope is None:
        return
    again = record is not None
    if record is None:
        blank = MailRecord(
            company_id=company_id, resource_id=resource_id, kind=message.kind, cause=message.cause, at=services.now()
        )
        try:
            record = await mails.save(blank)
        except Stale:  # another worker has the same message, and began a moment ago
            return
        await tidy_after(services, company_id, resource_id, blank.at + KEEP_MAILS)
    try:
        message_id = await carrier.carry(envelope, again=again)
    except Refused as refusal:
        log.warning("A mail %s for resource %s was refused: %s.", message.kind, resource_id, refusal.code)
        await mails.save(replace(record, state=REFUSED, code=refusal.code))
        await undelivered(services, company_id, resource_id, message.cause, refusal.code)
        return
    except Transient as failure:
        if not again and not isinstance(failure, Unsure):
            await mails.forget(record)
        raise
    if again and not message_id:
        log.warning("A mail %s for resource %s may have been sent: it is not sent again.", message.kind, resource_id)
    await mails.save(replace(record, state=SENT, message_id=message_id))


async def _written(message: Message, services: Services) -> Envelope | None:
    """The finished mail; None when there is nobody to send it to, or nothing to say any more."""
    from shared.email.messages import render_mail
    from shared.words.speech import speech

    company_id, resource_id = message.company_id, message.resource_id
    company = await services.store.company(company_id)
    resource = await services.directory.resource(company_id, resource_id) if company else None
    if company is None or resource is None or not is_address(resource.email.strip()):
        log.warning("A mail %s for resource %s has nobody to go to.", message.kind, resource_id)
        await undelivered(services, company_id, resource_id, message.cause, "no_address")
        return None
    facts = await _facts(message, services, resource)
    if facts is None:
        return None
    rendered = render_mail(facts, speech(company.locale, resource.timezone or company.timezone))
    return Envelope(
        at=message.at,
        to=resource.email.strip(),
        kind=message.kind,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        link=message.link,
        once=f"{message.kind}|{company_id}|{resource_id}|{message.cause}",
    )


async def _facts(message: Message, services: Services, resource: Resource) -> Facts | None:
    company_id, resource_id = message.company_id, message.resource_id
    invitation = None
    if message.link:
        invitation = await services.invitations.get(token_hash(message.link.rpartition("/")[2]))
    state = invitation.state if invitation else "open"
    if state == "replaced" or (state != "open" and message.kind in _INVITING):
        return None
    conflicts = []
    if message.kind == "digest":
        every = await services.store.conflicts(company_id, resource_id)
        conflicts = [conflict for conflict in every if conflict.state is ConflictState.OPEN]
        if not conflicts:
            return None
    approving = message.reason == Reason.ADMIN_APPROVAL_REQUIRED
    return Facts(
        kind=message.kind,
        company=await services.company_names.company_name(company_id),
        resource=resource.name,
        link=message.link,
        expires=invitation.expires_at if invitation else None,
        reason=Reason(message.reason) if message.reason else None,
        counts=message.counts,
        by=message.by,
        copies=message.copies,
        conflicts=tuple(conflicts),
        leave=await _leave_link(services, company_id, resource_id),
        approval=services.sign_in.admin_consent_url() if approving else "",
    )


async def _leave_link(services: Services, company_id: str, resource_id: str) -> str:
    """Where a person ends the sync of their calendar; "" when there is none."""
    connection = await services.store.connection(company_id, resource_id)
    if connection is None or connection.mailbox is None or connection.joined_at is None:
        return ""
    if connection.status is Status.DISABLED:
        return ""
    token = leave_token(services.signer, company_id, resource_id, connection.joined_at, services.now())
    return f"{services.config.public_base_url}/leave/{token}"
