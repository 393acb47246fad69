"""Queues as the host uses them: base64 bodies, quick retries, time-outs on every call."""

import base64
import json
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from dev.host.settings import connection_string


def decode_body(content: str) -> str:
    """The text of a base64 message. Raises ValueError when it is none, or not UTF-8."""
    return base64.b64decode(content, validate=True).decode("utf-8")


def encode_body(body: str | bytes) -> str:
    return base64.b64encode(body.encode("utf-8") if isinstance(body, str) else body).decode("ascii")


class Queues:
    """One client per queue, over one connection pool per storage account."""

    def __init__(self) -> None:
        self._services: dict[str, QueueServiceClient] = {}
        self._clients: dict[tuple[str, str], QueueClient] = {}

    def client(self, connection: str, queue: str) -> QueueClient:
        """The client of `queue` in the account that the setting `connection` names."""
        key = (connection_string(connection), queue)
        if key not in self._clients:
            service = self._services.setdefault(
                key[0],
                QueueServiceClient.from_connection_string(
                    key[0],
                    initial_backoff=1,
                    increment_base=2,
                    retry_total=2,
                    connection_timeout=5,
                    read_timeout=20,
                ),
            )
            self._clients[key] = service.get_queue_client(queue)
        return self._clients[key]

    async def ensure(self, connection: str, queue: str) -> QueueClient:
        """The client of `queue`, which exists afterwards."""
        client = self.client(connection, queue)
        try:
            await client.create_queue()
        except ResourceExistsError:
            return client
        return client

    async def close(self) -> None:
        for service in self._services.values():
            await service.close()


async def move_to_poison(queues: Queues, connection: str, source: QueueClient, message: QueueMessage) -> None:
    """Copy the message as it is to `<queue>-poison` (kept for ever), then delete it."""
    poison = await queues.ensure(connection, f"{source.queue_name}-poison")
    await poison.send_message(message.content, time_to_live=-1)
    await source.delete_message(message)


def output_bodies(data: Any) -> list[str | bytes]:
    """The message bodies in what a queue output was set to: text, bytes, a message, or a list of both."""
    kind = data.WhichOneof("data")
    if kind in ("string", "bytes"):
        return [getattr(data, kind)]
    value = json.loads(data.json)
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, str) else item["body"] for item in items]
