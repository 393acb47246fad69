"""How many storage transactions a round may cost, and what happens when one of them goes wrong on the way."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import Connection, RoundState
from shared.domain.failures import Stale, Transient
from shared.storage.errors import Gone
from shared.storage.lease import LEASE
from shared.storage.ledger import TableLedger
from shared.storage.store import TableStore
from shared.storage.tables import Delete, Operation, Put, Request, Tables
from shared.sync.keeping import Changes, Covered, LeaseLost
from tests.adapters.storage import samples
from tests.adapters.storage.conftest import SettableClock
from tests.adapters.storage.samples import hours
from tests.adapters.storage.test_store_conformance import all_of


async def new_company(store: TableStore) -> str:
    company = f"company-{uuid.uuid4().hex}"
    await store.save_connection(Connection(company_id=company, resource_id="r1"))
    return company


async def opened(store: TableStore, company: str, clock: SettableClock) -> TableLedger:
    ledger = await store.open(company, "r1", clock())
    assert ledger
    return ledger


def spent(tables: Tables) -> list[Request]:
    """The requests since the last look."""
    requests = list(tables.requests)
    tables.requests.clear()
    return requests


async def test_a_round_that_finds_nothing_new_costs_three_requests(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    company = await new_company(store)
    await (await opened(store, company, clock)).close(RoundState())
    spent(tables)
    ledger = await opened(store, company, clock)
    assert spent(tables) == [("GET", "query"), ("PATCH", "row")]
    await ledger.close(samples.state())
    assert spent(tables) == [("PUT", "row")]


async def test_a_worker_that_comes_while_the_lease_is_held_costs_one_read(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    company = await new_company(store)
    await opened(store, company, clock)
    spent(tables)
    assert await store.open(company, "r1", clock()) is None
    assert spent(tables) == [("GET", "query")]


async def test_a_wake_that_comes_too_late_costs_one_read(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    company = await new_company(store)
    await (await opened(store, company, clock)).close(RoundState(covered_until=clock()))
    spent(tables)
    with pytest.raises(Covered):
        await store.open(company, "r1", clock(), clock())
    assert spent(tables) == [("GET", "query")]


async def test_a_changed_event_costs_one_read_and_one_transaction(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    company = await new_company(store)
    ledger = await opened(store, company, clock)
    await ledger.commit(Changes(links=[samples.link("r1", "e1", copy="ap1")]))
    await ledger.close(RoundState())
    ledger = await opened(store, company, clock)
    spent(tables)
    link = await ledger.link_by_id("outlook", "e1")
    assert link
    assert spent(tables) == [("GET", "row")]
    moved = samples.link("r1", "e1", hours(2, 3), copy="ap1")
    await ledger.commit(Changes(links=[moved], conflicts=[samples.conflict()], log=[samples.line()]))
    assert spent(tables) == [("POST", "transaction")]
    assert await ledger.link_by_id("timify", "ap1") == moved
    assert await ledger.link_by_id("outlook", "e1") == moved
    assert spent(tables) == []


async def test_commits_at_once_share_their_transactions(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    ledger = await opened(store, await new_company(store), clock)
    links = [samples.link("r1", f"e{n}") for n in range(40)]
    for link in links:
        assert await ledger.link(link.key) is None
    spent(tables)
    await asyncio.gather(*(ledger.commit(Changes(links=[link], log=[samples.line()])) for link in links))
    assert spent(tables) == [("POST", "transaction")]
    assert len(await all_of(ledger.links())) == 40


async def test_an_import_that_read_all_links_first_reads_none_again(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    company = await new_company(store)
    ledger = await opened(store, company, clock)
    await ledger.commit(Changes(links=[samples.link("r1", "old", copy="ap1")]))
    await ledger.close(RoundState())
    ledger = await opened(store, company, clock)
    assert len(await all_of(ledger.links())) == 1
    spent(tables)
    assert await ledger.link_by_id("outlook", "new") is None
    assert await ledger.link_by_id("timify", "ap1") is not None
    await ledger.commit(Changes(links=[samples.link("r1", "new", copy="ap2")]))
    assert spent(tables) == [("POST", "transaction")]


async def test_what_a_new_event_asks_for_is_one_query(tables: Tables, clock: SettableClock) -> None:
    """Its link, which is not there, those of a series that it may have been, and what stands around it."""
    store = TableStore(tables, clock)
    company = await new_company(store)
    ledger = await opened(store, company, clock)
    near, far = samples.link("r1", "near", hours(2, 3)), samples.link("r1", "far", hours(200, 201))
    await ledger.commit(Changes(links=[near, far]))
    await ledger.close(RoundState())
    ledger = await opened(store, company, clock)
    spent(tables)
    new = samples.link("r1", "new", hours(2, 3))
    await ledger.foresee([new.key], ["new"], hours(2, 3))
    assert spent(tables) == [("GET", "query")]
    assert await ledger.link(new.key) is None
    assert list(await ledger.links_of_unit("new")) == []
    assert list(await ledger.links_touching(hours(2, 3))) == [near]
    assert spent(tables) == []
    assert await ledger.link(far.key) == far
    assert spent(tables) == [("GET", "row")]


async def test_much_that_is_foreseen_fits_into_the_filters_that_azure_takes(
    tables: Tables, clock: SettableClock
) -> None:
    store = TableStore(tables, clock)
    ledger = await opened(store, await new_company(store), clock)
    links = [samples.link("r1", f"e{number}") for number in range(30)]
    await ledger.commit(Changes(links=links[:15]))
    again = [link.key for link in links]
    ledger.forget()
    spent(tables)
    await ledger.foresee(again, [f"e{number}" for number in range(30)], hours(2, 3))
    assert spent(tables) == [("GET", "query")] * 6
    assert [await ledger.link(key) for key in again] == [*links[:15], *[None] * 15]
    assert spent(tables) == []


async def test_the_last_of_a_round_goes_with_the_release_of_its_lease(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    company = await new_company(store)
    ledger = await opened(store, company, clock)
    link = samples.link("r1", "e1", copy="ap1")
    assert await ledger.link(link.key) is None
    spent(tables)
    await ledger.close(samples.state(), Changes(links=[link], log=[samples.line()]))
    assert spent(tables) == [("POST", "transaction")]
    ledger = await opened(store, company, clock)
    assert (ledger.state, await ledger.link_by_id("timify", "ap1")) == (samples.state(), link)


async def test_a_worker_without_its_lease_leaves_nothing_behind_when_it_closes(
    tables: Tables, clock: SettableClock
) -> None:
    store, other = TableStore(tables, clock), TableStore(tables, clock)
    company = await new_company(store)
    stale = await opened(store, company, clock)
    clock.forward(LEASE + timedelta(seconds=1))
    await opened(other, company, clock)
    with pytest.raises(LeaseLost):
        await stale.close(samples.state(), Changes(links=[samples.link("r1", "e1", copy="ap1")]))
    assert await all_of(stale.links()) == []


async def test_a_year_of_links_is_passed_by_without_being_kept(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    company = await new_company(store)
    ledger = await opened(store, company, clock)
    link = samples.link("r1", "e1", copy="ap1")
    await ledger.commit(Changes(links=[link]))
    await ledger.close(RoundState())
    ledger = await opened(store, company, clock)
    assert await all_of(ledger.links(remember=False)) == [link]
    spent(tables)
    assert await ledger.link(link.key) == link
    assert spent(tables) == [("GET", "row")]


async def test_the_overview_of_a_company_is_one_query(tables: Tables, clock: SettableClock) -> None:
    store = TableStore(tables, clock)
    company = await new_company(store)
    for number in range(5):
        await store.save_connection(Connection(company_id=company, resource_id=f"s{number}"))
    spent(tables)
    assert len(await all_of(store.connections(company))) == 6
    assert spent(tables) == [("GET", "query")]


class LosingTables(Tables):
    """Loses the answer to the next transaction, as a broken connection does; then says what is put there instead."""

    instead: Exception | None = None

    async def transact(self, table: str, operations: Sequence[Operation]) -> list[str]:
        answer = await super().transact(table, operations)
        problem, self.instead = self.instead, None
        if problem is not None:
            raise problem
        return answer


async def test_a_lost_answer_is_not_taken_for_a_lost_lease(azurite: str, clock: SettableClock) -> None:
    tables = LosingTables(azurite)
    store = TableStore(tables, clock)
    ledger = await opened(store, await new_company(store), clock)
    tables.instead = Transient("ServiceResponseError")
    with pytest.raises(Transient):
        await ledger.commit(Changes(links=[samples.link("r1", "e1", copy="ap1")]))
    renewed = samples.link("r1", "e1", copy="ap2")
    await ledger.commit(Changes(links=[renewed]))
    assert await all_of(ledger.links()) == [renewed]
    assert await ledger.link_by_id("timify", "ap1") is None
    await ledger.close(samples.state())
    await tables.close()


async def test_a_commit_after_one_whose_answer_was_lost_is_not_taken_for_it(azurite: str, clock: SettableClock) -> None:
    tables = LosingTables(azurite)
    store = TableStore(tables, clock)
    ledger = await opened(store, await new_company(store), clock)
    tables.instead = Transient("ServiceResponseError")
    with pytest.raises(Transient):
        await ledger.commit(Changes(links=[samples.link("r1", "e1")]))
    other = samples.link("r1", "e2")
    await ledger.commit(Changes(links=[other]))
    ledger.forget()
    assert await ledger.link(other.key) == other
    await tables.close()


async def test_a_reading_that_trouble_interrupts_is_not_taken_for_complete(azurite: str, clock: SettableClock) -> None:
    tables = LosingTables(azurite)
    store = TableStore(tables, clock)
    ledger = await opened(store, await new_company(store), clock)
    links = sorted((samples.link("r1", f"e{n}") for n in range(3)), key=lambda link: link.key)
    await ledger.commit(Changes(links=links))
    async for link in ledger.links():
        if link == links[1]:
            tables.instead = Transient("ServiceResponseError")
            with pytest.raises(Transient):
                await ledger.commit(Changes(log=[samples.line()]))
    assert await ledger.link(links[0].key) == links[0]
    await tables.close()


async def test_a_second_try_that_meets_its_own_effect_counts_as_stored_once(azurite: str, clock: SettableClock) -> None:
    tables = LosingTables(azurite)
    store = TableStore(tables, clock)
    company = await new_company(store)
    ledger = await opened(store, company, clock)
    tables.instead = Stale("UpdateConditionNotSatisfied")
    await ledger.commit(Changes(log=[samples.line()]))
    assert len((await store.log(company, "r1", 10, ""))[0]) == 1
    await ledger.commit(Changes(log=[samples.line()]))
    assert len((await store.log(company, "r1", 10, ""))[0]) == 2
    await tables.close()


async def test_rows_erased_past_the_ledger_do_not_spoil_its_next_commit(tables: Tables, clock: SettableClock) -> None:
    store, other = TableStore(tables, clock), TableStore(tables, clock)
    company = await new_company(store)
    ledger = await opened(store, company, clock)
    link = samples.link("r1", "e1", copy="ap1")
    await ledger.commit(Changes(links=[link]))
    await other.forget_links(company, "r1")
    renewed = samples.link("r1", "e1", copy="ap2")
    await ledger.commit(Changes(links=[renewed], log=[samples.line()]))
    assert await all_of(ledger.links()) == [renewed]
    assert list(await store.resources_with(company, "ap1")) == []


async def test_nothing_of_a_fenced_off_transaction_is_stored(tables: Tables, clock: SettableClock) -> None:
    store, other = TableStore(tables, clock), TableStore(tables, clock)
    company = await new_company(store)
    stale = await opened(store, company, clock)
    clock.forward(LEASE + timedelta(seconds=1))
    await opened(other, company, clock)
    links = [samples.link("r1", f"e{n}", copy=f"ap{n}") for n in range(20)]
    answers = await asyncio.gather(*(stale.commit(Changes(links=[link])) for link in links), return_exceptions=True)
    assert all(isinstance(answer, LeaseLost) for answer in answers)
    assert await all_of(stale.links()) == []


async def test_one_commit_that_the_service_refuses_does_not_take_the_others_with_it(
    tables: Tables, clock: SettableClock
) -> None:
    store = TableStore(tables, clock)
    ledger = await opened(store, await new_company(store), clock)
    fine = [samples.link("r1", f"e{n}") for n in range(3)]
    refused = replace(samples.link("r1", "bad"), reason="x" * 40_000)
    answers = await asyncio.gather(
        *(ledger.commit(Changes(links=[link])) for link in [fine[0], refused, *fine[1:]]), return_exceptions=True
    )
    assert [answer is None for answer in answers] == [True, False, True, True]
    await ledger.close(RoundState())
    assert {link.key for link in await all_of(ledger.links())} == {link.key for link in fine}


async def test_a_missing_table_is_made_when_it_is_first_used(tables: Tables) -> None:
    name = f"t{uuid.uuid4().hex}"
    assert await tables.get(name, "p", "r") is None
    row = {"PartitionKey": "p", "RowKey": "r"}
    fresh = f"t{uuid.uuid4().hex}"
    await tables.transact(fresh, [Put(row)])
    with pytest.raises(Gone):
        await tables.transact(fresh, [Put(row), Delete("p", "missing")])
    assert await tables.get(fresh, "p", "r") is not None


async def test_a_storage_that_does_not_answer_is_a_passing_trouble() -> None:
    gone = Tables("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:9/a;")
    with pytest.raises(Transient):
        await gone.get("companies", "p", "r")
    await gone.close()
