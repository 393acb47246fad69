"""Who gets into the administrator's pages, how long, and what they may do there."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from functions.console import ROUTES, Route
from shared.identity.console import AT_MOST, LASTS, Right, begin, read, renewed, write
from shared.identity.sealing import Sealer
from tests.fakes.identity import SETTINGS
from tests.functions.api_world import NOW
from tests.functions.console_world import ConsoleWorld

SEALER = Sealer((SETTINGS["VAULT_KEYS"],))


async def test_a_session_from_the_api_opens_the_pages_and_shows_whose_they_are() -> None:
    world = ConsoleWorld()
    await world.enter()
    wish = {"name": "Ada <Lovelace>", "language": "de-AT"}
    answer = await world.call("POST", "/companies/acme/console-sessions", wish)
    assert answer.status == 201
    address = answer.data["url"].removeprefix("https://sync.example")
    page = await world.get(address)
    assert world.last.status_code == 200
    assert "Premium" in page.html
    assert "Ada &lt;Lovelace&gt;" in page.html
    assert 'lang="de"' in page.html


async def test_an_address_tells_nothing_about_anybody() -> None:
    world = ConsoleWorld()
    await world.enter()
    assert "Lovelace" not in world.base
    assert "acme" not in world.base


@pytest.mark.parametrize("damage", ["", "x", "k1.abc", "t1.", "../..", "t1.aaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
async def test_a_made_up_key_opens_nothing(damage: str) -> None:
    world = ConsoleWorld()
    await world.enter()
    page = await world.get(f"/console/{damage}/overview" if "/" not in damage else "/console/x/overview")
    assert world.last.status_code == 401
    assert page.by_id["stopped"]["data-code"] == "session-ended"


async def test_a_key_ends_after_an_hour_and_says_so() -> None:
    world = ConsoleWorld()
    await world.enter()
    world.moment = NOW + LASTS
    await world.get("overview")
    assert world.last.status_code == 401
    await world.get("overview", partial=True)
    assert world.last.status_code == 401
    assert world.last.headers["HX-Reswap"] == "none", "the page that is there stays"


def test_whoever_goes_on_working_is_not_thrown_out_and_nobody_stays_for_ever() -> None:
    first = begin("acme", "Ada", "en", frozenset(), NOW)
    assert renewed(first, NOW + LASTS / 4) == first
    later = first
    moment = NOW
    while moment < NOW + 2 * AT_MOST:
        moment += LASTS * 0.75
        if moment >= later.expires:
            break
        later = renewed(later, moment)
    assert later.expires == NOW + AT_MOST
    assert read(write(later, SEALER), SEALER, later.expires) is None
    assert read(write(later, SEALER), SEALER, later.expires - timedelta(seconds=1)) == later


async def test_the_pages_may_be_framed_by_timify_and_by_nobody_else() -> None:
    world = ConsoleWorld()
    await world.enter()
    await world.get("overview")
    policy = world.last.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://web.timify.com")
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in world.last.headers


async def test_before_the_privacy_policy_is_accepted_everything_leads_to_it() -> None:
    world = ConsoleWorld()
    await world.enter(privacy_policy=None)
    await world.get("overview")
    assert world.last.status_code == 303
    assert world.last.headers["Location"].endswith("/settings")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "POST"], ids=lambda route: route.path)
async def test_whoever_may_only_look_changes_nothing(route: Route) -> None:
    world = ConsoleWorld()
    await world.enter(rights=frozenset())
    path = route.path.replace("{resource_id}", "r0").replace("{conflict_id}", "c0")
    await world.post(path.replace("{action}", "invite"))
    assert world.last.status_code == 403
    assert not world.wakes.sent
    assert not world.mail.sent


def test_every_page_that_changes_something_names_the_right_it_takes() -> None:
    for route in ROUTES:
        assert route.method == "GET" or Right(route.right)


async def test_a_page_that_does_not_exist_says_so() -> None:
    world = ConsoleWorld()
    await world.enter()
    page = await world.get("nowhere")
    assert (world.last.status_code, page.by_id["stopped"]["data-code"]) == (404, "no-such-page")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "overview/live?start={n}"), ("GET", "overview?from={n}"), ("POST", "invitations/all")]
)
@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "\u0663", "\u00b2", "1e999", "-1"])
async def test_a_number_that_is_none_or_beyond_all_bounds_breaks_no_page(method: str, path: str, number: str) -> None:
    world = ConsoleWorld()
    await world.enter()
    if method == "GET":
        await world.get(path.format(n=quote(number)), partial=True)
    else:
        await world.post(path, {"done": number, "shown": number})
    assert world.last.status_code == 200
