"""Conflicts that the pages about them show."""

from datetime import timedelta

from shared.domain.conflicts import Conflict, ConflictKind, ConflictState
from shared.domain.items import Side
from shared.domain.spans import Span
from tests.functions.api_world import NOW

HOUR = timedelta(hours=1)
OVERLAP = Conflict(
    kind=ConflictKind.OVERLAP,
    item="a" * 32,
    other="b" * 32,
    outlook=Span(NOW, NOW + HOUR),
    timify=Span(NOW + HOUR / 2, NOW + 2 * HOUR),
    keeps=(Side.TIMIFY, Side.OUTLOOK),
    since=NOW - HOUR,
)
REFUSED = Conflict(
    kind=ConflictKind.REFUSED, item="c" * 32, detail="<ErrorX>", outlook=Span(NOW, NOW + HOUR), since=NOW - 240 * HOUR
)
IGNORED = Conflict(kind=ConflictKind.SERIES_EDIT, item="d" * 32, since=NOW - HOUR, state=ConflictState.IGNORED)
