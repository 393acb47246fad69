"""What holds for every route of the route table, also for one that somebody adds tomorrow."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from functions.backend_api import ROUTES, Route
from functions.http import MAX_BODY
from shared.domain.accounts import RoundState, Status
from shared.domain.conflicts import Conflict, ConflictKind
from shared.sync.ports import Resource
from tests.functions import described
from tests.functions.api_world import INSTALLATION, NOW, World

OF_A_COMPANY = [route for route in ROUTES if route.ids]
OF_A_PART = [route for route in ROUTES if len(route.ids) > 1]
SECRET = "Zoe of acme"
CONFLICT = Conflict(kind=ConflictKind.REFUSED, item="c" * 32, detail="ErrorX", since=NOW - timedelta(hours=1))
NO_TRACE = (SECRET, "zoe@acme.example", "acme-zoe", CONFLICT.id, CONFLICT.item)


def name(route: Route) -> str:
    return route.name


def filled(route: Route, ids: Mapping[str, str]) -> str:
    """The path below /api/v1 with these ids."""
    return "/" + route.path.removeprefix("api/v1/").format(**ids)


def body(route: Route) -> Any:
    """The body that docs/openapi.json shows for a route, without the ids of its own resources."""
    told = described.description()["paths"][f"/{route.path}"][route.method.lower()]
    if "requestBody" not in told:
        return None
    shown = told["requestBody"]["content"]["application/json"]["example"]
    return {"resource_ids": ["acme-zoe"]} if route.name == "post_invitations" else shown


async def settle(world: World) -> None:
    """Both companies have installed; only acme has a connection, a conflict and a resource."""
    world.acme.add_resource(Resource(id="acme-zoe", name=SECRET, email="zoe@acme.example", timezone="Europe/Berlin"))
    for company_id in ("acme", "rival"):
        assert (await world.install(company_id)).status == 201
    await world.connect("acme-zoe", status=Status.CONNECTED, connected_at=NOW)
    await world.round("acme-zoe", RoundState(), CONFLICT)


@pytest.fixture
async def world() -> World:
    world = World()
    await settle(world)
    return world


@pytest.mark.parametrize("route", OF_A_PART, ids=name)
async def test_the_parts_of_another_company_are_not_there(world: World, route: Route) -> None:
    before = await world.facts()
    ids = {"company_id": "rival", "resource_id": "acme-zoe", "conflict_id": CONFLICT.id}
    answer = await world.call(route.method, filled(route, ids), body(route))
    assert (answer.status, answer.code) in [(404, "unknown-resource"), (404, "unknown-conflict")]
    assert not [trace for trace in NO_TRACE if trace in answer.raw.decode()]
    assert await world.facts() == before


@pytest.mark.parametrize("route", [route for route in OF_A_COMPANY if route not in OF_A_PART], ids=name)
async def test_no_answer_to_one_company_holds_anything_of_another(world: World, route: Route) -> None:
    before = await world.facts()
    answer = await world.call(route.method, filled(route, {"company_id": "rival"}), body(route))
    assert answer.status < 300
    told = answer.raw.decode()
    if route.name == "post_invitations":
        assert answer.data["items"][0]["problem"]["code"] == "unknown-resource"
        told = told.replace("acme-zoe", "what was asked for")
    assert not [trace for trace in NO_TRACE if trace in told]
    company, connections, _, mail = await world.facts()
    assert (company, connections, mail) == (before[0], before[1], before[3])


@pytest.mark.parametrize("route", [route for route in OF_A_COMPANY if route.name != "put_company"], ids=name)
async def test_a_company_that_never_installed_has_nothing_to_show(world: World, route: Route) -> None:
    ids = {"company_id": "nobody", "resource_id": "acme-zoe", "conflict_id": CONFLICT.id}
    answer = await world.call(route.method, filled(route, ids), body(route))
    assert (answer.status, answer.code) == (404, "unknown-company")


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.open], ids=name)
async def test_nothing_but_the_companys_own_works_before_it_accepts_the_privacy_policy(route: Route) -> None:
    world = World()
    await world.install(privacy_policy=None)
    ids = {"company_id": "acme", "resource_id": "r0", "conflict_id": CONFLICT.id}
    answer = await world.call(route.method, filled(route, ids), body(route))
    assert (answer.status, answer.code) == (403, "policy-not-accepted")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET"], ids=name)
async def test_an_enormous_body_is_refused_and_nothing_is_done(world: World, route: Route) -> None:
    before = await world.facts()
    ids = {"company_id": "acme", "resource_id": "acme-zoe", "conflict_id": CONFLICT.id}
    answer = await world.call(route.method, filled(route, ids), raw=b"{}" + b" " * MAX_BODY)
    assert (answer.status, answer.code) == (413, "too-large")
    assert await world.facts() == before


@pytest.mark.parametrize("route", ROUTES, ids=name)
async def test_a_query_parameter_that_no_route_knows_is_refused_and_nothing_is_done(world: World, route: Route) -> None:
    before = await world.facts()
    ids = {"company_id": "acme", "resource_id": "acme-zoe", "conflict_id": CONFLICT.id}
    answer = await world.call(route.method, filled(route, ids) + "?copyes=keep", body(route))
    assert (answer.status, answer.data["errors"][0]["parameter"]) == (400, "copyes")
    assert await world.facts() == before


@pytest.mark.parametrize("route", OF_A_COMPANY, ids=name)
async def test_an_id_that_cannot_be_one_is_refused(world: World, route: Route) -> None:
    good = {"company_id": "acme", "resource_id": "acme-zoe", "conflict_id": CONFLICT.id}
    for wrong in route.ids:
        answer = await world.call(route.method, filled(route, good | {wrong: "a|b"}), body(route))
        assert (answer.status, answer.data["errors"][0]["parameter"]) == (400, wrong)


def test_the_examples_that_these_tests_send_are_the_ones_a_reader_sees() -> None:
    assert {route.name for route in ROUTES if body(route) is not None} >= {"put_company", "put_settings"}
    assert body(next(route for route in ROUTES if route.name == "put_company")) == INSTALLATION
