"""An Outlook calendar in memory, and what people do to it. The door to it is in tests/fakes/outlook.py."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import batched, count

from shared.domain.items import Event
from shared.domain.spans import Days, Span, When
from shared.outlook.times import on_earth
from shared.sync.ports import DeltaPage

GENERATIONS_KEPT = 3


@dataclass(slots=True)
class Series:
    """A recurring event: its occurrences by id. Ids follow from the original dates, as Exchange makes them."""

    id: str
    facts: Event
    occurrences: dict[str, Event] = field(default_factory=dict)


class OutlookCalendarInMemory:
    """Events, series, and the traces of what was deleted, in the order of their last change."""

    page_size = 7

    def __init__(self) -> None:
        self.singles: dict[str, Event] = {}
        self.masters: dict[str, Series] = {}
        self.tags: dict[str, str] = {}
        self.numbers = count(1)
        self.generation = 0
        self._changed: dict[str, int] = {}
        self._removed: dict[str, int] = {}

    @property
    def events(self) -> list[Event]:
        """What stands in the calendar, in order of time."""
        found = [*self.singles.values(), *self.occurrences().values()]
        return sorted(found, key=lambda event: (on_earth(event.when), event.id))

    def add(self, when: When, title: str = "", **facts: object) -> str:
        """A person makes an event. `facts` are fields of `Event`. Returns its id."""
        event = Event(id=self.new_id(), version="", when=when, title=title)
        return self.put(replace(event, **facts))  # type: ignore[arg-type]  # any field, by its name

    def add_series(self, whens: Sequence[When], title: str = "", **facts: object) -> str:
        """A person makes a series with these occurrences. Returns the id of its master."""
        blank = Event(id=self.new_id(), version="", when=whens[0], title=title)
        described = replace(blank, **facts)  # type: ignore[arg-type]  # any field, by its name
        self._lay_out(Series(described.id, described), whens)
        return described.id

    def move(self, event_id: str, when: When) -> None:
        """A person drags an event or an occurrence."""
        self.put(replace(self.known(event_id), when=when))

    def edit(self, event_id: str, **facts: object) -> None:
        """A person changes fields of `Event`: title, notes, show_as, private, attendees, declined..."""
        self.put(replace(self.known(event_id), **facts))  # type: ignore[arg-type]  # any field, by its name

    def touch(self, event_id: str) -> None:
        """Exchange does its housekeeping: another version, nothing else."""
        self.put(self.known(event_id))

    def remove(self, item_id: str) -> None:
        """A person deletes an event, an occurrence, or (by its master) a series."""
        if item_id in self.masters:
            del self.masters[item_id]
            self._trace(item_id)
        elif item_id in self.singles:
            del self.singles[item_id]
            self._trace(item_id)
        elif item_id in self.occurrences():
            master = self.masters[_master(item_id)]
            del master.occurrences[item_id]
            self._changed[master.id] = next(self.numbers)  # no tombstone: only the series shows that it is gone

    def move_series(self, master_id: str, by: timedelta) -> None:
        """A person drags a whole series. Exceptions are lost and ids change with the dates, as in Exchange."""
        master = self.masters[master_id]
        whens = [_shifted(event.when, by) for event in master.occurrences.values()]
        self._lay_out(Series(master_id, master.facts), whens)

    def edit_series(self, master_id: str, **facts: object) -> None:
        """A person changes fields of every occurrence."""
        master = self.masters[master_id]
        master.facts = replace(master.facts, **facts)  # type: ignore[arg-type]  # any field, by its name
        for event in list(master.occurrences.values()):
            self.put(replace(event, **facts))  # type: ignore[arg-type]  # any field, by its name

    def change_series(self, master_id: str, first: When, **facts: object) -> None:
        """Somebody writes to a master: times of another first day or hour lay the whole series out anew."""
        before = self.master(master_id)
        assert before
        self.edit_series(master_id, **facts)
        if first != before.when:
            master = self.masters[master_id]
            whens = [_moved(event.when, before.when, first) for event in master.occurrences.values()]
            self._lay_out(Series(master_id, replace(master.facts, when=first)), whens)

    def extend_series(self, master_id: str, whens: Sequence[When]) -> None:
        """A person lets a series go on for longer."""
        self._lay_out(self.masters[master_id], whens)

    def make_series(self, event_id: str, whens: Sequence[When]) -> None:
        """A person makes a single event repeat: it becomes the master, under its old id."""
        self._lay_out(Series(event_id, self.singles.pop(event_id)), whens)

    def make_single(self, master_id: str) -> None:
        """A person ends the repetition: the first occurrence stays, under the master's id."""
        self.put(self.masters.pop(master_id).facts)

    def repeat(self, event_id: str, whens: Sequence[When]) -> None:
        """A person lets a single event recur: it becomes the master of a series."""
        self._lay_out(Series(event_id, self.singles.pop(event_id)), whens)

    def occurrence_ids(self, master_id: str) -> list[str]:
        """The occurrences that a series still has, in order of their original dates."""
        return list(self.masters[master_id].occurrences)

    def duplicate(self, event_id: str) -> str:
        """A person copies an event: our tag comes along, the transaction id does not."""
        copied = self.put(replace(self.known(event_id), id=self.new_id(), mark=None))
        if event_id in self.tags:
            self.tags[copied] = self.tags[event_id]
        return copied

    def lose_marks(self, *, tags: bool = False) -> None:
        """The mailbox is moved: transaction ids stay behind, and with `tags` our extended property too."""
        for event in list(self.singles.values()):
            self.put(replace(event, mark=None))
        if tags:
            self.tags.clear()

    def expire_links(self) -> None:
        """Graph forgets its sync states."""
        self.generation += GENERATIONS_KEPT

    # -- what the door needs

    def delta_pages(self, since: int, window: Span) -> Iterator[DeltaPage]:
        """Graph begins a fresh round with an empty page, and repeats rows over the edges of pages."""
        if not since:
            yield DeltaPage()
        changed = [unit for unit, at in self._changed.items() if at > since]
        rows = [row for unit in changed for row in self._rows(unit, window, first=not since)]
        rows += [DeltaPage(removed=(gone,)) for gone, at in self._removed.items() if at > since]
        last = DeltaPage()
        for batch in batched(rows, self.page_size, strict=False):
            yield _joined([last, *batch])
            last = batch[-1]
        if not rows:
            yield DeltaPage()

    def _rows(self, unit: str, window: Span, *, first: bool) -> Iterator[DeltaPage]:
        if unit in self.masters:
            touching = any(_meets(event, window) for event in self.masters[unit].occurrences.values())
            if touching or not first:
                yield DeltaPage(series=frozenset((unit,)))
        elif unit in self.singles:
            event = self.singles[unit]
            if _meets(event, window):
                yield DeltaPage(events=(event,))
            elif not first:
                yield DeltaPage(removed=(unit,))  # a change outside the window looks like a removal

    def put(self, event: Event) -> str:
        """Store with a new version. Returns the id."""
        number = next(self.numbers)
        stored = replace(event, version=f'W/"{number}"')
        if event.series:
            self.masters[event.series].occurrences[event.id] = stored
        else:
            self.singles[event.id] = stored
        unit = event.series or event.id
        self._changed.pop(unit, None)
        self._changed[unit] = number
        return event.id

    def _lay_out(self, master: Series, whens: Iterable[When]) -> None:
        self.masters[master.id] = master
        for when in whens:
            occurrence_id = f"{master.id}-O{_day(when):%Y%m%d}"
            self.put(replace(master.facts, id=occurrence_id, series=master.id, when=when))

    def _trace(self, item_id: str) -> None:
        self._changed.pop(item_id, None)
        self._removed[item_id] = next(self.numbers)

    def known(self, event_id: str) -> Event:
        """An event or occurrence that must exist."""
        return self.singles.get(event_id) or self.occurrences()[event_id]

    def occurrences(self) -> dict[str, Event]:
        """Those of all series, by id."""
        return {key: event for one in self.masters.values() for key, event in one.occurrences.items()}

    def master(self, event_id: str) -> Event | None:
        """A series as its master shows it: at the time of its first occurrence."""
        found = self.masters.get(event_id)
        if found is None or not found.occurrences:
            return None
        first = min(found.occurrences.values(), key=lambda event: on_earth(event.when))
        return replace(first, id=event_id, series=event_id)

    def new_id(self) -> str:
        """An id that was never used."""
        return f"AAkA{next(self.numbers):08d}="


def _joined(pages: Iterable[DeltaPage]) -> DeltaPage:
    every = list(pages)
    return DeltaPage(
        events=tuple(event for page in every for event in page.events),
        series=frozenset(name for page in every for name in page.series),
        removed=tuple(gone for page in every for gone in page.removed),
    )


def _meets(event: Event, window: Span) -> bool:
    """Graph matches whole days as if everybody lived in UTC."""
    return _utc(event.when).touches(window)


def _utc(when: When) -> Span:
    if isinstance(when, Span):
        return when
    midnights = [datetime.combine(day, datetime.min.time(), UTC) for day in (when.first, when.until)]
    return Span(*midnights)


def _shifted(when: When, by: timedelta) -> When:
    return when.shifted(by) if isinstance(when, Span) else Days(when.first + by, when.until + by)


def _moved(when: When, old: When, new: When) -> When:
    """As many days from `new` as `when` is from `old`; exceptions are lost."""
    return _shifted(new, _day(when) - _day(old))


def _day(when: When) -> date:
    return when.first if isinstance(when, Days) else when.start.date()


def _master(occurrence_id: str) -> str:
    return occurrence_id.rpartition("-O")[0]
