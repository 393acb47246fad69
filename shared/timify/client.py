"""The DevAPI over HTTP: tokens, the header company-id, envelopes, pages, and its refusals as our failures."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from copy import copy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from weakref import WeakValueDictionary

import httpx

from shared.domain.failures import Broken, Reason, Refused, Transient
from shared.timify.raw import as_object, read_json
from shared.timify.sending import Request, Sender
from shared.timify.tokens import Tokens

PAGE_SIZE = 1_000
AT_ONCE = 3
"""Calls at once for one company, from this process. TIMIFY publishes no limit; this is politeness. What people look at
has as many places of its own (`beside`): a call may take a minute with its repetitions, and an import makes many."""

type Json = dict[str, Any]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class DevApiClient:
    """One per process: it holds the process's only token.

    `auth_scheme` is the word before the token ("" sends the bare token: published descriptions disagree). Methods raise
    Throttled and Transient (after short repetitions of what may be repeated), Broken(OUR_CREDENTIALS) when TIMIFY does
    not let the app in, and Refused("timify_<status>") for any other 4xx about one item. 404 answers None.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        app_id: str,
        app_secret: str,
        auth_scheme: str = "Bearer",
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._scheme = auth_scheme.strip()
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._sender = Sender(http=http, now=now, sleep=sleep, jitter=jitter)
        self._tokens = Tokens(self._sender, f"{self._base_url}/v1/auth/token", app_id, app_secret, now)

    async def get(self, company_id: str, path: str) -> Json | None:
        """One object. An answer that cannot be read is Transient, never mistaken for an object that is gone."""
        response = await self._call("GET", company_id, path)
        if response is None:
            return None
        data = _envelope(response).get("data")
        if not isinstance(data, dict):
            raise Transient("timify_unreadable")
        return data

    async def pages(self, company_id: str, path: str, params: Mapping[str, str]) -> AsyncIterator[list[Any]]:
        """All pages of a list. Raises Transient when the list changed its length meanwhile: items may have slipped
        from one page to another unseen, and a partial reading must not look like a deletion."""
        page, total = 1, None
        while True:
            envelope = await self._list(company_id, path, {**params, "page": str(page), "limit": str(PAGE_SIZE)})
            items, meta = envelope["data"], as_object(envelope.get("meta"))
            if page > 1 and meta.get("totalItems") != total:
                raise Transient("timify_list_moved")
            total = meta.get("totalItems")
            yield items
            pages = meta.get("totalPages")
            last = page >= pages if isinstance(pages, int) else len(items) < PAGE_SIZE
            if last or not items:
                return
            page += 1

    async def count(self, company_id: str, path: str, params: Mapping[str, str]) -> int:
        """How many items a list has, without reading them."""
        envelope = await self._list(company_id, path, {**params, "page": "1", "limit": "1"})
        counts = (as_object(envelope.get("meta")).get("totalItems"), envelope.get("total"))
        return next((count for count in counts if isinstance(count, int)), len(envelope["data"]))

    async def post(self, company_id: str, path: str, body: Json) -> Json | None:
        """Create, never sent twice unless TIMIFY said that it did not take it. Returns the object ({}: unreadable)."""
        return _written(await self._call("POST", company_id, path, json=body, repeatable=False))

    async def patch(self, company_id: str, path: str, body: Json) -> Json | None:
        """Change; returns the object ({}: unreadable)."""
        return _written(await self._call("PATCH", company_id, path, json=body))

    async def delete(self, company_id: str, path: str, params: Mapping[str, str]) -> bool:
        """Remove; False for 404."""
        return _written(await self._call("DELETE", company_id, path, params=params)) is not None

    def beside(self) -> "DevApiClient":
        """A client with the same token and places of its own: its calls never wait behind those of this one."""
        other = copy(self)
        other._places = WeakValueDictionary()
        return other

    def _place(self, company_id: str) -> asyncio.Semaphore:
        """One of the places of a company; forgotten when nobody calls for it."""
        place = self._places.get(company_id)
        if place is None:
            place = self._places[company_id] = asyncio.Semaphore(AT_ONCE)
        return place

    async def _list(self, company_id: str, path: str, params: Mapping[str, str]) -> Json:
        try:
            response = await self._call("GET", company_id, path, params=params)
        except Refused as refusal:  # no item is at fault here, so none may be given up
            raise Transient(refusal.code) from None
        if response is None:  # a list is never missing: the company is
            raise Broken(Reason.RESOURCE_GONE, "timify_404")
        envelope = _envelope(response)
        if not isinstance(envelope.get("data"), list):
            raise Transient("timify_unreadable")
        return envelope

    async def _call(
        self,
        method: str,
        company_id: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Json | None = None,
        repeatable: bool = True,
    ) -> httpx.Response | None:
        """The successful answer; None for 404."""

        async def attempt(token: str) -> httpx.Response:
            headers = {"authorization": f"{self._scheme} {token}".strip(), "company-id": quote(company_id, safe="")}
            url = f"{self._base_url}{path}"
            request = Request(
                method=method, url=url, headers=headers, params=params or {}, json=json, repeatable=repeatable
            )
            async with self._place(company_id):
                return await self._sender.send(request)

        token = await self._tokens.current()
        response = await attempt(token)
        if response.status_code == 401:
            response = await attempt(await self._tokens.instead_of(token))
        status = response.status_code
        if status in (401, 403):
            raise Broken(Reason.OUR_CREDENTIALS, f"timify_{status}")
        if status == 404:
            return None
        if status >= 400:
            raise Refused(f"timify_{status}")
        if not response.is_success:
            raise Transient(f"timify_{status}")
        return response


def path_of(kind: str, item_id: str) -> str | None:
    """The path of one object, e.g. of `appointments`; None for an id that would name another path."""
    return None if item_id in ("", ".", "..") else f"/v1/{kind}/{quote(item_id, safe='', errors='replace')}"


def _envelope(response: httpx.Response) -> Json:
    envelope = as_object(read_json(response.content))
    if envelope.get("status") == 0:
        raise Transient("timify_status_0")
    return envelope


def _written(response: httpx.Response | None) -> Json | None:
    if response is None:
        return None
    envelope = as_object(read_json(response.content))
    if envelope.get("status") == 0:  # the older sign of failure, in a successful answer
        raise Refused("timify_status_0")
    return as_object(envelope.get("data"))
