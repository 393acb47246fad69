"""How many storage requests were made, by Azurite's own access log."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r'"([A-Z]+) /devstoreaccount1/([^ ?"]*)[^"]*" (\d{3})')

SETTINGS = {"AZURITE_ACCESS_LOG": "1"}
"""With these settings a stack writes the log."""
_QUEUES = ("sync-rounds", "emails")


@dataclass(frozen=True, slots=True)
class Storage:
    """Requests by service. `received` is taken as one for each message: a batch shares it when there are many."""

    tables: int
    sent: int
    received: int

    @property
    def queues(self) -> int:
        """A message is sent, received and deleted."""
        return self.sent + 2 * self.received


class StorageLog:
    """Reads what was added since the last look. Start the stack with `SETTINGS`."""

    def __init__(self, data: Path) -> None:
        self._path = data / "logs" / "Azurite.log"
        self._seen = 0

    def news(self) -> Counter[str]:
        """`POST sync-rounds/messages 201` and how often, since the last look. Half a line waits."""
        with self._path.open("rb") as log:
            log.seek(self._seen)
            whole, found, _ = log.read().rpartition(b"\n")
        self._seen += len(whole) + len(found)
        return Counter(" ".join(match) for match in _LINE.findall(whole.decode("utf-8", "replace")))

    def counts(self) -> Storage:
        """Requests since the last look. That a message was received shows in no other way than by its deletion, because
        the host looks into its queues all the time."""
        counted = Counter[str]()
        for line, number in self.news().items():
            method, path, _ = line.split(" ", 2)
            if not path.startswith(_QUEUES):
                counted["table"] += number
            elif "/messages" in path:
                counted[method] += number
        return Storage(counted["table"], counted["POST"] + counted["PUT"], counted["DELETE"])

    async def until(self, line: str, count: int, seconds: float = 5) -> Counter[str]:
        """All news once `line` has come so often, and what comes in a moment more: a client may hear of its answer
        before the log does."""
        news, pause = self.news(), 0.05
        while news[line] < count and seconds > 0:
            await asyncio.sleep(pause)
            seconds -= pause
            news += self.news()
        await asyncio.sleep(4 * pause)
        return news + self.news()
