"""The whole walk of a company in a real browser: from the installation, through a conflict, to the end of a sync."""

import re

import pytest
from playwright.async_api import Page, expect

from dev.actors import Actors
from tests.journeys.browser import ZONE, Json, Studio, open_console, open_page, open_studio

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_a_company_walks_the_whole_way_in_the_browser(page: Page, actors: Actors) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    studio = await open_studio(actors, policy=False)
    base = await open_console(actors, studio)
    await _settle_the_settings(page, actors, studio, base)
    await _invite(page, studio)
    assert page.context.browser
    async with open_page(page.context.browser) as own:
        own.on("pageerror", lambda error: faults.append(str(error)))
        await _connect(own, studio, (await _mail(actors, studio, "invitation"))["link"])
    await page.evaluate("htmx.trigger(document.body, 'seen')")  # whoever comes back looks at once
    await expect(page.locator(f"#live-{studio.resource} .chip").first).to_have_text("Synced", timeout=20_000)
    await _edits_arrive(actors, studio)
    await _a_conflict_comes_and_goes(page, actors, studio)
    await _disable(page, actors, studio, base)
    assert not faults


async def _settle_the_settings(page: Page, actors: Actors, studio: Studio, base: str) -> None:
    """The policy comes first, wherever one wants to go; then a setting is changed."""
    await page.goto(f"{base}/overview")
    await page.click("#accept-policy")
    await page.get_by_role("switch", name="Title of the event").click()
    await expect(page.locator("#unsaved")).to_have_text("Not saved yet")  # the example has moved the button by then
    await page.click("#save")
    await expect(page.locator(".notice.good")).to_contain_text("Saved.")
    assert (await actors.api("GET", studio.company))["privacy_policy"]["accepted_by"] == "Ada"


async def _invite(page: Page, studio: Studio) -> None:
    await page.get_by_role("link", name="Overview").click()
    await page.click(f"#act-{studio.resource}")
    await expect(page.locator(f"#live-{studio.resource} .chip")).to_have_text("Awaiting Confirmation")


async def _mail(actors: Actors, studio: Studio, kind: str) -> Json:
    """The one mail of this kind that the resource has got."""

    async def arrived() -> list[Json]:
        return await actors.mails(kind, studio.upn)

    [mail] = await actors.until(arrived, f"the mail {kind}")
    found: Json = mail
    return found


async def _connect(own: Page, studio: Studio, link: str) -> None:
    """As the resource does it, in a browser of its own."""
    await own.goto(link)
    await own.click("#sign-in")
    await own.click(f'a.mailbox[data-upn="{studio.upn}"]')
    await own.locator("#choose-calendar label", has_text="Calendar").locator("input[name=calendar_id]").check()
    await own.locator("#choose-calendar button[type=submit]:not([name=preview])").click()
    await expect(own.locator("#outcome")).to_have_attribute("data-status", re.compile("importing|connected"))


async def _edits_arrive(actors: Actors, studio: Studio) -> None:
    """An event moved in Outlook moves its copy in TIMIFY, and the other way round; titles stay where they belong."""
    await actors.quiet()
    event = await _of_outlook(actors, studio, "Framing")
    await actors.outlook(studio.upn, "PATCH", f"/events/{event['id']}", _at(studio, 3, "10:00", "11:00"))
    booking = next(b for b in await _of_timify(actors, studio) if b["title"] == "Portrait")
    changes = {"datetime": f"{studio.at(4, '12:00')[:10]} 12:00"}
    await actors.timify(studio.company, "PATCH", f"/appointments/{booking['id']}", changes)
    await actors.quiet()
    assert (await _of_outlook(actors, studio, "Portrait"))["start"]["dateTime"][:10] == studio.at(4, "12:00")[:10]
    copies = [b for b in await _of_timify(actors, studio) if b["id"] != booking["id"]]
    assert [copy["startDate"][:10] for copy in copies] == [studio.at(3, "10:00")[:10]]
    assert copies[0]["title"] != "Framing", "the setting that was changed holds"


async def _a_conflict_comes_and_goes(page: Page, actors: Actors, studio: Studio) -> None:
    """It appears on its tab; when its cause is taken away, it is gone without anybody touching the page."""
    await page.get_by_role("link", name="Sync Conflicts").click()
    await expect(page.locator("#no-conflicts")).to_be_visible()
    booking = next(b for b in await _of_timify(actors, studio) if b["title"] == "Portrait")
    start = booking["startDate"][11:16]
    clash = {"subject": "Doctor", **_at(studio, 4, start, f"{int(start[:2]) + 1:02}:00", zone="UTC")}
    event = await actors.outlook(studio.upn, "POST", "/events", clash)
    await actors.quiet()
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(page.get_by_role("link", name="Two things at the same time")).to_be_visible()
    await actors.outlook(studio.upn, "DELETE", f"/events/{event['id']}")
    await actors.quiet()
    await expect(page.locator("#no-conflicts")).to_be_visible(timeout=20_000)


async def _disable(page: Page, actors: Actors, studio: Studio, base: str) -> None:
    await page.goto(f"{base}/overview")
    await page.locator(f"details.more[data-from=name-{studio.resource}] summary").click()
    await page.click(f"#disable-{studio.resource}")
    await page.locator("dialog[open] button.danger").click()
    await expect(page.locator(f"#live-{studio.resource} .chip").first).to_have_text("Disabled")
    await actors.quiet()
    assert (await actors.resource(studio.company, studio.resource))["status"] == "disabled"
    assert (await _mail(actors, studio, "disabled"))["to"] == studio.upn
    assert [b["title"] for b in await _of_timify(actors, studio)] == ["Portrait"], "future copies went"


async def _of_outlook(actors: Actors, studio: Studio, title: str) -> Json:
    found = await actors.events(studio.upn, studio.at(0, "00:00"), studio.at(7, "00:00"))
    return next(event for event in found if event["subject"].startswith(title))


async def _of_timify(actors: Actors, studio: Studio) -> list[Json]:
    return await actors.appointments(studio.company, studio.at(0, "00:00")[:10], studio.at(7, "00:00")[:10])


def _at(studio: Studio, day: int, start: str, end: str, zone: str = ZONE) -> Json:
    return {name: {"dateTime": studio.at(day, at), "timeZone": zone} for name, at in (("start", start), ("end", end))}
