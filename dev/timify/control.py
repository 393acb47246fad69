"""The simulator's own routes: seed and read companies, tokens of people, mails that would have been sent."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from dev.timify.api_timeshifts import completed_shift
from dev.timify.appointments import complete
from dev.timify.desk import Desk
from dev.timify.directory import completed_resource, completed_service
from dev.timify.errors import BadRequest, door
from dev.timify.paging import is_true, json_body
from dev.timify.requests import completed_customer
from dev.timify.store import KINDS, OPTIONS, Company, Json, by_id, new_id
from dev.timify.times import iso, parse_zone
from dev.timify.tokens import Caller

SEED = Caller("person", "1" * 24, None)


class ControlApi:
    """`/_sim/companies`, `/_sim/tokens`, `/_sim/mail`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """The routes of this part."""
        return [
            *door("/_sim/companies", self.companies, ["GET"]),
            *door("/_sim/companies/{key}", self.company, ["GET", "PUT", "PATCH", "DELETE"]),
            *door("/_sim/tokens/{key}", self.token, ["POST"]),
            *door("/_sim/mail", self.mail, ["GET", "DELETE"]),
        ]

    async def companies(self, request: Request) -> Response:
        """The ids of all companies."""
        return JSONResponse(list(self._desk.store.companies))

    async def company(self, request: Request) -> Response:
        """PUT replaces a company (silently, unless `notify`), PATCH changes plain fields (the plan), GET is raw."""
        key = request.path_params["key"]
        companies = self._desk.store.companies
        if request.method == "PUT":
            body = await json_body(request)
            if not isinstance(body, dict):
                raise BadRequest("The body must be a JSON object")
            before, after = companies.get(key), self._read(key, body)
            companies[key] = after
            if is_true(body.get("notify")):
                self._tell(before, after)
        elif request.method == "DELETE":
            companies.pop(key, None)
            return Response(status_code=204)
        company = self._desk.store.company(key)
        if request.method == "PATCH":
            fields = await json_body(request)
            company.facts |= {name: value for name, value in fields.items() if name not in (*KINDS, "id")}
        return JSONResponse(company.to_json())

    async def token(self, request: Request) -> Response:
        """A person's token pair for this company."""
        company = self._desk.store.company(request.path_params["key"])
        return JSONResponse(self._desk.tokens.for_person(company.id))

    async def mail(self, request: Request) -> Response:
        """Cancellation mails to customers since the start, or since DELETE; those to resources are listed apart."""
        if request.method == "DELETE":
            self._desk.mail.clear()
            return Response(status_code=204)
        items = [item for item in self._desk.mail if item["audience"] == "customers"]
        others = [item for item in self._desk.mail if item["audience"] == "resources"]
        return JSONResponse({"count": len(items), "items": items, "resources": others})

    def _read(self, key: str, body: Json) -> Company:
        facts = {name: value for name, value in body.items() if name not in (*KINDS, "id", "notify")}
        facts = {"name": key, "plan": "premium", "timezone": "Europe/Berlin", "locale": "en"} | facts
        facts |= {name: bool(facts.get(name)) for name in OPTIONS}
        zone = parse_zone("timezone", facts["timezone"]).key
        now = iso(self._desk.clock())
        company = Company(key, facts)
        company.resources = _read_all(body, "resources", lambda item: completed_resource(item, zone, now))
        company.services = _read_all(body, "services", lambda item: completed_service(item, now))
        company.customers = _read_all(body, "customers", completed_customer)
        company.timeshifts = _read_all(body, "timeshifts", completed_shift)
        for given in body.get("appointments") or []:
            company.put(self._appointment(company, given))
        return company

    def _appointment(self, company: Company, given: Json) -> Json:
        customers = [_customer(company, item) for item in given.get("customers") or []]
        appointment = complete(company, given | ({"customers": customers} if customers else {}))
        sealed = self._desk.seal(SEED, appointment)
        return sealed | {
            name: value for name, value in given.items() if name == "timestamp" or name.startswith("updated")
        }

    def _tell(self, before: Company | None, after: Company) -> None:
        webhooks = self._desk.webhooks
        for kind, send in (("resources", webhooks.resource), ("appointments", webhooks.appointment)):
            old: dict[str, Json] = getattr(before, kind) if before else {}
            new: dict[str, Json] = getattr(after, kind)
            for key, item in new.items():
                if key not in old:
                    send(after, "Created", item)
                elif _content(old[key]) != _content(item):
                    send(after, "Updated", item)
            for key in old.keys() - new.keys():
                send(after, "Deleted", old[key])


def _read_all(body: Json, name: str, completed: Callable[[Json], Json]) -> dict[str, Json]:
    given = body.get(name) or []
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise BadRequest(f"{name} must be a list of objects")
    return by_id(completed({"id": new_id()} | item) for item in given)


def _customer(company: Company, item: Any) -> Json:
    if isinstance(item, str):
        return company.find("customers", item)
    customer: Json = company.customers.get(item.get("id", "")) or completed_customer(item)
    company.customers[customer["id"]] = customer
    return {**customer, **item}


def _content(item: Json) -> Json:
    """What a change of makes an update: the marks of time do not count."""
    marks = ("updatedAt", "timestamp", "ts", "createdAt", "reschedulingSecret")
    content = {name: value for name, value in item.items() if name not in marks}
    if "bookings" in content:
        content["bookings"] = [{**booking, "id": ""} for booking in content["bookings"]]
    return content
