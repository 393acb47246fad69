"""Queue `emails`: one mail each."""

import json
from typing import TYPE_CHECKING

import azure.functions as func

from functions.failing import without_content
from shared.telemetry import logger

if TYPE_CHECKING:
    from shared.email.carriers import Carrier
    from shared.email.queue_mail import Queue
    from shared.email.records import Mails
    from shared.sync.services import Services

LONGEST_PAUSE = 3600.0
TRIES = 80
"""With the pauses between them about three days; then the host tries five times more and gives up."""

log = logger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.queue_trigger("msg", queue_name="emails", connection="AzureWebJobsStorage")
async def email_worker(msg: func.QueueMessage) -> None:
    """Send a mail, or put it off; what nobody can read is tried again by the host, and ends in `emails-poison`."""
    await without_content(_deal_with(msg.get_body()))


async def _deal_with(body: bytes) -> None:
    from shared.app import services

    app = services()
    await send(app, app.mails, app.carrier, app.mail_queue, body)


async def send(services: "Services", mails: "Mails", carrier: "Carrier", queue: "Queue", body: bytes) -> None:
    """Read the queue's message and deliver it; while TIMIFY or the carrier is away, it waits in the queue.

    Raises CannotUnseal, ValueError, and what kept it from being sent for three days.
    """
    from shared.domain.failures import Broken, Transient
    from shared.email.delivery import deliver
    from shared.email.queue_mail import from_queue

    data = json.loads(body)
    message = from_queue(data, services.sealer)
    try:
        await deliver(message, services, mails, carrier)
    except (Transient, Broken) as failure:
        tries = int(data.get("tries", 0))
        if tries >= TRIES:
            raise
        log.warning("A mail %s is put off: %s %s", message.kind, type(failure).__name__, failure.code)
        await queue.put(data | {"tries": tries + 1}, pause(failure, tries))


def pause(failure: Exception, tries: int) -> float:
    """Seconds until the next try: what was asked for, or 15, 30, 60 … at most an hour."""
    from shared.domain.failures import Throttled
    from shared.email.carriers import Unsure

    if isinstance(failure, Throttled) or (isinstance(failure, Unsure) and failure.retry_after):
        return max(failure.retry_after, 1.0)
    return min(LONGEST_PAUSE, 15.0 * 2.0 ** min(tries, 10))
