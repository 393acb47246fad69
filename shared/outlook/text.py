"""Texts of events as plain text: html taken apart, the join block of an online meeting left out. Never raises."""

import html
import re

from shared.domain.texts import cut

TITLE_LIMIT = 255
NOTES_LIMIT = 2_000
_RAW_LIMIT = 100_000

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_BLANKS = re.compile(r"[ \t\xa0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_SPACE = re.compile(r"\s+")

# One pass, no backtracking: html.parser takes minutes for markup that somebody broke on purpose.
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>|<(?P<end>/?)(?P<tag>[A-Za-z][A-Za-z0-9]*)(?P<attributes>[^<>]*)>|(?P<text>[^<]+|<)",
    re.DOTALL,
)
_HREF = re.compile(r"""\bhref\s*=\s*["']?(?P<address>https?://[^\s"'<>]+)""", re.IGNORECASE)
_SILENT = frozenset(("script", "style", "head", "title", "template"))
_LINES = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "blockquote", "table"))

_RULE = re.compile(r"^([ \t]*_{20,}[ \t]*)$", re.MULTILINE)
_HEADLINE = re.compile(
    r"^[^\w\n]{0,5}(?:Join[ \t]+)?(?:Microsoft Teams|Skype)\b[^\n]{0,200}$", re.IGNORECASE | re.MULTILINE
)
_JOIN_LINE = re.compile(r"^[ \t]*Join (?:Microsoft Teams|Skype) Meeting[ \t]*$", re.IGNORECASE | re.MULTILINE)
_JOIN_LINK = re.compile(
    r"teams\.(?:microsoft|live)\.com|aka\.ms/jointeams|meet\.lync\.com|join\.skype\.com", re.IGNORECASE
)


def title_of(text: str) -> str:
    """One line, at most 255 characters, nothing that XML (and so Exchange) cannot hold."""
    return cut(" ".join(_UNWRITABLE.sub("", text).split()), TITLE_LIMIT).rstrip()


def notes_of(text: str) -> str:
    """Plain lines, at most 2,000 characters, nothing that XML (and so Exchange) cannot hold."""
    lines = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    plain = "\n".join(_BLANKS.sub(" ", line).strip() for line in lines)
    return cut(_EMPTY_LINES.sub("\n\n", plain).strip(), NOTES_LIMIT).rstrip()


def excerpt(body: str, *, is_html: bool, location: str) -> str:
    """The notes of an event: its location on a line of its own, then its body without the join block.

    The location comes first, so that a long body cannot push it over the limit.
    """
    bounded = body[:_RAW_LIMIT]
    text = without_join_block(html_to_text(bounded) if is_html else bounded)
    place = title_of(location)
    return notes_of(f"{place}\n{text}" if place else text)


def without_join_block(text: str) -> str:
    """Take out what Teams and Skype append: a block between two rules of underscores, or from a headline to the end.

    A rule of underscores alone, or talk about Teams without a link to join, is a person's own text and stays.
    """
    first, *rest = _RULE.split(text.replace("\r\n", "\n"))
    kept = [first]
    inside = False
    for rule, following in zip(rest[::2], rest[1::2], strict=True):
        if inside:
            kept.append(following)
            inside = False
        elif _HEADLINE.search(following) or _JOIN_LINK.search(following):
            inside = True
        else:
            kept += (rule, following)
    remaining = "".join(kept)
    headline = _HEADLINE.search(remaining)
    if headline and _JOIN_LINK.search(remaining, headline.start()):
        return remaining[: headline.start()]
    line = _JOIN_LINE.search(remaining)
    return remaining[: line.start()] if line else remaining


def html_to_text(markup: str) -> str:
    """What a person reads of an html text; links keep their address behind their label, as Exchange writes them."""
    reader = _Reader()
    for token in _TOKEN.finditer(markup):
        if token["text"]:
            reader.read(token["text"])
        elif token["tag"]:
            tag = token["tag"].lower()
            reader.end(tag) if token["end"] else reader.begin(tag, token["attributes"])
    return "".join(reader.parts)


class _Reader:
    """Collects the text between the tags. `silent` is the element that hides everything until its end."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._silent = ""
        self._address = ""
        self._line_start = True

    def begin(self, tag: str, attributes: str) -> None:
        if tag == "body":
            self._silent = ""  # a head that was never closed
        elif tag in _SILENT:
            self._silent = self._silent or tag
        elif tag == "a":
            found = _HREF.search(attributes)
            self._address = _unescaped(found["address"]) if found else ""
        else:
            self._break(tag)

    def end(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = ""
        elif tag == "a" and self._address and not self._silent:
            self.parts.append(f"<{self._address}>")
            self._address = ""
        elif tag != "br":
            self._break(tag)

    def read(self, text: str) -> None:
        if not self._silent:
            self.parts.append(_SPACE.sub(" ", _unescaped(text)))
            self._line_start = self._line_start and not text.strip()

    def _break(self, tag: str) -> None:
        if tag in _LINES and not self._silent and (tag == "br" or not self._line_start):
            self.parts.append("\n")
            self._line_start = True


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a character reference of thousands of digits
        return text
