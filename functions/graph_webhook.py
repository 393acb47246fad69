"""Graph says that something changed, or that its subscription is in trouble. Both become wake-ups on the queue.

The body is never believed beyond its client state: it only says whom to wake. Not one table is read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import azure.functions as func

from functions.http import SECURITY_HEADERS, BadRequest, checked_body, empty_answer, guarded, parse_json
from functions.waking import keep
from shared.identity.signing import CLIENT_STATE_LIMIT, Signer
from shared.sync.ports import Wake
from shared.sync.services import Services
from shared.telemetry import logger

MAX_NOTIFICATION = 1024 * 1024
MOST_STRANGERS = 100
"""Of a body that has begun with so many forgeries the rest is not looked at: each look costs a signature."""
_LIFECYCLE_JOBS = {"reauthorizationRequired": "renew", "subscriptionRemoved": "resubscribe"}

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped
_log = logger(__name__)


@blueprint.route(route="api/graph/notifications", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def graph_notifications(req: func.HttpRequest) -> func.HttpResponse:
    """Events of a subscribed calendar changed."""
    return handshake(req) or await guarded(_received(req))


@blueprint.route(route="api/graph/lifecycle", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def graph_lifecycle(req: func.HttpRequest) -> func.HttpResponse:
    """A subscription missed something, must be renewed, or is gone."""
    return handshake(req) or await guarded(_received(req))


def handshake(request: func.HttpRequest) -> func.HttpResponse | None:
    """Graph tries the address out: it wants its token back as plain text, decoded, within ten seconds."""
    token = request.params.get("validationToken")
    if not token:
        return None
    return func.HttpResponse(token, status_code=200, mimetype="text/plain", headers=SECURITY_HEADERS)


async def receive(request: func.HttpRequest, services: Services) -> func.HttpResponse:
    """202 once every connection that the body speaks of has its wake-up in the queue.

    What carries no client state of ours is dropped and still answered with 202, so that a prober learns nothing.
    Raises OutOfReach (503) when the queue does not take it: Graph tries again for four hours.
    """
    items = _items(parse_json(checked_body(request, MAX_NOTIFICATION)))
    wakes, strangers = wakes_of(items, Signer(services.config.signing_keys), services.now())
    if strangers:
        _log.warning("Dropped %d notifications without a client state of ours", strangers)
    await keep(services.wakes, wakes, "notification")
    return empty_answer(202)


def wakes_of(items: Sequence[Any], signer: Signer, now: datetime) -> tuple[list[Wake], int]:
    """One wake-up for each connection and job, however many items speak of it; and how many items were not ours."""
    wakes: dict[tuple[str, str, str], Wake] = {}
    strangers = 0
    for item in items:
        owner = _owner(item, signer)
        if owner is None:
            strangers += 1
            if strangers == MOST_STRANGERS and not wakes:
                return [], len(items)
            continue
        wake = _wake(*owner, item.get("lifecycleEvent"), now)
        wakes.setdefault((wake.company_id, wake.resource_id, wake.job), wake)
    return list(wakes.values()), strangers


def _items(body: Any) -> Sequence[Any]:
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        raise BadRequest('The body must be an object with a list "value".')
    items: list[Any] = body["value"]
    return items


def _owner(item: Any, signer: Signer) -> tuple[str, str] | None:
    state = item.get("clientState") if isinstance(item, dict) else None
    if not isinstance(state, str) or len(state) > CLIENT_STATE_LIMIT:
        return None
    return signer.read_client_state(state)


def _wake(company_id: str, resource_id: str, event: Any, now: datetime) -> Wake:
    if isinstance(event, str) and event in _LIFECYCLE_JOBS:
        return Wake(company_id=company_id, resource_id=resource_id, cause=event, at=now, job=_LIFECYCLE_JOBS[event])
    cause = "notification" if event is None else "missed"
    return Wake(company_id=company_id, resource_id=resource_id, cause=cause, at=now, outlook=True)


async def _received(request: func.HttpRequest) -> func.HttpResponse:
    from shared.app import services

    return await receive(request, services())
