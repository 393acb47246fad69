"""How long messages wait: one line a run of the timer, for operations to be alerted by."""

from datetime import UTC, datetime

from azure.storage.queue.aio import QueueClient

from shared.storage.errors import Missing, our_words
from shared.storage.given_up import count
from shared.storage.queues import EMAILS, SYNC_ROUNDS, queue_client
from shared.telemetry import logger

log = logger(__name__)


async def oldest(client: QueueClient, now: datetime) -> int:
    """Seconds since the message was sent that is next to be taken; 0 when none is visible. One look, no delivery.

    Of a message that was put off it counts from then on, too: only two looks in a row say that nobody takes messages.
    """
    try:
        with our_words():
            found = await client.peek_messages(1)
    except Missing:
        return 0
    sent = found[0].inserted_on if found else None
    return max(0, round((now - sent).total_seconds())) if sent else 0


async def report(storage: str) -> None:
    """Say it of both queues: how many messages there are, hidden ones included, and how old the next one is."""
    async with queue_client(storage, SYNC_ROUNDS) as rounds, queue_client(storage, EMAILS) as mails:
        now = datetime.now(UTC)
        waiting = await count(rounds), await oldest(rounds, now), await count(mails), await oldest(mails, now)
    log.info("event=queues rounds=%d rounds_oldest_s=%d mails=%d mails_oldest_s=%d", *waiting)
