"""Several companies on one stack, with people at work in all of them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from itertools import count

from dev.actors import Actors, Failed
from tests.stack.busy_people import BusyPeople
from tests.stack.world import World

PEOPLE_OF_A_COMPANY = 20
MEETINGS, VISITS = 5, 3
AT_ONCE = 4
"""So many people sign in at the same time."""
MOST_UNDER_WAY = 200

type Person = tuple[World, str]


class Crowd:
    """`connections` people in companies of twenty. Titles are there once in all of them."""

    def __init__(self, actors: Actors, connections: int, dice: random.Random) -> None:
        self.actors = actors
        self.connections = connections
        self._dice = dice
        companies = -(-connections // PEOPLE_OF_A_COMPANY)
        self.worlds = [World(actors) for _ in range(companies)]
        self._numbers = count()
        self._busy: list[BusyPeople] = []
        self._locks = [asyncio.Lock() for _ in self.worlds]
        self.edits = 0
        self.late = 0.0
        """The longest time, in seconds, that an edit began after its moment."""

    async def open(self) -> None:
        """Companies, mailboxes, and what is in them before anybody connects."""
        left = self.connections
        for world in self.worlds:
            await world.open(*(f"p{number:02}" for number in range(min(left, PEOPLE_OF_A_COMPANY))))
            left -= PEOPLE_OF_A_COMPANY
            people = BusyPeople(world, random.Random(self._dice.random()), self._numbers)
            await people.fill(MEETINGS, VISITS)
            self._busy.append(people)

    async def connect(self) -> float:
        """Let everybody sign in, a few at a time; answers how long that took, imports included."""
        began, turn = time.monotonic(), asyncio.Semaphore(AT_ONCE)

        async def one(world: World, person: str) -> None:
            async with turn:
                await world.begin(person)

        await asyncio.gather(*(one(*person) for person in self.everybody()))
        await self.actors.quiet(900)
        await asyncio.gather(*(people.find_copies() for people in self._busy))
        return time.monotonic() - began

    def everybody(self) -> list[Person]:
        return [(world, person) for world in self.worlds for person in world.people]

    async def live(self, seconds: float, pace: float) -> None:
        """`pace` edits a second whether or not the app keeps up: each begins at its moment (open loop)."""
        began, under_way = time.monotonic(), set[asyncio.Task[None]]()
        async with asyncio.TaskGroup() as edits:
            for number in range(round(seconds * pace)):
                moment = began + number / pace
                await asyncio.sleep(moment - time.monotonic())
                if len(under_way) >= MOST_UNDER_WAY:
                    raise Failed(f"{MOST_UNDER_WAY} edits are under way at once: people wait for the simulators")
                task = edits.create_task(self._edit(self._dice.randrange(len(self._busy)), moment))
                under_way.add(task)
                task.add_done_callback(under_way.discard)

    async def _edit(self, company: int, moment: float) -> None:
        async with self._locks[company]:
            self.late = max(self.late, time.monotonic() - moment)
            self.edits += await self._busy[company].do_something()

    async def check(self, people: Iterable[Person]) -> float:
        """Let both calendars of these people be compared, as once a day; answers how long it took."""
        began = time.monotonic()
        for world, person in people:
            await world.api("POST", f"resources/{world.resource(person)}/check")
        await self.actors.quiet(900)
        return time.monotonic() - began

    async def wrong(self) -> list[str]:
        """Everything that is not as it must be; a sentence each."""
        found = [text for texts in await _each(self._busy, BusyPeople.differences) for text in texts]
        for world in self.worlds:
            found += [f"open conflict: {conflict}" for conflict in await world.conflicts(state="open")]
            lines = await self.actors.items(f"{world.company_id}/resources")
            found += [f"{line['name']} is {line['status']}" for line in lines if line["status"] != "connected"]
        return found

    async def duplicates(self) -> list[str]:
        """Two copies of one item, now, or once and removed since: the sync log tells."""
        found: list[str] = []
        for world in self.worlds:
            try:
                await world.no_duplicates()
            except AssertionError as error:
                found.append(f"company {world.company_id}: {error}")
        for world, person in self.everybody():
            removed = [line for line in await world.log(person) if line["rule"] == "duplicate_removed"]
            found += [f"{person}: a duplicate was removed: {line}" for line in removed]
        return found

    async def writes_of_a_check(self, people: Iterable[Person]) -> list[str]:
        """What the app writes when nothing is left to do: nothing."""
        await self.actors.forget_journals()
        await self.check(people)
        return [f"{entry['method']} {entry['path']}: {entry['body']}" for entry in await self.actors.writes()]


async def _each[T, R](items: Iterable[T], ask: Callable[[T], Awaitable[R]]) -> list[R]:
    return [await ask(item) for item in items]
