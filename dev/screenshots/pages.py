"""Which pages are taken, and how each is reached."""

import re
from collections.abc import Awaitable, Callable, Sequence
from html import unescape

from playwright.async_api import Page

from dev import gallery
from dev.screenshots.camera import Camera
from dev.screenshots.staging import Stage
from dev.screenshots.studio import WALKERS, Json, Studio

type Act = Callable[[Page], Awaitable[object]]

_WHILE_IMPORTING = ("overview", "overview-filtered", "overview-chosen-and-open", "resource-importing")
_OBSTACLES = ("Declined", "Approval", "On premises", "Unlicensed")
_REASONS = ("blocked_by_policy", "calendar_read_only", "calendar_gone", "plan_not_eligible", "sign_in_expired")
"""What people cannot be led into here: the page takes its reason from the address."""
_LEAVING = ("leave", "leave-ended", "leave-again")


async def take_all(camera: Camera, stage: Stage, languages: Sequence[str]) -> None:
    """Every page in every language; the overview while somebody's import goes on."""
    for language in languages:
        await _mails(camera, language)
        await _journey(camera, stage, language)
        await _obstacles(camera, stage, language)
    if camera.wants(*_WHILE_IMPORTING):
        await stage.import_slowly()
        for language in languages:
            await _console(camera, stage, language, _WHILE_IMPORTING)
        await stage.actors.calm()
    for language in languages:
        await _console(camera, stage, language)


async def _journey(camera: Camera, stage: Stage, language: str) -> None:
    """From the invitation to the connected calendar, and out again by the link in the mail."""
    names = [f"connect-{part}" for part in ("1-invitation", "2-calendars", "3-foreseen", "4-importing", "5-connected")]
    if not camera.wants(*names, *_LEAVING):
        return
    person, actors = stage.invited.person(WALKERS[language]), stage.actors
    async with camera.page(language) as page:
        await page.goto(stage.links[person.name])
        await camera.take(page, names[0], language)
        await page.click("#sign-in")
        await page.click(f'a.mailbox[data-upn="{person.address}"]')
        await page.locator("#choose-calendar").wait_for()
        await camera.take(page, names[1], language)
        await page.click("button[name=preview]")
        await page.locator("#preview li").first.wait_for()
        await camera.take(page, names[2], language)
        await actors.faulty(
            actors.where.timify, actor="app", method="POST", path="/appointments", delay_ms=2000, times=6
        )
        await page.locator("#choose-calendar button[type=submit]:not([name=preview])").click()
        await page.locator("#outcome").wait_for()
        await camera.take(page, names[3], language)
        await actors.calm()
        await page.goto(page.url.partition("?")[0])
        await page.locator("#outcome").wait_for()
        await camera.take(page, names[4], language)
        await _leave(camera, page, await actors.mails("connected", person.address), language)
    if camera.wants("connect-no-used"):
        async with camera.page(language) as page:
            await page.goto(stage.links[person.name])
            await camera.take(page, "connect-no-used", language)


async def _leave(camera: Camera, page: Page, mails: Sequence[Json], language: str) -> None:
    """Out again by the link in the mail, asked once more, and gone."""
    leave = re.search(r"https?://\S+/leave/[^\s\"<>]+", unescape(mails[0]["text"]))
    assert leave, "a link to end the sync"
    for name in _LEAVING:
        await page.goto(leave[0])
        if name == "leave-ended":
            await page.click("#leave button")
            await page.locator("#outcome").wait_for()
        await camera.take(page, name, language)


async def _obstacles(camera: Camera, stage: Stage, language: str) -> None:
    """What stops people on their way."""
    for who in _OBSTACLES:
        name = f"connect-no-{who.lower().replace(' ', '-')}"
        if camera.wants(name):
            async with camera.page(language) as page:
                await page.goto(stage.links[who])
                await page.click("#sign-in")
                await page.click(f'a.mailbox[data-upn="{stage.invited.person(who).address}"]')
                await page.locator("#outcome").wait_for()
                await camera.take(page, name, language)
    where = stage.actors.where.functions
    links = {
        "replaced": stage.links["Replaced"],
        "revoked": stage.links["Revoked"],
        "unknown": f"{where}/connect/nothing-known-by-this-name",
        "approved": f"{where}/connect/callback?admin_consent=True",
        "approval-refused": f"{where}/connect/callback?error=access_denied",
        **{each.replace("_", "-"): f"{stage.links['Declined']}/stopped?reason={each}" for each in _REASONS},
    }
    for name, link in links.items():
        await _one(camera, f"connect-no-{name}", language, link)
    await _one(camera, "privacy", language, f"{where}/privacy")


async def _console(camera: Camera, stage: Stage, language: str, now: Sequence[str] = ()) -> None:
    """The administrator's pages: those of `now`, or all others."""
    full, empty, undecided = [
        await stage.console(company, language) for company in (stage.studio, stage.empty, stage.undecided)
    ]
    anna, jonas = (_id(stage.studio, name) for name in ("Anna", "Jonas"))
    conflict, group = await _conflict(stage, "overlap"), await _conflict(stage, "group_booking_edit")
    pages: dict[str, tuple[str, Act | None]] = {
        "overview": (f"{full}/overview", None),
        "overview-filtered": (f"{full}/overview?status=connected", None),
        "overview-nothing-found": (f"{full}/overview?q=nobody", None),
        "overview-chosen-and-open": (f"{full}/overview", lambda page: _open_panel(page, anna)),
        "overview-invite-all": (f"{full}/overview", lambda page: _open_dialog(page, "#invite-all")),
        "invite-all-page": (f"{full}/invitations/all", None),
        "overview-empty": (f"{empty}/overview", None),
        "resource": (f"{full}/resources/{anna}", None),
        "resource-paused": (f"{full}/resources/{_id(stage.studio, 'Lukas')}", None),
        "resource-importing": (f"{full}/resources/{jonas}", None),
        "disable-question": (f"{full}/resources/{anna}", lambda page: _open_dialog(page, f"#disable-{anna}")),
        "disable-page": (f"{full}/resources/{anna}/disable", None),
        "log": (f"{full}/resources/{anna}/log", None),
        "conflicts": (f"{full}/conflicts", None),
        "conflicts-empty": (f"{empty}/conflicts", None),
        "conflict-overlap": (f"{full}/conflicts/{conflict}", None),
        "conflict-group-booking": (f"{full}/conflicts/{group}", None),
        "settings": (f"{full}/settings", None),
        "settings-unsaved": (f"{full}/settings", _change),
        "settings-foreseen": (f"{empty}/settings", _foresee),
        "settings-policy": (f"{undecided}/settings", None),
        "uninstall": (f"{full}/uninstall", None),
        "help": (f"{full}/help", None),
        "session-ended": (f"{stage.actors.where.functions}/console/over/overview", None),
    }
    for name, (address, act) in pages.items():
        if name in now if now else name not in _WHILE_IMPORTING:
            await _one(camera, name, language, address, act)
    if not now and camera.wants("conflict-of-the-resource"):
        async with camera.page(language) as page:
            await page.goto(f"{full}/conflicts/{conflict}")
            await page.goto(await page.locator("#send-link").input_value())
            await camera.take(page, "conflict-of-the-resource", language)


async def _mails(camera: Camera, language: str) -> None:
    folder = camera.out / "mails"
    if camera.wants(*(f"mail-{name}" for name, _ in gallery.samples())):
        gallery.write(folder)
    for name, _ in gallery.samples():
        await _one(camera, f"mail-{name}", language, (folder / f"{name}.{language}.html").as_uri(), mail=True)


async def _one(
    camera: Camera, name: str, language: str, address: str, act: Act | None = None, *, mail: bool = False
) -> None:
    if not camera.wants(name):
        return
    async with camera.page(language) as page:
        await page.goto(address)
        if act:
            await act(page)
        await camera.take(page, name, language, mail=mail)


async def _open_panel(page: Page, resource: str) -> None:
    await page.locator(".pick input").first.check()
    await page.locator(f"details.more[data-from=name-{resource}] summary").click()
    await page.locator(f"#choices-{resource}").wait_for()


async def _open_dialog(page: Page, opener: str) -> None:
    await page.click(opener)
    await page.locator("dialog[open]").wait_for()


async def _change(page: Page) -> None:
    await page.locator('input[type=checkbox][name="outlook_to_timify.event_name"]').click()
    await page.locator("#unsaved:not(:empty)").wait_for()


async def _foresee(page: Page) -> None:
    await page.click("#ask-preview")
    await page.locator("#preview > *").first.wait_for()


def _id(studio: Studio, name: str) -> str:
    return studio.person(name).id


async def _conflict(stage: Stage, kind: str) -> str:
    """The first of Anna's."""
    wish = {"kind": kind, "resource_id": _id(stage.studio, "Anna")}
    found = await stage.actors.items(f"{stage.studio.id}/conflicts", **wish)
    return str(min(found, key=lambda one: one["outlook"]["start"])["id"])
