"""What a copy looks like, and which items have one (the tables of the product, row by row)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from shared.domain.items import Item, ShowAs, Side
from shared.domain.rules import Rule
from shared.domain.settings import OutlookToTimify, Settings, Switch, effective
from shared.domain.shape import (
    NOTES_LIMIT,
    TITLE_LIMIT,
    Shape,
    expected,
    is_anonymous,
    occupies,
    shape_of,
    stays,
)
from shared.domain.spans import Days, Span, span_of
from tests.domain import kit

DAY = Days(date(2026, 3, 3), date(2026, 3, 4))


def outward(**choices: str) -> Shape:
    """The shape of events under some settings."""
    chosen = effective(Settings(), {f"outlook_to_timify.{name}": value for name, value in choices.items()})
    return Shape(chosen.outlook_to_timify)


def inward(**choices: str) -> Shape:
    """The shape of bookings under some settings."""
    chosen = effective(Settings(), {f"timify_to_outlook.{name}": value for name, value in choices.items()})
    return Shape(chosen.timify_to_outlook)


@pytest.mark.parametrize(
    ("facts", "choices", "rule"),
    [
        ({}, {}, None),
        ({"show_as": ShowAs.OUT_OF_OFFICE}, {}, None),
        ({"show_as": ShowAs.UNKNOWN}, {}, None),
        ({"show_as": ShowAs.TENTATIVE}, {}, None),
        ({"show_as": ShowAs.TENTATIVE}, {"tentative": "skip"}, Rule.TENTATIVE),
        ({"show_as": ShowAs.FREE}, {}, Rule.FREE),
        ({"show_as": ShowAs.FREE}, {"free": "sync"}, None),
        ({"show_as": ShowAs.WORKING_ELSEWHERE}, {}, Rule.WORKING_ELSEWHERE),
        ({"show_as": ShowAs.WORKING_ELSEWHERE}, {"working_elsewhere": "sync"}, None),
        ({"declined": True}, {}, Rule.DECLINED),
        ({"cancelled": True}, {}, Rule.CANCELLED),
        ({"private": True}, {}, None),
        ({"private": True}, {"private_events": "skip"}, Rule.PRIVATE),
        ({"when": DAY}, {}, None),
        ({"when": DAY}, {"all_day": "skip"}, Rule.ALL_DAY),
        ({"when": Span(kit.NOON, kit.NOON)}, {}, Rule.NO_DURATION),
        ({"when": Span(kit.NOON, kit.NOON - kit.HOUR)}, {}, Rule.NO_DURATION),
    ],
)
def test_which_events_travel(facts: dict[str, Any], choices: dict[str, str], rule: Rule | None) -> None:
    assert stays(kit.meeting(**facts), outward(**choices), kit.BERLIN) == rule


def test_a_reservation_waits_until_it_is_confirmed() -> None:
    assert stays(kit.appointment(reserved=True), inward(), kit.BERLIN) is Rule.RESERVED
    assert stays(kit.appointment(), inward(), kit.BERLIN) is None


def test_a_private_event_keeps_its_calendar_busy_even_where_it_is_skipped() -> None:
    assert occupies(kit.meeting(private=True), outward(private_events="skip"), kit.BERLIN)
    assert not occupies(kit.meeting(show_as=ShowAs.FREE), outward(), kit.BERLIN)
    assert occupies(kit.appointment(), inward(), kit.BERLIN)


@pytest.mark.parametrize(
    ("facts", "choices", "title", "notes"),
    [
        ({}, {}, "Team", "agenda"),
        ({}, {"event_name": "off"}, "Calendar blocker", "agenda"),
        ({}, {"anonymous": "on"}, "Calendar blocker", ""),
        ({"private": True}, {}, "Calendar blocker", ""),
        ({"title": " \r\n\x00"}, {}, "Calendar blocker", "agenda"),
        ({"title": "a\tb\x00c"}, {}, "a b c", "agenda"),
        ({"title": "🍜 שלום"}, {}, "🍜 שלום", "agenda"),
    ],
)
def test_what_a_copy_in_timify_says(facts: dict[str, Any], choices: dict[str, str], title: str, notes: str) -> None:
    draft = expected(kit.meeting(**({"notes": "agenda"} | facts)), outward(**choices), kit.BERLIN)
    assert (draft.title, draft.notes) == (title, notes)


PERSON: dict[str, Any] = {
    "customers": ("Anna Berg",),
    "notes": "window seat",
    "data_fields": (("Size", "M"), ("Empty", "")),
    "resource_names": ("Pat",),
}


@pytest.mark.parametrize(
    ("facts", "choices", "title", "notes"),
    [
        ({}, {}, "Cut – Anna Berg", ""),
        ({}, {"customer_name": "off"}, "Cut", ""),
        ({}, {"service_name": "off"}, "Anna Berg", ""),
        ({}, {"service_name": "off", "customer_name": "off"}, "TIMIFY booking", ""),
        ({}, {"resource_name": "on"}, "Cut – Anna Berg (Pat)", ""),
        ({"resource_names": ("Pat\r\n\x00", " ")}, {"resource_name": "on"}, "Cut – Anna Berg (Pat)", ""),
        ({"resource_names": ("\n",)}, {"resource_name": "on"}, "Cut – Anna Berg", ""),
        ({}, {"notes": "on"}, "Cut – Anna Berg", "window seat"),
        ({}, {"data_fields": "on", "notes": "on"}, "Cut – Anna Berg", "Size: M\nwindow seat"),
        ({}, {"anonymous": "on", "notes": "on", "resource_name": "on"}, "TIMIFY booking", ""),
        ({"service": "", "title": "Fitting"}, {}, "Fitting – Anna Berg", ""),
        (
            {"group": True, "title": "Yoga", "participants": 3, "max_participants": 10},
            {},
            "Yoga – 3 of 10 participants",
            "",
        ),
        ({"group": True, "participants": 0, "max_participants": 10}, {}, "Cut – 0 of 10 participants", ""),
        ({"group": True, "max_participants": 10}, {"service_name": "off"}, "0 of 10 participants", ""),
    ],
)
def test_what_a_copy_in_outlook_says(facts: dict[str, Any], choices: dict[str, str], title: str, notes: str) -> None:
    draft = expected(kit.appointment(**(PERSON | facts)), inward(**choices), kit.BERLIN)
    assert (draft.title, draft.notes) == (title, notes)


def test_our_own_words_are_in_the_language_of_the_company() -> None:
    assert expected(kit.meeting(private=True), Shape(OutlookToTimify(), "de_AT"), kit.BERLIN).title == "Kalenderblocker"
    assert expected(kit.appointment(service=""), inward(), kit.BERLIN).title == "TIMIFY booking"


def test_an_all_day_event_blocks_the_days_of_the_resource() -> None:
    draft = expected(kit.meeting(DAY), outward(), kit.BERLIN)
    assert draft.when == span_of(DAY, kit.BERLIN)


def test_a_booking_keeps_its_minutes_in_outlook() -> None:
    odd = Span(kit.TEN.start, kit.TEN.end.replace(minute=3))
    assert expected(kit.appointment(odd), inward(), kit.BERLIN).when == odd


@settings(max_examples=200, deadline=None, derandomize=True)
@given(kit.items)
def test_texts_of_any_length_and_kind_fit(item: Item) -> None:
    shape = outward() if item.side is Side.OUTLOOK else inward(notes="on", data_fields="on", resource_name="on")
    draft = expected(item, shape, kit.BERLIN)
    assert 0 < len(draft.title) <= TITLE_LIMIT
    assert len(draft.notes) <= NOTES_LIMIT
    assert "\n" not in draft.title
    assert "\x00" not in draft.title


@settings(max_examples=200, deadline=None, derandomize=True)
@given(kit.settings, kit.settings, kit.items)
def test_a_linked_item_keeps_the_shape_it_was_first_synced_with(first: Settings, later: Settings, item: Item) -> None:
    kept = shape_of(first, item.side, "de").encode()
    shape = shape_of(later, item.side, "en", kept)
    assert shape == shape_of(first, item.side, "de")
    assert expected(item, shape, kit.BERLIN) == expected(item, shape_of(first, item.side, "de"), kit.BERLIN)
    assert is_anonymous(item, shape) == is_anonymous(item, shape_of(first, item.side, "de"))


def test_a_shape_of_an_older_version_takes_what_it_misses_from_the_settings() -> None:
    now = replace(Settings(), outlook_to_timify=OutlookToTimify(event_name=Switch.OFF))
    part = shape_of(now, Side.OUTLOOK, "en", "anonymous=on").part
    assert isinstance(part, OutlookToTimify)
    assert (str(part.anonymous), str(part.event_name)) == ("on", "off")
