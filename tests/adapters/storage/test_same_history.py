"""Any history leaves the tables and their double in memory with the same links, conflicts, pointers and answers."""

import asyncio
import uuid
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.accounts import Connection, RoundState
from shared.domain.items import Side
from shared.domain.links import Link
from shared.storage.store import TableStore
from shared.storage.tables import Tables
from shared.sync.keeping import Changes, Ledger, Store
from tests.adapters.storage import samples
from tests.adapters.storage.conftest import SettableClock
from tests.adapters.storage.samples import hours
from tests.adapters.storage.test_store_conformance import all_of
from tests.fakes.store import FakeStore

ITEMS = ("a", "b@2026-11-23", "b@2026-11-24")
COPIES = ("", "x", "y", "z@2026-11-23")


def _link(origin: Side, item: str, copy: str, hour: int) -> Link:
    link = samples.link("r1", item, hours(hour, hour + 1), copy=copy, origin=origin)
    return replace(link, unit=item.partition("@")[0])


links = st.builds(_link, st.sampled_from(Side), st.sampled_from(ITEMS), st.sampled_from(COPIES), st.integers(0, 5))
conflicts = st.builds(samples.conflict, st.sampled_from(ITEMS), st.sampled_from(ITEMS))
changes = st.builds(
    Changes,
    links=st.lists(links, max_size=3),
    forget=st.lists(links, max_size=2),
    conflicts=st.lists(conflicts, max_size=2),
    cured=st.lists(conflicts.map(lambda conflict: conflict.id), max_size=2),
    state=st.none() | st.builds(RoundState, open_conflicts=st.integers(0, 3)),
)
steps = st.one_of(
    st.lists(changes, min_size=1, max_size=3),
    st.sampled_from(["reopen", "forget_links", "read", "die"]),
)


async def lived(store: Store, clock: SettableClock, company: str, history: list[list[Changes] | str]) -> list[Any]:
    """What a history leaves behind; lists of changes are committed at once."""
    seen: list[Any] = []
    await store.save_connection(Connection(company_id=company, resource_id="r1"))
    ledger = await store.open(company, "r1", clock())
    for step in [*history, "reopen", "read"]:
        assert ledger
        match step:
            case "reopen":
                await ledger.close(replace(ledger.state, checked_items=len(seen)))
                ledger = await store.open(company, "r1", clock())
            case "die":
                clock.time += hours(0, 1).end - hours(0, 1).start
                ledger = await store.open(company, "r1", clock())
            case "forget_links":
                await store.forget_links(company, "r1")
            case "read":
                seen.append(await read(store, ledger, company))
            case _:
                assert not isinstance(step, str)
                await asyncio.gather(*(ledger.commit(change) for change in step))
    return seen


async def read(store: Store, ledger: Ledger, company: str) -> list[Any]:
    links = sorted(await all_of(ledger.links()), key=lambda link: link.key)
    copies = {(link.origin.other, link.copy.id) for link in links if link.copy}
    found = {(side, copy): await ledger.link_by_id(side, copy) for side, copy in copies}
    for (side, copy), link in found.items():
        face = link.face(side) if link else None
        assert face
        assert face.id == copy
    return [
        links,
        [await ledger.link_by_id(side, item) is not None for side in Side for item in (*ITEMS, *COPIES[1:])],
        sorted(link.key for link in await ledger.links_touching(hours(1, 3))),
        sorted(link.key for link in await ledger.links_of_unit("b")),
        sorted(conflict.id for conflict in await ledger.conflicts()),
        [list(await store.resources_with(company, name)) for name in ("a", "b", "x", "y", "z")],
        ledger.state,
        await store.state(company, "r1"),
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(steps, max_size=8))
def test_no_history_tells_the_tables_from_their_double(azurite: str, history: list[list[Changes] | str]) -> None:
    async def both() -> None:
        company, tables = f"company-{uuid.uuid4().hex}", Tables(azurite)
        clocks = SettableClock(), SettableClock()
        try:
            stored = await lived(TableStore(tables, clocks[0]), clocks[0], company, history)
        finally:
            await tables.close()
        assert stored == await lived(FakeStore(clocks[1]), clocks[1], company, history)

    asyncio.run(both())
