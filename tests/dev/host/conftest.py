from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.dev.host.support import Bench, RunningHost, running_host

# The every-second timer would fill the notes of tests that are not about timers.
_NO_TICKS = {"AzureWebJobs.every_second.Disabled": "true"}


@pytest.fixture
def bench(azurite: str, tmp_path: Path) -> Bench:
    return Bench(azurite, tmp_path, environment=dict(_NO_TICKS))


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shared_host(azurite: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningHost]:
    """One host for the tests that only ask it something."""
    async with running_host(Bench(azurite, tmp_path_factory.mktemp("host"), environment=dict(_NO_TICKS))) as host:
        yield host
