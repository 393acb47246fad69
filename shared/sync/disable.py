"""Ending a connection: what happens to the copies, the subscription, the tokens; uninstalling; pausing and resuming."""

from contextlib import suppress
from dataclasses import replace
from enum import StrEnum

from shared.domain.accounts import Company, Connection, LogLine, RoundState, Status
from shared.domain.failures import Broken, Reason, Refused
from shared.sync import errors, subscriptions
from shared.sync.brake import GO_AHEAD
from shared.sync.connections import update
from shared.sync.errands import check_tomorrow
from shared.sync.keeping import Errand, Ledger
from shared.sync.ports import Message, Wake
from shared.sync.removal import remove_copies
from shared.sync.retention import KEEP_COMPANY, note
from shared.sync.services import Services

REMOVE_FUTURE, KEEP = "remove_future", "keep"
_JOB_FOR = {REMOVE_FUTURE: "remove", KEEP: "disconnect"}
JOBS = frozenset(_JOB_FOR.values())


class By(StrEnum):
    """Who or what ended a sync, as the sync log names causes. A change of plan ends none: it pauses."""

    ADMINISTRATOR = "person"
    THEMSELVES = "leave_link"
    UNINSTALLING = "uninstall"


async def disable(
    services: Services,
    company_id: str,
    resource_id: str,
    copies: str = REMOVE_FUTURE,
    *,
    by: By = By.ADMINISTRATOR,
) -> Connection:
    """End a resource's sync. `copies`: remove the future ones, or keep them. Raises WrongState when there is none."""
    stopped: list[Connection] = []

    def stop(now: Connection) -> Connection:
        if now.status in (Status.NOT_INVITED, Status.DISABLED):
            return now
        stopped.append(now)
        return replace(now, status=Status.DISABLED, reason=None, paused_from=None, invitation="")

    after = await update(services, company_id, resource_id, stop)
    if after.status is not Status.DISABLED:
        raise errors.not_connected()
    if stopped:
        line = LogLine(at=services.now(), cause=by, rule="switched_off", detail=copies)
        await note(services, company_id, resource_id, line)
    if stopped or after.mailbox is not None:  # who asks again finishes what broke off
        await _send(services, after, _JOB_FOR[copies])
    if after.mailbox is not None and after.reason is not Reason.TAKEN_OVER:  # who was taken over has a mail of its own
        await _tell(services, after, copies, by)
    return after


async def _tell(services: Services, ended: Connection, copies: str, by: By) -> None:
    """Say that the sync has ended, once for each time that it began."""
    began = ended.joined_at or ended.connected_at
    await services.mail.send(
        Message(
            kind="disabled",
            company_id=ended.company_id,
            resource_id=ended.resource_id,
            at=services.now(),
            cause=f"disabled:{began:%Y%m%dT%H%M%S%f}" if began else "disabled",
            by=by,
            copies=copies,
        )
    )


async def uninstall(services: Services, company_id: str, copies: str = REMOVE_FUTURE) -> Company:
    """End the sync of every resource; the company's data is erased after the retention time. Asking again finishes what
    broke off."""
    company = await services.store.company(company_id)
    if company is None:
        raise errors.unknown_company()
    now = services.now()
    if company.uninstalled_at is None:
        company = await services.store.save_company(replace(company, uninstalled_at=now))
    await erase_later(services, company)
    connections = [connection async for connection, _ in services.store.connections(company_id)]
    for connection in connections:
        if connection.status is not Status.NOT_INVITED:
            await disable(services, company_id, connection.resource_id, copies, by=By.UNINSTALLING)
    return company


async def erase_later(services: Services, company: Company) -> None:
    """Enter the erasure of a company that was uninstalled: one and the same entry, whoever asks."""
    if company.uninstalled_at is not None:
        due = company.uninstalled_at + KEEP_COMPANY
        await services.store.schedule_errand(Errand(job="erase", company_id=company.id, due=due))


async def erase(services: Services, wake: Wake) -> None:
    """Erase what is left of a company that stayed uninstalled for the retention time.

    One that came back keeps its data, and a later uninstalling has an errand of its own.
    """
    company = await services.store.company(wake.company_id)
    left = company.uninstalled_at if company else None
    if left is not None and left + KEEP_COMPANY <= services.now():
        async for connection, _ in services.store.connections(wake.company_id):
            await services.vault.destroy(wake.company_id, connection.resource_id)
        await services.invitations.forget(wake.company_id)
        await services.store.forget_company(wake.company_id)
        await services.given_up.forget(wake.company_id)


async def pause(services: Services, company_id: str, resource_id: str) -> Connection:
    """Let a sync that runs rest until somebody resumes it; nothing is deleted. Raises not-connected, wrong-state."""
    paused: list[Connection] = []

    def rest(now: Connection) -> Connection:
        if not now.status.live:
            return now
        paused.append(now)
        return replace(now, status=Status.PAUSED, reason=None, paused_from=now.status)

    after = await update(services, company_id, resource_id, rest)
    if not paused and after.status is not Status.PAUSED:
        raise errors.not_live(after.status)
    if paused:
        line = LogLine(at=services.now(), cause="person", rule="paused")
        await note(services, company_id, resource_id, line)
    return after


async def resume(services: Services, company_id: str, resource_id: str, *, keep: bool = False) -> Connection:
    """Go on after a pause, catching up on what was missed. After the brake, it is taken off once: what is gone on one
    side goes on the other, or with `keep` stays there (a copy whose original is gone is left alone, an original whose
    copy is gone gets a new one). Raises WrongState."""
    resumed: list[Connection] = []

    def go_on(now: Connection) -> Connection:
        if now.status is not Status.PAUSED:
            return now
        resumed.append(now)
        return replace(now, status=now.paused_from or Status.CONNECTED, reason=None, paused_from=None)

    company = await services.store.company(company_id)
    if company is None:
        raise errors.unknown_company()
    if not company.eligible:
        raise errors.not_eligible(company.plan)
    known = await services.store.connection(company_id, resource_id)
    if known is not None and known.status is Status.PAUSED:
        await check_tomorrow(services, company_id, resource_id)  # if it breaks off before the message, it goes on then
    after = await update(services, company_id, resource_id, go_on)
    if not resumed:
        raise errors.wrong_state(f"Only a paused sync can be resumed; this one is {after.status}.")
    now = services.now()
    braked = resumed[-1].reason is Reason.MANY_DELETIONS
    line = LogLine(at=now, cause="person", rule="resumed", detail="keep_copies" if braked and keep else "")
    await note(services, company_id, resource_id, line)
    job = "import" if after.status is Status.IMPORTING else "catch_up"
    await _send(services, after, job, cause=GO_AHEAD if braked else "person", keep=braked and keep)
    return after


async def check(services: Services, company_id: str, resource_id: str) -> Connection:
    """Compare both calendars over the whole window now. Raises WrongState when the sync is not live."""
    connection = await services.store.connection(company_id, resource_id)
    if connection is None:
        raise errors.not_connected()
    if connection.status is not Status.CONNECTED:
        raise errors.not_live(connection.status)
    await _send(services, connection, "check")
    return connection


async def run(services: Services, ledger: Ledger, wake: Wake) -> None:
    """The worker's part of ending a connection, in as many messages as it takes. Tokens go last: they are needed.

    At the end the connection has no mailbox any more; until then, whoever asks again finishes it. A connection that
    was made anew meanwhile has nothing to do with the message.
    """
    if not await take_apart(services, ledger, wake, remove=wake.job == "remove"):
        return
    company_id, resource_id = ledger.connection.company_id, ledger.connection.resource_id
    await services.store.forget_links(company_id, resource_id)
    await update(services, company_id, resource_id, lambda now: now if made_anew(now, wake) else _left(now))
    await ledger.close(RoundState(last_change=ledger.state.last_change))


async def take_apart(services: Services, ledger: Ledger, wake: Wake, *, remove: bool) -> bool:
    """Take away copies, subscription, claim and tokens. False when another message goes on, or a new connection has
    nothing to do with it: then the lease was given back."""
    connection = ledger.connection
    if made_anew(connection, wake):
        await ledger.close(ledger.state)
        return False
    if remove and not await remove_copies(services, ledger):
        await services.wakes.put(wake)
        await ledger.close(ledger.state)
        return False
    with suppress(Broken, Refused):
        await subscriptions.unsubscribe(services, connection)
    company_id, resource_id = connection.company_id, connection.resource_id
    if made_anew(await services.store.connection(company_id, resource_id), wake):
        await ledger.close(ledger.state)
        return False
    if connection.mailbox is not None:
        await services.store.release_calendar(connection.mailbox, company_id, resource_id)
    await services.vault.destroy(company_id, resource_id)
    services.tokens.forget(company_id, resource_id)
    return True


def made_anew(connection: Connection | None, wake: Wake) -> bool:
    """Was the connection made after the message was sent that ends it?"""
    return connection is not None and connection.connected_at is not None and connection.connected_at > wake.at


def _left(connection: Connection) -> Connection:
    none = replace(connection, subscription_id="", subscription_expires=None, subscription_key="")
    return replace(none, mailbox=None, earlier=None)


async def _send(
    services: Services, connection: Connection, job: str, cause: str = "person", *, keep: bool = False
) -> None:
    company_id, resource_id = connection.company_id, connection.resource_id
    await services.wakes.put(
        Wake(company_id=company_id, resource_id=resource_id, cause=cause, at=services.now(), job=job, keep=keep)
    )
