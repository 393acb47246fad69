"""What keeps an item from being written: no room, no working time, or a rule that asks for a person."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from shared.domain.accounts import WorkingTimes
from shared.domain.cases import Case, Context, Decision
from shared.domain.choices import keeps
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.items import Side
from shared.domain.links import Link, LinkState
from shared.domain.picture import Picture
from shared.domain.rules import Rule
from shared.domain.settings import WhenBusy, WorkingTimesRule
from shared.domain.spans import Span

_OWN_KINDS = {
    Rule.HELD_WORKING_TIME: ConflictKind.OUTSIDE_WORKING_TIME,
    Rule.HELD_SERIES_EDIT: ConflictKind.SERIES_EDIT,
    Rule.HELD_GROUP_BOOKING_EDIT: ConflictKind.GROUP_BOOKING_EDIT,
    Rule.HELD_NOT_ORGANIZER: ConflictKind.NOT_ORGANIZER,
    Rule.HELD_WOULD_NOTIFY: ConflictKind.WOULD_NOTIFY_ATTENDEES,
    Rule.HELD_COPY_DELETED: ConflictKind.COPY_DELETED,
    Rule.HELD_REFUSED: ConflictKind.REFUSED,
    Rule.HELD_OTHER_RESOURCE: ConflictKind.OVERLAP,
}


def held(now: Link, rule: Rule, detail: str = "") -> Decision:
    """Nothing is written; the conflict says why. Overlaps have none of their own: they follow from the picture."""
    state = LinkState.HELD if now.copy is None else LinkState.LINKED
    link = replace(now, state=state, reason=rule)
    return Decision(rule=rule, link=link, conflict=own_conflict(link, detail))


def own_conflict(link: Link, detail: str = "") -> Conflict | None:
    """The conflict that a link's reason stands for; None for reasons that are none."""
    kind = _OWN_KINDS.get(Rule(link.reason)) if link.reason in Rule else None
    if kind is None:
        return None
    sides = {link.origin: link.source.span, link.origin.other: link.copy.span if link.copy else None}
    return Conflict(
        kind=kind,
        item=link.key,
        outlook=sides[Side.OUTLOOK],
        timify=sides[Side.TIMIFY],
        detail=detail,
        keeps=keeps(link, Rule(link.reason)),
    )


def no_room(ctx: Context, case: Case, now: Link, target: Span, picture: Picture) -> Rule | None:
    """Why the copy of `now` cannot stand at `target`; None when it can."""
    if now.origin is Side.OUTLOOK:
        return no_room_in_timify(ctx, case, now, target, picture)
    hold = ctx.settings.timify_to_outlook.when_busy is WhenBusy.HOLD
    return Rule.HELD_OVERLAP if hold and picture.in_outlook(target, but=now.key) else None


def no_room_in_timify(ctx: Context, case: Case, now: Link, target: Span, picture: Picture) -> Rule | None:
    """Why TIMIFY has no room at `target` for an item: TIMIFY never holds two things in one slot.

    Working times are waived where a person decides for Outlook's time.
    """
    if picture.in_timify(target, but=now.key):
        return Rule.HELD_OVERLAP
    enforced = ctx.settings.outlook_to_timify.working_times is WorkingTimesRule.ENFORCE and (
        case.prefer is not Side.OUTLOOK
    )
    return Rule.HELD_WORKING_TIME if enforced and not works_at(ctx.working_times, target, ctx.zone) else None


def works_at(times: WorkingTimes, span: Span, zone: ZoneInfo) -> bool:
    """Does `span` lie within one working stretch of a local day? Unknown working times count as all day."""
    if len(times) != 7:
        return True
    start, end = span.start.astimezone(zone), span.end.astimezone(zone)
    days = (end.date() - start.date()).days
    until = "24:00" if days == 1 and f"{end:%H:%M}" == "00:00" else f"{end:%H:%M}"
    if days > 0 and until != "24:00":
        return False
    return any(begin <= f"{start:%H:%M}" and until <= stop for begin, stop in times[start.isoweekday() % 7])
