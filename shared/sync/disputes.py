"""Disputes: the conflicts of one connection while its items are dealt with, what is new of them and what is cured."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.cases import Context, Decision
from shared.domain.conflicts import Conflict, ConflictState
from shared.domain.picture import Picture
from shared.domain.settings import Direction
from shared.sync.keeping import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What looking at one item changed: conflicts to store, ids of cured ones, and the items that those concerned."""

    news: list[Conflict]
    cured: list[str]
    concerned: set[str]


class Disputes:
    """Conflicts by id."""

    def __init__(self) -> None:
        self._open: dict[str, Conflict] = {}

    def __len__(self) -> int:
        return len(self._open)

    def get(self, conflict_id: str) -> Conflict | None:
        return self._open.get(conflict_id)

    async def load(self, ledger: Ledger) -> None:
        """Read them; most connections have none, which is known without a look."""
        if ledger.state.open_conflicts:
            self._open = {conflict.id: conflict for conflict in await ledger.conflicts()}

    def turn(self, key: str, found: Iterable[Conflict], now: datetime) -> Turn:
        """Take in which conflicts the item `key` is in now; who ignored one is not asked again."""
        standing, news = set[str](), list[Conflict]()
        for conflict in found:
            seen = _as_known(conflict, self._open.get(conflict.id), now)
            standing.add(seen.id)
            if seen != self._open.get(seen.id):
                news.append(seen)
                self._open[seen.id] = seen
        cured = [x for x in self._open.values() if x.concerns(key) and x.id not in standing]
        for conflict in cured:
            del self._open[conflict.id]
        concerned = {party for conflict in cured for party in conflict.parties} - {key}
        return Turn(news=news, cured=[conflict.id for conflict in cured], concerned=concerned)


def _as_known(conflict: Conflict, before: Conflict | None, now: datetime) -> Conflict:
    """The conflict as it is now, with what was known of it: since when, whether it is ignored, what a system said."""
    if before is None:
        return replace(conflict, since=now, state=ConflictState.OPEN)
    detail = conflict.detail or before.detail
    return replace(conflict, since=before.since or now, state=before.state, detail=detail)


def conflicts_of(ctx: Context, picture: Picture, decision: Decision) -> list[Conflict]:
    """Every conflict in which an item stands by a decision about it, each once."""
    found = picture.overlaps(decision.link) if decision.link else []
    if decision.conflict is not None:
        found = [*found, decision.conflict]
    if ctx.settings.direction is not Direction.TWO_WAY:  # there the source is the law, and nobody's choice
        found = [replace(conflict, keeps=()) for conflict in found]
    return list({conflict.id: conflict for conflict in found}.values())
