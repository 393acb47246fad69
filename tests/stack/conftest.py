"""One stack for these tests; every test has a company, mailboxes and resources of its own on it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dev.actors import Actors
from dev.stack import Stack
from tests.benchmarks.storage_log import SETTINGS
from tests.stack.world import World


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """The whole local stack with a window of two months, so that a comparison of the calendars is over sooner."""
    async with Stack.start(settings={"SYNC_DAYS_AHEAD": "60", **SETTINGS}) as running:
        yield running


@pytest_asyncio.fixture
async def actors(stack: Stack) -> AsyncIterator[Actors]:
    """Everybody, on a stack that is quiet, with faults and notification settings as they are by default."""
    async with Actors(stack.addresses) as everybody:
        await everybody.calm()
        yield everybody
        await everybody.calm()


@pytest.fixture
def world(actors: Actors) -> World:
    """A company that nobody else uses, not open yet."""
    return World(actors)
