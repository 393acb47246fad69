"""Twins: an item and what can only be its copy, although it carries no mark: alone with it at exactly the same time.

Marks get lost when a mailbox is moved or TIMIFY drops an external id; and before a sync is there, people keep both
calendars by hand. Linking such a pair writes nothing, and spares everybody a conflict a pair.
"""

from collections import defaultdict
from collections.abc import Iterable

from shared.domain.cases import Context
from shared.domain.items import Booking, Event, Item
from shared.domain.shape import WORDS, expected, shape_of
from shared.domain.spans import Span, span_of

type Pair = tuple[Item, Item]
"""The origin and its copy."""

_NEUTRAL = frozenset(words.blocker for words in WORDS.values())


def twins(ctx: Context, events: Iterable[Event], bookings: Iterable[Booking]) -> list[Pair]:
    """The pairs among items that are linked to nothing and shall travel. Two candidates at one time are none."""
    by_time: dict[Span, tuple[list[Event], list[Booking]]] = defaultdict(lambda: ([], []))
    for event in events:
        by_time[span_of(event.when, ctx.zone).outwards()][0].append(event)
    for booking in bookings:
        by_time[booking.span.outwards()][1].append(booking)
    alone = [(es[0], bs[0]) for es, bs in by_time.values() if len(es) == len(bs) == 1]
    pairs = [pair for event, booking in alone if (pair := _pair(ctx, event, booking))]
    return [(origin, copy) for origin, copy in pairs if ctx.settings.direction.allows(origin.side)]


def _pair(ctx: Context, event: Event, booking: Booking) -> Pair | None:
    ours = event.category and not event.attendees and not event.series
    if ours and span_of(event.when, ctx.zone) == booking.span:
        return booking, event
    return (event, booking) if _plain(booking) and _says_the_same(ctx, event, booking) else None


def _plain(booking: Booking) -> bool:
    """Does it look like what we make in TIMIFY: a blocked time of one resource, without a service or a customer?"""
    many = booking.group or booking.connected or booking.split or len(booking.resource_ids) > 1
    return not (many or booking.service or booking.customers or booking.data_fields)


def _says_the_same(ctx: Context, event: Event, booking: Booking) -> bool:
    """A time that somebody blocked for something else is no copy: deleting it would delete the event."""
    title = " ".join(booking.title.split())
    shown = expected(event, shape_of(ctx.settings, event.side, ctx.locale), ctx.zone).title
    return title in _NEUTRAL or title in (" ".join(text.split()) for text in (shown, event.title))
