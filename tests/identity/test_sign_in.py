"""The real MSAL against a scripted Microsoft."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from shared.domain.failures import Broken, Reason, Throttled, Transient
from shared.identity.entra_errors import code_of
from shared.identity.grants import Grant
from shared.identity.sign_in import EntraSignIn
from shared.sync.access import SignedIn, SignInFailed
from tests.identity.entra import HERE, Entra, refusal, token_answer

STATE = "state-of-this-journey"


async def begun(sign_in: EntraSignIn) -> tuple[dict[str, list[str]], str]:
    address, flow = await sign_in.begin(STATE)
    assert address.startswith(f"{HERE}/organizations/oauth2/v2.0/authorize?")
    return parse_qs(urlsplit(address).query), flow


async def completed(entra: Entra) -> SignedIn | SignInFailed:
    sign_in = entra.sign_in()
    _, flow = await begun(sign_in)
    if not entra.tokens:
        entra.tokens = [(200, token_answer(nonce=hashed_nonce(flow)))]
    return await sign_in.complete(flow, {"state": STATE, "code": "CODE"})


def hashed_nonce(flow: str) -> str:
    import hashlib

    return hashlib.sha256(json.loads(flow)["nonce"].encode()).hexdigest()


async def grant(entra: Entra) -> Grant:
    result = await completed(entra)
    assert isinstance(result, SignedIn)
    return Grant.from_text(result.grant)


async def test_the_browser_goes_to_the_configured_host_with_pkce_state_and_nonce() -> None:
    query, flow = await begun(Entra().sign_in())
    assert query["code_challenge_method"] == ["S256"]
    assert query["state"] == [STATE]
    assert query["response_mode"] == ["query"]
    assert query["nonce"]
    assert set(query["scope"][0].split()) == {"Calendars.ReadWrite", "openid", "profile", "offline_access"}
    assert json.loads(flow)["code_verifier"] not in str(query)


async def test_microsoft_suggests_the_account_or_asks_for_one() -> None:
    sign_in = Entra().sign_in()
    hinted, _ = await sign_in.begin(STATE, "pat@example.org")
    query = parse_qs(urlsplit(hinted).query)
    assert query["login_hint"] == ["pat@example.org"]
    assert "prompt" not in query
    asking, _ = await sign_in.begin(STATE, choose=True)
    query = parse_qs(urlsplit(asking).query)
    assert query["prompt"] == ["select_account"]
    assert "login_hint" not in query


async def test_who_signed_in_is_known_by_ids_and_not_by_mail_address() -> None:
    entra = Entra()
    result = await completed(entra)
    assert isinstance(result, SignedIn)
    assert (result.account, result.username, result.access_token) == ("oid-1.tid-1", "pat@example.org", "AT-1")
    assert entra.asked[0]["code"] == "CODE"
    assert entra.asked[0]["client_secret"] == "secret"
    assert entra.asked[0]["code_verifier"]
    assert "AT-1" not in repr(result)


async def test_a_foreign_state_or_nonce_is_a_sign_in_that_expired() -> None:
    entra = Entra()
    sign_in = entra.sign_in()
    _, flow = await begun(sign_in)
    wrong_state = await sign_in.complete(flow, {"state": "other", "code": "CODE"})
    entra.tokens = [(200, token_answer(nonce="of somebody else"))]
    wrong_nonce = await sign_in.complete(flow, {"state": STATE, "code": "CODE"})
    nothing = await sign_in.complete(flow, {"state": STATE})
    for result in (wrong_state, wrong_nonce, nothing):
        assert isinstance(result, SignInFailed)
        assert result.reason is Reason.SIGN_IN_EXPIRED


FROM_THE_BROWSER = [
    ("access_denied", "AADSTS65004: User declined", Reason.CONSENT_DECLINED),
    ("access_denied", "", Reason.CONSENT_DECLINED),
    ("access_denied", "AADSTS90095: admin workflow", Reason.ADMIN_APPROVAL_REQUIRED),
    ("consent_required", "AADSTS90094: admin", Reason.ADMIN_APPROVAL_REQUIRED),
    ("invalid_request", "AADSTS90094: admin", Reason.ADMIN_APPROVAL_REQUIRED),
    ("interaction_required", "AADSTS53003: policy", Reason.BLOCKED_BY_POLICY),
    ("access_denied", "AADSTS50105: not assigned", Reason.BLOCKED_BY_POLICY),
    ("temporarily_unavailable", "", Reason.MICROSOFT_UNREACHABLE),
    ("server_error", "", Reason.MICROSOFT_UNREACHABLE),
    ("unauthorized_client", "AADSTS50194: single tenant", Reason.OUR_CREDENTIALS),
    ("login_required", "AADSTS50058: not signed in", Reason.SIGN_IN_EXPIRED),
]


@pytest.mark.parametrize(("error", "description", "reason"), FROM_THE_BROWSER)
async def test_every_refusal_through_the_browser_is_told_apart(error: str, description: str, reason: Reason) -> None:
    sign_in = Entra().sign_in()
    _, flow = await begun(sign_in)
    answer = {"state": STATE, "error": error, "error_description": description}
    result = await sign_in.complete(flow, {name: value for name, value in answer.items() if value})
    assert isinstance(result, SignInFailed)
    assert result.reason is reason


FROM_THE_TOKEN_ENDPOINT = [
    (refusal("invalid_grant", 54005), Reason.SIGN_IN_EXPIRED),
    (refusal("invalid_grant", 70008), Reason.SIGN_IN_EXPIRED),
    (refusal("invalid_grant", 65001, suberror="consent_required"), Reason.ADMIN_APPROVAL_REQUIRED),
    (refusal("invalid_grant", 50057), Reason.BLOCKED_BY_POLICY),
    (refusal("invalid_grant", 50034), Reason.MAILBOX_NOT_FOUND),
    (refusal("unauthorized_client", 700016), Reason.ADMIN_APPROVAL_REQUIRED),
    (refusal("invalid_client", 7000222), Reason.OUR_CREDENTIALS),
    (refusal("invalid_client"), Reason.OUR_CREDENTIALS),
]


@pytest.mark.parametrize(("answer", "reason"), FROM_THE_TOKEN_ENDPOINT)
async def test_every_refusal_of_the_code_is_told_apart(answer: dict[str, object], reason: Reason) -> None:
    entra = Entra()
    entra.tokens = [(400, answer)]
    result = await completed(entra)
    assert isinstance(result, SignInFailed)
    assert result.reason is reason
    assert "words" not in result.detail


AWAY = [
    (503, ""),
    (500, "<html>not JSON</html>"),
    (429, "{}"),
    httpx.ConnectTimeout("slow"),
    httpx.ConnectError("no route"),
]


@pytest.mark.parametrize("trouble", AWAY)
async def test_microsoft_being_away_is_not_the_persons_fault(trouble: tuple[int, str] | Exception) -> None:
    entra = Entra()
    entra.tokens = [trouble]
    result = await completed(entra)
    assert isinstance(result, SignInFailed)
    assert result.reason is Reason.MICROSOFT_UNREACHABLE


@pytest.mark.parametrize("trouble", AWAY)
async def test_microsoft_being_away_does_not_disconnect_anybody(trouble: tuple[int, str] | Exception) -> None:
    entra = Entra()
    stored = await grant(entra)
    entra.tokens = [trouble]
    with pytest.raises(Transient):
        await entra.sign_in().refresh(stored)


async def test_the_wish_to_wait_is_passed_on() -> None:
    entra = Entra()
    stored = await grant(entra)
    entra.tokens = [(429, "{}")]
    with pytest.raises(Throttled) as throttled:
        await entra.sign_in().refresh(stored)
    assert throttled.value.retry_after == 7


async def test_a_renewed_token_brings_the_rotated_refresh_token_with_it() -> None:
    entra = Entra()
    stored = await grant(entra)
    entra.tokens = [(200, token_answer("AT-2", "RT-2")), (200, token_answer("AT-3", "RT-3"))]
    second = await entra.sign_in().refresh(stored)
    third = await entra.sign_in().refresh(second)
    assert (second.access_token, third.access_token) == ("AT-2", "AT-3")
    assert [asked["refresh_token"] for asked in entra.asked[1:]] == ["RT-1", "RT-2"]


REVOKED = [
    (refusal("invalid_grant", 50173), Reason.ACCESS_REVOKED),
    (refusal("invalid_grant", 700082), Reason.ACCESS_REVOKED),
    (refusal("invalid_grant", 65001, suberror="consent_required"), Reason.ACCESS_REVOKED),
    (refusal("interaction_required", 50076), Reason.ACCESS_REVOKED),
    (refusal("invalid_grant"), Reason.ACCESS_REVOKED),
    (refusal("unauthorized_client", 700016), Reason.ACCESS_REVOKED),
    (refusal("invalid_grant", 53003), Reason.BLOCKED_BY_POLICY),
    (refusal("invalid_client", 7000215), Reason.OUR_CREDENTIALS),
]


@pytest.mark.parametrize(("answer", "reason"), REVOKED)
async def test_a_dead_permission_says_who_must_act(answer: dict[str, object], reason: Reason) -> None:
    entra = Entra()
    stored = await grant(entra)
    entra.tokens = [(400, answer)]
    with pytest.raises(Broken) as broken:
        await entra.sign_in().refresh(stored)
    assert broken.value.reason is reason


async def test_being_told_to_ask_less_often_is_waited_out() -> None:
    entra = Entra()
    stored = await grant(entra)
    entra.tokens = [(400, refusal("invalid_grant", 50196))]
    with pytest.raises(Throttled):
        await entra.sign_in().refresh(stored)


async def test_an_error_of_a_minute_ago_is_not_answered_again_after_reconnecting() -> None:
    entra = Entra()
    stored = await grant(entra)
    sign_in = entra.sign_in()
    entra.tokens = [(400, refusal("invalid_grant", 50173)), (200, token_answer("AT-9"))]
    with pytest.raises(Broken):
        await sign_in.refresh(stored)
    assert (await sign_in.refresh(stored)).access_token == "AT-9"


async def test_the_cache_of_another_account_gives_no_token() -> None:
    entra = Entra()
    stored = await grant(entra)
    with pytest.raises(Broken) as broken:
        await entra.sign_in().refresh(replace(stored, account="oid-2.tid-1"))
    assert broken.value.reason is Reason.ACCESS_REVOKED


async def test_a_managed_identity_needs_no_secret_and_is_asked_only_when_a_token_is_due() -> None:
    entra, asked = Entra(), []

    def assertion() -> str:
        asked.append(1)
        return "assertion-of-the-identity"

    sign_in = entra.sign_in(assertion)
    _, flow = await begun(sign_in)
    assert asked == []
    entra.tokens = [(200, token_answer(nonce=hashed_nonce(flow)))]
    assert isinstance(await sign_in.complete(flow, {"state": STATE, "code": "CODE"}), SignedIn)
    assert entra.asked[0]["client_assertion"] == "assertion-of-the-identity"
    assert "client_secret" not in entra.asked[0]


async def test_the_discovery_document_is_read_once_a_process() -> None:
    entra = Entra()
    sign_in = entra.sign_in()
    await begun(sign_in)
    await begun(sign_in)
    assert len(entra.urls) == 1
    assert entra.urls[0].startswith(HERE)


def test_the_administrators_link_asks_for_the_same_permissions() -> None:
    url = Entra().sign_in().admin_consent_url()
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{HERE}/organizations/v2.0/adminconsent?")
    assert query["client_id"] == ["client"]
    assert "https://graph.microsoft.com/Calendars.ReadWrite" in query["scope"][0]


def test_a_code_for_the_log_is_a_word_and_quotes_nobody() -> None:
    told = "AADSTS50034: kim@x.example is not known here"
    assert code_of({"error": "invalid_grant", "error_description": told}) == "AADSTS50034"
    assert code_of({"error": "interaction_required"}) == "interaction_required"
    assert code_of({"error": "kim@x.example may not sign in"}) == ""
