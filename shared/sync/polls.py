"""Looks by the clock, because notifications may fall silent: one delta call where nothing was heard for hours.

A mailbox that has no notifications at all is looked at every few minutes. Where a look finds what nobody told of, the
subscription is made anew.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.accounts import Company, Connection
from shared.sync.keeping import Errand, Ledger
from shared.sync.ports import Wake
from shared.sync.rounds import run_round
from shared.sync.services import Services
from shared.sync.spread import TEN_MINUTES, next_turn, own_time
from shared.sync.subscriptions import live
from shared.telemetry import logger

log = logger(__name__)

SILENCE = timedelta(hours=6)
"""So long a subscribed calendar may be silent at most before somebody looks: four looks a day where nothing happens."""
AGAIN = timedelta(hours=3)
"""Where the calendar was heard of lately there is no look yet, but so much later somebody sees to it again."""
LATELY = timedelta(hours=2, minutes=30)
"""A little less than AGAIN, because reading takes time; both together are less than SILENCE."""
WITHOUT_NOTIFICATIONS = TEN_MINUTES
"""Every round of the timer, for mailboxes that cannot be subscribed."""
JUST_NOW = timedelta(minutes=5)


async def poll(services: Services, company: Company, ledger: Ledger, wake: Wake) -> None:
    """Look if nothing was read lately, and enter the next look. Gives the lease back."""
    connection, now = ledger.connection, services.now()
    subscribed, seen = live(connection, now), ledger.state.covered_until
    if seen is not None and now - seen < (LATELY if subscribed else JUST_NOW):
        await ledger.close(ledger.state)
        await _enter(services, connection, next_look(connection, now, AGAIN))
        return
    tally = await run_round(services, company, ledger, replace(wake, job="round", outlook=True, cause="poll", at=now))
    if tally.items and subscribed:
        log.warning("a look found what no notification told of: the subscription is made anew")
        await services.wakes.put(replace(wake, job="resubscribe", at=now, tries=0))
    await schedule_poll(services, connection, now)


async def schedule_poll(services: Services, connection: Connection, seen: datetime) -> None:
    """Enter the next look at a connection that was read at `seen`."""
    await _enter(services, connection, next_look(connection, seen, SILENCE))


def next_look(connection: Connection, after: datetime, every: timedelta) -> datetime:
    """The first of a connection's moments of looking, midway between those of its checks, which read as well.

    They do not follow from the last reading: two chains of looks would go on side by side, and all that were read at
    once would be read at once again.
    """
    if not live(connection, after):
        return next_turn(timedelta(0), WITHOUT_NOTIFICATIONS, after)
    return next_turn(own_time(connection.company_id, connection.resource_id) + AGAIN, every, after)


async def _enter(services: Services, connection: Connection, due: datetime) -> None:
    company_id, resource_id = connection.company_id, connection.resource_id
    await services.store.schedule_errand(Errand(job="poll", company_id=company_id, resource_id=resource_id, due=due))
