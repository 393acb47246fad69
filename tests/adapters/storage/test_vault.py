"""Tokens in their table: bound to their row, resealed without losing what is saved at the same moment."""

import uuid

import pytest

from shared.storage.keys import partition
from shared.storage.tables import Tables
from shared.storage.vault import TABLE, SealedBy, TableVault, sealed_rows
from shared.sync.access import CannotUnseal
from tests.adapters.storage.conftest import Backwards
from tests.identity.keys import VaultWorld, wrapped

K1, K2 = wrapped("k1"), wrapped("k2")


@pytest.fixture
def company() -> str:
    return f"company-{uuid.uuid4().hex}"


async def test_a_row_that_is_copied_to_another_company_does_not_open(tables: Tables, company: str) -> None:
    vault, other = TableVault(tables, VaultWorld().process(K1)), f"{company}-other"
    await vault.save(company, "r1", "refresh-token")
    row = await tables.get(TABLE, partition(company), "r1")
    assert row
    for place in ({"PartitionKey": other}, {"RowKey": "r2"}):
        await tables.put(TABLE, {name: value for name, value in (row | place).items() if name != "etag"})
    for stolen in ((other, "r1"), (company, "r2")):
        with pytest.raises(CannotUnseal):
            await vault.load(*stolen)
    assert await vault.load(company, "r1") == "refresh-token"


async def test_a_row_that_claims_another_key_does_not_open(tables: Tables, company: str) -> None:
    world = VaultWorld()
    await TableVault(tables, world.process(K1)).save(company, "r1", "refresh-token")
    row = await tables.get(TABLE, partition(company), "r1")
    assert row
    part = row["part0"].replace(b"k1.", b"k2.", 1)
    await tables.put(TABLE, {name: value for name, value in (row | {"part0": part}).items() if name != "etag"})
    with pytest.raises(CannotUnseal):
        await TableVault(tables, world.process(K2, K1)).load(company, "r1")


async def test_resealing_is_done_once_and_needs_the_old_key_no_more(tables: Tables, company: str) -> None:
    world = VaultWorld()
    await TableVault(tables, world.process(K1)).save(company, "r1", "x" * 100_000)
    both = TableVault(tables, world.process(K2, K1))
    assert [await both.reseal(company, "r1"), await both.reseal(company, "r1")] == [True, False]
    assert await both.reseal(company, "nobody") is False
    assert await TableVault(tables, world.process(K2)).load(company, "r1") == "x" * 100_000
    mine = [row async for row in sealed_rows(tables) if row.company_id == company]
    assert mine == [SealedBy(company, "r1", "k2")]


async def test_a_token_that_is_renewed_while_the_old_one_is_resealed_is_not_written_over(
    tables: Tables, company: str
) -> None:
    class Slow(Backwards):
        """Somebody saves between reading and writing."""

        async def unseal(self, sealed: str, context: str) -> str:
            if not saved:
                saved.append(company)
                await TableVault(tables, Backwards("old")).save(company, "r1", "renewed")
            return await super().unseal(sealed, context)

    saved: list[str] = []
    await TableVault(tables, Backwards("old")).save(company, "r1", "first")
    assert await TableVault(tables, Slow("new")).reseal(company, "r1") is True
    assert await TableVault(tables, Backwards("new")).load(company, "r1") == "renewed"
    assert [row.key async for row in sealed_rows(tables) if row.company_id == company] == ["new"]


@pytest.mark.parametrize("meanwhile", ["signed in anew", "destroyed", "resealed"])
async def test_renewed_tokens_replace_only_what_they_were_renewed_from(
    tables: Tables, company: str, meanwhile: str
) -> None:
    class Slow(Backwards):
        """Something happens between reading and writing."""

        async def seal(self, plain: str, context: str) -> str:
            if not happened:
                happened.append(meanwhile)
                other = TableVault(tables, Backwards("new"))
                if meanwhile == "signed in anew":
                    await other.save(company, "r1", "another person's")
                elif meanwhile == "destroyed":
                    await other.destroy(company, "r1")
                else:
                    assert await other.reseal(company, "r1")
            return await super().seal(plain, context)

    happened: list[str] = []
    await TableVault(tables, Backwards("old")).save(company, "r1", "first")
    kept = await TableVault(tables, Slow("new")).exchange(company, "r1", "first", "renewed")
    left = {"signed in anew": "another person's", "destroyed": None, "resealed": "renewed"}[meanwhile]
    assert (kept, await TableVault(tables, Backwards("new")).load(company, "r1")) == (left == "renewed", left)


async def test_rows_of_an_earlier_version_are_found_and_resealed(tables: Tables, company: str) -> None:
    vault = TableVault(tables, VaultWorld().process(K1))
    await vault.save(company, "r1", "refresh-token")
    row = await tables.get(TABLE, partition(company), "r1")
    assert row
    await tables.put(TABLE, {name: value for name, value in row.items() if name not in ("etag", "key")})
    assert [row.key async for row in sealed_rows(tables) if row.company_id == company] == [""]
    assert await vault.reseal(company, "r1") is True
    assert await vault.load(company, "r1") == "refresh-token"
