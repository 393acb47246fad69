"""Adoption: copies that carry no mark any more, known again in a whole reading.

By the links that know their ids. Where there is no link at all (a first import, a reinstallation, a lost table) also by
the durable tag of an event in our category, as long as no event shows its mark, and at last by being alone with their
origin at exactly the same time (`shared.domain.twins`). Where there are links, an unmarked event with our tag is what a
person has duplicated.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.items import Booking, Event, Item, Side
from shared.domain.links import is_copy, key_of_mark, link_key
from shared.domain.shape import shape_of, stays
from shared.domain.twins import twins
from shared.sync.desk import Desk
from shared.sync.keeping import Ledger


@dataclass(slots=True)
class Adopted:
    """`items` as they must be taken, tagged ones with their mark; `keys` of the links of unmarked copies by side and
    id, `twins` those of them that nothing but their time tells of."""

    items: list[Item]
    keys: dict[tuple[Side, str], str] = field(default_factory=dict)
    twins: set[tuple[Side, str]] = field(default_factory=set)


async def without_links(ledger: Ledger) -> bool:
    """Does nothing tell of any copy, so that a reading must find them by itself?"""
    async for _ in ledger.links(remember=False):
        return False
    return True


async def adopt_unmarked(desk: Desk, items: Sequence[Item], stored: Collection[str]) -> Adopted:
    """Find the copies among `items` that carry no mark. `stored`: keys of the links that are known of them."""
    adopted = Adopted(list(items))
    for place, item in enumerate(items):
        if is_copy(item) or _own_key(desk, item) in stored:
            continue
        known = await desk.ledger.link_by_id(item.side, item.id) if desk.ledger.state.unmarked else None
        if known is not None and known.origin is not item.side:
            adopted.keys[item.side, item.id] = known.key
        elif desk.anew and isinstance(item, Event) and item.category and not item.series:
            adopted.items[place] = await _tagged(desk, item, items)
    if desk.anew:
        _pair_up(desk, adopted, stored)
    desk.unmarked = desk.unmarked or bool(adopted.keys) or adopted.items != list(items)
    return adopted


async def _tagged(desk: Desk, event: Event, items: Sequence[Item]) -> Event:
    """The event with the mark of its tag, if the booking that it names is there. Where other marks are still there, or
    the booking is gone, a person has duplicated a copy of ours."""
    if any(isinstance(item, Event) and is_copy(item) for item in items):
        return event
    mark = await desk.outlook.tag(event.id)
    origins = {_own_key(desk, item) for item in items if isinstance(item, Booking)}
    return replace(event, mark=mark) if key_of_mark(mark) in origins else event


def _pair_up(desk: Desk, adopted: Adopted, stored: Collection[str]) -> None:
    unlinked = list(_unlinked(desk, adopted, stored))
    events = [item for item in unlinked if isinstance(item, Event)]
    bookings = [item for item in unlinked if isinstance(item, Booking)]
    for origin, copy in twins(desk.ctx, events, bookings):
        adopted.keys[copy.side, copy.id] = _own_key(desk, origin)
        adopted.twins.add((copy.side, copy.id))


def _unlinked(desk: Desk, adopted: Adopted, stored: Collection[str]) -> Iterator[Item]:
    """Items that travel and are linked to nothing; one whose marked copy shows is not alone."""
    marked = {key_of_mark(item.mark) for item in adopted.items}
    for item in adopted.items:
        own_key = _own_key(desk, item)
        linked = is_copy(item) or own_key in stored or own_key in marked or (item.side, item.id) in adopted.keys
        shape = shape_of(desk.ctx.settings, item.side, desk.ctx.locale)
        if not linked and stays(item, shape, desk.ctx.zone) is None:
            yield item


def _own_key(desk: Desk, item: Item) -> str:
    return link_key(desk.ctx.resource_id, item.side, item.id)
