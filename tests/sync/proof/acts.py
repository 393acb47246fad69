"""Everything that somebody may do to the two calendars. What there is to act on is picked by number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.domain.links import is_copy
from shared.domain.spans import Span, When
from tests.fakes.outlook import FakeOutlook
from tests.sync.core.world import World
from tests.sync.proof.notes import Notes

DAY = timedelta(days=1)


@dataclass(slots=True)
class InOutlook:
    """A person at one resource's mailbox."""

    world: World
    notes: Notes

    def add(self, name: str, when: When, title: str, facts: Mapping[str, object]) -> None:
        self.notes.event(name, self._box(name).add(when, **({"title": title} | dict(facts))))  # type: ignore[arg-type]  # the facts, by their names

    def move(self, name: str, pick: int, when: When) -> None:
        if event_id := self._event(name, pick):
            self._box(name).move(event_id, when)
            self.notes.event(name, event_id)

    def edit(self, name: str, pick: int, facts: Mapping[str, object]) -> None:
        if event_id := self._event(name, pick):
            self._box(name).edit(event_id, **facts)
            self.notes.event(name, event_id)

    def remove(self, name: str, pick: int) -> None:
        if event_id := self._event(name, pick):
            self.notes.removal(name, event_id)
            self._box(name).remove(event_id)

    def empty(self, name: str) -> None:
        """Everything goes, copies too."""
        for event in self._box(name).events:
            self.notes.removal(name, event.id)
            self._box(name).remove(event.id)

    def duplicate(self, name: str, pick: int) -> None:
        """Copy and paste; our tag comes along."""
        if event_id := self._single(name, pick):
            self.notes.event(name, self._box(name).duplicate(event_id))

    def add_series(self, name: str, first: Span, title: str) -> None:
        whens = [first.shifted(day * DAY) for day in range(3)]
        self.notes.series(name, self._box(name).add_series(whens, title))

    def repeat(self, name: str, pick: int) -> None:
        """A single event becomes a series."""
        event_id = self._single(name, pick)
        when = self._box(name).known(event_id).when if event_id else None
        if event_id and isinstance(when, Span):
            self.notes.event(name, event_id)
            self._box(name).repeat(event_id, [when.shifted(day * DAY) for day in range(3)])
            self.notes.repetition(name, event_id)

    def shift_series(self, name: str, pick: int, by: timedelta) -> None:
        if master := self._master(name, pick):
            self.notes.forget_series(name, master)
            self._box(name).move_series(master, by)
            self.notes.series(name, master)

    def retitle_series(self, name: str, pick: int, title: str) -> None:
        if master := self._master(name, pick):
            self._box(name).edit_series(master, title=title)
            self.notes.series(name, master)

    def truncate_series(self, name: str, pick: int, keep: int) -> None:
        if master := self._master(name, pick):
            for event_id in self._box(name).occurrence_ids(master)[keep:]:
                self.notes.removal(name, event_id)
                self._box(name).remove(event_id)

    def end_repetition(self, name: str, pick: int) -> None:
        """A series becomes a single event."""
        if master := self._master(name, pick):
            self.notes.forget_series(name, master)
            self._box(name).make_single(master)
            self.notes.event(name, master)

    def remove_series(self, name: str, pick: int) -> None:
        if master := self._master(name, pick):
            for event_id in self._box(name).occurrence_ids(master):
                self.notes.removal(name, event_id)
            self._box(name).remove(master)

    def _box(self, name: str) -> FakeOutlook:
        return self.world.mailboxes[name]

    def _event(self, name: str, pick: int) -> str | None:
        """One of the events that people made, or of our copies."""
        return _picked([event.id for event in self._box(name).events], pick)

    def _single(self, name: str, pick: int) -> str | None:
        return _picked(list(self._box(name).singles), pick)

    def _master(self, name: str, pick: int) -> str | None:
        return _picked([key for key, one in self._box(name).masters.items() if one.occurrences], pick)


@dataclass(slots=True)
class InTimify:
    """A person at TIMIFY's calendar."""

    world: World
    notes: Notes

    def book(self, names: Sequence[str], first: Span, title: str, facts: Mapping[str, object]) -> None:
        described = {"title": title} | dict(facts)
        self.notes.booking(self.world.salon.add(names, first.start, first.minutes, **described))  # type: ignore[arg-type]  # the facts, by their names

    def move(self, pick: int, first: Span) -> None:
        if appointment_id := self._appointment(pick):
            self.world.salon.move(appointment_id, first.start)
            self.notes.booking(appointment_id)

    def resize(self, pick: int, minutes: int) -> None:
        if appointment_id := self._appointment(pick):
            self.world.salon.resize(appointment_id, minutes + 45)
            self.notes.booking(appointment_id)

    def edit(self, pick: int, facts: Mapping[str, object]) -> None:
        """Copies are never reservations, and have no customers."""
        appointment_id = self._appointment(pick)
        if appointment_id and (not self._is_copy(appointment_id) or facts.keys() <= {"title", "notes"}):
            self.world.salon.edit(appointment_id, **facts)
            self.notes.booking(appointment_id)

    def assign(self, pick: int, names: Sequence[str]) -> None:
        """Resources join a booking, or leave it."""
        appointment_id = self._appointment(pick)
        if appointment_id and not self._is_copy(appointment_id):
            self.world.salon.edit(appointment_id, resource_ids=tuple(names))
            self.notes.booking(appointment_id)

    def remove(self, pick: int) -> None:
        if appointment_id := self._appointment(pick):
            self.notes.cancellation(appointment_id)
            self.world.salon.remove(appointment_id)

    def empty(self, name: str) -> None:
        """Everything that stands in the calendar of one resource goes, copies too."""
        for appointment_id in {booking.appointment_id for booking in self.world.booked(name)}:
            self.notes.cancellation(appointment_id)
            self.world.salon.remove(appointment_id)

    def _appointment(self, pick: int) -> str | None:
        """One of the bookings that people made, or of our copies."""
        return _picked(list(self.world.salon.entries), pick)

    def _is_copy(self, appointment_id: str) -> bool:
        return is_copy(self.world.salon.entries[appointment_id].facts)


def _picked(ids: Sequence[str], pick: int) -> str | None:
    return ids[pick % len(ids)] if ids else None
