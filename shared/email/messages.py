"""What the e-mails say. Texts are made when a mail is sent, from codes; everything from outside is escaped."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from shared.domain.catalogue import explain
from shared.domain.failures import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a mail is made of. `counts`: items brought (to TIMIFY, to Outlook), or (deletions, copies) of a pause.

    `link` may be empty.
    """

    kind: str
    company: str
    resource: str
    link: str = ""
    reason: Reason | None = None
    counts: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in words: paragraphs, and the label of its button where it has a link."""

    subject: str
    paragraphs: tuple[str, ...]
    button: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


def render_mail(facts: Facts) -> Rendered:
    """Subject, plain text and HTML. Raises KeyError for a kind that does not exist."""
    letter = _LETTERS[facts.kind](facts)
    greeting = f"Hello {facts.resource}," if facts.resource else "Hello,"
    button = letter.button if facts.link else ""
    lines = [greeting, *letter.paragraphs, *([f"{button}:\n{facts.link}"] if button else []), _FOOTER]
    subject = " ".join(letter.subject.split())
    return Rendered(subject, "\n\n".join(lines) + "\n", _html(subject, greeting, letter.paragraphs, button, facts.link))


def _invitation(facts: Facts) -> Letter:
    return Letter(
        "Connect your Outlook calendar to TIMIFY",
        (
            f"{facts.company or 'Your company'} invites you to keep your Outlook calendar and your TIMIFY calendar in "
            "step, so that every meeting shows in both and nobody books you twice.",
            "The link shows what will be shared before you agree to anything. It is for you alone, works once, and is "
            "good for 14 days.",
        ),
        "Connect your calendar",
    )


def _connected(facts: Facts) -> Letter:
    to_timify, to_outlook = facts.counts
    return Letter(
        "Your calendars are in step",
        (
            "The first import is done: your Outlook calendar and your TIMIFY calendar are in step from now on.",
            f"Brought to TIMIFY: {to_timify}. Brought to Outlook: {to_outlook}.",
            "You need not do anything. Changes on either side show on the other within seconds.",
        ),
    )


def _failed(facts: Facts) -> Letter:
    return _because(facts, "Your calendar could not be connected", "Open the invitation again")


def _reconnect_needed(facts: Facts) -> Letter:
    return _because(facts, "Please sign in again to keep your calendars in step", "Sign in again")


def _paused(facts: Facts) -> Letter:
    letter = _because(facts, "Your calendar sync has stopped and asks what to do", "")
    losses, copies = facts.counts
    return Letter(letter.subject, (*letter.paragraphs, f"It concerns {losses} of {copies} appointments."), "")


def _taken_over(facts: Facts) -> Letter:
    return _because(facts, "Your calendar sync was switched off", "")


def _disabled(facts: Facts) -> Letter:
    del facts
    return Letter(
        "Your calendar sync was switched off",
        (
            "Your administrator switched the sync between your Outlook calendar and TIMIFY off.",
            "We have deleted our access to your calendar. Nothing has to be done by you.",
        ),
    )


def _because(facts: Facts, subject: str, button: str) -> Letter:
    if facts.reason is None:
        return Letter(subject, ("Please ask your TIMIFY administrator for a new invitation.",), button)
    words = explain(facts.reason)
    return Letter(subject, (f"{words.title}.", words.person, words.next_step), button)


_LETTERS: dict[str, Callable[[Facts], Letter]] = {
    "invitation": _invitation,
    "connected": _connected,
    "failed": _failed,
    "reconnect_needed": _reconnect_needed,
    "disabled": _disabled,
    "paused": _paused,
    "taken_over": _taken_over,
}
KINDS = frozenset(_LETTERS)

_FOOTER = "This message was sent by the TIMIFY calendar sync because your company uses it."
_FONT = "font-family:'Segoe UI',Arial,sans-serif;color:#1d2733;"


def _html(subject: str, greeting: str, paragraphs: tuple[str, ...], button: str, link: str) -> str:
    body = "".join(
        f'<p style="margin:0 0 16px;font-size:16px;line-height:24px;{_FONT}">{escape(paragraph)}</p>'
        for paragraph in (greeting, *paragraphs)
    )
    if button:
        body += (
            f'<p style="margin:24px 0;"><a href="{escape(link)}" style="background:#0b63ce;color:#ffffff;padding:13px '
            "24px;border-radius:8px;text-decoration:none;font-weight:600;font-family:'Segoe UI',Arial,sans-serif;"
            f'display:inline-block;">{escape(button)}</a></p>'
        )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{escape(subject)}</title></head><body style="margin:0;'
        'background:#f3f5f8;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>'
        '<td align="center" style="padding:32px 12px;"><table role="presentation" width="100%" cellpadding="0" '
        'cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:12px;"><tr><td '
        f'style="padding:32px;">{body}<p style="margin:24px 0 0;font-size:13px;line-height:20px;{_FONT}'
        f'color:#566475;">{escape(_FOOTER)}</p></td></tr></table></td></tr></table></body></html>'
    )
