"""Processes that are killed at any moment, again and again, while calendars are imported and while people edit them.

CRASH_KILLS asks for more of it than in CI, CRASH_SEED for the same dice as in a run that failed.
"""

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from dev.actors import Actors
from dev.stack import Stack
from ops.account import Account
from ops.replay import Wish, replay
from shared.storage.given_up import QUEUES
from tests.stack.busy_people import BusyPeople
from tests.stack.world import World

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]

KILLS = int(os.environ.get("CRASH_KILLS") or 9)
WORKERS = 2
SOONER = {"SYNC_DAYS_AHEAD": "60", "SYNC_LEASE_SECONDS": "4", "FUNCTIONS_QUEUE_LEASE_SECONDS": "3"}
"""What a dead worker held is free again after seconds, instead of two and ten minutes."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mortal() -> AsyncIterator[Stack]:
    """A stack whose processes are killed."""
    async with Stack.start(workers=WORKERS, settings=SOONER) as own:
        yield own


async def test_whatever_is_killed_whenever_both_calendars_are_what_people_made_of_them(mortal: Stack) -> None:
    seed = os.environ.get("CRASH_SEED") or secrets.token_hex(4)
    print(f"CRASH_SEED={seed}")
    dice, crash = random.Random(seed), Crash(mortal, random.Random(f"{seed} crash"))
    async with Actors(mortal.addresses) as actors:
        world = World(actors)
        await world.open("anna", "jonas", "mia")
        people = BusyPeople(world, dice)
        await people.fill(meetings=45, visits=25)
        await _slow(actors, outlook=25, timify=25)
        await asyncio.gather(*(world.begin(person) for person in world.people))
        await crash.kill(KILLS // 2)
        await _settle(mortal, world, people)

        await people.find_copies()
        await _hear_late_of_timify(actors)
        killing = asyncio.create_task(crash.kill(KILLS - KILLS // 2))
        edits = await people.live(killing.done)
        await killing
        await _settle(mortal, world, people)
        print(f"{crash.hits} of {KILLS} kills hit somebody at work, {edits} edits")
        assert crash.hits > KILLS / 2
        assert edits > KILLS


class Crash:
    """Kills the processes of the function host, busy ones before others. `hits`: how often something was under way."""

    def __init__(self, stack: Stack, dice: random.Random) -> None:
        self._stack = stack
        self._dice = dice
        self.hits = 0

    async def kill(self, times: int) -> None:
        """Kill so many times; once of these, the whole host."""
        whole = self._dice.randrange(times)
        for number in range(times):
            await asyncio.sleep(self._dice.uniform(0, 1.6))
            busy = await self._busy()
            self.hits += bool(busy)
            everybody = range(WORKERS + 1)
            await self._stack.kill(*(everybody if number == whole else [self._dice.choice(busy or [*everybody])]))

    async def _busy(self) -> list[int]:
        for _ in range(200):
            if busy := self._stack.busy():
                return busy
            await asyncio.sleep(0.01)
        return []


async def _hear_late_of_timify(actors: Actors) -> None:
    """Later than a dead worker's message comes back: what it had made is not known from TIMIFY's webhook by then. And
    slowly: many die while TIMIFY does what they asked for."""
    await actors.post(actors.where.timify, delay_ms=5000)
    await _slow(actors, outlook=25, timify=80)


async def _slow(actors: Actors, *, outlook: int, timify: int) -> None:
    """So many milliseconds pass before each answer."""
    for simulator, latency in ((actors.where.outlook, outlook), (actors.where.timify, timify)):
        await actors.send("PUT", f"{simulator}/_sim/limits", {"latency_ms": latency})


async def _settle(stack: Stack, world: World, people: BusyPeople) -> None:
    """Let everything come to rest, compare the calendars once, as the daily check does, and see that all is right."""
    await _slow(world.actors, outlook=0, timify=0)
    await world.actors.quiet(120)
    while replayed := await _replay(stack):
        print(f"{replayed} messages were given up, and sent again by operations")
        await world.actors.quiet(120)
    await world.no_duplicates()
    before = {person: await world.line(person) for person in world.people}
    assert {line["status"] for line in before.values()} == {"connected"}, before
    for person in world.people:
        await world.check(person)
    lines = {person: await world.line(person) for person in world.people}
    assert {line["status"] for line in lines.values()} == {"connected"}, lines
    assert await people.differences() == []
    assert await world.conflicts() == []
    await world.steady()
    assert await people.differences() == []
    lasts = [(await world.line(person))["last_check"] for person in world.people]
    assert [last["agree"] for last in lasts] == [last["items"] for last in lasts]
    rules = Counter([line["rule"] for person in world.people for line in await world.log(person)])
    assert rules["duplicate_removed"] == 0, "there was a second copy for a moment"
    assert await world.outlook_mails() == []
    for person in world.people:
        assert len(await world.actors.mails("connected", world.upn(person))) == 1, "told once that it works"


async def _replay(stack: Stack) -> int:
    """Put back what Azure gave up because a worker died over it five times; answers how many messages that were."""
    account = Account(stack.storage, "the stack")
    return sum([(await replay(account, queue, Wish(pace=1000))).replayed for queue in QUEUES])
