"""What a decision about a conflict would do, said of this very one: which item goes, and what goes back to where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.items import Side
from shared.domain.links import Link
from shared.domain.spans import Span
from shared.words.speech import Speech


@dataclass(frozen=True, slots=True)
class Effect:
    """`sure` is the button that confirms it; "" where nothing is deleted or cancelled."""

    text: str
    sure: str = ""


def effect(side: Side, conflict: Conflict, links: Mapping[str, Link], now: datetime, say: Speech) -> Effect | None:
    """What keeping a side would do; None where no more than the general rule can be said."""
    if conflict.kind is ConflictKind.OVERLAP and conflict.other:
        return _of_pair(side, [links[key] for key in conflict.parties if key in links], now, say)
    if side is Side.TIMIFY and conflict.timify:
        return _timify_holds(conflict, conflict.timify, say)
    if side is Side.OUTLOOK:
        return _outlook_holds(conflict, say)
    return None


def _of_pair(side: Side, pair: list[Link], now: datetime, say: Speech) -> Effect | None:
    """As `shared.domain.copying.given_up` decides: what was moved goes back, anything else of the other side goes."""
    if len(pair) < 2:
        return None
    one, other = pair
    yields = [each for each in pair if each.base] if one.origin is other.origin else _others(side, pair)
    effects = [_of_item(side, link, now, say) for link in yields]
    if not effects:
        return None
    stays = say("TIMIFY stays as it is.") if side is Side.TIMIFY else say("Outlook stays as it is.")
    sure = next((each.sure for each in effects if each.sure), "")
    return Effect(" ".join([*(each.text for each in effects), stays]), sure)


def _others(side: Side, pair: list[Link]) -> list[Link]:
    return [link for link in pair if link.origin is not side]


def _of_item(side: Side, link: Link, now: datetime, say: Speech) -> Effect:
    when, back = _when(link, say), link.face(side)
    if link.base is not None and back is not None:
        to = say.moment(back.span.start)
        if link.origin is side:
            return Effect(say("The copy in Outlook goes back to %(to)s.", to=to))
        if link.origin is Side.OUTLOOK:
            return Effect(say("The Outlook event of %(when)s goes back to %(to)s.", when=when, to=to))
        return Effect(say("The booking of %(when)s goes back to %(to)s.", when=when, to=to))
    if link.origin is Side.OUTLOOK:
        return Effect(say("The Outlook event of %(when)s will be deleted.", when=when), say("Delete the event"))
    if link.source.span.end <= now:
        return Effect(say("The booking of %(when)s is over: it is not cancelled.", when=when))
    return _cancelled(link.source.span, say)


def _timify_holds(conflict: Conflict, timify: Span, say: Speech) -> Effect | None:
    when = say.moment(timify.start)
    if conflict.kind is ConflictKind.OUTSIDE_WORKING_TIME:
        return Effect(say("What was moved in Outlook goes back to %(when)s.", when=when))
    if conflict.kind in (ConflictKind.WOULD_NOTIFY_ATTENDEES, ConflictKind.NOT_ORGANIZER, ConflictKind.REFUSED):
        return None
    if conflict.outlook:
        moved = say("The copy in Outlook goes back to %(to)s.", to=when)
    else:
        moved = say("The copy of the booking of %(when)s is made again in Outlook.", when=when)
    return Effect(f"{moved} {say('TIMIFY stays as it is.')}")


def _outlook_holds(conflict: Conflict, say: Speech) -> Effect | None:
    kind, outlook, timify = conflict.kind, conflict.outlook, conflict.timify
    if kind is ConflictKind.COPY_DELETED and timify:
        return _cancelled(timify, say)
    if kind is ConflictKind.GROUP_BOOKING_EDIT and timify:
        when = say.moment(timify.start)
        if outlook is None:
            gone = say(
                "The group booking of %(when)s will be cancelled for everybody in it, and TIMIFY tells them.", when=when
            )
            return Effect(gone, say("Cancel the booking"))
        return Effect(
            say(
                "The group booking of %(when)s moves to %(to)s for everybody in it, and TIMIFY tells them.",
                when=when,
                to=say.moment(outlook.start),
            )
        )
    if outlook is None:
        return None
    when = say.moment(outlook.start)
    if kind is ConflictKind.OUTSIDE_WORKING_TIME:
        return Effect(say("TIMIFY takes over Outlook's time, %(when)s, outside the working times.", when=when))
    if kind is ConflictKind.NOT_ORGANIZER:
        back = say("The copy in TIMIFY goes back to %(to)s, or is made again there.", to=when)
        return Effect(f"{back} {say('Outlook stays as it is.')}")
    return None


def _cancelled(span: Span, say: Speech) -> Effect:
    text = say("The booking of %(when)s will be cancelled, and TIMIFY tells the customer.", when=say.moment(span.start))
    return Effect(text, say("Cancel the booking"))


def _when(link: Link, say: Speech) -> str:
    start = link.source.span.start
    return say.weekday(start) if link.source.all_day else say.moment(start)
