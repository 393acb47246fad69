"""Graph subscriptions: made when a calendar is connected, renewed before they end, made anew when they are gone."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.accounts import Connection
from shared.domain.failures import Refused
from shared.sync.connections import update
from shared.sync.ports import Subscription
from shared.sync.services import Services
from shared.sync.spread import own_time
from shared.telemetry import logger

log = logger(__name__)

LIFE = timedelta(minutes=10_080 - 60)
"""Graph's longest life of an event subscription is 10,080 minutes; an over-long one is refused."""
RENEW_BEFORE = timedelta(days=1)


def end_of_life(connection: Connection, now: datetime) -> datetime:
    """When a subscription made now shall end: up to a day before the longest life, by the connection's own time.

    Connections that were made at once are thus not renewed at once.
    """
    return now + LIFE - own_time(connection.company_id, connection.resource_id)


def live(connection: Connection, now: datetime) -> bool:
    """Is there a subscription that has not ended?"""
    ends = connection.subscription_expires
    return bool(connection.subscription_id) and ends is not None and ends > now


async def subscribe(services: Services, connection: Connection) -> None:
    """Ask Graph for notifications of the connection's calendar, instead of what was subscribed before.

    A mailbox that has none is synced all the same: it is looked at by the clock (`shared.sync.polls`).
    """
    signer = services.signer
    state = signer.client_state(connection.company_id, connection.resource_id)
    try:
        made = await services.outlook(connection).subscribe(state, end_of_life(connection, services.now()))
    except Refused as refused:
        log.warning("no subscription for this mailbox: %s", refused.code)
        made = None
    await _keep(services, connection, made, signer.newest)


async def renew(services: Services, connection: Connection) -> bool:
    """Renew and reauthorise. False when the subscription was gone, or its client state was signed by a key that is not
    the newest any more: then it was made anew, and something may have been missed.

    A client state stays as it was made: renewing changes the end, and where notifications go.
    https://learn.microsoft.com/graph/api/subscription-update
    """
    rotated = connection.subscription_key != services.signer.newest
    if connection.subscription_id and not rotated:
        renewed = await _renewed(services, connection)
        if renewed is not None:
            await _keep(services, connection, renewed, connection.subscription_key)
            return True
    await subscribe(services, connection)
    if connection.subscription_id and rotated:  # where Graph let it stand beside the new one, all would be told twice
        await services.outlook(connection).unsubscribe(connection.subscription_id)
    return False


async def _renewed(services: Services, connection: Connection) -> Subscription | None:
    """None when it is gone, or Graph wants to know no more of it: then there must be another one, or none."""
    try:
        return await services.outlook(connection).renew(
            connection.subscription_id, end_of_life(connection, services.now())
        )
    except Refused as refused:
        log.warning("a subscription cannot be renewed: %s", refused.code)
        return None


async def unsubscribe(services: Services, connection: Connection) -> None:
    """Stop notifications; needs a token that still works."""
    if connection.subscription_id:
        await services.outlook(connection).unsubscribe(connection.subscription_id)
        await _drop(services, connection)


async def _keep(services: Services, connection: Connection, made: Subscription | None, key: str) -> None:
    await _drop(services, connection)
    made_id, expires = (made.id, made.expires) if made else ("", None)
    kept = await update(
        services,
        connection.company_id,
        connection.resource_id,
        lambda now: replace(
            now, subscription_id=made_id, subscription_expires=expires, subscription_key=key if made else ""
        ),
    )
    if made:
        await services.store.schedule_renewal(kept)


async def _drop(services: Services, connection: Connection) -> None:
    if connection.subscription_id and connection.subscription_expires:
        await services.store.drop_renewal(connection.subscription_id, connection.subscription_expires)
