"""Speaking to people: in their language where we know it, in their time zone, and never with half a sentence."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.words.speech import language_of, languages, preferred, speech

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_an_unknown_language_or_zone_is_english_and_utc_instead_of_an_error_page() -> None:
    say = speech("xx-YY", "Mars/Olympus")
    assert say("Connect") == "Connect"
    assert say.clock(NOON) == "12:00"


@pytest.mark.parametrize("locale", ["de", "DE", "de-AT", "de_CH", "de-Latn-DE"])
def test_every_kind_of_german_is_german(locale: str) -> None:
    assert language_of(locale) == "de"


def test_a_time_is_told_as_the_companys_clocks_show_it() -> None:
    berlin, london = speech("de", "Europe/Berlin"), speech("en", "Europe/London")
    assert berlin.moment(NOON) == "Do., 26. Nov., 13:00"
    assert london.moment(NOON) == "Thu 26 Nov, 12:00"
    assert london.span(NOON, NOON + timedelta(hours=1)) == "Thu 26 Nov, 12:00–13:00"
    assert london.span(NOON, NOON + timedelta(days=1)) == "Thu 26 Nov, 12:00–Fri 27 Nov, 12:00"
    assert berlin.day(date(2026, 11, 26)) == "26. November 2026"
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    assert berlin.day(late) == "27. November 2026", "a moment is a day of the zone"


def test_how_long_ago_is_told_in_words() -> None:
    assert speech("en").ago(NOON - timedelta(minutes=5), NOON) == "5 minutes ago"
    assert speech("de").ago(NOON - timedelta(hours=2), NOON) == "vor 2 Stunden"
    assert speech("en").ago(NOON + timedelta(minutes=3), NOON) == "in 3 minutes"


def test_numbers_and_lists_are_written_as_the_language_does() -> None:
    assert speech("de").number(12345) == "12.345"
    assert speech("en").number(12345) == "12,345"
    assert speech("de").listed(["a", "b", "c"]) == "a, b und c"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR,de;q=0.5", "de"),
        ("fr", "de"),
        ("", "de"),
        ("*", "de"),
        ("de;q=0, en", "en"),
    ],
)
def test_a_browser_is_answered_in_the_language_it_likes_best(header: str, language: str) -> None:
    assert preferred(header, otherwise="de-AT") == language


@given(st.text())
def test_no_header_of_a_browser_brings_a_page_down(header: str) -> None:
    assert preferred(header, "en") in languages()
