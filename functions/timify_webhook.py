"""TIMIFY says that a booking or a resource changed. The body is a hint: whose calendar to look at, nothing more."""

import asyncio
import hmac
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Protocol

import azure.functions as func

from functions.http import Unauthorized, checked_body, empty_answer, guarded
from shared.sync.errors import OutOfReach
from shared.sync.ports import Wake
from shared.sync.services import Services

SECRET_HEADER = "x-timify-webhook-secret"
MAX_WEBHOOK = 1024 * 1024
IDS_PER_WAKE = 200
"""A queue message holds 48 KiB; a bulk deletion may name more appointments than fit into one."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]
_log = logging.getLogger(__name__)


class Changed(Protocol):
    """What one part of a webhook speaks of, as `shared.timify.webhook.read_webhook` answers it."""

    @property
    def company_id(self) -> str: ...

    @property
    def appointment_ids(self) -> Sequence[str]: ...

    @property
    def resource_ids(self) -> Sequence[str]: ...

    @property
    def kind(self) -> str: ...


@blueprint.route(route="api/timify/webhooks", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def timify_webhooks(req: func.HttpRequest) -> func.HttpResponse:
    """A webhook of TIMIFY's Developer Platform, known by its secret header."""
    from shared.app import services

    return await guarded(receive(req, services()))


async def receive(request: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 once each company that the body speaks of has its wake-up in the queue, also when it speaks of nothing ours.

    Raises Unauthorized (401) without the secret, OutOfReach (503) when the queue does not take it.
    """
    from shared.timify.webhook import read_webhook

    if not _knows_secret(request, services.config.timify_webhook_secrets):
        raise Unauthorized("unauthorized", f"The header {SECRET_HEADER} is missing or wrong.")
    changes = read_webhook(checked_body(request, MAX_WEBHOOK))
    try:
        await asyncio.gather(*(services.wakes.put(wake) for wake in wakes_of(changes, services.now())))
    except Exception as error:
        _log.error("The queue did not take a wake-up: %s", type(error).__name__)
        raise OutOfReach("queue-unreachable", "The webhook could not be kept; send it again.") from error
    return empty_answer(202)


def wakes_of(changes: Iterable[Changed], now: datetime) -> Iterator[Wake]:
    """One wake-up for a company's bookings and one for its resources; more only when one message cannot hold them."""
    bookings: dict[str, dict[str, None]] = {}
    hints: dict[str, dict[str, None]] = {}
    resources: dict[str, dict[str, None]] = {}
    for change in changes:
        if change.kind == "resource":
            resources.setdefault(change.company_id, {}).update(dict.fromkeys(change.resource_ids))
        else:
            bookings.setdefault(change.company_id, {}).update(dict.fromkeys(change.appointment_ids))
            hints.setdefault(change.company_id, {}).update(dict.fromkeys(change.resource_ids))
    for company_id, ids in bookings.items():
        hint = tuple(hints[company_id])
        # Cut short, hints would claim that nobody else is concerned; without any, the worker looks for itself.
        known = hint if len(hint) <= IDS_PER_WAKE else ()
        for part in batched(ids, IDS_PER_WAKE, strict=False):
            yield Wake(company_id=company_id, cause="webhook", at=now, bookings=part, resources=known)
    for company_id, ids in resources.items():
        for part in batched(ids, IDS_PER_WAKE, strict=False):
            yield Wake(company_id=company_id, cause="webhook", at=now, job="resource", resources=part)


def _knows_secret(request: func.HttpRequest, secrets: Sequence[str]) -> bool:
    given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(secret.encode(), given) for secret in secrets]
    return any(matches)
