"""One host process: the app, its triggers, and the pages of the host itself."""

import asyncio
import contextlib
import functools
import json
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as Page

from dev.host.activity import Activity
from dev.host.http_trigger import HttpTriggers, Keys
from dev.host.idle import read_idle
from dev.host.invoker import Invoker
from dev.host.queue_trigger import QueueTrigger
from dev.host.settings import is_disabled, load_local_settings, read_settings
from dev.host.storage import Queues
from dev.host.timer_trigger import TimerTrigger
from dev.host.worker import Function, Worker
from dev.sidebyside import PATH, SideBySide

log = logging.getLogger("host")

_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


class Host:
    """An app and everything that triggers it. `queues_only`: a further worker, without HTTP and timers."""

    def __init__(self, root: Path, state: Path, slot: int, *, queues_only: bool = False) -> None:
        self._root = root
        self._state = state
        self._queues_only = queues_only
        self.activity = Activity(state / "activity", slot)
        self._queues = Queues()
        self._listeners: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Load the app and listen. Raises AppLoadError, or what is wrong with host.json or a route."""
        load_local_settings(self._root)
        settings = read_settings(self._root)
        worker = await Worker.load(self._root)
        self._functions = {function.name: function for function in worker.functions}
        self._invoker = Invoker(worker, self.activity, self._queues, settings.function_timeout)
        self._keys = Keys(settings)
        enabled = [function for function in worker.functions if not is_disabled(function.name)]
        self._http = HttpTriggers(_of(enabled, "httpTrigger"), settings, self._keys, self._invoker)
        # Disabled ones too: they do not listen, yet what lies in their queue is work to do and they run by hand.
        self._queue_triggers = [
            QueueTrigger(function, settings.queues, self._queues, self._invoker)
            for function in _of(worker.functions, "queueTrigger")
        ]
        self._timer_triggers = [
            TimerTrigger(function, self._state / "timers", self._invoker)
            for function in _of(worker.functions, "timerTrigger")
        ]
        for trigger in self._queue_triggers:
            await self._queues.ensure(trigger.connection, trigger.queue_name)
        triggers = self._queue_triggers if self._queues_only else self._triggers()
        listening = [trigger for trigger in triggers if trigger.function in enabled]
        self._listeners = [_watched(trigger.listen()) for trigger in listening]
        self.activity.announce()
        log.info("%d functions loaded", len(worker.functions))

    async def stop(self, grace: float = 30.0) -> None:
        """Receive no more, let what runs end within `grace` seconds, give back what does not."""
        for trigger in self._triggers():
            trigger.stop()
        begun = time.monotonic()
        # A listener ends by itself: cancelling one while it receives would hide the messages on their way to it.
        if self._listeners:
            await asyncio.wait(self._listeners, timeout=grace)
        await self._invoker.drain(max(0.0, grace - (time.monotonic() - begun)))
        await self._queues.close()
        self.activity.close()

    def app(self) -> Starlette:
        """The ASGI app: `/_dev/*`, `/admin/*`, and the HTTP functions. Starts and stops the host with itself."""
        pages = [
            Page("/_dev/idle", self._idle, methods=["GET"]),
            Page("/_dev/outbox", self._outbox, methods=["GET"]),
            Page(PATH, _to_the_calendars, methods=["GET"]),
            Mount(PATH, SideBySide()),
            Page("/admin/host/ping", _ping, methods=["GET", "POST"]),
            Page("/admin/host/status", self._status, methods=["GET"]),
            Page("/admin/functions/{name}", self._run_by_hand, methods=["POST"]),
            Page("/{path:path}", self._function, methods=_ANY),
        ]
        return Starlette(routes=pages, lifespan=self._lifespan)

    def _triggers(self) -> Sequence[QueueTrigger | TimerTrigger]:
        return [*self._queue_triggers, *self._timer_triggers]

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def _function(self, request: Request) -> Response:
        return await self._http.answer(request)

    async def _idle(self, _request: Request) -> Response:
        clients = [self._queues.client(trigger.connection, trigger.queue_name) for trigger in self._queue_triggers]
        return JSONResponse(await read_idle(self.activity, clients))

    async def _outbox(self, request: Request) -> Response:
        folder = os.environ.get("EMAIL_OUTBOX_DIR")
        mails = await asyncio.to_thread(_read_outbox, Path(folder)) if folder else []
        to = request.query_params.get("to")
        return JSONResponse([mail for mail in mails if to in (None, mail["to"])])

    async def _status(self, request: Request) -> Response:
        if not self._keys.allow(request, "ADMIN"):
            return Response(status_code=401)
        return JSONResponse({"state": "Running", "processes": self.activity.snapshot().processes})

    async def _run_by_hand(self, request: Request) -> Response:
        # Azure wants the master key here; on one machine the function key will do.
        if not self._keys.allow(request, "FUNCTION"):
            return Response(status_code=401)
        function = self._functions.get(request.path_params["name"])
        if function is None:
            return Response(status_code=404)
        try:
            body = await request.json()
            text = body["input"] if isinstance(body["input"], str) else json.dumps(body["input"])
        except (ValueError, KeyError, TypeError):
            return Response(status_code=400)
        trigger = next((trigger for trigger in self._triggers() if trigger.function is function), None)
        if trigger is None:
            return PlainTextResponse("An HTTP function is called by its URL.", 400)
        self._invoker.spawn(trigger.run_by_hand(text))
        return Response(status_code=202)


def _of(functions: list[Function], trigger_type: str) -> list[Function]:
    return [function for function in functions if function.trigger.type == trigger_type]


def _watched(listening: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A listener's task. A listener that breaks ends the host, which is seen, instead of going silent."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.critical("A trigger stopped listening", exc_info=task.exception())
            signal.raise_signal(signal.SIGTERM)

    task = asyncio.create_task(listening)
    task.add_done_callback(ended)
    return task


async def _ping(_request: Request) -> Response:
    return Response()


async def _to_the_calendars(_: Request) -> Response:
    return RedirectResponse(f"{PATH}/")


@functools.lru_cache(1000)
def _read_mail(path: Path) -> Any:
    """A mail never changes once it is there, and whoever waits for one asks again and again."""
    return json.loads(path.read_text("utf-8"))


def _read_outbox(folder: Path) -> list[Any]:
    messages = [_read_mail(path) for path in folder.glob("*.json")]
    return sorted(messages, key=lambda message: str(message["at"]), reverse=True)
