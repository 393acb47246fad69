"""A small believable company: a salon in Berlin, with bookings in TIMIFY and meetings in Outlook around today."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

type Json = dict[str, Any]

ZONE = ZoneInfo("Europe/Berlin")
OUTLOOK_ZONE = "W. Europe Standard Time"
DOMAIN = "salon-morgenrot.example"
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def key(name: str) -> str:
    """The same 24-digit id for the same name, on every run."""
    return hashlib.sha256(f"salon:{name}".encode()).hexdigest()[:24]


COMPANY_ID = key("company")
ANNA, JONAS, PETRA, ROOM = (key(name) for name in ("anna", "jonas", "petra", "room"))
CUT, COLOUR, MASSAGE, COURSE = (key(name) for name in ("cut", "colour", "massage", "course"))


def company(today: date) -> Json:
    """The company as the TIMIFY simulator takes it, bookings in the week of `today`."""
    return {
        "name": "Salon Morgenrot",
        "plan": "premium",
        "timezone": "Europe/Berlin",
        "locale": "de",
        "resources": _resources(),
        "services": _services(),
        "customers": list(_customers().values()),
        "appointments": _appointments(today - timedelta(days=today.weekday())),
        "timeshifts": [],
    }


def mailboxes(today: date) -> dict[str, Json]:
    """The Outlook mailboxes by address, events in the weeks around `today`. Petra's is on the company's own server."""
    monday = today - timedelta(days=today.weekday())
    holidays = {"name": "Feiertage", "canEdit": False, "events": []}
    return {
        f"anna.berger@{DOMAIN}": _mailbox(
            "Anna Berger", {"name": "Calendar", "canEdit": True, "events": _annas_events(monday)}, holidays
        ),
        f"jonas.weber@{DOMAIN}": _mailbox(
            "Jonas Weber",
            {"name": "Calendar", "canEdit": True, "events": _jonas_events(monday)},
            {"name": "Privat", "canEdit": True, "events": []},
        ),
        f"petra.lang@{DOMAIN}": _mailbox("Petra Lang", {"name": "Calendar", "canEdit": True, "events": []})
        | {"kind": "on_premises"},
    }


def _mailbox(name: str, *calendars: Json) -> Json:
    return {
        "name": name,
        "timeZone": OUTLOOK_ZONE,
        "kind": "exchange_online",
        "consent": "granted",
        "calendars": list(calendars),
    }


def _resources() -> list[Json]:
    open_days = {
        number: {"isActive": True, "times": [{"begin": "08:00", "end": "19:00"}]} for number in range(1, 6)
    } | {6: {"isActive": True, "times": [{"begin": "09:00", "end": "14:00"}]}}
    week = [open_days.get(number, {"isActive": False, "times": []}) for number in range(7)]
    calendar = {"timezone": "Europe/Berlin", "workingTimes": week, "bookingTimes": week}
    people = ((ANNA, "Anna Berger", "#e8590c"), (JONAS, "Jonas Weber", "#1c7ed6"), (PETRA, "Petra Lang", "#2b8a3e"))
    named = [
        {"id": own, "name": name, "email": f"{name.lower().replace(' ', '.')}@{DOMAIN}", "color": color}
        for own, name, color in people
    ]
    room = {"id": ROOM, "name": "Behandlungsraum 1", "email": "", "color": "#868e96"}
    return [item | {"calendar": calendar, "orderIndex": place} for place, item in enumerate([*named, room])]


def _services() -> list[Json]:
    return [
        {"id": CUT, "name": "Haarschnitt", "duration": 45, "durationBefore": 5, "durationAfter": 10, "price": 48},
        {"id": COLOUR, "name": "Farbe", "durationsPattern": [45, 30, 45], "durationBefore": 10, "price": 95},
        {"id": MASSAGE, "name": "Massage", "duration": 60, "durationAfter": 15, "price": 70},
        {"id": COURSE, "name": "Styling-Kurs", "duration": 120, "maxParticipants": 10, "price": 35},
    ]


def _customers() -> dict[str, Json]:
    names = (("Carla", "Sommer"), ("Deniz", "Kaya"), ("Eva", "Lindner"), ("Felix", "Brandt"), ("Greta", "Hahn"))
    return {
        first: {
            "id": key(f"customer {first}"),
            "firstName": first,
            "lastName": last,
            "fullName": f"{first} {last}",
            "email": f"{first.lower()}.{last.lower()}@mail.example",
        }
        for first, last in names
    }


def _appointments(monday: date) -> list[Json]:
    def visit(name: str, day: int, at: str, service: str, who: list[str], customers: list[str], **more: Any) -> Json:
        known = _customers()
        return {
            "id": key(f"booking {name}"),
            "start": _utc(monday, day, at),
            "serviceId": service,
            "resourceIds": who,
            "customers": [known[customer] for customer in customers],
            **more,
        }

    weekly = {"timezone": "Europe/Berlin", "frequency": "WEEKS", "period": 1, "repeatTimes": 6}
    chain = key("chain")
    course = {"isCourse": True, "maxParticipants": 10, "title": "Styling-Kurs für Anfänger"}
    pupils = [_customers()[name] for name in ("Carla", "Eva", "Greta")]
    return [
        visit("cut", 0, "10:00", CUT, [ANNA], ["Carla"], notes="Möchte einen kürzeren Pony."),
        visit("colour", 0, "13:00", COLOUR, [ANNA, ROOM], ["Deniz"]),
        visit("next cut", 1, "09:30", CUT, [ANNA], ["Eva"]),
        visit("late cut", 3, "16:00", CUT, [ANNA], ["Felix"]),
        visit("course", 2, "14:00", COURSE, [ANNA], ["Carla", "Eva", "Greta"], participants=pupils, **course),
        visit("weekly massage", 1, "11:00", MASSAGE, [JONAS], ["Greta"], recurring=weekly),
        *(visit(f"repeat {n}", 3 + 7 * n, "17:00", MASSAGE, [JONAS], ["Felix"], chainId=chain) for n in range(3)),
        visit("massage", 4, "09:00", MASSAGE, [JONAS, ROOM], ["Deniz"]),
        visit("petra's cut", 2, "10:00", CUT, [PETRA], ["Felix"]),
        visit("next week", 8, "15:00", CUT, [ANNA], ["Greta"]),
    ]


def _annas_events(monday: date) -> list[Json]:
    teams = "Tagesordnung: Urlaubsplanung\n________________\nMicrosoft Teams meeting\nJoin: https://teams.example/l/1"
    online = {
        "isOnlineMeeting": True,
        "onlineMeetingProvider": "teamsForBusiness",
        "onlineMeeting": {"joinUrl": "https://teams.example/l/1"},
        "body": {"contentType": "text", "content": teams},
    }
    declined = {
        **_invited("Kira Vogt", f"kira.vogt@{DOMAIN}"),
        "responseStatus": {"response": "declined", "time": f"{monday.isoformat()}T07:00:00Z"},
    }
    return [
        _event("Teamrunde", monday, 0, "08:30", 30, **_weekly(monday), **online),
        _event("Zahnarzt", monday, 1, "13:00", 60, sensitivity="private", body=_text("Praxis Dr. Blum")),
        _event("Probe: neue Farben", monday, 2, "09:00", 60, showAs="tentative"),
        _event("Messeplanung", monday, 2, "11:00", 60, **declined),
        _event("Lieferant", monday, 3, "13:02", 43, location={"displayName": "Lager"}, body=_text("Muster zeigen")),
        _all_day("Haarmesse Düsseldorf", monday, 11, 2),
        _all_day("Geburtstag Kira", monday, 4, 1, showAs="free"),
    ]


def _jonas_events(monday: date) -> list[Json]:
    supplier = {
        "attendees": [
            {
                "type": "required",
                "status": {"response": "accepted", "time": "0001-01-01T00:00:00Z"},
                "emailAddress": {"name": "Öle & Mehr", "address": "kontakt@oele-und-mehr.example"},
            }
        ]
    }
    return [
        _event("Physio-Fortbildung", monday, 2, "12:00", 90, **_weekly(monday + timedelta(days=2))),
        _event("Einkauf mit Öle & Mehr", monday, 1, "15:00", 45, **supplier),
        _event("Angebot besprechen", monday, 4, "13:00", 30, **_invited("Kira Vogt", f"kira.vogt@{DOMAIN}")),
        _event("Von zu Hause: Buchhaltung", monday, 0, "14:00", 120, showAs="workingElsewhere"),
        _all_day("Urlaub", monday, -4, 2, showAs="oof"),
    ]


def _event(subject: str, monday: date, day: int, at: str, minutes: int, **more: Any) -> Json:
    start = datetime.combine(monday + timedelta(days=day), time.fromisoformat(at))
    return _blank(subject) | {
        "start": {"dateTime": f"{start.isoformat()}.0000000", "timeZone": OUTLOOK_ZONE},
        "end": {"dateTime": f"{(start + timedelta(minutes=minutes)).isoformat()}.0000000", "timeZone": OUTLOOK_ZONE},
        **more,
    }


def _all_day(subject: str, monday: date, day: int, days: int, **more: Any) -> Json:
    return _event(subject, monday, day, "00:00", days * 24 * 60, isAllDay=True, **more)


def _blank(subject: str) -> Json:
    return {
        "subject": subject,
        "body": _text(""),
        "type": "singleInstance",
        "showAs": "busy",
        "sensitivity": "normal",
        "isAllDay": False,
        "isCancelled": False,
        "isDraft": False,
        "isOrganizer": True,
        "isOnlineMeeting": False,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "categories": [],
        "attendees": [],
        "location": {"displayName": ""},
        "recurrence": None,
    }


def _weekly(first: date) -> Json:
    pattern = {
        "type": "weekly",
        "interval": 1,
        "daysOfWeek": [_DAY_NAMES[first.weekday()]],
        "firstDayOfWeek": "monday",
    }
    span = {
        "type": "numbered",
        "startDate": first.isoformat(),
        "numberOfOccurrences": 12,
        "recurrenceTimeZone": OUTLOOK_ZONE,
    }
    return {"type": "seriesMaster", "recurrence": {"pattern": pattern, "range": span}}


def _invited(name: str, address: str) -> Json:
    """A meeting of somebody else's, accepted."""
    return {
        "isOrganizer": False,
        "organizer": {"emailAddress": {"name": name, "address": address}},
        "responseStatus": {"response": "accepted", "time": "0001-01-01T00:00:00Z"},
    }


def _text(content: str) -> Json:
    return {"contentType": "text", "content": content}


def _utc(monday: date, day: int, at: str) -> str:
    local = datetime.combine(monday + timedelta(days=day), time.fromisoformat(at), ZONE)
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
