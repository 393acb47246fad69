"""`poison`: what failed five times and waits for somebody."""

import argparse
from typing import Any

from azure.storage.queue import QueueMessage

from ops.account import Account
from ops.command import DONE, Command, answer, answer_json, json_option, spoken, table
from ops.messages import read
from ops.queues import age, peek
from shared.storage.given_up import QUEUES, count, poison_of
from shared.storage.queues import queue_client

PEEKED = 32
"""All that a queue shows of itself without taking messages."""

_HEAD = ("age", "happened at", "company", "resource", "what", "cause", "tries")


async def _run(account: Account, arguments: argparse.Namespace) -> int:
    found = [await _look(account, queue) for queue in QUEUES]
    if arguments.json:
        answer_json({"queues": found})
        return DONE
    for queue in found:
        answer(f"{queue['queue']}: {queue['messages']}")
        if queue["shown"]:
            answer(table(_HEAD, [_row(message) for message in queue["shown"]]))
        if queue["more"]:
            answer(f"... and about {queue['more']} more, not shown")
    return DONE


async def _look(account: Account, queue: str) -> dict[str, Any]:
    async with queue_client(account.storage, poison_of(queue)) as client:
        messages = await count(client)
        shown = [_seen(queue, message) for message in await peek(client, PEEKED)] if messages else []
    return {
        "queue": poison_of(queue),
        "messages": max(messages, len(shown)),
        "shown": shown,
        "more": max(messages - len(shown), 0),
    }


def _seen(queue: str, message: QueueMessage) -> dict[str, Any]:
    """Ids, codes and moments only; of what nobody can read, its size."""
    told = read(queue, message.content)
    since = {"id": message.id, "age_seconds": round(age(message))}
    if told is None:
        return since | {"unreadable": True, "size": len(message.content)}
    return since | {
        "unreadable": False,
        "company_id": told.company_id,
        "resource_id": told.resource_id,
        "what": told.what,
        "cause": told.cause,
        "at": told.at.isoformat(timespec="seconds"),
        "tries": told.tries,
    }


def _row(message: dict[str, Any]) -> tuple[str, ...]:
    waits = spoken(message["age_seconds"])
    if message["unreadable"]:
        return waits, "-", "-", "-", f"unreadable ({message['size']} characters)", "-", "-"
    names = ("at", "company_id", "resource_id", "what", "cause", "tries")
    return waits, *(str(message[name]) or "-" for name in names)


COMMAND = Command("poison", "list what failed five times and was given up", json_option, _run)
