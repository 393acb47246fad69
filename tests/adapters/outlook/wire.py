"""The wire under the real adapter: answers are scripted, requests are written down."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from shared.outlook.calendar import OutlookCalendar
from shared.outlook.client import GraphClient, Lanes

BASE = "https://graph.example/v1.0"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
CALENDAR = "cal/1=="


def ok(body: Mapping[str, Any] | None = None, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body if body is not None else {})


def error(status: int, code: str = "", headers: Mapping[str, str] | None = None, **extra: Any) -> httpx.Response:
    """An error envelope as Graph writes it."""
    body = {"error": {"code": code, "message": "for people only", "innerError": {"request-id": "r"}, **extra}}
    return httpx.Response(status, json=body if code else None, headers=headers)


class Wire:
    """Answers in the order of the script; the last one for ever. An exception in it is raised instead."""

    def __init__(self, *script: httpx.Response | Exception) -> None:
        self.script = list(script)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []
        self.tokens: list[bool] = []
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.lanes = Lanes()
        self.client = GraphClient(
            self.http,
            BASE,
            self._token,
            account="anna",
            lanes=self.lanes,
            sleep=self._sleep,
            wall_clock=lambda: NOW.timestamp() + sum(self.slept),
            chance=lambda: 0.5,
        )

    @property
    def calendar(self) -> OutlookCalendar:
        return OutlookCalendar(self.client, CALENDAR, public_url="https://sync.example/", now=lambda: NOW)

    @property
    def lines(self) -> list[str]:
        """Method and address below the base of every request, as they went over the wire."""
        return [f"{r.method} {str(r.url).removeprefix(BASE)}" for r in self.requests]

    @property
    def bodies(self) -> list[Any]:
        """The JSON that was sent, request by request."""
        return [json.loads(request.content) if request.content else None for request in self.requests]

    def headers(self, name: str) -> list[str | None]:
        return [request.headers.get(name) for request in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _token(self, fresh: bool) -> str:
        self.tokens.append(fresh)
        return f"token-{len(self.tokens)}"


def page(rows: Iterable[Mapping[str, Any]], **links: str) -> httpx.Response:
    return ok({"value": list(rows), **{f"@odata.{name}": link for name, link in links.items()}})
