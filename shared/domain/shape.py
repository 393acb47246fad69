"""What a copy looks like: its text and time, and the choice of settings it keeps for life."""

import unicodedata
from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

from shared.domain.items import Booking, Draft, Event, Item, ShowAs, Side
from shared.domain.rules import Rule
from shared.domain.settings import OutlookToTimify, PrivateEvents, Settings, TimifyToOutlook, Travel
from shared.domain.spans import Days, Span, span_of
from shared.domain.texts import cut, units

TITLE_LIMIT = 255
NOTES_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Words:
    """The few words that we put into calendars ourselves."""

    blocker: str
    booking: str
    participants: str


WORDS = {
    "en": Words("Calendar blocker", "TIMIFY booking", "{} of {} participants"),
    "de": Words("Kalenderblocker", "TIMIFY-Buchung", "{} von {} Teilnehmern"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The settings that decide whether and how one item appears on the other side, and the language of our words."""

    part: OutlookToTimify | TimifyToOutlook
    locale: str = "en"

    def encode(self) -> str:
        """One line of text for the link row."""
        pairs = [f"{f.name}={getattr(self.part, f.name)}" for f in fields(self.part)]
        return "&".join([*pairs, f"locale={self.locale}"])


def shape_of(settings: Settings, origin: Side, locale: str, frozen: str = "") -> Shape:
    """The shape for an item of `origin`: the one its link kept (`frozen`), else that of the settings of the moment."""
    now = settings.outlook_to_timify if origin is Side.OUTLOOK else settings.timify_to_outlook
    kept = dict(pair.split("=", 1) for pair in frozen.split("&") if "=" in pair)
    known = {f.name: type(getattr(now, f.name)) for f in fields(now)}
    part = type(now)(**{name: kind(kept[name]) if name in kept else getattr(now, name) for name, kind in known.items()})
    return Shape(part, kept.get("locale", locale))


def stays(item: Item, shape: Shape, zone: ZoneInfo) -> Rule | None:
    """Why an item is not copied at all; None when it travels."""
    if span_of(item.when, zone).empty:
        return Rule.NO_DURATION
    if isinstance(item, Booking):
        return Rule.RESERVED if item.reserved else None
    assert isinstance(shape.part, OutlookToTimify)
    return _event_stays(item, shape.part)


def occupies(item: Item, shape: Shape, zone: ZoneInfo) -> bool:
    """Does the item keep its own calendar busy? A private event does even where it is skipped."""
    return isinstance(item, Booking) or stays(item, shape, zone) in (None, Rule.PRIVATE)


def is_anonymous(item: Item, shape: Shape) -> bool:
    """Must no text of the item leave its side?"""
    return bool(shape.part.anonymous) or (isinstance(item, Event) and item.private)


def expected(item: Item, shape: Shape, zone: ZoneInfo) -> Draft:
    """What the copy of `item` shall be."""
    title, notes = _event_text(item, shape) if isinstance(item, Event) else _booking_text(item, shape)
    return Draft(when=expected_span(item, zone), title=_clip(title, TITLE_LIMIT), notes=_clip(notes, NOTES_LIMIT))


def expected_span(item: Item, zone: ZoneInfo) -> Span:
    """When the copy of `item` shall be: an event is rounded outwards to TIMIFY's grid, a booking taken as it is."""
    span = span_of(item.when, zone)
    return span.outwards() if item.side is Side.OUTLOOK else span


def says_something(title: str) -> bool:
    """Would anything of this title be shown?"""
    return bool(_clean(title))


def _event_stays(event: Event, part: OutlookToTimify) -> Rule | None:
    filters = {
        ShowAs.TENTATIVE: (part.tentative, Rule.TENTATIVE),
        ShowAs.FREE: (part.free, Rule.FREE),
        ShowAs.WORKING_ELSEWHERE: (part.working_elsewhere, Rule.WORKING_ELSEWHERE),
    }
    travel, rule = filters.get(event.show_as, (Travel.SYNC, Rule.FREE))
    if event.cancelled:
        return Rule.CANCELLED
    if event.declined:
        return Rule.DECLINED
    if travel is Travel.SKIP:
        return rule
    if isinstance(event.when, Days) and part.all_day is Travel.SKIP:
        return Rule.ALL_DAY
    if event.private and part.private_events is PrivateEvents.SKIP:
        return Rule.PRIVATE
    return None


def _event_text(event: Event, shape: Shape) -> tuple[str, str]:
    assert isinstance(shape.part, OutlookToTimify)
    neutral = words(shape.locale).blocker
    if is_anonymous(event, shape):
        return neutral, ""
    return (_clean(event.title) if shape.part.event_name else "") or neutral, event.notes


def _booking_text(booking: Booking, shape: Shape) -> tuple[str, str]:
    part, own = shape.part, words(shape.locale)
    assert isinstance(part, TimifyToOutlook)
    if part.anonymous:
        return own.booking, ""
    names = [booking.service if part.service_name else "", ", ".join(booking.customers) if part.customer_name else ""]
    if booking.group:
        count = own.participants.format(booking.participants, booking.max_participants)
        names = [booking.title or names[0], count]
    elif not booking.service:
        names[0] = booking.title
    title = " – ".join(name for name in map(_clean, names) if name) or own.booking
    resources = ", ".join(filter(None, map(_clean, booking.resource_names))) if part.resource_name else ""
    title = f"{title} ({resources})" if resources else title
    lines = [f"{label}: {value}" for label, value in booking.data_fields if value] if part.data_fields else []
    notes = [booking.notes] if part.notes and booking.notes else []
    return title, "\n".join(lines + notes)


def words(locale: str) -> Words:
    """Our own words in the company's language, English where we do not speak it."""
    return WORDS.get(locale.lower().replace("_", "-").split("-")[0], WORDS["en"])


def _clean(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).split())


def _clip(text: str, limit: int) -> str:
    return text if units(text) <= limit else cut(text, limit - 1).rstrip() + "…"
