"""Data keys: opened by the vault when first needed, rotated while old and new processes run side by side, and lost."""

import asyncio

import pytest

from shared.app import App
from shared.config import ConfigError, load_config
from shared.domain.failures import Broken, Reason, Transient
from shared.identity.data_keys import DataKeys
from shared.sync.access import CannotUnseal, KeyUnknown
from tests.fakes.identity import SETTINGS, no_vault
from tests.identity.keys import URL, VaultWorld, plain, wrapped

K1, K2 = wrapped("k1"), wrapped("k2")
PLACE = "vault!c1!r1"
VERSION = K1.split("/")[-1].partition("#")[0]


async def test_nothing_is_opened_before_a_token_needs_it_and_then_once() -> None:
    world = VaultWorld()
    keys = world.process(K2, K1)
    assert world.unwrapped() == 0
    sealed = await asyncio.gather(*(keys.seal(f"token {number}", PLACE) for number in range(8)))
    assert [await keys.unseal(each, PLACE) for each in sealed] == [f"token {number}" for number in range(8)]
    assert world.unwrapped() == 1  # the old key is not needed


async def test_all_who_wait_for_a_silent_vault_hear_of_it_at_once_and_the_next_one_asks_again() -> None:
    """One after the other each would wait for its time-outs, and the last of them for minutes."""
    world = VaultWorld()
    keys = world.process(K1)
    await world.fault(path="unwrapkey", status=503, times=3)
    answers = await asyncio.gather(*(keys.seal("token", PLACE) for _ in range(16)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {Transient}
    assert (world.unwrapped(), len(world.slept)) == (3, 2)
    assert await keys.unseal(await keys.seal("token", PLACE), PLACE) == "token"


async def test_who_gives_up_waiting_takes_the_key_from_nobody() -> None:
    world = VaultWorld()
    keys = world.process(K1)
    await world.fault(path="unwrapkey", delay_ms=50)
    impatient, patient = (asyncio.ensure_future(keys.seal("token", PLACE)) for _ in range(2))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert await keys.unseal(await patient, PLACE) == "token"
    assert world.unwrapped() == 1


async def test_what_is_stored_tells_nothing_without_the_vault() -> None:
    world = VaultWorld()
    sealed = await world.process(K1).seal("refresh-token", PLACE)
    assert "refresh" not in sealed
    await world.fault(path="unwrapkey", status=503, times=None)
    with pytest.raises(Transient):
        await world.process(K1).unseal(sealed, PLACE)


@pytest.mark.parametrize("place", ["vault!c2!r1", "vault!c1!r2", ""])
async def test_a_row_that_is_copied_to_another_company_or_resource_does_not_open(place: str) -> None:
    keys = VaultWorld().process(K1)
    with pytest.raises(CannotUnseal):
        await keys.unseal(await keys.seal("cache", PLACE), place)


STEPS = [((K1,), (K1, K2)), ((K1, K2), (K2, K1)), ((K2, K1), (K2,))]


@pytest.mark.parametrize(("before", "after"), STEPS[:2], ids=["made known", "put first"])
async def test_old_and_new_processes_read_each_other_at_every_step(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    """For as long as an hour both run: instances end what they do."""
    world = VaultWorld()
    old, new = world.process(*before), world.process(*after)
    assert await new.unseal(await old.seal("by the old one", PLACE), PLACE) == "by the old one"
    assert await old.unseal(await new.seal("by the new one", PLACE), PLACE) == "by the new one"


async def test_the_last_step_is_harmless_once_everything_is_resealed() -> None:
    world = VaultWorld()
    old, new = (world.process(*keys) for keys in STEPS[2])
    assert await new.unseal(await old.seal("cache", PLACE), PLACE) == "cache"
    assert await old.unseal(await new.seal("cache", PLACE), PLACE) == "cache"


async def test_a_key_that_is_put_first_at_once_is_the_misfortune_that_two_steps_prevent() -> None:
    world = VaultWorld()
    with pytest.raises(KeyUnknown, match="k2"):
        await world.process(K1).unseal(await world.process(K2, K1).seal("cache", PLACE), PLACE)


async def test_a_new_version_of_the_wrapping_key_leaves_the_old_one_needed_until_it_wraps_nothing() -> None:
    world = VaultWorld()
    made = (await world.ask("POST", "/keys/wrapping/rotate")).json()["key"]["kid"]
    body = {"alg": "RSA-OAEP-256", "value": "QUJD" * 10 + "QUI"}
    secret = await world.ask("POST", made.removeprefix(URL) + "/wrapkey", body)
    fresh = f"k3:{made}#{secret.json()['value']}"
    sealed = await world.process(fresh, K1).seal("cache", PLACE)
    await world.ask("PATCH", f"/keys/wrapping/{VERSION}", {"attributes": {"enabled": False}})
    assert await world.process(fresh, K1).unseal(sealed, PLACE) == "cache"
    with pytest.raises(Broken, match="KeyDisabled"):
        await world.process(K1).seal("cache", PLACE)


async def test_a_key_that_is_only_forgotten_is_told_from_one_that_is_lost() -> None:
    world = VaultWorld()
    sealed = await world.process(K1).seal("cache", PLACE)
    with pytest.raises(KeyUnknown, match="k1"):
        await world.process(K2).unseal(sealed, PLACE)
    with pytest.raises(CannotUnseal) as lost:
        await world.process(K2, "k1:lost").unseal(sealed, PLACE)
    assert not isinstance(lost.value, KeyUnknown)


async def test_a_vault_that_opens_another_key_than_ours_is_told_of_and_seals_nothing() -> None:
    world = VaultWorld()
    body = {"alg": "RSA-OAEP-256", "value": "QUJD"}
    short = await world.ask("POST", f"/keys/wrapping/{VERSION}/wrapkey", body)
    with pytest.raises(Broken) as broken:
        await world.process(f"{K1.partition('#')[0]}#{short.json()['value']}").seal("cache", PLACE)
    assert broken.value.reason is Reason.OUR_CREDENTIALS


BAD = [
    (),
    ("k1",),
    ("k1:short",),
    ("k.1:" + plain("x").partition(":")[2],),
    ("k1:lost",),
    (K1, K1),
    (K1, "k1:lost"),
    ("k1:https://elsewhere.example/keys/wrapping/1#QUJD",),
    ("k1:http://10.0.0.1:80/keys/wrapping/1#QUJD",),
    ("k1:https://our.vault.azure.net.evil.example/keys/wrapping/1#QUJD",),
]


@pytest.mark.parametrize("keys", BAD)
def test_keys_that_cannot_be_meant_are_refused_and_no_token_goes_to_a_stranger(keys: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="VAULT_KEYS") as refused:
        DataKeys(keys, no_vault, local=True)
    assert "QUJD" not in str(refused.value)


async def test_a_plain_key_is_good_on_one_machine_and_refused_in_azure() -> None:
    key = plain("k1")
    keys = DataKeys((key,), no_vault, local=True)
    assert await keys.unseal(await keys.seal("cache", PLACE), PLACE) == "cache"
    with pytest.raises(ConfigError, match="not wrapped") as refused:
        DataKeys((key,), no_vault, local=False)
    assert key.partition(":")[2] not in str(refused.value)
    with pytest.raises(ConfigError, match="no key vault of Azure"):
        DataKeys((K1,), no_vault, local=False)


async def test_the_app_opens_plain_keys_on_one_machine_alone_and_needs_none_for_links() -> None:
    here = App(load_config(SETTINGS))
    assert await here.data_keys.unseal(await here.data_keys.seal("cache", PLACE), PLACE) == "cache"
    in_azure = {name: value for name, value in SETTINGS.items() if name != "AzureWebJobsStorage"}
    there = App(load_config(in_azure | {"AzureWebJobsStorage__accountName": "stcalsync"}))
    with pytest.raises(ConfigError, match="not wrapped"):
        _ = there.data_keys
    assert there.sealer.unseal(here.sealer.seal("link", "email|1"), "email|1") == "link"


def test_keys_of_azure_are_taken_in_azure() -> None:
    kid = "https://kv-calsync-prod-1a2b.vault.azure.net/keys/wrapping/5f0000000000000000000000000000a1"
    assert DataKeys((f"20261126:{kid}#QUJD",), no_vault, local=False).newest == "20261126"
