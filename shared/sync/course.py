"""How dealing with items goes: the course of one item, the tally of a round."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.accounts import DROPPED, LogLine
from shared.domain.cases import UNREAD, Case, Context, Create, Decision, Delete, Sight, Update, Write, refreshed
from shared.domain.items import Side
from shared.domain.links import Link, LinkState
from shared.domain.obstacles import held
from shared.domain.rules import Rule
from shared.domain.spans import Span

_NOT_LOGGED = (Rule.UNCHANGED, Rule.WAY_CLOSED, Rule.DIRECTION, Rule.OUTSIDE_WINDOW, Rule.ORPHAN)
AGREE = "agree"


@dataclass(slots=True)
class Tally:
    """What came of a round: how each item was found (by link key), writes (all, and those to
    Outlook), and link keys to try again."""

    found: dict[str, str] = field(default_factory=dict)
    writes: int = 0
    to_outlook: int = 0
    retry: list[str] = field(default_factory=list)

    @property
    def items(self) -> int:
        return len(self.found)

    @property
    def agree(self) -> int:
        """How many items agreed as they were found."""
        return sum(1 for how in self.found.values() if how == AGREE)

    @property
    def differences(self) -> dict[str, int]:
        """How many did not, by kind: see `difference`."""
        return dict(Counter(how for how in self.found.values() if how != AGREE))

    def note(self, key: str, how: str) -> None:
        """An item that is looked at twice agrees only if it did so from the beginning."""
        if how != AGREE or key not in self.found:
            self.found[key] = how


class Course:
    """How dealing with one item went: the case it began with, its row as it is stored (None: there is none), the first
    and the last decision, the writes done."""

    def __init__(self, case: Case, *, known: bool) -> None:
        self.case = case
        self.stored = case.link if known else None
        self.now = case
        self.first = self.last = Decision(rule=Rule.UNCHANGED, link=case.link)
        self.writes: tuple[Write, ...] = ()

    def turn(self, case: Case, decision: Decision) -> None:
        if not self.writes:
            self.first = decision
        self.now, self.last = case, decision

    def end(self, decision: Decision) -> None:
        self.last = decision

    @property
    def worth_a_line(self) -> bool:
        """Did anything come of it that a person may ask about?"""
        return bool(self.writes) or self.last.rule not in _NOT_LOGGED

    def line(self, at: datetime, cause: str, took: float, *, held_back: bool) -> LogLine:
        """What the sync log says of it. `took`: seconds."""
        decision = self.first if self.writes else self.last
        link = self.last.link or self.case.link
        fields = [name for write in self.writes if isinstance(write, Update) for name in write.change.fields]
        return LogLine(
            at=at,
            cause=cause,
            rule=decision.rule,
            item=link.key,
            side=self.writes[0].side if self.writes else "",
            fields=tuple(dict.fromkeys(fields)),
            outcome="held" if held_back else "done" if self.writes else "none",
            detail=self.last.conflict.detail if self.last.conflict else _said_of(decision.dropped),
            took_ms=round(took * 1000),
            times=link.source.span,
        )


def difference(writes: Sequence[Write], *, held_back: bool) -> str:
    """How an item was found: `agree`, or what was different. `missing`: it had no copy. `left_over`: it or its copy had
    to go. `time`, `text`: they said different things. `conflict`: a person must decide."""
    changes = [write.change for write in writes if isinstance(write, Update)]
    if any(isinstance(write, Create) for write in writes):
        return "missing"
    if any(isinstance(write, Delete) for write in writes):
        return "left_over"
    if held_back:
        return "conflict"
    return "time" if any(change.when for change in changes) else "text" if changes else AGREE


def refused(course: Course, code: str) -> Decision:
    """The receiving system said no: hold the item, and remember the old text, so that the next reading tries again."""
    before, link = course.now.link, course.last.link or course.now.link
    if link.state is LinkState.INTENDED:
        link = replace(link, state=LinkState.HELD, shape=course.case.link.shape)  # none was made with that shape
    elif link.copy is not None:
        text = before.source
        link = replace(link, source=replace(link.source, title=text.title, notes=text.notes))
    return held(link, Rule.HELD_REFUSED, code)


def _said_of(dropped: Iterable[str]) -> str:
    """The detail of a log line: which fields of the copy a person had changed in vain."""
    names = ",".join(dropped)
    return f"{DROPPED}{names}" if names else ""


def as_written(link: Link, decision: Decision) -> Link:
    """The link as it will stand when the decision is carried out: its items are where they are written to."""
    for write in decision.writes:
        when = write.change.when if isinstance(write, Update) else None
        if not isinstance(when, Span) or not isinstance(write, Update):
            continue
        if write.side is link.origin:
            link = replace(link, source=replace(link.source, span=when))
        elif link.copy is not None:
            link = replace(link, copy=replace(link.copy, span=when))
    return link


def seen(case: Case, side: Side, sight: Sight) -> Case:
    """The case with what was seen on one side."""
    return replace(case, origin=sight) if side is case.link.origin else replace(case, copy=sight)


def with_found_copy(ctx: Context, case: Case) -> Link:
    """A link that knew of no copy, with the one that was found by its mark: whoever looks at it next adopts it."""
    if case.link.state is not LinkState.SEEN or case.link.copy is not None:
        return case.link
    link = refreshed(ctx, case.link, UNREAD, case.copy)
    return replace(link, state=LinkState.INTENDED) if link.copy is not None else case.link


def appointment_of(booking_id: str) -> str:
    """The appointment behind a booking's id (an occurrence of a series has its day behind an `@`)."""
    return booking_id.partition("@")[0]


def clusters(spans: Iterable[Span]) -> list[Span]:
    """The fewest stretches that cover `spans` without reaching over more than a week of nothing."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start - result[-1].end <= timedelta(days=7):
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result
