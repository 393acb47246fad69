"""Appointment objects: how they are built, expanded into bookings, moved, and shown.

`bookings[]` has one entry per day x batch x resource. A batch is one work interval of `durationsPattern` ([work, gap,
work]); preparation time belongs to the first batch of a day and follow-up time to the last. `interval` is the work
alone. `duration` of a split appointment is its whole span, gaps included.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from dev.timify import recurring
from dev.timify.errors import BadRequest
from dev.timify.store import Company, Json, new_id
from dev.timify.times import iso, parse_zone, read_iso

_TIME_FIELDS = frozenset(
    ("startDate", "duration", "durationBefore", "durationAfter", "durationsPattern", "recurring", "resourceIds")
)


def blank(company: Company) -> Json:
    """An appointment with every field that the DevAPI shows, before anything is known of it."""
    return {
        "id": new_id(),
        "externalId": None,
        "type": "booking",
        "companyName": company.facts.get("name"),
        "enterpriseId": None,
        "title": "",
        "notes": "",
        "color": None,
        "price": None,
        "tagIds": [],
        "tags": [],
        "metadata": {},
        "duration": 0,
        "durationBefore": 0,
        "durationAfter": 0,
        "durationsPattern": [],
        "bookings": [],
        "recurring": None,
        "chainId": None,
        "chainedEvents": [],
        "isLastInTheChain": False,
        "serviceId": None,
        "service": None,
        "combination": None,
        "resources": [],
        "customers": [],
        "singleCustomers": [],
        "customfields": [],
        "isCourse": False,
        "maxParticipants": None,
        "participants": [],
        "isOnlineBooking": False,
        "isBookable": True,
        "isPaidOnlineWithStripe": False,
        "isPaidOnlineWithPaypal": False,
        "hasNotifyCustomers": False,
        "hasNotifyResources": False,
        "reservedUntil": None,
        "scheduledForDeletionAt": None,
        "rescheduleUntil": None,
        "reschedulingSecret": secrets.token_hex(16),
    }


def create(company: Company, fields: Json) -> Json:
    """A new appointment from the fields of a request (see `requests`); neither stored nor stamped."""
    own = {name: value for name, value in fields.items() if name != "resourceIds"}
    appointment = blank(company) | service_defaults(company, fields) | own
    _set_pattern(appointment, fields)
    _expand(appointment, _days(appointment, read_iso(appointment["startDate"]), None), fields["resourceIds"])
    _set_people(company, appointment, fields["resourceIds"])
    return appointment


def change(company: Company, appointment: Json, fields: Json) -> Json:
    """The appointment after a PATCH: only the sent fields change; a moved series or split booking keeps its shape."""
    changed = appointment | {name: value for name, value in fields.items() if name != "resourceIds"}
    resource_ids = fields.get("resourceIds", resource_ids_of(appointment))
    if not _TIME_FIELDS.isdisjoint(fields):
        _set_pattern(changed, fields)
        _expand(changed, _moved_days(appointment, changed, fields), resource_ids)
    _set_people(company, changed, resource_ids)
    return changed


def complete(company: Company, given: Json) -> Json:
    """A seeded raw object (or the short form title, start, duration, resource ids) with what it leaves out derived.

    Nothing is checked against the grid: what a calendar already holds may be older than its rules.
    """
    raw, resource_ids = _without_aliases(given)
    bookings = raw.get("bookings")
    if "startDate" not in raw and bookings:
        raw["startDate"] = min(booking["interval"]["begin"] for booking in bookings)
    if "startDate" not in raw:
        raise BadRequest("An appointment needs startDate (or start), or bookings")
    raw["startDate"] = iso(read_iso(raw["startDate"]))
    known = raw.get("serviceId") in company.services
    appointment = blank(company) | (service_defaults(company, raw) if known else {}) | raw
    if not bookings:
        start = read_iso(raw["startDate"])
        if raw.get("recurring"):
            appointment["recurring"] = recurring.read_rule(raw["recurring"], start) | raw["recurring"]
        _set_pattern(appointment, raw)
        _expand(appointment, _days(appointment, start, None), resource_ids)
    appointment.setdefault("date", f"{raw['startDate'][:10]}Z")
    if "resources" not in raw:
        _set_people(company, appointment, resource_ids)
    return appointment


def _without_aliases(given: Json) -> tuple[Json, list[str]]:
    """A raw object whose short forms are spelled out, and the resources that it books."""
    raw = dict(given)
    for alias, name in (("start", "startDate"), ("datetime", "startDate"), ("service_id", "serviceId")):
        if alias in raw:
            raw.setdefault(name, raw.pop(alias))
    listed = [raw.pop(alias, None) for alias in ("resource_ids", "resourceIds")]
    resource_ids = next((ids for ids in listed if ids), None) or resource_ids_of(raw)
    if not all(isinstance(item, dict) and "id" in item for item in raw.get("resources") or [None]):
        raw.pop("resources", None)
    return raw, resource_ids


def service_defaults(company: Company, fields: Json) -> Json:
    """What an appointment takes from its service where the request is silent; raises NotFound."""
    key = fields.get("serviceId")
    if not key:
        return {}
    service = company.find("services", key)
    return {
        "service": {name: service.get(name) for name in ("id", "externalId", "name", "duration")},
        "title": service.get("name") or "",
        "duration": service.get("duration") or 0,
        "durationBefore": service.get("durationBefore") or 0,
        "durationAfter": service.get("durationAfter") or 0,
        "durationsPattern": list(service.get("durationsPattern") or []),
        "color": service.get("color"),
    }


def resource_ids_of(appointment: Json) -> list[str]:
    """The ids of the resources that the appointment books, in order."""
    listed = [item if isinstance(item, str) else item["id"] for item in appointment.get("resources") or []]
    booked = [booking["resourceId"] for booking in appointment.get("bookings") or [] if booking.get("resourceId")]
    return list(dict.fromkeys(listed or booked))


def present(company: Company, appointment: Json) -> Json:
    """The appointment as a GET shows it, with its neighbours in an independent series."""
    if not appointment.get("chainId"):
        return appointment
    chain = company.chain(appointment["chainId"])
    shown = ("id", "externalId", "type", "title", "notes", "date", "startDate", "duration")
    others = [{name: other.get(name) for name in shown} for other in chain if other["id"] != appointment["id"]]
    return appointment | {"chainedEvents": others, "isLastInTheChain": chain[-1]["id"] == appointment["id"]}


def _set_pattern(appointment: Json, fields: Json) -> None:
    """Make duration and durationsPattern agree; a new duration alone is taken from the last work interval."""
    pattern = list(appointment["durationsPattern"])
    if len(pattern) < 3 and ("durationsPattern" not in fields or not pattern):
        pattern = [appointment["duration"]]
    if "duration" in fields and "durationsPattern" not in fields:
        pattern[-1] += appointment["duration"] - sum(pattern)
    if min(pattern) <= 0:
        raise BadRequest("duration is too short for the intervals of this booking")
    appointment["durationsPattern"] = pattern
    appointment["duration"] = sum(pattern)


def _days(appointment: Json, start: datetime, days: Sequence[date] | None) -> list[tuple[str, datetime]]:
    """Recurring day and start of the work, for every occurrence."""
    rule = appointment["recurring"]
    if rule is None:
        return [(start.date().isoformat(), start)]
    first = start.astimezone(parse_zone("recurring.timezone", rule["timezone"])).date()
    found = recurring.days_of(rule, first) if days is None else days
    return [(day.isoformat(), recurring.at_local_time(day, start, rule["timezone"])) for day in found]


def _moved_days(before: Json, after: Json, fields: Json) -> list[tuple[str, datetime]]:
    """The occurrences after a change; a series that is moved keeps its occurrences and moves every one alike."""
    start = read_iso(after["startDate"])
    rule = after["recurring"]
    if rule is None or "recurring" in fields:
        return _days(after, start, None)
    zone = parse_zone("recurring.timezone", rule["timezone"])
    shift = start.astimezone(zone).date() - read_iso(before["startDate"]).astimezone(zone).date()
    days = dict.fromkeys(date.fromisoformat(booking["recurringDay"]) for booking in before["bookings"])
    after["recurring"] = recurring.moved(rule, shift.days)
    return _days(after, start, [day + shift for day in days])


def _expand(appointment: Json, days: Sequence[tuple[str, datetime]], resource_ids: Sequence[str]) -> None:
    """Write `bookings[]`, startDate and date; a booking that is only moved keeps its id."""
    kept = _ids_by_place(appointment["bookings"])
    bookings: list[Json] = []
    for number, (day, start) in enumerate(days):
        for batch in _batches(appointment, day, start):
            for resource_id in resource_ids:
                place = (number, batch["batchNumber"], resource_id)
                bookings.append({"id": kept.get(place) or secrets.token_hex(16), **batch, "resourceId": resource_id})
    appointment["bookings"] = bookings
    appointment["startDate"] = iso(days[0][1])
    appointment["date"] = f"{appointment['startDate'][:10]}Z"


def _batches(appointment: Json, day: str, start: datetime) -> list[Json]:
    pattern: list[int] = appointment["durationsPattern"]
    numbers = range(0, len(pattern), 2)
    batches = []
    for index in numbers:
        first, last = index == 0, index == numbers[-1]
        begin = start + timedelta(minutes=sum(pattern[:index]))
        before = appointment["durationBefore"] if first else 0
        after = appointment["durationAfter"] if last else 0
        batches.append(
            {
                "startDate": iso(begin),
                "interval": {"begin": iso(begin), "end": iso(begin + timedelta(minutes=pattern[index]))},
                "batchNumber": index // 2 + 1,
                "isFirstBatch": first,
                "isLastBatch": last,
                "recurringDay": day,
                "duration": pattern[index],
                "durationBefore": before,
                "durationAfter": after,
                "durationTotal": before + pattern[index] + after,
            }
        )
    return batches


def _ids_by_place(bookings: Sequence[Json]) -> dict[tuple[int, int, str], str]:
    numbers: dict[str, int] = {}
    places: dict[tuple[int, int, str], str] = {}
    for booking in bookings:
        number = numbers.setdefault(booking.get("recurringDay") or "", len(numbers))
        if booking.get("id"):
            places[number, booking.get("batchNumber") or 1, booking.get("resourceId") or ""] = booking["id"]
    return places


def _set_people(company: Company, appointment: Json, resource_ids: Sequence[str]) -> None:
    known = _orphans(company, appointment)
    appointment["resources"] = [known.get(key) or _summary(company, key) for key in resource_ids]
    appointment["singleCustomers"] = [] if appointment["isCourse"] else appointment["customers"]


def _orphans(company: Company, appointment: Json) -> dict[str, Json]:
    """Resources that the appointment names but the company no longer has stay as they were written."""
    named = [item for item in appointment["resources"] if isinstance(item, dict)]
    return {item["id"]: item for item in named if item["id"] not in company.resources}


def _summary(company: Company, key: str) -> Json:
    """A resource as an appointment shows it."""
    resource = company.resources.get(key, {"id": key})
    summary = {name: resource.get(name) for name in ("id", "externalId", "name", "email")}
    return summary | {"category": resource.get("category") or {"id": resource.get("categoryId")}}
