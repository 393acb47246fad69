"""`queues`: how much lies in each queue."""

import argparse
from datetime import UTC, datetime
from typing import Any

from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from ops.account import Account
from ops.command import DONE, Command, answer, answer_json, json_option, spoken, table
from shared.storage.errors import Missing, our_words
from shared.storage.given_up import QUEUES, count, poison_of
from shared.storage.queues import queue_client


async def peek(client: QueueClient, most: int) -> list[QueueMessage]:
    """The first messages (at most 32) that are visible now; they stay where they are."""
    try:
        with our_words():
            return list(await client.peek_messages(max_messages=most))
    except Missing:
        return []


def age(message: QueueMessage) -> float:
    """Seconds since it came into its queue."""
    assert message.inserted_on is not None
    return max((datetime.now(UTC) - message.inserted_on).total_seconds(), 0)


async def _run(account: Account, arguments: argparse.Namespace) -> int:
    lines = [await _line(account, name) for queue in QUEUES for name in (queue, poison_of(queue))]
    if arguments.json:
        answer_json({"queues": lines})
        return DONE
    rows = [(line["queue"], str(line["messages"]), spoken(line["first_waits_seconds"])) for line in lines]
    answer(table(("queue", "messages", "first waits since"), rows))
    return DONE


async def _line(account: Account, queue: str) -> dict[str, Any]:
    async with queue_client(account.storage, queue) as client:
        messages = await count(client)
        first = await peek(client, 1) if messages else []
    return {"queue": queue, "messages": messages, "first_waits_seconds": round(age(first[0])) if first else None}


COMMAND = Command("queues", "how much lies in each queue, about", json_option, _run)
