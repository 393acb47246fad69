"""Whatever is done to a series on both sides, every occurrence has one copy, at its time and with its title."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.accounts import Status
from shared.domain.items import Event
from shared.domain.spans import Span
from tests.sync.core.world import World, at

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

type Step = tuple[str, int, int]

steps = st.tuples(
    st.sampled_from(
        [
            *("move", "retitle", "cancel", "drop", "days", "hours", "rename", "extend", "single", "again"),
            *("drag", "rename_copy", "drop_copy", "sweep"),
        ]
    ),
    st.integers(0, 20),
    st.integers(0, 20),
)


@dataclass
class Serial:
    """A series of at most a few occurrences, each on a day of its own."""

    world: World
    master: str
    told: list[Step] = field(default_factory=list)

    def events(self) -> list[Event]:
        return [event for event in self.world.outlook_calendar.events if not event.mark]

    async def step(self, what: str, pick: int, much: int) -> None:
        """Do it; `pick` chooses an occurrence, `much` is an hour of its day, or days."""
        self.told.append((what, pick, much))
        events = self.events()
        copies = self.world.copies_in_timify()
        if events:
            self._to_one(what, events[pick % len(events)], much)
        if copies:
            self._to_copy(what, copies[pick % len(copies)].appointment_id, copies[pick % len(copies)].span, much)
        self._to_all(what, much)
        if what == "sweep":
            self.world.lose_news()
            await self.world.sweep()
        else:
            await self.world.change()

    def _to_one(self, what: str, event: Event, much: int) -> None:
        box = self.world.outlook_calendar
        assert isinstance(event.when, Span)
        if what == "move":
            start = event.when.start.replace(hour=much, minute=much)
            box.move(event.id, Span(start, start + 47 * MINUTE))
        elif what == "retitle":
            box.edit(event.id, title=f"Special {much}")
        elif what == "cancel":
            box.edit(event.id, cancelled=not event.cancelled)
        elif what == "drop":
            box.remove(event.id)

    def _to_copy(self, what: str, copy: str, span: Span, much: int) -> None:
        if what == "drag":
            self.world.salon.move(copy, span.start.replace(hour=much))
        elif what == "rename_copy":
            self.world.salon.edit(copy, title=f"Renamed {much}")
        elif what == "drop_copy":
            self.world.salon.remove(copy)

    def _to_all(self, what: str, much: int) -> None:
        box = self.world.outlook_calendar
        recurs = self.master in box.masters and bool(box.masters[self.master].occurrences)
        if what == "days" and recurs:
            box.move_series(self.master, (much % 5 - 2) * DAY)
        elif what == "hours" and recurs:
            box.move_series(self.master, timedelta(minutes=much))
        elif what == "rename" and recurs:
            box.edit_series(self.master, title=f"Series {much}")
        elif what == "extend" and recurs:
            whens = [event.when for event in self.events() if isinstance(event.when, Span)]
            box.move_series(self.master, timedelta(0))
            last = max(when.start for when in whens).replace(hour=9, minute=2)
            new = [Span(last + n * DAY, last + n * DAY + 47 * MINUTE) for n in range(1, 3)]
            box.extend_series(self.master, new[: max(0, 10 - len(whens))])
        elif what == "single" and recurs:
            box.make_single(self.master)
        elif what == "again" and self.master in box.singles:
            when = box.singles[self.master].when
            assert isinstance(when, Span)
            box.make_series(self.master, [when.shifted(n * DAY) for n in range(1 + much % 6)])

    def complaint(self) -> str:
        """What does not agree; empty when all is well."""
        wanted = [
            (event.when.outwards(), event.title)
            for event in self.events()
            if not event.cancelled and isinstance(event.when, Span)
        ]
        found = [(copy.span, copy.title) for copy in self.world.copies_in_timify()]
        return "" if sorted(wanted) == sorted(found) else f"{found} instead of {wanted} after {self.told}"


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(steps, min_size=3, max_size=12), st.integers(1, 8))
def test_no_history_of_one_series_loses_an_occurrence_or_leaves_a_ghost(todo: Sequence[Step], number: int) -> None:
    async def history() -> None:
        world = World(ahead=60)
        whens = [Span(at(5 + n, "09:02"), at(5 + n, "09:49")) for n in range(number)]
        serial = Serial(world, world.outlook_calendar.add_series(whens, "Stand-up"))
        await world.connect()
        for step in todo:
            await serial.step(*step)
            assert not serial.complaint()
            assert (await world.connection()).status is Status.CONNECTED, serial.told
        assert await world.conflicts() == []
        assert await world.sweep() == 0

    asyncio.run(history())
