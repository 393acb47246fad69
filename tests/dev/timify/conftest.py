"""A simulated TIMIFY in-process, a clock that tests move, and a receiver of its webhooks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dev.simkit import Simulator
from dev.timify import create_simulator

COMPANY = "5f0000000000000000000001"
ANNA, BEN, ROOM = "5f00000000000000000000a1", "5f00000000000000000000b2", "5f00000000000000000000c3"
CUT, COLOUR = "5f00000000000000000000d4", "5f00000000000000000000e5"
WEEKDAYS = [
    {"isActive": day not in (0, 6), "times": [{"begin": "09:00", "end": "17:00"}] if day not in (0, 6) else []}
    for day in range(7)
]


@dataclass
class Clock:
    """The simulator's time, moved by hand."""

    now: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Receiver:
    """What the app's server would get."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200

    def take(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(httpx.Response(200, content=request.content).json())
        self.headers.append(dict(request.headers))
        return httpx.Response(self.status)


@dataclass
class Timify:
    """The simulator, an HTTP client on it, and shortcuts for what most tests do."""

    simulator: Simulator
    http: httpx.AsyncClient
    received: Receiver
    clock: Clock
    app: dict[str, str] = field(default_factory=dict)
    person: dict[str, str] = field(default_factory=dict)

    async def seed(self, **facts: Any) -> None:
        """A company with two people, a room and two services, and whatever is given."""
        answer = await self.http.put(f"/_sim/companies/{COMPANY}", json=company() | facts)
        assert answer.status_code == 200, answer.text
        answer = await self.http.post("/v1/auth/token", json={"appid": "app", "appsecret": "hush"})
        self.app = {"authorization": f"Bearer {answer.json()['accessToken']}", "company-id": COMPANY}
        answer = await self.http.post(f"/_sim/tokens/{COMPANY}")
        self.person = {"authorization": f"Bearer {answer.json()['accessToken']}"}

    async def call(self, method: str, path: str, status: int = 200, **kwargs: Any) -> Any:
        """An app's request that must be answered with `status`; gives the JSON."""
        kwargs.setdefault("headers", self.app)
        answer = await self.http.request(method, path, **kwargs)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def book(self, status: int = 200, **fields: Any) -> Any:
        """POST an appointment of Anna's at 09:00 UTC unless the fields say otherwise; the object, or the error."""
        body = {"title": "Visit", "datetime": "2026-03-03 09:00", "duration": 60, "resource_ids": [ANNA]} | fields
        body = {name: value for name, value in body.items() if value is not None}
        answer = await self.call("POST", "/v1/appointments", status, json=body)
        return answer["data"] if status == 200 else answer

    async def change(self, key: str, status: int = 200, **fields: Any) -> Any:
        """PATCH an appointment."""
        answer = await self.call("PATCH", f"/v1/appointments/{key}", status, json=fields)
        return answer["data"] if status == 200 else answer

    async def read(self, key: str) -> Any:
        """GET an appointment."""
        return (await self.call("GET", f"/v1/appointments/{key}"))["data"]

    async def between(self, first: str, last: str, **query: Any) -> list[str]:
        """Ids of the appointments between two days."""
        params = {"from_date": first, "to_date": last} | query
        return [item["id"] for item in (await self.call("GET", "/v1/appointments", params=params))["data"]]

    async def webhooks(self) -> list[dict[str, Any]]:
        """Everything delivered since the last look."""
        await self.simulator.notifier.drain()
        bodies, self.received.bodies = self.received.bodies, []
        return bodies


def company() -> dict[str, Any]:
    """The company that `seed` makes."""
    return {
        "plan": "premium",
        "timezone": "Europe/Berlin",
        "name": "Salon",
        "resources": [
            {"id": ANNA, "name": "Anna", "email": "anna@salon.example", "externalId": "a-1"},
            {"id": BEN, "name": "Ben", "email": "ben@salon.example", "calendar": {"workingTimes": WEEKDAYS}},
            {"id": ROOM, "name": "Room"},
        ],
        "services": [
            {"id": CUT, "name": "Cut", "duration": 60, "durationBefore": 10, "durationAfter": 5, "externalId": "s-1"},
            {"id": COLOUR, "name": "Colour", "durationsPattern": [60, 60, 30]},
        ],
        "customers": [{"id": "c1", "firstName": "Carla", "lastName": "Kunde", "email": "carla@kunde.example"}],
    }


@pytest.fixture
async def timify() -> AsyncIterator[Timify]:
    clock, received = Clock(), Receiver()
    client = httpx.AsyncClient(transport=httpx.MockTransport(received.take))
    simulator = create_simulator(
        base_url="http://timify.test",
        webhook_url="http://app.test/api/timify/webhooks",
        webhook_secret="hook-secret",
        app_id="app",
        app_secret="hush",
        clock=clock,
        client=client,
    )
    transport = httpx.ASGITransport(app=simulator.app)
    async with client, httpx.AsyncClient(transport=transport, base_url="http://timify.test") as http:
        timify = Timify(simulator, http, received, clock)
        await timify.seed()
        yield timify
        await simulator.aclose()
