"""DevAPI: /v1/appointments."""

from datetime import UTC, datetime, time, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from dev.timify.appointments import present, resource_ids_of
from dev.timify.desk import Desk
from dev.timify.errors import BadRequest, door
from dev.timify.paging import is_true, json_body, listed, single, window_of
from dev.timify.store import Company, Json
from dev.timify.times import parse_day, parse_moment, parse_zone

# The two published limits disagree (31 and 365 days): whoever passes the stricter one passes both.
MOST_DAYS = 31


class AppointmentApi:
    """List, read, book, change and delete appointments."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """The routes; the bulk deletion stands before the id that would swallow it."""
        return [
            *door("/v1/appointments/delete/bulk", self.delete_bulk, ["POST"]),
            *door("/v1/appointments", self.collection, ["GET", "POST"]),
            *door("/v1/appointments/{key}", self.one, ["GET", "PATCH", "DELETE"]),
        ]

    async def collection(self, request: Request) -> Response:
        """GET a window, POST a booking."""
        caller, company = self._desk.admit(request)
        if request.method == "POST":
            booked = self._desk.create(company, caller, await json_body(request))
            return single(present(company, booked))
        found = sorted(_filtered(request, company), key=lambda item: (str(item["startDate"]), str(item["id"])))
        window, meta = window_of(request, len(found))
        shown = [present(company, appointment) for appointment in found[window]]
        return JSONResponse({"data": shown, "total": len(found), "meta": meta, "status": 1})

    async def one(self, request: Request) -> Response:
        """GET, PATCH or DELETE one appointment."""
        caller, company = self._desk.admit(request)
        key = request.path_params["key"]
        if request.method == "PATCH":
            changed = self._desk.change(company, caller, key, await json_body(request))
            return single(present(company, changed))
        if request.method == "DELETE":
            customers, resources = _notify(request, await json_body(request))
            self._desk.delete(company, [key], notify_customers=customers, notify_resources=resources)
            return single({"id": key})
        return single(present(company, company.find("appointments", key)))

    async def delete_bulk(self, request: Request) -> Response:
        """Delete the appointments named by `ids`."""
        _, company = self._desk.admit(request)
        body = await json_body(request)
        keys = body.get("ids") if isinstance(body, dict) else None
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
            raise BadRequest("ids must be a list of appointment ids")
        customers, resources = _notify(request, body)
        gone = self._desk.delete_bulk(company, keys, notify_customers=customers, notify_resources=resources)
        return single({"ids": gone})


def _notify(request: Request, body: Json) -> tuple[bool, bool]:
    """has_notify_customers and has_notify_resources, from the query or the body; off unless asked for."""
    given = {**(body if isinstance(body, dict) else {}), **request.query_params}
    return is_true(given.get("has_notify_customers")), is_true(given.get("has_notify_resources"))


def _filtered(request: Request, company: Company) -> list[Json]:
    ids = listed(request, "ids")
    if ids is not None:
        found = [company.appointments[key] for key in ids if key in company.appointments]
    else:
        found = list(company.touching(*_range(request)))
    resources = listed(request, "resource_ids")
    if resources is not None:
        wanted = set(resources)
        found = [appointment for appointment in found if wanted.intersection(resource_ids_of(appointment))]
    customer = request.query_params.get("customer_id")
    if customer:
        found = [item for item in found if any(person.get("id") == customer for person in item["customers"])]
    return found


def _range(request: Request) -> tuple[datetime, datetime]:
    """The half-open range asked for, in UTC unless `timezone` says otherwise; whole days include the last one."""
    query = request.query_params
    zone = parse_zone("timezone", query["timezone"]) if query.get("timezone") else UTC
    if "from_time" in query and "to_time" in query:
        begin = parse_moment("from_time", query["from_time"], zone)
        end = parse_moment("to_time", query["to_time"], zone)
        longest = end - begin
    elif "from_date" in query and "to_date" in query:
        first, last = parse_day("from_date", query["from_date"]), parse_day("to_date", query["to_date"])
        begin = datetime.combine(first, time.min, zone).astimezone(UTC)
        end = datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC)
        longest = last - first
    else:
        raise BadRequest("from_date and to_date are required unless ids are given")
    if longest < timedelta(0):
        raise BadRequest("The interval ends before it begins")
    if longest > timedelta(days=MOST_DAYS):
        raise BadRequest(f"The interval must not be longer than {MOST_DAYS} days")
    return begin, end
