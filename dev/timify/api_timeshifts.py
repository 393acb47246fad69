"""DevAPI: /v1/timeshifts. The published answer shows customers by mistake; the shape here is the bulk import's."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from dev.timify.availability import DENIALS
from dev.timify.desk import Desk
from dev.timify.errors import BadRequest, door
from dev.timify.paging import json_body, listed, paged, single
from dev.timify.store import Company, Json, new_id
from dev.timify.times import minute_of_day, parse_day


class TimeshiftApi:
    """List and create timeshifts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """The routes of this part."""
        return [*door("/v1/timeshifts", self.collection, ["GET", "POST"])]

    async def collection(self, request: Request) -> Response:
        """GET the shifts of some days, POST one."""
        _, company = self._desk.admit(request)
        if request.method == "POST":
            shift = _created(company, await json_body(request))
            company.timeshifts[shift["id"]] = shift
            self._desk.webhooks.shift(company, "Created", shift)
            return single(shift)
        spans = _days(request)
        resources = _wanted_resources(request, company)
        found = [
            shift
            for shift in company.timeshifts.values()
            if any(shift["interval"]["begin"] <= last and shift["interval"]["end"] >= first for first, last in spans)
            and (resources is None or shift["resourceId"] in resources)
        ]
        return paged(request, found)


def completed_shift(given: Json) -> Json:
    """A seeded shift (or the short form resource_id, from, to) with every field."""
    raw = dict(given)
    if "interval" not in raw:
        if "from" not in raw:
            raise BadRequest("A timeshift needs an interval, or from and to")
        raw["interval"] = {"begin": raw.pop("from"), "end": raw.pop("to", given["from"])}
    for short, name in (
        ("resource_id", "resourceId"),
        ("denial_reason", "denialReason"),
        ("denial_times", "denialTimes"),
        ("working_times", "workingTimes"),
        ("booking_times", "bookingTimes"),
    ):
        if short in raw:
            raw.setdefault(name, raw.pop(short))
    blank: Json = {"id": new_id(), "resourceId": None, "denialReason": None, "denialTimes": []}
    return blank | {"workingTimes": [], "bookingTimes": []} | raw


def _days(request: Request) -> list[tuple[str, str]]:
    query = request.query_params
    if "from" in query or "to" in query:
        first, last = parse_day("from", query.get("from")), parse_day("to", query.get("to"))
        return [(first.isoformat(), last.isoformat())]
    days = [parse_day("day", text).isoformat() for text in listed(request, "day") or []]
    if not days:
        raise BadRequest("from and to, or day, are required")
    return [(day, day) for day in days]


def _wanted_resources(request: Request, company: Company) -> set[str] | None:
    ids, externals = listed(request, "resource_ids"), listed(request, "resource_external_ids")
    if ids is None and externals is None:
        return None
    named = (item["id"] for item in company.resources.values() if item.get("externalId") in (externals or ()))
    return {*(ids or ()), *named}


def _created(company: Company, body: Any) -> Json:
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object")
    own, external = body.get("resource_id"), body.get("external_resource_id")
    if bool(own) == bool(external):
        raise BadRequest("Either resource_id or external_resource_id is required")
    resource = company.find("resources", str(own or external), external=not own)
    first, last = parse_day("from", body.get("from")), parse_day("to", body.get("to"))
    if last < first:
        raise BadRequest("to lies before from")
    reason = body.get("denial_reason")
    if reason is not None and reason not in DENIALS:
        raise BadRequest(f"denial_reason must be one of {', '.join(DENIALS)}")
    blocked = reason == "BLOCKER"
    return {
        "id": new_id(),
        "resourceId": resource["id"],
        "interval": {"begin": first.isoformat(), "end": last.isoformat()},
        "denialReason": reason,
        "denialTimes": _times("denial_times", body),
        "workingTimes": [] if blocked else _times("working_times", body),
        "bookingTimes": [] if blocked else _times("booking_times", body),
    }


def _times(name: str, body: Json) -> list[Json]:
    try:
        times = [{"begin": item["begin"], "end": item["end"]} for item in body.get(name) or []]
        in_order = all(minute_of_day(time["begin"]) < minute_of_day(time["end"]) <= 24 * 60 for time in times)
    except (KeyError, TypeError, ValueError, AttributeError):
        in_order = False
    if not in_order:
        raise BadRequest(f"{name} must be a list of begin and end as HH:mm")
    return times
