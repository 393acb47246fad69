"""The planner: one item and its copy in, one decision out. Pure and total; every rule of the sync is decided here.

After the writes of a decision the planner is asked again, with the providers' receipts in the place of the items,
until it wants nothing more: what we remember is always what the provider said, and nothing loops.
"""

from dataclasses import replace

from shared.domain.agreeing import adopt, agree, way_closed
from shared.domain.cases import GONE, Case, Context, Decision, Delete, refreshed
from shared.domain.copying import copy_gone, given_up, origin_changed, still_decided, without_copy
from shared.domain.items import Booking, Event, Side
from shared.domain.links import Link, LinkState, orphan_of
from shared.domain.obstacles import held
from shared.domain.picture import Picture
from shared.domain.rules import Rule
from shared.domain.shape import stays

_STAYS_AS_FIRST_DECIDED = (
    Rule.FREE,
    Rule.TENTATIVE,
    Rule.WORKING_ELSEWHERE,
    Rule.ALL_DAY,
    Rule.PRIVATE,
    Rule.PAST,
)


def plan(ctx: Context, case: Case, picture: Picture) -> Decision:
    """Decide about one item and its copy. Total: any combination of sights has an answer."""
    now = refreshed(ctx, case.link, case.origin, case.copy)
    if case.copy is GONE and not now.source.id:
        return Decision(rule=Rule.ORPHAN, link=None)
    if case.origin is GONE:
        return _origin_gone(ctx, case, now)
    if isinstance(case.origin, Event | Booking):
        kept = _kept_on_its_side(ctx, case, now)
        if kept is not None:
            return kept
    case = still_decided(case, now, picture)
    decided = given_up(ctx, case, now, picture)
    if decided is not None:
        return decided
    if now.copy is None:
        return without_copy(ctx, case, now, picture)
    if case.copy is GONE:
        return copy_gone(ctx, case, now, picture)
    if case.twin and now.state is LinkState.SEEN:
        pair = replace(now, state=LinkState.LINKED, shape=ctx.shape(now).encode(), twin=True, reason="")
        return Decision(rule=Rule.ADOPTED, link=pair)
    if now.state is not LinkState.LINKED:
        return adopt(ctx, case, now, picture)
    return agree(ctx, case, now, picture)


def _origin_gone(ctx: Context, case: Case, now: Link) -> Decision:
    if case.copy is GONE or now.copy is None:
        return Decision(rule=Rule.ORIGIN_DELETED, link=None)
    if ctx.keep or (now.copy.attendees and case.prefer is Side.OUTLOOK):
        return Decision(rule=Rule.KEPT_BY_CHOICE, link=orphan_of(now))
    return _copy_goes(now, Rule.ORIGIN_DELETED, None)


def _kept_on_its_side(ctx: Context, case: Case, now: Link) -> Decision | None:
    """The decision for an item that is not to be copied; None when it travels."""
    has_copy = now.copy is not None and case.copy is not GONE
    rule = _why_kept(ctx, case, now, has_copy=has_copy)
    if rule is None:
        return None
    if rule is Rule.DIRECTION and has_copy and not origin_changed(case, now):
        return way_closed(ctx, case, now)
    at_rest = replace(now, state=LinkState.SEEN, reason=rule, copy=None, base=None, shape="")
    return _copy_goes(now, rule, at_rest) if has_copy else Decision(rule=rule, link=at_rest)


def _why_kept(ctx: Context, case: Case, now: Link, *, has_copy: bool) -> Rule | None:
    assert isinstance(case.origin, Event | Booking)
    first = Rule(case.link.reason) if case.link.state is LinkState.SEEN and case.link.reason in Rule else None
    if first in _STAYS_AS_FIRST_DECIDED and case.link.source.version == now.source.version and not case.again:
        return first
    rule = stays(case.origin, ctx.shape(now), ctx.zone)
    if rule is not None:
        return rule
    if not ctx.settings.direction.allows(now.origin):
        return Rule.DIRECTION
    fresh = not has_copy and now.state in (LinkState.SEEN, LinkState.HELD)
    return Rule.OUTSIDE_WINDOW if fresh and not now.source.span.touches(ctx.window) else None


def _copy_goes(now: Link, rule: Rule, at_rest: Link | None) -> Decision:
    """Delete our copy, unless somebody invited people to it: it could only go with mail, so a person decides."""
    if now.copy and now.copy.attendees:
        return held(now, Rule.HELD_WOULD_NOTIFY)
    return Decision(rule=rule, link=at_rest, writes=(Delete(now.origin.other),))
