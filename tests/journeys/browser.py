"""A real Chromium, and a company that is small enough to be seen at a glance."""

import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Error, Locator, Page, async_playwright

from dev.actors import Actors

type Json = dict[str, Any]

MISSING = "These tests need Chromium, which is not there: install Debian's package `chromium`."
ZONE = "W. Europe Standard Time"


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """A headless Chromium. Fails the test, naming the package, when there is none that runs."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail(MISSING)
    async with async_playwright() as playwright:
        try:
            # Containers have neither a sandbox nor much shared memory.
            options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            browser = await playwright.chromium.launch(executable_path=path, args=options)
        except Error as error:
            pytest.fail(f"{MISSING} {path} did not start: {error.message}")
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page of somebody who has not been here before: no cookies, nothing stored."""
    context = await browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en-GB")
    context.set_default_timeout(15_000)
    try:
        yield await context.new_page()
    finally:
        await context.close()


@dataclass(frozen=True)
class Studio:
    """A company with one resource, a booking and an event, both next week; `monday` is the first day of that week."""

    company: str
    resource: str
    upn: str
    monday: date

    def at(self, day: int, clock: str) -> str:
        """A wall clock of that week; day 0 is Monday."""
        return f"{(self.monday + timedelta(days=day)).isoformat()}T{clock}:00"


async def open_studio(actors: Actors, consent: str = "granted", *, policy: bool = True) -> Studio:
    """Seed a studio of its own on the simulators and install it in the app; `policy`: it has accepted that one."""
    name = uuid.uuid4().hex[:8]
    today = datetime.now(UTC).date()
    studio = Studio(
        company=uuid.uuid4().hex[:24],
        resource=uuid.uuid4().hex[:24],
        upn=f"mia-{name}@studio.example",
        monday=today + timedelta(days=7 - today.weekday()),
    )
    await actors.send("PUT", f"{actors.where.timify}/_sim/companies/{studio.company}", _company(studio))
    await actors.send("PUT", f"{actors.where.outlook}/_sim/mailboxes/{studio.upn}", _mailbox(studio, consent))
    if policy:
        await actors.install(studio.company)
    else:
        await actors.api("PUT", studio.company, {"plan": "premium", "locale": "en", "timezone": "Europe/Berlin"})
    return studio


async def open_console(actors: Actors, studio: Studio, language: str = "en") -> str:
    """A session as TIMIFY's backend opens it; answers the address below which its pages are."""
    wish = {"name": "Ada", "language": language}
    return str((await actors.api("POST", f"{studio.company}/console-sessions", wish))["url"]).rpartition("/")[0]


def _company(studio: Studio) -> Json:
    booking = {
        "title": "Portrait",
        "start": f"{(studio.monday + timedelta(days=1)).isoformat()} 12:00",
        "duration": 60,
        "resourceIds": [studio.resource],
    }
    return {
        "name": "Studio",
        "timezone": "Europe/Berlin",
        "resources": [{"id": studio.resource, "name": "Mia", "email": studio.upn}],
        "appointments": [booking],
    }


def _mailbox(studio: Studio, consent: str) -> Json:
    event = {
        "subject": "Framing",
        "start": {"dateTime": studio.at(2, "09:00"), "timeZone": ZONE},
        "end": {"dateTime": studio.at(2, "10:00"), "timeZone": ZONE},
    }
    calendars = [
        {"name": "Calendar", "canEdit": True, "events": [event]},
        {"name": "Private", "canEdit": True, "events": []},
    ]
    return {"name": "Mia", "timeZone": ZONE, "kind": "exchange_online", "consent": consent, "calendars": calendars}


class SideBySide:
    """The page that shows both calendars, as a person uses it with a mouse and a keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def open(self, actors: Actors, studio: Studio) -> None:
        """Show the week of the studio's items."""
        chosen = f"company={studio.company}&resource={studio.resource}&day={studio.monday.isoformat()}"
        await self.page.goto(f"{actors.where.functions}/_dev/calendars/?{chosen}")
        await self.entry("timify", "Portrait").wait_for()

    def entry(self, side: str, title: str) -> Locator:
        """An entry that is there to stay (not one that is fading out)."""
        return self.page.locator(f'#{side} .entry[data-id][data-title="{title}"]')

    async def shows(self, side: str, title: str, times: str) -> None:
        """Wait until an entry stands at these times, such as `09:00–10:00`."""
        await self.page.locator(f'#{side} .entry[data-id][data-title="{title}"][aria-label*="{times}"]').wait_for()

    async def is_gone(self, side: str, title: str) -> None:
        await self.entry(side, title).wait_for(state="detached")

    async def draw(self, side: str, day: int, start: float, end: float) -> None:
        """Draw a new entry with the mouse, between two hours of a day."""
        box = await self.page.locator(f"#{side} .layer").bounding_box()
        assert box is not None
        x, hour = box["x"] + box["width"] * (day + 0.5) / 7, box["height"] / 24
        await self._drag(x, box["y"] + start * hour + 2, x, box["y"] + end * hour)

    async def move(self, side: str, title: str, days: int, hours: float) -> None:
        """Take an entry near its top and put it elsewhere."""
        layer, box = await self._boxes(side, title)
        x, y = box["x"] + box["width"] / 2, box["y"] + 6
        await self._drag(x, y, x + days * layer["width"] / 7, y + hours * layer["height"] / 24)

    async def lengthen(self, side: str, title: str, hours: float) -> None:
        """Take an entry at its lower edge and pull."""
        layer, box = await self._boxes(side, title)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 3
        await self._drag(x, y, x, y + 3 + hours * layer["height"] / 24)

    async def retitle(self, side: str, title: str, to: str) -> None:
        """By keyboard alone."""
        await self.entry(side, title).focus()
        await self.page.keyboard.press("Enter")
        await self.write(to)

    async def retitle_by_mouse(self, side: str, title: str, to: str) -> None:
        """A double click opens the form."""
        await self.entry(side, title).dblclick()
        await self.write(to)

    async def write(self, title: str) -> None:
        """Fill in the form that is open."""
        field = self.page.locator("#editor[open] input[name=title]")
        await field.fill(title)
        await field.press("Enter")

    async def delete(self, side: str, title: str) -> None:
        await self.entry(side, title).focus()
        await self.page.keyboard.press("Delete")

    async def _boxes(self, side: str, title: str) -> tuple[Any, Any]:
        layer = await self.page.locator(f"#{side} .layer").bounding_box()
        box = await self.entry(side, title).bounding_box()
        assert layer is not None
        assert box is not None
        return layer, box

    async def _drag(self, x: float, y: float, to_x: float, to_y: float) -> None:
        mouse = self.page.mouse
        await mouse.move(x, y)
        await mouse.down()
        await mouse.move(to_x, to_y, steps=5)
        await mouse.up()
