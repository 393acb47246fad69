"""The desk of the simulated TIMIFY: every change goes over it, whoever asks, and comes out as a webhook."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request

from dev.timify import appointments, availability, requests
from dev.timify.errors import BadRequest, Forbidden, Unauthorized
from dev.timify.recurring import read_rule
from dev.timify.store import Company, Json, Store, new_id
from dev.timify.times import iso, read_iso
from dev.timify.tokens import Caller, Tokens
from dev.timify.webhooks import Webhooks

BOOKER = Caller("anonymous", "0" * 24, None)


class Desk:
    """Store, tokens, webhooks and the cancellation mails that TIMIFY would have sent."""

    def __init__(self, store: Store, tokens: Tokens, webhooks: Webhooks, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.tokens = tokens
        self.webhooks = webhooks
        self.clock = clock
        self.mail: list[Json] = []

    def admit(self, request: Request) -> tuple[Caller, Company]:
        """Who asks, and for which company (header `company-id`; a person's own without it). Raises ApiError."""
        caller = self.tokens.caller(request.headers.get("authorization"))
        key = request.headers.get("company-id") or caller.company_id
        if not key:
            raise BadRequest("Header company-id is required")
        if caller.company_id not in (None, key):
            raise Forbidden("This token belongs to another company")
        company = self.store.company(key)
        company.drop_expired_reservations(self.clock())
        return caller, company

    def actor(self, authorization: str | None) -> str:
        """The journal's name for the sender of this Authorization header."""
        try:
            return self.tokens.caller(authorization).actor
        except Unauthorized:
            return "anonymous"

    def create(self, company: Company, caller: Caller, body: Any) -> Json:
        """Book what a POST asks for; of an independent series the first appointment is returned."""
        rule = body.get("recurring") if isinstance(body, dict) else None
        fields = requests.creation(company, body)
        if isinstance(rule, dict) and rule.get("is_independent"):
            return self._create_chain(company, caller, fields)
        return self._book(company, caller, appointments.create(company, fields))

    def change(self, company: Company, caller: Caller, key: str, body: Any) -> Json:
        """Change what a PATCH names, and nothing else."""
        before = company.find("appointments", key)
        fields = requests.changes(company, body)
        if "recurring" in body:
            start = read_iso(fields.get("startDate") or before["startDate"])
            fields["recurring"] = read_rule(body["recurring"], start) if body["recurring"] else None
        after = appointments.change(company, before, fields)
        availability.check(company, after)
        return self._file(company, caller, after, "Updated")

    def confirm(self, company: Company, appointment: Json, fields: Json) -> Json:
        """Turn a reservation into a booking."""
        confirmed = appointment | fields | {"reservedUntil": None}
        return self._file(company, BOOKER, confirmed, "Updated")

    def reserve(self, company: Company, fields: Json, minutes: int) -> Json:
        """Hold a slot for so many minutes."""
        until = self.clock().astimezone(UTC) + timedelta(minutes=minutes)
        held = appointments.create(company, fields) | {"reservedUntil": iso(until), "isOnlineBooking": True}
        return self._book(company, BOOKER, held)

    def delete(self, company: Company, keys: Sequence[str], *, notify_customers: bool, notify_resources: bool) -> None:
        """Delete one appointment; raises NotFound."""
        for key in keys:
            gone = company.find("appointments", key)
            self._drop(company, gone, notify_customers=notify_customers, notify_resources=notify_resources)
            self.webhooks.appointment(company, "Deleted", gone)

    def delete_bulk(
        self, company: Company, keys: Sequence[str], *, notify_customers: bool, notify_resources: bool
    ) -> list[str]:
        """Delete several; those that are gone already are passed over. Returns the ids that were deleted."""
        gone = [company.appointments[key] for key in dict.fromkeys(keys) if key in company.appointments]
        for appointment in gone:
            self._drop(company, appointment, notify_customers=notify_customers, notify_resources=notify_resources)
        if gone:
            self.webhooks.appointments_deleted(company, gone)
        return [appointment["id"] for appointment in gone]

    def seal(self, caller: Caller, appointment: Json) -> Json:
        """The appointment with the marks of a change by the caller."""
        who = "person" if caller.actor == "person" else caller.actor
        marks = {"updatedBy": who, "updatedByUserId": caller.user_id, "updatedByScope": "COMPANY"}
        sealed = appointment | self.store.stamp(self.clock()) | marks
        if not sealed.get("createdAt"):
            sealed |= {"createdAt": sealed["updatedAt"], "createdBy": who}
            sealed |= {"createdByUserId": caller.user_id, "createdByScope": "COMPANY"}
        return sealed

    def _create_chain(self, company: Company, caller: Caller, fields: Json) -> Json:
        series = appointments.create(company, fields)
        chain_id = new_id()
        starts = dict.fromkeys(booking["startDate"] for booking in series["bookings"] if booking["isFirstBatch"])
        single = {name: value for name, value in fields.items() if name != "recurring"} | {"chainId": chain_id}
        booked = [appointments.create(company, single | {"startDate": start}) for start in starts]
        for follower in booked[1:]:
            follower["externalId"] = None  # one external id names one appointment
        for appointment in booked:
            availability.check(company, appointment)
        filed = [self._file(company, caller, appointment, "Created") for appointment in booked]
        return filed[0]

    def _book(self, company: Company, caller: Caller, appointment: Json) -> Json:
        availability.check(company, appointment)
        return self._file(company, caller, appointment, "Created")

    def _file(self, company: Company, caller: Caller, appointment: Json, action: str) -> Json:
        filed = self.seal(caller, appointment)
        company.put(filed)
        self.webhooks.appointment(company, action, filed)
        return filed

    def _drop(self, company: Company, gone: Json, *, notify_customers: bool, notify_resources: bool) -> None:
        company.remove(gone["id"])
        for wanted, people in ((notify_customers, "customers"), (notify_resources, "resources")):
            if wanted:
                addresses = [person.get("email") for person in gone.get(people) or [] if isinstance(person, dict)]
                self.mail.append(
                    {
                        "at": iso(self.clock()),
                        "kind": "cancellation",
                        "audience": people,
                        "companyId": company.id,
                        "appointmentId": gone["id"],
                        "to": [address for address in addresses if address],
                    }
                )
