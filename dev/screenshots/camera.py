"""Takes pictures of a page on every screen, and notes what would keep people out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response, ViewportSize

from dev.axe import violations

SCREENS: dict[str, ViewportSize] = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
SMALLEST: ViewportSize = {"width": 320, "height": 700}
LOCALES = {"en": "en-GB", "de": "de-DE"}


@dataclass
class Camera:
    """`only` is a part of the names that are wanted, or several whole ones with commas. `taken` are names in their
    order, `problems` sentences."""

    browser: Browser
    out: Path
    only: str = ""
    taken: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _faults: list[str] = field(default_factory=list)

    def wants(self, *names: str) -> bool:
        return any(self.only in name or name in self.only.split(",") for name in names)

    @asynccontextmanager
    async def page(self, language: str) -> AsyncIterator[Page]:
        """The page of somebody who has not been here before."""
        context = await self.browser.new_context(locale=LOCALES[language], viewport=SCREENS["desk"])
        context.set_default_timeout(20_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: self._faults.append(f"an error in a script: {error}"))
        page.on("console", self._said)
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        try:
            yield page
        finally:
            await context.close()

    async def take(self, page: Page, name: str, language: str, *, mail: bool = False) -> None:
        """Four pictures; what is wrong with the page goes to `problems`."""
        if not self.wants(name):
            return
        found: list[str] = []
        for screen, size in SCREENS.items():
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await self._show_all(page, size)
                await page.screenshot(path=self.out / f"{name}.{language}.{screen}.{scheme}.png")
                if not mail and (screen, scheme) in (("desk", "light"), ("phone", "dark")):
                    found += [f"{screen}, {scheme}: {each}" for each in await violations(page)]
        await page.set_viewport_size(SMALLEST)
        width = int(await page.evaluate("document.documentElement.scrollWidth"))
        if width > SMALLEST["width"]:
            found.append(f"it is {width} px wide on a screen of {SMALLEST['width']} px")
        await page.set_viewport_size(SCREENS["desk"])
        found += self._faults
        self._faults.clear()
        if name not in self.taken:
            self.taken.append(name)
        self.problems += [f"{name}, {language}: {each}" for each in found]
        print(f"{name}  {language}  {'  '.join(found) or 'good'}", flush=True)

    async def _show_all(self, page: Page, size: ViewportSize) -> None:
        """As high a window as the page needs, so that what sticks to its edges is where it belongs at the end."""
        await page.set_viewport_size(size)
        if await page.locator("dialog[open]").count() == 0:  # a dialogue covers the window only
            height = int(await page.evaluate("document.documentElement.scrollHeight"))
            await page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})

    def _said(self, message: ConsoleMessage) -> None:
        # A page that says no answers 4xx, which the browser tells the console as well: _answered looks at those.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._faults.append(f"an error in the console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            self._faults.append(f"{request.method} {request.url} failed: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= (500 if response.request.is_navigation_request() else 400):
            self._faults.append(f"{response.request.method} {response.url} answered {response.status}")
