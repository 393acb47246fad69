"""One test's company: its people, their mailboxes, and what anybody can see of both calendars from outside."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dev.actors import Actors

type Json = dict[str, Any]

BERLIN = ZoneInfo("Europe/Berlin")
OUTLOOK_ZONE = "W. Europe Standard Time"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = [{"isActive": True, "times": [{"begin": "00:00", "end": "24:00"}]} for _ in range(7)]
OFFICE = [{"isActive": True, "times": [{"begin": "08:00", "end": "18:00"}]} for _ in range(7)]
CUT, COLOUR, MASSAGE, COURSE = (f"5e00000000000000000000{n:02}" for n in range(4))
SERVICES: list[Json] = [
    {"id": CUT, "name": "Haircut", "duration": 45},
    {"id": COLOUR, "name": "Colour", "durationsPattern": [45, 30, 45]},
    {"id": MASSAGE, "name": "Massage", "duration": 60, "durationBefore": 10, "durationAfter": 15},
    {"id": COURSE, "name": "Course", "duration": 120, "maxParticipants": 10},
]


class World:
    """A company with some people (by first name), each of them a resource with a mailbox. Days count from a Monday
    that is at least a week ahead, times are Berlin's."""

    def __init__(self, actors: Actors) -> None:
        self.actors = actors
        self.company_id = secrets.token_hex(12)
        self.monday = _monday(datetime.now(UTC).date() + timedelta(days=7))
        self._resources: dict[str, str] = {}
        self.mailboxes: dict[str, Json] = {}

    # -- setting up

    async def open(self, *people: str, appointments: Iterable[Json] = (), plan: str = "premium", **facts: Any) -> None:
        """Fill the simulators and install the company; nobody is invited. `facts` are further facts of the company."""
        people = people or ("anna",)
        for person in people:
            self._resources.setdefault(person, secrets.token_hex(12))
        hours = facts.pop("hours", ALWAYS)
        calendar = {"timezone": "Europe/Berlin", "workingTimes": hours, "bookingTimes": hours}
        resources = [
            {"id": self.resource(person), "name": person.title(), "email": self.upn(person), "calendar": calendar}
            for person in people
        ]
        company = {
            "name": f"Company {self.company_id[:6]}",
            "plan": plan,
            "timezone": "Europe/Berlin",
            "resources": resources,
            "services": SERVICES,
            "appointments": list(appointments),
            **facts,
        }
        await self.actors.send("PUT", f"{self._timify}/_sim/companies/{self.company_id}", company)
        await asyncio.gather(*(self.put_mailbox(person) for person in people))
        await self.actors.install(self.company_id, plan)

    async def put_mailbox(self, person: str, *events: Json, **more: Any) -> None:
        """Give somebody a mailbox, in the place of any earlier one."""
        calendars = more.pop("calendars", [{"name": "Calendar", "canEdit": True, "events": list(events)}])
        body = {"timeZone": OUTLOOK_ZONE, "calendars": calendars, **more}
        await self.actors.send("PUT", f"{self._outlook}/_sim/mailboxes/{quote(self.upn(person))}", body)

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(self._resources)

    def resource(self, person: str) -> str:
        return self._resources[person]

    def upn(self, person: str) -> str:
        return f"{person}@c{self.company_id[:10]}.example"

    async def connect(self, *people: str, settings: Json | None = None) -> None:
        """Invite people, let them connect their default calendar, and wait until the imports are over."""
        people = people or tuple(self._resources)
        if settings is not None:
            await self.api("PUT", "settings", settings)
        await asyncio.gather(*(self.begin(person) for person in people))
        await self.actors.quiet()
        for person in people:
            line = await self.line(person)
            assert line["status"] == "connected", (person, line["status"], line["reason"])

    async def begin(self, person: str) -> None:
        """Invite somebody, who follows the link and connects; the import begins."""
        link = await self.actors.invite(self.company_id, self.resource(person))
        outcome = await self.actors.connect(link, self.upn(person))
        assert outcome["status"] == "importing", (person, outcome["status"], outcome["reason"])

    # -- TIMIFY's backend and administrators

    async def api(self, method: str, path: str = "", body: object = None, **params: Any) -> Any:
        """The product's API for this company."""
        return await self.actors.api(method, f"{self.company_id}/{path}" if path else self.company_id, body, **params)

    async def line(self, person: str = "anna") -> Json:
        """One line of the overview."""
        return await self.actors.resource(self.company_id, self.resource(person))

    async def conflicts(self, **filters: str) -> list[Json]:
        return await self.actors.items(f"{self.company_id}/conflicts", **filters)

    async def kinds(self) -> Counter[str]:
        """How many open conflicts there are of each kind."""
        return Counter(conflict["kind"] for conflict in await self.conflicts(state="open"))

    async def act(self, conflict: Json, action: str) -> None:
        """Decide a conflict, and wait until the calendars have followed."""
        await self.api("POST", f"conflicts/{conflict['id']}/actions", {"action": action})
        await self.actors.quiet()

    async def log(self, person: str = "anna") -> list[Json]:
        """The sync log, newest first."""
        return await self.actors.items(f"{self.company_id}/resources/{self.resource(person)}/log")

    async def check(self, person: str = "anna") -> Json:
        """Let both calendars be compared; answers what came of it."""
        await self.api("POST", f"resources/{self.resource(person)}/check")
        await self.actors.quiet()
        found: Json = (await self.line(person))["last_check"]
        return found

    async def steady(self, *people: str) -> None:
        """A second round after any round writes nothing, and nothing has two copies."""
        await self.actors.quiet()
        await self.actors.forget_journals()
        for person in people or tuple(self._resources):
            await self.check(person)
        writes = [(shown(entry), entry["body"]) for entry in await self.actors.writes()]
        assert writes == [], "a check after all was quiet has written"
        await self.no_duplicates()

    async def no_duplicates(self) -> None:
        """No mark is on two events or two bookings."""
        marks = [str(booking["externalId"]) for booking in await self.raw_bookings() if _is_copy(booking)]
        for person in self._resources:
            events = await self.raw_events(person)
            marks += [f"{person} {event['transactionId']}" for event in events if _is_copied(event)]
        assert [mark for mark, count in Counter(marks).items() if count > 1] == []

    # -- time

    def at(self, day: int, clock: str) -> datetime:
        """A moment, in UTC."""
        local = datetime.combine(self.monday + timedelta(days=day), time.fromisoformat(clock), BERLIN)
        return local.astimezone(UTC)

    def span(self, day: int, start: str, end: str) -> tuple[datetime, datetime]:
        return self.at(day, start), self.at(day, end)

    # -- Outlook

    def event(self, title: str, day: int, start: str, end: str, **more: Any) -> Json:
        """An event as a person's program sends it."""
        return {"subject": title, **self.when(day, start, end), **more}

    def when(self, day: int, start: str, end: str) -> Json:
        """`start` and `end` of an event; an end of 00:00 is the next midnight."""
        last = day + 1 if end == "00:00" else day
        return {
            "start": {"dateTime": f"{self.monday + timedelta(days=day)}T{start}:00", "timeZone": OUTLOOK_ZONE},
            "end": {"dateTime": f"{self.monday + timedelta(days=last)}T{end}:00", "timeZone": OUTLOOK_ZONE},
        }

    def all_day(self, title: str, day: int, days: int = 1, **more: Any) -> Json:
        first, last = self.monday + timedelta(days=day), self.monday + timedelta(days=day + days)
        return {
            "subject": title,
            "isAllDay": True,
            "start": {"dateTime": f"{first}T00:00:00", "timeZone": OUTLOOK_ZONE},
            "end": {"dateTime": f"{last}T00:00:00", "timeZone": OUTLOOK_ZONE},
            **more,
        }

    def weekly(self, title: str, day: int, start: str, end: str, times: int = 4, **more: Any) -> Json:
        """A weekly series beginning on that day."""
        first = self.monday + timedelta(days=day)
        pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [WEEKDAYS[first.weekday()]]}
        ends = {"type": "numbered", "startDate": f"{first}", "numberOfOccurrences": times}
        rule = {"pattern": pattern | {"firstDayOfWeek": "monday"}, "range": ends | {"recurrenceTimeZone": OUTLOOK_ZONE}}
        return self.event(title, day, start, end, recurrence=rule, **more)

    async def add(self, event: Json, person: str = "anna") -> Json:
        """Somebody enters an event."""
        made: Json = await self.actors.outlook(self.upn(person), "POST", "/events", event)
        return made

    async def edit(self, event: Json, changes: Json, person: str = "anna") -> Json:
        made: Json = await self.actors.outlook(
            self.upn(person), "PATCH", f"/events/{quote(event['id'], safe='')}", changes
        )
        return made

    async def drop(self, event: Json, person: str = "anna") -> None:
        await self.actors.outlook(self.upn(person), "DELETE", f"/events/{quote(event['id'], safe='')}")

    async def put_raw(self, *events: Json, person: str = "anna") -> None:
        """Events as Exchange may hold them, which nobody could enter: put into the mailbox, notifications included."""
        url = f"{self._outlook}/_sim/mailboxes/{quote(self.upn(person))}"
        mailbox = await self.actors.send("GET", url)
        mailbox["calendars"][0]["events"] += events
        await self.actors.send("PUT", url, mailbox)

    async def raw_events(self, person: str = "anna") -> list[Json]:
        """Everything that the mailbox holds, raw."""
        mailbox = await self.actors.send("GET", f"{self._outlook}/_sim/mailboxes/{quote(self.upn(person))}")
        return [event for calendar in mailbox["calendars"] for event in calendar["events"]]

    async def events(self, person: str = "anna", *, copies: bool | None = None) -> list[Json]:
        """Events of the eight weeks around the Monday as Graph shows them, occurrences by themselves, in order.
        `copies`: only copies, or only others."""
        start, end = (self.monday + timedelta(days=days) for days in (-28, 28))
        found = await self.actors.events(self.upn(person), f"{start}T00:00:00Z", f"{end}T00:00:00Z")
        marked = {event["id"] for event in await self.raw_events(person) if _is_copied(event)}
        kept = [event for event in found if copies is None or (event["id"] in marked) is copies]
        return sorted(kept, key=lambda event: (event["start"]["dateTime"], event["subject"]))

    async def event_copies(self, person: str = "anna") -> list[tuple[str, datetime, datetime]]:
        """(title, start, end) of every copy in Outlook."""
        return [seen_event(event) for event in await self.events(person, copies=True)]

    # -- TIMIFY

    async def book(self, start: datetime, *people: str, service: str = CUT, **more: Any) -> Json:
        """A person of the company books."""
        body = {
            "service_id": service,
            "datetime": f"{start:%Y-%m-%d %H:%M}",
            "resource_ids": [self.resource(person) for person in people or ("anna",)],
            **more,
        }
        answer = await self.timify("POST", "/appointments", body)
        made: Json = answer["data"]
        return made

    async def rebook(self, booking: Json, **changes: Any) -> Json:
        """A person of the company changes a booking; a `datetime` may be a moment."""
        if isinstance(changes.get("datetime"), datetime):
            changes["datetime"] = f"{changes['datetime']:%Y-%m-%d %H:%M}"
        answer = await self.timify("PATCH", f"/appointments/{booking['id']}", changes)
        made: Json = answer["data"]
        return made

    async def cancel(self, booking: Json) -> None:
        await self.timify("DELETE", f"/appointments/{booking['id']}")

    async def timify(self, method: str, path: str, body: object = None) -> Any:
        return await self.actors.timify(self.company_id, method, path, body)

    async def raw_bookings(self) -> list[Json]:
        """Everything that the company holds, raw."""
        company = await self.actors.send("GET", f"{self._timify}/_sim/companies/{self.company_id}")
        appointments: list[Json] = company["appointments"]
        return appointments

    async def bookings(self, person: str = "anna", *, copies: bool | None = None) -> list[Json]:
        """A person's bookings, raw, in order of time. `copies`: only copies, or only others."""
        found = [a for a in await self.raw_bookings() if any(r["id"] == self.resource(person) for r in a["resources"])]
        kept = [a for a in found if copies is None or _is_copy(a) is copies]
        return sorted(kept, key=lambda a: (a["startDate"], a["title"]))

    async def booking_copies(self, person: str = "anna") -> list[tuple[str, datetime, datetime]]:
        """(title, start, end) of every copy in TIMIFY."""
        return [seen_booking(booking) for booking in await self.bookings(person, copies=True)]

    # -- mail to people, as the systems themselves would send it

    async def outlook_mails(self, actor: str = "app") -> list[Json]:
        """Mails that Exchange sent to attendees because of what the app (or a person) did in this company."""
        found = (await self.actors.send("GET", f"{self._outlook}/_sim/mail"))["items"]
        return [mail for mail in found if mail["actor"] == actor and mail["upn"] in map(self.upn, self._resources)]

    async def timify_mails(self) -> list[Json]:
        """Cancellations that TIMIFY sent to this company's customers."""
        found = (await self.actors.send("GET", f"{self._timify}/_sim/mail"))["items"]
        return [mail for mail in found if mail["companyId"] == self.company_id]

    # -- what it costs

    async def cost(self) -> list[str]:
        """What the app asked of both calendars since the journals were forgotten, in order of time."""
        entries = [*await self.actors.calls(self._outlook), *await self.actors.calls(self._timify)]
        return [shown(entry) for entry in sorted(entries, key=lambda entry: str(entry["at"]))]

    @property
    def _outlook(self) -> str:
        return self.actors.where.outlook

    @property
    def _timify(self) -> str:
        return self.actors.where.timify


def shown(entry: Json) -> str:
    """A journal entry in few words: `GET outlook delta`, `POST timify appointments 200`."""
    path = str(entry["path"])
    side = "outlook" if path.startswith("/v1.0") else "timify"
    words = ("delta", "instances", "calendarView", "subscriptions", "events", "appointments", "resources", "calendars")
    what = next((word for word in words if word in path), path)
    return f"{entry['method']} {side} {what}"


def seen_event(event: Json) -> tuple[str, datetime, datetime]:
    """Title, start and end of an event that Graph shows in UTC."""
    return event["subject"], _utc(event["start"]["dateTime"]), _utc(event["end"]["dateTime"])


def seen_booking(booking: Json) -> tuple[str, datetime, datetime]:
    """Title, start and end of the time that a booking occupies, preparation and follow-up included."""
    intervals = [(_utc(b["interval"]["begin"]), _utc(b["interval"]["end"])) for b in booking["bookings"]]
    before, after = (timedelta(minutes=booking[name] or 0) for name in ("durationBefore", "durationAfter"))
    return booking["title"], min(b for b, _ in intervals) - before, max(e for _, e in intervals) + after


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text[:19])
    return moment.replace(tzinfo=UTC)


def _is_copy(booking: Json) -> bool:
    return str(booking.get("externalId") or "").startswith("tfy-")


def _is_copied(event: Json) -> bool:
    return str(event.get("transactionId") or "").startswith("tfy-")


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)
