"""The same doors twice: in memory, and over the storage emulator. One suite must pass on both."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from shared.storage.invitations import TableInvitations
from shared.storage.store import TableStore
from shared.storage.tables import Tables
from shared.storage.vault import TableVault
from shared.sync.keeping import Invitations, Store, Vault
from tests.fakes.storage import FakeInvitations, FakeVault
from tests.fakes.store import FakeStore


class SettableClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, by: timedelta) -> None:
        self.time += by


class Backwards:
    """A sealer that anybody can open; it only tells its contexts apart."""

    def __init__(self, newest: str = "backwards") -> None:
        self.newest = newest

    async def seal(self, plain: str, context: str) -> str:
        return f"{context}|{plain[::-1]}"

    async def unseal(self, sealed: str, context: str) -> str:
        found, _, text = sealed.partition("|")
        if found != context:
            raise ValueError("sealed for another place")
        return text[::-1]


@dataclass
class Doors:
    """Everything behind the storage ports, and a company id that no other test uses."""

    clock: SettableClock
    store: Store
    invitations: Invitations
    vault: Vault
    company: str


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest_asyncio.fixture
async def tables(azurite: str) -> AsyncIterator[Tables]:
    made = Tables(azurite)
    yield made
    await made.close()


@pytest.fixture(params=["memory", "tables"])
def place(request: pytest.FixtureRequest) -> str:
    """The connection string of the emulator, or "" for memory."""
    return str(request.getfixturevalue("azurite")) if request.param == "tables" else ""


@pytest_asyncio.fixture
async def doors(place: str, clock: SettableClock) -> AsyncIterator[Doors]:
    company = f"company-{uuid.uuid4().hex}"
    if not place:
        yield Doors(clock, FakeStore(clock), FakeInvitations(), FakeVault(), company)
        return
    tables = Tables(place)
    vault = TableVault(tables, Backwards())
    yield Doors(clock, TableStore(tables, clock), TableInvitations(tables), vault, company)
    await tables.close()
