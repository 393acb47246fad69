"""Both sides are there: what changed since they last agreed, whose value holds, and what has to be written."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from shared.domain.cases import Case, Context, Decision, Need, Update, Write
from shared.domain.items import Booking, Change, Event, Side
from shared.domain.links import Link, LinkState
from shared.domain.obstacles import held, no_room, no_room_in_timify
from shared.domain.picture import Picture
from shared.domain.rules import Rule
from shared.domain.settings import Direction, OutlookToTimify
from shared.domain.shape import expected, says_something
from shared.domain.spans import GRID, Span, When, dragged_days

_NOTHING = Change()
_NEVER = Span(datetime(1900, 1, 1, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one aspect (time or text) wants: changes to either side, or why nothing may be written.

    `agreed`: both sides came to the same by themselves. `dropped` names what people changed on both sides, differently:
    the origin's value holds.
    """

    rule: Rule = Rule.AGREED
    copy: Change = _NOTHING
    origin: Change = _NOTHING
    need: Need | None = None
    target: Span | None = None
    hold: Rule | None = None
    agreed: bool = False
    dropped: tuple[str, ...] = ()


def adopt(ctx: Context, case: Case, now: Link, picture: Picture) -> Decision:
    """A copy of ours was found or just made: link it, and let the origin put right what differs."""
    if now.state is LinkState.SEEN and not isinstance(case.origin, Event | Booking):
        return Decision(rule=Rule.UNCHANGED, link=now)
    assert now.copy is not None
    target = now.source.span.outwards() if now.origin is Side.OUTLOOK else now.source.span
    base = None if now.copy.span == target else (_NEVER, now.copy.span)
    link = replace(now, state=LinkState.LINKED, base=base, reason="", shape=ctx.shape(now).encode())
    decision = agree(ctx, replace(case, link=link), link, picture, adopting=True)
    return replace(decision, rule=Rule.ADOPTED) if not decision.writes and base is None else decision


def agree(ctx: Context, case: Case, now: Link, picture: Picture, *, adopting: bool = False) -> Decision:
    """Both are there: settle their times and their texts."""
    if not ctx.settings.direction.allows(now.origin):
        return way_closed(ctx, case, now)
    if _still_held(now) and not isinstance(case.origin, Event | Booking):
        if now == case.link and not (case.again or case.prefer):
            return held(now, Rule(now.reason))
        return Decision(rule=Rule(now.reason), link=case.link, need=Need.ORIGIN)
    time = _time(ctx, case, now, picture)
    text = _text(ctx, case, now, adopting=adopting)
    for wish in (time, text):
        if wish.need is not None:
            return Decision(rule=wish.rule, link=case.link, need=wish.need, target=wish.target)
    return _decide(ctx, case, now, time, text)


def way_closed(ctx: Context, case: Case, now: Link) -> Decision:
    """The copy is left alone. Its text is remembered as it was, so that an edit shows once the way is open again."""
    was, copy = case.link.copy, now.copy
    if was is not None and copy is not None:
        copy = replace(copy, title=was.title, notes=was.notes)
    link = replace(now, state=LinkState.LINKED, reason="", copy=copy, shape=ctx.shape(now).encode())
    return Decision(rule=Rule.WAY_CLOSED, link=link)


def _decide(ctx: Context, case: Case, now: Link, time: Wish, text: Wish) -> Decision:
    copy, origin = _merged(time.copy, text.copy), _merged(time.origin, text.origin)
    hold = time.hold or text.hold
    if now.copy and now.copy.attendees and copy.fields:
        hold, copy = hold if case.prefer is Side.OUTLOOK else Rule.HELD_WOULD_NOTIFY, _NOTHING
    writes: tuple[Write, ...] = tuple(
        Update(side, change) for side, change in ((now.origin, origin), (now.origin.other, copy)) if change.fields
    )
    if hold is not None and not writes:
        return held(now, hold)
    link = replace(now, base=None if time.agreed else now.base, reason=hold or "")
    rule = time.rule if time.rule is not Rule.AGREED else text.rule
    dropped = (*time.dropped, *text.dropped) if copy.fields else ()
    if dropped:
        rule = Rule.ORIGIN_WINS
    if not writes and rule is Rule.AGREED and not (time.agreed or text.agreed):
        rule = Rule.UNCHANGED if link == case.link else Rule.NO_EFFECT
    return Decision(rule=rule, link=link, writes=writes, dropped=dropped)


def _still_held(now: Link) -> bool:
    """Is there a reason that the faces do not show, so that only a look at the origin can tell whether it is over?"""
    return now.reason == Rule.HELD_REFUSED or (now.reason == Rule.HELD_WOULD_NOTIFY and now.base is None)


def _merged(one: Change, other: Change) -> Change:
    return Change(
        when=one.when or other.when,
        title=other.title if one.title is None else one.title,
        notes=other.notes if one.notes is None else one.notes,
    )


# -- time --------------------------------------------------------------------------------------------------------


def _time(ctx: Context, case: Case, now: Link, picture: Picture) -> Wish:
    if now.base is None or now.copy is None:
        return Wish()
    origin_moved, copy_moved = now.source.span != now.base[0], now.copy.span != now.base[1]
    target = now.source.span.outwards() if now.origin is Side.OUTLOOK else now.source.span
    if now.copy.span == target:
        return Wish(agreed=True)
    if case.prefer is not None:
        origin_moved, copy_moved = case.prefer is now.origin, case.prefer is not now.origin
    if copy_moved and not origin_moved and ctx.settings.direction is Direction.TWO_WAY:
        return _origin_follows(ctx, case, now, picture)
    room = no_room(ctx, case, now, target, picture)
    if room is not None:
        return Wish(hold=room)
    dropped = ("when",) if origin_moved and copy_moved else ()
    return Wish(rule=Rule.FOLLOWED_ORIGIN if origin_moved else Rule.PUT_BACK, copy=Change(when=target), dropped=dropped)


def _origin_follows(ctx: Context, case: Case, now: Link, picture: Picture) -> Wish:
    """Only the copy was moved: the origin goes with it, where it may."""
    if now.origin is Side.OUTLOOK:
        guard = _event_guard(now)
        if guard is not None:
            return Wish(hold=guard)
        return Wish(rule=Rule.FOLLOWED_COPY, origin=Change(when=_event_time(ctx, now)))
    if not isinstance(case.origin, Booking):
        return Wish(rule=Rule.FOLLOWED_COPY, need=Need.ORIGIN)
    return _booking_follows(ctx, case, case.origin, now, picture)


def _booking_follows(ctx: Context, case: Case, booking: Booking, now: Link, picture: Picture) -> Wish:
    if booking.connected:
        return Wish(hold=Rule.HELD_SERIES_EDIT)
    if booking.group and case.prefer is None:
        return Wish(hold=Rule.HELD_GROUP_BOOKING_EDIT)
    target = _booking_time(now)
    if target == now.source.span:  # moved by less than the grid knows
        return Wish(rule=Rule.PUT_BACK, copy=Change(when=target))
    room = no_room_in_timify(ctx, case, now, target, picture)
    if room is not None:
        return Wish(hold=room)
    if len(booking.resource_ids) > 1 and case.others_free is None:
        return Wish(rule=Rule.FOLLOWED_COPY, need=Need.OTHERS, target=target)
    if case.others_free is False:
        return Wish(hold=Rule.HELD_OTHER_RESOURCE)
    return Wish(rule=Rule.FOLLOWED_COPY, origin=Change(when=target))


def _event_guard(now: Link) -> Rule | None:
    """Why an Outlook event must not be changed for the sake of its copy."""
    if not now.source.organizer:
        return Rule.HELD_NOT_ORGANIZER
    return Rule.HELD_WOULD_NOTIFY if now.source.attendees else None


def _event_time(ctx: Context, now: Link) -> When:
    """Where an event goes when its copy was moved: each edge by as much as the copy's, so rounding moves nothing."""
    assert now.base is not None
    assert now.copy is not None
    moved = Span(
        now.source.span.start + (now.copy.span.start - now.base[1].start),
        now.source.span.end + (now.copy.span.end - now.base[1].end),
    )
    exact = moved if not moved.empty and moved.outwards() == now.copy.span else now.copy.span
    return (dragged_days(now.source.span, exact, ctx.zone) if now.source.all_day else None) or exact


def _booking_time(now: Link) -> Span:
    """Where a booking goes when its copy was moved: on the grid, and as long as before if only moved."""
    assert now.base is not None
    assert now.copy is not None
    wanted, was = now.copy.span, now.base[1]
    if wanted.end - wanted.start != was.end - was.start:
        return wanted.outwards()
    surplus = (wanted.start - datetime(1970, 1, 1, tzinfo=UTC)) % GRID
    return wanted.shifted(-surplus if surplus < timedelta(minutes=2, seconds=30) else GRID - surplus)


# -- text --------------------------------------------------------------------------------------------------------


def _text(ctx: Context, case: Case, now: Link, *, adopting: bool) -> Wish:
    before = case.link
    if now.copy is None or before.copy is None:
        return Wish()
    news = {name: _news(name, before, now, adopting=adopting) for name in ("title", "notes")}
    (title_new, title_edited), (notes_new, notes_edited) = news.values()
    dropped = tuple(name for name, (new, edited) in news.items() if new and edited)
    two_way = ctx.settings.direction is Direction.TWO_WAY
    copy = case.copy if isinstance(case.copy, Event | Booking) else None
    wanted = copy is not None and two_way and title_edited and not title_new and says_something(copy.title)
    if copy and wanted and _title_may_flow_back(ctx, now):
        put = _put(ctx, case, now, title=False, notes=notes_new)
        return Wish(rule=Rule.FOLLOWED_COPY, origin=Change(title=copy.title), copy=put, dropped=dropped)
    put_title = title_new or (title_edited and (not two_way or now.origin is Side.OUTLOOK))
    put_notes = notes_new or (notes_edited and not two_way)
    if not (put_title or put_notes):
        kept = title_edited or notes_edited
        return Wish(rule=Rule.COPY_TEXT_KEPT if kept else Rule.AGREED, agreed=_came_together(before, now))
    if not isinstance(case.origin, Event | Booking):
        return Wish(rule=Rule.PUT_BACK, need=Need.ORIGIN)
    rule = Rule.FOLLOWED_ORIGIN if title_new or notes_new else Rule.PUT_BACK
    return Wish(rule=rule, copy=_put(ctx, case, now, title=put_title, notes=put_notes), dropped=dropped)


def _news(name: str, before: Link, now: Link, *, adopting: bool) -> tuple[bool, bool]:
    """Is this text of the origin new, and was the copy's edited? Neither where both say the same, whoever wrote it."""
    source, copy = getattr(now.source, name), getattr(now.copy, name)
    if source == copy:
        return False, False
    return source != (copy if adopting else getattr(before.source, name)), copy != getattr(before.copy, name)


def _came_together(before: Link, now: Link) -> bool:
    """Was a text changed to the same on both sides?"""
    return any(
        getattr(before.source, name) != getattr(now.source, name) == getattr(now.copy, name)
        and getattr(before.copy, name) != getattr(now.copy, name)
        for name in ("title", "notes")
    )


def _title_may_flow_back(ctx: Context, now: Link) -> bool:
    """The title of an Outlook event may be edited in TIMIFY too, where it is shown and nobody gets mail of it."""
    part = ctx.shape(now).part
    shown = isinstance(part, OutlookToTimify) and bool(part.event_name) and not now.anonymous
    return now.origin is Side.OUTLOOK and shown and _event_guard(now) is None


def _put(ctx: Context, case: Case, now: Link, *, title: bool, notes: bool) -> Change:
    if not isinstance(case.origin, Event | Booking):
        return _NOTHING
    draft = expected(case.origin, ctx.shape(now), ctx.zone)
    return Change(title=draft.title if title else None, notes=draft.notes if notes else None)
