"""Storage transactions, counted from outside: Azurite's own access log, a line for every request."""

import re
from collections import Counter
from pathlib import Path

from dev.stack import Stack

SETTINGS = {"AZURITE_ACCESS_LOG": "1"}
"""With these settings a stack writes the log."""
_LINE = re.compile(r'"(GET|PUT|POST|PATCH|MERGE|DELETE|HEAD) /devstoreaccount1/(\S*) HTTP')


class StorageLog:
    """What was asked of storage since the last look."""

    def __init__(self, stack: Stack) -> None:
        self._path = next(Path(stack.data / "logs").glob("Azurite*.log"))
        self._read = self._path.stat().st_size

    def requests(self) -> list[str]:
        """Every request since the last look, in a few words: `table POST $batch`, `queue PUT sync-rounds`.

        What the function host does by itself is left out: its looks into queues (receiving shows in no other way than
        by the deletion of what was received) and its blobs.
        """
        with self._path.open("rb") as file:
            file.seek(self._read)
            text = file.read().decode("utf-8", "replace")
            self._read = file.tell()
        words = (_words(method, target) for method, target in _LINE.findall(text))
        return [word for word in words if word]

    def counts(self) -> Counter[str]:
        """Transactions by service; each message that was deleted was received as well."""
        found = self.requests()
        queue = [word for word in found if word.startswith("queue")]
        return Counter(table=len(found) - len(queue), queue=len(queue) + sum("DELETE" in word for word in queue))


def _words(method: str, target: str) -> str:
    path, _, query = target.partition("?")
    if path.startswith(("sync-rounds", "emails")):
        sent = method == "POST" or (method in ("DELETE", "PUT") and "popreceipt" in query)
        return f"queue {method} {path.partition('/')[0]}" if sent else ""
    return f"table {method} {re.sub(r'\(.*', '()', path)} {_filter(query)}".rstrip()


def _filter(query: str) -> str:
    return query[:150]
