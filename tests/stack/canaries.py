"""Canaries: texts that nobody else could have written, and the search for them in all that the app keeps or says.

Each canary has homes: the kinds of places where it must stand, and may. Whatever else it is found in is a leak.
"""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueServiceClient

from dev.stack import Stack
from tests.stack.world import Json, World

TIMIFY = "TIMIFY"
TABLE, QUEUE, STORAGE, LOG, FILE = "table", "queue", "storage file", "log", "file"
MAIL, API, PAGE = "mail", "API answer", "page"
_NOT_OURS = ("outlook", "timify")
"""Folders of the simulators, which stand for the two calendars: these are read through their doors."""


def outlook(person: str = "anna") -> str:
    """The kind of place that somebody's mailbox is."""
    return f"Outlook of {person}"


@dataclass(frozen=True, slots=True)
class Place:
    """A text that stands somewhere. `kind` is one of the above, `name` says where exactly."""

    kind: str
    name: str
    text: str


class Flock:
    """All canaries of one test, and the places that its search looks into beside the usual ones (`seen`)."""

    def __init__(self) -> None:
        self._call = f"cnry{secrets.token_hex(4)}"
        self._what: dict[str, str] = {}
        self._homes: dict[str, frozenset[str]] = {}
        self.seen: list[Place] = []

    def bird(self, what: str, *homes: str) -> str:
        """A new canary, said to be `what`, that lives in `homes`."""
        text = f"{self._call}x{len(self._what):03}z"
        self._what[text] = what
        self._homes[text] = frozenset(homes)
        return text

    def moves(self, text: str, *homes: str) -> None:
        """From now on it lives elsewhere; nowhere without homes."""
        self._homes[text] = frozenset(homes)

    def leaves(self, kind: str, item: Json | None = None) -> None:
        """From now on no canary of `item` (None: none at all) lives in that kind of place."""
        for text in list(self._what) if item is None else self.canaries_in(json.dumps(item)):
            self._homes[text] -= {kind}

    def wrong(self, places: Iterable[Place]) -> list[str]:
        """A sentence for every place that has a canary which may not be there, and for every home that is empty."""
        found: list[str] = []
        missing = {(text, home) for text, homes in self._homes.items() for home in homes}
        for place in places:
            for text in self.canaries_in(place.text):
                missing.discard((text, place.kind))
                if place.kind not in self._homes[text]:
                    found.append(f"LEAK: {self._what[text]} ({text}) in {place.kind}: {place.name}")
        return found + [f"missing: {self._what[text]} ({text}) in {home}" for text, home in sorted(missing)]

    def canaries_in(self, text: str) -> Iterator[str]:
        """The canaries that a text holds, in plain or inside base64, whatever their case."""
        if not _holds(text, self._call):
            return
        for canary in self._what:
            if _holds(text, canary):
                yield canary

    async def check(self, stack: Stack, *worlds: World) -> None:
        """Search everything; says where each canary leaked or is missing."""
        places = [*self.seen, *[place async for place in everything(stack, *worlds)]]
        wrong = self.wrong(places)
        assert wrong == [], "\n".join(wrong)


def _holds(text: str, canary: str) -> bool:
    return canary in text.lower() or any(form in text for form in _base64_forms(canary))


def _base64_forms(canary: str) -> Iterator[str]:
    """What base64 makes of it at each of the three positions that it may have in a longer text."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + canary.encode()).decode()
        yield encoded[-(-before * 8 // 6) : (before + len(canary)) * 8 // 6]


async def everything(stack: Stack, *worlds: World) -> AsyncIterator[Place]:
    """Every place where a text of these companies could stand."""
    async for place in _tables(stack):
        yield place
    async for place in _queues(stack):
        yield place
    for place in _files(stack.data):
        yield place
    for world in worlds:
        async for place in _answers(world):
            yield place
        for booking in await world.raw_bookings():
            yield Place(TIMIFY, f"booking {booking['id']}", json.dumps(booking))
        for person in world.people:
            for event in await world.raw_events(person):
                yield Place(outlook(person), f"event {event['id']}", json.dumps(event))


async def _tables(stack: Stack) -> AsyncIterator[Place]:
    """Every column of every row of every table, keys included."""
    async with TableServiceClient.from_connection_string(stack.storage) as service:
        async for table in service.list_tables():
            async with service.get_table_client(table.name) as client:
                async for row in client.list_entities():
                    where = f"{table.name}, row {row['PartitionKey']} {row['RowKey']}"
                    for column, value in row.items():
                        yield Place(TABLE, f"{where}, column {column}", str(value))


async def _queues(stack: Stack) -> AsyncIterator[Place]:
    """Every message that is visible in any queue, poison included; the others stand in the files of the emulator."""
    async with QueueServiceClient.from_connection_string(stack.storage) as service:
        async for queue in service.list_queues():
            async with service.get_queue_client(queue.name) as client:
                for message in await client.peek_messages(32):
                    yield Place(QUEUE, f"{queue.name}, message {message.id}", message.content)


def _files(data: Path) -> Iterator[Place]:
    """Every file of the stack: logs of all processes, mails, what the host remembers, and the emulator's own files,
    which hold all messages that ever were in a queue."""
    kinds = {"logs": LOG, "outbox": MAIL, "azurite": STORAGE}
    for path in sorted(path for path in data.rglob("*") if path.is_file()):
        folder = path.relative_to(data).parts[0]
        if folder not in _NOT_OURS:
            yield Place(kinds.get(folder, FILE), str(path.relative_to(data)), path.read_bytes().decode("latin-1"))


async def _answers(world: World) -> AsyncIterator[Place]:
    """All that the API answers about a company, page after page."""
    for path in ("", "settings", "resources", "conflicts"):
        async for place in _pages(world, path):
            yield place
    for person in world.people:
        own = f"resources/{world.resource(person)}"
        for path in (own, f"{own}/settings", f"{own}/log"):
            async for place in _pages(world, path):
                yield place
    yield await _answer(world, "POST", "settings/preview", {})
    yield await _answer(world, "PUT", "settings", {"nonsense": True})
    for conflict in (await _answered(world, "GET", "conflicts")).get("items", []):
        yield await _answer(world, "GET", f"conflicts/{conflict['id']}")
        yield await _answer(world, "POST", f"conflicts/{conflict['id']}/actions", {"action": "nonsense"})


async def _pages(world: World, path: str) -> AsyncIterator[Place]:
    cursor: str | None = ""
    while cursor is not None:
        place = await _answer(world, "GET", path, **({"next": cursor} if cursor else {}))
        yield place
        cursor = json.loads(place.text).get("next")


async def _answered(world: World, method: str, path: str) -> Json:
    answer: Json = json.loads((await _answer(world, method, path)).text)
    return answer


async def _answer(world: World, method: str, path: str, body: object = None, **params: Any) -> Place:
    where = world.actors.where
    url = f"{where.functions}/api/v1/companies/{world.company_id}{f'/{path}' if path else ''}"
    headers = {"x-functions-key": where.function_key}
    answer = await world.actors.http.request(method, url, json=body, params=params, headers=headers)
    return Place(API, f"{method} {path or 'company'} answered {answer.status_code}", answer.text)


def pages(texts: Sequence[str]) -> list[Place]:
    """Pages that a person was shown."""
    return [Place(PAGE, f"page {number} of the journey", text) for number, text in enumerate(texts)]
