"""Webhooks of the app: one POST per change of anybody, the app included; no retry, no signature, a secret header.

The payload is not published. Assumed here: event, action, companyId, timestamp (epoch ms) and data with ids. A changed
booking names its new resources only: whoever has just lost it must find out by reading.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dev.simkit import Notifier
from dev.timify.store import Company, Json

SECRET_HEADER = "x-timify-webhook-secret"


class Webhooks:
    """Posts to the app's one server URL; an empty URL sends nothing."""

    def __init__(self, notifier: Notifier, url: str, secret: str, clock: Callable[[], datetime]) -> None:
        self._notifier = notifier
        self._url = url
        self._secret = secret
        self._clock = clock

    def appointment(self, company: Company, action: str, appointment: Json) -> None:
        """`Event`: a booking was Created, Updated or Deleted."""
        self._post(company, "Event", action, _ids(appointment))

    def appointments_deleted(self, company: Company, appointments: Sequence[Json]) -> None:
        """`Events`: several bookings were deleted in one call."""
        self._post(company, "Events", "Deleted", [_ids(appointment) for appointment in appointments])

    def resource(self, company: Company, action: str, resource: Json) -> None:
        """`Resource`: a resource was Created, Updated or Deleted."""
        self._post(company, "Resource", action, {"id": resource["id"], "externalId": resource.get("externalId")})

    def shift(self, company: Company, action: str, shift: Json) -> None:
        """`Shift`: a timeshift was Created."""
        self._post(company, "Shift", action, {"id": shift["id"], "resourceId": shift.get("resourceId")})

    def _post(self, company: Company, event: str, action: str, data: Any) -> None:
        if not self._url:
            return
        body = {
            "event": event,
            "action": action,
            "companyId": company.id,
            "timestamp": int(self._clock().timestamp() * 1000),
            "data": data,
        }
        self._notifier.post(self._url, body, {SECRET_HEADER: self._secret})


def _ids(appointment: Json) -> Json:
    return {
        "id": appointment["id"],
        "externalId": appointment.get("externalId"),
        "resources": [{"id": resource["id"]} for resource in appointment.get("resources") or []],
    }
