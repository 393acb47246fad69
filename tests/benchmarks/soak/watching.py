"""How long a change takes to reach the other side, by the journals of both simulators."""

import asyncio
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dev.actors import Actors
from tests.stack.world import Json

_TEXT = re.compile(r"(?:Meeting|Customer|Retitled by staff) \d+")
_ITEM = re.compile(r"/(?:events|appointments)/([^/]+)$")
_LIST = re.compile(r"/(?:events|appointments)$")
_CHANGING = ("POST", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A person's write answered at `at`; the app's write on the other side was answered `took` seconds later."""

    at: datetime
    took: float


@dataclass(slots=True, eq=False)
class _Waiting:
    at: datetime
    copies: int
    arrived: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Write:
    """An item that was changed, or (GET) shown to the app. `id` is empty where the answer did not tell it."""

    by: str
    method: str
    id: str
    texts: tuple[str, ...]
    at: datetime
    status: int
    people: int


class Watching:
    """Reads both journals and forgets them, so that no simulator grows; pairs what people and the app wrote."""

    def __init__(self, actors: Actors) -> None:
        self._actors = actors
        self._looking = asyncio.Lock()
        self._left: list[_Write] = []
        self._by_text: dict[str, str] = {}
        self._partners: defaultdict[str, set[str]] = defaultdict(set)
        self._waiting: defaultdict[str, list[_Waiting]] = defaultdict(list)
        self.arrivals: list[Arrival] = []
        self.overtaken = 0
        self.failures = Counter[str]()
        self.asked = 0
        """Requests of the app."""

    async def look(self) -> None:
        """Take what is new. What ended while the journals were read is left for the next time: the other half of it
        may be missing."""
        async with self._looking:
            until = datetime.now(UTC)
            entries = [entry for journal in await self._actors.take_journals() for entry in journal]
        for entry in entries:
            self._count(entry)
            self._left += _shown(entry) if entry["method"] == "GET" else _written(entry)
        self._left.sort(key=lambda write: write.at)
        for write in [write for write in self._left if write.at <= until]:
            self._person(write) if write.by == "person" else self._app(write)
        self._left = [write for write in self._left if write.at > until]

    def forget_arrivals(self) -> None:
        """What was so far does not count; which copy belongs to which item is kept."""
        self.arrivals, self.overtaken, self.asked, self.failures = [], 0, 0, Counter()
        self._waiting.clear()

    @property
    def never_seen(self) -> list[datetime]:
        """The moments of writes for which no write of the app was recognised."""
        return sorted(waiting.at for some in self._waiting.values() for waiting in some)

    def _count(self, entry: Json) -> None:
        if entry["actor"] != "app":
            return
        self.asked += 1
        status = entry["status"]
        if status in (0, 429) or status >= 500:
            self.failures["answer dropped" if status == 0 else str(status)] += 1

    def _person(self, write: _Write) -> None:
        if write.status >= 300:
            return
        for text in write.texts:
            self._by_text[text] = write.id
        copies = write.people if write.method == "POST" else len(self._partners[write.id])
        if write.method == "DELETE":
            self.overtaken += len(self._waiting.pop(write.id, [])) + (copies == 0)
        if copies or write.method != "DELETE":
            self._waiting[write.id].append(_Waiting(write.at, copies or 1))

    def _app(self, write: _Write) -> None:
        if write.status >= 300 and not (write.method == "DELETE" and write.status == 404):
            return
        if write.method in ("POST", "GET"):
            origin = next((self._by_text[text] for text in write.texts if text in self._by_text), "")
            if write.method == "GET" and (origin == write.id or write.id in self._partners[origin]):
                return
            if origin and write.id:
                self._partners[origin].add(write.id)
                self._partners[write.id].add(origin)
        for item in list(self._partners[write.id]):
            self._arrived(item, write)

    def _arrived(self, item: str, write: _Write) -> None:
        left = []
        for waiting in self._waiting.pop(item, []):
            if waiting.at < write.at:
                waiting.arrived.add(write.id)
            if len(waiting.arrived) < waiting.copies:
                left.append(waiting)
            else:
                self.arrivals.append(Arrival(waiting.at, (write.at - waiting.at).total_seconds()))
        if left:
            self._waiting[item] = left


def _written(entry: Json) -> list[_Write]:
    """Nothing for what changes no event and no booking."""
    named = _ITEM.search(entry["path"])
    listed = entry["method"] == "POST" and _LIST.search(entry["path"])
    if entry["method"] not in _CHANGING or not (named or listed):
        return []
    answer = entry["response"] if isinstance(entry["response"], dict) else {}
    body = entry["body"] if isinstance(entry["body"], dict) else {}
    made = answer.get("data") if isinstance(answer.get("data"), dict) else answer
    item = named[1] if named else str((made or {}).get("id", ""))
    return [_write(entry, item, body, len(body.get("resource_ids", ())) or 1)]


def _shown(entry: Json) -> list[_Write]:
    """The items that the app read. A copy whose creation was answered by a failure is first known from here."""
    answer = entry["response"] if isinstance(entry["response"], dict) else {}
    rows = answer.get("value") or answer.get("data") or answer
    rows = [rows] if isinstance(rows, dict) else rows
    if entry["actor"] != "app" or entry["status"] != 200 or not isinstance(rows, list):
        return []
    texts = [{name: row.get(name) for name in ("subject", "title", "customers")} for row in rows]
    return [_write(entry, str(row["id"]), text) for row, text in zip(rows, texts, strict=True) if row.get("id")]


def _write(entry: Json, item: str, shown: Json, people: int = 1) -> _Write:
    return _Write(
        by=entry["actor"],
        method=entry["method"],
        id=item,
        texts=tuple(_TEXT.findall(json.dumps(shown, ensure_ascii=False))),
        at=datetime.fromisoformat(entry["at"]) + timedelta(milliseconds=entry["took_ms"]),
        status=entry["status"] or 599,
        people=people,
    )
