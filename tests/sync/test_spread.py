"""Own times of connections: for as many one as another, and the same whoever reckons them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sync.spread import TEN_MINUTES, next_turn, own_time

DAY = timedelta(days=1)
DIVISORS = [TEN_MINUTES, timedelta(hours=3), timedelta(hours=6), DAY]


def test_every_ten_minutes_of_the_day_have_their_share() -> None:
    times = Counter(own_time(f"c{number % 200}", f"r{number}") for number in range(20_000))
    mean = 20_000 / 144
    assert len(times) == 144
    assert 0.7 * mean < min(times.values())
    assert max(times.values()) < 1.4 * mean


def test_the_resources_of_one_company_have_times_of_their_own() -> None:
    assert len({own_time("c1", f"r{number}") for number in range(60)}) > 40


def test_no_two_pairs_of_ids_are_taken_for_one() -> None:
    assert own_time("c1", "r12") != own_time("c11", "r2")


@given(
    own=st.integers(0, 143),
    every=st.sampled_from(DIVISORS),
    after=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis adds the zone
)
def test_the_next_turn_is_later_and_no_more_than_one_distance_away(own: int, every: timedelta, after: datetime) -> None:
    turn = next_turn(own * TEN_MINUTES, every, after)
    assert timedelta(0) < turn - after <= every
    assert next_turn(own * TEN_MINUTES, every, turn) == turn + every
    assert turn.minute % 10 == turn.second == turn.microsecond == 0


@pytest.mark.parametrize("every", DIVISORS)
def test_whoever_asks_between_two_turns_finds_the_same_one(every: timedelta) -> None:
    first = next_turn(timedelta(hours=5), every, datetime(2026, 3, 2, 9, 1, tzinfo=UTC))
    asked = [first - every + number * every / 20 for number in range(20)]
    assert {next_turn(timedelta(hours=5), every, moment) for moment in asked} == {first}
