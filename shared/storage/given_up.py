"""What the host gave up after five failures: it lies in poison queues until somebody puts it back, for a time."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.storage.queue import QueueMessage, StorageErrorCode
from azure.storage.queue.aio import QueueClient

from shared.storage.errors import Gone, Missing, our_words
from shared.storage.queues import EMAILS, SYNC_ROUNDS, queue_client
from shared.telemetry import logger

log = logger(__name__)

QUEUES = (SYNC_ROUNDS, EMAILS)
_AT_ONCE = 32
_HIDDEN = 60
"""Seconds for which messages that stay cannot be seen, if we die before they are given back."""


def poison_of(queue: str) -> str:
    """Where the host puts what it gives up of `queue`."""
    return f"{queue}-poison"


async def count(client: QueueClient) -> int:
    """About how many messages there are, hidden ones included; 0 when there is no such queue yet."""
    try:
        with our_words():
            return (await client.get_queue_properties()).approximate_message_count or 0
    except Missing:
        return 0


async def report(storage: str, before: datetime | None = None) -> None:
    """One line in the log for each poison queue that is not empty, for operations to be alerted by. What was given up
    `before` is dropped, with a line that says how much: by then a whole reading has found every change."""
    for queue in map(poison_of, QUEUES):
        async with queue_client(storage, queue) as client:
            messages = await count(client)
            if messages and before is not None and await _any_older(client, before):
                if gone := await _sift(client, lambda message: _older(message, before)):
                    log.error("given up: %d messages lay too long in %s and were dropped", gone, queue)
                messages -= gone
            if messages > 0:
                log.error("given up: %d messages lie in %s", messages, queue)


class GivenUpQueues:
    """See `shared.sync.ports.GivenUp`."""

    def __init__(self, storage: str) -> None:
        self._storage = storage

    async def forget(self, company_id: str, resource_id: str = "") -> None:
        for queue in map(poison_of, QUEUES):
            async with queue_client(self._storage, queue) as client:
                if await count(client):
                    await _sift(client, lambda message: _names(message.content, company_id, resource_id))


async def _any_older(client: QueueClient, before: datetime) -> bool:
    with our_words():
        return any(_older(message, before) for message in await client.peek_messages(_AT_ONCE))


def _older(message: QueueMessage, before: datetime) -> bool:
    return message.inserted_on is not None and message.inserted_on < before


def _names(content: str, company_id: str, resource_id: str) -> bool:
    """Is it a message of this company, or of this resource of it? What nobody can read names nobody."""
    try:
        data: Any = json.loads(base64.b64decode(content, validate=True))
    except ValueError:
        return False
    if not isinstance(data, dict) or data.get("company_id") != company_id:
        return False
    return resource_id in ("", data.get("resource_id"))


async def _sift(client: QueueClient, goes: Callable[[QueueMessage], bool]) -> int:
    """Delete the messages that go; answers how many. The others are visible again at the end."""
    there, known, stay, gone = await count(client), set[str](), list[QueueMessage](), 0
    try:
        while len(known) < there:
            pages = client.receive_messages(
                messages_per_page=_AT_ONCE, max_messages=_AT_ONCE, visibility_timeout=_HIDDEN
            )
            with our_words():
                batch = [message async for message in pages]
            if not batch:
                break
            known |= {message.id for message in batch}
            for message in batch:
                if goes(message):
                    gone += await unless_taken(client.delete_message(message))
                else:
                    stay.append(message)
    finally:
        for message in stay:
            # by id and receipt: of a whole message the client would send the body too, encoded once more
            await unless_taken(client.update_message(message.id, message.pop_receipt, visibility_timeout=0))
    return gone


async def unless_taken(call: Any) -> bool:
    """False when somebody else took the message out of our hands, or has dealt with it already."""
    try:
        with our_words():
            await call
    except (Gone, Missing):
        return False
    except HttpResponseError as problem:
        if getattr(problem, "error_code", None) != StorageErrorCode.POP_RECEIPT_MISMATCH:
            raise
        return False
    return True
