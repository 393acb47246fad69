"""What a person sees after Connect: the import getting on, its end, or what stopped it."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from shared.domain.accounts import Progress, RoundState, Status
from shared.domain.failures import Reason
from shared.sync.disable import disable
from shared.sync.invite import invite
from tests.fakes.identity import FakeServices, signed_in
from tests.functions.page import Page
from tests.functions.test_connect_pages import Browser, form_of, outcome

PART = {"hx-request": "true"}


@pytest.fixture
async def browser() -> Browser:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    return Browser(services)


async def read(services: FakeServices, state: RoundState) -> None:
    """What the worker has read so far."""
    ledger = await services.store.open("c1", "r1", services.now())
    assert ledger
    await ledger.close(state)


async def now(services: FakeServices, status: Status, reason: Reason | None = None) -> None:
    connection = await services.connection()
    await services.store.save_connection(replace(connection, status=status, reason=reason))


def address(page: Page) -> str:
    return str(page.by_id["outcome"]["hx-get"])


def steps(page: Page) -> list[str]:
    return re.findall(r'<li class="(past|now|ahead)"', page.html)


async def test_the_import_tells_how_far_it_is_and_how_long_it_will_take(browser: Browser) -> None:
    page, services = await browser.connect(), browser.services
    started = services.now()
    services.now.pass_by(timedelta(minutes=2))
    await read(services, RoundState(progress=Progress(total=1200, done=400, started_at=started)))
    part = await browser.get(address(page), **PART)
    assert outcome(part) == ("importing", "")
    assert part.by_id["progress"]["value"] == "33"
    assert "400 of about 1,200 appointments" in part.html
    assert "about 4 minutes left" in part.html
    assert "<html" not in part.html
    assert part.by_id["outcome"]["hx-trigger"] == "every 2s"


async def test_an_import_under_way_is_not_shown_as_done(browser: Browser) -> None:
    page, services = await browser.connect(), browser.services
    assert steps(page) == ["past", "past", "past", "now"]
    await now(services, Status.CONNECTED)
    part = await browser.get(address(page), **PART)
    assert steps(part) == ["past", "past", "past", "past"]
    assert part.by_id["steps"]["hx-swap-oob"] == "true"
    await now(services, Status.PAUSED, Reason.MANY_DELETIONS)
    part = await browser.get(address(page), **PART)
    assert steps(part) == []
    assert part.by_id["steps"]["hx-swap-oob"] == "delete"


async def test_a_finished_import_says_so_with_its_counts_and_asks_no_more(browser: Browser) -> None:
    page, services = await browser.connect(), browser.services
    await read(services, RoundState(checked_items=412, open_conflicts=3))
    await now(services, Status.CONNECTED)
    part = await browser.get(address(page), **PART)
    assert outcome(part) == ("connected", "")
    assert "412 appointments were compared." in part.html
    assert "3 conflicts need a decision" in part.html
    assert "hx-trigger" not in part.by_id["outcome"]
    assert "Your calendars are in step" in part.html[part.html.index('id="announcement"') :]


async def test_the_page_right_after_connect_says_that_it_has_begun_however_quick_it_was(browser: Browser) -> None:
    page = await browser.sign_in()
    form = form_of(page) | {"calendar_id": "cal-main"}
    await browser.post(str(page.by_id["choose-calendar"]["action"]), form)
    await now(browser.services, Status.CONNECTED)
    page = await browser.follow()
    assert outcome(page) == ("importing", "")
    part = await browser.get(address(page), **PART)
    assert outcome(part) == ("connected", "")
    assert browser.last.headers["hx-replace-url"] == address(page)  # what a reload asks for is the truth
    assert outcome(await browser.get(address(page))) == ("connected", "")


STOPS = [
    (Status.RECONNECT_NEEDED, Reason.ACCESS_REVOKED),
    (Status.PAUSED, Reason.PLAN_NOT_ELIGIBLE),
    (Status.PAUSED, Reason.MANY_DELETIONS),
    (Status.DISABLED, Reason.TAKEN_OVER),
]


@pytest.mark.parametrize(("status", "reason"), STOPS)
async def test_an_import_that_stopped_says_why(browser: Browser, status: Status, reason: Reason) -> None:
    page = await browser.connect()
    await now(browser.services, status, reason)
    part = await browser.get(address(page), **PART)
    assert outcome(part) == ("failed", str(reason))
    assert "What you can do" in part.html
    assert "hx-trigger" not in part.by_id["outcome"]


async def test_an_import_that_an_administrator_ended_says_that_it_was_ended(browser: Browser) -> None:
    page = await browser.connect()
    await disable(browser.services, "c1", "r1")
    assert "The sync was ended" in (await browser.get(address(page))).html


async def test_a_system_that_wants_a_break_is_no_failure(browser: Browser) -> None:
    page, services = await browser.connect(), browser.services
    closed = services.now() + timedelta(seconds=30)
    await read(services, RoundState(progress=Progress(total=9, done=3), closed_until=closed))
    assert "waiting" in (await browser.get(address(page), **PART)).by_id


async def test_the_progress_needs_no_cookie_but_a_key_of_ours(browser: Browser) -> None:
    page = await browser.connect()
    elsewhere = Browser(browser.services)
    assert outcome(await elsewhere.get(address(page))) == ("importing", "")
    for forged in (address(page)[:-3] + "xyz", "/connect/progress/r2", "/connect/progress/"):
        assert outcome(await elsewhere.get(forged)) == ("failed", "link_unknown")
    browser.services.now.pass_by(timedelta(days=2))
    assert outcome(await elsewhere.get(address(page))) == ("failed", "link_unknown")


async def test_the_key_of_the_progress_opens_nothing_else(browser: Browser) -> None:
    page = await browser.connect()
    key = address(page).rpartition("/")[2]
    for step in ("", "/sign-in", "/calendars"):
        assert outcome(await browser.get(f"/connect/{key}{step}")) == ("failed", "link_unknown")


async def test_nobody_sees_the_import_of_another_resource(browser: Browser) -> None:
    page, services = await browser.connect(), browser.services
    await invite(services, "c1", "r2")
    services.sign_in.result = signed_in("oid-2.tid-1")
    other = await Browser(services).connect()
    await read(services, RoundState(progress=Progress(total=100, done=70)))
    assert (await browser.get(address(page))).by_id["progress"]["value"] == "70"
    assert (await browser.get(address(other))).by_id["progress"]["value"] == "0"


async def test_the_key_of_an_earlier_connection_does_not_show_a_later_one(browser: Browser) -> None:
    page = await browser.connect()
    browser.services.now.pass_by(timedelta(hours=1))
    await invite(browser.services, "c1", "r1")
    assert outcome(await browser.get(address(page))) == ("failed", "link_replaced")


async def test_a_page_whose_key_has_run_out_stops_asking(browser: Browser) -> None:
    page = await browser.connect()
    browser.services.now.pass_by(timedelta(days=2))
    await browser.get(address(page), **PART)
    assert browser.last.headers["hx-refresh"] == "true"  # loads the page, which then says why


@pytest.mark.parametrize("step", ["", "/calendars", "/sign-in", "/stopped?reason=calendar_gone"])
async def test_the_back_button_leads_to_the_import_and_not_to_a_used_link(browser: Browser, step: str) -> None:
    await browser.connect()
    link = f"/connect/{browser.services.link()}"
    await browser.get(f"{link}{step}")
    assert urlsplit(browser.last.headers["location"]).path.startswith("/connect/progress/")
    assert outcome(await browser.follow()) == ("importing", "")
    assert outcome(await Browser(browser.services).get(f"{link}{step}")) == ("failed", "link_used")


async def test_a_second_press_of_connect_leads_to_the_same_import(browser: Browser) -> None:
    page = await browser.sign_in()
    form, action = form_of(page) | {"calendar_id": "cal-main"}, str(page.by_id["choose-calendar"]["action"])
    await browser.post(action, form)
    await browser.post(action, form)
    assert outcome(await browser.follow()) == ("importing", "")
    assert [wake.job for wake in browser.services.wakes.take()] == ["import"]


@pytest.mark.parametrize("status", [Status.PAUSED, Status.RECONNECT_NEEDED, Status.DISABLED])
async def test_a_used_invitation_does_not_say_that_all_is_well_when_it_is_not(browser: Browser, status: Status) -> None:
    await browser.connect()
    link, elsewhere = f"/connect/{browser.services.link()}", Browser(browser.services)
    assert "all is well" in (await elsewhere.get(link)).html
    await now(browser.services, status)
    page = await elsewhere.get(link)
    assert (elsewhere.last.status_code, outcome(page)) == (410, ("failed", "link_used"))
    assert "all is well" not in page.html
    assert "does not run at the moment" in page.html


async def test_a_form_that_the_back_button_shows_again_connects_nothing_after_leaving(browser: Browser) -> None:
    page = await browser.sign_in()
    form, action = form_of(page) | {"calendar_id": "cal-main"}, str(page.by_id["choose-calendar"]["action"])
    await browser.post(action, form)
    await disable(browser.services, "c1", "r1")
    await browser.post(action, form)
    assert "The sync was ended" in (await browser.follow()).html
    assert (await browser.services.connection()).status is Status.DISABLED
