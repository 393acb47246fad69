"""Group commit: what several tasks store at once travels in as few transactions as it fits in."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from azure.core.exceptions import HttpResponseError

from shared.storage.tables import MAX_BYTES, MAX_OPERATIONS
from shared.sync.keeping import Changes, LeaseLost

_ROOM = MAX_OPERATIONS - 1  # the fence row is in every transaction


class Weight(NamedTuple):
    """What a commit adds to a transaction at most."""

    operations: int
    size: int


class _Waiting(NamedTuple):
    changes: Changes
    stored: asyncio.Future[None]


class GroupCommit:
    """Takes commits in order. `weigh` tells how much one needs, `store` puts several into one transaction."""

    def __init__(
        self,
        weigh: Callable[[Changes], Awaitable[Weight]],
        store: Callable[[Sequence[Changes]], Awaitable[None]],
    ) -> None:
        self._weigh = weigh
        self._store = store
        self._waiting: list[_Waiting] = []
        self._runner: asyncio.Task[None] | None = None
        self._lost = False

    async def add(self, changes: Changes) -> None:
        """Return when `changes` are stored. Raises LeaseLost, ValueError when they fit into no transaction."""
        if self._lost:
            raise LeaseLost
        waiting = _Waiting(changes, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        await waiting.stored

    async def drain(self) -> None:
        """Return when nothing is under way."""
        if self._runner is not None:
            await asyncio.wait([self._runner])

    def end(self) -> None:
        """Take no more commits: the lease is given back."""
        self._lost = True

    async def _run(self) -> None:
        while self._waiting:
            group = await self._next_group()
            if group:
                await self._store_group(group)

    async def _next_group(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        operations = size = 0
        while self._waiting:
            waiting = self._waiting[0]
            weight = None if waiting.stored.done() else await self._weight(waiting)
            if weight is not None:
                operations, size = operations + weight.operations, size + weight.size
                if operations > _ROOM or size > MAX_BYTES:
                    break
                group.append(waiting)
            self._waiting.pop(0)
        return group

    async def _weight(self, waiting: _Waiting) -> Weight | None:
        try:
            weight = await self._weigh(waiting.changes)
            if weight.operations > _ROOM or weight.size > MAX_BYTES:
                raise ValueError(
                    f"One commit of {weight.operations} rows and {weight.size} bytes fits into no transaction "
                    f"({_ROOM} rows, {MAX_BYTES} bytes): commit item by item."
                )
        except Exception as problem:
            _fail(waiting, problem)
            return None
        return weight

    async def _store_group(self, group: list[_Waiting]) -> None:
        try:
            await self._store([waiting.changes for waiting in group])
        except LeaseLost as problem:
            self._lost = True
            for waiting in [*group, *self._waiting]:
                _fail(waiting, problem)
            self._waiting.clear()
        except HttpResponseError as problem:
            await self._one_by_one(group, problem)
        except Exception as problem:
            for waiting in group:
                _fail(waiting, problem)
        else:
            for waiting in group:
                if not waiting.stored.done():
                    waiting.stored.set_result(None)

    async def _one_by_one(self, group: list[_Waiting], problem: HttpResponseError) -> None:
        """The service refused the transaction as such: only the commit that it dislikes shall fail."""
        if len(group) == 1:
            _fail(group[0], problem)
            return
        for waiting in group:
            await self._store_group([waiting])


def _fail(waiting: _Waiting, problem: Exception) -> None:
    if not waiting.stored.done():
        waiting.stored.set_exception(problem)
