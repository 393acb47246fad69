"""The worlds of the conformance suite: Outlook in memory, and the real adapter over the simulator, in one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx

from dev.outlook import OutlookSimulator, create_simulator
from dev.outlook.store import Calendar
from shared.domain.items import ShowAs
from shared.domain.spans import Days, Span, When
from shared.outlook.calendar import OutlookCalendar
from shared.outlook.client import GraphClient, Lanes
from shared.outlook.mapping import TAG
from shared.outlook.times import wall_clocks
from shared.sync.ports import Outlook
from tests.fakes.outlook import FakeOutlook

UPN = "anna@contoso.example"
GRAPH = "http://graph.test"
CALENDAR = "AQMkWork=="
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


class World(Protocol):
    """One calendar, the door to it, and the person whose calendar it is."""

    def door(self) -> Outlook:
        """The door as a new round finds it."""
        ...

    async def add(
        self,
        when: When,
        title: str = "",
        *,
        notes: str = "",
        show_as: ShowAs = ShowAs.BUSY,
        private: bool = False,
        attendees: bool = False,
    ) -> str: ...

    async def add_daily(self, first: Span, times: int, title: str = "") -> str:
        """A series; answers the id of its master."""
        ...

    async def move(self, event_id: str, when: When) -> None: ...

    async def retitle(self, event_id: str, title: str) -> None: ...

    async def remove(self, item_id: str) -> None: ...

    async def single_out(self, master_id: str) -> None:
        """Take the recurrence off a series."""
        ...

    async def move_series(self, master_id: str, first: Span) -> None:
        """Drag a whole series so that its first occurrence is at `first`."""
        ...

    async def duplicate(self, event_id: str, mark: str) -> str:
        """Copy one of our copies, which carries `mark`, as people do with Ctrl and the mouse."""
        ...

    async def touch(self, event_id: str) -> None:
        """Let Exchange do its housekeeping on an event."""
        ...

    async def expire_links(self) -> None: ...

    async def make_read_only(self) -> None: ...

    async def remove_calendar(self) -> None: ...

    async def mails(self) -> int:
        """How many mails Exchange has sent to attendees because of us."""
        ...


class FakeWorld:
    """Outlook in memory."""

    def __init__(self) -> None:
        self._outlook = FakeOutlook()

    def door(self) -> Outlook:
        return self._outlook

    async def add(
        self,
        when: When,
        title: str = "",
        *,
        notes: str = "",
        show_as: ShowAs = ShowAs.BUSY,
        private: bool = False,
        attendees: bool = False,
    ) -> str:
        return self._outlook.add(when, title, notes=notes, show_as=show_as, private=private, attendees=attendees)

    async def add_daily(self, first: Span, times: int, title: str = "") -> str:
        return self._outlook.add_series([first.shifted(timedelta(days=day)) for day in range(times)], title)

    async def move(self, event_id: str, when: When) -> None:
        self._outlook.move(event_id, when)

    async def retitle(self, event_id: str, title: str) -> None:
        if event_id in self._outlook.masters:
            self._outlook.edit_series(event_id, title=title)
        else:
            self._outlook.edit(event_id, title=title)

    async def remove(self, item_id: str) -> None:
        self._outlook.remove(item_id)

    async def single_out(self, master_id: str) -> None:
        master = self._outlook.masters.pop(master_id)
        self._outlook.put(replace(master.facts, id=master_id))

    async def move_series(self, master_id: str, first: Span) -> None:
        event = self._outlook.known(self._outlook.occurrence_ids(master_id)[0])
        assert isinstance(event.when, Span)
        self._outlook.move_series(master_id, first.start - event.when.start)

    async def duplicate(self, event_id: str, mark: str) -> str:
        return self._outlook.duplicate(event_id)

    async def touch(self, event_id: str) -> None:
        self._outlook.touch(event_id)

    async def expire_links(self) -> None:
        self._outlook.expire_links()

    async def make_read_only(self) -> None:
        self._outlook.can_edit = False

    async def remove_calendar(self) -> None:
        self._outlook.exists = False

    async def mails(self) -> int:
        return len(self._outlook.mailed)


class SimulatedWorld:
    """The real adapter over the simulator. `http` reaches both Graph and the simulator's own routes."""

    def __init__(self, simulator: OutlookSimulator, http: httpx.AsyncClient) -> None:
        self.simulator = simulator
        self.http = http
        self._app = ""
        self._person = ""

    async def start(self) -> None:
        """Give Anna a calendar besides her default one, and sign both her and the app in."""
        calendars = [{"name": "Calendar", "isDefaultCalendar": True}, {"id": CALENDAR, "name": "Work", "canEdit": True}]
        mailbox = {"timeZone": "W. Europe Standard Time", "calendars": calendars}
        answer = await self.http.put(f"{GRAPH}/_sim/mailboxes/{UPN}", json=mailbox)
        assert answer.is_success, answer.text
        self._person = (await self.http.post(f"{GRAPH}/_sim/tokens/{UPN}")).json()["access_token"]
        self._app = self._app_token()

    def client(self) -> GraphClient:
        async def token(_fresh: bool) -> str:
            return self._app

        return GraphClient(self.http, f"{GRAPH}/v1.0", token, account="anna", lanes=Lanes())

    def door(self) -> Outlook:
        return OutlookCalendar(self.client(), CALENDAR, public_url="https://sync.example", now=lambda: NOW)

    async def add(
        self,
        when: When,
        title: str = "",
        *,
        notes: str = "",
        show_as: ShowAs = ShowAs.BUSY,
        private: bool = False,
        attendees: bool = False,
    ) -> str:
        invited = [{"emailAddress": {"address": "ben@contoso.example", "name": "Ben"}}] if attendees else []
        body = {
            "subject": title,
            "body": {"contentType": "text", "content": notes},
            "showAs": show_as,
            "sensitivity": "private" if private else "normal",
            "attendees": invited,
            **_time(when),
        }
        return str((await self._as_person("POST", "/events", body))["id"])

    async def add_daily(self, first: Span, times: int, title: str = "") -> str:
        rule = {
            "pattern": {"type": "daily", "interval": 1},
            "range": {"type": "numbered", "numberOfOccurrences": times, "startDate": first.start.date().isoformat()},
        }
        body = {"subject": title, "recurrence": rule, **_time(first)}
        return str((await self._as_person("POST", "/events", body))["id"])

    async def enter(self, event: dict[str, Any]) -> str:
        """An event just as a person's program sends it."""
        return str((await self._as_person("POST", "/events", event))["id"])

    async def edit(self, event_id: str, changes: dict[str, Any]) -> None:
        await self._as_person("PATCH", f"/events/{event_id}", changes)

    async def move(self, event_id: str, when: When) -> None:
        await self._as_person("PATCH", f"/events/{event_id}", _time(when))

    async def retitle(self, event_id: str, title: str) -> None:
        await self._as_person("PATCH", f"/events/{event_id}", {"subject": title})

    async def remove(self, item_id: str) -> None:
        await self._as_person("DELETE", f"/events/{item_id}")

    async def single_out(self, master_id: str) -> None:
        await self._as_person("PATCH", f"/events/{master_id}", {"recurrence": None})

    async def move_series(self, master_id: str, first: Span) -> None:
        await self.move(master_id, first)

    async def duplicate(self, event_id: str, mark: str) -> str:
        event = await self._as_person("GET", f"/events/{event_id}")
        kept = {name: event[name] for name in ("subject", "body", "start", "end", "isAllDay", "showAs", "categories")}
        body = kept | {"singleValueExtendedProperties": [{"id": TAG, "value": mark}]}
        return str((await self._as_person("POST", "/events", body))["id"])

    async def touch(self, event_id: str) -> None:
        await self._as_person("PATCH", f"/events/{event_id}", {"isReminderOn": False})

    async def expire_links(self) -> None:
        self._calendar().generations["app"] += 10

    async def make_read_only(self) -> None:
        self._calendar().raw["canEdit"] = False

    async def remove_calendar(self) -> None:
        await self._as_person("DELETE", "")

    async def mails(self) -> int:
        items = (await self.http.get(f"{GRAPH}/_sim/mail")).json()["items"]
        return sum(item["actor"] == "app" for item in items)

    async def requests(self) -> list[str]:
        """Method and path (below the calendar, where it is one) of what the app asked since the last call of this."""
        entries = (await self.http.get(f"{GRAPH}/_sim/requests")).json()
        await self.http.delete(f"{GRAPH}/_sim/requests")
        ours = [entry for entry in entries if entry["actor"] == "app"]
        return [f"{entry['method']} {_short(entry['path'])}" for entry in ours]

    async def fail(self, **fault: Any) -> None:
        """Order a fault of the simulator."""
        answer = await self.http.post(f"{GRAPH}/_sim/faults", json=fault)
        assert answer.is_success, answer.text

    async def _as_person(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._person}", "prefer": 'IdType="ImmutableId"'}
        url = f"{GRAPH}/v1.0/me/calendars/{CALENDAR}{path}"
        answer = await self.http.request(method, url, json=body, headers=headers)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told

    def _app_token(self) -> str:
        identity, mailbox = self.simulator.identity, self.simulator.store.find(UPN)
        assert mailbox is not None
        asked = {"redirect_uri": "https://sync.example/back", "scope": "Calendars.ReadWrite MailboxSettings.Read"}
        form = {"grant_type": "authorization_code", "code": identity.code_for(mailbox, asked), "client_id": "app"}
        return str(identity.redeem(form | asked | {"client_secret": "secret"})["access_token"])

    def _calendar(self) -> Calendar:
        mailbox = self.simulator.store.find(UPN)
        assert mailbox is not None
        return mailbox.calendars[CALENDAR]


@asynccontextmanager
async def simulated_world() -> AsyncIterator[SimulatedWorld]:
    """A fresh simulator behind the real adapter. Our own address answers every handshake."""
    hook = httpx.AsyncClient(transport=httpx.MockTransport(_shake_hands))
    simulator = create_simulator(
        base_url=GRAPH, client_id="app", client_secret="secret", clock=lambda: NOW, client=hook
    )
    async with hook, httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app)) as http:
        world = SimulatedWorld(simulator, http)
        await world.start()
        yield world
        await simulator.aclose()


def _shake_hands(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text=request.url.params.get("validationToken", ""))


def _time(when: When) -> dict[str, Any]:
    start, end = wall_clocks(when)
    return {"start": start, "end": end, "isAllDay": isinstance(when, Days)}


def _short(path: str) -> str:
    return path.removeprefix("/v1.0").replace(f"/me/calendars/{CALENDAR}", "~")
