"""Removing the copies of a connection that ends, or that leaves its calendar for another one."""

from dataclasses import replace
from datetime import datetime
from time import monotonic

from shared.domain.accounts import LogLine
from shared.domain.failures import Broken, Failure, Reason, Stale, Transient
from shared.domain.items import Event, Side
from shared.domain.links import Link, LinkState
from shared.domain.rules import Rule
from shared.sync.course import appointment_of
from shared.sync.keeping import Changes, Ledger
from shared.sync.ports import Outlook, Timify
from shared.sync.services import Services
from shared.telemetry import logger

log = logger(__name__)

_TIME_IN_ONE_MESSAGE = 40.0


async def remove_copies(services: Services, ledger: Ledger) -> bool:
    """Delete future copies on both sides; False when the time was over before all were gone.

    They stand in the calendar before the present one, where the connection has left one. With another account that
    calendar is out of reach: only TIMIFY's copies can go. Raises what time or operations can mend.
    """
    now, started, connection = services.now(), monotonic(), ledger.connection
    mailbox, earlier = connection.mailbox, connection.earlier
    within_reach = earlier is None or (mailbox is not None and mailbox.account == earlier.account)
    outlook = services.outlook(replace(connection, mailbox=earlier or mailbox)) if within_reach else None
    timify = services.timify(connection)
    links = [link async for link in ledger.links() if has_future_copy(link, now)]
    for link in links:
        if monotonic() - started > _TIME_IN_ONE_MESSAGE:
            return False
        try:
            await _remove(link, outlook, timify)
        except Transient:
            raise
        except Failure as failure:
            if isinstance(failure, Broken) and failure.reason is Reason.OUR_CREDENTIALS:
                raise
            log.warning("a copy could not be removed: %s", failure.code)
        line = LogLine(at=services.now(), cause="disabled", rule=Rule.DISABLED, item=link.key, side=link.origin.other)
        await ledger.commit(Changes(forget=[link], log=[line]))
    return True


def has_future_copy(link: Link, now: datetime) -> bool:
    """Does the copy of a link end in the future? Also one that was being made when the answer got lost; not an orphan,
    whose origin is somebody else's, nor a twin, which a person may have made."""
    if link.copy is None:
        return link.state is LinkState.INTENDED
    return link.copy.span.end > now and link.reason != Rule.ORPHAN and not link.twin


async def _remove(link: Link, outlook: Outlook | None, timify: Timify) -> None:
    if link.origin is Side.OUTLOOK:
        made = None if link.copy else await timify.find(link.mark(), link.source.span.outwards())
        copy_id = link.copy.id if link.copy else made.id if made else ""
        await timify.delete(appointment_of(copy_id), notify=False)
    elif outlook is not None and link.copy is None:
        await _remove_event(outlook, await outlook.find(link.mark()))
    elif outlook is not None and link.copy is not None and not link.copy.attendees:
        try:
            await outlook.delete(link.copy.id, link.copy.version)
        except Stale:  # somebody edited it since; whoever was invited to it would get mail
            await _remove_event(outlook, await outlook.read(link.copy.id))


async def _remove_event(outlook: Outlook, event: Event | None) -> None:
    if event is not None and not event.attendees:
        await outlook.delete(event.id, event.version)
