"""What the host gave up after five failures: it lies in poison queues until somebody puts it back."""

from azure.storage.queue.aio import QueueClient

from shared.storage.errors import Missing, our_words
from shared.storage.queues import EMAILS, SYNC_ROUNDS, queue_client
from shared.telemetry import logger

log = logger(__name__)

QUEUES = (SYNC_ROUNDS, EMAILS)


def poison_of(queue: str) -> str:
    """Where the host puts what it gives up of `queue`."""
    return f"{queue}-poison"


async def count(client: QueueClient) -> int:
    """About how many messages there are, hidden ones included; 0 when there is no such queue yet."""
    try:
        with our_words():
            return (await client.get_queue_properties()).approximate_message_count or 0
    except Missing:
        return 0


async def report(storage: str) -> None:
    """One line in the log for each poison queue that is not empty, for operations to be alerted by."""
    for queue in map(poison_of, QUEUES):
        async with queue_client(storage, queue) as client:
            if messages := await count(client):
                log.error("given up: %d messages lie in %s", messages, queue)
