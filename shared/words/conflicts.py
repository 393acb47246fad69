"""Conflicts in words: a short name for each kind, what people can do about it, and what each decision would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.items import Side
from shared.domain.links import Link
from shared.words import log_lines
from shared.words.effects import Effect, effect
from shared.words.log_lines import CONFLICTS, RULES
from shared.words.speech import Speech

TITLES: dict[ConflictKind, str] = {
    ConflictKind.OVERLAP: "Two things at the same time",
    ConflictKind.OUTSIDE_WORKING_TIME: "Outside the working times",
    ConflictKind.SERIES_EDIT: "One date of a series was changed in Outlook",
    ConflictKind.GROUP_BOOKING_EDIT: "A group booking was changed in Outlook",
    ConflictKind.NOT_ORGANIZER: "Somebody else's meeting was changed in TIMIFY",
    ConflictKind.WOULD_NOTIFY_ATTENDEES: "Guests would get mail from Outlook",
    ConflictKind.COPY_DELETED: "The copy of a booking was deleted in Outlook",
    ConflictKind.REFUSED: "A calendar refused the change",
}

ADVICE: dict[ConflictKind, str] = {
    ConflictKind.OVERLAP: "Move or delete one of the two in its calendar.",
    ConflictKind.OUTSIDE_WORKING_TIME: "Move the event in Outlook into the working times.",
    ConflictKind.SERIES_EDIT: "Undo the change in Outlook, or change the series in TIMIFY.",
    ConflictKind.GROUP_BOOKING_EDIT: "Undo the change in Outlook, or change the group booking in TIMIFY.",
    ConflictKind.NOT_ORGANIZER: "Undo the change in TIMIFY, or answer the organizer in Outlook.",
    ConflictKind.WOULD_NOTIFY_ATTENDEES: "Undo the change in TIMIFY, or make it in Outlook, where "
    "you see who gets mail.",
    ConflictKind.COPY_DELETED: "Restore the event in Outlook, or cancel the booking in TIMIFY.",
    ConflictKind.REFUSED: "Change the time or the title a little, then look again.",
}
"""What the people of the calendars can do by themselves, without this page."""

BUTTONS = {
    "retry": "Retry",
    "keep_timify": "Keep TIMIFY's",
    "keep_outlook": "Keep Outlook's",
    "ignore": "Ignore",
}

_EFFECTS = {
    "retry": "Both sides are looked at anew and decided by the same rules. Nothing is forced.",
    "ignore": "Both stay as they are, and nothing is written. The conflict still goes when its reason does.",
}

_BACK = "The copy in Outlook goes back to where it was, or is made again. TIMIFY stays as it is."
_RETURN = "The copy in TIMIFY goes back to where it was, or is made again. Outlook stays as it is."

KEEPING: dict[tuple[ConflictKind, str], str] = {
    (ConflictKind.OVERLAP, "keep_timify"): "TIMIFY stays as it is. What was moved in Outlook goes back; "
    "an event that was not moved is deleted from Outlook.",
    (ConflictKind.OVERLAP, "keep_outlook"): "Outlook stays as it is. A booking that was moved goes back; "
    "one that was not is cancelled, and TIMIFY tells the customer.",
    (ConflictKind.OUTSIDE_WORKING_TIME, "keep_timify"): "What was moved in Outlook goes back to its time in TIMIFY.",
    (ConflictKind.OUTSIDE_WORKING_TIME, "keep_outlook"): "Outlook's time holds: it stands in TIMIFY, outside the "
    "working times.",
    (ConflictKind.SERIES_EDIT, "keep_timify"): _BACK,
    (ConflictKind.GROUP_BOOKING_EDIT, "keep_timify"): _BACK,
    (ConflictKind.GROUP_BOOKING_EDIT, "keep_outlook"): "The group booking moves, or is cancelled, for everybody in it, "
    "and TIMIFY tells them.",
    (ConflictKind.NOT_ORGANIZER, "keep_outlook"): _RETURN,
    (ConflictKind.WOULD_NOTIFY_ATTENDEES, "keep_outlook"): "TIMIFY follows Outlook. Nobody gets mail.",
    (ConflictKind.COPY_DELETED, "keep_timify"): "The copy is made again in Outlook.",
    (ConflictKind.COPY_DELETED, "keep_outlook"): "The booking is cancelled, and TIMIFY tells the customer.",
    (ConflictKind.REFUSED, "keep_timify"): "TIMIFY's time and title hold in both calendars.",
    (ConflictKind.REFUSED, "keep_outlook"): "Outlook's time and title hold in both calendars.",
}

_MAY_DELETE = (
    (ConflictKind.OVERLAP, "keep_timify"),
    (ConflictKind.OVERLAP, "keep_outlook"),
    (ConflictKind.GROUP_BOOKING_EDIT, "keep_outlook"),
    (ConflictKind.COPY_DELETED, "keep_outlook"),
)

SAME_TIME = "What is in Outlook and what is in TIMIFY want the same time."
UNDER_WAY = "It is being done. The calendars follow in the background."
IGNORED = "The conflict is ignored. Both calendars stay as they are."
OTHER_RESOURCE = "held_other_resource"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be decided: its name in the API, its button, and what it will do. `sure` is the button that
    confirms it; "" where nothing is deleted or cancelled."""

    name: str
    button: str
    effect: str
    sure: str = ""


def acts(
    names: tuple[str, ...], conflict: Conflict, say: Speech, now: datetime, links: Mapping[str, Link]
) -> tuple[Act, ...]:
    """What can be decided about a conflict, in words. `links`: those of its items that are known, by key."""
    effects = ((name, _effect(name, conflict, links, now, say)) for name in names)
    return tuple(Act(name, say(BUTTONS[name]), each.text, each.sure) for name, each in effects)


def sentence(conflict: Conflict, say: Speech) -> str:
    """What stands in the way, without codes."""
    if of_other_resource(conflict):
        text = say(RULES[OTHER_RESOURCE])
        return f"{text[:1].upper()}{text[1:]}."
    return say(SAME_TIME) if conflict.kind is ConflictKind.OVERLAP else say(CONFLICTS[conflict.kind])


def of_other_resource(conflict: Conflict) -> bool:
    """Is it about a booking of several resources, another of which is not available?"""
    return conflict.kind is ConflictKind.OVERLAP and not conflict.other


def _effect(name: str, conflict: Conflict, links: Mapping[str, Link], now: datetime, say: Speech) -> Effect:
    if name in _EFFECTS:
        return Effect(say(_EFFECTS[name]))
    known = effect(Side(name.removeprefix("keep_")), conflict, links, now, say)
    if known is not None:
        return known
    if of_other_resource(conflict):
        return Effect(say(_BACK))
    return Effect(say(KEEPING[conflict.kind, name]), say("Do this") if (conflict.kind, name) in _MAY_DELETE else "")


def texts() -> list[str]:
    """Everything that is said by table, for the catalogues."""
    tables = (TITLES, ADVICE, BUTTONS, _EFFECTS, KEEPING)
    return [*log_lines.texts(), SAME_TIME, UNDER_WAY, IGNORED, *(text for table in tables for text in table.values())]
