"""The picture: what stands in both calendars around the items of a round, and what overlaps there."""

from collections.abc import Iterable, Iterator

from shared.domain.choices import keeps_of_pair
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.items import Side
from shared.domain.links import Link, LinkState
from shared.domain.rules import Rule
from shared.domain.spans import Span


class Picture:
    """Links by key; every decision is put in at once, so that the next one sees it."""

    def __init__(self, links: Iterable[Link] = ()) -> None:
        self._links = {link.key: link for link in links}

    def __contains__(self, key: str) -> bool:
        return key in self._links

    def __iter__(self) -> Iterator[Link]:
        return iter(list(self._links.values()))

    def get(self, key: str) -> Link | None:
        return self._links.get(key)

    def put(self, link: Link) -> None:
        self._links[link.key] = link

    def drop(self, key: str) -> None:
        self._links.pop(key, None)

    def in_timify(self, span: Span, but: str) -> list[Link]:
        """Links other than `but` that hold a slot in TIMIFY which touches `span`."""
        return [x for x in self._links.values() if x.key != but and (held := timify_slot(x)) and held.touches(span)]

    def in_outlook(self, span: Span, but: str) -> list[Link]:
        """Busy Outlook events, no copies, other than `but`, that touch `span`."""
        return [x for x in self._links.values() if x.key != but and (held := outlook_slot(x)) and held.touches(span)]

    def overlaps(self, link: Link) -> list[Conflict]:
        """One overlap conflict for each other item that `link` collides with."""
        return [overlap(link, other) for other in self._links.values() if collide(link, other)]


def timify_slot(link: Link) -> Span | None:
    """The slot that a link holds in TIMIFY: a booking always, an event through its copy."""
    if link.origin is Side.TIMIFY:
        return link.source.span
    if link.copy is not None:
        return link.copy.span
    return link.source.span.outwards() if link.state is LinkState.INTENDED else None


def outlook_slot(link: Link) -> Span | None:
    """The time at which a link's event, not being a copy, keeps Outlook busy."""
    return link.source.span if link.origin is Side.OUTLOOK and link.busy else None


def overlap(one: Link, other: Link) -> Conflict:
    """The conflict of two items at the same time; the same whichever of the two it was found from.

    An event and a booking that stand side by side are its two sides. Otherwise one of the two waits for the slot that
    the other holds in TIMIFY: then it is about the one that waits.
    """
    first, second = sorted((one, other), key=lambda x: (x.origin is not Side.OUTLOOK, x.key))
    outlook: Span | None = first.source.span
    timify: Span | None = second.source.span
    way: Span | None = None
    if not _side_by_side(first, second):
        if not _wants(first, second):
            first, second = second, first
        slot = timify_slot(second)
        outlook, timify = _time(first, Side.OUTLOOK), _time(first, Side.TIMIFY) or slot
        way = slot if first.copy is not None else None
    return Conflict(
        kind=ConflictKind.OVERLAP,
        item=first.key,
        other=second.key,
        outlook=outlook,
        timify=timify,
        way=way,
        keeps=keeps_of_pair(first, second),
    )


def _time(link: Link, side: Side) -> Span | None:
    face = link.face(side)
    return face.span if face else None


def collide(one: Link, other: Link) -> bool:
    """Do both want one slot?"""
    if one.key == other.key:
        return False
    return _side_by_side(one, other) or _side_by_side(other, one) or _wants(one, other) or _wants(other, one)


def _side_by_side(event: Link, booking: Link) -> bool:
    """Does an event stand where a booking stands?"""
    if (event.origin, booking.origin) != (Side.OUTLOOK, Side.TIMIFY):
        return False
    return event.busy and event.source.span.touches(booking.source.span)


def _wants(one: Link, other: Link) -> bool:
    """Does `one` stand still only because `other` holds the slot it should go to?"""
    wanted, held = _wanted_slot(one), timify_slot(other)
    return wanted is not None and held is not None and wanted.touches(held)


def _wanted_slot(link: Link) -> Span | None:
    moved = link.base is not None and link.state is LinkState.LINKED
    if link.origin is Side.OUTLOOK:
        held = link.state is LinkState.HELD and link.busy
        put_back = link.reason == Rule.HELD_OVERLAP
        if held or (moved and link.base and (put_back or link.source.span != link.base[0])):
            return link.source.span.outwards()
    elif moved and link.base and link.copy and link.copy.span != link.base[1]:
        return link.copy.span.outwards()
    return None
