"""The fixture of all Outlook-simulator tests."""

from collections.abc import AsyncIterator

import pytest

from tests.dev.outlook.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A simulator with Anna's mailbox, its calendar `cal` empty."""
    made = World()
    await made.mailbox()
    yield made
    await made.client.aclose()
    await made.simulator.aclose()
