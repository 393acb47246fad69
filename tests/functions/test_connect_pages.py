"""The connect pages as a browser meets them."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import azure.functions as func
import pytest

from functions.connect.pages import PAGES, guarded
from shared.domain.failures import Broken, Reason, Transient
from shared.domain.items import ShowAs
from shared.domain.spans import Span
from shared.sync.access import SignInFailed
from shared.sync.invite import invite
from shared.sync.ports import Calendar, Resource
from tests.fakes.identity import MAIN, FakeServices
from tests.functions.page import Page
from tests.sync.test_connect_preview import WithCalendars

_NAMES = {"": "landing", "sign-in": "sign_in"}


@dataclass
class Browser:
    services: FakeServices
    cookies: dict[str, str] = field(default_factory=dict)
    last: func.HttpResponse = field(default_factory=func.HttpResponse)

    async def get(self, address: str, **headers: str) -> Page:
        return await self._ask("GET", address, b"", headers)

    async def post(self, address: str, form: dict[str, str]) -> Page:
        return await self._ask("POST", address, urlencode(form).encode(), {})

    async def follow(self) -> Page:
        """Where the last answer sends the browser, if it does."""
        page = Page(self.last.get_body().decode())
        return await self.get(self.last.headers["location"]) if self.last.status_code == 303 else page

    async def _ask(self, method: str, address: str, body: bytes, headers: dict[str, str]) -> Page:
        parts = urlsplit(address)
        token, _, rest = parts.path.removeprefix("/connect/").partition("/")
        name = token if token in ("callback", "progress") else _NAMES.get(rest, rest)
        if method == "POST" and name == "calendars":
            name = "chosen"
        cookies = "; ".join(f"{name}={value}" for name, value in {"other": "1", **self.cookies}.items())
        request = func.HttpRequest(
            method=method,
            url=address,
            headers={"cookie": cookies, **headers},
            params=dict(parse_qsl(parts.query)),
            route_params={"key": rest} if name == "progress" else {"token": token},
            body=body,
        )
        self.last = await guarded(PAGES[name], self.services, request)
        if given := self.last.headers.get("set-cookie"):
            cookie, _, value = given.partition(";")[0].partition("=")
            self.cookies[cookie] = value
        return Page(self.last.get_body().decode())

    async def sign_in(self) -> Page:
        """Through Microsoft and back, wherever that leads."""
        link = f"/connect/{self.services.link()}"
        page = await self.get(link)
        await self.get(str(page.by_id["sign-in"]["href"]))
        state = self.services.sign_in.begun[-1]
        await self.get(f"/connect/callback?{urlencode({'state': state, 'code': 'code'})}")
        return await self.follow()

    async def connect(self) -> Page:
        """All the way, to the page that the person sees then."""
        page = await self.sign_in()
        action = str(page.by_id["choose-calendar"]["action"])
        await self.post(action, form_of(page) | {"calendar_id": "cal-main"})
        return await self.follow()


@pytest.fixture
async def browser() -> Browser:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    return Browser(services)


def outcome(page: Page) -> tuple[str | None, str | None]:
    shown = page.by_id["outcome"]
    return shown["data-status"], shown["data-reason"]


def form_of(page: Page) -> dict[str, str]:
    return {"csrf": next(str(one["value"]) for one in page.inputs if one["name"] == "csrf")}


async def test_the_whole_journey_through_the_pages(browser: Browser) -> None:
    page = await browser.sign_in()
    form = form_of(page) | {"calendar_id": "cal-main"}
    action = str(page.by_id["choose-calendar"]["action"])
    await browser.post(action, form)
    assert outcome(await browser.follow()) == ("importing", "")
    assert [wake.job for wake in browser.services.wakes.take()] == ["import"]


async def test_the_landing_page_says_who_invites_and_what_will_be_shared(browser: Browser) -> None:
    page = await browser.get(f"/connect/{browser.services.link()}")
    assert "<strong>Salon &lt;c1&gt;</strong> invites you" in page.html
    assert "Times, titles, places and notes of your events." in unescape(page.html)
    assert "Your bookings: the time, the service and the customer's name." in unescape(page.html)


async def test_an_anonymous_resource_is_told_that_no_titles_travel(browser: Browser) -> None:
    services = browser.services
    connection = await services.connection()
    overrides = {"outlook_to_timify.anonymous": "on", "direction": "outlook_to_timify"}
    await services.store.save_connection(replace(connection, overrides=overrides))
    page = await browser.get(f"/connect/{services.link()}")
    assert "Only when you are busy." in page.html
    assert "Titles, places, notes, and who takes part." in page.html
    assert "shared-with-outlook" not in page.by_id
    assert "your bookings stay in TIMIFY" in page.html


async def test_only_calendars_that_can_be_written_to_can_be_chosen(browser: Browser) -> None:
    page = await browser.sign_in()
    radios = {str(one["value"]): one for one in page.inputs if one["name"] == "calendar_id"}
    assert {name for name, one in radios.items() if "disabled" in one} == {"cal-holidays"}
    assert {name for name, one in radios.items() if "checked" in one} == {"cal-main"}
    assert 'fill="#0078d4"' in page.html


async def test_names_with_markup_in_them_stay_names(browser: Browser) -> None:
    nasty = "<script>alert(1)</script>"
    browser.services.directory.add("c1", Resource(id="r1", name=nasty, email="r1@example.org"))
    browser.services.the_account.listed = [
        MAIN,
        Calendar(id='"><script>', name=nasty, can_edit=True, color='"/><script>'),
    ]
    landing = await browser.get(f"/connect/{browser.services.link()}")
    choosing = await browser.sign_in()
    assert all("<script>" not in page.html for page in (landing, choosing))


async def test_every_page_is_locked_down_and_loads_nothing_from_elsewhere(browser: Browser) -> None:
    for page in (await browser.sign_in(), await browser.get("/connect/made-up")):
        headers = browser.last.headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
        assert all(address.startswith(("/connect/", "/static/", "data:")) for address in page.resources)
        assert "<style" not in page.html
        assert "style=" not in page.html


async def test_a_form_of_another_site_connects_nothing(browser: Browser) -> None:
    page = await browser.sign_in()
    action = str(page.by_id["choose-calendar"]["action"])
    for csrf in ("", "AAAA", form_of(page)["csrf"][:-1] + "x", "ü"):
        answer = await browser.post(action, {"csrf": csrf, "calendar_id": "cal-main"})
        assert outcome(answer) == ("failed", "sign_in_expired")
    stranger = Browser(browser.services)
    assert outcome(await stranger.post(action, form_of(page) | {"calendar_id": "cal-main"}))[0] == "failed"
    assert browser.services.wakes.take() == []


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    await browser.get(f"/connect/{browser.services.link()}/sign-in")
    cookie = browser.last.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/connect" in cookie
    assert "Secure" not in cookie
    browser.services.config = replace(browser.services.config, public_base_url="https://app.example")
    await browser.get(f"/connect/{browser.services.link()}/sign-in")
    assert "Secure" in browser.last.headers["set-cookie"]


async def test_a_forged_cookie_is_no_browser_of_ours(browser: Browser) -> None:
    await browser.get(f"/connect/{browser.services.link()}/sign-in")
    browser.cookies["timify_connect"] = browser.cookies["timify_connect"][:-3] + "xyz"
    state = browser.services.sign_in.begun[-1]
    assert outcome(await browser.get(f"/connect/callback?state={state}&code=c")) == ("failed", "sign_in_expired")


async def test_the_code_of_microsoft_does_not_stay_in_the_address(browser: Browser) -> None:
    await browser.sign_in()
    await browser.get(f"/connect/{browser.services.link()}/sign-in")
    await browser.get(f"/connect/callback?state={browser.services.sign_in.begun[-1]}&code=SECRET")
    assert browser.last.status_code == 303
    assert "SECRET" not in browser.last.headers["location"]


@pytest.mark.parametrize("reason", Reason)
async def test_every_failure_has_its_page(browser: Browser, reason: Reason) -> None:
    browser.services.sign_in.result = SignInFailed(reason=reason)
    page = await browser.sign_in()
    assert outcome(page) == ("failed", reason.value)
    assert "What you can do" in page.html
    assert ("admin-consent" in page.by_id) == (reason is Reason.ADMIN_APPROVAL_REQUIRED)


async def test_the_administrator_gets_a_link_and_a_message_to_act_on(browser: Browser) -> None:
    browser.services.sign_in.result = SignInFailed(reason=Reason.ADMIN_APPROVAL_REQUIRED)
    page = await browser.sign_in()
    consent = browser.services.sign_in.admin_consent_url()
    assert page.by_id["admin-consent"]["href"] == consent
    assert "admin-message" in page.by_id
    assert consent in unescape(page.html[page.html.index("<textarea") : page.html.index("</textarea>")])
    assert quote(consent) in str(page.by_id["mail-administrator"]["href"])
    assert page.by_id["try-again"]["href"] == f"/connect/{browser.services.link()}"


async def test_an_administrator_who_approved_is_thanked(browser: Browser) -> None:
    page = await browser.get("/connect/callback?admin_consent=True&tenant=t")
    assert outcome(page) == ("approved", "")


@pytest.mark.parametrize(("answer", "status"), [("made-up", 404), ("", 404)])
async def test_links_that_never_were_are_not_found(browser: Browser, answer: str, status: int) -> None:
    page = await browser.get(f"/connect/{answer}")
    assert (browser.last.status_code, outcome(page)) == (status, ("failed", "link_unknown"))


async def test_timify_being_away_is_a_page_and_not_a_blank_error(browser: Browser) -> None:
    browser.services.directory.trouble = Transient("503")
    page = await browser.get(f"/connect/{browser.services.link()}")
    assert (browser.last.status_code, outcome(page)) == (503, ("failed", "timify_unreachable"))


async def test_a_key_vault_that_says_no_is_our_fault_and_the_link_connects_afterwards(browser: Browser) -> None:
    vault = browser.services.vault

    async def closed(moment: str) -> None:
        raise Broken(Reason.OUR_CREDENTIALS, "key_vault_403_ForbiddenByRbac")

    calm, vault.trouble = vault.trouble, closed
    page = await browser.connect()
    assert (browser.last.status_code, outcome(page)) == (503, ("failed", "our_credentials"))
    assert (await browser.services.connection()).mailbox is None
    vault.trouble = calm
    assert outcome(await browser.connect()) == ("importing", "")


async def test_an_administrator_who_declined_reads_what_that_means(browser: Browser) -> None:
    page = await browser.get("/connect/callback?error=access_denied&error_description=x&admin_consent=False")
    assert outcome(page) == ("failed", "admin_approval_required")
    assert "The app was not approved" in page.html
    assert "admin-consent" in page.by_id
    assert "Are you an administrator yourself" not in page.html


async def test_microsoft_is_told_whose_calendar_it_is_about_unless_another_account_is_wanted(browser: Browser) -> None:
    page = await browser.sign_in()
    await browser.get(str(page.by_id["other-account"]["href"]))
    assert browser.services.sign_in.asked_for == ["r1@example.org", "another"]


async def test_an_account_without_any_calendar_is_told_so_and_may_take_another(browser: Browser) -> None:
    browser.services.the_account.listed = []
    page = await browser.sign_in()
    assert "no-calendars" in page.by_id
    assert "choose-calendar" not in page.by_id
    assert str(page.by_id["other-account"]["href"]).endswith("/sign-in?account=other")


async def test_reloading_a_failure_says_the_same_again(browser: Browser) -> None:
    browser.services.sign_in.result = SignInFailed(reason=Reason.MAILBOX_ON_PREMISES)
    await browser.get(f"/connect/{browser.services.link()}/sign-in")
    await browser.get(f"/connect/callback?state={browser.services.sign_in.begun[-1]}&code=c")
    address = browser.last.headers["location"]
    for _ in range(2):
        assert outcome(await browser.get(address)) == ("failed", "mailbox_on_premises")


async def test_a_made_up_reason_is_no_page_of_its_own(browser: Browser) -> None:
    page = await browser.get(f"/connect/{browser.services.link()}/stopped?reason=<b>pay+us</b>")
    assert outcome(page) == ("failed", "sign_in_expired")
    assert "pay" not in page.html


@pytest.mark.parametrize("address", ["", "javascript:alert(1)"])
async def test_our_own_privacy_policy_is_linked_where_the_operator_has_none(browser: Browser, address: str) -> None:
    browser.services.config = replace(browser.services.config, privacy_policy_url=address)
    page = await browser.get(f"/connect/{browser.services.link()}")
    assert page.by_id["privacy"]["href"] == f"{browser.services.config.public_base_url}/privacy"
    assert "javascript" not in page.html


async def test_the_operators_privacy_policy_is_linked_where_there_is_one(browser: Browser) -> None:
    browser.services.config = replace(browser.services.config, privacy_policy_url="https://example.org/privacy")
    page = await browser.get(f"/connect/{browser.services.link()}")
    assert page.by_id["privacy"]["href"] == "https://example.org/privacy"
    assert page.html.count("https://example.org/privacy") == 1


async def test_what_would_stay_where_it_is_is_said_with_its_reason() -> None:
    services = WithCalendars()
    await services.with_company()
    await invite(services, "c1", "r1")
    start = services.now() + timedelta(days=1)
    services.calendar.add(Span(start, start + timedelta(hours=1)), "Lunch", show_as=ShowAs.FREE)
    browser = Browser(services)
    page = await browser.sign_in()
    page = await browser.get(f"{page.by_id['choose-calendar']['action']}?preview=cal-main")
    assert "1 entry stays where it is." in page.html
    assert "Why: free time stays in Outlook, by setting." in page.html
