"""The two worlds in which every `Outlook` door is asked the same."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.adapters.outlook.worlds import FakeWorld, World, simulated_world


@pytest_asyncio.fixture(params=["fake", "simulated"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    async with simulated_world() as simulated:
        yield simulated
