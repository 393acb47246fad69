"""Conflicts in words."""

from datetime import UTC, datetime

import pytest

from shared.domain.conflicts import Conflict, ConflictKind
from shared.domain.items import Side
from shared.sync.resolve import actions_of
from shared.words.conflicts import ADVICE, KEEPING, TITLES, acts, sentence
from shared.words.speech import speech

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize("kind", list(ConflictKind))
def test_every_kind_has_words_for_all_that_can_be_done(kind: ConflictKind) -> None:
    say = speech("en")
    assert TITLES[kind]
    assert ADVICE[kind]
    for side in {name for known, name in KEEPING if known is kind}:
        conflict = Conflict(kind=kind, item="a", other="b", keeps=(Side(side.removeprefix("keep_")),))
        assert side in [act.name for act in acts(actions_of(conflict), conflict, say, NOW, {})]


def test_a_booking_of_several_resources_says_that_another_one_is_not_available() -> None:
    conflict = Conflict(kind=ConflictKind.OVERLAP, item="a", keeps=(Side.TIMIFY,))
    assert sentence(conflict, speech("en")).startswith("Another resource of the booking")
    assert "deleted" not in " ".join(act.effect for act in acts(actions_of(conflict), conflict, speech("en"), NOW, {}))
