"""What holds for every page of the administrator, also for one that somebody adds tomorrow."""

import pytest

from functions.console import ROUTES, Route
from functions.http import MAX_BODY
from shared.identity.console import Right, begin, write
from tests.functions.api_world import NOW
from tests.functions.console_world import ConsoleWorld
from tests.functions.test_api_every_route import CONFLICT, NO_TRACE, settle


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def path(route: Route) -> str:
    return route.path.format(resource_id="acme-zoe", conflict_id=CONFLICT.id)


@pytest.fixture
async def world() -> ConsoleWorld:
    """Acme has a connection with a conflict; an administrator of its rival, with every right, looks around."""
    world = ConsoleWorld()
    await settle(world)
    session = begin("rival", "Mallory", "en", frozenset(Right), NOW)
    world.base = f"/console/{write(session, world.sealer)}"
    return world


@pytest.mark.parametrize("route", ROUTES, ids=name)
async def test_no_page_of_one_company_shows_or_changes_anything_of_another(world: ConsoleWorld, route: Route) -> None:
    before = await world.facts()
    form: dict[str, str | list[str]] = {"resource": "acme-zoe", "resources": ["acme-zoe"], "action": "ignore"}
    for partial in (False, True):
        if route.method == "GET":
            page = await world.get(path(route), partial=partial)
        else:
            page = await world.post(path(route), form | {"copies": "remove_future", "shown": "0"}, partial=partial)
        assert world.last.status_code < 500
        told = page.html.replace(path(route), "").replace(CONFLICT.id, "")
        assert [trace for trace in NO_TRACE if trace != CONFLICT.id and trace in told.replace("acme-zoe", "")] == []
    acme, connections, _, mail = await world.facts()
    assert (acme, connections, mail) == (before[0], before[1], before[3])
    assert [wake for wake in world.wakes.sent if wake.company_id == "acme"] == []


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "POST"], ids=name)
async def test_an_enormous_form_is_refused_and_nothing_is_done(world: ConsoleWorld, route: Route) -> None:
    await world.enter()
    before = await world.facts()
    await world.post(path(route), {"text": "x" * MAX_BODY})
    assert world.last.status_code == 413
    assert await world.facts() == before


@pytest.mark.parametrize("route", ROUTES, ids=name)
async def test_every_page_is_locked_down_whatever_it_answers(world: ConsoleWorld, route: Route) -> None:
    ask = world.get if route.method == "GET" else world.post
    for base in (world.base, "/console/made-up"):
        world.base = base
        await ask(path(route))
        headers = world.last.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        framed = headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2]
        assert framed == ("'none'" if world.last.status_code == 303 else "https://web.timify.com")
        assert str(headers.get("Location", "/")).startswith("/")
        assert [value for value in dict(headers).values() if "\n" in str(value)] == []


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET"], ids=name)
async def test_opening_a_page_changes_nothing(world: ConsoleWorld, route: Route) -> None:
    """Whatever follows links by itself (a browser that loads ahead, a scanner) does no harm."""
    await world.enter()
    before = await world.facts()
    await world.get(path(route))
    assert await world.facts() == before


@pytest.mark.parametrize("stray", ["%0D%0ASet-Cookie: a=b", '"><script>', "'", " ", "=", "ü", "\x00"])
async def test_a_key_with_something_stuffed_into_it_is_none(world: ConsoleWorld, stray: str) -> None:
    """Decoding passes over what is no letter of it, and pages show the address that they were asked under."""
    middle = len(world.base) - 20
    world.base = world.base[:middle] + stray + world.base[middle:]
    page = await world.get("help", partial=True)
    assert world.last.status_code == 401
    assert "<script>" not in page.html


async def test_a_key_of_a_company_that_left_opens_nothing_but_the_end(world: ConsoleWorld) -> None:
    await world.enter()
    await world.leave()
    for route in ROUTES:
        if not route.last and route.method == "GET":
            await world.get(path(route))
            assert world.last.status_code == 410
