"""The privacy policy is there when nothing else is, in both languages; its numbers are those that the code uses."""

import re
from dataclasses import replace
from html import unescape

import azure.functions as func
import pytest

from functions import privacy as door
from shared.identity.leaving import LASTS
from shared.sync import retention
from shared.sync.invite import VALID
from tests.fakes.identity import FakeServices
from tests.functions.page import Page


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


def opened(services: FakeServices, **query: str) -> tuple[func.HttpResponse, Page]:
    request = func.HttpRequest(method="GET", url="/privacy", params=query, body=b"")
    answer = door.answer(services, request)
    return answer, Page(answer.get_body().decode())


def numbers(page: Page) -> set[int]:
    return {int(found) for found in re.findall(r"(\d+) (?:days|Tage)", unescape(page.html))}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_number_on_it_is_another_than_the_code_goes_by(services: FakeServices, language: str) -> None:
    _, page = opened(services, lang=language)
    past = services.config.back + retention.KEEP_PAST
    expected = {VALID + retention.KEEP_INVITATIONS, past, LASTS, retention.WEEK, retention.KEEP_LOG}
    expected |= {retention.KEEP_MAILS, retention.KEEP_COMPANY, retention.KEEP_TELEMETRY}
    assert numbers(page) == {each.days for each in expected}
    assert f'<html lang="{language}">' in page.html
    wider = replace(services.config, days_back=17)
    services.config = wider
    assert 17 + retention.KEEP_PAST.days in numbers(opened(services, lang=language)[1])


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_carries_mails_is_named_and_nobody_else(services: FakeServices, language: str) -> None:
    named = {}
    for carrier in ("outbox", "acs", "ses"):
        services.config = replace(services.config, email_carrier=carrier)
        html = opened(services, lang=language)[1].html
        named[carrier] = ["Amazon" in html, "Azure Communication Services" in html]
    assert named == {"outbox": [False, False], "acs": [False, True], "ses": [True, False]}


def test_operator_and_contact_are_said_and_nothing_of_them_is_run(services: FakeServices) -> None:
    assert "contact" not in opened(services)[1].by_id
    services.config = replace(services.config, privacy_operator="<b>A & B</b>", privacy_contact="privacy@example.org")
    _, page = opened(services)
    assert page.by_id["contact"]["href"] == "mailto:privacy@example.org"
    assert "&lt;b&gt;A &amp; B&lt;/b&gt; runs this app" in page.html


def test_an_operators_own_policy_takes_its_place(services: FakeServices) -> None:
    services.config = replace(services.config, privacy_policy_url="https://example.org/privacy")
    answer, _ = opened(services)
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://example.org/privacy")


def test_it_says_its_version_sets_no_cookie_and_may_not_be_framed(services: FakeServices) -> None:
    services.config = replace(services.config, privacy_policy_version="7")
    answer, page = opened(services)
    assert "Version 7" in page.html
    assert "Set-Cookie" not in answer.headers
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "privacy" not in page.by_id, "no link to itself"
