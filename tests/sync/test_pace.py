"""How fast a mailbox is filled, whoever works on it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.accounts import Progress
from shared.sync.sweep import pace

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEN_MINUTES = 600


def test_five_thousand_meetings_are_imported_without_a_pause() -> None:
    assert pace(Progress(writes=5_000, started_at=NOON), NOON) == 0


@given(st.lists(st.integers(0, 1_500), min_size=1, max_size=60), st.integers(10, 60))
def test_no_ten_minutes_see_more_than_ten_thousand_calls(parts: list[int], each: int) -> None:
    """Parts of an import, one after the other, each with so many writes within `each` seconds."""
    now, writes = NOON, 0
    done: list[tuple[datetime, int]] = []
    for part in parts:
        now += timedelta(seconds=each)
        writes += part
        done.append((now, part))
        now += timedelta(seconds=pace(Progress(writes=writes, started_at=NOON), now))
    for end, _ in done:
        begin = end - timedelta(seconds=TEN_MINUTES)
        assert sum(part for at, part in done if begin < at <= end) <= 10_000
