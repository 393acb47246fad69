"""TIMIFY in memory: the doors `Timify` and `Directory`, and what people do to a company's calendar.

It passes the conformance suite of the real adapter (tests/adapters/timify). Beyond the doors: `calls` lists every call
with its subject, `trouble` may raise before or after a call takes effect, `told` lists deletions that notified people.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import batched, count
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.domain.failures import Broken, Failure, Reason, Refused
from shared.domain.items import Booking, Change, Draft
from shared.domain.links import key_of_mark
from shared.domain.spans import Span
from shared.sync.ports import Resource
from shared.timify.mapping import change_body, creation_body

WRITES = frozenset(("create", "update", "delete"))
_GRID = 5

type Moment = Literal["before", "after"]
type Trouble = Callable[[str, Moment], Failure | None]


def no_trouble(_call: str, _moment: Moment) -> Failure | None:
    """All is well."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An appointment as TIMIFY keeps it. `starts`: of the work of each occurrence; `pattern`: work, gap, work, ..."""

    facts: Booking
    starts: tuple[datetime, ...]
    pattern: tuple[int, ...]
    zone: ZoneInfo

    def bookings(self) -> list[Booking]:
        """One booking per occurrence."""
        return [self._booking(start) for start in self.starts]

    def moved(self, start: datetime) -> "Entry":
        """Every occurrence moves alike and keeps its local time across clock changes."""
        first, *others = (each.astimezone(self.zone) for each in self.starts)
        by = start.astimezone(self.zone) - first
        return replace(self, starts=(start, *((each + by).astimezone(UTC) for each in others)))

    def lasting(self, minutes: int) -> "Entry":
        """The last work interval takes the difference."""
        *head, last = self.pattern
        return replace(self, pattern=(*head, last + minutes - sum(self.pattern)))

    def _booking(self, start: datetime) -> Booking:
        facts = self.facts
        day = start.astimezone(self.zone).date().isoformat()
        work = Span(start, start + timedelta(minutes=sum(self.pattern)))
        return replace(
            facts,
            id=f"{facts.appointment_id}@{day}" if facts.connected else facts.appointment_id,
            span=work.extended(timedelta(minutes=facts.before), timedelta(minutes=facts.after)),
            split=len(self.pattern) > 1,
        )


class FakeTimify:
    """One company."""

    def __init__(self, company_id: str = "company", *, trouble: Trouble = no_trouble) -> None:
        self.company_id = company_id
        self.resources: dict[str, Resource] = {}
        self.entries: dict[str, Entry] = {}
        self.calls: list[tuple[str, str]] = []
        self.told: list[str] = []
        self.trouble = trouble
        self.refuse_overlaps = False
        self.longest_title = 255
        self._numbers = count(1)

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The calls that were writes, in order."""
        return [call for call in self.calls if call[0] in WRITES]

    def calendar(self, resource_id: str) -> "FakeCalendar":
        """The door of one resource."""
        return FakeCalendar(self, resource_id)

    def add_resource(self, resource: Resource) -> None:
        self.resources[resource.id] = resource

    def add(
        self,
        resource_ids: Sequence[str],
        start: datetime,
        minutes: int = 60,
        *,
        pattern: Sequence[int] = (),
        days: int = 0,
        zone: str = "Europe/Berlin",
        **facts: Any,
    ) -> str:
        """A person books. `days` > 0 makes a connected series of so many days at the same local time. `facts` are
        fields of `Booking`. Returns the appointment's id."""
        appointment_id = f"{next(self._numbers):024x}"
        place = ZoneInfo(zone)
        local = [start.astimezone(place) + timedelta(days=day) for day in range(1, days)]
        starts = (start, *(each.astimezone(UTC) for each in local))
        blank = Booking(id="", appointment_id=appointment_id, version="", span=Span(start, start), connected=days > 0)
        described = replace(blank, resource_ids=tuple(resource_ids), **facts)
        self.put(Entry(facts=described, starts=starts, pattern=tuple(pattern) or (minutes,), zone=place))
        return appointment_id

    def move(self, appointment_id: str, start: datetime) -> None:
        """A person drags the booking (a connected series as a whole) so that its work begins at `start`."""
        self.put(self.entries[appointment_id].moved(start))

    def resize(self, appointment_id: str, minutes: int) -> None:
        """A person changes how long the work takes."""
        self.put(self.entries[appointment_id].lasting(minutes))

    def extend(self, appointment_id: str, days: int) -> None:
        """A person changes how many days a connected series has."""
        entry = self.entries[appointment_id]
        first = entry.starts[0].astimezone(entry.zone)
        starts = tuple((first + timedelta(days=day)).astimezone(UTC) for day in range(days))
        self.put(replace(entry, starts=starts))

    def edit(self, appointment_id: str, **facts: Any) -> None:
        """A person changes fields of `Booking`: title, notes, service, customers, resource_ids, reserved..."""
        entry = self.entries[appointment_id]
        self.put(replace(entry, facts=replace(entry.facts, **facts)))

    def remove(self, appointment_id: str) -> None:
        """A person deletes the booking (a connected series as a whole)."""
        del self.entries[appointment_id]

    def lose_marks(self) -> None:
        """TIMIFY drops external ids."""
        for entry in list(self.entries.values()):
            self.put(replace(entry, facts=replace(entry.facts, mark=None)))

    def bookings(self, resource_id: str) -> list[Booking]:
        """What stands in the calendar of a resource, in order of time."""
        named = {key: resource.name for key, resource in self.resources.items()}
        found = [
            replace(booking, resource_names=tuple(named[key] for key in booking.resource_ids if named.get(key)))
            for entry in self.entries.values()
            if resource_id in entry.facts.resource_ids
            for booking in entry.bookings()
        ]
        return sorted(found, key=lambda booking: (booking.span, booking.id))

    def put(self, entry: Entry) -> None:
        """Store with a new version; a title is cut where TIMIFY's column ends."""
        title = entry.facts.title[: self.longest_title]
        facts = replace(entry.facts, version=str(next(self._numbers)), title=title)
        self.entries[facts.appointment_id] = replace(entry, facts=facts)

    def next_id(self) -> str:
        return f"{next(self._numbers):024x}"

    def check_room(self, entry: Entry) -> None:
        """Raise Refused when the company forbids overlaps and there is one."""
        others = [other for key, other in self.entries.items() if key != entry.facts.appointment_id]
        taken = [
            booking.span
            for other in others
            if set(other.facts.resource_ids) & set(entry.facts.resource_ids)
            for booking in other.bookings()
        ]
        if self.refuse_overlaps and any(b.span.touches(span) for b in entry.bookings() for span in taken):
            raise Refused("timify_409")

    async def begin(self, call: str, subject: str) -> None:
        """A call arrives."""
        self.calls.append((call, subject))
        await asyncio.sleep(0)
        self._stumble(call, "before")

    async def end(self, call: str) -> None:
        """A call has taken effect and is answered."""
        self._stumble(call, "after")
        await asyncio.sleep(0)

    def _stumble(self, call: str, moment: Moment) -> None:
        failure = self.trouble(call, moment)
        if failure is not None:
            raise failure


class FakeCalendar:
    """The door `Timify` of one resource."""

    page_size = 50

    def __init__(self, timify: FakeTimify, resource_id: str) -> None:
        self._timify = timify
        self._resource_id = resource_id

    async def view(self, window: Span) -> AsyncIterator[Sequence[Booking]]:
        await self._timify.begin("view", self._resource_id)
        for page in batched(list(self._touching(self._resource_id, window)), self.page_size, strict=False):
            yield page
        await self._timify.end("view")

    async def count(self, window: Span) -> int:
        await self._timify.begin("count", self._resource_id)
        found = {booking.appointment_id for booking in self._touching(self._resource_id, window)}
        await self._timify.end("count")
        return len(found)

    async def read(self, appointment_id: str) -> Sequence[Booking] | None:
        await self._timify.begin("read", appointment_id)
        gone = appointment_id not in self._timify.entries
        found = None if gone else self._of(appointment_id)
        await self._timify.end("read")
        return found

    async def read_several(self, appointment_ids: Sequence[str]) -> Mapping[str, Sequence[Booking]]:
        await self._timify.begin("read_several", ",".join(appointment_ids))
        found = {key: self._of(key) for key in appointment_ids if key in self._timify.entries}
        await self._timify.end("read_several")
        return found

    async def occupied(self, resource_ids: Sequence[str], window: Span) -> Sequence[Booking]:
        if not resource_ids:
            return ()
        await self._timify.begin("occupied", ",".join(resource_ids))
        found = {booking.id: booking for key in resource_ids for booking in self._touching(key, window)}
        await self._timify.end("occupied")
        return list(found.values())

    async def find(self, mark: str, window: Span) -> Booking | None:
        await self._timify.begin("find", mark)
        around = self._touching(self._resource_id, window.extended(timedelta(days=1), timedelta(days=1)))
        found = next((booking for booking in around if booking.mark == mark), None)
        await self._timify.end("find")
        return found

    async def create(self, draft: Draft, mark: str, span: Span) -> Booking:
        await self._timify.begin("create", mark)
        body = creation_body(draft, mark, span, self._resource_id)
        _check_grid(span.start, body["duration"])
        if self._resource_id not in self._timify.resources:
            raise Broken(Reason.RESOURCE_GONE, "timify_404")
        facts = Booking(
            id="",
            appointment_id=self._timify.next_id(),
            version="",
            span=span,
            title=body["title"],
            notes=body.get("notes", ""),
            resource_ids=(self._resource_id,),
            mark=mark if key_of_mark(mark) else None,
        )
        entry = Entry(facts=facts, starts=(span.start,), pattern=(body["duration"],), zone=ZoneInfo("UTC"))
        self._timify.check_room(entry)
        self._timify.put(entry)
        made = self._of(facts.appointment_id)[0]
        await self._timify.end("create")
        return made

    async def update(self, booking: Booking, change: Change) -> Booking | None:
        await self._timify.begin("update", booking.appointment_id)
        body = change_body(booking, change)
        entry = self._timify.entries.get(booking.appointment_id)
        if entry is None:
            return None
        changed = replace(entry, facts=replace(entry.facts, **{k: body[k] for k in ("title", "notes") if k in body}))
        if "datetime" in body:
            start = datetime.fromisoformat(f"{body['datetime']}+00:00")
            _check_grid(start, 0)
            changed = changed.moved(start)
        if "duration" in body:
            _check_grid(changed.starts[0], body["duration"])
            changed = changed.lasting(body["duration"])
        self._timify.check_room(changed)
        if body:
            self._timify.put(changed)
        receipt = next(iter(self._of(booking.appointment_id)), None)
        await self._timify.end("update")
        return receipt

    async def delete(self, appointment_id: str, *, notify: bool) -> None:
        await self._timify.begin("delete", appointment_id)
        if self._timify.entries.pop(appointment_id, None) and notify:
            self._timify.told.append(appointment_id)
        await self._timify.end("delete")

    def _of(self, appointment_id: str) -> list[Booking]:
        found = self._timify.bookings(self._resource_id)
        return [booking for booking in found if booking.appointment_id == appointment_id]

    def _touching(self, resource_id: str, window: Span) -> Iterator[Booking]:
        return (booking for booking in self._timify.bookings(resource_id) if booking.span.touches(window))


class FakeDirectory:
    """The door `Directory` over some companies."""

    def __init__(self, *companies: FakeTimify) -> None:
        self._companies = {company.company_id: company for company in companies}

    async def resources(self, company_id: str) -> Sequence[Resource]:
        company = self._companies.get(company_id)
        if company is None:
            raise Broken(Reason.RESOURCE_GONE, "timify_404")
        await company.begin("resources", company_id)
        found = list(company.resources.values())
        await company.end("resources")
        return found

    async def resource(self, company_id: str, resource_id: str) -> Resource | None:
        company = self._companies.get(company_id)
        if company is None:
            return None
        await company.begin("resource", resource_id)
        found = company.resources.get(resource_id)
        await company.end("resource")
        return found

    async def resources_of(self, company_id: str, appointment_id: str) -> Sequence[str] | None:
        company = self._companies.get(company_id)
        if company is None:
            return None
        await company.begin("resources_of", appointment_id)
        entry = company.entries.get(appointment_id)
        await company.end("resources_of")
        return None if entry is None else entry.facts.resource_ids


def _check_grid(start: datetime, minutes: int) -> None:
    """The DevAPI takes minutes divisible by five only."""
    if start.minute % _GRID or minutes % _GRID or minutes < 0:
        raise Refused("timify_400")
