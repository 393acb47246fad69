"""An administrator in a real browser: settings with their example, a conflict from the list to its cure, the help."""

import pytest
from playwright.async_api import Page, expect

from dev.actors import Actors
from dev.axe import violations
from tests.journeys.browser import ZONE, Studio, open_studio

SMALLEST = 320

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_settings_are_seen_before_they_are_saved(page: Page, actors: Actors) -> None:
    studio = await _connected(actors)
    base = await _enter(actors, studio)
    await page.goto(f"{base}/settings")
    example = page.locator("#example-outlook_to_timify")
    await expect(example.locator(".to b", has_text="Quarterly review")).to_be_visible()

    await page.get_by_role("switch", name="Title of the event").focus()
    await page.keyboard.press("Space")
    await expect(example.locator(".to b", has_text="Quarterly review")).to_have_count(0)
    await expect(page.locator("#unsaved")).to_have_text("Not saved yet")
    assert (await actors.api("GET", f"{studio.company}/settings"))["outlook_to_timify"]["event_name"] == "on"

    await page.click("#ask-preview")
    await expect(page.locator("#preview .counts")).to_contain_text("linked as they are")
    await expect(page.locator("#ask-preview")).to_have_text("Count again", use_inner_text=True)
    await page.get_by_role("switch", name="Name of the customer").press("Space")  # what was counted holds no longer
    await expect(page.locator("#preview")).to_be_empty()
    await expect(page.locator("#ask-preview")).to_have_text("What would change?", use_inner_text=True)
    await page.dblclick("#save")
    await expect(page.locator(".notice.good")).to_contain_text("Saved.")
    await expect(page.locator("#unsaved")).to_have_text("")
    assert (await actors.api("GET", f"{studio.company}/settings"))["outlook_to_timify"]["event_name"] == "off"

    await _fits_everybody(page)
    await page.goto(f"{base}/uninstall")
    await _fits_everybody(page)


async def test_a_conflict_is_found_decided_and_gone(page: Page, actors: Actors) -> None:
    studio = await _connected(actors)
    await _double_book(actors, studio)
    await page.goto(f"{await _enter(actors, studio)}/conflicts")
    await _fits_everybody(page)

    await page.get_by_role("link", name="Two things at the same time").click()
    await expect(page.locator("svg.day .band")).to_be_attached()
    await _fits_everybody(page)
    link = await page.locator("#send-link").input_value()
    await page.get_by_role("radio", name="Keep TIMIFY's").check()
    await page.dblclick("#decide")
    await expect(page.locator(".unsure")).to_contain_text("will be deleted")
    await _fits_everybody(page)
    await page.get_by_role("button", name="Delete the event").click()
    await expect(page.get_by_role("heading", name="This conflict is settled")).to_be_visible(timeout=20_000)

    await page.goto(link)
    await expect(page.locator("#settled")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", name="This conflict is settled")).to_be_visible()
    await page.get_by_role("link", name="All conflicts").first.click()
    await expect(page.locator("#no-conflicts")).to_be_visible()
    await _fits_everybody(page)


async def test_the_list_and_the_link_of_the_resource_follow_what_people_do(page: Page, actors: Actors) -> None:
    studio = await _connected(actors)
    event = await _double_book(actors, studio)
    base = await _enter(actors, studio)
    await page.goto(f"{base}/conflicts")
    await page.get_by_role("link", name="Two things at the same time").click()
    link = await page.locator("#send-link").input_value()
    await page.goto(link)
    await expect(page.get_by_role("heading", name="Two things at the same time")).to_be_visible()
    await _fits_everybody(page)

    await page.goto(f"{base}/conflicts")
    await expect(page.locator(".conflicts li")).to_have_count(1)
    await actors.outlook(studio.upn, "DELETE", f"/events/{event}")
    await actors.quiet()
    await page.evaluate("window.dispatchEvent(new Event('focus'))")  # whoever comes back looks at once
    await expect(page.locator("#no-conflicts")).to_be_visible()


async def test_the_help_answers_where_the_question_arises(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    await page.goto(f"{await _enter(actors, studio, language='de')}/settings")
    await page.get_by_role("link", name="Hilfe: Private Termine").click()
    await expect(page.locator("#setting-outlook_to_timify\\.private_events")).to_be_in_viewport()
    await _fits_everybody(page)


async def _connected(actors: Actors) -> Studio:
    studio = await open_studio(actors)
    await actors.connect(await actors.invite(studio.company, studio.resource), studio.upn)
    await actors.quiet()
    return studio


async def _enter(actors: Actors, studio: Studio, language: str = "en") -> str:
    wish = {"name": "Ada", "language": language}
    url: str = (await actors.api("POST", f"{studio.company}/console-sessions", wish))["url"]
    return url.rpartition("/")[0]


async def _double_book(actors: Actors, studio: Studio) -> str:
    """An event where the studio's booking is."""
    event = {
        "subject": "Doctor",
        "start": {"dateTime": studio.at(1, "12:30"), "timeZone": ZONE},
        "end": {"dateTime": studio.at(1, "13:30"), "timeZone": ZONE},
    }
    made = await actors.outlook(studio.upn, "POST", "/events", event)
    await actors.quiet()
    return str(made["id"])


async def _fits_everybody(page: Page) -> None:
    """Nothing that keeps people out, by day and by night; no scrolling sideways on the smallest phone."""
    before = page.viewport_size
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert await violations(page) == []
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": SMALLEST, "height": 700})
    assert await page.evaluate("document.documentElement.scrollWidth") <= SMALLEST
    assert await violations(page) == []
    if before:
        await page.set_viewport_size(before)
