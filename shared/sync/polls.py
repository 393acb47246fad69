"""Looks by the clock, because notifications may fall silent: one delta call where nothing was heard for hours.

A mailbox that has no notifications at all is looked at every few minutes. Where a look finds what nobody told of, the
subscription is made anew.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.accounts import Company, Connection
from shared.sync.keeping import Errand, Ledger
from shared.sync.ports import Wake
from shared.sync.rounds import run_round
from shared.sync.services import Services

log = logging.getLogger(__name__)

SILENCE = timedelta(hours=6)
"""So long a subscribed calendar may be silent before somebody looks: four calls a day where nothing happens."""
WITHOUT_NOTIFICATIONS = timedelta(minutes=5)
"""Every round of the timer, for mailboxes that cannot be subscribed."""


async def poll(services: Services, company: Company, ledger: Ledger, wake: Wake) -> None:
    """Look if nothing was read since the last look, and enter the next one. Gives the lease back."""
    connection, now = ledger.connection, services.now()
    seen = ledger.state.covered_until
    if seen is not None and now - seen < _every(connection, now):
        await ledger.close(ledger.state)
    else:
        seen = now
        tally = await run_round(
            services, company, ledger, replace(wake, job="round", outlook=True, cause="poll", at=now)
        )
        if tally.items and _subscribed(connection, now):
            log.warning("a look found what no notification told of: the subscription is made anew")
            await services.wakes.put(replace(wake, job="resubscribe", at=now, tries=0))
    await schedule_poll(services, connection, seen)


async def schedule_poll(services: Services, connection: Connection, seen: datetime) -> None:
    """Enter the next look at a connection that was read at `seen`."""
    company_id, resource_id = connection.company_id, connection.resource_id
    due = seen + _every(connection, services.now())
    await services.store.schedule_errand(Errand(job="poll", company_id=company_id, resource_id=resource_id, due=due))


def _every(connection: Connection, now: datetime) -> timedelta:
    return SILENCE if _subscribed(connection, now) else WITHOUT_NOTIFICATIONS


def _subscribed(connection: Connection, now: datetime) -> bool:
    ends = connection.subscription_expires
    return bool(connection.subscription_id) and ends is not None and ends > now
