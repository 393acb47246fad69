"""The gate before one connection: messages of one process never compete for a lease, and a burst becomes one round.

While one message of a connection is dealt with, those that arrive wait here; wishes for a plain round are joined and
done in one. What waits shares the fate of what it was joined with: an exception reaches every one of them.

Nobody waits for a whole reading to end, which takes long and makes news itself (of every copy that it writes): such
messages would fill all the places that a process has. What came meanwhile goes back to the queue as one message.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from shared.sync.ports import Wake
from shared.telemetry import both

type Key = tuple[str, str]
type Deal = Callable[[Wake], Awaitable[None]]
type Result = asyncio.Future[bool]
"""True: it was dealt with; False: try again."""
type Waiting = tuple[Wake, Result]
type Group = tuple[Wake, list[Result]]
"""One message for all whose futures stand behind it."""


WHOLE_READINGS = ("import", "catch_up", "check", "remove", "disconnect")
MANY = 8
"""So many that wait are worth a round at once."""


class Gate:
    """One per process. `breath`: seconds to wait before the next round where somebody came during the last one, so that
    a burst is joined whole. `later` sends a message again, for after a whole reading."""

    def __init__(self, later: Deal | None = None, breath: float = 0.0) -> None:
        self._later = later
        self._breath = breath
        self._waiting: dict[Key, list[Waiting]] = {}
        self._reading: set[Key] = set()

    async def pass_through(self, wake: Wake, deal: Deal) -> None:
        """Deal with `wake` when nobody else of this process deals with its connection."""
        key = (wake.company_id, wake.resource_id)
        while key in self._waiting:
            done = asyncio.get_running_loop().create_future()
            self._waiting[key].append((wake, done))
            if key in self._reading and self._later is not None:
                await self._come_again(key, self._later, done)
            if await done:
                return
        self._waiting[key] = []
        first = asyncio.get_running_loop().create_future()
        await self._deal_in_turn(key, deal, [(wake, [first])])
        await first

    async def _deal_in_turn(self, key: Key, deal: Deal, groups: list[Group]) -> None:
        """One group after the other, then those that came meanwhile, until nobody waits.

        After a whole reading the others try again for themselves: nobody shall lead one part of it after the other, for
        longer than a function may.
        """
        try:
            while groups := groups or _joined(await self._next(key)):
                wake, futures = groups[0]
                if wake.job in WHOLE_READINGS:
                    self._reading.add(key)
                await _deal_for(futures, deal, wake)
                del groups[0]
                if key in self._reading:
                    for future in self._left(key, groups):
                        future.set_result(False)
                    return
        finally:
            self._reading.discard(key)
            # somebody is left only when the process takes us down: nobody may wait for ever
            for future in self._left(key, groups):
                future.cancel()
            del self._waiting[key]

    def _left(self, key: Key, groups: list[Group]) -> list[Result]:
        """Whoever still waits for an answer."""
        every = [future for _, futures in groups for future in futures] + [future for _, future in self._waiting[key]]
        return [future for future in every if not future.done()]

    async def _come_again(self, key: Key, later: Deal, done: Result) -> None:
        """Unless the reading ends soon: send all that wait for a plain round as one message."""
        await asyncio.wait([done], timeout=self._breath)
        if key not in self._reading:
            return
        plain = [waiting for waiting in self._waiting[key] if joined(waiting[0], waiting[0]) is not None]
        self._waiting[key] = [waiting for waiting in self._waiting[key] if waiting not in plain]
        try:
            for wake, futures in _joined(plain):
                await _deal_for(futures, later, wake)
        finally:
            for _, future in plain:
                future.cancel()  # of those that are not done, as above

    async def _next(self, key: Key) -> list[Waiting]:
        if 0 < len(self._waiting[key]) < MANY:
            await asyncio.sleep(self._breath)
        waiting, self._waiting[key] = self._waiting[key], []
        return waiting


def joined(first: Wake, second: Wake) -> Wake | None:
    """Both wishes as one; None when they are not both for a plain round. Retries keep their own count of tries."""
    if first.job != "round" or second.job != "round" or first.retry or second.retry:
        return None
    return replace(
        first,
        at=max(first.at, second.at),
        outlook=first.outlook or second.outlook,
        bookings=tuple(dict.fromkeys(first.bookings + second.bookings)),
        tries=max(first.tries, second.tries),
        doubts=max(first.doubts, second.doubts),
        correlation=both(first.correlation, second.correlation),
    )


def _joined(waiting: list[Waiting]) -> list[Group]:
    groups: list[Group] = []
    for wake, future in waiting:
        for index, (other, futures) in enumerate(groups):
            both = joined(other, wake)
            if both is not None:
                groups[index] = (both, [*futures, future])
                break
        else:
            groups.append((wake, [future]))
    return sorted(groups, key=lambda group: group[0].job in WHOLE_READINGS)


async def _deal_for(futures: list[Result], deal: Deal, wake: Wake) -> None:
    try:
        await deal(wake)
    except Exception as failure:
        _end(futures, failure)
    else:
        _end(futures, None)


def _end(futures: list[Result], failure: Exception | None) -> None:
    for future in futures:
        if not future.done() and failure is None:
            future.set_result(True)
        elif not future.done() and failure is not None:
            future.set_exception(failure)
