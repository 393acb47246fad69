"""Tokens of the API's callers: what Entra made for us and for this role, and nothing that only looks like it."""

import asyncio
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.app import App
from shared.config import load_config
from shared.domain.failures import Transient
from shared.identity.callers import FORGIVEN, KEYS_LAST, LEEWAY, PAUSE, READ, WRITE, EntraCallers, NotAllowed, NotKnown
from shared.identity.entra_http import read_json
from tests.fakes.identity import SETTINGS

TENANT = "11111111-2222-4333-8444-555555555555"
ELSEWHERE = "99999999-2222-4333-8444-555555555555"
AUDIENCE = "aaaaaaaa-2222-4333-8444-555555555555"
LOGIN = "https://login.microsoftonline.com"


@cache
def key(number: int) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


class Entra:
    """Publishes the keys of `published`; `asked` are the addresses that were read."""

    def __init__(self, *published: int) -> None:
        self.published = published or (1,)
        self.seconds = 5000.0
        self.asked: list[str] = []
        self.away = False
        self.hanging: asyncio.Event | None = None
        self.callers = EntraCallers(AUDIENCE, TENANT, LOGIN, self._fetch, lambda: self.seconds)

    async def _fetch(self, url: str) -> Mapping[str, Any]:
        self.asked.append(url)
        if self.hanging:
            await self.hanging.wait()
        if self.away:
            raise Transient("503")
        return {"keys": [self._public(number) for number in self.published]}

    def _public(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key(number).public_key()))
        return {name: found[name] for name in ("kty", "n", "e")} | {"kid": f"k{number}", "use": "sig"}

    async def admits(self, token: str, *, writes: bool = True) -> bool:
        try:
            await self.callers.check(f"Bearer {token}", writes=writes)
        except NotKnown:
            return False
        return True


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    whole = {
        "aud": AUDIENCE,
        "iss": f"{LOGIN}/{TENANT}/v2.0",
        "tid": TENANT,
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(hours=1),
        "roles": [WRITE],
        "azp": "bbbbbbbb-2222-4333-8444-555555555555",
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def token(number: int = 1, kid: str = "", algorithm: str = "RS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key(number), algorithm, {"kid": kid or f"k{number}"})


async def test_a_caller_with_the_role_is_let_in_and_the_keys_are_read_once() -> None:
    entra = Entra()
    assert await entra.admits(token())
    assert await entra.admits(token(), writes=False)
    assert entra.asked == [f"{LOGIN}/{TENANT}/discovery/v2.0/keys"]


async def test_whoever_may_only_read_writes_nothing() -> None:
    entra = Entra()
    assert await entra.admits(token(roles=[READ]), writes=False)
    with pytest.raises(NotAllowed):
        await entra.callers.check(f"Bearer {token(roles=[READ])}", writes=True)


@pytest.mark.parametrize("roles", [None, [], ["Other"], WRITE, {WRITE: 1}, ["calendarsync.readwrite"]])
async def test_a_token_without_the_role_opens_nothing(roles: object) -> None:
    for writes in (True, False):
        with pytest.raises(NotAllowed):
            await Entra().callers.check(f"Bearer {token(roles=roles)}", writes=writes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "00000003-0000-0000-c000-000000000000"},
        {"aud": None},
        {"iss": f"{LOGIN}/{ELSEWHERE}/v2.0"},
        {"iss": f"https://sts.windows.net/{TENANT}/"},
        {"iss": f"{LOGIN}/{TENANT}/v2.0/"},
        {"iss": None},
        {"tid": ELSEWHERE},
        {"tid": None},
        {"exp": datetime.now(UTC) - timedelta(days=1)},
        {"exp": None},
        {"nbf": datetime.now(UTC) + timedelta(days=1)},
        {"nbf": None},
        {"iat": None},
    ],
    ids=lambda wrong: " ".join(f"{name} {str(value)[:4]}" for name, value in wrong.items()),
)
async def test_a_token_for_others_of_others_or_of_another_time_is_none(wrong: dict[str, Any]) -> None:
    assert not await Entra().admits(token(**wrong))


async def test_clocks_may_differ_by_a_little_and_no_more() -> None:
    now = datetime.now(UTC)
    assert await Entra().admits(token(exp=now - timedelta(seconds=LEEWAY - 30)))
    assert not await Entra().admits(token(exp=now - timedelta(seconds=LEEWAY + 5)))


async def test_a_token_that_somebody_else_signed_is_none() -> None:
    assert not await Entra(1).admits(token(2, kid="k1"))
    assert not await Entra(1).admits(token(2))


async def test_no_algorithm_of_the_callers_choice_is_used() -> None:
    """The public key as the secret of an HMAC, and no signature at all: the two classics."""
    public = key(1).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _ = token().split(".")
    plain = jwt.encode(claims(), "", "none", {"kid": "k1"})
    pss = token(algorithm="PS256")
    for forged in (plain, pss, f"{head}.{body}.", f"{head}.{body}"):
        assert not await Entra().admits(forged)
    header = _part({"alg": "HS256", "kid": "k1", "typ": "JWT"})
    signature = hmac.digest(public, f"{header}.{body}".encode(), "sha256")
    assert not await Entra().admits(f"{header}.{body}.{_encoded(signature)}")


async def test_a_key_that_the_token_brings_along_is_not_used() -> None:
    stranger: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key(2).public_key()))
    headers = {"kid": "k1", "jwk": stranger, "jku": "https://evil.example/keys", "x5u": "https://evil.example/x"}
    entra = Entra(1)
    assert not await entra.admits(jwt.encode(claims(), key(2), "RS256", headers))
    assert {url.partition("/discovery")[0] for url in entra.asked} == {f"{LOGIN}/{TENANT}"}


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "..", "ü.ü.ü", "\x00", "e30.e30.e30", "x" * 20_000, "a" * 99 + "."])
async def test_what_is_no_token_is_refused_and_nobody_is_asked(text: str) -> None:
    entra = Entra()
    assert not await entra.admits(text)
    assert entra.asked == []


@pytest.mark.parametrize("header", ["", "Bearer", "Basic dXNlcjpwYXNz", "bearer", "Bearer  "])
async def test_another_way_of_signing_in_is_none(header: str) -> None:
    with pytest.raises(NotKnown, match="no_token"):
        await Entra().callers.check(header, writes=False)


async def test_a_new_key_of_entras_is_found_and_an_old_one_ends() -> None:
    entra = Entra(1)
    assert await entra.admits(token(1))
    entra.published = (2,)
    entra.seconds += PAUSE
    assert await entra.admits(token(2))
    assert not await entra.admits(token(1))
    entra.published = (3,)
    entra.seconds += KEYS_LAST
    assert not await entra.admits(token(2))


async def test_made_up_names_of_keys_do_not_make_us_call_microsoft_all_day() -> None:
    entra = Entra(1)
    assert await entra.admits(token(1))
    for number in range(50):
        assert not await entra.admits(token(2, kid=f"made-up-{number}"))
    assert len(entra.asked) == 1
    entra.seconds += PAUSE
    for number in range(50):
        assert not await entra.admits(token(2, kid=f"made-up-{number}"))
    assert len(entra.asked) == 2


async def test_microsoft_being_away_does_not_shut_out_who_was_let_in_before() -> None:
    entra = Entra(1)
    assert await entra.admits(token(1))
    entra.away = True
    entra.seconds += KEYS_LAST
    assert await entra.admits(token(1))
    entra.seconds += FORGIVEN
    with pytest.raises(Transient):
        await entra.admits(token(1))


async def test_a_published_key_for_something_else_signs_no_token() -> None:
    entra = Entra(1)
    strange = [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}, "text", {"kty": "EC", "kid": "k2"}]
    encrypting = entra._public(1) | {"use": "enc"}

    async def fetch(url: str) -> Mapping[str, Any]:
        return {"keys": [*strange, encrypting]}

    callers = EntraCallers(AUDIENCE, TENANT, LOGIN, fetch, lambda: 0.0)
    with pytest.raises(NotKnown, match="unknown_key"):
        await callers.check(f"Bearer {token(1)}", writes=False)


@pytest.mark.parametrize(
    "unreadable", [{}, {"n": "AQAB"}, {"n": 5}, {"n": None}, {"n": "!"}, {"n": "a"}, {"d": "AQAB"}, {"e": []}], ids=str
)
async def test_one_key_that_cannot_be_read_shuts_nobody_out_whose_key_can(unreadable: dict[str, object]) -> None:
    entra = Entra(1)
    readable = entra._public(1)
    broken = {"kty": "RSA", "kid": "k2"} | ({"n": readable["n"], "e": "AQAB"} | unreadable if unreadable else {})

    async def fetch(url: str) -> Mapping[str, Any]:
        return {"keys": [broken, readable, broken | {"kid": "k3"}]}

    callers = EntraCallers(AUDIENCE, TENANT, LOGIN, fetch, lambda: 0.0)
    await callers.check(f"Bearer {token(1)}", writes=True)
    with pytest.raises(NotKnown, match="unknown_key"):
        await callers.check(f"Bearer {token(2)}", writes=True)


async def test_a_look_for_a_made_up_key_that_hangs_keeps_nobody_waiting_whose_key_is_known() -> None:
    entra = Entra(1)
    assert await entra.admits(token(1))
    entra.seconds += PAUSE
    entra.hanging = asyncio.Event()
    stranger = asyncio.create_task(entra.admits(token(2, kid="made-up")))
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(entra.asked) == 2
    async with asyncio.timeout(5):
        assert await entra.admits(token(1))
    assert not stranger.done()
    entra.hanging.set()
    assert not await stranger


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(302, headers={"location": "https://evil.example/keys"})]
)
async def test_keys_are_not_read_from_anywhere_else_and_trouble_is_told_as_that(answer: httpx.Response) -> None:
    asked: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return answer

    async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as http:
        with pytest.raises(Transient):
            await read_json(http, f"{LOGIN}/{TENANT}/discovery/v2.0/keys")
    assert asked == ["login.microsoftonline.com"]


@pytest.mark.parametrize("body", ["<html>", "[]", "7", ""])
async def test_what_is_no_list_of_keys_lets_nobody_in(body: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text=body))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(Transient):
            await read_json(http, f"{LOGIN}/{TENANT}/discovery/v2.0/keys")


def test_the_app_asks_for_tokens_where_the_settings_say_so() -> None:
    settings = SETTINGS | {"API_AUDIENCE": AUDIENCE, "API_TENANT_ID": TENANT}
    assert isinstance(App(load_config(settings)).callers, EntraCallers)
    assert App(load_config(SETTINGS)).callers is None


def _encoded(data: bytes) -> str:
    return jwt.utils.base64url_encode(data).decode()


def _part(data: dict[str, Any]) -> str:
    return _encoded(json.dumps(data).encode())
