"""Whoever asks too often is held back, alone, and before it costs anything."""

from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode

import azure.functions as func
import pytest

from functions.connect.answers import held_back
from functions.connect.pages import PAGES, admitted
from functions.console import dispatch
from functions.limits import ADDRESS, COSTLY, LINK, REMEMBERED, Limits, client_of
from shared.sync.invite import invite
from shared.sync.services import Services
from tests.fakes.identity import FakeServices
from tests.functions.console_world import ConsoleWorld
from tests.functions.page import Page

HOME, OFFICE = "81.2.69.142", "81.2.69.160"


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    return Limits(clock)


def request(forwarded: str = HOME, path: str = "/connect/a", **route: str) -> func.HttpRequest:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    return func.HttpRequest("GET", f"https://sync.example{path}", headers=headers, route_params=route, body=b"")


def until_refused(ask: Callable[[], int]) -> int:
    """How often it was answered."""
    return next(number for number in range(10_000) if ask())


def test_a_flood_from_one_address_is_held_back_and_nobody_else(limits: Limits, clock: Clock) -> None:
    assert until_refused(lambda: limits.of_address(request())) == ADDRESS.burst
    assert limits.of_address(request(OFFICE)) == 0
    clock.seconds += 1
    assert until_refused(lambda: limits.of_address(request())) == ADDRESS.a_second


def test_whoever_waits_as_long_as_was_said_is_answered(limits: Limits, clock: Clock) -> None:
    assert until_refused(lambda: limits.of_link("a", costly=True)) == COSTLY.burst
    wait = limits.of_link("a", costly=True)
    assert wait == 1 / COSTLY.a_second
    clock.seconds += wait - 1
    assert limits.of_link("a", costly=True) == 1
    clock.seconds += 1
    assert limits.of_link("a", costly=True) == 0


def test_asking_while_held_back_does_not_make_it_longer(limits: Limits, clock: Clock) -> None:
    until_refused(lambda: limits.of_link("a"))
    assert {limits.of_link("a") for _ in range(500)} == {1}
    clock.seconds += 1
    assert limits.of_link("a") == 0


def test_what_costs_nothing_stays_open_when_what_costs_is_held_back(limits: Limits) -> None:
    until_refused(lambda: limits.of_link("a", costly=True))
    assert limits.of_link("a") == 0
    assert until_refused(lambda: limits.of_link("b")) == LINK.burst


def test_no_flood_of_made_up_links_fills_the_memory(limits: Limits) -> None:
    for number in range(REMEMBERED + 100):
        assert limits.of_link(f"link {number}") == 0
    assert len(limits) == REMEMBERED


def test_neither_addresses_nor_links_are_remembered(limits: Limits) -> None:
    limits.of_link("a-secret-link")
    limits.of_address(request())
    assert "a-secret-link" not in repr(vars(limits))
    assert HOME not in repr(vars(limits))


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (f"{HOME}:51334", HOME),
        (f"1.1.1.1, {HOME}", HOME),
        (f"{HOME}:51334, 10.0.0.7, 169.254.130.1:8080", HOME),
        ("1.1.1.1, not an address", ""),
        ("", ""),
        ("127.0.0.1", ""),
        ("2a02:26f7::17", "2a02:26f7::/64"),
        ("[2a02:26f7::ffff]:443", "2a02:26f7::/64"),
        (f"::ffff:{HOME}", HOME),
        ("8.8.8.8" * 5000, ""),
    ],
)
def test_what_a_caller_writes_about_itself_is_not_believed(header: str, client: str) -> None:
    assert client_of(request(header)) == client


class WithoutDoors:
    """What a page needs to look like one, and nothing by which something could be looked up."""

    def __init__(self) -> None:
        whole = FakeServices()
        self.config, self.signer, self.now = whole.config, whole.signer, whole.now


@pytest.mark.parametrize("name", sorted(PAGES))
async def test_no_page_of_the_journey_costs_a_look_up_when_it_is_asked_for_too_often(name: str, limits: Limits) -> None:
    until_refused(lambda: limits.of_address(request()))
    answer = await admitted(limits, name, cast(Services, WithoutDoors()), request(token="a", key="a"))
    page = Page(answer.get_body().decode())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert page.by_id["outcome"]["data-reason"] == "too-many-requests"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_sign_ins_with_one_link_are_held_back_and_the_link_stays_good(limits: Limits, clock: Clock) -> None:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")

    async def begin() -> int:
        answer = await admitted(limits, "sign_in", services, request(token=services.link()))
        return int(answer.status_code)

    statuses = [await begin() for _ in range(COSTLY.burst + 3)]
    assert statuses == [302] * COSTLY.burst + [429] * 3
    assert len(services.sign_in.begun) == COSTLY.burst
    assert (await admitted(limits, "landing", services, request(token=services.link()))).status_code == 200
    clock.seconds += 1 / COSTLY.a_second
    assert await begin() == 302


async def test_a_preview_counts_as_what_it_costs(limits: Limits) -> None:
    services = await FakeServices().with_company()
    ask = func.HttpRequest(
        "GET", "https://sync.example/", params={"preview": "cal"}, route_params={"token": "t"}, body=b""
    )
    answers = [await admitted(limits, "calendars", services, ask) for _ in range(COSTLY.burst + 1)]
    assert [answer.status_code for answer in answers] == [404] * COSTLY.burst + [429]


def test_whoever_is_held_back_reads_it_in_their_language(limits: Limits) -> None:
    until_refused(lambda: limits.of_link("a"))
    german = func.HttpRequest("GET", "https://sync.example/", headers={"accept-language": "de"}, body=b"")
    answer = held_back(limits, FakeServices(), german, "a")
    assert answer
    assert "Einen Moment, bitte" in answer.get_body().decode()


async def test_an_administrators_pages_are_held_back_by_their_session_however_often_its_key_changes(
    clock: Clock,
) -> None:
    world = ConsoleWorld()
    world.limits = Limits(clock)
    await world.enter()
    for _ in range(LINK.burst):
        await world.get("help")
        assert world.last.status_code == 200
    page = await world.get("overview")
    assert (world.last.status_code, world.last.headers["Retry-After"]) == (429, "1")
    assert page.by_id["stopped"]["data-code"] == "too-many-requests"
    await world.enter(rights=frozenset())
    world.later(seconds=1)
    clock.seconds += 1
    await world.get("help")
    assert world.last.status_code == 200


async def test_checks_of_whole_calendars_are_held_back_and_the_pages_stay(clock: Clock) -> None:
    world = ConsoleWorld()
    world.limits = Limits(clock)
    await world.enter()
    for _ in range(COSTLY.burst):
        await world.post("resources/r0/check")
        assert world.last.status_code != 429
    page = await world.post("resources/r0/check")
    assert world.last.status_code == 429
    assert "wait a moment" in page.html
    await world.get("overview")
    assert world.last.status_code == 200


async def test_whoever_invites_a_large_company_portion_by_portion_is_not_held_back(clock: Clock) -> None:
    world = ConsoleWorld()
    world.limits = Limits(clock)
    await world.enter()
    for portion in range(COSTLY.burst + 5):
        await world.post("invitations/all", {"done": str(portion), "shown": "0"})
        assert world.last.status_code == 200


async def test_a_flood_of_made_up_sessions_costs_no_look_up(clock: Clock) -> None:
    world = ConsoleWorld()
    world.limits = Limits(clock)
    until_refused(lambda: world.limits.of_address(request()))
    answer = await dispatch(request(session="t1.AAAA", path="overview"), world.services, world.limits)
    assert answer.status_code == 429


def test_the_words_of_a_query_do_not_open_another_bucket(limits: Limits) -> None:
    until_refused(lambda: limits.of_address(request(path=f"/connect/a?{urlencode({'x': 1})}")))
    assert limits.of_address(request(path="/leave/b?y=2")) > 0
