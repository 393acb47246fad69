"""TIMIFY's webhooks. Their payload is not published, so a body is only a hint: which ids to read, not what changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.timify.raw import as_list, as_object, as_objects

MOST_IDS = 100
"""Ids in one `Changed`, so that each fits into one queue message."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KINDS = {
    "events": "Events",
    "event": "Event",
    "resource": "Resource",
    "shift": "Shift",
    "customer fields": "Customer Fields",
    "customer": "Customers",
    "service": "Services",
    "compan": "Company",
    "manager": "Manager",
    "enterprise": "Enterprise",
    "notification": "Notification",
}
"""How the names of webhooks begin; the longer beginning stands before the shorter."""

_BOOKING_KINDS = ("", "Event", "Events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a webhook may be about. `resource_ids` are hints: a resource that has lost a booking may be missing.

    `kind` is one of TIMIFY's webhook names; "" when the body does not tell, then its ids count as appointments.
    """

    company_id: str
    appointment_ids: tuple[str, ...] = ()
    resource_ids: tuple[str, ...] = ()
    kind: str = ""


def read_webhook(body: object) -> list[Changed]:
    """What a parsed webhook body names; nothing when it names no company. Never raises."""
    bodies = as_list(body) if isinstance(body, list) else [body]
    return [changed for one in bodies for changed in _read(as_object(one))]


def _read(body: dict[str, Any]) -> Iterator[Changed]:
    places = [body, *_data(body)]
    company_id = next((key for place in places for key in _company(place)), "")
    if not company_id:
        return
    kind = _kind(body)
    ids, resources = _own_ids(body, kind), _resource_ids(places)
    if kind == "Resource":
        ids, resources = (), tuple(dict.fromkeys((*ids, *resources)))
    elif kind not in _BOOKING_KINDS:
        ids = ()
    elif not ids and not resources:
        return
    for start in range(0, max(len(ids), 1), MOST_IDS):
        some = ids[start : start + MOST_IDS]
        yield Changed(company_id=company_id, appointment_ids=some, resource_ids=resources[:MOST_IDS], kind=kind)


def _data(body: dict[str, Any]) -> list[dict[str, Any]]:
    data = body.get("data")
    return [data] if isinstance(data, dict) else as_objects(data)


def _company(place: dict[str, Any]) -> tuple[str, ...]:
    company = place.get("company")
    named = (place.get("companyId"), place.get("company_id"), as_object(company).get("id") or company)
    return _ids(*named)


def _kind(body: dict[str, Any]) -> str:
    """`Event`, `event.updated`, `EventUpdated`: the name of the webhook, however it is written."""
    for name in ("event", "kind", "type", "entity", "topic", "webhook", "name"):
        word = body.get(name)
        if isinstance(word, str):
            found = next((kind for start, kind in _KINDS.items() if word.lower().startswith(start)), "")
            if found:
                return found
    return ""


def _own_ids(body: dict[str, Any], kind: str) -> tuple[str, ...]:
    """Ids of the things themselves, in order; a body's own `id` may be the delivery's and is not one of them."""
    listed: list[object] = []
    for place in (body, *_data(body)):
        listed += [place.get("appointmentId"), place.get("appointment_id"), place.get("eventId")]
        listed += [*as_list(place.get("ids")), *as_list(place.get("appointmentIds"))]
        listed.append(as_object(place.get("appointment")).get("id"))
        if kind == "Resource":
            listed += [place.get("resourceId"), place.get("resource_id")]
        if place is not body:
            listed.append(place.get("id"))
    data = body.get("data")
    return _ids(*listed, *(as_list(data) if isinstance(data, list) else [data]))


def _resource_ids(places: list[dict[str, Any]]) -> tuple[str, ...]:
    listed: list[object] = []
    for place in places:
        listed += [place.get("resourceId"), place.get("resource_id")]
        for name in ("resourceIds", "resource_ids", "resources"):
            listed += [as_object(item).get("id") or item for item in as_list(place.get(name))]
        listed += [entry.get("resourceId") for entry in as_objects(place.get("bookings"))]
    return _ids(*listed)


def _ids(*values: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and _ID.fullmatch(value)))
