"""Links: the ID mapping of an item and its copy. They hold ids, times and fingerprints, never content."""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.domain.items import Item, Side
from shared.domain.spans import Span

MARK_PREFIX = "tfy-"
ORPHAN = "orphan"
"""The reason of a link that knows a copy only."""


class LinkState(StrEnum):
    SEEN = "seen"  # known, and on purpose without a copy
    HELD = "held"  # a copy is wanted, a conflict stands in the way
    INTENDED = "intended"  # a copy is about to be made, or was made and we died before we knew
    LINKED = "linked"  # the copy exists


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What one side of a link looked like when last read.

    `title` and `notes` are fingerprints: on the origin of the text that its copy shall carry, on the copy of the text
    as the provider returned it. `organizer` and `attendees` say whether a write could send mail (Outlook only), `joint`
    that it is one of many: an occurrence of a connected series, or a group booking (TIMIFY only).
    """

    id: str
    version: str
    span: Span
    all_day: bool = False
    title: str = ""
    notes: str = ""
    organizer: bool = True
    attendees: bool = False
    joint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One item and its copy.

    `key` identifies the origin item. `generation` counts copies made, so that a new one never reuses a mark. `base`
    is the time of (origin, copy) at the last agreement, None while both still have it. `shape` is the choice of
    settings that the copy was first made with; `anonymous` says that it carries no text. `busy` says whether the origin
    occupies its own calendar. `twin`: the copy carries no mark, so a person may have made it. `unit` is the series or
    appointment of the origin, `reason` why a link is SEEN or HELD.
    """

    key: str
    origin: Side
    state: LinkState
    source: Face
    copy: Face | None = None
    base: tuple[Span, Span] | None = None
    generation: int = 0
    shape: str = ""
    anonymous: bool = False
    busy: bool = True
    twin: bool = False
    unit: str = ""
    reason: str = ""

    def face(self, side: Side) -> Face | None:
        """What the item on `side` looked like; None when there is none."""
        return self.source if side is self.origin else self.copy

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every time at which either side of the link stands."""
        return (self.source.span,) if self.copy is None else (self.source.span, self.copy.span)

    def mark(self) -> str:
        """What our copy carries (Outlook: transactionId, TIMIFY: external id), so that it is known again."""
        return f"{MARK_PREFIX}{self.key}-{self.generation}"


def link_key(resource_id: str, side: Side, item_id: str) -> str:
    """The deterministic key of an origin item on a resource's calendar: 32 hex digits."""
    return hashlib.blake2b(
        f"{resource_id}\n{side}\n{item_id}".encode("utf-8", "surrogatepass"), digest_size=16
    ).hexdigest()


def key_of_mark(mark: str | None) -> str | None:
    """The link key inside one of our marks; None when it is not one of ours."""
    if not mark or not mark.startswith(MARK_PREFIX):
        return None
    key, _, generation = mark.removeprefix(MARK_PREFIX).partition("-")
    return key if len(key) == 32 and generation.isascii() and generation.isdigit() else None


def fingerprint(key: str, text: str) -> str:
    """A short keyed hash of a text: says whether it changed, not what it is.

    White space does not count, because providers rewrite it. Empty text has an empty fingerprint.
    """
    words = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return (
        hashlib.blake2b(words, key=key.encode("utf-8", "surrogatepass")[:64], digest_size=9).hexdigest()
        if words
        else ""
    )


def generation_of_mark(mark: str | None) -> int:
    """Which copy of its origin a mark names; 0 when it is not one of ours."""
    return int((mark or "").rpartition("-")[2][:9]) if key_of_mark(mark) else 0


def is_copy(item: Item) -> bool:
    """Does the item carry a mark of ours?"""
    return key_of_mark(item.mark) is not None


def orphan_of(link: Link) -> Link:
    """The link of a copy that stays although its origin is unknown (any more): it occupies its place, and is adopted
    when its origin shows."""
    assert link.copy is not None
    place = replace(link.copy, id="", version="", title="", notes="", organizer=True, attendees=False)
    blank = Link(key=link.key, origin=link.origin, state=LinkState.SEEN, source=place, busy=False, reason=ORPHAN)
    return replace(blank, copy=link.copy, generation=link.generation)
