"""Notifications that leave the simulator: late, doubled, lost or shuffled, as ordered."""

import asyncio
import random
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field

from dev.simkit.exchange import Json

TIMEOUT = httpx.Timeout(10)
SHUFFLE_SPREAD = 0.05  # seconds: enough to reorder what is sent together


class NotificationSettings(BaseModel):
    """`duplicate`: extra copies. `drop`: all, none, or a fraction 0..1. `shuffle`: deliver in a random order."""

    model_config = ConfigDict(extra="forbid")

    delay_ms: float = Field(default=0, ge=0)
    duplicate: int = Field(default=0, ge=0)
    drop: bool | float = False
    shuffle: bool = False


class Notifier:
    """Posts in the background. A given `client` (a test may answer in-process) stays open at `aclose`."""

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        self.settings = NotificationSettings()
        self._given = client
        self._made: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(7)  # the same losses on every run

    @property
    def client(self) -> httpx.AsyncClient:
        """The client that notifications leave through."""
        if self._given is not None:
            return self._given
        if self._made is None:
            self._made = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)
        return self._made

    @property
    def pending(self) -> int:
        """Deliveries scheduled or in flight."""
        return len(self._tasks)

    def post(
        self,
        url: str,
        json: Json,
        headers: Mapping[str, str] | None = None,
        *,
        retries: Sequence[float] = (),
    ) -> None:
        """Deliver `json` soon. `retries`: seconds to wait before each further attempt after no or a non-2xx answer."""
        for _ in range(1 + self.settings.duplicate):
            if not self._lost():
                self.spawn(self._deliver(url, json, dict(headers or {}), tuple(retries)))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in the background as a pending delivery."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait until nothing is pending."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def aclose(self) -> None:
        """Give up what is pending and close the client made here."""
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._made is not None:
            await self._made.aclose()
            self._made = None

    def _lost(self) -> bool:
        drop = self.settings.drop
        return drop if isinstance(drop, bool) else self._random.random() < drop

    async def _deliver(self, url: str, json: Json, headers: dict[str, str], retries: tuple[float, ...]) -> None:
        spread = max(self.settings.delay_ms / 1000, SHUFFLE_SPREAD) if self.settings.shuffle else 0
        await asyncio.sleep(self.settings.delay_ms / 1000 + self._random.random() * spread)
        for wait in (*retries, None):
            if await self._attempt(url, json, headers) or wait is None:
                return
            await asyncio.sleep(wait)

    async def _attempt(self, url: str, json: Json, headers: dict[str, str]) -> bool:
        try:
            answer = await self.client.post(url, json=json, headers=headers, timeout=TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.is_success
