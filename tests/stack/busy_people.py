"""People who fill and change their calendars at random, on either side, and remember what they did.

Everybody keeps to times of their own, so that both calendars must agree in the end without a conflict. Whoever has
edited an item on one side stays on that side, so that there is no doubt about what must come of it.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from tests.stack.world import World, seen_booking, seen_event

type Seen = tuple[str, datetime, datetime]
"""Title, start and end."""
type Hour = tuple[int, int]
"""A day and an hour that somebody has for one item."""

HOURS = [(day, hour) for day in range(26) for hour in range(7, 19)]
VISIT = timedelta(minutes=45)
MOST_DELETIONS = 7
"""Of one person: more at once could look like an accident, and the sync would stop and ask."""


@dataclass(eq=False)
class Meeting:
    """An Outlook event. `settled`: both sides have had it for long, so its copy may be edited."""

    person: str
    id: str
    title: str
    hour: Hour
    start: datetime
    end: datetime
    copy_id: str = ""
    edited: str = ""

    @property
    def seen(self) -> Seen:
        return self.title, self.start, self.end

    @property
    def copy(self) -> Seen:
        """What TIMIFY shows of it: rounded outwards to five minutes."""
        late = timedelta(minutes=-self.end.minute % 5)
        return self.title, self.start - timedelta(minutes=self.start.minute % 5), self.end + late


@dataclass(eq=False)
class Visit:
    """A booking of TIMIFY."""

    people: Sequence[str]
    id: str
    customer: str
    hour: Hour
    start: datetime
    copy_id: str = ""
    edited: str = ""

    @property
    def copy(self) -> Seen:
        """What Outlook shows of it."""
        return f"Haircut – {self.customer}", self.start, self.start + VISIT


class BusyPeople:
    """The people of a world. All that is random comes from `dice`. Several companies may share `numbers`, so that no
    title is there twice."""

    def __init__(self, world: World, dice: random.Random, numbers: Iterator[int] | None = None) -> None:
        self._world = world
        self._dice = dice
        self._free = {person: set(HOURS) for person in world.people}
        self._deleted = Counter[str]()
        self._numbers = numbers or count()
        self.meetings: list[Meeting] = []
        self.visits: list[Visit] = []

    async def fill(self, meetings: int, visits: int) -> None:
        """Everybody gets so many meetings, and so many visits, some of them with somebody else."""
        for person in self._world.people:
            await asyncio.gather(*(self._meet(person) for _ in range(meetings)))
            await asyncio.gather(*(self._book(person) for _ in range(visits)))

    async def find_copies(self) -> None:
        """Look where the copies of all items are, which can be edited from now on."""
        for person in self._world.people:
            copies = {seen_booking(raw): raw["id"] for raw in await self._world.bookings(person, copies=True)}
            for meeting in self.meetings:
                if meeting.person == person:
                    meeting.copy_id = copies[meeting.copy]
            events = {seen_event(raw): raw["id"] for raw in await self._world.events(person, copies=True)}
            for visit in self.visits:
                if list(visit.people) == [person]:
                    visit.copy_id = events[visit.copy]

    async def live(self, until: Callable[[], bool]) -> int:
        """Do one thing after the other, at least until then; answers how much was done."""
        done = 0
        while not until():
            done += await self.do_something()
            await asyncio.sleep(self._dice.uniform(0, 0.15))
        return done

    async def do_something(self) -> bool:
        """One random thing; False when there was nothing to do it to. Only one at a time: two moves of one item at
        once could arrive in any order."""
        things: list[Callable[[], Awaitable[bool]]] = [
            *(self._new_meeting, self._new_meeting, self._new_meeting, self._new_visit, self._new_visit),
            *(self._move_meeting, self._move_meeting, self._retitle_meeting),
            *(self._drop_meeting, self._move_visit, self._move_visit, self._drop_visit),
            *(self._move_copy_of_meeting, self._retitle_copy_of_meeting, self._drop_copy_of_meeting),
            *(self._move_copy_of_visit, self._drop_copy_of_visit),
        ]
        return await self._dice.choice(things)()

    async def differences(self) -> list[str]:
        """Where the calendars are not what people made of them; a sentence each."""
        found: list[str] = []
        world = self._world
        for person in world.people:
            own = [meeting for meeting in self.meetings if meeting.person == person]
            visits = [visit for visit in self.visits if person in visit.people]
            events = [seen_event(raw) for raw in await world.events(person, copies=False)]
            bookings = [(raw["id"], seen_booking(raw)[1]) for raw in await world.bookings(person, copies=False)]
            found += _unlike(f"{person}'s events", [m.seen for m in own], events)
            found += _unlike(f"{person}'s bookings", [(v.id, v.start) for v in visits], bookings)
            found += _unlike(f"{person}'s copies in TIMIFY", [m.copy for m in own], await world.booking_copies(person))
            found += _unlike(
                f"{person}'s copies in Outlook", [v.copy for v in visits], await world.event_copies(person)
            )
            everything = len(await world.raw_events(person))
            found += _unlike(f"number of {person}'s events", [len(own) + len(visits)], [everything])
        return found

    # -- what people do; False when there was nothing to do it to

    async def _new_meeting(self) -> bool:
        await self._meet(self._dice.choice(self._world.people))
        return True

    async def _new_visit(self) -> bool:
        await self._book(self._dice.choice(self._world.people))
        return True

    async def _move_meeting(self) -> bool:
        meeting = self._one(self.meetings, "origin")
        if meeting is None:
            return False
        self._place(meeting)
        await self._world.edit({"id": meeting.id}, self._when(meeting), meeting.person)
        return True

    async def _retitle_meeting(self) -> bool:
        meeting = self._one(self.meetings, "origin")
        if meeting is None:
            return False
        meeting.title = self._name("Meeting")
        await self._world.edit({"id": meeting.id}, {"subject": meeting.title}, meeting.person)
        return True

    async def _drop_meeting(self) -> bool:
        meeting = self._one(self.meetings, "origin", deleting=True)
        if meeting is None:
            return False
        await self._world.drop({"id": meeting.id}, meeting.person)
        return True

    async def _move_visit(self) -> bool:
        visit = self._one(self.visits, "origin")
        if visit is None:
            return False
        self._place(visit)
        await self._world.rebook({"id": visit.id}, datetime=visit.start)
        return True

    async def _drop_visit(self) -> bool:
        visit = self._one(self.visits, "origin", deleting=True)
        if visit is None:
            return False
        await self._world.cancel({"id": visit.id})
        return True

    async def _move_copy_of_meeting(self) -> bool:
        meeting = self._one(self.meetings, "copy")
        if meeting is None:
            return False
        self._place(meeting)
        await self._world.rebook({"id": meeting.copy_id}, datetime=meeting.start)
        return True

    async def _retitle_copy_of_meeting(self) -> bool:
        meeting = self._one(self.meetings, "copy")
        if meeting is None:
            return False
        meeting.title = self._name("Retitled by staff")
        await self._world.rebook({"id": meeting.copy_id}, title=meeting.title)
        return True

    async def _drop_copy_of_meeting(self) -> bool:
        meeting = self._one(self.meetings, "copy", deleting=True)
        if meeting is None:
            return False
        await self._world.cancel({"id": meeting.copy_id})
        return True

    async def _move_copy_of_visit(self) -> bool:
        visit = self._one(self.visits, "copy")
        if visit is None:
            return False
        self._place(visit)
        await self._world.edit({"id": visit.copy_id}, self._when(visit), visit.people[0])
        return True

    async def _drop_copy_of_visit(self) -> bool:
        visit = self._one(self.visits, "copy", deleting=True)
        if visit is None:
            return False
        await self._world.drop({"id": visit.copy_id}, visit.people[0])
        return True

    # -- how they do it

    async def _meet(self, person: str) -> None:
        title, minute, length = self._name("Meeting"), self._dice.choice((0, 0, 2, 5)), self._dice.choice((30, 43, 45))
        meeting = Meeting(person, "", title, *self._somewhen([person], minute, length))
        made = await self._world.add({"subject": title, **self._when(meeting)}, person)
        meeting.id = made["id"]
        self.meetings.append(meeting)

    async def _book(self, person: str) -> None:
        people = self._dice.sample(self._world.people, 2) if self._dice.random() < 0.2 else [person]
        hour, start, _ = self._somewhen(people)
        visit = Visit(people, "", self._name("Customer"), hour, start)
        made = await self._world.book(start, *people, customers=[{"firstName": visit.customer}])
        visit.id = made["id"]
        self.visits.append(visit)

    def _one[T: (Meeting, Visit)](self, items: list[T], where: str, *, deleting: bool = False) -> T | None:
        """Some item that is edited on that side only; one that is to be deleted is forgotten."""
        fit = [item for item in items if item.edited in ("", where) and (where == "origin" or _on_grid(item))]
        fit = [item for item in fit if not deleting or max(self._deleted[p] for p in _people(item)) < MOST_DELETIONS]
        if not fit:
            return None
        item = self._dice.choice(fit)
        item.edited = where
        if deleting:
            items.remove(item)
            self._deleted.update(_people(item))
        return item

    def _place(self, item: Meeting | Visit) -> None:
        """Another hour, the same minute and length."""
        length = item.end - item.start if isinstance(item, Meeting) else VISIT
        hour, start, end = self._somewhen(_people(item), item.start.minute, length // timedelta(minutes=1))
        for person in _people(item):
            self._free[person].add(item.hour)
        item.hour, item.start = hour, start
        if isinstance(item, Meeting):
            item.end = end

    def _somewhen(self, people: Sequence[str], minute: int = 0, length: int = 45) -> tuple[Hour, datetime, datetime]:
        day, hour = self._dice.choice(sorted(set.intersection(*(self._free[person] for person in people))))
        for person in people:
            self._free[person].remove((day, hour))
        start = self._world.at(day, f"{hour:02}:{minute:02}")
        return (day, hour), start, start + timedelta(minutes=length)

    def _when(self, item: Meeting | Visit) -> dict[str, object]:
        end = item.end if isinstance(item, Meeting) else item.start + VISIT
        edges = {"start": item.start, "end": end}
        return {name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for name, at in edges.items()}

    def _name(self, what: str) -> str:
        return f"{what} {next(self._numbers)}"


def _people(item: Meeting | Visit) -> Sequence[str]:
    return [item.person] if isinstance(item, Meeting) else item.people


def _on_grid(item: Meeting | Visit) -> bool:
    """Can its copy be edited without a doubt about what follows?"""
    return bool(item.copy_id) and (isinstance(item, Visit) or (item.start, item.end) == item.copy[1:])


def _unlike[T](what: str, wanted: Sequence[T], found: Sequence[T]) -> list[str]:
    missing, surplus = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
    return [f"{what}: missing {item}" for item in missing] + [f"{what}: not wanted {item}" for item in surplus]
