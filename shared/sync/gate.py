"""The gate before one connection: messages of one process never compete for a lease, and a burst becomes one round.

While one message of a connection is dealt with, those that arrive wait here; wishes for a plain round are joined and
done in one. What waits shares the fate of what it was joined with: an exception reaches every one of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from shared.sync.ports import Wake

type Key = tuple[str, str]
type Deal = Callable[[Wake], Awaitable[None]]


class Gate:
    """One per process."""

    def __init__(self) -> None:
        self._waiting: dict[Key, list[tuple[Wake, asyncio.Future[None]]]] = {}

    async def pass_through(self, wake: Wake, deal: Deal) -> None:
        """Deal with `wake` when nobody else of this process deals with its connection."""
        key = (wake.company_id, wake.resource_id)
        if key in self._waiting:
            done = asyncio.get_running_loop().create_future()
            self._waiting[key].append((wake, done))
            await done
            return
        self._waiting[key] = []
        try:
            await deal(wake)
        finally:
            await self._deal_with_waiting(key, deal)

    async def _deal_with_waiting(self, key: Key, deal: Deal) -> None:
        while waiting := self._waiting[key]:
            self._waiting[key] = []
            for wake, futures in _joined(waiting):
                try:
                    await deal(wake)
                except BaseException as failure:
                    _end(futures, failure)
                    if not isinstance(failure, Exception):
                        self._give_up(key, failure)
                        raise
                else:
                    _end(futures, None)
        del self._waiting[key]

    def _give_up(self, key: Key, failure: BaseException) -> None:
        for _, future in self._waiting.pop(key, []):
            _end([future], failure)


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
    )


def _joined(
    waiting: list[tuple[Wake, asyncio.Future[None]]],
) -> list[tuple[Wake, list[asyncio.Future[None]]]]:
    groups: list[tuple[Wake, list[asyncio.Future[None]]]] = []
    for wake, future in waiting:
        for index, (other, futures) in enumerate(groups):
            both = joined(other, wake)
            if both is not None:
                groups[index] = (both, [*futures, future])
                break
        else:
            groups.append((wake, [future]))
    return groups


def _end(futures: list[asyncio.Future[None]], failure: BaseException | None) -> None:
    for future in futures:
        if future.done():
            continue
        if failure is None:
            future.set_result(None)
        elif isinstance(failure, Exception):
            future.set_exception(failure)
        else:
            future.cancel()
