"""Doors that a test can make fail, before or after they take effect."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, Protocol

type Trouble = Callable[[str], Awaitable[None]]
"""Awaited with "before commit", "after commit" and so on; may raise."""


async def give_way(moment: str) -> None:
    await asyncio.sleep(0)


class Troubled(Protocol):
    @property
    def trouble(self) -> Trouble: ...


def door[S: Troubled, **P, R](
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    async def opened(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        await self.trouble(f"before {method.__name__}")
        answer = await method(self, *args, **kwargs)
        await self.trouble(f"after {method.__name__}")
        return answer

    return opened
