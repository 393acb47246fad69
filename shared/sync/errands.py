"""What is due by the clock: renewals of subscriptions, checks, looks, erasures. The timer only sends messages."""

from datetime import datetime, timedelta

from shared.sync.keeping import Errand
from shared.sync.ports import Wake
from shared.sync.services import Services
from shared.sync.spread import next_turn, own_time
from shared.sync.subscriptions import RENEW_BEFORE

CHECK_EVERY = timedelta(days=1)
NO_CHECK_BEFORE = timedelta(hours=12)
"""After a whole reading: the next check is at the connection's own time of day, 12 to 36 hours later."""
SECOND_LOOK = timedelta(minutes=2)
"""Graph's delta may lag behind its notifications: where one told of a change that does not show, look again."""
LOOK, CLOCK = "look", "clock"


async def send_renewals(services: Services) -> int:
    """Put a message for every subscription that ends soon; answers how many. Sent twice it does no harm.

    The message is tried again until it is done, and makes the next entry; of a connection that does not run it makes
    none. Whole hours are asked for, so that nothing is read that is not due.
    """
    now, count = services.now(), 0
    until = (now + RENEW_BEFORE).replace(minute=0, second=0, microsecond=0)
    async for ends in services.store.due_renewals(until):
        renewal = Wake(company_id=ends.company_id, resource_id=ends.resource_id, cause="renewal", at=now, job="renew")
        await services.wakes.put(renewal)
        await services.store.drop_renewals([ends])
        count += 1
    return count


async def send_errands(services: Services) -> int:
    """Put a message for every errand that is due; answers how many. Sent twice it does no harm."""
    count = 0
    async for errand in services.store.due_errands(services.now()):
        await services.wakes.put(_wake(errand))
        await services.store.drop_errands([errand])
        count += 1
    return count


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
