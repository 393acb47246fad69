"""The frame of a simulator: a Starlette application behind a journal, limits and faults, driven through `/_sim/*`."""

import json
import os
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import httpx
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dev.simkit.exchange import Answer, AnswerDropped, Exchange, Json, call, cut_connection, read_body
from dev.simkit.faults import Fault, Faults
from dev.simkit.journal import Journal
from dev.simkit.limits import Limits, LimitSettings
from dev.simkit.notifications import NotificationSettings, Notifier


def utc_now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)


async def read_json(request: Request) -> Json:
    """The JSON body of a control request (an empty body is `{}`). Raises ValueError."""
    body = await request.body()
    return json.loads(body) if body else {}


class Simulator(ABC):
    """Owns journal, faults, limits and notifier. A subclass gives routes and tells who acts and what is limited.

    `name` is the file name of the state under `data_dir`; a subclass calls `load()` when its own state is ready.
    """

    def __init__(
        self,
        name: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        data_dir: Path | None = None,
        client: httpx.AsyncClient | None = None,
        limits: LimitSettings | None = None,
        secret_names: Iterable[str] = (),
    ) -> None:
        self.name = name
        self.clock = clock
        self.data_dir = data_dir
        self.journal = Journal(secret_names)
        self.faults = Faults()
        self.limits = Limits(clock, self.throttled, limits)
        self.notifier = Notifier(client)

    @abstractmethod
    def routes(self) -> list[BaseRoute]:
        """The simulator's own routes, its own `/_sim/*` ones included."""

    def actor(self, exchange: Exchange) -> str:
        """Who asks: "person", "app" or "anonymous"."""
        return "anonymous"

    def limit_key(self, exchange: Exchange) -> str | None:
        """What the request counts against (None: not limited)."""
        return None

    def throttled(self, reason: str, retry_after: float) -> Answer:
        """The 429 of this provider."""
        return Answer.json(429, {"error": reason}, {"retry-after": f"{retry_after:.3f}"})

    @abstractmethod
    def snapshot(self) -> Json:
        """State as JSON, for a restart with the same data directory."""

    @abstractmethod
    def restore(self, state: Json) -> None:
        """Take up the state that `snapshot` gave."""

    @cached_property
    def app(self) -> ASGIApp:
        """The ASGI application."""
        routes = [*self._control_routes(), *self.routes()]
        return _Pipeline(self, Starlette(routes=routes, lifespan=self._lifespan))

    def load(self) -> None:
        """Take up the saved state, if there is one."""
        if self._file is not None and self._file.exists():
            self.restore(json.loads(self._file.read_text("utf-8")))

    def save(self) -> None:
        """Write the state to the data directory, if there is one."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self.snapshot(), ensure_ascii=False), "utf-8")
        os.replace(fresh, self._file)

    async def aclose(self) -> None:
        """Stop notifying and save."""
        await self.notifier.aclose()
        self.save()

    @property
    def _file(self) -> Path | None:
        return self.data_dir / f"{self.name}.json" if self.data_dir else None

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        await self.aclose()

    def _control_routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._sign, methods=["GET"]),
            Route("/_sim/requests", self._requests, methods=["GET", "DELETE"]),
            Route("/_sim/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            Route("/_sim/limits", self._limits, methods=["GET", "PUT"]),
            Route("/_sim/notifications", self._notifications, methods=["GET", "PUT"]),
        ]

    async def _sign(self, _: Request) -> Response:
        """What a person reads who opens the address that was printed."""
        return PlainTextResponse(f"The {self.name} simulator. What it can do stands in the README: The local stack.\n")

    async def _requests(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.journal.clear()
            return Response(status_code=204)
        return JSONResponse(self.journal.take() if "take" in request.query_params else self.journal.entries())

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
            return Response(status_code=204)
        if request.method == "POST":
            fault = await _parse(Fault, request)
            if isinstance(fault, Response):
                return fault
            self.faults.add(fault)
            return JSONResponse(fault.model_dump(), 201)
        return JSONResponse(self.faults.pending())

    async def _limits(self, request: Request) -> Response:
        if request.method == "PUT":
            settings = await _parse(LimitSettings, request)
            if isinstance(settings, Response):
                return settings
            self.limits.settings = settings
        return JSONResponse(self.limits.settings.model_dump())

    async def _notifications(self, request: Request) -> Response:
        if request.method == "PUT":
            settings = await _parse(NotificationSettings, request)
            if isinstance(settings, Response):
                return settings
            self.notifier.settings = settings
        return JSONResponse(self.notifier.settings.model_dump() | {"pending": self.notifier.pending})


async def _parse[T: BaseModel](model: type[T], request: Request) -> T | Response:
    try:
        return model.model_validate(await read_json(request))
    except ValidationError as error:
        return JSONResponse({"errors": error.errors(include_url=False, include_context=False)}, 400)
    except ValueError as error:
        return JSONResponse({"errors": [str(error)]}, 400)


class _Pipeline:
    """Journal → limits → faults → route. Control requests pass straight through."""

    def __init__(self, simulator: Simulator, inner: ASGIApp) -> None:
        self._simulator = simulator
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sim/"):
            await self._inner(scope, receive, send)
            return
        simulator = self._simulator
        exchange = Exchange(scope, await read_body(receive), simulator.clock())
        exchange.actor = simulator.actor(exchange)
        simulator.journal.record(exchange)
        began = time.monotonic()
        try:
            exchange.answer = await simulator.limits.apply(exchange, simulator.limit_key(exchange), self._faulted)
        except AnswerDropped:
            await cut_connection(send)
            return
        finally:
            exchange.took = time.monotonic() - began
            exchange.done = True
        await exchange.answer.send(send)

    async def _faulted(self, exchange: Exchange) -> Answer:
        return await self._simulator.faults.apply(exchange, self._route)

    async def _route(self, exchange: Exchange) -> Answer:
        return await call(self._inner, exchange)
