"""The key vault's answers, each with what it means: wait, wait so long, get a new token, or tell operations."""

from typing import Any

import httpx
import pytest

from shared.domain.failures import Broken, Reason, Throttled, Transient
from shared.identity.key_vault import KeyVault, fixed_token
from tests.identity.keys import TOKEN, URL, VaultWorld, wrapped

KEY = wrapped("k1").partition(":")[2]
KID, _, WRAPPED = KEY.partition("#")


async def test_it_is_asked_as_its_contract_says() -> None:
    world, seen = VaultWorld(), list[httpx.Request]()

    async def note(request: httpx.Request) -> None:
        seen.append(request)

    world.http.event_hooks = {"request": [note]}
    assert len(await world.vault().unwrap(KID, WRAPPED)) == 32
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", f"{KID}/unwrapkey?api-version=7.4")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.content == f'{{"alg":"RSA-OAEP-256","value":"{WRAPPED}"}}'.encode()
    assert "=" not in WRAPPED


async def test_a_token_that_ran_out_is_replaced_once() -> None:
    world = VaultWorld(tokens=["of yesterday", TOKEN])
    assert len(await world.vault().unwrap(KID, WRAPPED)) == 32
    assert world.asked_for_new == [False, True]


async def test_a_token_that_is_refused_again_is_for_operations() -> None:
    world = VaultWorld(tokens=["of somebody else"])
    with pytest.raises(Broken, match="key_vault_401") as broken:
        await world.vault().unwrap(KID, WRAPPED)
    assert (broken.value.reason, world.unwrapped()) == (Reason.OUR_CREDENTIALS, 2)


REFUSALS: list[tuple[int, dict[str, Any], str]] = [
    (403, {"error": {"code": "Forbidden", "innererror": {"code": "ForbiddenByRbac"}}}, "key_vault_403_ForbiddenByRbac"),
    (404, {"error": {"code": "KeyNotFound", "message": "gone"}}, "key_vault_404_KeyNotFound"),
    (400, {"error": {"code": "BadParameter", "innererror": None}}, "key_vault_400_BadParameter"),
    (403, {"unheard": "of"}, "key_vault_403"),
]


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS)
async def test_a_refusal_is_ours_to_mend_is_named_and_is_not_repeated(
    status: int, body: dict[str, Any], code: str
) -> None:
    world = VaultWorld()
    await world.fault(path="unwrapkey", status=status, body=body, times=None)
    with pytest.raises(Broken) as broken:
        await world.vault().unwrap(KID, WRAPPED)
    assert (broken.value.reason, broken.value.code) == (Reason.OUR_CREDENTIALS, code)
    assert (world.unwrapped(), world.slept) == (1, [])


VERSION = KID.removeprefix(URL)
OFF_AND_ON: list[tuple[tuple[str, str, object], tuple[str, str, object]]] = [
    (
        ("PATCH", VERSION, {"attributes": {"enabled": False}}),
        ("PATCH", VERSION, {"attributes": {"enabled": True}}),
    ),
    (("DELETE", "/keys/wrapping", None), ("POST", "/deletedkeys/wrapping/recover", None)),
]


@pytest.mark.parametrize(("off", "on"), OFF_AND_ON, ids=["disabled", "deleted"])
async def test_a_wrapping_key_that_is_put_back_works_again_without_a_restart(
    off: tuple[str, str, object], on: tuple[str, str, object]
) -> None:
    world = VaultWorld()
    await world.ask(*off)
    with pytest.raises(Broken, match=r"KeyDisabled|KeyNotFound"):
        await world.vault().unwrap(KID, WRAPPED)
    await world.ask(*on)
    assert len(await world.vault().unwrap(KID, WRAPPED)) == 32


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 500}, {"status": 408}, {"drop": True}])
async def test_a_hiccup_is_got_over_and_a_silent_vault_is_waited_for(fault: dict[str, Any]) -> None:
    world = VaultWorld()
    await world.fault(path="unwrapkey", times=2, **fault)
    assert len(await world.vault().unwrap(KID, WRAPPED)) == 32
    assert world.slept == [0.5, 0.5]
    await world.fault(path="unwrapkey", times=None, **fault)
    with pytest.raises(Transient) as failure:
        await world.vault().unwrap(KID, WRAPPED)
    assert failure.value.code.startswith("key_vault_")


async def test_a_vault_that_hangs_is_not_waited_for_without_end() -> None:
    def hang(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"] == {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 10.0}
        raise httpx.ReadTimeout("slow", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(hang)) as http:
        world = VaultWorld()
        with pytest.raises(Transient, match="key_vault_ReadTimeout"):
            await KeyVault(http, fixed_token(TOKEN), world.sleep).unwrap(KID, WRAPPED)


async def test_a_short_wish_to_wait_is_granted_and_a_long_one_handed_on() -> None:
    world = VaultWorld()
    await world.fault(path="unwrapkey", status=429, headers={"retry-after": "1"})
    assert len(await world.vault().unwrap(KID, WRAPPED)) == 32
    assert world.slept == [1.0]
    await world.fault(path="unwrapkey", status=429, headers={"retry-after": "30"}, times=None)
    with pytest.raises(Throttled) as throttled:
        await world.vault().unwrap(KID, WRAPPED)
    assert throttled.value.retry_after == 30


async def test_while_the_vault_wants_to_be_left_alone_nobody_of_the_process_asks_it() -> None:
    world = VaultWorld()
    vault = world.vault()
    await world.fault(path="unwrapkey", status=429, headers={"retry-after": "30"})
    for _ in range(3):
        with pytest.raises(Throttled) as throttled:
            await vault.unwrap(KID, WRAPPED)
        assert 29 < throttled.value.retry_after <= 30
    assert world.unwrapped() == 1


async def test_an_answer_that_cannot_be_read_is_not_taken_for_a_key() -> None:
    bodies: list[Any] = ["<html>", {}, {"value": None}, {"value": 7}, []]
    for body in bodies:
        world = VaultWorld()
        await world.fault(path="unwrapkey", status=200, body=body, times=None)
        with pytest.raises(Transient, match="unreadable"):
            await world.vault().unwrap(KID, WRAPPED)


async def test_no_key_and_no_token_is_written_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    world = VaultWorld()
    await world.fault(path="unwrapkey", status=403, body={"error": {"code": "Forbidden"}}, times=None)
    with pytest.raises(Broken):
        await world.vault().unwrap(KID, WRAPPED)
    assert "The key vault does not open a data key: Broken key_vault_403_Forbidden" in caplog.text
    assert WRAPPED not in caplog.text
    assert TOKEN not in caplog.text
