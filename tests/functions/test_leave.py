"""Ending a sync by the link in an e-mail."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, unquote, urlencode

import azure.functions as func
import pytest

from functions import leave as door
from shared.domain.accounts import Mailbox, Status
from shared.domain.failures import Reason, Transient
from shared.identity.leaving import LASTS, leave_token
from shared.sync.disable import disable
from shared.sync.invite import invite
from tests.fakes.identity import FakeServices
from tests.functions.page import Page
from tests.functions.test_connect_pages import outcome
from tests.sync.journey import connected


class Person:
    """Somebody who opens the link of an e-mail."""

    def __init__(self, services: FakeServices, token: str) -> None:
        self.services, self.token = services, token
        self.last = func.HttpResponse()

    async def opens(self, query: dict[str, str] | None = None, method: str = "GET", body: str = "") -> Page:
        request = func.HttpRequest(
            method=method,
            url="/leave",
            params=query or {},
            route_params={"token": self.token},
            body=body.encode(),
        )
        self.last = await door.answer(self.services, request)
        return Page(self.last.get_body().decode())

    async def ends(self, copies: str) -> str:
        """Press the button; answers where that leads."""
        await self.opens(method="POST", body=urlencode({"copies": copies}))
        assert self.last.status_code == 303
        return str(self.last.headers["location"])


@pytest.fixture
async def person() -> Person:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    connection = await services.connection()
    await services.store.save_connection(
        replace(
            connection,
            status=Status.CONNECTED,
            mailbox=Mailbox(account="oid-1.tid-1", calendar_id="cal-main"),
            joined_at=services.now(),
        )
    )
    services.wakes.take()
    return Person(services, leave_token(services.signer, "c1", "r1", services.now(), services.now()))


async def test_opening_the_link_says_what_would_happen_and_changes_nothing(person: Person) -> None:
    for _ in range(3):
        page = await person.opens()
    assert "leave" in page.by_id
    assert "Pat r1" in page.html
    assert {one["value"] for one in page.inputs} == {"remove_future", "keep"}
    assert (await person.services.connection()).status is Status.CONNECTED
    assert person.services.wakes.take() == []


@pytest.mark.parametrize(("copies", "job"), [("remove_future", "remove"), ("keep", "disconnect")])
async def test_ending_does_with_the_copies_what_was_chosen(person: Person, copies: str, job: str) -> None:
    assert await person.ends(copies) == f"/leave/{person.token}?ended={copies}"
    assert (await person.services.connection()).status is Status.DISABLED
    assert [wake.job for wake in person.services.wakes.take()] == [job]
    assert person.services.mail.sent[-1].copies == copies
    page = await person.opens({"ended": copies})
    assert outcome(page) == ("ended", "")
    assert ("are being removed" in page.html) == (copies == "remove_future")


@pytest.mark.parametrize("copies", ["", "all", "keep\r\nSet-Cookie: a=b"])
async def test_copies_that_nobody_chose_to_remove_stay(person: Person, copies: str) -> None:
    assert await person.ends(copies) == f"/leave/{person.token}?ended=keep"
    assert [wake.job for wake in person.services.wakes.take()] == ["disconnect"]


async def test_ending_twice_ends_once(person: Person) -> None:
    await person.ends("keep")
    assert await person.ends("keep") == f"/leave/{person.token}"
    page = await person.opens()  # so does the form that the back button shows again
    assert (outcome(page), "leave" in page.by_id) == (("ended", ""), False)
    ended = [message for message in person.services.mail.sent if message.kind == "disabled"]
    assert [message.by for message in ended] == ["leave_link"]
    lines, _ = await person.services.store.log("c1", "r1", 9, "")
    assert [line.cause for line in lines if line.rule == "switched_off"] == ["leave_link"]
    connection = await person.services.connection()
    await person.services.store.save_connection(replace(connection, mailbox=None))  # the worker has done it
    person.services.wakes.take()
    await person.ends("remove_future")
    assert person.services.wakes.take() == []


async def test_an_ending_that_broke_off_is_finished_by_asking_again(person: Person) -> None:
    """Otherwise our access to the calendar would stay although the page says that it ended."""
    connection = await person.services.connection()
    await person.services.store.save_connection(replace(connection, status=Status.DISABLED, invitation=""))
    await person.ends("keep")
    assert [wake.job for wake in person.services.wakes.take()] == ["disconnect"]


async def test_what_an_administrator_ended_is_ended(person: Person) -> None:
    await disable(person.services, "c1", "r1")
    assert outcome(await person.opens()) == ("ended", "")


async def test_an_old_link_cannot_end_a_later_connection(person: Person) -> None:
    services = person.services
    services.now.pass_by(timedelta(days=1))
    connection = await services.connection()
    await services.store.save_connection(replace(connection, joined_at=services.now()))
    page = await person.opens()
    assert outcome(page) == ("ended", "")
    assert "This sync was ended already" in page.html
    await person.ends("remove_future")
    assert (await services.connection()).status is Status.CONNECTED


async def test_the_link_works_on_after_signing_in_again_with_the_same_calendar() -> None:
    """A person who repaired the sync must not read that it has ended; with another calendar, it is another sync."""
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    await connected(services)
    person = Person(services, await _mailed(services))
    services.now.pass_by(timedelta(days=40))
    broken = replace(await services.connection(), status=Status.RECONNECT_NEEDED)
    await services.store.save_connection(broken)
    await invite(services, "c1", "r1")
    await connected(services)
    assert (await services.connection()).connected_at == services.now()
    assert "leave" in (await person.opens()).by_id
    services.now.pass_by(timedelta(days=1))
    await invite(services, "c1", "r1")
    await connected(services, "cal-other")
    assert "This sync was ended already" in (await person.opens()).html


async def test_a_link_in_the_mail_about_a_broken_import_ends_our_access(person: Person) -> None:
    await person.services.store.save_connection(
        replace(await person.services.connection(), status=Status.FAILED, reason=Reason.CALENDAR_GONE)
    )
    await person.ends("keep")
    assert [wake.job for wake in person.services.wakes.take()] == ["disconnect"]


async def _mailed(services: FakeServices) -> str:
    joined = (await services.connection()).joined_at
    assert joined
    return leave_token(services.signer, "c1", "r1", joined, services.now())


async def test_whoever_was_invited_again_still_has_that_invitation_after_an_old_link(person: Person) -> None:
    await disable(person.services, "c1", "r1")
    await invite(person.services, "c1", "r1")
    await person.ends("keep")
    assert (await person.services.connection()).status is Status.AWAITING_CONFIRMATION


async def test_a_forged_or_expired_link_ends_nothing(person: Person) -> None:
    good = person.token
    for person.token in ("", "made-up", good[:-3] + "xyz", good.replace("r1", "r2")):
        for method in ("GET", "POST"):
            page = await person.opens(method=method, body="copies=keep")
            assert (person.last.status_code, outcome(page)) == (404, ("failed", "link_unknown"))
            assert "This link does not end anything." in page.html
            assert "invitation" not in page.html
    person.token = good
    person.services.now.pass_by(LASTS)
    assert outcome(await person.opens(method="POST")) == ("failed", "link_unknown")
    assert (await person.services.connection()).status is Status.CONNECTED


async def test_a_link_works_as_servers_decode_it(person: Person) -> None:
    person.token = unquote(person.token)
    assert "leave" in (await person.opens()).by_id
    assert await person.ends("keep") == f"/leave/{quote(person.token, safe='.')}?ended=keep"


async def test_leaving_does_not_wait_for_timify(person: Person) -> None:
    person.services.directory.trouble = Transient("503")
    assert "leave" in (await person.opens()).by_id
    await person.ends("keep")
    assert (await person.services.connection()).status is Status.DISABLED


async def test_the_page_is_locked_down(person: Person) -> None:
    await person.opens()
    headers = person.last.headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
