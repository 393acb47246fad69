"""Latency and throttling, counted per key (a mailbox, a company)."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from dev.simkit.exchange import Answer, Exchange, Handler

WINDOW = timedelta(minutes=10)


class LimitSettings(BaseModel):
    """None lifts a limit. `latency_ms` is added to every request while it holds its place among the concurrent ones."""

    model_config = ConfigDict(extra="forbid")

    latency_ms: float = Field(default=0, ge=0)
    concurrency_per_mailbox: int | None = Field(default=None, ge=1)
    requests_per_10_min: int | None = Field(default=None, ge=0)


class Limits:
    """Counts requests in flight and in the last ten minutes of the simulator's clock.

    `refuse(reason, retry_after)` builds the answer; reason is "concurrency" or "requests", retry_after is in seconds.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        refuse: Callable[[str, float], Answer],
        settings: LimitSettings | None = None,
    ) -> None:
        self.settings = settings or LimitSettings()
        self._clock = clock
        self._refuse = refuse
        self._running: Counter[str] = Counter()
        self._recent: defaultdict[str, deque[datetime]] = defaultdict(deque)

    async def apply(self, exchange: Exchange, key: str | None, handler: Handler) -> Answer:
        """Answer through `handler`, or refuse with 429. Requests without a key are only delayed."""
        refusal = self._over(key) if key is not None else None
        if refusal is not None:
            return refusal
        if key is None:
            return await self._delayed(exchange, handler)
        self._running[key] += 1
        try:
            return await self._delayed(exchange, handler)
        finally:
            self._running[key] -= 1

    def over(self, key: str) -> Answer | None:
        """Count one more request of `key` (an item of a batch): None when it may pass, else the refusal."""
        return self._over(key)

    async def _delayed(self, exchange: Exchange, handler: Handler) -> Answer:
        if self.settings.latency_ms:
            await asyncio.sleep(self.settings.latency_ms / 1000)
        return await handler(exchange)

    def _over(self, key: str) -> Answer | None:
        now, recent = self._clock(), self._recent[key]
        while recent and recent[0] <= now - WINDOW:
            recent.popleft()
        most = self.settings.requests_per_10_min
        refusal = None
        if most is not None and len(recent) >= most:
            wait = (recent[0] + WINDOW - now).total_seconds() if recent else WINDOW.total_seconds()
            refusal = self._refuse("requests", wait)
        recent.append(now)  # refused requests count as well
        together = self.settings.concurrency_per_mailbox
        if refusal is None and together is not None and self._running[key] >= together:
            refusal = self._refuse("concurrency", max(self.settings.latency_ms / 1000, 0.25))
        return refusal
