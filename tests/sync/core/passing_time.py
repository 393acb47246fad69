"""A clock that ticks, and the queue of messages that waits for it."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from shared.sync.ports import Wake

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


class TickingClock:
    """A millisecond passes whenever somebody looks."""

    def __init__(self) -> None:
        self.at = MONDAY + timedelta(hours=8)

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def pass_by(self, time: timedelta) -> None:
        self.at += time


class Queue:
    """See `shared.sync.ports.WakeQueue`. Messages in the order in which they become visible."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = count()
        self._waiting: list[tuple[datetime, int, Wake]] = []
        self.sent: list[tuple[Wake, float]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, wake: Wake, delay: float = 0) -> None:
        self.sent.append((wake, delay))
        self.push(wake, timedelta(seconds=delay))

    def push(self, wake: Wake, delay: timedelta = timedelta(0)) -> None:
        heapq.heappush(self._waiting, (self._now() + delay, next(self._numbers), wake))

    def drop_newest(self, number: int) -> None:
        """The last messages that were sent get lost."""
        oldest = sorted(self._waiting, key=lambda entry: entry[1])[: len(self._waiting) - number]
        self._waiting = sorted(oldest)

    def pop(self) -> tuple[datetime, Wake]:
        """The next message and when it becomes visible."""
        due, _, wake = heapq.heappop(self._waiting)
        return due, wake

    def take(self, number: int) -> tuple[datetime, Wake]:
        """Any message, by its place in the order in which they become visible."""
        entry = sorted(self._waiting)[number]
        self._waiting.remove(entry)
        heapq.heapify(self._waiting)
        return entry[0], entry[2]
