"""What both webhooks end with: wake-ups that are in the queue before anybody is answered."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from shared.sync.errors import OutOfReach
from shared.sync.ports import Wake, WakeQueue
from shared.telemetry import logger, new_correlation

AT_ONCE = 16
"""Of one body. More in flight only open more connections to the queue; and it is of one body, so that a single
notification never waits behind a thousand others."""

_log = logger(__name__)


async def keep(queue: WakeQueue, wakes: Iterable[Wake], what: str) -> None:
    """Returns once each wake-up is in the queue. Raises OutOfReach (503), naming `what`, when one is not: some of the
    others may be there, and sending everything again does no harm."""
    name = new_correlation()
    every = [replace(wake, correlation=name) for wake in wakes]
    left = iter(every)

    async def put_one_after_the_other() -> None:
        for wake in left:
            await queue.put(wake)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in every[:AT_ONCE]:
                group.create_task(put_one_after_the_other())
    except ExceptionGroup as failed:
        _log.error("The queue did not take a wake-up: %s", type(failed.exceptions[0]).__name__)
        raise OutOfReach("queue-unreachable", f"The {what} could not be kept; send it again.") from failed
    if every:
        _log.info("event=notified source=%s wakes=%d correlation=%s", what, len(every), name)
