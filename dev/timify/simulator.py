"""Puts the parts of the simulator together."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.routing import BaseRoute

from dev.simkit import Answer, Exchange, Simulator
from dev.timify.api_appointments import AppointmentApi
from dev.timify.api_booker import BookerApi
from dev.timify.api_directory import DirectoryApi
from dev.timify.api_timeshifts import TimeshiftApi
from dev.timify.control import ControlApi
from dev.timify.desk import Desk
from dev.timify.store import Store
from dev.timify.tokens import Tokens
from dev.timify.webhooks import SECRET_HEADER, Webhooks


class TimifySimulator(Simulator):
    """TIMIFY as its clients see it: DevAPI and webhooks, steered through `/_sim/*`."""

    def __init__(
        self,
        *,
        webhook_url: str,
        webhook_secret: str,
        app_id: str,
        app_secret: str,
        clock: Callable[[], datetime],
        data_dir: Path | None,
        client: httpx.AsyncClient | None,
    ) -> None:
        masked = ("reschedulingSecret", SECRET_HEADER)
        super().__init__("timify", clock=clock, data_dir=data_dir, client=client, secret_names=masked)
        webhooks = Webhooks(self.notifier, webhook_url, webhook_secret, clock)
        self._store = Store()
        self._desk = Desk(self._store, Tokens(app_id, app_secret, clock), webhooks, clock)
        self.load()

    def routes(self) -> list[BaseRoute]:
        """DevAPI and control routes."""
        parts = (AppointmentApi, DirectoryApi, TimeshiftApi, BookerApi, ControlApi)
        return [route for part in parts for route in part(self._desk).routes()]

    def actor(self, exchange: Exchange) -> str:
        """Told by the token."""
        return self._desk.actor(exchange.headers.get("authorization"))

    def limit_key(self, exchange: Exchange) -> str | None:
        """Requests count per company."""
        return exchange.headers.get("company-id")

    def throttled(self, reason: str, retry_after: float) -> Answer:
        """The DevAPI's error shape; limits and their headers are not published."""
        body = {"status": 0, "message": f"Too many requests ({reason})"}
        return Answer.json(429, body, {"retry-after": f"{retry_after:.3f}"})

    def snapshot(self) -> Any:
        """All companies and the last time stamp."""
        return self._store.to_json()

    def restore(self, state: Any) -> None:
        """Take up what `snapshot` gave."""
        self._store.load(state)
