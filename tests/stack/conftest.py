"""One stack for the session; every test has a company, mailboxes and resources of its own on it."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from dev.actors import Actors
from dev.stack import Stack
from tests.stack.world import World


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


@pytest.fixture
def worlds(actors: Actors) -> Callable[[], World]:
    """As many companies as a test needs."""
    return lambda: World(actors)
