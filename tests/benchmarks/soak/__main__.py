"""`make soak`: many connections, people at work on both sides, faults, and in the end full agreement.

SOAK_MINUTES (10), SOAK_CONNECTIONS (200), SOAK_PACE (edits a second), SOAK_SEED. `--write` puts the figures into
docs/soak.md and the picture into docs/soak.svg. Exit code 1 when anything was not as it must be.
"""

import asyncio
import contextlib
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dev.actors import Actors
from dev.stack import Stack
from tests.benchmarks.report import percentiles
from tests.benchmarks.soak.crowd import Crowd
from tests.benchmarks.soak.memory import Memory, grows, is_of_the_app
from tests.benchmarks.soak.page import shown, write_page
from tests.benchmarks.soak.result import Result
from tests.benchmarks.soak.watching import Watching
from tests.benchmarks.soak.weather import Weather

WORKERS = 1
"""Beside the function host, which takes messages too: two processes of the app."""
SETTINGS = {"SYNC_DAYS_BACK": "1", "SYNC_DAYS_AHEAD": "41"}
"""A window in which everything lies that these people enter."""
LOOK = 5.0
SAMPLE = 20


def main() -> int:
    minutes = float(os.environ.get("SOAK_MINUTES") or 10)
    connections = int(os.environ.get("SOAK_CONNECTIONS") or 200)
    pace = float(os.environ.get("SOAK_PACE") or 3)
    seed = os.environ.get("SOAK_SEED") or secrets.token_hex(4)
    print(f"SOAK_SEED={seed}: {connections} connections, {minutes:g} minutes, {pace:g} edits a second", flush=True)
    result = asyncio.run(soak(Result(minutes, connections, pace, seed)))
    print(f"\n{shown(result)}")
    if "--write" in sys.argv:
        write_page(result)
    for problem in result.problems:
        print(f"NOT AS IT MUST BE: {problem}")
    return 1 if result.problems else 0


async def soak(result: Result) -> Result:
    """The whole run on a stack of its own."""
    dice = random.Random(result.seed)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        async with (
            Stack.start(data=Path(folder), workers=WORKERS, settings=SETTINGS) as stack,
            Actors(stack.addresses) as actors,
        ):
            crowd, watching = Crowd(actors, result.connections, dice), Watching(actors)
            memory, weather = Memory(stack.pids()), Weather(actors, dice)
            async with _beside(memory.watch(), _look(watching)):
                await _connect(crowd, result)
                await watching.look()
                watching.forget_arrivals()
                rounds, result.began = _rounds(stack), datetime.now(UTC)
                async with _beside(_tell(crowd, watching, memory)), asyncio.TaskGroup() as both:
                    both.create_task(crowd.live(result.minutes * 60, result.pace))
                    both.create_task(weather.change(result.minutes * 60))
                result.settled = await actors.quiet(900)
                result.ended, result.rounds = datetime.now(UTC), _rounds(stack) - rounds
                await watching.look()
            result.take(crowd, watching, weather, memory.since(result.began))
            await _judge(crowd, result, dice)
            result.problems += _given_up(stack)
    return result


async def _connect(crowd: Crowd, result: Result) -> None:
    began = time.monotonic()
    await crowd.open()
    print(f"calendars filled in {time.monotonic() - began:.0f} s", flush=True)
    result.connecting = await crowd.connect()
    print(f"{result.connections} people connected and imported in {result.connecting:.0f} s", flush=True)


async def _judge(crowd: Crowd, result: Result, dice: random.Random) -> None:
    """A check heals what lost notifications left; then all must agree, and a further check writes nothing."""
    print("checking", flush=True)
    result.late_before = len(await crowd.wrong())
    result.checking = await crowd.check(crowd.everybody())
    result.differences = await crowd.wrong()
    result.duplicates = await crowd.duplicates()
    sample = dice.sample(crowd.everybody(), min(SAMPLE, crowd.connections))
    result.writes_at_rest = await crowd.writes_of_a_check(sample)
    result.problems += [f"difference: {text}" for text in result.differences]
    result.problems += [f"duplicate: {text}" for text in result.duplicates]
    result.problems += [f"written when all was at rest: {text}" for text in result.writes_at_rest]
    for name, points in result.memory.items():
        if is_of_the_app(name) and grows(points):
            result.problems.append(f"the memory of {name} grows")


def _rounds(stack: Stack) -> int:
    """Rounds that ended well, by the logs of the app's processes."""
    return sum(text.count(" sync_worker Succeeded") for text in _logs(stack).values())


def _given_up(stack: Stack) -> list[str]:
    """Messages that no attempt could deal with."""
    lines = [(name, line) for name, text in _logs(stack).items() for line in text.splitlines()]
    return [f"{name}: {line}" for name, line in lines if "Moving message to queue" in line]


def _logs(stack: Stack) -> dict[str, str]:
    paths = [path for path in (stack.data / "logs").glob("*.log") if is_of_the_app(path.stem.replace("-", " "))]
    return {path.stem: path.read_text("utf-8", "replace") for path in paths}


async def _look(watching: Watching) -> None:
    while True:
        await asyncio.sleep(LOOK)
        await watching.look()


async def _tell(crowd: Crowd, watching: Watching, memory: Memory) -> None:
    """A line now and then."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(2 * LOOK)
        took = [arrival.took for arrival in watching.arrivals]
        p50, p95, _ = percentiles(took) if took else (0.0, 0.0, 0.0)
        resident = ", ".join(
            f"{name} {points[-1][1]:.0f} MB" for name, points in memory.series.items() if is_of_the_app(name)
        )
        print(
            f"{time.monotonic() - began:5.0f} s: {crowd.edits} edits, {len(took)} arrived (p50 {p50:.2f} s, "
            f"p95 {p95:.2f} s), {len(watching.never_seen)} on their way; {resident}",
            flush=True,
        )


@contextlib.asynccontextmanager
async def _beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run endless works beside the body; one that fails ends the body."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        yield
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    sys.exit(main())
