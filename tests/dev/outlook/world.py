"""A simulator in-process, with a clock that stands still until a test moves it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from dev.outlook import OutlookSimulator, create_simulator

BASE = "http://outlook.test"
UPN = "anna@contoso.example"


class World:
    """The simulator, a client to it, and short ways to act as a person."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        self.inbox = Inbox()
        hooks = httpx.AsyncClient(transport=httpx.MockTransport(self.inbox))
        self.simulator: OutlookSimulator = create_simulator(
            base_url=BASE, client_id="app-id", client_secret="app-secret", clock=lambda: self.now, client=hooks
        )
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.simulator.app), base_url=BASE)
        self.headers: dict[str, str] = {}

    async def mailbox(self, upn: str = UPN, **fields: Any) -> dict[str, Any]:
        """Put a mailbox and sign its person in."""
        fields.setdefault("calendars", [{"name": "Calendar", "id": "cal", "events": []}])
        answer = await self.client.put(f"/_sim/mailboxes/{upn}", json=fields)
        assert answer.status_code == 200, answer.text
        token = (await self.client.post(f"/_sim/tokens/{upn}")).json()["access_token"]
        self.headers = {"authorization": f"Bearer {token}", "prefer": 'IdType="ImmutableId"'}
        return dict(answer.json())

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One Graph request as the person signed in last."""
        url = path if path.startswith("http") else f"/v1.0{path}"
        named = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, url, json=body, headers=named)

    async def get(self, path: str, **headers: str) -> Any:
        answer = await self.call("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def create(self, calendar: str = "cal", **fields: Any) -> dict[str, Any]:
        answer = await self.call("POST", f"/me/calendars/{calendar}/events", event(**fields))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def error(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """Status and code of a refused request."""
        answer = await self.call(method, path, body, **headers)
        return answer.status_code, answer.json()["error"]["code"]

    async def round(self, link: str, **headers: str) -> tuple[list[dict[str, Any]], str]:
        """Page through one delta round: all rows, and the new delta link."""
        rows: list[dict[str, Any]] = []
        for _ in range(500):
            body = await self.get(link, **headers)
            rows += body["value"]
            if "@odata.deltaLink" in body:
                assert "@odata.nextLink" not in body
                return rows, body["@odata.deltaLink"]
            link = body["@odata.nextLink"]
        raise AssertionError("the round never ends")

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)


class Inbox:
    """Where notifications arrive; answers the handshake."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.posts: list[list[dict[str, Any]]] = []
        self.handshakes: list[str] = []
        self.answers: list[int] = []
        self.echo = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        token = request.url.params.get("validationToken")
        if token is not None:
            self.handshakes.append(request.url.path)
            return httpx.Response(200, text=token if self.echo else "no")
        if self.answers:
            return httpx.Response(self.answers.pop(0))
        value = json.loads(request.content)["value"]
        self.posts.append(value)
        self.items += value
        return httpx.Response(202)


def event(start: str = "2026-03-10T09:00:00", end: str = "2026-03-10T10:00:00", **fields: Any) -> dict[str, Any]:
    """A request body for a new event."""
    zone = fields.pop("zone", "UTC")
    times = {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}}
    return {"subject": "Meeting", **times, **fields}


def weekly(start: str = "2026-03-09", days: tuple[str, ...] = ("monday",), count: int = 5) -> dict[str, Any]:
    """A weekly rule."""
    return {
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": list(days)},
        "range": {"type": "numbered", "startDate": start, "numberOfOccurrences": count},
    }
