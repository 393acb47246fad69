"""How other products keep a copy: they remember nothing, and read both calendars whole each time.

One way only, Outlook to TIMIFY: half of the work.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shared.domain.items import Booking, Change, Draft, Event, Side
from shared.domain.links import MARK_PREFIX, link_key
from shared.domain.spans import Span
from shared.outlook.subscriptions import LIFECYCLE_PATH, NOTIFICATIONS_PATH


class Views(Protocol):
    """The part of a calendar that is read whole."""

    def view(self, window: Span) -> AsyncIterator[Sequence[Event]]: ...


class Copies(Protocol):
    """The calendar that is written to."""

    def view(self, window: Span) -> AsyncIterator[Sequence[Booking]]: ...

    async def create(self, draft: Draft, mark: str, span: Span) -> Booking: ...

    async def update(self, booking: Booking, change: Change) -> Booking | None: ...

    async def delete(self, appointment_id: str, *, notify: bool) -> None: ...


class WholeWindows:
    """Makes TIMIFY look like Outlook by comparing both windows, item by item."""

    def __init__(self, outlook: Views, timify: Copies, window: Span, resource_id: str) -> None:
        self._outlook = outlook
        self._timify = timify
        self._window = window
        self._resource_id = resource_id

    async def copy(self) -> int:
        """One pass; answers how many writes it took."""
        events = {self._mark(event): event async for page in self._outlook.view(self._window) for event in page}
        copies = {booking.mark: booking async for page in self._timify.view(self._window) for booking in page}
        writes = 0
        for mark, event in events.items():
            writes += await self._agree(mark, event, copies.get(mark))
        for booking in copies.values():
            if booking.mark and booking.mark not in events:
                await self._timify.delete(booking.appointment_id, notify=False)
                writes += 1
        return writes

    async def _agree(self, mark: str, event: Event, copy: Booking | None) -> int:
        assert isinstance(event.when, Span)
        if copy is None:
            await self._timify.create(Draft(when=event.when, title=event.title, notes=""), mark, event.when)
            return 1
        if (copy.span, copy.title) == (event.when, event.title):
            return 0
        await self._timify.update(copy, Change(when=event.when, title=event.title))
        return 1

    def _mark(self, event: Event) -> str:
        return f"{MARK_PREFIX}{link_key(self._resource_id, Side.OUTLOOK, event.id)}-0"


class PerNotification:
    """A pass for each notification; those that come during a pass share the next one, which is more than many do.

    TIMIFY tells of the copies that it writes, and whoever remembers nothing must read to see that nothing is new: here
    the pass itself says that it wrote, because webhooks of the simulator go to the app.
    """

    def __init__(self, engine: WholeWindows) -> None:
        self._engine = engine
        self._woken = asyncio.Event()
        self.passes = 0
        self.busy = False

    @property
    def quiet(self) -> bool:
        return not (self.busy or self._woken.is_set())

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            self.busy = True
            if await self._engine.copy():
                self._woken.set()
            self.passes += 1
            self.busy = False

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[str]:
        """Take Graph's notifications at the address that is given."""
        paths = (NOTIFICATIONS_PATH, LIFECYCLE_PATH)
        app = Starlette(routes=[Route(path, self._told, methods=["POST"]) for path in paths])
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False))
        serving, working = asyncio.create_task(server.serve()), asyncio.create_task(self.run())
        await _started(server)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            working.cancel()
            server.should_exit = True
            await asyncio.gather(serving, working, return_exceptions=True)

    async def _told(self, request: Request) -> Response:
        token = request.query_params.get("validationToken")
        if token is not None:
            return PlainTextResponse(token)
        self._woken.set()
        return Response(status_code=202)


async def _started(server: uvicorn.Server) -> None:
    for _ in range(1000):
        if server.started:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("nobody can take notifications")


def whole_window(days_back: int = 10, days_ahead: int = 365) -> Span:
    """The window that the product itself keeps."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(midnight - timedelta(days=days_back), midnight + timedelta(days=days_ahead))
