"""Texts cut to a length, but never inside of what people see as one character."""

import unicodedata

_JOINER = "\u200d"
_GLUED = (("\U0001f3fb", "\U0001f3ff"), ("\U000e0020", "\U000e007f"), ("\u1160", "\u11ff"), ("\u200c", _JOINER))
"""Skin tones, the letters of some flags, the later parts of a Korean syllable, and what joins characters."""


def units(text: str) -> int:
    """How long both calendars find a text: they count in UTF-16, where an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """As much of the beginning of `text` as fits into `limit` units."""
    if units(text) <= limit:
        return text
    end = edge = _fitting(text, limit)
    while edge > 0 and _belongs_to_the_one_before(text, edge):
        edge -= 1
    return text[: edge or end]


def _fitting(text: str, limit: int) -> int:
    used, place = 0, 0
    while used <= limit:
        used += 1 + (text[place] > "\uffff")
        place += 1
    return place - 1


def _belongs_to_the_one_before(text: str, place: int) -> bool:
    char, before = text[place], text[place - 1]
    if before == _JOINER or unicodedata.category(char).startswith("M"):
        return True
    return any(first <= char <= last for first, last in _GLUED) or (_half_a_flag(char) and _flags(text[:place]) % 2 > 0)


def _half_a_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flags(text: str) -> int:
    """How many halves of flags a text ends with."""
    return len(text) - len(text.rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
