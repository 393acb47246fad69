"""Queue `emails`: one mail each."""

import json
from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from shared.email.carriers import Carrier
    from shared.sync.services import Services

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.queue_trigger("msg", queue_name="emails", connection="AzureWebJobsStorage")
async def email_worker(msg: func.QueueMessage) -> None:
    """Send a mail; what fails is tried again by the host, and ends in `emails-poison`."""
    from shared.app import services
    from shared.email.carriers import carrier

    app = services()
    await send(app, carrier(app.config), msg.get_body())


async def send(services: "Services", carrier: "Carrier", body: bytes) -> None:
    """Read the queue's message and deliver it. Raises Transient, CannotUnseal, ValueError."""
    from shared.email.delivery import deliver
    from shared.email.queue_mail import from_queue

    message = from_queue(json.loads(body), services.sealer)
    await deliver(
        message,
        store=services.store,
        directory=services.directory,
        company_name=await services.company_names.company_name(message.company_id),
        carrier=carrier,
    )
