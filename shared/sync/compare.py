"""Compare: one slice of the window, both calendars read completely, brought into agreement."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched

from shared.domain.cases import UNREAD, Sight, new_link
from shared.domain.items import Booking, Event, Item, Side
from shared.domain.links import Link, is_copy, key_of_mark
from shared.domain.picture import Picture
from shared.domain.rules import Rule
from shared.domain.spans import Span, hull, span_of
from shared.sync.adoption import Adopted, adopt_unmarked
from shared.sync.brake import brake
from shared.sync.desk import Desk
from shared.sync.keeping import Changes
from shared.sync.pull import Pull, spans_of

_LONGEST_LOOK = timedelta(days=120)
_AT_ONCE = 32


async def compare(desk: Desk, part: Span) -> None:
    """Read both calendars over `part` and deal with every item that begins there, and every link whose item does not
    show any more."""
    slice_ = await read_slice(desk, part)
    pull = await slice_.cases()
    cases = pull.cases()
    await brake(desk, cases)
    await desk.look_around(span for span in spans_of(cases, desk.ctx.zone) if not slice_.covers(span))
    await desk.deal_all([known for known in cases if known[0].link.origin is Side.TIMIFY])
    await desk.deal_all([known for known in cases if known[0].link.origin is Side.OUTLOOK])
    for link, item in pull.duplicates:
        await desk.remove_duplicate(link, item)


async def read_slice(desk: Desk, part: Span) -> "Slice":
    """Both calendars over `part`, TIMIFY's as far as the events reach, in a fresh picture."""
    desk.picture = Picture()
    events = [event async for page in desk.outlook.view(part) for event in page]
    stretch = hull([part, *(span_of(event.when, desk.ctx.zone) for event in events)]) or part
    reach = Span(part.start, min(stretch.end, part.start + _LONGEST_LOOK))
    bookings = [booking async for page in desk.timify.view(reach) for booking in page]
    slice_ = Slice(desk, part, events, bookings)
    await slice_.look_up(reach)
    return slice_


class Slice:
    """What both sides showed of one slice, and the links that belong to it."""

    def __init__(self, desk: Desk, part: Span, events: Sequence[Event], bookings: Sequence[Booking]) -> None:
        self._desk = desk
        self._part = self._reach = part
        self._first = part.start <= desk.ctx.window.start
        self._items: list[Item] = [*bookings, *events]
        self._shown: dict[tuple[Side, str], Item] = {}
        self._keys: dict[tuple[Side, str], str] = {}
        self._unmarked = Adopted([])
        self._stored: set[str] = set()
        self._asked: set[str] = set()

    async def look_up(self, reach: Span) -> None:
        """Learn the stored links of all that is shown or touches `reach`, and put everything into the picture."""
        desk, self._reach = self._desk, reach
        await desk.look_around([reach])
        self._stored = {link.key for link in desk.picture}
        await self._learn(key_of_mark(item.mark) or new_link(desk.ctx, item).key for item in self._items)
        self._unmarked = await adopt_unmarked(desk, self._items, self._stored)
        self._items = self._unmarked.items
        for item in self._items:
            place = item.side, item.id
            self._shown[place] = item
            marked = self._unmarked.keys.get(place) or key_of_mark(item.mark)
            self._keys[place] = marked or new_link(desk.ctx, item).key
        await self._learn(self._keys.values())
        for item in self._items:
            if not self.is_copy(item) and self._key(item) not in desk.picture:
                desk.picture.put(new_link(desk.ctx, item))

    async def _learn(self, keys: Iterable[str]) -> None:
        """Put the stored links of these keys into the picture."""
        unknown = set(keys) - self._stored - self._asked
        self._asked |= unknown
        for some in batched(sorted(unknown), _AT_ONCE, strict=False):
            for link in await asyncio.gather(*(self._desk.ledger.link(key) for key in some)):
                if link is not None:
                    self._stored.add(link.key)
                    self._desk.picture.put(link)

    def is_copy(self, item: Item) -> bool:
        """Is it a copy of ours, by its mark or by what else tells so?"""
        return is_copy(item) or (item.side, item.id) in self._unmarked.keys

    async def cases(self) -> Pull:
        """Every item that begins in this slice with its counterpart, and what the links miss."""
        pull = Pull(self._desk)
        for item in self.beginning():
            if not self.is_copy(item):
                await self._origin(pull, item)
            else:
                await self._copy(pull, item)
        for link in list(self._desk.picture):
            if link.key in self._stored and self._begins_here(link.source.span) and not self._shows(link):
                await self._absent(pull, link)
        return pull

    def beginning(self) -> list[Item]:
        """The items that begin in this slice; in the first one also those that began before."""
        return [item for item in self._items if self._begins_here(span_of(item.when, self._desk.ctx.zone))]

    def covers(self, span: Span) -> bool:
        """Is all that touches `span` in the picture? What was moved out of the slice may have gone anywhere."""
        return self._reach.start <= span.start and span.end <= self._reach.end

    def start_of(self, item: Item) -> datetime:
        return span_of(item.when, self._desk.ctx.zone).start

    def link_of(self, item: Item) -> Link:
        """The link of an origin item, stored or new."""
        return self._desk.picture.get(self._key(item)) or new_link(self._desk.ctx, item)

    def shown(self, side: Side, item_id: str) -> Item | None:
        return self._shown.get((side, item_id))

    def copy_of(self, link: Link) -> Item | None:
        """The copy of an item as this slice shows it: the one that its link knows, or one with its mark."""
        if link.copy is not None:
            return self.shown(link.origin.other, link.copy.id)
        marked = (item for item in self._items if item.side is not link.origin and self._key(item) == link.key)
        return next((item for item in marked if self.is_copy(item)), None)

    async def _origin(self, pull: Pull, item: Item) -> None:
        link = self.link_of(item)
        pull.add(link, known=link.key in self._stored, origin=item, copy=await self._sight_of_copy(link))

    async def _sight_of_copy(self, link: Link) -> Sight:
        if link.copy is None:
            return UNREAD
        shown = self.shown(link.origin.other, link.copy.id)
        return shown or await self._desk.read(link.origin.other, link.copy.id, origin=False)

    async def _copy(self, pull: Pull, item: Item) -> None:
        link = self._desk.picture.get(self._key(item))
        if link is None or link.origin is item.side:
            await self._keep_orphan(pull.orphan(self._key(item), item))
        elif link.copy is None or link.copy.id == item.id:
            twin = (item.side, item.id) in self._unmarked.twins
            pull.add(pull.marked(link, item), known=link.key in self._stored, copy=item, twin=twin)
        else:
            pull.duplicate(link, item)

    async def _keep_orphan(self, orphan: Link) -> None:
        """A copy whose origin may come in a later slice: remembered, so that it is adopted then, not made again."""
        self._desk.picture.put(orphan)
        if orphan.key not in self._stored:
            self._stored.add(orphan.key)
            await self._desk.ledger.commit(Changes(links=[orphan]))

    async def _absent(self, pull: Pull, link: Link) -> None:
        """The origin did not show where it stood: it was moved or is gone, so look for it."""
        if not link.source.id:
            return
        origin = await self._desk.read(link.origin, link.source.id, origin=True)
        pull.add(link, known=True, origin=origin, copy=await self._sight_of_copy(link))

    def _key(self, item: Item) -> str:
        return self._keys[item.side, item.id]

    def _shows(self, link: Link) -> bool:
        return (link.origin, link.source.id) in self._shown or link.reason == Rule.ORPHAN

    def _begins_here(self, span: Span) -> bool:
        return span.start < self._part.end and (self._first or span.start >= self._part.start)
