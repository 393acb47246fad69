"""E-mails from letters: subject, plain text and HTML. Import it where a mail is made: Jinja2 and Babel are slow."""

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.email.letters import Facts, letter_of
from shared.words.speech import Speech

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_LONGEST_SUBJECT = 200
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


def render_mail(facts: Facts, say: Speech) -> Rendered:
    """The mail in the language of `say`. Everything in `facts` is escaped. Raises KeyError for an unknown kind."""
    name, company = _name(facts.resource), _name(facts.company)
    letter = letter_of(replace(facts, resource=name, company=company), say)
    content = {
        "say": say,
        "letter": letter,
        "subject": one_line(letter.subject)[:_LONGEST_SUBJECT],
        "greeting": say("Hello %(name)s,", name=name) if name else say("Hello,"),
        "button": letter.button if facts.link else "",
        "link": facts.link,
        "leave": facts.leave,
    }
    text = _environment(False).get_template("mail.txt").render(content)
    html = _environment(True).get_template("mail.html").render(content)
    return Rendered(str(content["subject"]), re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", html)


def one_line(text: str) -> str:
    """Without line breaks and control characters, which could begin another header or turn the text around."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _name(text: str) -> str:
    """A name may say who somebody is; a longer text under our sender could say anything."""
    name = one_line(text)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


@cache
def _environment(escape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=escape,  # noqa: S701  # nosec B701  # off for the plain text beside it
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
