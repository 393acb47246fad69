"""`replay`: put back what was given up.

Each message is taken from the poison queue under a lease, put into its queue, and deleted only then: at least once. A
crash in between sends it twice, which changes nothing: rounds and mails know what has been done.
"""

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from ops.account import Account
from ops.command import DONE, LEFT, Command, answer, answer_json, json_option, positive, progress
from ops.messages import Told, read
from shared.storage.errors import our_words
from shared.storage.given_up import QUEUES, count, poison_of, unless_taken
from shared.storage.queues import JsonQueue, queue_client

LEASE = 300
"""Seconds for which a message that was taken is hidden from others; what is not wanted is given back at the end."""
BATCH = 32
PACE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to replay: of one company or of all, at most so many, so many per second."""

    dry: bool = False
    company: str = ""
    most: int | None = None
    pace: float = PACE


@dataclass(slots=True)
class Tally:
    """`others` are of other companies than the one asked for."""

    replayed: int = 0
    unreadable: int = 0
    others: int = 0
    left: int = 0


class Into(Protocol):
    """Where messages are put back."""

    async def put_text(self, text: str) -> None: ...


@dataclass(slots=True)
class Replay:
    """Empties one poison queue into its queue. Messages that come back meanwhile are not taken a second time."""

    queue: str
    poison: QueueClient
    main: Into
    wish: Wish
    tally: Tally = field(default_factory=Tally)
    say: Callable[[str], None] = progress
    _held: dict[str, QueueMessage] = field(default_factory=dict)

    async def run(self) -> Tally:
        """Deal with all that lies there now, and give back what stays. Raises what the storage adapters raise."""
        there, known = await count(self.poison), set[str]()
        try:
            while len(known) < there and not self._enough():
                batch = await self._take()
                if not batch:
                    break
                for message in batch:
                    if message.id not in known and len(known) < there and not self._enough():
                        known.add(message.id)
                        await self._deal(message)
        finally:
            await self._give_back()
        self.tally.left = await count(self.poison)
        return self.tally

    def _enough(self) -> bool:
        return self.wish.most is not None and self.tally.replayed >= self.wish.most

    async def _take(self) -> list[QueueMessage]:
        pages = self.poison.receive_messages(messages_per_page=BATCH, max_messages=BATCH, visibility_timeout=LEASE)
        with our_words():
            batch = [message async for message in pages]
        self._held |= {message.id: message for message in batch}
        return batch

    async def _deal(self, message: QueueMessage) -> None:
        told = read(self.queue, message.content)
        if told is None:
            self.tally.unreadable += 1
            self.say(f"{self.queue}: unreadable ({len(message.content)} characters), left where it is: {message.id}")
        elif self.wish.company not in ("", told.company_id):
            self.tally.others += 1
        else:
            if not self.wish.dry:
                await self._put_back(message, told)
            self.tally.replayed += 1
            self.say(f"{self.queue}: {self.tally.replayed} {_sentence(told, dry=self.wish.dry)}")

    async def _put_back(self, message: QueueMessage, told: Told) -> None:
        await self.main.put_text(told.again)
        if not await unless_taken(self.poison.delete_message(message)):
            self.say(f"{self.queue}: somebody else took {message.id} meanwhile, it may be done twice")
        del self._held[message.id]
        await asyncio.sleep(1 / self.wish.pace)

    async def _give_back(self) -> None:
        for message in self._held.values():
            # by id and receipt: of a whole message the client would send the body too, encoded once more
            await unless_taken(self.poison.update_message(message.id, message.pop_receipt, visibility_timeout=0))
        self._held.clear()


def _sentence(told: Told, *, dry: bool) -> str:
    where = " ".join(filter(None, (told.company_id, told.resource_id)))
    return f"{'would be replayed' if dry else 'replayed'}: {told.what} for {where}"


async def replay(account: Account, queue: str, wish: Wish) -> Tally:
    """Replay one queue's messages."""
    main = JsonQueue(account.storage, queue)
    try:
        async with queue_client(account.storage, poison_of(queue)) as poison:
            return await Replay(queue, poison, main, wish).run()
    finally:
        await main.close()


async def _run(account: Account, arguments: argparse.Namespace) -> int:
    done: dict[str, Tally] = {}
    most = arguments.most
    for queue in [arguments.queue] if arguments.queue else QUEUES:
        wish = Wish(dry=arguments.dry_run, company=arguments.company, most=most, pace=arguments.pace)
        done[queue] = await replay(account, queue, wish)
        most = None if most is None else most - done[queue].replayed
    _report(done, arguments)
    return LEFT if any(tally.unreadable for tally in done.values()) else DONE


def _report(done: dict[str, Tally], arguments: argparse.Namespace) -> None:
    if arguments.json:
        lines = [
            {"queue": queue, **{name: getattr(tally, name) for name in ("replayed", "unreadable", "others", "left")}}
            for queue, tally in done.items()
        ]
        answer_json({"dry_run": arguments.dry_run, "queues": lines})
        return
    verb = "would be replayed" if arguments.dry_run else "replayed"
    for queue, tally in done.items():
        parts = [f"{tally.replayed} {verb}"]
        parts += [f"{tally.others} of other companies"] if tally.others else []
        parts += [f"{tally.unreadable} unreadable"] if tally.unreadable else []
        answer(f"{queue}: {', '.join(parts)}; about {tally.left} left in {poison_of(queue)}")


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "queue", nargs="?", choices=QUEUES, metavar="QUEUE", help=f"{' or '.join(QUEUES)} (default: both)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be replayed")
    parser.add_argument("--company", default="", metavar="ID", help="only messages of this company")
    parser.add_argument("--most", type=_whole, metavar="N", help="stop after so many")
    parser.add_argument("--pace", type=positive, default=PACE, metavar="N", help="so many per second (default: 10)")
    json_option(parser)


def _whole(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


COMMAND = Command("replay", "put back what was given up, so that its work is done", _options, _run)
