"""Everybody who uses the product, as a script can play them: TIMIFY's backend, administrators, staff, and people who
edit their calendars. They know addresses and published contracts only, nothing of the app's inside."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from typing import Any, Self
from urllib.parse import quote, urljoin

import httpx

from dev.settings import Addresses
from dev.stack.parts import loopback_client

type Json = dict[str, Any]

_STILL = 2


class Failed(AssertionError):
    """Somebody did not get what was promised; the message says what came instead."""


class Actors:
    """Everybody, over one HTTP client. Use as an async context manager."""

    def __init__(self, where: Addresses) -> None:
        self.where = where
        self.http = loopback_client(seconds=30)
        self._tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    # -- the parts of the stack

    async def send(self, method: str, url: str, body: object = None, **options: Any) -> Any:
        """One request; answers its JSON (None when empty). Raises Failed on 4xx and 5xx."""
        answer = await self.http.request(method, url, json=body, **options)
        if answer.is_error:
            raise Failed(f"{method} {url} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content and "json" in answer.headers.get("content-type", "") else None

    async def quiet(self, seconds: float = 60) -> float:
        """Wait until no notification is under way and no message is left; answers how long it took."""
        started, still = time.monotonic(), 0
        while still < _STILL:
            left = [await self._pending(self.where.outlook), await self._pending(self.where.timify)]
            idle = await self.send("GET", f"{self.where.functions}/_dev/idle")
            busy = any(left) or any(idle.values())
            still = 0 if busy else still + 1
            if busy and time.monotonic() - started > seconds:
                raise Failed(f"not quiet after {seconds:g} s: notifications {left}, app {idle}")
            # Looking costs the machine time too: the longer it takes, the less often.
            await asyncio.sleep(min(0.02 + (time.monotonic() - started) / 20, 0.25) if busy else 0.02)
        return time.monotonic() - started

    async def _pending(self, simulator: str) -> int:
        return int((await self.send("GET", f"{simulator}/_sim/notifications"))["pending"])

    async def forget_journals(self) -> None:
        for simulator in (self.where.outlook, self.where.timify):
            await self.send("DELETE", f"{simulator}/_sim/requests")

    async def take_journals(self) -> tuple[list[Json], list[Json]]:
        """What was asked of Outlook and of TIMIFY since it was last taken, by everybody; then it is forgotten."""
        outlook, timify = self.where.outlook, self.where.timify
        return await self.send("GET", f"{outlook}/_sim/requests?take"), await self.send(
            "GET", f"{timify}/_sim/requests?take"
        )

    async def calls(self, simulator: str, *methods: str) -> list[Json]:
        """What the app asked of a simulator since the journals were forgotten, sign-in and tokens left out."""
        entries: list[Json] = await self.send("GET", f"{simulator}/_sim/requests")
        calendar = [e for e in entries if e["actor"] == "app" and not re.search(r"/(oauth2|auth)/", e["path"])]
        return [e for e in calendar if not methods or e["method"] in methods]

    async def writes(self) -> list[Json]:
        """Every change that the app made on either side since the journals were forgotten."""
        changing = ("POST", "PATCH", "PUT", "DELETE")
        both = [*await self.calls(self.where.outlook, *changing), *await self.calls(self.where.timify, *changing)]
        return [entry for entry in both if "/subscriptions" not in entry["path"]]

    async def faulty(self, simulator: str, **fault: Any) -> None:
        """Order a fault of a simulator: method, path, times, status, headers, body, delay_ms, when."""
        await self.send("POST", f"{simulator}/_sim/faults", fault)

    async def post(self, simulator: str, **settings: Any) -> None:
        """How a simulator delivers its notifications from now on: delay_ms, duplicate, drop, shuffle."""
        await self.send("PUT", f"{simulator}/_sim/notifications", settings)

    async def run_function(self, name: str) -> None:
        """Start a function by its name, as operations may: a timer before its time."""
        url = f"{self.where.functions}/admin/functions/{name}"
        await self.send("POST", url, {"input": ""}, headers={"x-functions-key": self.where.function_key})

    async def calm(self) -> None:
        """No faults, notifications as usual, nothing left to do, journals empty."""
        for simulator in (self.where.outlook, self.where.timify):
            await self.send("DELETE", f"{simulator}/_sim/faults")
            await self.post(simulator)
        await self.quiet()
        await self.forget_journals()

    # -- TIMIFY's backend

    async def api(self, method: str, path: str, body: object = None, **params: Any) -> Any:
        """The product's HTTP API; `path` begins behind `/api/v1/companies/`."""
        url = f"{self.where.functions}/api/v1/companies/{path}"
        return await self.send(method, url, body, params=params, headers={"x-functions-key": self.where.function_key})

    async def install(self, company_id: str, plan: str = "premium", timezone: str = "Europe/Berlin") -> Json:
        policy = {"version": "1", "accepted_by": "admin", "accepted_at": "2026-01-01T00:00:00Z"}
        body = {"plan": plan, "locale": "en", "timezone": timezone, "privacy_policy": policy}
        answer: Json = await self.api("PUT", company_id, body)
        return answer

    async def resource(self, company_id: str, resource_id: str) -> Json:
        """One line of the overview."""
        answer: Json = await self.api("GET", f"{company_id}/resources/{resource_id}")
        return answer

    async def items(self, path: str, **params: Any) -> list[Json]:
        """All items of a list, page after page."""
        found: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.api("GET", path, **params, **({"next": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"]
        return found

    async def until(self, check: Callable[[], Any], what: str, seconds: float = 30, *, every: float = 0.05) -> Any:
        """Wait until `check` (async), asked `every` so many seconds, answers something true; answers it. Raises
        Failed."""
        end = time.monotonic() + seconds
        while True:
            answer = await check()
            if answer:
                return answer
            if time.monotonic() > end:
                raise Failed(f"{what}: not within {seconds:g} s")
            await asyncio.sleep(every)

    # -- staff

    async def mails(self, kind: str = "", to: str = "") -> list[Json]:
        """The outbox, newest first."""
        only = {"to": to} if to else {}
        every: list[Json] = await self.send("GET", f"{self.where.functions}/_dev/outbox", params=only)
        return [mail for mail in every if kind in ("", mail["kind"])]

    async def invite(self, company_id: str, resource_id: str) -> str:
        """Invite a resource; answers the link of the e-mail that it gets."""
        resource = f"{company_id}/resources/{resource_id}"
        to = (await self.api("GET", resource))["email"]
        known = {mail["link"] for mail in await self.mails("invitation", to)}
        line = await self.api("POST", f"{resource}/invitation")

        async def arrived() -> str:
            mails = await self.mails("invitation", to=line["email"])
            return next((mail["link"] for mail in mails if mail["link"] not in known), "")

        return str(await self.until(arrived, "the invitation"))

    async def connect(self, link: str, upn: str, calendar: str = "") -> Json:
        """Follow an invitation as a browser does: sign in as `upn`, choose a calendar (by name, else the default),
        press Connect, and agree to a takeover. Answers {"status", "reason", "page"} of the last page,
        and all "pages" in order."""
        async with httpx.AsyncClient(timeout=30, trust_env=False, verify=False, follow_redirects=False) as browser:
            page = await browser.get(link)
            sign_in = re.search(
                r'<a[^>]*id="sign-in"[^>]*href="([^"]+)"|<a[^>]*href="([^"]+)"[^>]*id="sign-in"', page.text
            )
            if sign_in is None:
                return _outcome(page.text)
            seen = [page.text]
            page = await _follow(browser, urljoin(link, _text(sign_in[1] or sign_in[2])), upn)
            form = re.search(r'<form[^>]*id="choose-calendar".*?</form>', page.text, re.S)
            seen.append(page.text)
            if form is None:
                return _outcome(*seen)
            fields = _fields(form[0], calendar)
            action = re.search(r'action="([^"]*)"', form[0])
            target = urljoin(str(page.url), _text(action[1]) if action else "")
            page = await _follow(browser, target, upn, data=fields)
            return _outcome(*seen, page.text)

    # -- people and their calendars

    async def outlook(self, upn: str, method: str, path: str, body: object = None, **options: Any) -> Any:
        """Graph, as the person `upn`; `path` begins behind `/v1.0/me`."""
        headers = {"Authorization": f"Bearer {await self._token(self.where.outlook, upn, 'access_token')}"}
        headers |= {"Prefer": 'IdType="ImmutableId", outlook.body-content-type="text"'} | options.pop("headers", {})
        return await self.send(method, f"{self.where.outlook}/v1.0/me{path}", body, headers=headers, **options)

    async def timify(self, company_id: str, method: str, path: str, body: object = None, **options: Any) -> Any:
        """The DevAPI, as a person of the company; `path` begins behind `/v1`."""
        token = await self._token(self.where.timify, company_id, "accessToken")
        headers = {"Authorization": f"Bearer {token}", "company-id": company_id}
        return await self.send(method, f"{self.where.timify}/v1{path}", body, headers=headers, **options)

    async def _token(self, simulator: str, who: str, name: str) -> str:
        if who not in self._tokens:
            answer = await self.send("POST", f"{simulator}/_sim/tokens/{quote(who)}")
            self._tokens[who] = answer[name]
        return self._tokens[who]

    async def events(self, upn: str, start: str, end: str) -> list[Json]:
        """The person's default calendar between two UTC times, all pages."""
        found: list[Json] = []
        path = f"/calendarView?startDateTime={start}&endDateTime={end}&$top=500"
        answer = await self.outlook(upn, "GET", path)
        found += answer["value"]
        while "@odata.nextLink" in answer:
            answer = await self.outlook(upn, "GET", answer["@odata.nextLink"].partition("/v1.0/me")[2])
            found += answer["value"]
        return found

    async def appointments(self, company_id: str, first: str, last: str, resource_id: str = "") -> list[Json]:
        """Appointments of a company between two days, at most 31 days."""
        answer = await self.timify(company_id, "GET", f"/appointments?from_date={first}&to_date={last}")
        return [a for a in answer["data"] if not resource_id or any(r["id"] == resource_id for r in a["resources"])]


async def _follow(
    browser: httpx.AsyncClient, url: str, upn: str, data: Mapping[str, str] | None = None
) -> httpx.Response:
    """Go to `url` and wherever it leads, signing in as `upn` where Microsoft asks who it is."""
    page = await (browser.post(url, data=dict(data)) if data is not None else browser.get(url))
    for _ in range(10):
        location = page.headers.get("location")
        if not location:
            return page
        url = urljoin(str(page.url), location)
        if "/authorize" in url:
            url += f"&_sim_user={quote(upn)}"
        page = await browser.get(url)
    raise Failed("the browser is sent around in circles")


def _fields(form: str, calendar: str) -> dict[str, str]:
    fields = {
        name: _text(value)
        for name, value in re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
    }
    radios: Sequence[str] = re.findall(r'<input[^>]*type="radio"[^>]*>', form)
    wanted = [r for r in radios if "checked" in r] or list(radios)
    if calendar:
        labels = re.findall(r'(<input[^>]*type="radio"[^>]*>)(.*?)</label>', form, re.S)
        wanted = [radio for radio, label in labels if calendar in _text(re.sub(r"<[^>]+>", "", label))]
    value = re.search(r'value="([^"]*)"', wanted[0]) if wanted else None
    if value is None:
        raise Failed(f"no calendar {calendar!r} to choose")
    taken = f'name="takeover:{value[1]}"' in form
    return fields | {"calendar_id": _text(value[1])} | ({f"takeover:{_text(value[1])}": "1"} if taken else {})


def _outcome(*pages: str) -> Json:
    tag = re.search(r'<[^>]*id="outcome"[^>]*>', pages[-1])
    found = dict(re.findall(r'data-(status|reason)="([^"]*)"', tag[0])) if tag else {}
    return {"status": found.get("status", ""), "reason": found.get("reason", ""), "page": pages[-1], "pages": pages}


def _text(escaped: str) -> str:
    return unescape(escaped)
