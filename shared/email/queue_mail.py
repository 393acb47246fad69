"""Mails on their way through the queue `emails`: codes and ids only, and the link sealed."""

from datetime import datetime
from typing import Any, Protocol

from shared.sync.access import Sealer
from shared.sync.ports import Message


class Queue(Protocol):
    async def put(self, message: dict[str, Any], delay: float = 0) -> None: ...


class QueueMail:
    """See `shared.sync.ports.Mail`. Who receives it, and its words, are looked up when it is sent."""

    def __init__(self, queue: Queue, sealer: Sealer) -> None:
        self._queue = queue
        self._sealer = sealer

    async def send(self, message: Message) -> None:
        """Put on the queue; the carrier drops what it has carried for the same occasion."""
        await self._queue.put(to_queue(message, self._sealer))


def to_queue(message: Message, sealer: Sealer) -> dict[str, Any]:
    """The queue's message. A link is a key to a calendar: sealed, so that whoever reads queues cannot use it."""
    return {
        "kind": message.kind,
        "company_id": message.company_id,
        "resource_id": message.resource_id,
        "at": message.at.isoformat(),
        "cause": message.cause,
        "link": sealer.seal(message.link, _context(message.cause)) if message.link else "",
        "reason": message.reason,
        "counts": list(message.counts),
        "by": message.by,
        "copies": message.copies,
    }


def from_queue(data: dict[str, Any], sealer: Sealer) -> Message:
    """The message again. Raises CannotUnseal, and KeyError or ValueError for what is no message of ours."""
    to_timify, to_outlook = data["counts"]
    return Message(
        kind=data["kind"],
        company_id=data["company_id"],
        resource_id=data["resource_id"],
        at=datetime.fromisoformat(data["at"]),
        cause=data["cause"],
        link=sealer.unseal(data["link"], _context(data["cause"])) if data["link"] else "",
        reason=data["reason"],
        counts=(int(to_timify), int(to_outlook)),
        by=data.get("by", ""),
        copies=data.get("copies", ""),
    )


def _context(cause: str) -> str:
    return f"email|{cause}"
