"""Sentences made of codes: what a line of the sync log and a conflict say. No content ever."""

from collections.abc import Iterable, Mapping

from shared.domain.accounts import DROPPED, LogLine
from shared.domain.catalogue import Translate
from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.failures import Reason
from shared.domain.rules import Rule

CHECKED = "checked"

CAUSES = {
    "notification": "Outlook told of a change",
    "webhook": "TIMIFY told of a change",
    "missed": "Outlook may have failed to report a change",
    "poll": "Routine check",
    "second_look": "Repeated check",
    "plain": "Everything was read, because what changed could not be",
    "import": "First import",
    "check": "Agreement check",
    "person": "By a person",
    "leave_link": "By the resource, with the link in an e-mail",
    "retry": "Another try",
    "resume": "By a person, after the brake",
    "catch_up": "Catching up",
    "link_expired": "Reading everything again",
    "reauthorizationRequired": "Microsoft asked for a renewed permission",
    "subscriptionRemoved": "Microsoft had stopped to tell of changes",
    "renewal": "The subscription was renewed",
    "round": "The sync",
    "clock": "By the clock",
    "mail": "E-mail delivery",
    "plan": "The company's plan changed",
    "disabled": "The sync was switched off",
    "uninstall": "The app was uninstalled",
    "taken_over": "Another resource took the calendar over",
}

RULES: dict[str, str] = {
    Rule.UNCHANGED: "nothing had changed",
    Rule.NO_EFFECT: "the change does not concern the other calendar",
    Rule.AGREED: "both sides agree",
    Rule.COPY_TEXT_KEPT: "the text was edited on the copy and stays there",
    Rule.WAY_CLOSED: "the direction of the sync does not allow this change to travel",
    Rule.CANCELLED: "cancelled events have no copy",
    Rule.DECLINED: "declined events have no copy",
    Rule.FREE: "free time stays in Outlook, by setting",
    Rule.TENTATIVE: "tentative events stay in Outlook, by setting",
    Rule.WORKING_ELSEWHERE: "working elsewhere stays in Outlook, by setting",
    Rule.ALL_DAY: "all-day events stay in Outlook, by setting",
    Rule.PRIVATE: "private events stay in Outlook, by setting",
    Rule.NO_DURATION: "events without a duration have no copy",
    Rule.RESERVED: "reservations have no copy until they are confirmed",
    Rule.OUTSIDE_WINDOW: "the time is outside the synced window",
    Rule.DIRECTION: "the direction of the sync keeps it on its side",
    Rule.ORPHAN: "it is a copy whose original is gone",
    Rule.PAST: "it is over",
    Rule.COPIED: "the item was copied",
    Rule.ADOPTED: "a copy that was there already was linked again",
    Rule.FOLLOWED_ORIGIN: "the copy followed its original",
    Rule.FOLLOWED_COPY: "the original followed its copy",
    Rule.ORIGIN_WINS: "both sides had changed the same, the original won",
    Rule.PUT_BACK: "the copy was put back to what its original says",
    Rule.RESTORED: "the deleted copy was made again",
    Rule.KEPT_BY_CHOICE: "the copy stays, by choice",
    Rule.ORIGIN_DELETED: "the original was deleted, its copy goes too",
    Rule.COPY_DELETED: "the copy was deleted, the original follows",
    Rule.BOOKING_CANCELLED: "the copy was deleted in Outlook, the booking is cancelled, by setting",
    Rule.DUPLICATE_REMOVED: "a second copy was removed",
    Rule.DISABLED: "the copy goes",
    "switched_off": "the sync was switched off",
    "put_off": "the item could not be written and is tried again by itself",
    Rule.HELD_OVERLAP: "something else is there at that time",
    Rule.HELD_WORKING_TIME: "the time is outside the working times",
    Rule.HELD_SERIES_EDIT: "one booking of a connected series was changed in Outlook",
    Rule.HELD_GROUP_BOOKING_EDIT: "a group booking was changed in Outlook",
    Rule.HELD_NOT_ORGANIZER: "the meeting belongs to another organizer",
    Rule.HELD_WOULD_NOTIFY: "its attendees would get mail from Outlook",
    Rule.HELD_COPY_DELETED: "the copy was deleted in Outlook, a person shall decide",
    Rule.HELD_REFUSED: "the other calendar refused it",
    Rule.HELD_OTHER_RESOURCE: "another resource of the booking is not available at that time",
    "invited": "the invitation was sent",
    "reminded": "the open invitation was sent once more",
    "undelivered": "the invitation could not be delivered",
    "revoked": "the invitation was revoked",
    "connected": "an Outlook calendar was connected",
    "taken_over": "another resource connected the same Outlook calendar",
    "paused": "the sync was paused",
    "resumed": "the sync goes on",
    "ignored": "the conflict is ignored",
    CHECKED: "both calendars were compared",
}

WRITTEN: dict[tuple[str, str], str] = {
    (Rule.COPIED, "outlook"): "copied to Outlook",
    (Rule.COPIED, "timify"): "copied to TIMIFY",
    (Rule.KEPT_BY_CHOICE, "outlook"): "TIMIFY holds, the Outlook event was deleted",
    (Rule.KEPT_BY_CHOICE, "timify"): "Outlook holds, the booking was cancelled",
}
"""What is said of a rule where the line knows which side was written to."""

COPIED_YET_HELD = {
    "outlook": "copied to Outlook all the same; something else is there",
    "timify": "copied to TIMIFY all the same; something else is there",
}

DECIDED = {"outlook": "TIMIFY holds, Outlook follows", "timify": "Outlook holds, TIMIFY follows"}
"""By a person: one side goes by the other."""
_FOLLOWING = (Rule.FOLLOWED_ORIGIN, Rule.FOLLOWED_COPY, Rule.PUT_BACK, Rule.ORIGIN_WINS)

DETAILS: dict[str, str] = {
    "remove_future": "the copies of coming appointments go",
    "keep": "the copies stay",
    "keep_copies": "what is left stays",
    Reason.MANY_DELETIONS: "unusually many deletions",
    Reason.PLAN_NOT_ELIGIBLE: "the plan does not include the sync",
}

FIELDS = {"when": "time", "title": "title", "notes": "notes"}

DIFFERENCES = {
    "missing": "without a copy",
    "left_over": "to be removed",
    "time": "at different times",
    "text": "with different texts",
    "conflict": "in conflicts",
    "duplicate": "copied twice",
    "put_off": "to be tried again",
}

OUTCOMES = {
    "done": "Done",
    "none": "Nothing was written",
    "held": "Held until a person decides or the situation changes",
    "failed": "It did not work",
}

CONFLICTS: dict[ConflictKind, str] = {
    ConflictKind.OVERLAP: "There is something else at this time in the other calendar.",
    ConflictKind.OUTSIDE_WORKING_TIME: "The Outlook event is outside the resource's working times.",
    ConflictKind.SERIES_EDIT: "One booking of a connected series was moved or deleted in Outlook; "
    "TIMIFY could only change the whole series.",
    ConflictKind.GROUP_BOOKING_EDIT: "A group booking was moved or deleted in Outlook.",
    ConflictKind.NOT_ORGANIZER: "A meeting that somebody else organizes was moved or deleted in TIMIFY.",
    ConflictKind.WOULD_NOTIFY_ATTENDEES: "Changing this event in Outlook would send mail to its attendees.",
    ConflictKind.COPY_DELETED: "The copy of this booking was deleted in Outlook.",
    ConflictKind.REFUSED: "The other calendar refused the change.",
}


def log_text(line: LogLine, say: Translate = str) -> str:
    """One line of the sync log in words: what came in, what was decided, what changed, and how it ended."""
    cause = _named(CAUSES, line.cause, say)
    if line.rule == CHECKED:
        return f"{cause}: {_compared(line.detail, say)}."
    parts = [f"{cause}: {_ruled(line, say)}."]
    if line.fields:
        parts.append(say("Changed: %(fields)s.") % {"fields": _fields(line.fields, say)})
    detail = say(DETAILS[line.detail]) if line.detail in DETAILS else line.detail
    if detail.startswith(DROPPED):
        names = detail.removeprefix(DROPPED).split(",")
        parts.append(say("Dropped on the copy: %(fields)s.") % {"fields": _fields(names, say)})
        detail = ""
    if line.outcome != "done":
        written_yet_held = line.outcome == "held" and line.side
        outcome = say("A person has to decide") if written_yet_held else _named(OUTCOMES, line.outcome, say)
        parts.append(f"{outcome}{f' ({detail})' if detail else ''}.")
    elif detail:
        parts.append(f"({detail})")
    return " ".join(parts)


def _ruled(line: LogLine, say: Translate) -> str:
    """What was decided, with its direction where the line knows to which side was written."""
    if line.rule == Rule.COPIED and line.outcome == "held" and line.side in COPIED_YET_HELD:
        return say(COPIED_YET_HELD[line.side])
    if line.cause == "person" and line.rule in _FOLLOWING and line.side in DECIDED:
        return say(DECIDED[line.side])
    sided = WRITTEN.get((line.rule, line.side))
    return say(sided) if sided else _named(RULES, line.rule, say)


def texts() -> list[str]:
    """Everything that is said by table beside what `dev.words` names, for the catalogues."""
    return [text for table in (WRITTEN, COPIED_YET_HELD, DECIDED, DETAILS) for text in table.values()]


def _fields(names: Iterable[str], say: Translate) -> str:
    return ", ".join(say(FIELDS[name]) if name in FIELDS else name for name in names)


def _compared(detail: str, say: Translate) -> str:
    """`410/412 missing:1 time:1` in words."""
    counts, *kinds = detail.split() or [""]
    agree, _, items = counts.partition("/")
    found = differences_text({kind: number for kind, _, number in (k.partition(":") for k in kinds)}, say)
    agreed = say("%(agree)s of %(items)s agreed") % {"agree": agree, "items": items}
    return f"{agreed}{f'; {found}' if found else ''}"


def differences_text(differences: Mapping[str, object], say: Translate = str) -> str:
    """`{"missing": 1}` as "1 without a copy"; "" when there is none."""
    return ", ".join(f"{number} {_named(DIFFERENCES, kind, say)}" for kind, number in differences.items())


def conflict_text(conflict: Conflict, say: Translate = str) -> str:
    """What a conflict is about, with the code of the system that refused, if one did."""
    text = say(CONFLICTS[conflict.kind])
    return f"{text} {say('Its code: %(code)s.') % {'code': conflict.detail}}" if conflict.detail else text


def _named(table: Mapping[str, str], code: str, say: Translate) -> str:
    return say(table[code]) if code in table else _spoken(code)


def _spoken(code: str) -> str:
    return code.replace("_", " ").strip() or "unknown"
