"""Making a connection: the calendar gets one owner, the newer one; the import begins."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from shared.domain.accounts import Connection, LogLine, Mailbox, Status
from shared.domain.failures import Broken, Failure, Reason
from shared.sync.access import TokenProvider
from shared.sync.connections import update
from shared.sync.ports import Message, Resource, Wake
from shared.sync.retention import note
from shared.sync.services import Services


async def enter(
    services: Services,
    resource: Resource,
    connection: Connection,
    mailbox: Mailbox,
    grant: str,
    *,
    since: datetime | None = None,
) -> Connection:
    """Connect `resource` to `mailbox`: tokens, ownership, status, import. Each step may be repeated: a connection that
    was made `since` the person signed in is this one, and stays."""
    company_id, resource_id = connection.company_id, connection.resource_id
    leaving = connection.mailbox not in (None, mailbox)
    earlier_token = await _token_of_earlier(services, connection) if leaving else None
    await services.vault.save(company_id, resource_id, grant)  # first: while it fails, the earlier calendar goes on
    services.tokens.forget(company_id, resource_id)
    if leaving:
        await _leave_earlier(services, connection, earlier_token)
    others = await _claim(services, connection, mailbox)
    for other in sorted(others):
        await update(services, *other, partial(_shares, mailbox))

    made: list[Connection] = []

    def connected(found: Connection) -> Connection:
        made.clear()
        same, at = found.mailbox == mailbox, found.connected_at
        if same and found.status.live and at and since and at > since:
            return found
        pressed = services.now()
        joined = found.joined_at if same and found.status.joined else None
        now = replace(
            _on(found, mailbox),
            shared=bool(others),
            timezone=resource.timezone,
            working_times=resource.working_times,
            connected_at=pressed,
            joined_at=joined or pressed,
        )
        made.append(now)
        return now

    after = await update(services, company_id, resource_id, connected)
    await _begin_import(services, after, new=bool(made))
    return after


async def _begin_import(services: Services, made: Connection, *, new: bool) -> None:
    company_id, resource_id, now = made.company_id, made.resource_id, services.now()
    if new:
        await note(services, company_id, resource_id, LogLine(at=now, cause="person", rule="connected"))
    if made.status is Status.IMPORTING:
        await services.wakes.put(
            Wake(company_id=company_id, resource_id=resource_id, cause="person", at=now, job="import")
        )


async def holders(services: Services, account: str, me: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """Whose sync would end: (company, resource), by the id of the account's calendar that it has."""
    found: dict[str, tuple[str, str]] = {}
    for other in sorted(set(await services.store.users_of(account)) - {me}):
        connection = await services.store.connection(*other)
        mailbox = connection.mailbox if connection and connection.status is not Status.DISABLED else None
        if mailbox is not None and mailbox.account == account:
            found[mailbox.calendar_id] = other
    return found


def _on(found: Connection, mailbox: Mailbox) -> Connection:
    """The connection at the beginning of its import. The calendar that it leaves is remembered until its copies are
    gone; a subscription is of one calendar."""
    same = found.mailbox == mailbox
    earlier = found.earlier or (None if same else found.mailbox)
    return replace(
        found,
        status=Status.IMPORTING,
        reason=None,
        paused_from=None,
        mailbox=mailbox,
        earlier=None if earlier == mailbox else earlier,
        subscription_id=found.subscription_id if same else "",
        subscription_expires=found.subscription_expires if same else None,
        subscription_key=found.subscription_key if same else "",
    )


async def _claim(services: Services, connection: Connection, mailbox: Mailbox) -> set[tuple[str, str]]:
    """Make the calendar this resource's. Whoever has it ends first, because the claim may tell of them only once.
    Answers who else is in its account."""
    me = (connection.company_id, connection.resource_id)
    others = set(await services.store.users_of(mailbox.account)) - {me}
    older = {other for other in sorted(others) if await _take_over(services, mailbox, *other, connection.invitation)}
    owner = await services.store.claim_calendar(mailbox, *me)
    if owner is not None and owner not in others:
        await _take_over(services, mailbox, *owner, connection.invitation)
    return others - older


async def _token_of_earlier(services: Services, connection: Connection) -> TokenProvider | None:
    """To end the earlier calendar's subscription with, when the account that it needs is not the connection's any more.
    None when there is none to end, or no such token."""
    if not (connection.subscription_id and connection.mailbox):
        return None
    place, account = (connection.company_id, connection.resource_id), connection.mailbox.account
    with suppress(Failure):
        found = await services.tokens.access_token(*place, account=account)

        async def token(again: bool) -> str:
            if again:
                raise Broken(Reason.SIGN_IN_EXPIRED)
            return found

        return token
    return None


async def _leave_earlier(services: Services, connection: Connection, token: TokenProvider | None) -> None:
    """The resource had another calendar: nobody must notify us of it any more.

    The import removes the copies that were made for it. Should connecting break off here, the connection knows that it
    has no subscription, and is looked at by the clock.
    """
    company_id, resource_id = connection.company_id, connection.resource_id
    if connection.subscription_id:
        with suppress(Failure):  # it ends by itself within days, and its notifications would find nothing to do
            if token is not None:
                await services.outlook(connection, token).unsubscribe(connection.subscription_id)
        await update(services, company_id, resource_id, partial(_without, connection.subscription_id))
        if connection.subscription_expires:
            await services.store.drop_renewal(connection.subscription_id, connection.subscription_expires)
    if connection.mailbox:
        await services.store.release_calendar(connection.mailbox, company_id, resource_id)


def _without(subscription_id: str, found: Connection) -> Connection:
    if found.subscription_id != subscription_id:
        return found
    return replace(found, subscription_id="", subscription_expires=None, subscription_key="")


def _shares(mailbox: Mailbox, found: Connection) -> Connection:
    same = found.mailbox is not None and found.mailbox.account == mailbox.account
    return replace(found, shared=True) if same else found


async def _take_over(services: Services, mailbox: Mailbox, company_id: str, resource_id: str, cause: str) -> bool:
    """Did the resource have the calendar? Then its sync ends; what broke off is done again."""
    older = await services.store.connection(company_id, resource_id)
    if older is None or older.mailbox != mailbox:
        return False
    if older.status is Status.DISABLED and older.reason is not Reason.TAKEN_OVER:
        return True
    now = services.now()
    if older.status is not Status.DISABLED:
        await update(services, company_id, resource_id, partial(_taken, mailbox))
        line = LogLine(at=now, cause="taken_over", rule="switched_off")
        await note(services, company_id, resource_id, line)
    await services.wakes.put(
        Wake(company_id=company_id, resource_id=resource_id, cause="taken_over", at=now, job="remove")
    )
    await services.mail.send(
        Message(
            kind="taken_over",
            company_id=company_id,
            resource_id=resource_id,
            at=now,
            cause=cause,
            reason=str(Reason.TAKEN_OVER),
        )
    )
    return True


def _taken(mailbox: Mailbox, found: Connection) -> Connection:
    if found.mailbox != mailbox:
        return found
    return replace(found, status=Status.DISABLED, reason=Reason.TAKEN_OVER)
