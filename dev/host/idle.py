"""Is anything left to do? Read so that a message on its way from queue to function is never overlooked."""

from collections.abc import Sequence

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from dev.host.activity import Activity

# One peek shows at most this many messages.
_PEEK = 32


async def read_idle(activity: Activity, queues: Sequence[QueueClient]) -> dict[str, int]:
    """`queued`: visible messages; `delayed`: hidden and held by nobody; `running`: invocations. All 0 means quiet.

    A message counts in its queue until it is deleted, after its function has ended. So only an invocation that ran
    while the queues were read one after the other could have moved one past us: then the reading is not zero.
    """
    before = activity.snapshot()
    queued = total = 0
    for queue in queues:
        try:
            count = (await queue.get_queue_properties()).approximate_message_count or 0
            visible = len(await queue.peek_messages(_PEEK)) if count else 0
        except ResourceNotFoundError:
            continue
        total += count
        queued += count if visible == _PEEK else visible
    after = activity.snapshot()
    running = max(before.running, after.running)
    if total == 0 and running == 0 and after.started != before.started:
        running = 1
    return {"queued": queued, "delayed": max(0, total - queued - after.held), "running": running}
