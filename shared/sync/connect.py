"""The journey of a resource: open the link, sign in at Microsoft, choose a calendar, connect.

Every step checks the invitation anew. Whatever goes wrong is `Stopped`, with a reason that has words; the link is
burned by connecting only.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.domain.accounts import Company, Connection, LogLine, Mailbox, Status
from shared.domain.catalogue import explain
from shared.domain.failures import Broken, Failure, Reason, Stale
from shared.sync.access import Account, SignInFailed, TokenProvider
from shared.sync.connections import update
from shared.sync.invite import link_of
from shared.sync.keeping import Invitation
from shared.sync.one_time import token_hash
from shared.sync.patience import LONG, SHORT, within
from shared.sync.ports import Calendar, Message, Resource
from shared.sync.retention import note
from shared.sync.services import Services
from shared.sync.sign_in_session import Session, new_session, opened, sealed
from shared.sync.takeover import enter, holders
from shared.telemetry import logger

if TYPE_CHECKING:
    from shared.sync.preview import Counts

log = logger(__name__)

_STATE = re.compile(r"([0-9a-f]{64})\.[\w-]{20,64}")
_CLOSED = {"used": Reason.LINK_USED, "replaced": Reason.LINK_REPLACED}
_TOLD_BY_MAIL = frozenset(
    {
        Reason.CONSENT_DECLINED,
        Reason.ADMIN_APPROVAL_REQUIRED,
        Reason.MAILBOX_ON_PREMISES,
        Reason.MAILBOX_NOT_FOUND,
        Reason.BLOCKED_BY_POLICY,
        Reason.CALENDAR_READ_ONLY,
    }
)
_ATTEMPTING = frozenset({Status.NOT_INVITED, Status.AWAITING_CONFIRMATION, Status.FAILED, Status.DISABLED})


class Stopped(Exception):
    """The journey cannot go on. `token` is the link's, where trying it again makes sense."""

    def __init__(self, reason: Reason, token: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.token = token if explain(reason).retry else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """An invitation that is good, and what it is about."""

    token: str
    invitation: Invitation
    company: Company
    resource: Resource
    connection: Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The calendars to choose from, and the account they belong to (for showing only). `taken`: the name of who has a
    calendar already, by the calendar's id; "" where it is nobody's business here."""

    journey: Journey
    username: str
    calendars: Sequence[Calendar]
    taken: Mapping[str, str]


class TakesOver(Exception):
    """Connecting the calendar would end somebody else's sync, and nobody has agreed to that yet."""

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self.choice = choice


async def open_invitation(services: Services, token: str) -> Journey:
    """What an invitation is about; looking changes nothing. Raises Stopped."""
    invitation = await services.invitations.get(token_hash(token))
    if invitation is None:
        raise Stopped(Reason.LINK_UNKNOWN)
    if invitation.state != "open":
        raise Stopped(_CLOSED.get(invitation.state, Reason.LINK_UNKNOWN))
    if invitation.expires_at <= services.now():
        raise Stopped(Reason.LINK_EXPIRED)
    company = await services.store.company(invitation.company_id)
    connection = await services.store.connection(invitation.company_id, invitation.resource_id)
    if company is None or company.uninstalled_at or connection is None:
        raise Stopped(Reason.LINK_UNKNOWN)
    if connection.invitation != invitation.token_hash:
        raise Stopped(Reason.LINK_REPLACED)
    if not company.eligible:
        raise Stopped(Reason.PLAN_NOT_ELIGIBLE, token)
    try:
        resource = await within(LONG, services.directory.resource(company.id, invitation.resource_id))
    except Failure as error:
        raise Stopped(Reason.TIMIFY_UNREACHABLE, token) from error
    if resource is None:
        raise Stopped(Reason.RESOURCE_GONE)
    return Journey(token=token, invitation=invitation, company=company, resource=resource, connection=connection)


async def begin_sign_in(services: Services, token: str, browser: str, *, other_account: bool = False) -> str:
    """The address of Microsoft's sign-in for the browser that holds the secret `browser`. Microsoft suggests the
    resource's own account, or, for an `other_account`, asks which one. Raises Stopped."""
    journey = await open_invitation(services, token)
    state = f"{journey.invitation.token_hash}.{secrets.token_urlsafe(24)}"
    try:
        hint = "" if other_account else journey.resource.email
        address, flow = await services.sign_in.begin(state, hint, choose=other_account)
    except Failure as error:
        raise Stopped(Reason.MICROSOFT_UNREACHABLE, token) from error
    session = new_session(token, browser, flow, services.now())
    try:
        await services.invitations.save(replace(journey.invitation, sign_in=sealed(services, session)))
    except Stale as error:
        raise Stopped(Reason.SIGN_IN_EXPIRED, token) from error
    return address


async def complete_sign_in(services: Services, answer: Mapping[str, str], browser: str) -> str:
    """Take Microsoft's answer, once and from the browser that began; answers the link's token. Raises Stopped."""
    named = _STATE.fullmatch(answer.get("state", ""))
    invitation = await services.invitations.get(named[1]) if named else None
    session = opened(services, invitation, browser) if invitation else None
    if session is None or not session.flow:
        raise Stopped(Reason.SIGN_IN_EXPIRED)
    journey = await open_invitation(services, session.token)
    try:
        taken = await services.invitations.save(replace(journey.invitation, sign_in=""))
    except Stale as error:
        raise Stopped(Reason.SIGN_IN_EXPIRED, session.token) from error
    result = await services.sign_in.complete(session.flow, answer)
    if isinstance(result, SignInFailed):
        raise await _stop(services, journey, result.reason, result.detail)
    signed_in = session.signed_in(result, services.now())
    try:
        await services.invitations.save(replace(taken, sign_in=sealed(services, signed_in)))
    except Stale as error:
        raise Stopped(Reason.SIGN_IN_EXPIRED, session.token) from error
    return session.token


async def choose(services: Services, token: str, browser: str) -> Choice:
    """The calendars of the person who signed in; an account may have none at all. Raises Stopped."""
    journey, session = await _signed_in(services, token, browser)
    calendars = await _calendars(services, journey, session)
    if calendars and not any(calendar.can_edit for calendar in calendars):
        raise await _stop(services, journey, Reason.CALENDAR_READ_ONLY)
    return await _choice(services, journey, session, calendars)


async def foresee(
    services: Services, token: str, browser: str, calendar_id: str
) -> tuple[Choice, "Counts", Sequence[str]]:
    """What connecting one of the calendars would do, and by which rules items would stay where they are. Nothing is
    written, and the link stays good. Raises Stopped."""
    from shared.sync.preview import preview_connecting

    choice, session, mailbox = await _chosen(services, token, browser, calendar_id)
    journey, resource = choice.journey, choice.journey.resource
    connection = replace(
        journey.connection, mailbox=mailbox, timezone=resource.timezone, working_times=resource.working_times
    )
    outlook = services.outlook(connection, _token_of(session))
    try:
        return choice, *await preview_connecting(services, journey.company, connection, outlook)
    except Broken as error:
        signed_out = error.reason in (Reason.ACCESS_REVOKED, Reason.SIGN_IN_EXPIRED)
        raise Stopped(Reason.SIGN_IN_EXPIRED if signed_out else error.reason, token) from error
    except Failure as error:
        timify = error.code.startswith("timify")
        raise Stopped(Reason.TIMIFY_UNREACHABLE if timify else Reason.MICROSOFT_UNREACHABLE, token) from error


async def connect(
    services: Services, token: str, browser: str, calendar_id: str, *, takeover: bool = False
) -> Connection:
    """Connect the resource to one of the calendars and start the import. Raises Stopped, and TakesOver when somebody
    else has the calendar and the person has not agreed to the `takeover`.

    Every step may be repeated: a crash in between leaves the link good, and pressing Connect again finishes the work.
    Pressing it twice connects once.
    """
    choice, session, mailbox = await _chosen(services, token, browser, calendar_id)
    journey = choice.journey
    if calendar_id in choice.taken and not takeover:
        raise TakesOver(choice)
    connection = await enter(
        services, journey.resource, journey.connection, mailbox, session.grant, since=session.since
    )
    try:
        spent = sealed(services, session.spent())
        await services.invitations.save(replace(journey.invitation, state="used", sign_in=spent))
    except Stale:
        log.info("An invitation changed while its calendar was being connected.")
    return connection


async def _chosen(services: Services, token: str, browser: str, calendar_id: str) -> tuple[Choice, Session, Mailbox]:
    journey, session = await _signed_in(services, token, browser)
    calendars = await _calendars(services, journey, session)
    chosen = next((calendar for calendar in calendars if calendar.id == calendar_id), None)
    if chosen is None:
        raise Stopped(Reason.CALENDAR_GONE, token)
    if not chosen.can_edit:
        raise await _stop(services, journey, Reason.CALENDAR_READ_ONLY)
    choice = await _choice(services, journey, session, calendars)
    return choice, session, Mailbox(account=session.account, calendar_id=chosen.id)


async def _choice(services: Services, journey: Journey, session: Session, calendars: Sequence[Calendar]) -> Choice:
    me, taken = (journey.company.id, journey.resource.id), dict[str, str]()
    for calendar_id, (company_id, resource_id) in (await holders(services, session.account, me)).items():
        ours = company_id == journey.company.id
        taken[calendar_id] = await _name_of(services, company_id, resource_id) if ours else ""
    return Choice(journey=journey, username=session.username, calendars=calendars, taken=taken)


async def _name_of(services: Services, company_id: str, resource_id: str) -> str:
    try:
        resource = await within(SHORT, services.directory.resource(company_id, resource_id))
    except Failure:  # that it is taken is what counts
        return ""
    return resource.name if resource else ""


async def _signed_in(services: Services, token: str, browser: str) -> tuple[Journey, Session]:
    journey = await open_invitation(services, token)
    session = opened(services, journey.invitation, browser)
    if session is None or not session.grant:
        raise Stopped(Reason.SIGN_IN_EXPIRED, token)
    return journey, session


def _token_of(session: Session) -> TokenProvider:
    async def access_token(again: bool) -> str:
        if again:
            raise Broken(Reason.SIGN_IN_EXPIRED)
        return session.access_token

    return access_token


async def _calendars(services: Services, journey: Journey, session: Session) -> Sequence[Calendar]:
    account: Account = services.account(session.account, _token_of(session))
    try:
        await account.probe()
        return await account.calendars()
    except Broken as error:
        reason = Reason.SIGN_IN_EXPIRED if error.reason is Reason.ACCESS_REVOKED else error.reason
        raise await _stop(services, journey, reason, error.code) from error
    except Failure as error:
        raise await _stop(services, journey, Reason.MICROSOFT_UNREACHABLE, error.code) from error


async def _stop(services: Services, journey: Journey, reason: Reason, detail: str = "") -> Stopped:
    """Remember and tell why an attempt did not work; answers what to raise."""
    resource_id, company_id, now = journey.resource.id, journey.company.id, services.now()
    if reason is Reason.OUR_CREDENTIALS:
        log.error("Microsoft refuses the app's own credentials (%s): nobody can sign in.", detail)
    line = LogLine(at=now, cause="person", rule=str(reason), outcome="failed", detail=detail)
    await note(services, company_id, resource_id, line)
    if reason in _TOLD_BY_MAIL:
        await update(services, company_id, resource_id, lambda found: _attempted(found, reason))
        message = Message(
            kind="failed",
            company_id=company_id,
            resource_id=resource_id,
            at=now,
            cause=f"{journey.invitation.token_hash}:{reason}",
            reason=str(reason),
            link=link_of(services, journey.token),
        )
        await services.mail.send(message)
    return Stopped(reason, journey.token)


def _attempted(connection: Connection, reason: Reason) -> Connection:
    """A failed attempt shows in the overview, but takes nothing away from a connection that was made before."""
    if connection.status not in _ATTEMPTING:
        return connection
    status = Status.AWAITING_CONFIRMATION if reason is Reason.ADMIN_APPROVAL_REQUIRED else Status.FAILED
    return replace(connection, status=status, reason=reason)
