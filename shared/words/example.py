"""What made-up items would look like on the other side under some settings: computed as the sync computes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain.accounts import WorkingTimes
from shared.domain.items import Booking, Event, Item, ShowAs, Side
from shared.domain.obstacles import works_at
from shared.domain.rules import Rule
from shared.domain.settings import OutlookToTimify, Settings, WorkingTimesRule
from shared.domain.shape import Shape, expected, shape_of, stays
from shared.domain.spans import Days, Span, When
from shared.words.log_lines import RULES
from shared.words.speech import Speech

_WORKING_DAY: WorkingTimes = ((("08:00", "18:00"),),) * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An item as a calendar shows it; `times` may be "All day"."""

    times: str
    title: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A made-up item, why it was chosen, and its copy, or the reason why there is none."""

    about: str
    original: Card
    copy: Card | None
    why_not: str = ""


def examples(settings: Settings, origin: Side, locale: str, say: Speech) -> tuple[Example, ...]:
    """Items of `origin` and what becomes of them; none where the direction lets nothing travel that way. `locale` is
    the company's: the few words that are put into calendars are in its language."""
    if not settings.direction.allows(origin):
        return ()
    shape = shape_of(settings, origin, locale)
    items = _events(say) if origin is Side.OUTLOOK else _bookings(say)
    return tuple(_example(about, item, shape, say) for about, item in items)


def _example(about: str, item: Item, shape: Shape, say: Speech) -> Example:
    original = Card(times=_times(item.when, say), title=_title(item), notes=_lines(item.notes))
    rule = stays(item, shape, _zone(say)) or _held(item, shape, say)
    if rule is not None:
        return Example(about=about, original=original, copy=None, why_not=say(RULES[rule]))
    copy = expected(item, shape, _zone(say))
    when = item.when if isinstance(item.when, Days) else copy.when
    shown = Card(times=_times(when, say), title=copy.title, notes=_lines(copy.notes))
    return Example(about=about, original=original, copy=shown)


def _held(item: Item, shape: Shape, say: Speech) -> Rule | None:
    part = shape.part
    asks = isinstance(part, OutlookToTimify) and part.working_times is WorkingTimesRule.ENFORCE
    if not asks or not isinstance(item.when, Span) or works_at(_WORKING_DAY, item.when.outwards(), _zone(say)):
        return None
    return Rule.HELD_WORKING_TIME


def _events(say: Speech) -> Iterator[tuple[str, Event]]:
    review = say("Quarterly review")
    yield say("A meeting"), _event(_span(9, 2, 45, say), review, say("Room Vienna\nPlease bring the figures."))
    yield say("A private event"), _event(_span(12, 0, 60, say), say("Dentist"), private=True)
    yield say("Tentative"), _event(_span(13, 30, 30, say), say("Call with Leo"), show_as=ShowAs.TENTATIVE)
    yield (
        say("Working elsewhere"),
        _event(_span(14, 0, 120, say), say("At home"), show_as=ShowAs.WORKING_ELSEWHERE),
    )
    yield say("Shown as free"), _event(_span(16, 30, 15, say), say("Water the plants"), show_as=ShowAs.FREE)
    yield say("All day"), _event(Days(_DAY, _DAY + timedelta(days=1)), say("Trade fair"), show_as=ShowAs.OUT_OF_OFFICE)
    yield say("Outside the working times"), _event(_span(20, 0, 60, say), say("Choir"))


def _bookings(say: Speech) -> Iterator[tuple[str, Booking]]:
    facts = ((say("Telephone"), "+44 20 7946 0018"), (say("Allergies"), say("none")))
    yield (
        say("A booking"),
        Booking(
            id="1",
            appointment_id="1",
            version="1",
            span=_span(10, 0, 60, say),
            service=say("Consultation"),
            customers=("Maria Lopez",),
            resource_names=("Anna",),
            data_fields=facts,
            notes=say("Comes by bicycle."),
        ),
    )
    yield (
        say("A group booking"),
        Booking(
            id="2",
            appointment_id="2",
            version="1",
            span=_span(17, 0, 90, say),
            title=say("Yoga"),
            service=say("Yoga"),
            resource_names=("Anna",),
            group=True,
            participants=3,
            max_participants=10,
            notes=say("Mats are there."),
        ),
    )


_DAY = date(2026, 3, 18)
"""Any day: only the hours are shown."""


def _event(when: When, title: str, notes: str = "", *, show_as: ShowAs = ShowAs.BUSY, private: bool = False) -> Event:
    return Event(id=title, version="1", when=when, title=title, notes=notes, show_as=show_as, private=private)


def _span(hour: int, minute: int, minutes: int, say: Speech) -> Span:
    start = datetime.combine(_DAY, time(hour, minute), say.zone).astimezone(UTC)
    return Span(start, start + timedelta(minutes=minutes))


def _title(item: Item) -> str:
    """As whoever made it sees it."""
    if isinstance(item, Event):
        return item.title
    return " · ".join([item.service or item.title, *item.customers])


def _times(when: When, say: Speech) -> str:
    return say("All day") if isinstance(when, Days) else f"{say.clock(when.start)}–{say.clock(when.end)}"


def _lines(notes: str) -> tuple[str, ...]:
    return tuple(line for line in notes.splitlines() if line)


def _zone(say: Speech) -> ZoneInfo:
    return say.zone if isinstance(say.zone, ZoneInfo) else ZoneInfo("UTC")
