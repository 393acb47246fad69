"""A calendar that somebody else has: said on the page where it is chosen, and asked before anything is changed."""

import re
from dataclasses import replace

import pytest

from shared.domain.accounts import Connection, Mailbox, Status
from shared.domain.failures import Reason, Transient
from shared.sync.invite import invite
from tests.fakes.identity import FakeServices
from tests.functions.page import Page
from tests.functions.test_connect_pages import Browser, form_of, outcome

ASKED = "Connecting it here ends that sync."
CHOSEN = {"calendar_id": "cal-main"}
AGREED = {"takeover:cal-main": "1"}


@pytest.fixture
async def browser() -> Browser:
    """Of r2, who signs in to the account whose main calendar r1 has connected."""
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    await Browser(services).connect()
    await invite(services, "c1", "r2")
    services.wakes.take()
    return Browser(services)


def question(page: Page) -> str:
    """What is said at the calendar, as it reads."""
    found = re.search(r'<small class="taken">(.*?)</small>', page.html, re.S)
    return found[1] if found else ""


async def test_a_colleagues_calendar_is_not_taken_over_without_a_word(browser: Browser) -> None:
    services, page = browser.services, await browser.sign_in()
    assert question(page) == f"This calendar is connected to Pat r1. {ASKED}"
    assert page.html.count(ASKED) == 1  # the other calendar is free
    assert "question" not in page.by_id
    action = str(page.by_id["choose-calendar"]["action"])
    for given in ({}, {"takeover:cal-other": "1"}):
        page = await browser.post(action, form_of(page) | CHOSEN | given)
        assert browser.last.status_code == 200
        assert "question" in page.by_id
        assert [one["value"] for one in page.inputs if "checked" in one] == ["cal-main"]
        assert (await services.connection("r1")).status is Status.IMPORTING
        assert (await services.connection("r2")).mailbox is None
        assert services.wakes.take() == []
    await browser.post(action, form_of(page) | CHOSEN | AGREED)
    assert outcome(await browser.follow()) == ("importing", "")
    assert (await services.connection("r1")).reason is Reason.TAKEN_OVER


async def test_a_calendar_that_nobody_else_has_is_connected_without_a_question(browser: Browser) -> None:
    page = await browser.sign_in()
    await browser.post(str(page.by_id["choose-calendar"]["action"]), form_of(page) | {"calendar_id": "cal-other"})
    assert outcome(await browser.follow()) == ("importing", "")
    assert (await browser.services.connection("r1")).status is Status.IMPORTING


async def test_ones_own_calendar_and_one_whose_sync_has_ended_ask_nothing(browser: Browser) -> None:
    services = browser.services
    older = await services.connection("r1")
    await services.store.save_connection(replace(older, status=Status.DISABLED))
    assert question(await browser.sign_in()) == ""
    await services.store.save_connection(replace(await services.connection("r1"), status=Status.CONNECTED))
    await invite(services, "c1", "r1")
    assert question(await browser.sign_in()) == ""


async def test_who_has_a_calendar_in_another_company_is_not_named(browser: Browser) -> None:
    services = browser.services
    mailbox = Mailbox(account="oid-1.tid-1", calendar_id="cal-other")
    elsewhere = Connection(company_id="c2", resource_id="r1", status=Status.CONNECTED, mailbox=mailbox)
    await services.store.save_connection(elsewhere)
    await services.store.claim_calendar(mailbox, "c2", "r1")
    page = await browser.sign_in()
    assert f"This calendar is connected to another resource. {ASKED}" in page.html
    assert "c2" not in page.html


async def test_a_name_that_timify_does_not_tell_does_not_take_the_question_away(browser: Browser) -> None:
    page, services = await browser.sign_in(), browser.services
    asked = services.directory.resource

    async def only_mine(company_id: str, resource_id: str) -> object:
        if resource_id == "r1":
            raise Transient("503")
        return await asked(company_id, resource_id)

    services.directory.resource = only_mine  # type: ignore[method-assign, assignment]  # one answer fails, one does not
    page = await browser.get(str(page.by_id["choose-calendar"]["action"]))
    assert question(page) == f"This calendar is connected to another resource. {ASKED}"


async def test_another_account_than_the_invited_one_is_pointed_out(browser: Browser) -> None:
    page = await browser.sign_in()
    assert "You are signed in as pat@example.org; the invitation went to r2@example.org." in page.html
    resource = browser.services.directory.known["c1", "r2"]
    for same in ("Pat@Example.org", ""):
        browser.services.directory.add("c1", replace(resource, email=same))
        page = await browser.get(str(page.by_id["choose-calendar"]["action"]))
        assert "another-address" not in page.by_id
