"""Who plays in the demo: one salon, its people and their mailboxes, all made up. Times are Berlin's, weeks ahead."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

type Json = dict[str, Any]

ZONE = ZoneInfo("Europe/Berlin")
WINDOWS_ZONE = "W. Europe Standard Time"
COMPANY = "demo-salon"
ANNA, JONAS, PETRA, ROOM = "demo-anna", "demo-jonas", "demo-petra", "demo-room"
CUT, COLOUR, COURSE = "demo-cut", "demo-colour", "demo-course"
MANY = 300
_PER_DAY = 6


def upn(name: str) -> str:
    return f"{name}@salon.example"


def company() -> Json:
    """Three people and a room without an address; one booking that was there before."""
    people = ((ANNA, "Anna Berger"), (JONAS, "Jonas Weber"), (PETRA, "Petra Lang"))
    resources = [
        {"id": own, "name": name, "email": upn(name.split()[0].lower()), "calendar": {"timezone": ZONE.key}}
        for own, name in people
    ]
    return {
        "name": "Salon Morgenrot",
        "plan": "premium",
        "timezone": ZONE.key,
        "locale": "en",
        "resources": [*resources, {"id": ROOM, "name": "Room 1", "email": "", "calendar": {"timezone": ZONE.key}}],
        "services": [
            {"id": CUT, "name": "Haircut", "duration": 45, "durationBefore": 5, "durationAfter": 10},
            {"id": COLOUR, "name": "Colour", "durationsPattern": [45, 30, 45], "durationBefore": 10},
            {"id": COURSE, "name": "Styling course", "duration": 120, "maxParticipants": 10},
        ],
        "customers": [
            {"id": f"demo-{name.lower()}", "firstName": name, "lastName": "Sommer", "fullName": f"{name} Sommer"}
            for name in ("Carla", "Deniz", "Eva")
        ],
        "appointments": [
            {
                "id": "demo-first-booking",
                "serviceId": CUT,
                "start": iso(moment(0, "10:00")),
                "resourceIds": [ANNA],
                "customers": [{"id": "demo-carla"}],
            }
        ],
    }


def mailboxes() -> dict[str, Json]:
    """The mailboxes by address."""
    return {
        upn("anna"): mailbox("Anna Berger", [_stored("Supplier", 0, "14:00", 60)]),
        upn("jonas"): mailbox("Jonas Weber", _many()),
        upn("petra"): mailbox("Petra Lang", []),
        upn("petra.declines"): mailbox("Petra Lang", []) | {"consent": "declined"},
        upn("petra.asks"): mailbox("Petra Lang", []) | {"consent": "admin_required", "tenant": _tenant(1)},
        upn("petra.server"): mailbox("Petra Lang", []) | {"kind": "on_premises"},
        upn("petra.reads"): mailbox("Petra Lang", [], can_edit=False),
    }


def mailbox(name: str, events: list[Json], *, can_edit: bool = True) -> Json:
    calendars = [{"name": "Calendar", "canEdit": can_edit, "events": events}]
    return {"name": name, "timeZone": WINDOWS_ZONE, "kind": "exchange_online", "consent": "granted"} | {
        "calendars": calendars
    }


def event(subject: str, day: int, at: str, minutes: int, **more: Any) -> Json:
    """A meeting as the calendar's owner sends it to Graph."""
    start = _local(day, at)
    times = {"start": wall(start), "end": wall(start + timedelta(minutes=minutes))}
    return {"subject": subject, "showAs": "busy"} | times | more


def wall(local: datetime) -> Json:
    return {"dateTime": local.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": WINDOWS_ZONE}


def first_day() -> date:
    """A Monday two to three weeks ahead: the demo's day 0. All that the demo does is in the weeks after it."""
    today = datetime.now(ZONE).date()
    return today + timedelta(days=21 - today.weekday())


def moment(day: int, at: str) -> datetime:
    """The UTC moment of a local time on the demo's day number `day`."""
    return _local(day, at).astimezone(UTC)


def iso(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(day: int, at: str) -> str:
    """A start as the DevAPI takes it, in UTC."""
    return moment(day, at).strftime("%Y-%m-%d %H:%M")


def day_of_clock_change() -> date:
    """The next day in Berlin that does not have 24 hours, after the demo's days."""
    day = first_day() + timedelta(days=60)
    while midnight(day + timedelta(days=1)) - midnight(day) == timedelta(days=1):
        day += timedelta(days=1)
    return day


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), ZONE).astimezone(UTC)


def _local(day: int, at: str) -> datetime:
    return datetime.combine(first_day() + timedelta(days=day), time.fromisoformat(at), ZONE)


def _many() -> list[Json]:
    return [
        _stored(f"Meeting {number}", number // _PER_DAY, f"{8 + number % _PER_DAY:02}:00", 45) for number in range(MANY)
    ]


def _stored(subject: str, day: int, at: str, minutes: int) -> Json:
    return event(subject, day, at, minutes, isOrganizer=True, type="singleInstance", isAllDay=False)


def _tenant(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"
