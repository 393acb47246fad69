"""A DevAPI made of prepared answers, for what the simulator would not say; it keeps what it was asked."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.timify.client import DevApiClient

SECRET_TEXT = "Mrs Maier, oncology"

type Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Wire:
    """Answers in turn, the last one for ever. Tokens are T1, T2, ... unless `token` says otherwise."""

    answers: list[Answer] = field(default_factory=list)
    token: list[Answer] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    tokens: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: datetime = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def client(self, auth_scheme: str = "Bearer") -> DevApiClient:
        return DevApiClient(
            httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            base_url="https://timify.test/",
            app_id="app",
            app_secret="app-secret",
            auth_scheme=auth_scheme,
            now=lambda: self.now,
            sleep=self._sleep,
            jitter=lambda: 0.5,
        )

    def asked(self) -> list[str]:
        """Method, path and query of every request but those for tokens."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # as on a real wire, others go on meanwhile
        if request.url.path == "/v1/auth/token":
            self.tokens.append(request)
            return _give(self.token, request, ok({}, accessToken=f"T{len(self.tokens)}", expires=7200))
        self.requests.append(request)
        return _give(self.answers, request, ok({}))


def _give(answers: list[Answer], request: httpx.Request, usual: httpx.Response) -> httpx.Response:
    answer = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else usual
    if isinstance(answer, Exception):
        raise answer
    return answer if isinstance(answer, httpx.Response) else answer(request)


def ok(data: object, **more: object) -> httpx.Response:
    """A successful answer."""
    return httpx.Response(200, json={"data": data, "status": 1, **more})


def no(status: int, **headers: str) -> httpx.Response:
    """A refusal whose body holds what must not be told on."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"status": 0, "message": SECRET_TEXT}, headers=named)


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content)
