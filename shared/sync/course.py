"""How dealing with items goes: the course of one item, the tally of a round."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from shared.domain.cases import Case, Decision, Write
from shared.domain.links import LinkState
from shared.domain.obstacles import held
from shared.domain.rules import Rule
from shared.domain.spans import Span

_NOT_LOGGED = (Rule.UNCHANGED, Rule.WAY_CLOSED, Rule.DIRECTION, Rule.OUTSIDE_WINDOW, Rule.ORPHAN)


@dataclass(slots=True)
class Tally:
    """What came of a round: items looked at, items that agree, writes, and link keys to try again."""

    items: int = 0
    agree: int = 0
    writes: int = 0
    retry: list[str] = field(default_factory=list)


class Course:
    """How dealing with one item went: the case it began with, the first and the last decision, the writes done."""

    def __init__(self, case: Case) -> None:
        self.case = case
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


def refused(course: Course, code: str) -> Decision:
    """The receiving system said no: hold the item, and remember the old text, so that the next reading tries again."""
    before, link = course.now.link, course.last.link or course.now.link
    if link.state is LinkState.INTENDED:
        link = replace(link, state=LinkState.HELD)
    elif link.copy is not None:
        text = before.source
        link = replace(link, source=replace(link.source, title=text.title, notes=text.notes))
    return held(link, Rule.HELD_REFUSED, code)


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
