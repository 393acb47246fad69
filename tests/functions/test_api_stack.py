"""The API through the function host, the real tables and the TIMIFY simulator: what the fakes promise is so."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from dev.stack import Stack
from tests.functions.api_world import INSTALLATION

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]
COMPANY = "api-stack"


@pytest_asyncio.fixture(loop_scope="session")
async def api(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with the key, for a company with two resources that installed the app."""
    facts = {
        "plan": "premium",
        "timezone": "Europe/Berlin",
        "resources": [{"id": "zoe", "name": "Zoe", "email": "zoe@acme.example"}, {"id": "room", "name": "Room 1"}],
    }
    headers = {"x-functions-key": stack.function_key}
    async with httpx.AsyncClient(timeout=30, headers=headers) as client:
        (await client.put(f"{stack.timify_url}/_sim/companies/{COMPANY}", json=facts)).raise_for_status()
        client.base_url = httpx.URL(f"{stack.functions_url}/api/v1/companies/{COMPANY}/")
        (await client.put("", json=INSTALLATION)).raise_for_status()
        yield client


async def test_a_caller_without_the_key_reads_nothing(api: httpx.AsyncClient) -> None:
    answer = await api.get("settings", headers={"x-functions-key": "guessed"})
    assert answer.status_code == 401
    assert answer.content == b""


async def test_what_is_saved_is_still_there_when_it_is_read_again(api: httpx.AsyncClient) -> None:
    choices = {"direction": "outlook_to_timify", "timify_to_outlook": {"notes": "on"}}
    saved = (await api.put("settings", json=choices)).json()
    assert (await api.get("settings")).json() == saved
    await api.patch("resources/room/settings", json={"direction": "two_way"})
    shown = (await api.get("resources/room/settings")).json()
    assert shown["overrides"] == {"direction": "two_way"}
    assert shown["effective"] == {**saved, "direction": "two_way"}


async def test_an_invitation_shows_in_overview_and_log(api: httpx.AsyncClient) -> None:
    answer = await api.post("invitations", json={"resource_ids": ["zoe", "room"]})
    assert [item["status"] for item in answer.json()["items"]] == ["awaiting_confirmation", None]
    first = (await api.get("resources", params={"limit": 1})).json()
    second = (await api.get("resources", params={"limit": 1, "next": first["next"]})).json()
    labels = {item["resource_id"]: item["label"] for item in first["items"] + second["items"]}
    assert labels == {"zoe": "Awaiting Confirmation", "room": "Invite"}
    assert (await api.get("resources/zoe/log")).json()["items"][0]["rule"] == "invited"
    assert (await api.get("conflicts")).json() == {"items": [], "next": None}


async def test_nothing_that_is_sent_gets_past_the_host_into_an_empty_500(api: httpx.AsyncClient) -> None:
    for path in ("resources/a%2Fb", "resources/%00", "resources/%F0%9F%98%80", "resources/a%20b/log"):
        answer = await api.get(path)
        assert answer.status_code in (400, 404), path
    assert (await api.put("settings", content=b"\xff\x00")).status_code in (400, 415)
    assert (await api.get("resources", params={"q": "' or 1 eq 1"})).json()["items"] == []


async def test_graph_gets_its_token_back_decoded(stack: Stack) -> None:
    token = "Validation: Testing + <b> & ü"
    async with httpx.AsyncClient(timeout=30) as client:
        url = f"{stack.functions_url}/api/graph/lifecycle"
        answer = await client.post(url, params={"validationToken": token})
    assert (answer.status_code, answer.text) == (200, token)
    assert answer.headers["content-type"].startswith("text/plain")
