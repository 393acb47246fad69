"""Random people: everything that somebody may do to the two calendars, for the random histories."""

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import strategies as st

from shared.domain.items import Booking, ShowAs, Side
from shared.domain.links import key_of_mark, link_key
from shared.domain.spans import Days, Span, When
from tests.fakes.outlook import FakeOutlook
from tests.sync.core.oracle import SECRET, People
from tests.sync.core.passing_time import MONDAY
from tests.sync.core.world import World

starts = st.builds(
    lambda day, minutes: MONDAY + timedelta(days=day, minutes=minutes),
    st.integers(0, 3),
    st.one_of(st.integers(0, 8).map(lambda n: 540 + 30 * n), st.integers(530, 800)),
)
on_grid = st.builds(
    lambda day, n: MONDAY + timedelta(days=day, minutes=540 + 15 * n), st.integers(0, 3), st.integers(0, 16)
)
lengths = st.sampled_from([timedelta(minutes=m) for m in (1, 5, 15, 30, 45, 47, 90)])
grid_minutes = st.sampled_from([15, 30, 60, 90])
meetings = st.builds(lambda start, length: Span(start, start + length), starts, lengths)
days = st.builds(
    lambda first, long: Days(date(2026, 3, 2) + timedelta(days=first), date(2026, 3, 2) + timedelta(days=first + long)),
    st.integers(0, 4),
    st.integers(1, 2),
)
whens: st.SearchStrategy[When] = st.one_of(meetings, meetings, meetings, days)
titles = st.sampled_from(["Team", "Review", "Lunch 🍜", "  ", "שלום", "a" * 300])
event_facts = st.sampled_from(
    [
        {},
        {},
        {},
        {"show_as": ShowAs.TENTATIVE},
        {"show_as": ShowAs.FREE},
        {"declined": True},
        {"attendees": True},
        {"organizer": False, "attendees": True},
        {"private": True, "title": f"{SECRET} doctor", "notes": SECRET},
    ]
)
event_edits = st.sampled_from(
    [
        {"show_as": ShowAs.FREE},
        {"show_as": ShowAs.BUSY},
        {"declined": True},
        {"attendees": True},
        {"attendees": False},
        {"private": True, "title": f"{SECRET} talk"},
        {"notes": "bring the plan"},
        {"title": "Renamed"},
    ]
)
booking_facts = st.sampled_from(
    [
        {},
        {},
        {"group": True, "participants": 3, "max_participants": 10},
        {"days": 3},
        {"pattern": (30, 15, 30)},
        {"before": 10, "after": 5},
        {"reserved": True},
    ]
)
picks = st.integers(0, 10**6)


class Crowd:
    """Acts on a world, and notes in `people` what that entitles the sync to do."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = People()

    # -- Outlook

    def add_event(self, name: str, when: When, title: str, facts: dict[str, object]) -> None:
        box = self.world.mailboxes[name]
        self._note(name, box.add(when, **({"title": title} | facts)))  # type: ignore[arg-type]

    def add_series(self, name: str, first: Span, title: str) -> None:
        box = self.world.mailboxes[name]
        box.add_series([first.shifted(timedelta(days=day)) for day in range(3)], title)
        self._note_series(name)

    def event(self, name: str, pick: int) -> str | None:
        """One of the events that people made, or of our copies."""
        events = self.world.mailboxes[name].events
        return events[pick % len(events)].id if events else None

    def move_event(self, name: str, event_id: str, when: When) -> None:
        self._box(name).move(event_id, when)
        self._after(name, event_id)

    def edit_event(self, name: str, event_id: str, facts: dict[str, object]) -> None:
        self._box(name).edit(event_id, **facts)
        self._after(name, event_id)

    def remove_event(self, name: str, event_id: str) -> None:
        event = self._box(name).known(event_id)
        mark = key_of_mark(event.mark)
        self._box(name).remove(event_id)
        if mark:
            self._let_go(name, mark)
        self.people.events.pop((name, event_id), None)

    def shift_series(self, name: str, pick: int, by: timedelta) -> None:
        masters = list(self._box(name).masters)
        if masters:
            self._forget_series(name, masters[pick % len(masters)])
            self._box(name).move_series(masters[pick % len(masters)], by)
            self._note_series(name)

    def remove_series(self, name: str, pick: int) -> None:
        masters = list(self._box(name).masters)
        if masters:
            self._forget_series(name, masters[pick % len(masters)])
            self._box(name).remove(masters[pick % len(masters)])

    # -- TIMIFY

    def book(self, names: Sequence[str], first: Span, title: str, facts: dict[str, object]) -> None:
        minutes = first.minutes
        made = self.world.salon.add(names, first.start, minutes, title=title, **facts)  # type: ignore[arg-type]
        self._note_booking(made)

    def appointment(self, pick: int) -> str | None:
        """One of the bookings that people made, or of our copies."""
        every = list(self.world.salon.entries)
        return every[pick % len(every)] if every else None

    def move_booking(self, appointment_id: str, first: Span) -> None:
        self.world.salon.move(appointment_id, first.start)
        self._after_booking(appointment_id)

    def resize_booking(self, appointment_id: str, minutes: int) -> None:
        self.world.salon.resize(appointment_id, minutes + 45)
        self._after_booking(appointment_id)

    def retitle_booking(self, appointment_id: str, title: str) -> None:
        self.world.salon.edit(appointment_id, title=title, reserved=False)
        self._after_booking(appointment_id)

    def remove_booking(self, appointment_id: str) -> None:
        facts = self.world.salon.entries[appointment_id].facts
        self.world.salon.remove(appointment_id)
        mark = key_of_mark(facts.mark)
        if mark:
            self.people.may_go.add(mark)
        self.people.bookings.pop(appointment_id, None)

    # -- notes

    def _box(self, name: str) -> FakeOutlook:
        return self.world.mailboxes[name]

    def _after(self, name: str, event_id: str) -> None:
        mark = key_of_mark(self._box(name).known(event_id).mark)
        if mark:
            self._touch(name, mark)
        else:
            self._note(name, event_id)

    def _note(self, name: str, event_id: str) -> None:
        self.people.events[name, event_id] = self._box(name).known(event_id)

    def _note_series(self, name: str) -> None:
        for event in self._box(name).occurrences().values():
            self.people.events[name, event.id] = event

    def _forget_series(self, name: str, master: str) -> None:
        for event_id in self._box(name).masters[master].occurrences:
            self.people.events.pop((name, event_id), None)

    def _after_booking(self, appointment_id: str) -> None:
        mark = key_of_mark(self.world.salon.entries[appointment_id].facts.mark)
        if mark:
            self.people.touched.add(mark)
        else:
            self._note_booking(appointment_id)

    def _note_booking(self, appointment_id: str) -> None:
        self.people.bookings[appointment_id] = self.world.salon.entries[appointment_id].bookings()[0]

    def _let_go(self, name: str, mark: str) -> None:
        """A booking goes everywhere when its copy is deleted in one calendar."""
        self.people.may_go |= self._same_booking(name, mark)

    def _touch(self, name: str, mark: str) -> None:
        self.people.touched |= self._same_booking(name, mark)

    def _same_booking(self, name: str, mark: str) -> set[str]:
        for entry in self.world.salon.entries.values():
            for booking in entry.bookings():
                if link_key(name, Side.TIMIFY, booking.id) == mark:
                    return _keys(booking)
        return {mark}


def _keys(booking: Booking) -> set[str]:
    return {link_key(name, Side.TIMIFY, booking.id) for name in booking.resource_ids}
