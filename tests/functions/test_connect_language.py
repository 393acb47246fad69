"""The language of the journey: chosen, else the browser's, else the company's."""

from dataclasses import replace

import pytest

from shared.domain.failures import Reason
from shared.sync.access import SignInFailed
from shared.sync.invite import invite
from tests.fakes.identity import FakeServices
from tests.functions.page import Page
from tests.functions.test_connect_pages import Browser


@pytest.fixture
async def browser() -> Browser:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    return Browser(services)


def language(page: Page) -> str:
    return page.html.partition('<html lang="')[2].partition('"')[0]


async def test_a_browser_is_answered_in_its_language(browser: Browser) -> None:
    link = f"/connect/{browser.services.link()}"
    assert language(await browser.get(link, **{"accept-language": "de-AT,en;q=0.5"})) == "de"
    assert language(await browser.get(link, **{"accept-language": "fr"})) == "en"


async def test_a_browser_without_a_wish_gets_the_language_of_the_company(browser: Browser) -> None:
    services = browser.services
    company = await services.store.company("c1")
    assert company
    await services.store.save_company(replace(company, locale="de-DE"))
    assert language(await browser.get(f"/connect/{services.link()}")) == "de"
    services.sign_in.result = SignInFailed(reason=Reason.CONSENT_DECLINED)
    assert language(await browser.sign_in()) == "de"


async def test_a_language_that_was_chosen_stays_for_the_journey(browser: Browser) -> None:
    page = await browser.get(f"/connect/{browser.services.link()}", **{"accept-language": "en"})
    assert 'href="?lang=de"' in page.html
    await browser.get(f"/connect/{browser.services.link()}?lang=de")
    assert language(await browser.connect()) == "de"


async def test_a_made_up_language_is_none(browser: Browser) -> None:
    page = await browser.get(f"/connect/{browser.services.link()}?lang=../de")
    assert language(page) == "en"
    assert "set-cookie" not in browser.last.headers


async def test_changing_the_language_of_a_failure_keeps_its_reason(browser: Browser) -> None:
    browser.services.sign_in.result = SignInFailed(reason=Reason.MAILBOX_NOT_FOUND)
    page = await browser.sign_in()
    assert 'href="?reason=mailbox_not_found&amp;lang=de"' in page.html
    german = await browser.get(f"/connect/{browser.services.link()}/stopped?reason=mailbox_not_found&lang=de")
    assert "Zu diesem Konto gibt es kein Postfach" in german.html
