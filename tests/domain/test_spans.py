"""Time: the grid, whole days across clock changes, and the sentinels of calendars."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.spans import GRID, Days, Span, When, clamp, days_of, dragged_days, hull, span_of
from tests.domain import kit

often = settings(max_examples=200, deadline=None, derandomize=True)
days = st.builds(
    lambda first, long: Days(first, first + timedelta(days=long)),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.integers(1, 40),
)


@often
@given(kit.spans)
def test_rounding_covers_all_of_it_and_no_more_than_a_step(span: Span) -> None:
    wide = span.outwards()
    assert wide.start <= span.start
    assert wide.end >= span.end
    assert span.start - wide.start < GRID
    assert wide.end - span.end < GRID
    assert wide == wide.outwards()


def test_a_meeting_of_odd_minutes_is_rounded_outwards() -> None:
    assert kit.NOON.minute == 0
    odd = Span(kit.NOON + timedelta(minutes=2), kit.NOON + timedelta(minutes=47))
    assert odd.outwards() == Span(kit.NOON, kit.NOON + timedelta(minutes=50))


@often
@given(days, kit.zones)
def test_whole_days_come_back_from_the_instants_they_cover(when: Days, zone: ZoneInfo) -> None:
    found = days_of(span_of(when, zone), zone)
    assert found == when or zone.key == "Pacific/Apia"


@often
@given(kit.whens, kit.zones)
def test_any_time_has_a_span_and_any_span_may_be_asked_for_days(when: When, zone: ZoneInfo) -> None:
    span = span_of(when, zone)
    days_of(span, zone)
    assert span.shifted(timedelta(0)) == span
    assert span.empty == (span.minutes <= 0) or abs(span.end - span.start) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Asia/Kathmandu", date(2026, 3, 29), 24),
    ],
)
def test_a_day_of_a_clock_change_is_not_24_hours(zone: str, day: date, hours: float) -> None:
    span = span_of(Days(day, day + timedelta(days=1)), ZoneInfo(zone))
    assert span.end - span.start == timedelta(hours=hours)
    assert days_of(span, ZoneInfo(zone)) == Days(day, day + timedelta(days=1))


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"])
def test_days_dragged_over_a_clock_change_are_still_whole_days(zone: str, count: int) -> None:
    place, first = ZoneInfo(zone), date(2026, 3, 10)
    was = span_of(Days(first, first + timedelta(days=count)), place)
    for by in range(365):
        days = Days(first + timedelta(days=by), first + timedelta(days=by + count))
        start = span_of(days, place).start
        assert dragged_days(was, Span(start, start + (was.end - was.start)), place) == days


def test_days_dragged_to_noon_or_cut_short_are_no_whole_days() -> None:
    was = span_of(Days(date(2026, 3, 10), date(2026, 3, 12)), kit.BERLIN)
    assert dragged_days(was, was.shifted(kit.HOUR), kit.BERLIN) is None
    assert dragged_days(was, Span(was.start, was.end - kit.HOUR), kit.BERLIN) is None
    assert dragged_days(was, Span(was.start, was.end - 24 * kit.HOUR), kit.BERLIN) == Days(
        date(2026, 3, 10), date(2026, 3, 11)
    )


def test_an_hour_is_not_a_day() -> None:
    assert days_of(kit.TEN, kit.BERLIN) is None


def test_a_midnight_of_another_zone_is_none_here() -> None:
    span = span_of(Days(date(2026, 3, 3), date(2026, 3, 4)), ZoneInfo("Asia/Kathmandu"))
    assert days_of(span, kit.BERLIN) is None


def test_the_first_and_the_last_day_of_all_time_do_not_overflow() -> None:
    span = span_of(Days(date.min, date.max), ZoneInfo("Pacific/Kiritimati"))
    assert not span.empty
    assert clamp(datetime.max.replace(tzinfo=UTC)) < datetime.max.replace(tzinfo=UTC)
    assert span.outwards() == span.outwards().outwards()


def test_neighbours_do_not_touch() -> None:
    assert not kit.TEN.touches(kit.TEN.shifted(kit.HOUR))
    assert kit.TEN.touches(kit.TEN.shifted(kit.HOUR - timedelta(seconds=1)))


def test_a_hull_covers_all_and_of_nothing_there_is_none() -> None:
    assert hull([kit.TEN, kit.TEN.shifted(kit.HOUR * 5)]) == Span(kit.NOON, kit.NOON + 6 * kit.HOUR)
    assert hull([]) is None


def test_days_without_a_day_are_empty() -> None:
    assert Days(date(2026, 3, 3), date(2026, 3, 3)).empty


def test_preparation_and_follow_up_widen_a_span() -> None:
    assert kit.TEN.extended(kit.HOUR, 2 * kit.HOUR) == Span(kit.NOON - kit.HOUR, kit.NOON + 3 * kit.HOUR)
