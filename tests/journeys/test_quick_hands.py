"""Administrators who are quicker than the page, leave it open, or leave it too soon."""

import pytest
from playwright.async_api import Dialog, Page, expect

from dev.actors import Actors
from tests.journeys.browser import open_console, open_studio

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

CHANGE_AND_ASK = """() => {
    document.querySelector("[name='outlook_to_timify.event_name'][type=checkbox]").click();
    document.getElementById("ask-preview").click();
}"""


async def test_a_preview_asked_for_right_after_a_change_is_not_lost(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    await actors.connect(await actors.invite(studio.company, studio.resource), studio.upn)
    await actors.quiet()
    await page.goto(f"{await open_console(actors, studio)}/settings")
    await page.evaluate(CHANGE_AND_ASK)
    await expect(page.locator("#preview .counts")).to_contain_text("linked as they are")


async def test_settings_that_are_not_saved_do_not_vanish_without_a_word(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.goto(f"{await open_console(actors, studio)}/settings")
    await page.get_by_role("switch", name="Title of the event").click()
    await expect(page.locator("#unsaved")).to_have_text("Not saved yet")
    await page.get_by_role("link", name="Overview").click(no_wait_after=True)
    await expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    assert asked == ["beforeunload"]
    await page.get_by_role("switch", name="Title of the event").click()
    await expect(page.locator("#unsaved")).to_have_text("")
    await page.get_by_role("link", name="Overview").click()
    await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


async def test_an_overview_that_is_left_open_follows(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    await page.goto(f"{await open_console(actors, studio)}/overview")
    await actors.connect(await actors.invite(studio.company, studio.resource), studio.upn)
    chip = page.locator(f"#live-{studio.resource} .chip").first
    await expect(chip).to_have_text("Synced", timeout=25_000)
