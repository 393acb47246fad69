"""What many tests need: a storage emulator, and the whole local stack. Tests that run side by side have one each."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from dev.settings import Ports, storage_connection_string
from dev.stack import Stack
from dev.stack.parts import start_azurite
from dev.stack.processes import Processes


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def azurite() -> AsyncIterator[str]:
    """The connection string of an empty storage emulator, kept in memory. All tests share it: use own names."""
    with tempfile.TemporaryDirectory(prefix="azurite-") as logs:
        ports, processes = Ports.free(), Processes(Path(logs))
        try:
            await start_azurite(processes, ports, None, os.environ)
            yield storage_connection_string(ports)
        finally:
            await processes.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """The whole local stack, empty, on free ports, shared by the session (mark such tests `stack`)."""
    async with Stack.start(empty=True) as running:
        yield running
