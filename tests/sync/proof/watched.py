"""Calendars that look over the shoulder of whoever writes to them: each write has a link that was there first."""

from typing import TYPE_CHECKING

from shared.domain.items import Booking, Change, Draft, Event, Side
from shared.domain.links import Link, LinkState, key_of_mark
from shared.domain.spans import Span
from shared.sync.course import appointment_of
from tests.fakes.outlook import FakeOutlook
from tests.fakes.timify import FakeCalendar, FakeTimify, Trouble

if TYPE_CHECKING:
    from tests.sync.proof.storm import Storm


class _Watch:
    """Complains of writes to one side of a resource's connection that no link foresaw."""

    def __init__(self, storm: "Storm", name: str, side: Side) -> None:
        self._storm, self._name, self._side = storm, name, side

    def creation(self, mark: str) -> None:
        link = self._link(key_of_mark(mark))
        if link is None or link.state is LinkState.SEEN:
            self._complain(f"a copy was made that no link intended ({link})")

    def write(self, ids: set[str], mark: str | None) -> None:
        """To an item that goes by one of `ids` and carries `mark`."""
        faces = [link.face(self._side) for link in self._links()]
        if not any(face and face.id in ids for face in faces) and self._link(key_of_mark(mark)) is None:
            self._complain(f"{ids} was written to, which is in no link")

    def _links(self) -> list[Link]:
        return self._storm.links(self._name)

    def _link(self, key: str | None) -> Link | None:
        return next((link for link in self._links() if link.key == key), None)

    def _complain(self, words: str) -> None:
        self._storm.wrong.append(f"{self._name} {self._side}: {words}")


class WatchedOutlook(FakeOutlook):
    def __init__(self, storm: "Storm", name: str, trouble: Trouble) -> None:
        super().__init__(trouble=trouble)
        self._watch = _Watch(storm, name, Side.OUTLOOK)

    async def create(self, draft: Draft, mark: str) -> Event:
        self._watch.creation(mark)
        return await super().create(draft, mark)

    async def update(self, event_id: str, change: Change, version: str) -> Event | None:
        found = self._found(event_id)
        self._watch.write({event_id}, found.mark if found else None)
        return await super().update(event_id, change, version)

    async def delete(self, event_id: str, version: str = "") -> None:
        found = self._found(event_id)
        self._watch.write({event_id}, found.mark if found else None)
        await super().delete(event_id, version)


class WatchedCalendar(FakeCalendar):
    def __init__(self, storm: "Storm", timify: FakeTimify, name: str) -> None:
        super().__init__(timify, name)
        self._watch = _Watch(storm, name, Side.TIMIFY)
        self._entries = timify.entries

    async def create(self, draft: Draft, mark: str, span: Span) -> Booking:
        self._watch.creation(mark)
        return await super().create(draft, mark, span)

    async def update(self, booking: Booking, change: Change) -> Booking | None:
        entry = self._entries.get(booking.appointment_id)
        self._watch.write({booking.id}, entry.facts.mark if entry else None)
        return await super().update(booking, change)

    async def delete(self, appointment_id: str, *, notify: bool) -> None:
        entry = self._entries.get(appointment_of(appointment_id))
        self._watch.write({appointment_id}, entry.facts.mark if entry else None)
        await super().delete(appointment_id, notify=notify)
