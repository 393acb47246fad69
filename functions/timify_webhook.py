"""TIMIFY says that a booking or a resource changed. The body is a hint: whose calendar to look at, nothing more."""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

import azure.functions as func

from functions.http import Unauthorized, checked_body, empty_answer, guarded, parse_json
from functions.waking import keep
from shared.sync.ports import Wake
from shared.sync.services import Services

if TYPE_CHECKING:
    from shared.timify.webhook import Changed

SECRET_HEADER = "x-timify-webhook-secret"  # noqa: S105  # its name, not what it holds
MAX_WEBHOOK = 1024 * 1024
IDS_PER_WAKE = 200
"""A queue message holds 48 KiB; a bulk deletion may name more appointments than fit into one."""
RESOURCE_KINDS = ("Resource", "Shift")
BOOKING_KINDS = ("", "Event", "Events")

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route(route="api/timify/webhooks", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def timify_webhooks(req: func.HttpRequest) -> func.HttpResponse:
    """A webhook of TIMIFY's Developer Platform, known by its secret header."""
    return await guarded(_received(req))


async def receive(request: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 once each company that the body speaks of has its wake-up in the queue, also when it speaks of nothing ours.

    Raises Unauthorized (401) without the secret, OutOfReach (503) when the queue does not take it.
    """
    from shared.timify.webhook import read_webhook

    if not _knows_secret(request, services.config.timify_webhook_secrets):
        raise Unauthorized("unauthorized", f"The header {SECRET_HEADER} is missing or wrong.")
    changes = read_webhook(parse_json(checked_body(request, MAX_WEBHOOK)))
    await keep(services.wakes, wakes_of(changes, services.now()), "webhook")
    return empty_answer(202)


def wakes_of(changes: Iterable["Changed"], now: datetime) -> Iterator[Wake]:
    """Few wake-ups for much news: bookings to read and resources to read, each for a whole company.

    News of bookings that names only the resource means to compare that resource's calendars; news of anything else
    (customers, services) concerns nobody.
    """
    bookings: dict[str, dict[str, None]] = {}
    hints: dict[str, dict[str, None]] = {}
    resources: dict[str, dict[str, None]] = {}
    unclear: dict[tuple[str, str], None] = {}
    for change in changes:
        company_id, theirs = change.company_id, dict.fromkeys(change.resource_ids)
        if change.kind in RESOURCE_KINDS:
            resources.setdefault(company_id, {}).update(theirs)
        elif change.appointment_ids:
            bookings.setdefault(company_id, {}).update(dict.fromkeys(change.appointment_ids))
            hints.setdefault(company_id, {}).update(theirs)
        elif change.kind in BOOKING_KINDS:
            unclear.update(((company_id, resource_id), None) for resource_id in theirs)
    for company_id, ids in bookings.items():
        hint = tuple(hints[company_id])[:IDS_PER_WAKE]
        for part in batched(ids, IDS_PER_WAKE, strict=False):
            yield Wake(company_id=company_id, cause="webhook", at=now, bookings=part, resources=hint)
    for company_id, ids in resources.items():
        for part in batched(ids, IDS_PER_WAKE, strict=False):
            yield Wake(company_id=company_id, cause="webhook", at=now, job="resource", resources=part)
    for company_id, resource_id in unclear:
        yield Wake(company_id=company_id, resource_id=resource_id, cause="webhook", at=now, job="check")


def _knows_secret(request: func.HttpRequest, secrets: Sequence[str]) -> bool:
    given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(secret.encode(), given) for secret in secrets]
    return any(matches)


async def _received(request: func.HttpRequest) -> func.HttpResponse:
    from shared.app import services

    return await receive(request, services())
