"""The whole way in a real browser: from "Invite" over Microsoft's sign-in to both calendars side by side."""

import pytest
from playwright.async_api import Page

from dev.actors import Actors
from tests.journeys.browser import SideBySide, Studio, open_studio

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_a_person_connects_and_then_sees_every_change_arrive(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    assert (await actors.resource(studio.company, studio.resource))["label"] == "Invite"
    link = await actors.invite(studio.company, studio.resource)
    assert (await actors.resource(studio.company, studio.resource))["label"] == "Awaiting Confirmation"

    await page.goto(link)
    await page.click("#sign-in")
    await page.click(f'a.mailbox[data-upn="{studio.upn}"]')
    await page.click("text=See what would happen")
    assert "2 entries are copied" in await page.inner_text("#preview")
    assert (await actors.resource(studio.company, studio.resource))["label"] == "Awaiting Confirmation"
    await page.locator("#choose-calendar button[type=submit]").click()
    assert await _outcome(page) == ("importing", "")
    await _until_label(actors, studio, "Synced")

    both = SideBySide(page)
    await both.open(actors, studio)
    await both.shows("timify", "Framing", "09:00–10:00")
    await _edit_in_outlook(both)
    await _edit_in_timify(both)
    assert await _of_outlook(actors, studio) == ["Framing", "Portrait"]
    assert await _of_timify(actors, studio) == ["Framing", "Portrait"]


async def test_who_presses_cancel_at_microsoft_reads_why_and_can_try_again(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    link = await actors.invite(studio.company, studio.resource)
    await page.goto(link)
    await page.click("#sign-in")
    await page.click("#cancel")
    assert await _outcome(page) == ("failed", "consent_declined")
    assert (await actors.resource(studio.company, studio.resource))["reason"] == "consent_declined"

    await page.click("#try-again")
    await page.click("#sign-in")
    await _choose_mailbox_and_calendar(page, studio)
    assert await _outcome(page) == ("importing", "")


async def test_the_side_by_side_page_leads_to_the_connect_pages(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    await SideBySide(page).open(actors, studio)
    await page.click('#actions button:text-is("Invite")')
    async with page.context.expect_page() as opened:
        await page.click("#connect")
    await (await opened.value).locator("#sign-in").wait_for()
    await page.locator("#resources .badge.awaiting_confirmation").wait_for()


async def test_what_a_calendar_refuses_is_said_in_words(page: Page, actors: Actors) -> None:
    studio = await open_studio(actors)
    await SideBySide(page).open(actors, studio)
    refusal = {"method": "POST", "path": "/events", "status": 403, "body": {"error": {"message": "Not today."}}}
    await actors.send("POST", f"{actors.where.outlook}/_sim/faults", refusal)
    await SideBySide(page).draw("outlook", 4, 9, 10)
    await SideBySide(page).write("Refused")
    await page.locator("#toasts >> text=Outlook: Not today.").wait_for()


async def _choose_mailbox_and_calendar(page: Page, studio: Studio) -> None:
    await page.click(f'a.mailbox[data-upn="{studio.upn}"]')
    form = page.locator("#choose-calendar")
    await form.locator("label", has_text="Calendar").locator("input[name=calendar_id]").check()
    await form.locator("button[type=submit]").click()


async def _outcome(page: Page) -> tuple[str | None, str | None]:
    outcome = page.locator("#outcome")
    return await outcome.get_attribute("data-status"), await outcome.get_attribute("data-reason")


async def _until_label(actors: Actors, studio: Studio, label: str) -> None:
    async def labelled() -> bool:
        return bool((await actors.resource(studio.company, studio.resource))["label"] == label)

    await actors.until(labelled, label)


async def _edit_in_outlook(both: SideBySide) -> None:
    """Draw an event, lengthen it, give it another name, delete it; each change arrives in TIMIFY."""
    await both.draw("outlook", 3, 10, 11)
    await both.write("Delivery")
    await both.shows("timify", "Delivery", "10:00–11:00")
    await both.lengthen("outlook", "Delivery", 0.5)
    await both.shows("timify", "Delivery", "10:00–11:30")
    await both.retitle("outlook", "Delivery", "Late delivery")
    await both.shows("timify", "Late delivery", "10:00–11:30")
    await both.retitle_by_mouse("outlook", "Late delivery", "Last delivery")
    await both.shows("timify", "Last delivery", "10:00–11:30")
    await both.delete("outlook", "Last delivery")
    await both.is_gone("timify", "Last delivery")


async def _edit_in_timify(both: SideBySide) -> None:
    """Drag a booking to another day and hour; its copy follows in Outlook, and so does the booking when that moves."""
    start = int((await both.entry("outlook", "Portrait").get_attribute("aria-label") or "").split(", ")[1][:2])
    await both.move("timify", "Portrait", days=2, hours=1)
    await both.shows("outlook", "Portrait", f"{start + 1:02}:00–{start + 2:02}:00")
    await both.move("outlook", "Portrait", days=-1, hours=-2)
    await both.shows("timify", "Portrait", f"{start - 1:02}:00–{start:02}:00")


async def _of_outlook(actors: Actors, studio: Studio) -> list[str]:
    await actors.quiet()
    return sorted(
        each["subject"] for each in await actors.events(studio.upn, studio.at(0, "00:00"), studio.at(7, "00:00"))
    )


async def _of_timify(actors: Actors, studio: Studio) -> list[str]:
    found = await actors.appointments(studio.company, studio.at(0, "00:00")[:10], studio.at(7, "00:00")[:10])
    return sorted(each["title"] for each in found)
