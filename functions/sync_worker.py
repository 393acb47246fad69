"""Queue `sync-rounds`: one round, or one part of a sweep, of one connection."""

import azure.functions as func

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.queue_trigger("msg", queue_name="sync-rounds", connection="AzureWebJobsStorage")
async def sync_worker(msg: func.QueueMessage) -> None:
    """Do what the message asks for; a message that nobody understands ends in `sync-rounds-poison`."""
    from shared.app import services
    from shared.storage.queues import wake_from_json
    from shared.sync.worker import handle

    await handle(services(), wake_from_json(msg.get_body().decode("utf-8")))
