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
    """The conflict of two items at the same time; the same whichever of the two it was found from."""
    first, second = sorted((one, other), key=lambda x: (x.origin is not Side.OUTLOOK, x.key))
    return Conflict(
        kind=ConflictKind.OVERLAP,
        item=first.key,
        other=second.key,
        outlook=_time(first if first.origin is Side.OUTLOOK else second, Side.OUTLOOK),
        timify=_time(second, Side.TIMIFY) or _time(first, Side.TIMIFY),
        keeps=keeps_of_pair(first, second),
    )


def _time(link: Link, side: Side) -> Span | None:
    face = link.face(side)
    return face.span if face else None


def collide(one: Link, other: Link) -> bool:
    """Do both want one slot?"""
    if one.key == other.key:
        return False
    if one.origin is not other.origin:
        event, booking = (one, other) if one.origin is Side.OUTLOOK else (other, one)
        if event.busy and event.source.span.touches(booking.source.span):
            return True
    return _wants(one, other) or _wants(other, one)


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
