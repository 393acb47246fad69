"""One request and its answer: time-outs, short waits and repetitions. Knows nothing of tokens or appointments."""

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from shared.domain.failures import Throttled, Transient
from shared.telemetry import count, logger

TIMEOUT = httpx.Timeout(15, connect=5)
ATTEMPTS = 3
LONGEST_WAIT = 5.0
"""Seconds that a request may wait in place because TIMIFY asked for it; longer wishes go back to the queue."""

_LONGEST_WISH = 3_600.0
_USUAL_WISH = 1.0
_FIRST_PAUSE = 0.2

_log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`repeatable`: sending it twice does no harm (never true of a POST that creates)."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    repeatable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """`jitter` gives numbers from 0 to 1, so that many workers do not come back at the same moment."""

    http: httpx.AsyncClient
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]

    async def send(self, request: Request) -> httpx.Response:
        """The answer, whatever its status below 500 except 429. Raises Throttled or Transient (without any content)."""
        left = LONGEST_WAIT
        for attempt in range(1, ATTEMPTS + 1):
            outcome = await self._try(request)
            if isinstance(outcome, httpx.Response):
                return outcome
            _log.info("TIMIFY %s failed: %s", request.method, outcome.code)
            pause = self._pause(outcome, attempt)
            never_taken = outcome.code == "timify_429"
            if attempt == ATTEMPTS or pause > left or not (request.repeatable or never_taken):
                raise outcome
            left -= pause
            await self.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _try(self, request: Request) -> httpx.Response | Transient:
        count("timify")
        try:
            response = await self.http.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                params=dict(request.params),
                json=request.json,
                timeout=TIMEOUT,
            )
        except httpx.TimeoutException:
            return Transient("timify_timeout")
        except httpx.RequestError:
            return Transient("timify_network")
        status, wish = response.status_code, response.headers.get("retry-after")
        if status == 429 or (status == 503 and wish):
            count("throttled")
            return Throttled(f"timify_{status}", _seconds(wish, self.now()))
        return Transient(f"timify_{status}") if status >= 500 or status == 408 else response

    def _pause(self, trouble: Transient, attempt: int) -> float:
        if isinstance(trouble, Throttled):
            return trouble.retry_after
        return float(_FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + self.jitter()))


def _seconds(wish: str | None, now: datetime) -> float:
    """A Retry-After header: seconds, whole or decimal, or an HTTP date."""
    try:
        seconds = float(wish or _USUAL_WISH)
    except ValueError:
        seconds = _until(wish or "", now)
    return min(max(seconds, 0.0), _LONGEST_WISH) if math.isfinite(seconds) else _USUAL_WISH


def _until(text: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - now).total_seconds()
    except (ValueError, OverflowError):
        return _USUAL_WISH
