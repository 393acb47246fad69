"""What is due by the clock: renewals of subscriptions, checks, looks, erasures. The timer only sends messages."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from time import monotonic

from shared.sync.keeping import Errand, Renewal
from shared.sync.ports import Wake
from shared.sync.services import Services
from shared.sync.spread import next_turn, own_time
from shared.sync.subscriptions import RENEW_BEFORE
from shared.telemetry import logger

log = logger(__name__)

CHECK_EVERY = timedelta(days=1)
NO_CHECK_BEFORE = timedelta(hours=12)
"""After a whole reading: the next check is at the connection's own time of day, 12 to 36 hours later."""
SECOND_LOOK = timedelta(minutes=2)
"""Graph's delta may lag behind its notifications: where one told of a change that does not show, look again."""
LOOK, CLOCK = "look", "clock"
EARLY = timedelta(seconds=1)
"""A timer may fire a moment too early; what is due at the full ten minutes need not wait for the next run."""

LATE = timedelta(minutes=30)
"""What was due so long ago was passed over by runs before this one."""
OVERDUE = timedelta(hours=2)
"""The same of renewals, whose timer runs every hour."""

AT_ONCE = 16
"""Messages on their way to the queue at the same time."""
PORTION = 200
"""Of so many is known at once which messages were sent; then they are taken off the list."""
TIME_OF_A_RUN = 420.0
"""Seconds, of the 600 that a function has. What is left then is due at the next run."""


async def send_renewals(services: Services) -> int:
    """Put a message for every subscription that ends soon; answers how many. Sent twice it does no harm.

    The message is tried again until it is done, and makes the next entry; of a connection that does not run it makes
    none. Whole hours are asked for, so that nothing is read that is not due.
    """
    now, overdue = services.now(), 0
    until = (now + RENEW_BEFORE).replace(minute=0, second=0, microsecond=0)

    def wake(renewal: Renewal) -> Wake:
        nonlocal overdue
        overdue += renewal.expires < until - OVERDUE
        return Wake(
            company_id=renewal.company_id, resource_id=renewal.resource_id, cause="renewal", at=now, job="renew"
        )

    try:
        return await _send(services, services.store.due_renewals(until), wake, services.store.drop_renewals)
    finally:
        log.info("event=renewals overdue=%d", overdue)


async def send_errands(services: Services) -> int:
    """Put a message for every errand that is due; answers how many. Sent twice it does no harm."""
    now, late = services.now(), 0

    def wake(errand: Errand) -> Wake:
        nonlocal late
        late += errand.due < now - LATE
        return _wake(errand)

    try:
        return await _send(services, services.store.due_errands(now + EARLY), wake, services.store.drop_errands)
    finally:
        log.info("event=errands late=%d", late)


async def check_tomorrow(services: Services, company_id: str, resource_id: str) -> None:
    """Enter the next agreement check of a connection, at its own time of day: one and the same entry, whoever asks."""
    due = next_check(company_id, resource_id, services.now())
    await services.store.schedule_errand(Errand(job="check", company_id=company_id, resource_id=resource_id, due=due))


def next_check(company_id: str, resource_id: str, now: datetime) -> datetime:
    """When a connection that is read as a whole now is to be checked next."""
    return next_turn(own_time(company_id, resource_id), CHECK_EVERY, now + NO_CHECK_BEFORE)


async def look_again(services: Services, company_id: str, resource_id: str) -> None:
    """Enter a second look at what a notification told of; it costs nothing if another round comes first."""
    due = services.now() + SECOND_LOOK
    await services.store.schedule_errand(Errand(job=LOOK, company_id=company_id, resource_id=resource_id, due=due))


def _wake(errand: Errand) -> Wake:
    look = errand.job == LOOK
    return Wake(
        company_id=errand.company_id,
        resource_id=errand.resource_id,
        cause="second_look" if look else CLOCK,
        at=errand.due,
        job="round" if look else errand.job,
        outlook=look,
    )


async def _send[T](
    services: Services,
    due: AsyncIterator[T],
    wake: Callable[[T], Wake],
    drop: Callable[[Sequence[T]], Awaitable[None]],
) -> int:
    """Put the messages, many at once, and take what was sent off the list, a portion at a time.

    What could not be sent stays for the next run and keeps nothing else from being sent; then the run counts as failed.
    """
    until, count, failures = monotonic() + TIME_OF_A_RUN, 0, list[Exception]()
    async with aclosing(_portions(due)) as portions:
        async for portion in portions:
            sent = await _put(services, portion, wake, until, failures)
            await drop(sent)
            count += len(sent)
            if monotonic() > until:
                log.warning("there was more to send than time, the next run goes on: sent=%d", count)
                break
    if failures:
        log.warning("left for the next run: sent=%d failed=%d", count, len(failures))
        raise failures[0]
    return count


async def _put[T](
    services: Services, portion: Sequence[T], wake: Callable[[T], Wake], until: float, failures: list[Exception]
) -> list[T]:
    """Put the messages of a portion as long as there is time; answers for which of them it was done."""
    sent, waiting = list[T](), iter(portion)

    async def carry() -> None:
        for one in waiting:
            if monotonic() > until:
                return
            try:
                await services.wakes.put(wake(one))
            except Exception as failure:
                failures.append(failure)
            else:
                sent.append(one)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(portion))):
            group.create_task(carry())
    return sent


async def _portions[T](due: AsyncIterator[T]) -> AsyncGenerator[list[T]]:
    portion: list[T] = []
    async for one in due:
        portion.append(one)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion
