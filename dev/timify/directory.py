"""Companies, resources and services: what a seed leaves out, and how the DevAPI shows them."""

import hashlib
from typing import Any

from dev.timify.store import Company, Json

_ALWAYS = [{"isActive": True, "times": [{"begin": "00:00", "end": "24:00"}]} for _ in range(7)]


def completed_resource(given: Json, company_zone: str, now: str) -> Json:
    """A seeded resource with every field; without working times of its own it works around the clock."""
    calendar = {
        "id": derived_id(f"calendar:{given['id']}"),
        "timezone": given.get("timezone") or company_zone,
        "threads": 1,
        "workingTimes": _ALWAYS,
        "bookingTimes": _ALWAYS,
    }
    blank = {
        "id": given["id"],
        "externalId": None,
        "userId": derived_id(f"user:{given['id']}"),
        "email": "",
        "name": "",
        "color": "#3d8eff",
        "avatarUrl": None,
        "isBookable": True,
        "categoryId": None,
        "orderIndex": 0,
        "account": {"isAdmin": False, "providers": []},
        "isAdmin": False,
        "isOwner": False,
        "locale": "en-gb",
        "permissions": {"accountRead": False, "calendarWrite": "ALL", "calendarDelete": "ALL", "appsRead": False},
        "createdAt": now,
        "updatedAt": now,
        "ts": now,
    }
    return blank | given | {"calendar": calendar | (given.get("calendar") or {})}


def completed_service(given: Json, now: str) -> Json:
    """A seeded service with every field."""
    blank = {
        "id": given["id"],
        "externalId": None,
        "globalId": None,
        "name": "",
        "description": "",
        "categoryId": None,
        "duration": sum(given.get("durationsPattern") or [60]),
        "durationBefore": 0,
        "durationAfter": 0,
        "durationsPattern": [],
        "color": "#00b48c",
        "price": 0,
        "isBookable": True,
        "isStalled": False,
        "isPaymentMandatory": False,
        "hasOnlinePayment": False,
        "maxParticipants": None,
        "dependencies": [],
        "shape": [],
        "calendar": None,
        "isCombination": False,
        "combinationServiceIds": [],
        "customerEmailRemindersMinutes": [],
        "resourceEmailRemindersMinutes": [],
        "orderIndex": 0,
        "createdAt": now,
        "updatedAt": now,
        "ts": now,
    }
    return blank | given


def company_view(company: Company) -> Json:
    """A company as `GET /v1/companies` shows it; the plan is not part of it."""
    facts = company.facts
    return {
        "id": company.id,
        "externalId": facts.get("externalId"),
        "name": facts.get("name"),
        "contactEmail": facts.get("contactEmail", ""),
        "phone": {"phone": ""},
        "address": {"city": "", "formatted": ""},
        "onlineStatus": {"isOnline": True},
        "locale": facts.get("locale"),
        "region": "EUROPE",
        "timezone": company.timezone,
        "enterprise": None,
    }


def resource_in_list(resource: Json) -> Json:
    """The form of the list: times of day are `beginTime` and `endTime`."""
    single_only = ("isAdmin", "isOwner", "locale", "permissions", "timezone")
    shown = {name: value for name, value in resource.items() if name not in single_only}
    return shown | {"calendar": _calendar(resource["calendar"], "beginTime", "endTime")}


def resource_alone(resource: Json) -> Json:
    """The form of the single call: times of day are `begin` and `end`."""
    list_only = ("categoryId", "orderIndex", "account", "timezone")
    shown = {name: value for name, value in resource.items() if name not in list_only}
    calendar = _calendar(resource["calendar"], "begin", "end")
    calendar.pop("threads", None)
    return shown | {"calendar": calendar}


def derived_id(text: str) -> str:
    """A 24-digit id that is the same on every run."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _calendar(calendar: Json, begin: str, end: str) -> Json:
    return calendar | {name: _week(calendar[name], begin, end) for name in ("workingTimes", "bookingTimes")}


def _week(days: list[Json], begin: str, end: str) -> list[Json]:
    return [day | {"times": [_time(time, begin, end) for time in day.get("times") or []]} for day in days]


def _time(time: Json, begin: str, end: str) -> dict[str, Any]:
    return {begin: time.get("begin") or time.get("beginTime"), end: time.get("end") or time.get("endTime")}
