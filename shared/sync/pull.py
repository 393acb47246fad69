"""Pull: from what a side says has changed to the cases that must be dealt with.

Nobody's word is taken for a deletion: a tombstone, an absence, a webhook make us look, and only what is looked for
and not there is gone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from shared.domain.cases import GONE, UNREAD, Case, Sight, new_link
from shared.domain.conflicts import Conflict
from shared.domain.items import Booking, Event, Item, Side
from shared.domain.links import Link, LinkState, generation_of_mark, key_of_mark, link_key, orphan_of
from shared.domain.spans import Span, span_of
from shared.sync.desk import Desk

type Known = tuple[Case, bool]
"""A case, and whether its link is stored."""


class Pull:
    """Reads for one desk. Cases are collected by link key, so that an item that comes twice is dealt with once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ledger = desk.ledger
        self._cases: dict[str, Known] = {}
        self.duplicates: list[tuple[Link, Item]] = []
        self.others: dict[str, set[str]] = {}
        self.nothing_shown = False

    def cases(self) -> list[Known]:
        """Deletions first, for they make room; then bookings, then events, each in order of time."""

        def order(known: Known) -> tuple[object, ...]:
            case = known[0]
            gone = GONE in (case.origin, case.copy)
            return (not gone, case.link.origin is Side.OUTLOOK, case.link.source.span.start, case.link.key)

        return sorted(self._cases.values(), key=order)

    def add(self, link: Link, *, known: bool, origin: Sight = UNREAD, copy: Sight = UNREAD, twin: bool = False) -> None:
        """Add what was seen of one link to its case."""
        case, was_known = self._cases.get(link.key, (Case(link=link, origin=UNREAD, copy=UNREAD), known))
        case = replace(case, twin=case.twin or twin)
        if origin is not UNREAD:
            case = replace(case, origin=origin)
        if isinstance(case.copy, Event | Booking) and isinstance(copy, Event | Booking) and copy.id != case.copy.id:
            self._second(link, copy)
        elif copy is not UNREAD:
            case = replace(case, copy=copy)
        self._cases[link.key] = (case, was_known)

    # -- Outlook

    async def outlook(self, delta_link: str, window: Span) -> str:
        """Read the delta to its end; answers the next delta link. Raises LinkExpired, EndlessPaging."""
        events: dict[str, Event] = {}
        series, removed, link = set[str](), list[str](), ""
        async for page in self._desk.outlook.delta(delta_link, window):
            events |= {event.id: event for event in page.events}
            series |= page.series | {event.series for event in page.events if event.series}
            removed += page.removed
            link = page.link or link
        self.nothing_shown = not (events or series or removed)
        await self._foresee([event for event in events.values() if not event.series])
        for item_id in dict.fromkeys(removed):
            if item_id not in events:
                await self._removed(item_id, series)
        for master in sorted(series):
            rows = [event for event in events.values() if event.series == master]
            await self._series(master, window, rows)
        for event in events.values():
            if not event.series:
                await self.event(event)
        return link

    async def event(self, event: Event) -> None:
        """One single event or occurrence that was read in full."""
        if await self._copy(event):
            return
        link = await self._ledger.link(link_key(self._desk.ctx.resource_id, Side.OUTLOOK, event.id))
        if link is None and not event.series:
            await self._gone_from(await self._ledger.links_of_unit(event.id), set())
        self._origin(link, event)

    async def _removed(self, item_id: str, series: set[str]) -> None:
        link = await self._ledger.link_by_id(Side.OUTLOOK, item_id)
        if link is not None:
            sight = await self._desk.read(Side.OUTLOOK, item_id, origin=link.origin is Side.OUTLOOK)
            self._look(link, Side.OUTLOOK, sight)
        elif await self._ledger.links_of_unit(item_id):
            series.add(item_id)

    async def _series(self, master: str, window: Span, rows: Sequence[Event]) -> None:
        """A series is one unit: read it whole, because a deleted or moved occurrence leaves no trace of its own."""
        read = await self._desk.outlook.series(master, window)
        if read is None and rows:
            await self._without_master(master, rows)
            return
        occurrences = {event.id: event for event in read or ()}
        known = list(await self._ledger.links_of_unit(master))
        was_single = await self._ledger.link_by_id(Side.OUTLOOK, master)
        if was_single is not None and master not in occurrences:
            # a copy of ours that somebody lets recur is there all the same, a single event that recurs is none any more
            sight = await self._desk.read(Side.OUTLOOK, master, origin=was_single.origin is Side.OUTLOOK)
            self._look(was_single, Side.OUTLOOK, sight)
        await self._gone_from([link for link in known if link.source.span.touches(window)], set(occurrences))
        for event in occurrences.values():
            await self.event(event)

    async def _without_master(self, master: str, rows: Sequence[Event]) -> None:
        """Exceptions can stand in a calendar that does not hold their series: each is looked at by itself."""
        present = {event.id for event in rows}
        for link in await self._ledger.links_of_unit(master):
            if link.source.id not in present:
                self._look(link, Side.OUTLOOK, await self._desk.read(Side.OUTLOOK, link.source.id, origin=True))
        for event in rows:
            await self.event(event)

    # -- TIMIFY

    async def bookings(self, appointment_ids: Sequence[str]) -> None:
        """Appointments as they are now, all their occurrences on this resource."""
        timify = self._desk.timify
        listed = await timify.read_several(appointment_ids) if len(appointment_ids) > 1 else {}
        found: dict[str, Sequence[Booking]] = {}
        for appointment_id in appointment_ids:
            shown = listed.get(appointment_id)
            found[appointment_id] = shown if shown is not None else await timify.read(appointment_id) or ()
        await self._foresee([booking for read in found.values() for booking in read if not booking.connected])
        gone = [appointment_id for appointment_id, read in found.items() if not read]
        resource_id = self._desk.ctx.resource_id
        await self._ledger.foresee([link_key(resource_id, Side.TIMIFY, key) for key in gone], gone)
        for appointment_id, read in found.items():
            await self._appointment(appointment_id, {booking.id: booking for booking in read})
            self.others[appointment_id] = {name for booking in read for name in booking.resource_ids}

    async def _appointment(self, appointment_id: str, found: Mapping[str, Booking]) -> None:
        if not found or any(booking.connected for booking in found.values()):
            single = await self._ledger.link_by_id(Side.TIMIFY, appointment_id)
            if single is not None and appointment_id not in found:
                self._look(single, Side.TIMIFY, GONE)
            await self._gone_from(await self._ledger.links_of_unit(appointment_id), set(found))
        for booking in found.values():
            if not await self._copy(booking):
                await self._booking(booking, set(found))

    async def _booking(self, booking: Booking, present: set[str]) -> None:
        link = await self._ledger.link(link_key(self._desk.ctx.resource_id, Side.TIMIFY, booking.id))
        if link is None and not booking.connected:
            await self._gone_from(await self._ledger.links_of_unit(booking.appointment_id), present)
        self._origin(link, booking)

    # -- both

    async def _foresee(self, items: Sequence[Item]) -> None:
        """Read the links that these items will ask for in one go, instead of one by one; of a single one, as most
        changes are, also what stands around it."""
        ctx, marks = self._desk.ctx, {item.id: key_of_mark(item.mark) for item in items}
        strangers = [item for item in items if marks[item.id] is None]
        own = [link_key(ctx.resource_id, item.side, item.id) for item in strangers]
        units = [item.id if isinstance(item, Event) else item.appointment_id for item in strangers]
        span = span_of(strangers[0].when, ctx.zone) if len(strangers) == 1 else None
        await self._ledger.foresee([*own, *(key for key in marks.values() if key)], units, span)

    async def retry(
        self, keys: Iterable[str], *, prefer: Side | None = None, again: bool = False, conflict: str = ""
    ) -> None:
        """Look at both sides of links anew: their last try failed, or a person wishes it (`again`, `prefer`).

        What a person decided about a conflict holds for its items, as long as that conflict stands: both are looked at.
        """
        standing = self._desk.conflicts.get(conflict) if prefer else None
        parties = standing.parties if standing else ()
        looked: list[str] = []
        for key in dict.fromkeys((*keys, *parties)):
            link = await self._ledger.link(key)
            if link is not None:
                await self.look_at(link)
                self._cases.setdefault(key, (Case(link=link, origin=UNREAD, copy=UNREAD), True))
                looked.append(key)
        choosable = standing is not None and not self._one_is_gone(standing)
        for key in looked:
            case, known = self._cases[key]
            case = replace(case, again=again)
            if standing and choosable and standing.concerns(key):
                case = replace(case, prefer=prefer, rival=standing.rival(key))
            self._cases[key] = (case, known)

    def _one_is_gone(self, conflict: Conflict) -> bool:
        """Of two items that wanted one slot: there is nothing to choose between them any more."""
        cases = [self._cases[key][0] for key in conflict.parties if key in self._cases]
        return bool(conflict.other) and any(case.origin is GONE for case in cases)

    async def look_at(self, link: Link) -> None:
        """Read both sides of a link."""
        if link.source.id:
            self.add(link, known=True, origin=await self._desk.read(link.origin, link.source.id, origin=True))
        if link.copy is not None:
            self.add(link, known=True, copy=await self._desk.read(link.origin.other, link.copy.id, origin=False))

    async def _copy(self, item: Item) -> bool:
        """Is it a copy of ours? Then it belongs to the link that its mark names, and is never copied itself."""
        key = key_of_mark(item.mark)
        if key is None:
            return self._ledger.state.unmarked and await self._unmarked_copy(item)
        link = await self._ledger.link(key)
        if link is None or link.origin is item.side:
            orphan = self.orphan(key, item)
            self._desk.picture.put(orphan)
        elif link.copy is None or link.copy.id == item.id:
            self.add(self.marked(link, item), known=True, copy=item)
        else:
            self.duplicate(link, item)
        return True

    async def _unmarked_copy(self, item: Item) -> bool:
        link = await self._ledger.link_by_id(item.side, item.id)
        if link is None or link.origin is item.side:
            return False
        self.add(link, known=True, copy=item)
        return True

    def duplicate(self, link: Link, item: Item) -> None:
        """A second copy with the same mark goes, but not the occurrences of a copy that somebody lets recur."""
        if link.state is LinkState.LINKED:
            self._second(link, item)

    def _second(self, link: Link, item: Item) -> None:
        if not (isinstance(item, Event) and item.series):
            self.duplicates.append((link, item))

    def marked(self, link: Link, copy: Item) -> Link:
        """The link with the generation that the mark on its copy names."""
        return replace(link, generation=max(link.generation, generation_of_mark(copy.mark)))

    def orphan(self, key: str, copy: Item) -> Link:
        """A copy of ours whose origin is not known (yet): it occupies its place, and waits to be adopted."""
        face = replace(new_link(self._desk.ctx, copy).source, title="", notes="")
        known = Link(key=key, origin=copy.side.other, state=LinkState.SEEN, source=face, copy=face)
        return orphan_of(replace(known, generation=generation_of_mark(copy.mark)))

    def _origin(self, link: Link | None, item: Item) -> None:
        self.add(link or new_link(self._desk.ctx, item), known=link is not None, origin=item)

    def _look(self, link: Link, side: Side, sight: Sight) -> None:
        if link.origin is side:
            self.add(link, known=True, origin=sight)
        else:
            self.add(link, known=True, copy=sight)

    async def _gone_from(self, links: Sequence[Link], present: set[str]) -> None:
        for link in links:
            if link.source.id not in present:
                self.add(link, known=True, origin=GONE)


def spans_of(cases: Iterable[Known], zone: ZoneInfo, *, going: bool = False) -> list[Span]:
    """Every time that the cases touch, before or after. `going`: not what an origin has left: nobody waits there."""
    spans: list[Span] = []
    for case, _ in cases:
        if not (going and case.origin is not UNREAD):
            spans += case.link.spans
        spans += [span_of(item.when, zone) for item in (case.origin, case.copy) if isinstance(item, Booking | Event)]
    return spans
