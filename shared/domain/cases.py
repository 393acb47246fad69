"""The planner's vocabulary: what is looked at, what can be decided, and what is remembered of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

from shared.domain.accounts import WorkingTimes
from shared.domain.conflicts import Conflict
from shared.domain.items import Booking, Change, Draft, Event, Item, Side
from shared.domain.links import Face, Link, LinkState, fingerprint, link_key
from shared.domain.rules import Rule
from shared.domain.settings import Settings
from shared.domain.shape import Shape, expected, is_anonymous, occupies, shape_of
from shared.domain.spans import Days, Span, span_of


class Absent(Enum):
    UNREAD = "unread"  # not looked at: as remembered
    GONE = "gone"  # looked for, and not there


UNREAD, GONE = Absent.UNREAD, Absent.GONE
type Sight = Item | Absent


class Need(Enum):
    """What must be looked up before a decision is possible."""

    ORIGIN = "origin"
    OTHERS = "others"  # is every other resource of the booking available at the new time?


@dataclass(frozen=True, slots=True)
class Create:
    side: Side
    draft: Draft


@dataclass(frozen=True, slots=True)
class Update:
    side: Side
    change: Change


@dataclass(frozen=True, slots=True)
class Delete:
    side: Side
    notify: bool = False


type Write = Create | Update | Delete


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every decision of a round is made with. `window` is what is synced, `zone` the resource's time zone.

    `keep`: a person wants nothing to go only because the other side is gone.
    """

    resource_id: str
    settings: Settings
    zone: ZoneInfo
    window: Span
    now: datetime
    locale: str = "en"
    working_times: WorkingTimes = ()
    keep: bool = False

    def shape(self, link: Link) -> Shape:
        """The shape that a link keeps, or the settings of the moment for one that has none."""
        return shape_of(self.settings, link.origin, self.locale, link.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One item and its copy, as they are looked at now.

    `prefer` is a person's choice of side, in an overlap with the link `rival`; `again` a person's or the queue's wish
    to try what was refused. `others_free` answers Need.OTHERS. `twin`: the copy is known by its time alone.
    """

    link: Link
    origin: Sight
    copy: Sight
    prefer: Side | None = None
    rival: str = ""
    again: bool = False
    others_free: bool | None = None
    twin: bool = False

    def side(self, side: Side) -> Sight:
        return self.origin if side is self.link.origin else self.copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about one item and what to remember once it is done. `link` None: forget it.

    `conflict` is the item's own conflict, if any; overlaps follow from the picture. `target` is the slot of another
    resource that must be looked at (Need.OTHERS). `dropped` names the fields of the copy that a person changed in vain.
    """

    rule: Rule
    link: Link | None
    writes: tuple[Write, ...] = ()
    need: Need | None = None
    conflict: Conflict | None = None
    target: Span | None = None
    dropped: tuple[str, ...] = ()


def face_of(item: Item, key: str, zone: ZoneInfo, text: Draft | None = None) -> Face:
    """What to remember of an item. For an origin, `text` is what its copy shall say."""
    event = item if isinstance(item, Event) else None
    return Face(
        id=item.id,
        version=item.version,
        span=span_of(item.when, zone),
        all_day=isinstance(item.when, Days),
        title=fingerprint(key, text.title if text else item.title),
        notes=fingerprint(key, text.notes if text else item.notes),
        organizer=event.organizer if event else True,
        attendees=event.attendees if event else False,
        joint=isinstance(item, Booking) and (item.connected or item.group),
    )


def new_link(ctx: Context, item: Item) -> Link:
    """The link of an origin item that was never seen before: it stands in its calendar, nothing is decided yet."""
    blank = Face(id=item.id, version="", span=span_of(item.when, ctx.zone))
    key = link_key(ctx.resource_id, item.side, item.id)
    return refreshed(ctx, Link(key=key, origin=item.side, state=LinkState.SEEN, source=blank), item, UNREAD)


def refreshed(ctx: Context, link: Link, origin: Sight, copy: Sight) -> Link:
    """The link with both faces as they look now. Its base keeps the times of the last agreement while they differ."""
    result = link
    if isinstance(origin, Event | Booking):
        shape = ctx.shape(link)
        result = replace(
            result,
            source=face_of(origin, link.key, ctx.zone, expected(origin, shape, ctx.zone)),
            unit=origin.unit or "",
            busy=occupies(origin, shape, ctx.zone),
            anonymous=is_anonymous(origin, shape),
        )
    if isinstance(copy, Event | Booking):
        result = replace(result, copy=face_of(copy, link.key, ctx.zone))
    if link.copy is None or result.copy is None:
        return replace(result, base=None)
    base = link.base or (link.source.span, link.copy.span)
    return replace(result, base=None if base == (result.source.span, result.copy.span) else base)


def nothing_new(ctx: Context, case: Case) -> bool:
    """Is the case an echo: both sides agreed, and what was seen of them is what we remember?"""
    link, wished = case.link, case.again or case.prefer is not None
    if wished or GONE in (case.origin, case.copy) or link.state is not LinkState.LINKED or link.base or link.reason:
        return False
    return refreshed(ctx, link, case.origin, case.copy) == link


def settled(ctx: Context, link: Link, write: Write, receipt: Item) -> Link:
    """The link after one write, from what the provider returned.

    A field that was not written keeps its old fingerprint, for somebody may have changed it just before: the next
    decision sees the difference.
    """
    change = write.change if isinstance(write, Update) else Change()
    if write.side is not link.origin:
        return _copy_settled(link, change, face_of(receipt, link.key, ctx.zone), made=isinstance(write, Create))
    now = refreshed(ctx, replace(link, copy=None), receipt, UNREAD)
    assert link.copy is not None
    became = now.source.title if change.title is not None and now.source.title == link.copy.title else link.source.title
    source = replace(now.source, title=became, notes=link.source.notes)
    base = link.base or _base_of_surprise(link, source.span, link.source.span)
    return replace(now, source=source, copy=link.copy, base=(base[0], link.copy.span) if change.when and base else base)


def _copy_settled(link: Link, change: Change, copy: Face, *, made: bool) -> Link:
    was = link.copy
    if made or was is None:
        return replace(link, copy=copy)
    title = was.title if change.title is None else copy.title
    notes = was.notes if change.notes is None else copy.notes
    base = link.base or _base_of_surprise(link, copy.span, was.span)
    arrived = change.when is not None and copy.span == change.when
    return replace(link, copy=replace(copy, title=title, notes=notes), base=None if arrived else base)


def _base_of_surprise(link: Link, now: Span, was: Span) -> tuple[Span, Span] | None:
    """Somebody moved the item just before our write: the times of the last agreement are those before it."""
    return (link.source.span, link.copy.span) if link.copy and now != was else None
