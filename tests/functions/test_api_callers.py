"""Where the deployment asks for tokens, no route of the API answers without one, also one that is added tomorrow."""

import pytest

from functions.backend_api import ROUTES, Route
from shared.config import ConfigError, load_config
from shared.identity.callers import READ, WRITE
from tests.fakes.identity import SETTINGS
from tests.functions.api_world import World
from tests.functions.test_api_every_route import CONFLICT, body, filled, name
from tests.identity.test_callers import AUDIENCE, TENANT, Entra, token

IDS = {"company_id": "acme", "resource_id": "r0", "conflict_id": CONFLICT.id}


@pytest.fixture
async def world() -> World:
    world = World()
    await world.install()
    world.callers = Entra().callers
    return world


@pytest.mark.parametrize(
    "authorization", ["", "Bearer made-up", f"Bearer {token(2)}"], ids=["none", "made up", "forged"]
)
@pytest.mark.parametrize("route", ROUTES, ids=name)
async def test_no_route_answers_without_a_token_that_counts(world: World, route: Route, authorization: str) -> None:
    before = await world.facts()
    world.authorization = authorization
    answer = await world.call(route.method, filled(route, IDS), body(route))
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert await world.facts() == before


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET"], ids=name)
async def test_whoever_may_only_read_changes_nothing(world: World, route: Route) -> None:
    before = await world.facts()
    world.authorization = f"Bearer {token(roles=[READ])}"
    answer = await world.call(route.method, filled(route, IDS), body(route))
    assert (answer.status, answer.code) == (403, "role-missing")
    assert await world.facts() == before


@pytest.mark.parametrize("role", [READ, WRITE])
async def test_whoever_has_the_role_is_answered(world: World, role: str) -> None:
    world.authorization = f"bearer {token(roles=[role])}"
    assert (await world.call("GET", "/companies/acme")).status == 200


async def test_a_refused_token_is_not_repeated_to_anybody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.authorization = f"Bearer {token(2)}"
    answer = await world.call("GET", "/companies/acme")
    assert world.authorization[7:30] not in answer.raw.decode() + caplog.text


@pytest.mark.parametrize("tenant", ["", "common", "organizations", "contoso.com", f"{TENANT}/../common"])
def test_tokens_of_any_organisation_are_never_asked_for(tenant: str) -> None:
    """Whoever can make a registration anywhere could make such a token."""
    with pytest.raises(ConfigError, match="API_TENANT_ID"):
        load_config(SETTINGS | {"API_AUDIENCE": AUDIENCE, "API_TENANT_ID": tenant})
    assert load_config(SETTINGS | {"API_TENANT_ID": tenant}).api_audience == ""


def test_a_setting_that_is_secret_is_not_shown_with_the_others() -> None:
    secrets = {"ENTRA_CLIENT_SECRET", "TIMIFY_APP_SECRET", "TIMIFY_WEBHOOK_SECRET", "SIGNING_KEYS", "VAULT_KEYS"}
    config = load_config(SETTINGS | {each: f"kept back: {each}" for each in secrets})
    assert "kept back" not in repr(config)
