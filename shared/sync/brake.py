"""The brake: before a round takes away much at once, it stops and asks.

A mailbox that was restored, a category that was emptied, a read that came back wrong: whatever the cause, many things
that vanish at once are more likely a mishap than a wish, and a customer's booking cannot be un-cancelled.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.accounts import RoundState
from shared.domain.cases import GONE, Case, Context
from shared.domain.items import Booking, Event, Side
from shared.domain.links import Link, LinkState
from shared.domain.settings import DeletedInOutlook, Direction, Settings
from shared.domain.shape import stays
from shared.domain.spans import Span
from shared.sync.desk import Desk
from shared.sync.keeping import Ledger
from shared.sync.pull import Known

ALWAYS_ALLOWED = 10
SHARE_ALLOWED = 0.2
A_FULL_CALENDAR = 5
"""Copies from which on it is no wish but a mishap when nothing is left of them."""
ONE_MISHAP = timedelta(minutes=10)
"""Originals that go within this time because their copies were deleted count together, however small the rounds are."""
GO_AHEAD = "resume"
"""The cause of a sweep that a person asked for after the brake: it may delete as much as there is to delete, or (with
`Wake.keep`) nothing of what is gone on one side only."""


class ManyDeletions(Exception):
    """More would be deleted than may go without asking. Nothing of it was done.

    `halfway`: all of it are occurrences, so it may be the first half of an edit that people make as one: "this and
    following" ends a series, and a moment later another one begins.
    """

    def __init__(self, losses: int, copies: int, *, halfway: bool = False) -> None:
        super().__init__(f"{losses} of {copies}")
        self.losses = losses
        self.copies = copies
        self.halfway = halfway


async def brake(desk: Desk, cases: Sequence[Known]) -> None:
    """Raise ManyDeletions when `cases`, with what this reading has lost before, would delete more than ten items and
    more than a fifth of the connection's copies, or leave nothing of five or more."""
    losses = [case for case, _ in cases if _is_loss(case, desk.ctx.settings)]
    lost = len(losses) - _moved(desk.ctx, losses, cases)
    desk.losses += lost
    desk.originals += sum(1 for case in losses if case.copy is GONE)
    if desk.unbraked or desk.ctx.keep or desk.losses < A_FULL_CALENDAR:
        return
    copies = sum([1 async for link in desk.ledger.links(remember=False) if link.state is LinkState.LINKED])
    many = desk.losses > ALWAYS_ALLOWED and desk.losses > SHARE_ALLOWED * copies
    if many or lost >= copies:
        halfway = all(case.origin is GONE and _is_occurrence(case.link) for case in losses)
        raise ManyDeletions(desk.losses, copies, halfway=halfway)


async def brake_empty(ledger: Ledger, window: Span, empty: Iterable[Side]) -> None:
    """Raise ManyDeletions when a side that is `empty` in the whole window had five or more linked items there.

    A whole reading asks before it begins, so that not even its first slice deletes anything.
    """
    for side in empty:
        stood = sum([1 async for link in ledger.links(remember=False) if _stands(link, side, window)])
        if stood >= A_FULL_CALENDAR:
            raise ManyDeletions(stood, stood)


def remembered(state: RoundState, now: datetime) -> int:
    """How many originals were lost in rounds a moment ago: many small rounds are one mishap."""
    return state.lost if state.lost_since is not None and now - state.lost_since < ONE_MISHAP else 0


def with_losses(state: RoundState, originals: int, now: datetime) -> RoundState:
    """The state that remembers the originals that a round lost."""
    before = remembered(state, now)
    since = state.lost_since if before else now
    return replace(state, lost=before + originals, lost_since=since) if originals else state


def _stands(link: Link, side: Side, window: Span) -> bool:
    face = link.face(side)
    return link.state is LinkState.LINKED and face is not None and face.span.touches(window)


def _is_loss(case: Case, settings: Settings) -> bool:
    """Would one side of a linked pair go because the other is gone?

    Where both are gone there is nothing to lose; a copy that is only made again is no loss either.
    """
    if case.link.state is not LinkState.LINKED or (case.origin is GONE) == (case.copy is GONE):
        return False
    if case.origin is GONE:
        return True
    cancels = settings.timify_to_outlook.deleted_in_outlook is DeletedInOutlook.CANCEL_BOOKING
    return settings.direction is Direction.TWO_WAY and (case.link.origin is Side.OUTLOOK or cancels)


def _moved(ctx: Context, losses: Sequence[Case], cases: Sequence[Known]) -> int:
    """How many losses are occurrences that only moved: a series that is dragged to other days, cut in two by "this and
    following", or made a single event, gets other ids for them, and what comes stands for what goes."""
    gone = [case.link for case in losses if case.origin is GONE and _is_occurrence(case.link)]
    series = {link.unit for link in gone}
    come = [case.link for case, known in cases if not known and _travels(ctx, case)]
    come = [link for link in come if _is_occurrence(link) or link.source.id in series]
    return (Counter(link.origin for link in gone) & Counter(link.origin for link in come)).total()


def _travels(ctx: Context, case: Case) -> bool:
    return isinstance(case.origin, Event | Booking) and stays(case.origin, ctx.shape(case.link), ctx.zone) is None


def _is_occurrence(link: Link) -> bool:
    """Is it one of several with an id of its own?"""
    return link.unit not in ("", link.source.id)
