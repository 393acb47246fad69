"""An administrator's day on the overview, in a real browser: find, invite, watch an import, choose, and end a sync."""

import uuid
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from dev.actors import Actors
from dev.axe import violations
from tests.journeys.browser import ZONE, Json, Studio, open_studio

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]
RIGHTS = ["manage_resources", "change_settings", "decide_conflicts", "uninstall"]
EVENTS = 40


async def test_an_administrator_invites_watches_the_import_chooses_and_disables(page: Page, actors: Actors) -> None:
    studio = await _busy_studio(actors)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    await page.goto(await _address(actors, studio.company))

    await _find(page)
    link = await _invite_by_keyboard(page, actors, studio)
    await _watch_the_import(page, actors, studio, link)
    await _choose(page, actors, studio)
    await _disable(page, studio)
    assert not faults
    # What the disabling began ends before the next test begins.
    await actors.quiet()


async def test_everybody_can_use_the_overview_on_every_screen(page: Page, actors: Actors) -> None:
    studio = await _busy_studio(actors)
    address = await _address(actors, studio.company)
    for scheme, width in (("light", 1280), ("dark", 320)):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(address)
        await page.locator("details.more summary").first.click()
        await page.locator("form.choices").wait_for()
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.locator("#invite-all").click()
    await expect(page.locator("dialog[open] h2")).to_have_text("Invite 3 resources?")
    assert await violations(page) == []


async def _find(page: Page) -> None:
    """By search, without losing the field; by status; and back with the back button."""
    await expect(page.locator(".row")).to_have_count(4)
    await page.locator("#q").press_sequentially("room")
    await expect(page.locator(".row")).to_have_count(1)
    await expect(page.locator("#q")).to_be_focused()
    await page.locator("#q").fill("")
    await expect(page.locator(".row")).to_have_count(4)
    await page.locator("#filter-not_invited").click()
    await expect(page.locator("#filter-not_invited")).to_have_attribute("aria-current", "true")
    await page.go_back()
    await expect(page.locator("#filter-all")).to_have_attribute("aria-current", "true")


async def _invite_by_keyboard(page: Page, actors: Actors, studio: Studio) -> str:
    button = page.locator(f"#act-{studio.resource}")
    await button.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator(f"#live-{studio.resource} .chip")).to_have_text("Awaiting Confirmation")
    await expect(page.locator(".notice")).to_be_visible()
    await expect(button).to_be_focused()

    async def arrived() -> list[Json]:
        return await actors.mails("invitation", studio.upn)

    mails = await actors.until(arrived, "the invitation")
    await actors.quiet()
    assert len(await arrived()) == 1, "pressed twice, it invites once"
    return str(mails[0]["link"])


async def _watch_the_import(page: Page, actors: Actors, studio: Studio, link: str) -> None:
    """The line follows by itself; what somebody does meanwhile is not disturbed."""
    slow, usual = {"latency_ms": 250}, {"latency_ms": 0}
    await actors.send("PUT", f"{actors.where.timify}/_sim/limits", slow)
    try:
        assert (await actors.connect(link, studio.upn, "Calendar"))["status"] == "importing"
        await page.reload()
        await page.locator(".pick input").first.check()
        await page.evaluate("window.notReloaded = true")
        await expect(page.locator(f"#live-{studio.resource} .chip")).to_contain_text("Importing")
        await expect(page.locator(f"#live-{studio.resource} progress")).to_be_visible()
    finally:
        await actors.send("PUT", f"{actors.where.timify}/_sim/limits", usual)
    await expect(page.locator(f"#live-{studio.resource} .chip").first).to_have_text("Synced", timeout=20_000)
    assert await page.evaluate("window.notReloaded")
    await expect(page.locator(".pick input").first).to_be_checked()
    await expect(page.locator("[id^=poll-][hx-trigger]")).to_have_count(0)


async def _choose(page: Page, actors: Actors, studio: Studio) -> None:
    await page.locator(f"details.more[data-from=name-{studio.resource}] summary").focus()
    await page.keyboard.press("Enter")
    await page.locator(f"#choices-{studio.resource} select[name=direction]").select_option("outlook_to_timify")
    await page.locator(f"#choices-{studio.resource} button", has_text="Save").click()
    await expect(page.locator(f"#live-{studio.resource}")).to_contain_text("Own settings")
    settings = await actors.api("GET", f"{studio.company}/resources/{studio.resource}/settings")
    assert settings["overrides"] == {"direction": "outlook_to_timify"}


async def _disable(page: Page, studio: Studio) -> None:
    opener = page.locator(f"#disable-{studio.resource}")
    await opener.click()
    dialog = page.locator("dialog[open]")
    await expect(dialog).to_contain_text(f"from TIMIFY: {EVENTS}")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opener).to_be_focused()
    await opener.click()
    await dialog.locator("input[value=keep]").check()
    await dialog.locator("button").click()
    await expect(page.locator(f"#live-{studio.resource} .chip").first).to_have_text("Disabled")
    await expect(dialog).to_have_count(0)


async def _busy_studio(actors: Actors) -> Studio:
    """The studio of the other journeys, with colleagues and a fuller calendar."""
    studio = await open_studio(actors)
    others = [
        {"id": uuid.uuid4().hex[:24], "name": name, "email": email}
        for name, email in (("Ada", "ada@studio.example"), ("Ben", "ben@studio.example"), ("Room", ""))
    ]
    company = {
        "name": "Studio",
        "timezone": "Europe/Berlin",
        "resources": [{"id": studio.resource, "name": "Mia", "email": studio.upn}, *others],
    }
    await actors.send("PUT", f"{actors.where.timify}/_sim/companies/{studio.company}", company)
    calendars = [{"name": "Calendar", "canEdit": True, "events": [_event(studio, number) for number in range(EVENTS)]}]
    mailbox = {"name": "Mia", "timeZone": ZONE, "kind": "exchange_online", "consent": "granted", "calendars": calendars}
    await actors.send("PUT", f"{actors.where.outlook}/_sim/mailboxes/{studio.upn}", mailbox)
    return studio


def _event(studio: Studio, number: int) -> Json:
    day = studio.monday + timedelta(days=number)
    times = {
        name: {"dateTime": f"{day}T{hour:02}:00:00", "timeZone": ZONE} for name, hour in (("start", 9), ("end", 10))
    }
    return {"subject": f"Meeting {number}", **times}


async def _address(actors: Actors, company: str) -> str:
    wish = {"name": "Ada", "language": "en", "rights": RIGHTS}
    return str((await actors.api("POST", f"{company}/console-sessions", wish))["url"])
