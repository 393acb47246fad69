"""Azure queues: JSON messages in base64, as the Functions host reads them."""

import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from shared.storage.account import DIRECT, PerLoop, identity, is_connection_string
from shared.storage.errors import Missing, our_words
from shared.storage.wakes import split, wake_from_json, wake_to_json
from shared.sync.ports import Wake
from shared.telemetry import correlation, count

SYNC_ROUNDS = "sync-rounds"
EMAILS = "emails"
LONGEST_DELAY = 7 * 24 * 3600

_FOREVER = -1
_CALLS: dict[str, Any] = {
    **DIRECT,
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 3,
    "initial_backoff": 1,
    "increment_base": 2,
}


class JsonQueue:
    """One queue of one account. One client per process and event loop, made when first used."""

    def __init__(self, storage: str, name: str) -> None:
        self.name = name
        self._clients = PerLoop(lambda: queue_client(storage, name))

    async def put(self, message: dict[str, Any], delay: float = 0) -> None:
        """Send; visible after `delay` seconds."""
        await self.put_text(json.dumps(message, separators=(",", ":")), delay)

    async def put_text(self, text: str, delay: float = 0) -> None:
        """Send JSON text; visible after `delay` seconds: rounded up to whole ones, at most seven days."""
        count("messages")
        hidden = min(math.ceil(max(delay, 0)), LONGEST_DELAY)

        async def send(client: QueueClient) -> None:
            await client.send_message(text, visibility_timeout=hidden, time_to_live=_FOREVER)

        await self._call(send)

    async def close(self) -> None:
        """Close this event loop's connection."""
        if client := self._clients.pop():
            await client.close()

    async def _call(self, call: Callable[[QueueClient], Awaitable[None]]) -> None:
        client = self._clients.get()
        try:
            with our_words():
                await call(client)
        except Missing:
            with our_words():
                await _create(client)
                await call(client)


class QueueWakes:
    """See `shared.sync.ports.WakeQueue`."""

    def __init__(self, storage: str, name: str = SYNC_ROUNDS) -> None:
        self._queue = JsonQueue(storage, name)

    async def put(self, wake: Wake, delay: float = 0) -> None:
        """Send; visible after `delay` seconds. A wake with long lists travels in several messages."""
        wake = wake if wake.correlation else replace(wake, correlation=correlation())
        for part in split(wake):
            await self._queue.put_text(wake_to_json(part), delay)

    async def close(self) -> None:
        await self._queue.close()


def queue_client(storage: str, name: str) -> QueueClient:
    """The client of a queue, given a connection string or an account's name."""
    options: dict[str, Any] = {**_CALLS, "message_encode_policy": TextBase64EncodePolicy()}
    if is_connection_string(storage):
        return QueueClient.from_connection_string(storage, name, **options)
    return QueueClient(f"https://{storage}.queue.core.windows.net", name, credential=identity(), **options)


async def _create(client: QueueClient) -> None:
    try:
        await client.create_queue()
    except ResourceExistsError:
        return


__all__ = ["EMAILS", "SYNC_ROUNDS", "JsonQueue", "QueueWakes", "wake_from_json", "wake_to_json"]
