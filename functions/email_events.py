"""Mail carriers say what became of mails: Azure Event Grid (Communication Services), and SES through Amazon SNS."""

import hmac
from typing import TYPE_CHECKING, Any

import azure.functions as func

from functions.http import BadRequest, Unauthorized, checked_body, empty_answer, guarded, json_answer, parse_json
from shared.telemetry import logger

if TYPE_CHECKING:
    from shared.email.events import Undelivered
    from shared.email.records import Mails
    from shared.email.sns import Get
    from shared.sync.services import Services

MAX_EVENTS = 1024 * 1024
AMAZON_SECONDS = 10.0

log = logger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route(route="api/email/events", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
async def email_events(req: func.HttpRequest) -> func.HttpResponse:
    """Events of a mail carrier, known by the function key in the address."""
    return await guarded(_received(req))


async def receive(request: func.HttpRequest, services: "Services", mails: "Mails", get: "Get") -> func.HttpResponse:
    """204 once what did not arrive is shown on its resource. Raises BadRequest, Unauthorized, Transient."""
    from shared.email.events import from_event_grid, validation_code

    data = parse_json(checked_body(request, MAX_EVENTS))
    if isinstance(data, dict) and "TopicArn" in data:
        return await _from_sns(data, services, mails, get)
    if not isinstance(data, list):
        raise BadRequest("The body is neither a list of Event Grid events nor a message of Amazon SNS.")
    if code := validation_code(data):
        return json_answer({"validationResponse": code})
    for each in from_event_grid(data):
        await _tell(each, services, mails)
    return empty_answer()


async def _from_sns(data: dict[str, Any], services: "Services", mails: "Mails", get: "Get") -> func.HttpResponse:
    from shared.email.events import confirmation_link, from_sns
    from shared.email.sns import genuine

    topic, expected = str(data["TopicArn"]), services.config.ses_topic_arn
    if not expected or not hmac.compare_digest(topic.encode(), expected.encode()):
        raise Unauthorized("unauthorized", "The topic is not the one of SES_TOPIC_ARN.")
    if not await genuine(data, get, services.now()):
        raise Unauthorized("unauthorized", "The message is not signed by Amazon SNS.")
    match data.get("Type"):
        case "SubscriptionConfirmation":
            link = confirmation_link(data)
            if not link:
                raise BadRequest("SubscribeURL is no address of Amazon SNS.")
            await get(link)
        case "Notification":
            try:
                told = list(from_sns(data.get("Message")))
            except (ValueError, RecursionError):
                raise BadRequest("Message is not the JSON of an SES event.") from None
            for each in told:
                await _tell(each, services, mails)
        case _:
            log.warning("SNS sent a message of a type that is neither a notification nor a confirmation.")
    return empty_answer()


async def _tell(told: "Undelivered", services: "Services", mails: "Mails") -> None:
    """A message that is not ours concerns somebody else who sends with the same account."""
    from shared.sync.undelivered import undelivered

    mail = await mails.find(told.message_id)
    if mail is None:
        log.info("An undelivered message is none of ours: %s", told.code)
        return
    log.warning("A mail %s for resource %s did not arrive: %s", mail.kind, mail.resource_id, told.code)
    await undelivered(services, mail.company_id, mail.resource_id, mail.cause, told.code)


async def _get(address: str) -> bytes:
    """An address of Amazon's: its certificate, or the one by which a subscription is confirmed. Raises Transient: SNS
    sends its message again."""
    import httpx

    from shared.domain.failures import Transient

    try:
        async with httpx.AsyncClient(timeout=AMAZON_SECONDS, follow_redirects=False) as http:
            return (await http.get(address)).raise_for_status().content
    except httpx.HTTPError as error:
        raise Transient(type(error).__name__) from error


async def _received(request: func.HttpRequest) -> func.HttpResponse:
    from shared.app import services

    app = services()
    return await receive(request, app, app.mails, _get)
