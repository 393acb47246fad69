"""A company that could be real, for pictures: a dozen resources, their bookings in TIMIFY and events in Outlook."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

type Json = dict[str, Any]

NAME = "Studio Lindenhof"
WALKERS = {"en": "Lea Winter", "de": "Paul Sander"}
"""Who walks through the journey in which language."""
ZONE = ZoneInfo("Europe/Berlin")
OUTLOOK_ZONE = "W. Europe Standard Time"
CUT, COURSE = "5c00000000000000000000c1", "5c00000000000000000000c2"
SERVICES = [
    {"id": CUT, "name": "Haircut", "duration": 45},
    {"id": COURSE, "name": "Styling course", "duration": 120, "maxParticipants": 10},
]
_OPEN = [{"isActive": True, "times": [{"begin": "08:00", "end": "19:00"}]} for _ in range(7)]
_HOURS = {"timezone": "Europe/Berlin", "workingTimes": _OPEN, "bookingTimes": _OPEN}


@dataclass(frozen=True)
class Person:
    """A resource; `consent` and `kind` are what Microsoft makes of its mailbox. Rooms without a mailbox have no
    address."""

    name: str
    address: str = ""
    bookings: int = 0
    meetings: int = 0
    consent: str = "granted"
    kind: str = "exchange_online"
    id: str = field(default_factory=lambda: token_hex(12))


@dataclass(frozen=True)
class Studio:
    """A company with its people. Days count from `monday`, which is in the next week."""

    people: Sequence[Person]
    monday: date
    id: str = field(default_factory=lambda: token_hex(12))

    def person(self, name: str) -> Person:
        return next(person for person in self.people if person.name.startswith(name))

    def company(self) -> Json:
        """As the TIMIFY simulator takes it."""
        return {
            "name": NAME,
            "timezone": "Europe/Berlin",
            "services": SERVICES,
            "resources": [
                {"id": person.id, "name": person.name, "email": person.address, "calendar": _HOURS, "orderIndex": place}
                for place, person in enumerate(self.people)
            ],
            "appointments": [booking for person in self.people for booking in self._bookings(person)],
        }

    def mailboxes(self) -> Iterator[tuple[str, Json]]:
        """As the Outlook simulator takes them, by address."""
        for person in self.people:
            if person.address:
                events = [self.event(f"Meeting {n + 1}", *_slot(n, 14)) for n in range(person.meetings)]
                yield person.address, mailbox(person, events)

    def _bookings(self, person: Person) -> Iterator[Json]:
        for n in range(person.bookings):
            day, at, _ = _slot(n, 9)
            local = datetime.combine(self.monday + timedelta(days=day), time.fromisoformat(at))
            yield {"start": f"{local:%Y-%m-%d %H:%M}", "serviceId": CUT, "resourceIds": [person.id], "title": "Haircut"}

    def moment(self, day: int, at: str) -> datetime:
        """A wall clock of the company."""
        return datetime.combine(self.monday + timedelta(days=day), time.fromisoformat(at), ZONE)

    def event(self, title: str, day: int, start: str, end: str, **more: Any) -> Json:
        """An event as a person's program sends it."""
        return {"subject": title, **self.when(day, start, end), **more}

    def when(self, day: int, start: str, end: str) -> Json:
        """`start` and `end` of an event."""
        on = self.monday + timedelta(days=day)
        return {
            name: {"dateTime": f"{on}T{at}:00", "timeZone": OUTLOOK_ZONE}
            for name, at in (("start", start), ("end", end))
        }


def mailbox(person: Person, events: Sequence[Json]) -> Json:
    """A mailbox with three calendars, one of which may only be read."""
    return {
        "name": person.name,
        "timeZone": OUTLOOK_ZONE,
        "kind": person.kind,
        "consent": person.consent,
        "calendars": [
            {"name": "Calendar", "canEdit": True, "events": list(events)},
            {"name": "Family", "canEdit": True, "color": "lightOrange", "events": []},
            {"name": "Holidays in Germany", "canEdit": False, "color": "lightTeal", "events": []},
        ],
    }


def _slot(number: int, first_hour: int) -> tuple[int, str, str]:
    """Four a day, an hour apart, on working days."""
    day, place = divmod(number, 4)
    hour = first_hour + place
    return 7 * (day // 5) + day % 5, f"{hour:02}:00", f"{hour:02}:45"


def full_studio(monday: date) -> Studio:
    """The company of the administrator's pages."""
    domain = "studio-lindenhof.example"
    people = [
        Person("Anna Berger", f"anna.berger@{domain}", bookings=14, meetings=18),
        Person("Clara Sommerfeld", f"clara.sommerfeld@{domain}", bookings=4, meetings=3),
        Person("David Okafor", f"david.okafor@{domain}"),
        Person("Emil Brandt", f"emil.brandt@{domain}"),
        Person("Hannah Vogel", f"hannah.vogel@{domain}", bookings=8, meetings=6),
        Person("Jonas Weber", f"jonas.weber@{domain}", bookings=6, meetings=240),
        Person("Lukas Hoffmann", f"lukas.hoffmann@{domain}", bookings=16, meetings=2),
        Person("Mira Yıldız", f"mira.yildiz@{domain}", bookings=10, meetings=12),
        Person("Petra Lang", f"petra.lang@{domain}", consent="declined"),
        Person("Sophie Neumann-Castellanos", f"sophie.neumann-castellanos@{domain}", bookings=4, meetings=4),
        Person("Meeting room Spree", f"room.spree@{domain}", meetings=8),
        Person("Treatment room 1"),
        Person("Tom Richter", f"tom.richter@{domain}"),
    ]
    return Studio(people, monday)


def invited_studio(monday: date, languages: Sequence[str]) -> Studio:
    """The company of those who connect: one for each language walks through, others meet each obstacle."""
    domain = "lindenhof.example"
    walkers = [
        Person(name, f"{name.lower().replace(' ', '.')}@{domain}", bookings=6, meetings=12)
        for name in (WALKERS[language] for language in languages)
    ]
    others = [
        Person("Declined", f"declined@{domain}", consent="declined"),
        Person("Approval", f"approval@{domain}", consent="admin_required"),
        Person("On premises", f"onpremises@{domain}", kind="on_premises"),
        Person("Unlicensed", f"unlicensed@{domain}", kind="unlicensed"),
        Person("Replaced", f"replaced@{domain}"),
        Person("Revoked", f"revoked@{domain}"),
    ]
    return Studio([*walkers, *others], monday)
