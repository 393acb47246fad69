"""What the queue worker does with one message: find the connection, take its lease, do the job, or put it off."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from shared.domain.accounts import Connection, LogLine, Status
from shared.domain.failures import Broken, Failure, Reason, Throttled, Transient
from shared.sync import disable, erasing, reminding, retention, subscriptions
from shared.sync.beside import BESIDE_ROUNDS
from shared.sync.brake import ManyDeletions
from shared.sync.connections import update
from shared.sync.errands import check_tomorrow
from shared.sync.gate import Gate
from shared.sync.invite import issue, link_of
from shared.sync.keeping import Covered, Dormant, LeaseLost, Ledger
from shared.sync.polls import poll, schedule_poll
from shared.sync.ports import Message, Wake
from shared.sync.retention import note
from shared.sync.rounds import later, run_round
from shared.sync.services import Services
from shared.sync.sweep import run_sweep
from shared.telemetry import Trail, logger, plain, standing, trail

log = logger(__name__)

OUR_FAULT_PAUSE = 300.0
"""Seconds to wait when our own credentials are refused: operations must act, no user is at fault."""

DOUBTS = (10.0, 30.0, 60.0)
"""Seconds between the looks at a connection that one answer called broken. After the last one it is believed: a person
signs in again for nothing otherwise, and is still told within two minutes."""

SEVERAL = 5
DURING_A_READING = 20.0
"""Seconds after which what came during a whole reading comes again, at the most."""

HALF_AN_EDIT = timedelta(seconds=20)
"""So long after it was told of, half an edit of a series is looked at again, before anybody is asked about it."""


class Worker:
    """What takes messages in one process. `breath`: see `shared.sync.gate.Gate`."""

    def __init__(self, services: Services, breath: float = 0.0) -> None:
        self._services = services
        self._gate = Gate(self._after_the_reading, breath)

    async def handle(self, wake: Wake) -> None:
        """Do what a message asks for. Whatever can be tried again is sent again; nothing is lost."""
        if wake.resource_id and wake.job not in reminding.JOBS:
            await self._gate.pass_through(wake, self._deal)
            return
        with trail(wake.correlation, wake.company_id, wake.resource_id) as here:
            wake = replace(wake, correlation=here.correlation)
            if wake.job == erasing.JOB:
                await disable.erase(self._services, wake)
            elif wake.job in reminding.JOBS:
                await reminding.run(self._services, wake)
            else:
                await self._fan_out(wake)

    async def _after_the_reading(self, wake: Wake) -> None:
        """A short one is over in a second; during a long one what came meanwhile asks ever more seldom."""
        delay = min(2.0**wake.tries, DURING_A_READING)
        await self._services.wakes.put(replace(wake, tries=min(wake.tries + 1, SEVERAL)), delay=delay)

    async def _deal(self, wake: Wake) -> None:
        """Deal with the wishes for one connection, and say in one line how that went."""
        began, waited, outcome = monotonic(), self._services.now() - wake.at, "failed"
        with trail(wake.correlation, wake.company_id, wake.resource_id) as here:
            try:
                outcome = await self._dealt(wake)
            finally:
                _say(wake, here, outcome, waited, monotonic() - began)

    async def _dealt(self, wake: Wake) -> str:
        """How it ended, in one word."""
        services = self._services
        beside = BESIDE_ROUNDS.get(wake.job)
        if beside is not None:
            try:
                return await beside(services, replace(wake, doubts=0))
            except (Transient, Broken) as failure:
                return "put_off" if await _put_off(services, wake, failure) else "broken"
        try:
            notified_at = wake.at if _only_looks(wake) else None
            running = wake.job not in (*disable.JOBS, erasing.JOB, retention.JOB)
            now = services.now()
            ledger = await services.store.open(wake.company_id, wake.resource_id, now, notified_at, running=running)
        except (Covered, Dormant) as nothing:
            return "covered" if isinstance(nothing, Covered) else "dormant"
        except Throttled as throttled:
            await services.wakes.put(wake, delay=throttled.retry_after)
            return "closed"
        if ledger is None:
            await services.wakes.put(replace(wake, tries=wake.tries + 1), delay=min(1.0 + wake.tries, 5.0))
            return "busy"
        try:
            await _do(services, ledger, replace(wake, doubts=0))
        except LeaseLost:
            log.warning("lease lost, the message is sent again")
            await services.wakes.put(wake, delay=5.0)
            return "lease_lost"
        except ManyDeletions as found:
            return await _brake(services, ledger, wake, found)
        except (Transient, Broken) as failure:
            await _give_back(ledger, _closed_by(failure, services.now()))
            if await _put_off(services, wake, failure):
                return "put_off"
            if isinstance(failure, Broken):
                await _broken(services, ledger.connection, failure.reason)
            return "broken"
        except BaseException:
            await _give_back(ledger)
            raise
        return "done"

    async def _fan_out(self, wake: Wake) -> None:
        """A webhook names bookings, perhaps resources: find the connections that are concerned.

        Hints and our own index name them without a call; only a booking nobody knows must be read for its resources.
        One connection is dealt with at once, the others get their own messages.
        """
        services = self._services
        try:
            concerned = await _concerned(services, wake)
        except (Transient, Broken) as failure:
            if not await _put_off(services, wake, failure):
                log.warning("nobody was told of a booking: code=%s", failure.code)
            return
        first, *others = sorted(concerned) or [""]
        for resource_id in others:
            await services.wakes.put(replace(wake, resource_id=resource_id, resources=()))
        if first:
            await self.handle(replace(wake, resource_id=first, resources=()))


async def _concerned(services: Services, wake: Wake) -> set[str]:
    concerned, unknown = set(wake.resources), list[str]()
    for appointment_id in wake.bookings:
        known = await services.store.resources_with(wake.company_id, appointment_id)
        concerned |= set(known)
        unknown += [] if known or wake.resources else [appointment_id]
    if unknown and await services.store.company(wake.company_id) is not None:
        for appointment_id in unknown:
            concerned |= set(await services.directory.resources_of(wake.company_id, appointment_id) or ())
    return concerned


def _only_looks(wake: Wake) -> bool:
    """Does the message ask for nothing that a later round has not done already?"""
    return wake.job == "round" and not wake.bookings and not wake.retry


def _say(wake: Wake, here: Trail, outcome: str, waited: timedelta, took: float) -> None:
    """The one line of a round. `lag_ms`: from the latest cause to the beginning; `graph`, `timify`: calls; `tables`,
    `messages`: requests to storage; `conflicts`: new ones; `throttled`: answers that asked to slow down."""
    counts = here.counts
    log.info(
        "event=round job=%s cause=%s outcome=%s tries=%d lag_ms=%d took_ms=%d graph=%d timify=%d tables=%d messages=%d"
        " writes=%d conflicts=%d throttled=%d status=%s subscribed=%s",
        *(plain(wake.job), plain(wake.cause), outcome, wake.tries, waited.total_seconds() * 1000, took * 1000),
        *(counts[each] for each in ("graph", "timify", "tables", "messages", "writes", "conflicts", "throttled")),
        *(here.status or "-", here.subscribed or "-"),
    )


async def _do(services: Services, ledger: Ledger, wake: Wake) -> None:
    found = ledger.connection
    standing(status=found.status, subscribed=subscriptions.live(found, services.now()))
    if wake.job == erasing.JOB:
        await erasing.run(services, ledger, wake)
        return
    if wake.job == retention.JOB:
        await retention.run(services, ledger, wake)
        return
    company = await services.store.company(wake.company_id)
    if company is None:
        await ledger.close(ledger.state)
        return
    if wake.job in disable.JOBS:
        await disable.run(services, ledger, wake)
        return
    if not ledger.connection.status.live or company.uninstalled_at is not None:
        await ledger.close(ledger.state)
        return
    jobs: dict[str, Callable[[], Awaitable[object]]] = {
        "round": lambda: run_round(services, company, ledger, wake),
        "poll": lambda: poll(services, company, ledger, wake),
        "renew": lambda: _renew(services, ledger, wake),
        "resubscribe": lambda: _resubscribe(services, ledger, wake),
    }
    await jobs.get(wake.job, lambda: run_sweep(services, company, ledger, wake))()


async def _renew(services: Services, ledger: Ledger, wake: Wake) -> None:
    renewed = await subscriptions.renew(services, ledger.connection)
    await check_tomorrow(services, wake.company_id, wake.resource_id)  # should it have got lost; else it is the same
    await ledger.close(ledger.state)
    if not renewed:
        await _made_anew(services, wake)


async def _resubscribe(services: Services, ledger: Ledger, wake: Wake) -> None:
    await subscriptions.subscribe(services, ledger.connection)
    await ledger.close(ledger.state)
    await _made_anew(services, wake)


async def _made_anew(services: Services, wake: Wake) -> None:
    """What was not notified meanwhile shows in the delta; and if there is no new subscription, somebody must look."""
    now = services.now()
    await services.wakes.put(replace(wake, job="round", outlook=True, at=now, tries=0))
    connection = await services.store.connection(wake.company_id, wake.resource_id)
    if connection is not None:
        await schedule_poll(services, connection, now)


def _closed_by(failure: Failure, now: datetime) -> datetime | None:
    """Until when nobody may call for this connection, whatever else is told of it and whoever works on it."""
    return now + timedelta(seconds=failure.retry_after) if isinstance(failure, Throttled) else None


async def _give_back(ledger: Ledger, closed_until: datetime | None = None) -> None:
    try:
        await ledger.close(replace(ledger.state, closed_until=closed_until))
    except (LeaseLost, Failure):
        log.warning("the lease could not be given back, it ends by itself")


async def _put_off(services: Services, wake: Wake, failure: Failure) -> bool:
    """Send the message again where time or operations help; False where only people can."""
    again = replace(wake, tries=wake.tries + 1)
    if isinstance(failure, Throttled):
        delay = failure.retry_after
    elif isinstance(failure, Transient):
        delay = later(again.tries)
    elif isinstance(failure, Broken) and failure.reason is Reason.OUR_CREDENTIALS:
        delay = OUR_FAULT_PAUSE
    elif isinstance(failure, Broken) and failure.doubtful and wake.doubts < len(DOUBTS):
        log.warning("not believed yet: job=%s reason=%s code=%s", wake.job, failure.reason, failure.code)
        await services.wakes.put(replace(again, doubts=wake.doubts + 1), delay=DOUBTS[wake.doubts])
        return True
    else:
        return False
    log.warning("put off: job=%s failure=%s code=%s", wake.job, type(failure).__name__, failure.code)
    await services.wakes.put(again, delay=delay)
    return True


async def _brake(services: Services, ledger: Ledger, wake: Wake, found: ManyDeletions) -> str:
    """Half an edit is looked at again first; anything else is asked about."""
    if found.halfway and wake.job == "round" and services.now() - wake.at < HALF_AN_EDIT:
        await _give_back(ledger)
        await services.wakes.put(wake, delay=HALF_AN_EDIT.total_seconds())
        return "half_an_edit"
    await _stop_and_ask(services, ledger, found)
    return "braked"


async def _stop_and_ask(services: Services, ledger: Ledger, found: ManyDeletions) -> None:
    """Pause before much is deleted. The delta link is dropped: whoever resumes reads everything anew.

    It pauses last: a worker that dies before brakes again, and the mail has the same cause then.
    """
    log.warning("paused by the brake: %d of %d", found.losses, found.copies)
    connection = ledger.connection
    await ledger.close(replace(ledger.state, delta_link="", progress=None))

    now = services.now()
    company_id, resource_id = connection.company_id, connection.resource_id
    await services.mail.send(
        Message(
            kind="paused",
            company_id=company_id,
            resource_id=resource_id,
            at=now,
            cause=f"{Reason.MANY_DELETIONS}:{connection.etag}",
            reason=Reason.MANY_DELETIONS,
            counts=(found.losses, found.copies),
        )
    )
    line = LogLine(at=now, cause="round", rule="paused", outcome="held", detail=Reason.MANY_DELETIONS)
    await note(services, company_id, resource_id, line)

    def pause(now: Connection) -> Connection:
        if not now.status.live:
            return now
        return replace(now, status=Status.PAUSED, reason=Reason.MANY_DELETIONS, paused_from=now.status)

    await update(services, company_id, resource_id, pause)


async def _broken(services: Services, connection: Connection, reason: Reason) -> None:
    """The connection cannot go on: say so, once, to those who can mend it, with a link to connect again.

    It stops last: a worker that dies before says it again, with a new link in the place of the other.
    """
    company_id, resource_id = connection.company_id, connection.resource_id
    before = await services.store.connection(company_id, resource_id)
    if before is None or not before.status.live:
        return

    def stop(now: Connection) -> Connection:
        if not now.status.live:
            return now
        broken = Status.FAILED if now.status is Status.IMPORTING else Status.RECONNECT_NEEDED
        return replace(now, status=broken, reason=reason)

    found, token = await issue(services, company_id, resource_id)
    now = services.now()
    await services.mail.send(
        Message(
            kind="failed" if found.status is Status.IMPORTING else "reconnect_needed",
            company_id=company_id,
            resource_id=resource_id,
            at=now,
            cause=f"{reason}:{found.invitation}",
            reason=reason,
            link=link_of(services, token),
        )
    )
    line = LogLine(at=now, cause="round", rule=str(reason), outcome="failed")
    await note(services, company_id, resource_id, line)
    stopped = await update(services, company_id, resource_id, stop)
    log.warning("event=stopped status=%s reason=%s", stopped.status, reason)
