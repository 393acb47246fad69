"""An Outlook calendar in memory: the door `Outlook`, and what people do to the calendar.

It passes the conformance suite of the real adapter (tests/adapters/outlook). Beyond the door and what people do
(tests/fakes/outlook_calendar.py): `calls` lists every call with its subject, `trouble` may raise before or after a
call takes effect, `mailed` lists events whose attendees were told of a write (which a sync must never cause).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import batched

from shared.domain.failures import Broken, EndlessPaging, LinkExpired, MarkTaken, Reason, Refused, Stale
from shared.domain.items import Change, Draft, Event
from shared.domain.links import key_of_mark
from shared.domain.spans import Span
from shared.outlook.text import notes_of, title_of
from shared.outlook.times import on_earth
from shared.sync.ports import DeltaPage, Subscription
from tests.fakes.outlook_calendar import GENERATIONS_KEPT, OutlookCalendarInMemory
from tests.fakes.timify import Moment, Trouble, no_trouble

WRITES = frozenset(("create", "update", "delete"))


class FakeOutlook(OutlookCalendarInMemory):
    """One calendar and its door. Pages are small, so that every test has several.

    `can_edit` False makes it read-only, `exists` False deletes it; `endless` makes its delta go round in circles,
    `silent` refuses subscriptions.
    """

    def __init__(self, *, trouble: Trouble = no_trouble) -> None:
        super().__init__()
        self.subscriptions: dict[str, tuple[Subscription, str]] = {}
        self.calls: list[tuple[str, str]] = []
        self.mailed: list[str] = []
        self.trouble = trouble
        self.can_edit = True
        self.exists = True
        self.endless = False
        self.silent = False
        self._marks: dict[str, str] = {}

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The calls that were writes, in order."""
        return [call for call in self.calls if call[0] in WRITES]

    async def delta(self, link: str, window: Span) -> AsyncIterator[DeltaPage]:
        await self._begin("delta", link)
        if self.endless:
            raise EndlessPaging("endless_paging")
        since = 0
        if link:
            generation, since, window = _unpacked(link)
            if not self.generation - GENERATIONS_KEPT < generation <= self.generation:
                raise LinkExpired("SyncStateNotFound")
        self.generation += 1
        upto = next(self.numbers)
        following = f"{self.generation}|{upto}|{window.start.isoformat()}|{window.end.isoformat()}"
        pages = list(self.delta_pages(since, window))
        for number, page in enumerate(pages):
            if number:
                await self._begin("delta", "next page")
            yield replace(page, link=following) if number == len(pages) - 1 else page
        await self._end("delta")

    async def view(self, window: Span) -> AsyncIterator[Sequence[Event]]:
        await self._begin("view")
        for page in batched(_touching(self.events, window), self.page_size, strict=False):
            yield page
        await self._end("view")

    async def count(self, window: Span) -> int:
        await self._begin("count")
        found = len(_touching(self.events, window))
        await self._end("count")
        return found

    async def series(self, master_id: str, window: Span) -> Sequence[Event] | None:
        await self._begin("series", master_id)
        master = self.masters.get(master_id)
        found = _touching(master.occurrences.values(), window) if master else None
        if master_id in self.singles:
            found = []  # a series that somebody made a single event of
        await self._end("series")
        return found

    async def read(self, event_id: str) -> Event | None:
        await self._begin("read", event_id)
        found = self._found(event_id)
        await self._end("read")
        return found

    async def find(self, mark: str) -> Event | None:
        await self._begin("find", mark)
        tagged = [self.singles[key] for key, tag in self.tags.items() if tag == mark and key in self.singles]
        found = next((event for event in tagged if event.mark == mark), next(iter(tagged), None))
        await self._end("find")
        return replace(found, mark=mark) if found else None

    async def tag(self, event_id: str) -> str | None:
        await self._begin("tag", event_id)
        found = self.tags.get(event_id)
        await self._end("tag")
        return found if key_of_mark(found) else None

    async def create(self, draft: Draft, mark: str) -> Event:
        await self._begin("create", mark)
        self._check_writable()
        before = self._marks.get(mark)
        if before is not None and before not in self.singles:
            raise MarkTaken("ErrorDuplicateTransactionId")
        if before is None:
            title, notes = title_of(draft.title), notes_of(draft.notes)
            known = mark if key_of_mark(mark) else None
            before = self.add(draft.when, title, notes=notes, mark=known, category=True)
            self._marks[mark] = before
            self.tags[before] = mark
        made = self.singles[before]
        await self._end("create")
        return made

    async def update(self, event_id: str, change: Change, version: str) -> Event | None:
        if not change.fields:
            return await self.read(event_id)
        await self._begin("update", event_id)
        self._check_writable()
        event = self._found(event_id)
        if event is None:
            return None
        _check_version(event, version)
        self._tell(event)
        title = event.title if change.title is None else title_of(change.title)
        notes = event.notes if change.notes is None else notes_of(change.notes)
        if event_id in self.masters:
            self.change_series(event_id, change.when or event.when, title=title, notes=notes)
        else:
            self.put(replace(event, when=change.when or event.when, title=title, notes=notes))
        receipt = self._found(event_id)
        await self._end("update")
        return receipt

    async def delete(self, event_id: str, version: str = "") -> None:
        await self._begin("delete", event_id)
        self._check_writable()
        event = self._found(event_id)
        if event is not None:
            _check_version(event, version)
            self._tell(event)
            self.remove(event_id)
        await self._end("delete")

    async def subscribe(self, client_state: str, expires: datetime) -> Subscription:
        await self._begin("subscribe")
        if self.silent:
            raise Refused("ExtensionError")
        made = Subscription(id=self.new_id(), expires=expires)
        self.subscriptions = {made.id: (made, client_state)}
        await self._end("subscribe")
        return made

    async def renew(self, subscription_id: str, expires: datetime) -> Subscription | None:
        await self._begin("renew", subscription_id)
        if subscription_id not in self.subscriptions:
            return None
        renewed = Subscription(id=subscription_id, expires=expires)
        self.subscriptions[subscription_id] = (renewed, self.subscriptions[subscription_id][1])
        await self._end("renew")
        return renewed

    async def unsubscribe(self, subscription_id: str) -> None:
        await self._begin("unsubscribe", subscription_id)
        self.subscriptions.pop(subscription_id, None)
        await self._end("unsubscribe")

    def _found(self, event_id: str) -> Event | None:
        return self.singles.get(event_id) or self.occurrences().get(event_id) or self.master(event_id)

    def _tell(self, event: Event) -> None:
        if event.attendees and event.organizer:
            self.mailed.append(event.id)

    def _check_writable(self) -> None:
        if not self.can_edit:
            raise Broken(Reason.CALENDAR_READ_ONLY, "ErrorAccessDenied")

    async def _begin(self, call: str, subject: str = "") -> None:
        self.calls.append((call, subject))
        await asyncio.sleep(0)
        self._stumble(call, "before")
        if not self.exists:
            raise Broken(Reason.CALENDAR_GONE, "ErrorItemNotFound")

    async def _end(self, call: str) -> None:
        self._stumble(call, "after")
        await asyncio.sleep(0)

    def _stumble(self, call: str, moment: Moment) -> None:
        failure = self.trouble(call, moment)
        if failure is not None:
            raise failure


def _unpacked(link: str) -> tuple[int, int, Span]:
    generation, upto, start, end = link.split("|")
    return int(generation), int(upto), Span(datetime.fromisoformat(start), datetime.fromisoformat(end))


def _touching(events: Iterable[Event], window: Span) -> list[Event]:
    return [event for event in events if on_earth(event.when).touches(window)]


def _check_version(event: Event, version: str) -> None:
    if version and version != event.version:
        raise Stale("ErrorIrresolvableConflict")
