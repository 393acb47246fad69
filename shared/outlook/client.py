"""One place through which every Graph call goes: headers, time-outs, lanes, retries, fresh tokens.

    GraphClient.get, follow, send -> Answer      a success, or an error that the caller may know what to do with
                                  raise          Throttled, Transient, Broken (signed out)
    Answer.content                -> JSON        of a success
                                  raise          the failure that an error stands for

Links into delta rounds are secrets of the mailbox, so neither addresses nor bodies are ever logged.
"""

import asyncio
import logging
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

import httpx

from shared.domain.failures import Broken, Failure, Reason, Refused, Transient
from shared.outlook import errors
from shared.outlook.bodies import Body
from shared.telemetry import count, logger, request_id

type Json = Any  # whatever json.loads gives: narrowed where it is read
type Method = Literal["GET", "POST", "PATCH", "DELETE"]
type Token = Callable[[bool], Awaitable[str]]
"""Gives an access token; True asks for a new one, because the last was refused."""

CONCURRENT_PER_MAILBOX = 3
"""Graph allows four to an app; one is left to who connects or asks for a preview meanwhile."""
ONE_OF_SEVERAL = 1
"""For a connection that shares its mailbox: three of them, in three workers, are no more than three calls at once."""
REMEMBERED = 2000
MAILBOX_THROTTLED = "mailbox_throttled"
LONGEST_WAIT = 5.0
PATIENCE = 10.0
QUICK_RETRIES = 2
QUICK_PAUSE = 0.25
MOST_TRIES = 6
TIMEOUT = httpx.Timeout(15.0, connect=5.0)
USER_AGENT = "timify-office365-sync"
PREFERENCES = ('IdType="ImmutableId"', 'outlook.timezone="UTC"', 'outlook.body-content-type="text"')

_log = logger(__name__)
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses, and delta links with them


class Lane:
    """The way to one mailbox: so many calls at once, and none while Graph has asked us to wait."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.places = asyncio.Semaphore(width)
        self._closed_until = 0.0

    def close(self, until: float) -> None:
        """No call before `until` (seconds since 1970), whoever was told so."""
        self._closed_until = max(self._closed_until, until)

    def closed_for(self, now: float) -> float:
        """Seconds until the next call may go."""
        return max(0.0, self._closed_until - now)


class Lanes:
    """The lanes of all mailboxes that this process has to do with lately."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[tuple[str, int], Lane] = OrderedDict()

    def of(self, account: str, width: int = CONCURRENT_PER_MAILBOX) -> Lane:
        """The lane of one mailbox."""
        key = (account, width)
        lane = self._lanes.pop(key, None) or Lane(width)
        self._lanes[key] = lane
        if len(self._lanes) > REMEMBERED:
            self._lanes.popitem(last=False)
        return lane


@dataclass(frozen=True, slots=True)
class Answer:
    """What Graph said at last. `code` is its most specific error code."""

    status: int
    body: Json = None
    code: str = ""
    wait: float | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def throttled(self) -> bool:
        return errors.is_throttled(self.status, self.code, self.wait)

    @property
    def passing(self) -> bool:
        """May the same call work in a moment? Status 0 stands for an answer that never came."""
        return self.status == 0 or errors.is_passing(self.status, self.code)

    @property
    def missing(self) -> bool:
        """Is the item itself gone? Any other 404 says nothing about it: the mailbox may be moving."""
        return self.status == 404 and self.code == errors.ITEM_NOT_FOUND

    def failure(self) -> Failure:
        """The failure that an error answer stands for."""
        return errors.failure_of(self.status, self.code, self.wait)

    def content(self) -> dict[str, Json]:
        """The JSON object of a success. Raises the failure of an error, Transient for an answer that is no object."""
        if not self.ok:
            raise self.failure()
        if not isinstance(self.body, dict):
            raise Transient("unreadable_answer")
        return self.body

    def rows(self) -> list[dict[str, Json]]:
        """The objects of a page."""
        value = self.content().get("value")
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    def link(self, name: Literal["nextLink", "deltaLink"]) -> str:
        """Where to read on, "" when the page names no such place."""
        found = self.body.get(f"@odata.{name}") if isinstance(self.body, dict) else None
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class _Call:
    """`repeatable`: may it happen twice when the answer to the first was lost?"""

    method: Method
    url: str
    repeatable: bool
    body: Body | None = None
    etag: str = ""
    prefer: Sequence[str] = ()


class GraphClient:
    """Calls as one mailbox. `account` is Microsoft's `oid.tid`; `token` gives its access tokens; `width` calls go at
    once."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        token: Token,
        *,
        account: str,
        lanes: Lanes,
        width: int = CONCURRENT_PER_MAILBOX,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        wall_clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._token = token
        self._lane = lanes.of(account, width)
        self._sleep = sleep
        self._wall_clock = wall_clock
        self._chance = chance

    def owns(self, link: str) -> bool:
        """Does a link from an answer lead to the Graph host that we were configured for?"""
        try:
            here, there = httpx.URL(self._base), httpx.URL(link)
        except httpx.InvalidURL:
            return False
        return (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)

    async def get(self, path: Sequence[str], query: Mapping[str, str] | None = None, *prefer: str) -> Answer:
        """Read. `path` are the unescaped segments below the base address; `prefer` adds to the usual preferences."""
        return await self._send(_Call("GET", self._url(path, query), repeatable=True, prefer=prefer))

    async def follow(self, link: str, *prefer: str) -> Answer:
        """Read on where an answer pointed to, untouched. Raises Refused for another host than ours."""
        if not self.owns(link):
            raise Refused("foreign_link")
        return await self._send(_Call("GET", link, repeatable=True, prefer=prefer))

    async def send(
        self,
        method: Method,
        path: Sequence[str],
        body: Body | None = None,
        *,
        etag: str = "",
        repeatable: bool,
    ) -> Answer:
        """Write. What is `repeatable` is sent again when its answer is lost; anything else is Transient then."""
        return await self._send(_Call(method, self._url(path), repeatable, body, etag))

    def _url(self, path: Sequence[str], query: Mapping[str, str] | None = None) -> str:
        escaped = "/".join(quote(segment, safe="=") for segment in path)
        tail = urlencode(query, quote_via=quote, safe="$:,") if query else ""
        return f"{self._base}/{escaped}?{tail}" if tail else f"{self._base}/{escaped}"

    async def _send(self, call: _Call) -> Answer:
        token = await self._token(False)
        refreshed, patience = False, PATIENCE
        for tries in range(MOST_TRIES):
            answer = await self._attempt(call, token)
            if answer.status == 401:
                if refreshed:
                    raise Broken(Reason.SIGN_IN_EXPIRED, answer.code or "401", doubtful=True)
                token, refreshed = await self._token(True), True
                continue
            pause = self._pause(call, answer, tries)
            if answer.throttled and answer.code != MAILBOX_THROTTLED:
                self._lane.close(self._wall_clock() + (answer.wait or pause or 0.0))
            if pause is None or pause > min(patience, LONGEST_WAIT):
                break
            patience -= pause
            await self._sleep(pause)
        if answer.throttled or answer.passing:
            raise answer.failure()
        return answer

    def _pause(self, call: _Call, answer: Answer, tries: int) -> float | None:
        """Seconds until the next try; None when there shall be none."""
        jittered = QUICK_PAUSE * 2**tries * (0.5 + self._chance())
        if answer.throttled:
            refused_for_sure = answer.status == 429 or call.repeatable
            return (jittered if answer.wait is None else answer.wait) if refused_for_sure else None
        return jittered if answer.passing and call.repeatable and tries < QUICK_RETRIES else None

    async def _attempt(self, call: _Call, token: str) -> Answer:
        our_id = request_id()
        headers = {
            "Authorization": f"Bearer {token}",
            "client-request-id": our_id,
            "Prefer": ", ".join((*PREFERENCES, *call.prefer)),
            "User-Agent": USER_AGENT,
            **({"If-Match": call.etag} if call.etag else {}),
        }
        try:
            async with self._lane.places:
                if closed := self._lane.closed_for(self._wall_clock()):
                    return Answer(429, code=MAILBOX_THROTTLED, wait=closed)  # whoever was told, nobody calls
                count("graph")
                response = await self._http.request(
                    call.method, call.url, headers=headers, json=call.body, timeout=TIMEOUT
                )
        except httpx.HTTPError as error:
            _log.info("Graph %s failed: %s, client-request-id %s", call.method, type(error).__name__, our_id)
            return Answer(0, code=type(error).__name__)
        answer = self._read(response)
        if answer.throttled:
            count("throttled")
        if not answer.ok:
            its_id = response.headers.get("request-id", "")
            words = (call.method, answer.status, answer.code, its_id, our_id)
            _log.info("Graph %s answered %s %s, request-id %s, client-request-id %s", *words)
        return answer

    def _read(self, response: httpx.Response) -> Answer:
        try:
            body = response.json()
        except ValueError:
            body = None
        wait = errors.retry_after(response.headers.get("Retry-After"), self._wall_clock())
        return Answer(response.status_code, body, errors.most_specific(body), wait)
