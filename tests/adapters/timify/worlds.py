"""The worlds of the conformance suite: TIMIFY in memory, and the real adapter over the simulator, in one process."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from dev.timify import create_simulator
from shared.domain.accounts import WorkingTimes
from shared.sync.ports import Directory, Resource, Timify
from shared.timify.calendar import TimifyCalendar, TimifyDirectory
from shared.timify.client import DevApiClient
from tests.fakes.timify import FakeDirectory, FakeTimify

COMPANY = "64f000000000000000000001"
ANNA, ROOM = "64f0000000000000000000a1", "64f0000000000000000000b2"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
WEEK: WorkingTimes = ((), *((("08:00", "12:00"), ("13:00", "24:00")),) * 5, ())
SERVICE = "64f0000000000000000000c3"


class World(Protocol):
    """A company with Anna and a room, the doors to it, and the people who work with it."""

    directory: Directory

    def calendar(self, resource_id: str) -> Timify: ...

    async def book(
        self,
        resource_ids: Sequence[str],
        start: datetime,
        minutes: int = 60,
        *,
        title: str = "",
        notes: str = "",
        before: int = 0,
        after: int = 0,
        pattern: Sequence[int] = (),
        days: int = 0,
        customers: Sequence[str] = (),
        data_fields: Sequence[tuple[str, str]] = (),
        group: tuple[int, int] | None = None,
        reserved: bool = False,
    ) -> str:
        """`days` > 0: a connected series at one time in Berlin. `group`: participants, and the most there may be."""
        ...

    async def move(self, appointment_id: str, start: datetime) -> None: ...

    async def assign(self, appointment_id: str, resource_ids: Sequence[str]) -> None: ...

    async def remove(self, appointment_id: str) -> None: ...

    async def refuse_overlaps(self) -> None: ...

    async def told(self) -> list[str]:
        """Appointments of whose deletion TIMIFY told customers."""
        ...


class FakeWorld:
    """TIMIFY in memory."""

    def __init__(self) -> None:
        self._timify = FakeTimify(COMPANY)
        self._timify.add_resource(
            Resource(id=ANNA, name="Anna", email="anna@example.com", timezone="Europe/Berlin", working_times=WEEK)
        )
        self._timify.add_resource(
            Resource(id=ROOM, name="Room 1", timezone="Europe/London", working_times=((("00:00", "24:00"),),) * 7)
        )
        self.directory: Directory = FakeDirectory(self._timify)

    def calendar(self, resource_id: str) -> Timify:
        return self._timify.calendar(resource_id)

    async def book(
        self,
        resource_ids: Sequence[str],
        start: datetime,
        minutes: int = 60,
        *,
        title: str = "",
        notes: str = "",
        before: int = 0,
        after: int = 0,
        pattern: Sequence[int] = (),
        days: int = 0,
        customers: Sequence[str] = (),
        data_fields: Sequence[tuple[str, str]] = (),
        group: tuple[int, int] | None = None,
        reserved: bool = False,
    ) -> str:
        facts: dict[str, Any] = {"title": title, "notes": notes, "before": before, "after": after, "reserved": reserved}
        facts |= {"customers": tuple(customers), "data_fields": tuple(data_fields)}
        if group:
            facts |= {"group": True, "participants": group[0], "max_participants": group[1]}
        return self._timify.add(resource_ids, start, minutes, pattern=pattern, days=days, **facts)

    async def move(self, appointment_id: str, start: datetime) -> None:
        self._timify.move(appointment_id, start)

    async def assign(self, appointment_id: str, resource_ids: Sequence[str]) -> None:
        self._timify.edit(appointment_id, resource_ids=tuple(resource_ids))

    async def remove(self, appointment_id: str) -> None:
        self._timify.remove(appointment_id)

    async def refuse_overlaps(self) -> None:
        self._timify.refuse_overlaps = True

    async def told(self) -> list[str]:
        return self._timify.told


class SimulatedWorld:
    """The real adapter over the simulator. `http` drives the simulator's own routes."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.client = DevApiClient(
            http, base_url="http://timify", app_id="app", app_secret="secret", now=lambda: NOW, jitter=lambda: 0
        )
        self.directory: Directory = TimifyDirectory(self.client)
        self._token = ""

    def calendar(self, resource_id: str) -> Timify:
        return TimifyCalendar(self.client, COMPANY, resource_id)

    async def start(self) -> None:
        """Seed the company, and sign the person in who works there."""
        week = [{"isActive": bool(day), "times": [{"begin": b, "end": e} for b, e in day]} for day in WEEK]
        anna = {"id": ANNA, "name": "Anna", "email": "anna@example.com", "calendar": {"workingTimes": week}}
        room = {"id": ROOM, "name": "Room 1", "timezone": "Europe/London"}
        await self._seed({"plan": "premium", "timezone": "Europe/Berlin", "resources": [anna, room]})
        answer = await self.http.post(f"http://timify/_sim/tokens/{COMPANY}")
        self._token = answer.json()["accessToken"]

    async def book(
        self,
        resource_ids: Sequence[str],
        start: datetime,
        minutes: int = 60,
        *,
        title: str = "",
        notes: str = "",
        before: int = 0,
        after: int = 0,
        pattern: Sequence[int] = (),
        days: int = 0,
        customers: Sequence[str] = (),
        data_fields: Sequence[tuple[str, str]] = (),
        group: tuple[int, int] | None = None,
        reserved: bool = False,
    ) -> str:
        body: dict[str, Any] = {
            "title": title,
            "notes": notes,
            "datetime": _date_time(start),
            "resource_ids": list(resource_ids),
            "duration_before": before,
            "duration_after": after,
            "customers": [{"fullName": name} for name in customers],
            "customfields": [{"id": label, "label": label, "value": value} for label, value in data_fields],
        }
        body |= {"duration_pattern": list(pattern)} if pattern else {"duration": minutes}
        if days:
            body["recurring"] = {"timezone": "Europe/Berlin", "frequency": "DAYS", "repeat_times": days}
        if group:
            seats = [{"fullName": f"Guest {number}"} for number in range(group[0])]
            body |= {"is_course": True, "participants": seats, "max_participants": group[1]}
        made = await self._person("POST", "/v1/appointments", body)
        appointment_id = str(made["data"]["id"])
        if reserved:
            await self._hold(appointment_id)
        return appointment_id

    async def move(self, appointment_id: str, start: datetime) -> None:
        await self._person("PATCH", f"/v1/appointments/{appointment_id}", {"datetime": _date_time(start)})

    async def assign(self, appointment_id: str, resource_ids: Sequence[str]) -> None:
        await self._person("PATCH", f"/v1/appointments/{appointment_id}", {"resource_ids": list(resource_ids)})

    async def remove(self, appointment_id: str) -> None:
        await self._person("DELETE", f"/v1/appointments/{appointment_id}", None)

    async def refuse_overlaps(self) -> None:
        await self._seed(await self._raw() | {"refuse_overlaps": True})

    async def told(self) -> list[str]:
        answer = await self.http.get("http://timify/_sim/mail")
        return [item["appointmentId"] for item in answer.json()["items"]]

    async def requests(self) -> list[tuple[str, str]]:
        """Method and path of what the app asked since the last call of this."""
        entries = (await self.http.get("http://timify/_sim/requests")).json()
        await self.http.delete("http://timify/_sim/requests")
        return [(entry["method"], entry["path"]) for entry in entries if entry["actor"] == "app"]

    async def _hold(self, appointment_id: str) -> None:
        company = await self._raw()
        for appointment in company["appointments"]:
            if appointment["id"] == appointment_id:
                appointment["reservedUntil"] = "2026-03-01T08:10:00Z"
        await self._seed(company)

    async def _raw(self) -> dict[str, Any]:
        answer = await self.http.get(f"http://timify/_sim/companies/{COMPANY}")
        company: dict[str, Any] = answer.json()
        return company

    async def _seed(self, company: dict[str, Any]) -> None:
        answer = await self.http.put(f"http://timify/_sim/companies/{COMPANY}", json=company)
        assert answer.is_success, answer.text

    async def _person(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._token}", "company-id": COMPANY}
        answer = await self.http.request(method, f"http://timify{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told


@asynccontextmanager
async def simulated_world() -> AsyncIterator[SimulatedWorld]:
    """A fresh simulator behind the real adapter."""
    simulator = create_simulator(
        base_url="http://timify",
        webhook_url="",
        webhook_secret="hook",
        app_id="app",
        app_secret="secret",
        clock=lambda: NOW,
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app)) as http:
        world = SimulatedWorld(http)
        await world.start()
        yield world
    await simulator.aclose()


def _date_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
