"""Queue `sync-rounds`: one round, or one part of a sweep, of one connection."""

from functools import lru_cache
from typing import TYPE_CHECKING

import azure.functions as func

from functions.failing import without_content

if TYPE_CHECKING:
    from shared.sync.worker import Worker

BREATH = 0.25
"""Seconds that a burst of notifications has to be joined into one more round."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@lru_cache(maxsize=1)
def worker() -> "Worker":
    """The one worker of this process."""
    from shared.app import services
    from shared.sync.worker import Worker

    return Worker(services(), BREATH)


@blueprint.queue_trigger("msg", queue_name="sync-rounds", connection="AzureWebJobsStorage")
async def sync_worker(msg: func.QueueMessage) -> None:
    """Do what the message asks for; a message that nobody understands ends in `sync-rounds-poison`."""
    await without_content(_deal_with(msg.get_body()))


async def _deal_with(body: bytes) -> None:
    from shared.storage.queues import wake_from_json

    wake = wake_from_json(body.decode("utf-8"))
    await worker().handle(wake)
