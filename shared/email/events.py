"""What carriers tell afterwards, in one form: which message did not arrive, and why. Addresses are not read.

Sources: https://learn.microsoft.com/azure/event-grid/communication-services-email-events and
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DELIVERY_REPORT = "Microsoft.Communication.EmailDeliveryReportReceived"
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
_ON_ITS_WAY = frozenset({"Delivered", "Expanded", "OutForDelivery"})
_SOFT = frozenset({"MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"})
"""Of SES's transient bounces those after which nothing more is tried; the others may be an absence note."""
_CONFIRM = re.compile(r"https://sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/\?[!-~]{1,2000}")


@dataclass(frozen=True, slots=True)
class Undelivered:
    message_id: str
    code: str


def validation_code(events: object) -> str:
    """What Event Grid wants to hear when a subscription is made; "" when it asks for nothing."""
    for event in _dicts(events):
        if event.get("eventType") == VALIDATION:
            return _text(_dict(event.get("data")).get("validationCode"))
    return ""


def from_event_grid(events: object) -> Iterator[Undelivered]:
    """Delivery reports of mails that did not arrive; everything else is passed over."""
    for event in _dicts(events):
        report = _dict(event.get("data"))
        message_id, status = _text(report.get("messageId")), _text(report.get("status"))
        if event.get("eventType") == DELIVERY_REPORT and message_id and status and status not in _ON_ITS_WAY:
            yield Undelivered(message_id, _code(status))


def from_sns(message: object) -> Iterator[Undelivered]:
    """The SES event inside of an SNS notification. Raises ValueError when it is not JSON."""
    event = _dict(json.loads(_text(message)))
    kind = _text(event.get("eventType")) or _text(event.get("notificationType"))
    message_id = _text(_dict(event.get("mail")).get("messageId"))
    bounce = _dict(event.get("bounce"))
    how, exactly = _text(bounce.get("bounceType")), _text(bounce.get("bounceSubType"))
    bounced = kind == "Bounce" and (how != "Transient" or exactly in _SOFT)
    if message_id and (bounced or kind in ("Reject", "Rendering Failure")):
        yield Undelivered(message_id, _code(f"{how}/{exactly}" if bounced else kind))


def confirmation_link(message: dict[str, Any]) -> str:
    """Where a subscription of SNS is confirmed; "" unless it is an address of SNS itself."""
    link = _text(message.get("SubscribeURL"))
    return link if _CONFIRM.fullmatch(link) else ""


def _code(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9/]", "", text)[:60]


def _dicts(data: object) -> list[dict[str, Any]]:
    return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []


def _dict(data: object) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}


def _text(data: object) -> str:
    return data if isinstance(data, str) else ""
