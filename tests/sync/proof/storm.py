"""A world in bad weather: messages in any order, two processes at once, deaths and lost leases at any await.

Only what happens inside a worker's process meets trouble; people's own requests do not.
"""

import asyncio
import selectors
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from random import Random
from typing import Any

from shared.domain.accounts import Connection, Mailbox
from shared.domain.failures import Broken, Failure, Reason, Transient
from shared.sync.access import TokenProvider
from shared.sync.companies import connection_of
from shared.sync.errors import UseCaseError
from shared.sync.ports import Outlook, Timify, Wake
from shared.sync.takeover import enter
from shared.sync.worker import Worker
from tests.fakes.timify import Moment
from tests.sync.core.world import COMPANY, VISIBLE_AGAIN, Died, World
from tests.sync.proof.watched import WatchedCalendar, WatchedOutlook


@dataclass(slots=True, eq=False)
class Process:
    """One process of the app. Once it is dead, nothing that it still does takes effect."""

    worker: Worker
    dead: bool = False


@dataclass(slots=True)
class Mishap:
    """Something that happens when the processes have come by so many doors; `place` "" is any door."""

    doors: int
    place: str
    happen: Callable[[Process], object]
    by_people: bool = False


_process: ContextVar[Process | None] = ContextVar("process", default=None)


class Storm(World):
    """See `World`. `wrong` collects what must never happen, not even in between."""

    def __init__(self, *resources: str, ahead: int = 30) -> None:
        super().__init__(*resources, ahead=ahead)
        self.wrong: list[str] = []
        self._unsaid: dict[str, set[str]] = {}
        self.revoked: set[str] = set()
        self.mishaps: list[Mishap] = []
        self.storage_failed = False
        self.pace = Random(0)
        self.crowded = False
        self.store.trouble = self._storage_door
        self.processes = [Process(Worker(self)), Process(Worker(self))]
        self.mailboxes = {name: WatchedOutlook(self, name, self._mailbox_trouble(name)) for name in self._names}

    def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
        return self.mailboxes[connection.resource_id]

    def timify(self, connection: Connection) -> Timify:
        return WatchedCalendar(self, self.salon, connection.resource_id)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    async def connect_one(self, name: str) -> None:
        """The resource signs in and chooses its calendar (again)."""
        resource = self.salon.resources[name]
        mailbox = Mailbox(account=f"{name}.tenant", calendar_id=f"cal-{name}")
        self.revoked.discard(name)
        await enter(self, resource, await connection_of(self, COMPANY, name), mailbox, "grant")

    # -- what goes wrong

    def die(self, doors: int) -> None:
        """The process that comes by the door of that number, counted from now, dies there."""

        def death(process: Process) -> None:
            process.dead = True
            raise Died

        self.mishaps.append(Mishap(doors, "", death))

    def lose_lease(self, doors: int, name: str) -> None:
        """Another worker takes a lease over in the middle of somebody's round, and is done already."""
        self.mishaps.append(Mishap(doors, "", lambda process: self.fence_out(name)))

    def fail_storage(self, doors: int) -> None:
        """The storage does not answer once; it may have done what it was asked."""

        def failure(process: Process) -> None:
            self.storage_failed = True
            raise Transient("storage_503")

        self.mishaps.append(Mishap(doors, "storage", failure))

    def meanwhile(self, doors: int, act: Callable[[], object]) -> None:
        """Somebody does something in the middle of a round."""
        self.mishaps.append(Mishap(doors, "", lambda process: act(), by_people=True))

    def revoke(self, name: str) -> None:
        """Microsoft lets us into that mailbox no more."""
        self.revoked.add(name)

    def calm_down(self) -> None:
        """Nothing goes wrong any more; what people were about to do, they do now."""
        waiting, self.mishaps = self.mishaps, []
        self.faults.clear()
        for mishap in waiting:
            if mishap.by_people:
                mishap.happen(self.processes[0])

    def _come_by(self, place: str) -> None:
        process = _process.get()
        if process is None:
            return
        if process.dead:
            raise Died
        for mishap in list(self.mishaps):
            if mishap.place in ("", place):
                mishap.doors -= 1
                if mishap.doors <= 0:
                    self.mishaps.remove(mishap)
                    mishap.happen(process)

    async def _storage_door(self, moment: str) -> None:
        for _ in range(self.pace.randrange(3) if self.crowded else 0):
            await asyncio.sleep(0)
        self._come_by("storage")

    def _mailbox_trouble(self, name: str) -> Callable[[str, Moment], Failure | None]:
        def trouble(call: str, moment: Moment) -> Failure | None:
            failure = self._trouble("outlook", call, moment)
            if failure is None and name in self.revoked and _process.get():
                return Broken(Reason.ACCESS_REVOKED, "AADSTS50173")
            return failure

        return trouble

    def _trouble(self, place: str, call: str, moment: Moment) -> Failure | None:
        self._come_by(place)
        return super()._trouble(place, call, moment) if _process.get() else None

    # -- messages

    def observe(self) -> None:
        """Both systems notice what is there now; they tell of it later. What comes and goes is told of all the same."""
        places = {
            f"outlook {name}": {event.id: event.version for event in x.events} for name, x in self.mailboxes.items()
        }
        places["timify"] = {key: entry.facts.version for key, entry in self.salon.entries.items()}
        for place, versions in places.items():
            self._unsaid.setdefault(place, set()).update(super()._news(place, versions))

    def _news(self, place: str, versions: dict[str, str]) -> list[str]:
        return sorted(self._unsaid.pop(place, set()).union(super()._news(place, versions)))

    async def hand_over(self, wake: Wake) -> None:
        await self._let_work([(self.processes[0], wake)])

    async def deliver_any(self, pick: int) -> None:
        """Deliver one message, whichever; those before it come late."""
        await self.hand_over(self._take(pick))

    async def deliver_two(self, picks: tuple[int, int], apart: bool, seed: int) -> None:
        """Deliver two messages at once, to two processes or to the same one."""
        self.pace, self.crowded = Random(seed), True
        wakes = [self._take(pick) for pick in picks if len(self.wakes)]
        second = self.processes[1 if apart else 0]
        try:
            await self._let_work(list(zip((self.processes[0], second), wakes, strict=False)))
        finally:
            self.crowded = False

    def _take(self, pick: int) -> Wake:
        due, wake = self.wakes.take(pick % len(self.wakes))
        self.now.at = max(self.now.at, due)
        return wake

    async def _let_work(self, work: list[tuple[Process, Wake]]) -> None:
        ends = await asyncio.gather(*(self._handle(process, wake) for process, wake in work))
        for (process, wake), end in zip(work, ends, strict=True):
            if end is not None:
                self.wakes.push(wake, VISIBLE_AGAIN)
            if process.dead and process in self.processes:
                self.processes[self.processes.index(process)] = Process(Worker(self))

    async def _handle(self, process: Process, wake: Wake) -> BaseException | None:
        """How it ended: as the queue's host sees it, a message whose worker failed or died comes again."""
        token = _process.set(process)
        try:
            await process.worker.handle(wake)
        except (Failure, UseCaseError) as failure:
            if not self.storage_failed:
                raise
            return failure
        except BaseException as death:
            if not process.dead:
                raise
            return death
        finally:
            _process.reset(token)
        return None


class _Nothing(selectors.BaseSelector):
    """Selects nothing: a loop in memory has nobody to wait for, and need not ask the system a million times."""

    def __init__(self) -> None:
        self._map: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        self._map[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return self._map[fileobj]

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._map.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []

    def get_map(self) -> Any:
        return self._map


def loop_in_memory() -> asyncio.AbstractEventLoop:
    """An event loop for what never leaves this process."""
    return asyncio.SelectorEventLoop(_Nothing())
