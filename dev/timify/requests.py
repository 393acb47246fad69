"""Bodies of POST and PATCH /v1/appointments: checked by the DevAPI's rules, and put into an appointment's fields."""

from collections.abc import Callable
from typing import Any

from dev.timify import recurring
from dev.timify.errors import BadRequest
from dev.timify.store import Company, Json, new_id
from dev.timify.times import iso, parse_minutes, parse_start, read_iso

_TEXT = {"title": "title", "notes": "notes", "color": "color", "external_id": "externalId", "chain_id": "chainId"}
_FLAGS = {"has_notify_customers": "hasNotifyCustomers", "has_notify_resources": "hasNotifyResources"}
_PATTERNS = ("duration_pattern", "durations_pattern")
_EXCLUSIVE = (
    ("service_id", "external_service_id"),
    ("resource_ids", "external_resource_ids"),
    ("customers", "customer_ids"),
    _PATTERNS,
)
_TITLE_MAY_MISS = ("service_id", "external_service_id", "duration", *_PATTERNS)
_LENGTH = ("service_id", "external_service_id", "duration", *_PATTERNS)


def creation(company: Company, body: Any) -> Json:
    """The fields of a new appointment; raises BadRequest or NotFound. `resourceIds` is never empty."""
    fields = changes(company, body)
    if "title" not in fields and not any(body.get(name) for name in _TITLE_MAY_MISS):
        raise BadRequest("title is required unless a service or a duration is given")
    if not any(body.get(name) for name in _LENGTH):
        raise BadRequest("duration is required unless a service is given")
    if "startDate" not in fields:
        raise BadRequest("datetime is required")
    if "resourceIds" not in fields:
        raise BadRequest("resource_ids or external_resource_ids is required")
    if fields.get("isCourse") and not fields.get("maxParticipants"):
        raise BadRequest("max_participants is required for a group booking")
    if fields.get("isCourse"):
        fields.setdefault("participants", fields.get("customers", []))
    if "recurring" in body and body["recurring"] is not None:
        fields["recurring"] = recurring.read_rule(body["recurring"], read_iso(fields["startDate"]))
    return fields


def changes(company: Company, body: Any) -> Json:
    """The fields that a body names, checked; raises BadRequest or NotFound. A `recurring` is left to the caller."""
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object")
    for one, other in _EXCLUSIVE:
        if body.get(one) is not None and body.get(other) is not None:
            raise BadRequest(f"{one} and {other} exclude each other")
    fields: Json = {}
    _read_text(body, fields)
    _read_times(body, fields)
    _read_links(company, body, fields)
    _read_people(company, body, fields)
    return fields


def _read_text(body: Json, fields: Json) -> None:
    for given, name in _TEXT.items():
        if given in body:
            if body[given] is not None and not isinstance(body[given], str):
                raise BadRequest(f"{given} must be a text")
            fields[name] = body[given]
    for given, name in _FLAGS.items():
        if given in body:
            fields[name] = bool(body[given])
    if "metadata" in body:
        if not isinstance(body["metadata"], dict):
            raise BadRequest("metadata must be an object")
        fields["metadata"] = body["metadata"]


def _read_times(body: Json, fields: Json) -> None:
    if "datetime" in body:
        fields["startDate"] = iso(parse_start("datetime", body["datetime"]))
    if "duration" in body:
        fields["duration"] = parse_minutes("duration", body["duration"], least=5)
    for given, name in (("duration_before", "durationBefore"), ("duration_after", "durationAfter")):
        if given in body:
            fields[name] = parse_minutes(given, body[given], least=0)
    for given in _PATTERNS:
        if body.get(given) is not None:
            fields["durationsPattern"] = _pattern(given, body[given])


def _pattern(name: str, value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) % 2 == 0:
        raise BadRequest(f"{name} must be a list of minutes: work, gap, work, ...")
    return [parse_minutes(name, minutes, least=5) for minutes in value]


def _read_links(company: Company, body: Json, fields: Json) -> None:
    for given, external in (("service_id", False), ("external_service_id", True)):
        if body.get(given) is not None:
            service = company.find("services", body[given], external=external)
            fields["serviceId"] = service["id"]
            fields["service"] = {name: service.get(name) for name in ("id", "externalId", "name", "duration")}
    for given, external in (("resource_ids", False), ("external_resource_ids", True)):
        if body.get(given) is not None:
            keys = _texts(given, body[given])
            fields["resourceIds"] = list(
                dict.fromkeys(company.find("resources", key, external=external)["id"] for key in keys)
            )


def _read_people(company: Company, body: Json, fields: Json) -> None:
    for given in ("customers", "customer_ids"):
        if body.get(given) is not None:
            fields["customers"] = _each(given, body[given], lambda item: _customer(company, item))
    if "is_course" in body:
        fields["isCourse"] = bool(body["is_course"])
    if "max_participants" in body:
        most = body["max_participants"]
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise BadRequest("max_participants must be a whole number from 1")
        fields["maxParticipants"] = most
    if "participants" in body:
        fields["participants"] = body["participants"]
    for name in ("customfields", "tags"):
        if name in body:
            fields[name] = _each(name, body[name], lambda item: item)


def _customer(company: Company, item: Any) -> Json:
    if isinstance(item, str):
        return company.find("customers", item)
    if not isinstance(item, dict):
        raise BadRequest("customers must be ids or objects")
    if "id" in item:
        return company.find("customers", item["id"])
    customer = completed_customer(item)
    company.customers[customer["id"]] = customer
    return customer


def completed_customer(item: Json) -> Json:
    """A customer given in part, with id and full name."""
    full_name = " ".join(part for part in (item.get("firstName"), item.get("lastName")) if part)
    known = {"id": new_id(), "externalId": None, "firstName": "", "lastName": "", "fullName": full_name, "email": ""}
    return known | item


def _each(name: str, value: Any, read: Callable[[Any], Any]) -> list[Any]:
    if not isinstance(value, list):
        raise BadRequest(f"{name} must be a list")
    return [read(item) for item in value]


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise BadRequest(f"{name} must be a list of ids that is not empty")
    return value
