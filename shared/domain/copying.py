"""Items without a copy: one to be made, one to be made again, or an origin that goes because its copy was deleted."""

from dataclasses import replace

from shared.domain.cases import Case, Context, Create, Decision, Delete, Need, face_of
from shared.domain.choices import may_follow
from shared.domain.items import Booking, Event, Side
from shared.domain.links import Link, LinkState
from shared.domain.obstacles import held, no_room, own_conflict
from shared.domain.picture import Picture, collide
from shared.domain.rules import Rule
from shared.domain.settings import DeletedInOutlook, Direction
from shared.domain.shape import expected

_TRIES_AGAIN_BY_ITSELF = (Rule.HELD_OVERLAP, Rule.HELD_WORKING_TIME)
_COPY_WAS_DELETED = (
    Rule.HELD_COPY_DELETED,
    Rule.HELD_GROUP_BOOKING_EDIT,
    Rule.HELD_SERIES_EDIT,
    Rule.HELD_NOT_ORGANIZER,
    Rule.HELD_WOULD_NOTIFY,
)
"""Why an item without a copy is held when its copy was there and somebody deleted it."""


def origin_changed(case: Case, now: Link) -> bool:
    """Was the origin read, and is anything of it different that its copy would show?"""
    if not isinstance(case.origin, Event | Booking):
        return False
    was, is_ = case.link.source, now.source
    return (was.span, was.title, was.notes) != (is_.span, is_.title, is_.notes)


def without_copy(ctx: Context, case: Case, now: Link, picture: Picture) -> Decision:
    """There is no copy yet, or we do not know of it."""
    if now.state is LinkState.HELD and now.reason in _COPY_WAS_DELETED and not origin_changed(case, now):
        if case.prefer is now.origin.other:
            return _origin_goes(case, now)
        if case.again and case.prefer is None and not _guests_are_gone(now):
            return copy_gone(ctx, case, now, picture)
    waiting = now.state is LinkState.HELD and now.reason not in _TRIES_AGAIN_BY_ITSELF
    if waiting and not (case.again or case.prefer or origin_changed(case, now) or _guests_are_gone(now)):
        return Decision(rule=Rule.UNCHANGED, link=now, conflict=own_conflict(now))
    if now.state is LinkState.SEEN and not isinstance(case.origin, Event | Booking):
        return Decision(rule=Rule.UNCHANGED, link=now)
    return _make(ctx, case, now, picture, Rule.COPIED)


def _was_not_followed(case: Case, now: Link) -> bool:
    """Has the origin changed since both agreed, its copy could not follow, and nobody chose the copy's side?"""
    moved = now.base is not None and now.base[0] != now.source.span
    return case.prefer is None and (moved or now.reason == Rule.HELD_REFUSED)


def _guests_are_gone(now: Link) -> bool:
    """Was the event spared for the sake of people who are not invited any more? Somebody cares for it: it is alive."""
    return now.reason == Rule.HELD_WOULD_NOTIFY and now.origin is Side.OUTLOOK and not now.source.attendees


def copy_gone(ctx: Context, case: Case, now: Link, picture: Picture) -> Decision:
    """Somebody deleted the copy."""
    again = replace(now, copy=None, base=None, generation=now.generation + 1)
    if not ctx.settings.direction.allows(now.origin):
        return Decision(rule=Rule.WAY_CLOSED, link=_at_rest(again, Rule.DIRECTION))
    if ctx.settings.direction is not Direction.TWO_WAY:
        return _make(ctx, case, again, picture, Rule.PUT_BACK)
    if case.prefer is now.origin or ctx.keep or origin_changed(case, now) or _was_not_followed(case, now):
        return _make(ctx, case, again, picture, Rule.RESTORED)
    if now.origin is Side.OUTLOOK:
        return _event_goes(again, Rule.COPY_DELETED)
    if now.source.span.end <= ctx.now:
        return Decision(rule=Rule.PAST, link=_at_rest(again, Rule.PAST))
    if ctx.settings.timify_to_outlook.deleted_in_outlook is DeletedInOutlook.RESTORE_COPY:
        return _make(ctx, case, again, picture, Rule.RESTORED)
    if ctx.settings.timify_to_outlook.deleted_in_outlook is DeletedInOutlook.ASK and isinstance(case.origin, Booking):
        return held(again, Rule.HELD_COPY_DELETED)
    return _booking_goes(case, again)


def still_decided(case: Case, now: Link, picture: Picture) -> Case:
    """The case without a person's choice in an overlap that is none any more. The item that was chosen keeps it where
    the other one is gone."""
    rival = picture.get(case.rival)
    stands = collide(now, rival) if rival is not None else case.prefer is now.origin
    return case if stands or not case.rival else replace(case, prefer=None, rival="")


def given_up(ctx: Context, case: Case, now: Link, picture: Picture) -> Decision | None:
    """A person decided an overlap for the item of the other side: this one goes.

    None where nothing was decided against it, and where it was moved: then it goes back as any choice of side says.
    """
    rival = picture.get(case.rival)
    if rival is None or case.prefer is not rival.origin or rival.origin is now.origin or now.base is not None:
        return None
    if ctx.settings.direction is not Direction.TWO_WAY or not may_follow(now):
        return None
    if now.origin is Side.TIMIFY and now.source.span.end <= ctx.now:
        return None
    return _origin_goes(case, now)


def _make(ctx: Context, case: Case, now: Link, picture: Picture, rule: Rule) -> Decision:
    target = now.source.span.outwards() if now.origin is Side.OUTLOOK else now.source.span
    obstacle = no_room(ctx, case, now, target, picture)
    if obstacle is not None:
        return held(now, obstacle)
    if not isinstance(case.origin, Event | Booking):
        return Decision(rule=rule, link=case.link, need=Need.ORIGIN)
    shape = ctx.shape(now)
    draft = expected(case.origin, shape, ctx.zone)
    link = replace(
        now,
        state=LinkState.INTENDED,
        shape=shape.encode(),
        source=face_of(case.origin, now.key, ctx.zone, draft),
        twin=False,
        reason="",
    )
    return Decision(rule=rule, link=link, writes=(Create(now.origin.other, draft),))


def _at_rest(link: Link, rule: Rule) -> Link:
    return replace(link, state=LinkState.SEEN, reason=rule, shape="")


def _origin_goes(case: Case, now: Link) -> Decision:
    """A person decided against the origin."""
    if now.origin is Side.OUTLOOK:
        return _event_goes(now, Rule.KEPT_BY_CHOICE)
    return _booking_goes(case, now, Rule.KEPT_BY_CHOICE)


def _event_goes(now: Link, rule: Rule) -> Decision:
    """The copy of an Outlook event was deleted in TIMIFY: the event goes too, unless somebody would get mail."""
    if not now.source.organizer:
        return held(now, Rule.HELD_NOT_ORGANIZER)
    if now.source.attendees:
        return held(now, Rule.HELD_WOULD_NOTIFY)
    return Decision(rule=rule, link=None, writes=(Delete(Side.OUTLOOK),))


def _booking_goes(case: Case, now: Link, rule: Rule = Rule.BOOKING_CANCELLED) -> Decision:
    """A booking is cancelled and TIMIFY tells its customer. It is read before."""
    booking = case.origin
    if not isinstance(booking, Booking):
        return Decision(rule=Rule.COPY_DELETED, link=case.link, need=Need.ORIGIN)
    if booking.connected:
        return held(now, Rule.HELD_SERIES_EDIT)
    if booking.group and case.prefer is None:
        return held(now, Rule.HELD_GROUP_BOOKING_EDIT)
    return Decision(rule=rule, link=None, writes=(Delete(Side.TIMIFY, notify=True),))
