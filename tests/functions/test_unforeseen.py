"""Whatever breaks behind a page that people open from an e-mail: they read a sentence, and no log reads their data."""

import logging

import azure.functions as func
import pytest

from functions import conflict, leave
from functions.connect.pages import PAGES, guarded
from functions.http import MAX_BODY
from shared.domain.failures import Transient
from shared.identity.leaving import leave_token
from shared.sync.conflict_link import conflict_link
from shared.sync.invite import invite
from tests.fakes.identity import FakeServices
from tests.functions.page import Page

SECRET = "pat@example.org opened it"


@pytest.mark.parametrize("name", ["callback", "chosen", "leave"])
async def test_a_form_that_is_too_large_is_the_senders_fault_and_no_alarm_of_ours(name: str) -> None:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    token = leave_token(services.signer, "c1", "r1", services.now(), services.now())
    link = token if name == "leave" else services.link()
    request = func.HttpRequest("POST", "/", route_params={"token": link}, body=b"x" * (MAX_BODY + 1))
    if name == "leave":
        answer = await leave.answer(services, request)
    else:
        answer = await guarded(PAGES[name], services, request)
    page = Page(answer.get_body().decode())
    assert (answer.status_code, page.by_id["outcome"]["data-reason"]) == (413, "too-large")
    assert services.wakes.take() == []


@pytest.mark.parametrize("door", ["connect", "leave", "conflict"])
@pytest.mark.parametrize(
    "fault", [Transient("503"), RuntimeError(SECRET)], ids=["storage is away", "a mistake of ours"]
)
async def test_a_fault_behind_a_link_is_a_page_and_no_content_in_the_log(
    door: str, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    tokens = {
        "connect": services.link(),
        "leave": leave_token(services.signer, "c1", "r1", services.now(), services.now()),
        "conflict": conflict_link(services, "c1", "r1", "0").rpartition("/")[2],
    }
    request = func.HttpRequest("GET", f"/{door}", route_params={"token": tokens[door]}, body=b"")

    async def broken(moment: str) -> None:
        raise fault

    services.store.trouble = broken
    with caplog.at_level(logging.DEBUG):
        match door:
            case "connect":
                answer = await guarded(PAGES["landing"], services, request)
            case "leave":
                answer = await leave.answer(services, request)
            case _:
                answer = await conflict.show(services, request)
    page = Page(answer.get_body().decode())
    assert (answer.status_code, page.by_id["outcome"]["data-reason"]) == (503, "timify_unreachable")
    assert SECRET not in caplog.text
    assert SECRET not in page.html
