"""The identity provider, through the real MSAL library."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import msal

from tests.dev.outlook.world import BASE, UPN, World

AUTHORITY = "https://login.microsoftonline.com"
REDIRECT = "http://app.test/callback"
SCOPES = ["User.Read", "Calendars.ReadWrite", "MailboxSettings.Read"]


class Wire:
    """MSAL's http_client: maps the login host to the simulator, and runs its coroutines from MSAL's thread."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._loop = asyncio.get_running_loop()

    def get(self, url: str, **kwargs: Any) -> Any:
        return self._send("GET", url, **kwargs)

    def post(self, url: str, **kwargs: Any) -> Any:
        return self._send("POST", url, **kwargs)

    def close(self) -> None:
        self._loop = asyncio.get_event_loop()

    def _send(self, method: str, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any) -> Any:
        request = self._world.client.request(
            method, url.replace(AUTHORITY, BASE), params=params, data=data, headers=headers
        )
        return asyncio.run_coroutine_threadsafe(request, self._loop).result(10)


async def app_for(world: World, credential: Any = "app-secret") -> Any:
    wire = Wire(world)

    def build() -> Any:
        return msal.ConfidentialClientApplication(
            "app-id",
            authority=f"{AUTHORITY}/common",
            client_credential=credential,
            http_client=wire,
            instance_discovery=False,
        )

    return await asyncio.to_thread(build)


async def begin(app: Any, **options: Any) -> dict[str, Any]:
    return dict(await asyncio.to_thread(app.initiate_auth_code_flow, SCOPES, redirect_uri=REDIRECT, **options))


async def sign_in(world: World, app: Any, upn: str = UPN, **options: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The flow, and what came back to the redirect address."""
    flow = await begin(app, **options)
    url = flow["auth_uri"].replace(AUTHORITY, BASE) + f"&_sim_user={upn}"
    answer = await world.client.get(url)
    assert answer.status_code == 302, answer.text
    location = answer.headers["location"]
    assert location.startswith(REDIRECT)
    return flow, dict(parse_qsl(urlsplit(location).query))


async def redeem(app: Any, flow: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    return dict(await asyncio.to_thread(app.acquire_token_by_auth_code_flow, flow, params))


async def test_msal_signs_in_and_its_token_opens_the_mailbox_as_the_app(world: World) -> None:
    app = await app_for(world)
    result = await redeem(app, *await sign_in(world, app))
    claims = result["id_token_claims"]
    mailbox = (await world.client.get(f"/_sim/mailboxes/{UPN}")).json()
    assert (claims["oid"], claims["tid"], claims["preferred_username"]) == (mailbox["oid"], mailbox["tenant"], UPN)
    (account,) = app.get_accounts()
    assert account["home_account_id"] == f"{mailbox['oid']}.{mailbox['tenant']}"
    await world.client.delete("/_sim/requests")
    answer = await world.client.get("/v1.0/me", headers={"authorization": f"Bearer {result['access_token']}"})
    assert answer.json()["userPrincipalName"] == UPN
    (entry,) = (await world.client.get("/_sim/requests")).json()
    assert (entry["actor"], entry["headers"]["authorization"]) == ("app", "***")


async def test_a_refresh_rotates_the_token_and_leaves_the_old_one_good(world: World) -> None:
    app = await app_for(world)
    first = await redeem(app, *await sign_in(world, app))
    (account,) = app.get_accounts()
    second = await asyncio.to_thread(app.acquire_token_silent_with_error, SCOPES, account=account, force_refresh=True)
    assert second["access_token"] != first["access_token"]
    again = await asyncio.to_thread(app.acquire_token_by_refresh_token, first["refresh_token"], SCOPES)
    assert "access_token" in again


async def test_a_code_cannot_be_redeemed_twice(world: World) -> None:
    app = await app_for(world)
    flow, params = await sign_in(world, app)
    await redeem(app, flow, params)
    replay = await redeem(app, flow, params)
    assert (replay["error"], replay["error_codes"]) == ("invalid_grant", [54005])


async def test_a_stolen_code_is_worthless_without_its_verifier_and_address(world: World) -> None:
    app = await app_for(world)
    flow, params = await sign_in(world, app)
    form = {"grant_type": "authorization_code", "client_id": "app-id", "client_secret": "app-secret"}
    form |= {"code": params["code"], "redirect_uri": REDIRECT, "code_verifier": "wrong" * 10}
    token = f"{BASE}/common/oauth2/v2.0/token"
    assert (await world.client.post(token, data=form)).json()["error_codes"] == [501481]
    elsewhere = form | {"redirect_uri": "http://evil.test", "code_verifier": flow["code_verifier"]}
    assert (await world.client.post(token, data=elsewhere)).status_code == 400
    assert "access_token" in await redeem(app, flow, params)


async def test_a_wrong_secret_is_the_operators_fault_not_the_persons(world: World) -> None:
    app = await app_for(world, "wrong")
    result = await redeem(app, *await sign_in(world, app))
    assert (result["error"], result["error_codes"]) == ("invalid_client", [7000215])


async def test_a_client_assertion_is_taken_instead_of_a_secret(world: World) -> None:
    app = await app_for(world, {"client_assertion": lambda: "signed.by.azure"})
    assert "access_token" in await redeem(app, *await sign_in(world, app))


async def test_revoked_tokens_are_dead_until_the_person_signs_in_again(world: World) -> None:
    app = await app_for(world)
    result = await redeem(app, *await sign_in(world, app))
    await world.client.post(f"/_sim/mailboxes/{UPN}/revoke")
    bearer = {"authorization": f"Bearer {result['access_token']}"}
    refused = await world.client.get("/v1.0/me", headers=bearer)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    failed = await asyncio.to_thread(app.acquire_token_by_refresh_token, result["refresh_token"], SCOPES)
    assert (failed["error"], failed["error_codes"]) == ("invalid_grant", [50173])
    fresh = await redeem(app, *await sign_in(world, app))
    assert "access_token" in fresh
    still = await asyncio.to_thread(app.acquire_token_by_refresh_token, result["refresh_token"], SCOPES[:1])
    assert still["error"] == "invalid_grant"


async def test_an_access_token_expires_and_its_life_can_be_set(world: World) -> None:
    await world.client.put("/_sim/identity", json={"access_token_seconds": 60})
    await world.mailbox()
    assert (await world.call("GET", "/me")).status_code == 200
    world.pass_time(seconds=61)
    assert await world.error("GET", "/me") == (401, "InvalidAuthenticationToken")
    assert (await world.client.get("/v1.0/me")).status_code == 401


async def test_declined_and_admin_required_are_told_apart(world: World) -> None:
    app = await app_for(world)
    await world.mailbox("dan@contoso.example", consent="declined")
    await world.mailbox("eve@contoso.example", consent="admin_required")
    _, declined = await sign_in(world, app, "dan@contoso.example")
    assert declined["error"] == "access_denied"
    assert "AADSTS65004" in declined["error_description"]
    flow, admin = await sign_in(world, app, "eve@contoso.example")
    assert admin["error"] == "consent_required"
    assert "AADSTS90094" in admin["error_description"]
    assert "error" in await redeem(app, flow, admin)


async def test_an_administrators_consent_frees_the_whole_tenant_and_no_other(world: World) -> None:
    app = await app_for(world)
    await world.mailbox("eve@contoso.example", consent="admin_required")
    await world.mailbox("fay@fabrikam.example", consent="admin_required")
    tenant = (await world.client.get("/_sim/mailboxes/eve@contoso.example")).json()["tenant"]
    page = f"/{tenant}/v2.0/adminconsent?client_id=app-id&redirect_uri={REDIRECT}&state=s1"
    assert 'id="accept"' in (await world.client.get(page)).text
    answer = await world.client.get(page + "&_sim_accept=1")
    back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert (back["admin_consent"], back["tenant"], back["state"]) == ("True", tenant, "s1")
    assert "code" in (await sign_in(world, app, "eve@contoso.example"))[1]
    assert "error" in (await sign_in(world, app, "fay@fabrikam.example"))[1]


async def test_the_sign_in_page_offers_every_mailbox_and_a_way_out(world: World) -> None:
    app = await app_for(world)
    await world.mailbox("zoe@contoso.example", name="Zoë <b>")
    flow = await asyncio.to_thread(
        app.initiate_auth_code_flow, SCOPES, redirect_uri=REDIRECT, login_hint="zoe@contoso.example"
    )
    page = (await world.client.get(flow["auth_uri"].replace(AUTHORITY, BASE))).text
    assert re.findall(r'data-upn="([^"]+)"', page) == ["zoe@contoso.example", UPN]
    assert "<b>" not in page
    found = re.search(r'id="cancel" href="([^"]+)"', page)
    assert found is not None
    answer = await world.client.get(found[1].replace("&amp;", "&"))
    back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert (back["error"], back["state"]) == ("access_denied", flow["state"])


async def test_form_post_brings_the_answer_in_a_form(world: World) -> None:
    app = await app_for(world)
    flow = await asyncio.to_thread(
        app.initiate_auth_code_flow, SCOPES, redirect_uri=REDIRECT, response_mode="form_post"
    )
    page = (await world.client.get(flow["auth_uri"].replace(AUTHORITY, BASE) + f"&_sim_user={UPN}")).text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    assert f'action="{REDIRECT}"' in page
    assert "access_token" in await redeem(app, flow, fields)


async def test_a_prompt_that_may_not_show_anything_is_refused(world: World) -> None:
    query = f"client_id=app-id&response_type=code&redirect_uri={REDIRECT}&prompt=none&state=x&scope=openid"
    answer = await world.client.get(f"/common/oauth2/v2.0/authorize?{query}")
    assert "error=login_required" in answer.headers["location"]
    wrong = await world.client.get(f"/common/oauth2/v2.0/authorize?{query.replace('app-id', 'other')}")
    assert (wrong.status_code, "AADSTS700016" in wrong.text) == (400, True)


async def test_a_prompt_that_microsoft_does_not_know_is_refused(world: World) -> None:
    query = f"client_id=app-id&response_type=code&redirect_uri={REDIRECT}&state=x&scope=openid"
    wrong = await world.client.get(f"/common/oauth2/v2.0/authorize?{query}&prompt=choose")
    assert (wrong.status_code, "AADSTS90023" in wrong.text) == (400, True)
    choosing = await world.client.get(f"/common/oauth2/v2.0/authorize?{query}&prompt=select_account")
    assert choosing.status_code == 200


async def test_the_id_token_is_signed_with_the_published_key(world: World) -> None:
    app = await app_for(world)
    result = await redeem(app, *await sign_in(world, app))
    keys: httpx.Response = await world.client.get("/common/discovery/v2.0/keys")
    claims = jwt.decode(
        result["id_token"],
        jwt.PyJWK(keys.json()["keys"][0]),
        audience="app-id",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert claims["iss"] == f"{AUTHORITY}/{claims['tid']}/v2.0"


async def test_a_mailboxs_consent_taken_back_ends_the_refreshing(world: World) -> None:
    app = await app_for(world)
    result = await redeem(app, *await sign_in(world, app))
    await world.mailbox(consent="declined")
    failed = await asyncio.to_thread(app.acquire_token_by_refresh_token, result["refresh_token"], SCOPES)
    assert (failed["error_codes"], failed["suberror"]) == ([65001], "consent_required")
