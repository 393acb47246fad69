"""The operator's command line on the storage emulator, with queues that are empty at first."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from ops.__main__ import run
from shared.storage.given_up import QUEUES, poison_of
from shared.storage.queues import queue_client


@dataclass
class Said:
    """What a command answered, and what it said meanwhile."""

    code: int
    out: str
    err: str

    @property
    def queues(self) -> dict[str, dict[str, Any]]:
        """Of a command with --json: what it answered about each queue."""
        return {line["queue"]: line for line in json.loads(self.out)["queues"]}


class Operator:
    """Somebody at a command line, who may also lay messages into a queue and look what is visible there."""

    def __init__(self, storage: str, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.storage = storage
        self._folder = folder
        self._capture = capture

    async def __call__(self, *arguments: str) -> Said:
        self._capture.readouterr()
        code = await run(arguments, {"AzureWebJobsStorage": self.storage}, self._folder)
        return Said(code, *self._capture.readouterr())

    async def lay(self, queue: str, *messages: dict[str, Any] | str) -> None:
        """Send as the app does, in base64; text need not be JSON."""
        async with queue_client(self.storage, queue) as client:
            with suppress(ResourceExistsError):
                await client.create_queue()
            for message in messages:
                await client.send_message(message if isinstance(message, str) else json.dumps(message))

    async def visible(self, queue: str) -> list[str]:
        """The bodies that can be seen now, decoded where they are base64."""
        async with queue_client(self.storage, queue) as client:
            try:
                return [_decoded(message.content) for message in await client.peek_messages(32)]
            except ResourceNotFoundError:
                return []

    async def forget(self) -> None:
        for queue in (*QUEUES, *map(poison_of, QUEUES)):
            async with queue_client(self.storage, queue) as client:
                with suppress(ResourceNotFoundError):
                    await client.clear_messages()


@pytest_asyncio.fixture
async def operator(azurite: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Operator]:
    operator = Operator(azurite, tmp_path, capsys)
    await operator.forget()
    yield operator
    await operator.forget()


def _decoded(content: str) -> str:
    return base64.b64decode(content).decode()
