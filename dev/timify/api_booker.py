"""DevAPI: booker services, the public side, without a token: a customer holds a slot for ten minutes, then confirms."""

import hmac
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from dev.timify.desk import Desk
from dev.timify.errors import BadRequest, Forbidden, door
from dev.timify.paging import json_body, single
from dev.timify.requests import completed_customer
from dev.timify.store import Company, Json
from dev.timify.times import GRID_MINUTES, iso, parse_moment, parse_zone

HOLD_MINUTES = 10
_NAMES = {"firstName": "firstName", "first_name": "firstName", "lastName": "lastName", "last_name": "lastName"}


class BookerApi:
    """Reservations and their confirmation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._secrets: dict[str, str] = {}

    def routes(self) -> list[BaseRoute]:
        """The routes of this part."""
        return [
            *door("/v1/booker-services/reservations", self.reserve, ["POST"]),
            *door("/v1/booker-services/appointments/confirm", self.confirm, ["POST"]),
        ]

    async def reserve(self, request: Request) -> Response:
        """Hold a slot of a service; `date` and `time` are local to the company, or to `timezone`."""
        body = await json_body(request)
        company = self._company(body)
        held = self._desk.reserve(company, _reservation(company, body), HOLD_MINUTES)
        secret = self._secrets[held["id"]] = secrets.token_hex(16)
        return single({"id": held["id"], "secret": secret, "reservedUntil": held["reservedUntil"]})

    async def confirm(self, request: Request) -> Response:
        """Make a booking of a reservation that still holds."""
        body = await json_body(request)
        company = self._company(body)
        key = body.get("reservation_id")
        appointment = company.find("appointments", key if isinstance(key, str) else "")
        expected = self._secrets.get(appointment["id"], "")
        if not expected or not hmac.compare_digest(expected.encode(), str(body.get("secret")).encode()):
            raise Forbidden("Wrong reservation secret")
        confirmed = self._desk.confirm(company, appointment, _customer_of(company, body))
        del self._secrets[appointment["id"]]
        return single({"id": confirmed["id"]})

    def _company(self, body: Any) -> Company:
        if not isinstance(body, dict) or not isinstance(body.get("company_id"), str):
            raise BadRequest("company_id is required")
        company = self._desk.store.company(body["company_id"])
        company.drop_expired_reservations(self._desk.clock())
        return company


def _reservation(company: Company, body: Json) -> Json:
    service = company.find("services", str(body.get("service_id")))
    keys = body.get("resource_ids")
    if not isinstance(keys, list) or not keys:
        raise BadRequest("resource_ids is required")
    zone = parse_zone("timezone", body.get("timezone") or company.timezone)
    start = parse_moment("date and time", f"{body.get('date')} {body.get('time')}", zone)
    if start.minute % GRID_MINUTES:
        raise BadRequest(f"time: minutes must be divisible by {GRID_MINUTES}")
    return {
        "serviceId": service["id"],
        "startDate": iso(start),
        "resourceIds": [company.find("resources", str(key))["id"] for key in keys],
    }


def _customer_of(company: Company, body: Json) -> Json:
    """The customer that the form describes, and the form's values as custom fields."""
    fields = [field for field in body.get("fields") or [] if isinstance(field, dict)]
    named = {_NAMES[field["id"]]: field.get("value") for field in fields if field.get("id") in _NAMES}
    email = next((field.get("value") for field in fields if field.get("id") == "email"), "")
    customer = completed_customer({**named, "email": email, "externalId": body.get("external_customer_id")})
    company.customers[customer["id"]] = customer
    return {"customers": [customer], "singleCustomers": [customer], "customfields": fields}
