"""The connect journey as a person walks it: by keyboard, on a narrow phone, without a rule of accessibility broken."""

from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import ConsoleMessage, Page

from dev.actors import Actors
from dev.axe import violations
from dev.stack import Stack
from shared.identity.leaving import leave_token
from shared.identity.signing import Signer
from tests.journeys.browser import Studio, open_studio

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

NARROW = {"width": 320, "height": 700}


@pytest_asyncio.fixture(loop_scope="session")
async def page(page: Page) -> Page:
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # playwright wants its own type of dictionary
    return page


async def test_from_the_invitation_to_calendars_in_step_and_out_again(page: Page, actors: Actors, stack: Stack) -> None:
    """By keyboard alone, at 320 pixels; every page on the way is clean."""
    studio = await open_studio(actors)
    trouble = _listen(page, actors.where.functions)
    await page.goto(await actors.invite(studio.company, studio.resource))
    await _clean(page)
    await _press(page, "#sign-in")
    await page.locator(f'a.mailbox[data-upn="{studio.upn}"][aria-current]').wait_for()  # suggested by Microsoft
    await _press(page, f'a.mailbox[data-upn="{studio.upn}"]')
    await page.locator("#choose-calendar").wait_for()
    await _clean(page)

    await _press(page, 'button[name="preview"]')
    await page.locator("#preview").wait_for()
    assert not await page.locator("button[name=preview]").is_visible()  # it has just been answered
    await _clean(page)
    await _press(page, "#choose-calendar button[type=submit]")
    await page.locator('#outcome[data-status="importing"]').wait_for()
    assert "/connect/progress/" in page.url
    await _clean(page)
    await page.locator('#outcome[data-status="connected"]').wait_for()  # by itself, without a reload
    assert "2 appointments were compared" in await page.inner_text("#counts")
    assert await page.inner_text("#announcement") == "Your calendars are in step"
    await _clean(page)
    await page.reload()
    assert await page.get_attribute("#outcome", "data-status") == "connected"
    await page.go_back()
    await page.locator('#outcome[data-status="connected"]').wait_for()

    await page.goto(await _link_to_leave(actors, stack, studio))
    await _clean(page)
    await _press(page, "#leave button")
    await page.locator('#outcome[data-status="ended"]').wait_for()
    await _clean(page)
    await page.go_back()
    await page.locator('#outcome[data-status="ended"]').wait_for()
    assert await page.locator("#leave").count() == 0
    assert (await actors.resource(studio.company, studio.resource))["status"] == "disabled"
    assert trouble == []


async def test_the_privacy_policy_is_read_by_everybody_in_both_languages_by_day_and_by_night(
    page: Page, actors: Actors
) -> None:
    trouble = _listen(page, actors.where.functions)
    for language, colours in (("en", "light"), ("de", "dark")):
        await page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]  # playwright wants literals
        await page.goto(f"{actors.where.functions}/connect/unknown?lang={language}")
        trouble.clear()  # a browser complains of the page's own 404
        await _press(page, "#privacy")
        await page.locator("#rights").wait_for()
        assert await page.get_attribute("html", "lang") == language
        await _clean(page)
    assert trouble == []


async def test_two_clicks_on_connect_are_one(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    await page.goto(await actors.invite(studio.company, studio.resource))
    await page.click("#sign-in")
    await page.click(f'a.mailbox[data-upn="{studio.upn}"]')
    await page.dblclick("#choose-calendar button[type=submit]")
    await page.locator("#outcome[data-status=importing], #outcome[data-status=connected]").wait_for()
    await actors.quiet()
    log = await actors.items(f"{studio.company}/resources/{studio.resource}/log")
    assert [line["rule"] for line in log].count("connected") == 1


async def test_who_needs_an_administrator_gets_a_message_to_send(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors, consent="admin_required")
    trouble = _listen(page, actors.where.functions)
    await page.goto(await actors.invite(studio.company, studio.resource))
    await page.click("#sign-in")
    await page.click(f'a.mailbox[data-upn="{studio.upn}"]')
    await page.locator('#outcome[data-reason="admin_approval_required"]').wait_for()
    await _clean(page)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await _press(page, "[data-copy]")
    await page.locator("#copied:text('Copied')").wait_for()
    consent = str(await page.get_attribute("#admin-consent", "href"))
    assert consent in await page.evaluate("navigator.clipboard.readText()")
    assert "mailto:?subject=" in str(await page.get_attribute("#mail-administrator", "href"))

    await page.click("a:text('Deutsch')")
    assert "Ihre Organisation muss diese App erst genehmigen" in await page.inner_text("h1")
    await page.click("#admin-consent")
    await page.click("#accept")
    await page.locator('#outcome[data-status="approved"]').wait_for()
    await _clean(page)
    assert trouble == []


async def _press(page: Page, element: str) -> None:
    """Reach an element by the Tab key and press Enter there."""
    wanted = page.locator(element)
    await wanted.wait_for()
    for _ in range(25):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"{element} cannot be reached by the keyboard")


async def _clean(page: Page) -> None:
    assert await violations(page) == []
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, f"{page.url} is {wide} pixels too wide"


def _listen(page: Page, ours: str) -> list[str]:
    """What the browser complains about on pages of ours: a policy that was broken, a file that is missing."""
    trouble: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and str(message.location["url"]).startswith(ours):
            trouble.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    return trouble


async def _link_to_leave(actors: Actors, stack: Stack, studio: Studio) -> str:
    line: dict[str, Any] = await actors.resource(studio.company, studio.resource)
    connected = datetime.fromisoformat(line["connected_at"])
    signer = Signer((stack.settings["SIGNING_KEYS"],))
    token = leave_token(signer, studio.company, studio.resource, connected, datetime.now(UTC))
    return f"{actors.where.functions}/leave/{token}"
