"""Ending a connection: what happens to the copies, the subscription, the tokens; uninstalling; pausing and resuming."""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import monotonic

from shared.domain.accounts import Company, Connection, LogLine, RoundState, Status
from shared.domain.failures import Broken, Failure, Transient
from shared.domain.items import Side
from shared.domain.links import Link
from shared.domain.rules import Rule
from shared.sync import errors, subscriptions
from shared.sync.connections import update
from shared.sync.course import appointment_of
from shared.sync.ports import Changes, Ledger, Message, Wake
from shared.sync.services import Services

log = logging.getLogger(__name__)

REMOVE_FUTURE, KEEP = "remove_future", "keep"
JOBS = frozenset({"remove", "disconnect"})
RETENTION = timedelta(days=30)
_TIME_IN_ONE_MESSAGE = 40.0


async def disable(services: Services, company_id: str, resource_id: str, copies: str = REMOVE_FUTURE) -> Connection:
    """End a resource's sync. `copies`: remove the future ones, or keep them. Raises WrongState when there is none."""
    stopped: list[Connection] = []

    def stop(now: Connection) -> Connection:
        if now.status in (Status.NOT_INVITED, Status.DISABLED):
            return now
        stopped.append(now)
        return replace(now, status=Status.DISABLED, reason=None, paused_from=None, invitation="")

    after = await update(services, company_id, resource_id, stop)
    if not stopped:
        if after.status is Status.DISABLED:
            return after
        raise errors.not_connected()
    now = services.now()
    await services.store.append_log(company_id, resource_id, LogLine(at=now, cause="person", rule=Rule.DISABLED))
    await _leave(services, after, copies, cause="person")
    if after.mailbox is not None:
        await services.mail.send(
            Message(
                kind="disabled",
                company_id=company_id,
                resource_id=resource_id,
                at=now,
                cause=f"disabled:{now:%Y%m%dT%H%M%S%f}",
            )
        )
    return after


async def uninstall(services: Services, company_id: str, copies: str = REMOVE_FUTURE) -> Company:
    """End the sync of every resource; the company's data is erased after the retention time."""
    company = await services.store.company(company_id)
    if company is None:
        raise errors.unknown_company()
    now = services.now()
    if company.uninstalled_at is None:
        company = await services.store.save_company(replace(company, uninstalled_at=now))
    connections = [connection async for connection, _ in services.store.connections(company_id)]
    for connection in connections:
        if connection.status not in (Status.NOT_INVITED, Status.DISABLED):
            await disable(services, company_id, connection.resource_id, copies)
    await services.store.schedule_erasure(company_id, (company.uninstalled_at or now) + RETENTION)
    return company


async def wake_erasures(services: Services) -> int:
    """Put a message for every company whose retention time is over; answers how many."""
    count = 0
    async for company_id, due in services.store.due_erasures(services.now()):
        await services.wakes.put(Wake(company_id=company_id, cause="retention", at=due, job="erase"))
        count += 1
    return count


async def erase(services: Services, wake: Wake) -> None:
    """Erase what is left of a company that stayed uninstalled for the retention time; `wake.at` is when it ended.

    One that came back keeps its data, and a later uninstalling has an entry of its own.
    """
    company = await services.store.company(wake.company_id)
    left = company.uninstalled_at if company else None
    if left is not None and left + RETENTION <= services.now():
        async for connection, _ in services.store.connections(wake.company_id):
            await services.vault.destroy(wake.company_id, connection.resource_id)
        await services.store.forget_company(wake.company_id)
    await services.store.drop_erasure(wake.company_id, wake.at)


async def resume(services: Services, company_id: str, resource_id: str) -> Connection:
    """Go on after a pause, catching up on what was missed. Raises WrongState."""
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
    after = await update(services, company_id, resource_id, go_on)
    if not resumed:
        raise errors.wrong_state(f"Only a paused sync can be resumed; this one is {after.status}.")
    now = services.now()
    await services.store.append_log(company_id, resource_id, LogLine(at=now, cause="person", rule="resumed"))
    await _sweep(services, after, "import" if after.status is Status.IMPORTING else "catch_up")
    return after


async def check(services: Services, company_id: str, resource_id: str) -> Connection:
    """Compare both calendars over the whole window now. Raises WrongState when the sync is not live."""
    connection = await services.store.connection(company_id, resource_id)
    if connection is None or connection.status is not Status.CONNECTED:
        raise errors.not_connected()
    await _sweep(services, connection, "check")
    return connection


async def run(services: Services, ledger: Ledger, wake: Wake) -> None:
    """The worker's part of ending a connection, in as many messages as it takes. Tokens go last: they are needed."""
    connection = ledger.connection
    if connection.status is not Status.DISABLED:
        await ledger.close(ledger.state)
        return
    if wake.job == "remove" and not await remove_copies(services, ledger, connection):
        await services.wakes.put(replace(wake, at=services.now()))
        await ledger.close(ledger.state)
        return
    with suppress(Broken):
        await subscriptions.unsubscribe(services, connection)
    company_id, resource_id = connection.company_id, connection.resource_id
    if connection.mailbox is not None:
        await services.store.release_calendar(connection.mailbox, company_id, resource_id)
    await services.vault.destroy(company_id, resource_id)
    services.tokens.forget(company_id, resource_id)
    for conflict in await ledger.conflicts():
        await ledger.commit(Changes(cured=[conflict.id]))
    await ledger.close(RoundState(last_change=ledger.state.last_change))
    if wake.job == "remove":
        await services.store.forget_links(company_id, resource_id)


async def remove_copies(services: Services, ledger: Ledger, connection: Connection, *, blind: bool = False) -> bool:
    """Delete future copies on both sides; False when the time was over before all were gone.

    `blind`: the Outlook calendar is out of reach, only TIMIFY's copies can go.
    """
    now, started = services.now(), monotonic()
    outlook, timify = services.outlook(connection), services.timify(connection)
    links = [link async for link in ledger.links() if link.copy is not None and link.copy.span.end > now]
    for link in links:
        if monotonic() - started > _TIME_IN_ONE_MESSAGE:
            return False
        assert link.copy is not None
        try:
            if link.origin is Side.OUTLOOK:
                await timify.delete(appointment_of(link.copy.id), notify=False)
            elif not (blind or link.copy.attendees):
                await outlook.delete(link.copy.id)
        except Transient:
            raise
        except Failure as failure:
            log.warning("a copy could not be removed: %s", failure.code)
        await ledger.commit(Changes(forget=[link], log=[_removed(services, link)]))
    return True


def _removed(services: Services, link: Link) -> LogLine:
    return LogLine(at=services.now(), cause="person", rule=Rule.DISABLED, item=link.key, side=link.origin.other)


async def _leave(services: Services, connection: Connection, copies: str, cause: str) -> None:
    job = "remove" if copies == REMOVE_FUTURE else "disconnect"
    await services.wakes.put(
        Wake(
            company_id=connection.company_id,
            resource_id=connection.resource_id,
            cause=cause,
            at=services.now(),
            job=job,
        )
    )


async def _sweep(services: Services, connection: Connection, job: str) -> None:
    await services.wakes.put(
        Wake(
            company_id=connection.company_id,
            resource_id=connection.resource_id,
            cause="person",
            at=services.now(),
            job=job,
        )
    )
