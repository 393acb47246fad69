"""What the e-mails say: one letter for each kind, made of codes when it is sent. The layout is in `templates`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.domain.catalogue import explain
from shared.domain.conflicts import Conflict
from shared.domain.failures import Reason
from shared.domain.spans import Span
from shared.words.log_lines import CONFLICTS
from shared.words.speech import Speech

SHOWN = 10
"""Conflicts that a digest lists; of more it says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a mail is made of. `counts`: items brought (to TIMIFY, to Outlook), or (deletions, copies) of a pause.

    `link` may be empty; `expires` is how long it is good. `conflicts`: the open ones of a digest. `leave`: where the
    person ends the sync, `approval` where an administrator approves the app; "" when there is none. `by`: who ended the
    sync, and `copies` what becomes of them, as `Message` names it.
    """

    kind: str
    company: str
    resource: str
    link: str = ""
    expires: datetime | None = None
    reason: Reason | None = None
    counts: tuple[int, int] = (0, 0)
    conflicts: tuple[Conflict, ...] = ()
    leave: str = ""
    approval: str = ""
    by: str = ""
    copies: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail in words. `figures`: label and number. `entries`: time and sentence. `further`: words and address
    of a second link. `button`: the label of its link.

    `preview` is what a list of mails shows behind the subject, `why` the reason that the footer gives.
    """

    subject: str
    preview: str
    title: str
    paragraphs: tuple[str, ...]
    further: tuple[str, str] | None = None
    figures: tuple[tuple[str, str], ...] = ()
    entries: tuple[tuple[str, str], ...] = ()
    closing: tuple[str, ...] = ()
    button: str = ""
    note: str = ""
    why: str


def letter_of(facts: Facts, say: Speech) -> Letter:
    """Raises KeyError for a kind that does not exist."""
    return _LETTERS[facts.kind](facts, say)


def _invitation(facts: Facts, say: Speech) -> Letter:
    company = _company(facts, say)
    return Letter(
        subject=say("%(company)s: connect your Outlook calendar to TIMIFY", company=company),
        preview=say("Every meeting shows in both calendars, and nobody books you twice."),
        title=say("Keep Outlook and TIMIFY in step"),
        paragraphs=(
            say(
                "%(company)s invites you to connect your Outlook calendar to your TIMIFY calendar. Every meeting then "
                "shows in both, and nobody books you twice.",
                company=company,
            ),
            say(
                "It takes about a minute: you see what will be shared, sign in at Microsoft and choose a calendar. "
                "Nothing is shared before you agree."
            ),
        ),
        button=say("Connect your calendar"),
        note=_link_note(facts, say),
        why=_invited_by(company, say),
    )


def _reminder(facts: Facts, say: Speech) -> Letter:
    company = _company(facts, say)
    return Letter(
        subject=say("Reminder: connect your Outlook calendar to TIMIFY"),
        preview=say("Your invitation is still open. It takes about a minute."),
        title=say("Your invitation is still open"),
        paragraphs=(
            say(
                "A week ago, %(company)s invited you to connect your Outlook calendar to your TIMIFY calendar, so that "
                "nobody books you twice.",
                company=company,
            ),
            say(
                "It takes about a minute: you see what will be shared, sign in at Microsoft and choose a calendar. "
                "Nothing is shared before you agree."
            ),
            say("If you do not want to, you need not do anything. We do not remind you again."),
        ),
        button=say("Connect your calendar"),
        note=_link_note(facts, say),
        why=_invited_by(company, say),
    )


def _connected(facts: Facts, say: Speech) -> Letter:
    to_timify, to_outlook = facts.counts
    return Letter(
        subject=say("Your calendars are in step"),
        preview=say("The first import is done. You need not do anything."),
        title=say("Your calendars are in step"),
        paragraphs=(
            say("The first import is done. From now on, your Outlook calendar and your TIMIFY calendar agree."),
        ),
        figures=(
            (say("Brought to TIMIFY"), say.number(to_timify)),
            (say("Brought to Outlook"), say.number(to_outlook)),
        ),
        closing=(say("You need not do anything. A change on one side shows on the other within seconds."),),
        why=_is_connected(facts, say),
    )


def _failed(facts: Facts, say: Speech) -> Letter:
    return _because(
        facts,
        say,
        subject=say("Your calendar could not be connected"),
        button=say("Open the invitation again"),
        why=_invited_by(_company(facts, say), say),
    )


def _reconnect_needed(facts: Facts, say: Speech) -> Letter:
    return _because(
        facts,
        say,
        subject=say("Please sign in again to keep your calendars in step"),
        button=say("Sign in again"),
        why=_is_connected(facts, say),
    )


def _paused(facts: Facts, say: Speech) -> Letter:
    losses, copies = facts.counts
    numbers = {"losses": say.number(losses), "copies": say.number(copies)}
    concerned = say("It concerns %(losses)s of %(copies)s appointments.", **numbers)
    return _because(
        facts,
        say,
        subject=say("Your calendar sync is paused"),
        closing=(concerned,) if copies else (),
        why=_is_connected(facts, say),
    )


def _taken_over(facts: Facts, say: Speech) -> Letter:
    return _because(facts, say, subject=say("Your calendar sync was switched off"), why=_was_connected(facts, say))


def _disabled(facts: Facts, say: Speech) -> Letter:
    company = _company(facts, say)
    ended = {
        "person": say("An administrator of %(company)s switched it off in TIMIFY.", company=company),
        "leave_link": say(
            "It was ended with the link in one of our e-mails to you. If that was not you, please tell your TIMIFY "
            "administrator."
        ),
        "uninstall": say("%(company)s does not use the calendar sync any more.", company=company),
    }
    copies = {
        "remove_future": say("The copies of coming appointments are being removed from both calendars."),
        "keep": say("The copies stay in both calendars, and do not follow each other any more."),
    }
    return Letter(
        subject=say("Your calendar sync was switched off"),
        preview=say("Our access to your calendar has been deleted."),
        title=say("Your calendar sync was switched off"),
        paragraphs=(
            *((ended[facts.by],) if facts.by in ended else ()),
            say("Your Outlook calendar and your TIMIFY calendar are no longer kept in step."),
            *((copies[facts.copies],) if facts.copies in copies else ()),
            say("We have deleted our access to your calendar. You need not do anything."),
        ),
        why=_was_connected(facts, say),
    )


def _digest(facts: Facts, say: Speech) -> Letter:
    conflicts = sorted(facts.conflicts, key=_order)
    number, more = len(conflicts), len(conflicts) - SHOWN
    rest = (say.plural("… and %(number)s more.", "… and %(number)s more.", more),) if more > 0 else ()
    return Letter(
        subject=say.plural(
            "%(number)s open conflict between your calendars",
            "%(number)s open conflicts between your calendars",
            number,
        ),
        preview=say("Outlook and TIMIFY do not agree here until somebody decides."),
        title=say.plural("%(number)s open conflict", "%(number)s open conflicts", number),
        paragraphs=(say("Outlook and TIMIFY do not agree here until somebody decides."),),
        entries=tuple((_when(conflict, say), say(CONFLICTS[conflict.kind])) for conflict in conflicts[:SHOWN]),
        closing=(
            *rest,
            say(
                "Move one of the appointments and the conflict disappears by itself, or ask your administrator to "
                "decide in TIMIFY, under Sync Conflicts."
            ),
        ),
        why=say(
            "You receive it once a week, as long as there are open conflicts, because %(company)s has switched this "
            "overview on.",
            company=_company(facts, say),
        ),
    )


def _because(
    facts: Facts, say: Speech, *, subject: str, why: str, button: str = "", closing: tuple[str, ...] = ()
) -> Letter:
    """A letter that gives the reason of the catalogue, and what to do."""
    if facts.reason is None:
        ask = say("Please ask your TIMIFY administrator for a new invitation.")
        return Letter(subject=subject, preview=ask, title=subject, paragraphs=(ask,), button=button, why=why)
    words = explain(facts.reason, say)
    approve = say("The approval link for your Microsoft 365 administrator:")
    return Letter(
        subject=subject,
        preview=words.title,
        title=words.title,
        paragraphs=(words.person, *closing, words.next_step),
        further=(approve, facts.approval) if facts.approval else None,
        button=button,
        note=_link_note(facts, say) if button else "",
        why=why,
    )


def _company(facts: Facts, say: Speech) -> str:
    return facts.company or say("Your company")


def _link_note(facts: Facts, say: Speech) -> str:
    if facts.expires is None:
        return say("The link is for you alone and works once.")
    return say("The link is for you alone, works once, and is good until %(day)s.", day=say.day(facts.expires))


def _invited_by(company: str, say: Speech) -> str:
    return say("You receive it because %(company)s has invited you to connect your calendar.", company=company)


def _is_connected(facts: Facts, say: Speech) -> str:
    company = _company(facts, say)
    return say("You receive it because your calendar is connected to TIMIFY for %(company)s.", company=company)


def _was_connected(facts: Facts, say: Speech) -> str:
    company = _company(facts, say)
    return say("You receive it because your calendar was connected to TIMIFY for %(company)s.", company=company)


def _span(conflict: Conflict) -> Span | None:
    return conflict.outlook or conflict.timify


def _order(conflict: Conflict) -> tuple[bool, float, str]:
    span = _span(conflict)
    return span is None, span.start.timestamp() if span else 0.0, conflict.id


def _when(conflict: Conflict, say: Speech) -> str:
    span = _span(conflict)
    return say.span(span.start, span.end) if span else ""


_LETTERS: dict[str, Callable[[Facts, Speech], Letter]] = {
    "invitation": _invitation,
    "reminder": _reminder,
    "connected": _connected,
    "failed": _failed,
    "reconnect_needed": _reconnect_needed,
    "paused": _paused,
    "taken_over": _taken_over,
    "disabled": _disabled,
    "digest": _digest,
}
KINDS = tuple(_LETTERS)
