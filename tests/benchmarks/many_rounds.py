"""`python -m tests.benchmarks.many_rounds`: round after round in one process, with the app and its real adapters.

Reads its order as JSON from stdin, and writes a line of JSON for every so many rounds. It holds nothing that the app
could be blamed for.
"""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.sync.ports import Wake
from tests.stack.first_use import memory

AT_ONCE = 8
"""Of one process; the host takes up to sixteen messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`connections`: (company, resource), taken in turn."""

    connections: Sequence[tuple[str, str]]
    rounds: int
    every: int


async def carry_out(order: Order) -> None:
    """Make the rounds, through the worker that the queue's function has."""
    import function_app
    from functions.sync_worker import worker

    assert function_app.app
    takes, turns = worker(), itertools.cycle(order.connections)
    for done in range(0, order.rounds, order.every):
        await _some(order.every, turns, takes.handle)
        _tell(done + order.every)


async def _some(count: int, turns: Iterator[tuple[str, str]], handle: Callable[[Wake], Awaitable[None]]) -> None:
    left = iter(range(count))

    async def one_after_the_other() -> None:
        for _ in left:
            company, resource = next(turns)
            now = datetime.now(UTC)
            await handle(Wake(company_id=company, resource_id=resource, cause="notification", at=now, outlook=True))

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))


def _tell(rounds: int) -> None:
    line = {"rounds": rounds, "rss": memory("VmRSS") / 1024, "peak": memory("VmHWM") / 1024}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    asyncio.run(carry_out(Order(**json.load(sys.stdin))))
    os._exit(0)  # as a host ends a process: nobody closes the connections
