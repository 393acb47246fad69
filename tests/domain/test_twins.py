"""A pair without a mark is linked only where nothing else can be meant."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.cases import Case, new_link
from shared.domain.items import Booking, Event, Side
from shared.domain.links import LinkState
from shared.domain.picture import Picture
from shared.domain.plan import plan
from shared.domain.rules import Rule
from shared.domain.settings import Direction
from shared.domain.spans import Span
from shared.domain.twins import twins
from tests.domain import kit

CTX = kit.context()


def plain(span: Span = kit.TEN, **facts: Any) -> Booking:
    return kit.appointment(span, **({"service": "", "title": "Team"} | facts))


def pairs(events: list[Event], bookings: list[Booking], direction: str = "two_way") -> list[tuple[str, str]]:
    ctx = kit.context(direction)
    return [(str(origin.side), copy.id) for origin, copy in twins(ctx, events, bookings)]


def test_alone_at_the_same_time_with_the_same_words_is_a_copy() -> None:
    assert pairs([kit.meeting()], [plain()]) == [("outlook", "booking")]
    assert pairs([kit.meeting()], [plain(title="Kalenderblocker")]) == [("outlook", "booking")]


def test_a_rounded_time_is_the_same_time() -> None:
    odd = Span(kit.TEN.start + kit.HOUR / 30, kit.TEN.end - kit.HOUR / 30)
    assert pairs([kit.meeting(odd)], [plain()]) == [("outlook", "booking")]


@pytest.mark.parametrize(
    "booking",
    [
        plain(service="Cut"),
        plain(customers=("Mia",)),
        plain(data_fields=(("Wish", "x"),)),
        plain(group=True),
        plain(connected=True),
        plain(split=True),
        plain(resource_ids=("r1", "r2")),
        plain(title="Stocktaking"),
        plain(kit.TEN.shifted(kit.HOUR / 12)),
    ],
)
def test_a_customers_booking_and_a_time_blocked_for_something_else_are_no_copies(booking: Booking) -> None:
    assert pairs([kit.meeting()], [booking]) == []


def test_two_at_one_time_are_nobodys_copy() -> None:
    assert pairs([kit.meeting()], [plain(), plain(id="other")]) == []
    assert pairs([kit.meeting(), kit.meeting(id="other")], [plain()]) == []


def test_an_event_in_our_category_is_the_copy_of_the_booking_at_its_time() -> None:
    event = kit.meeting(category=True, title="Cut – Mia")
    assert pairs([event], [kit.appointment()]) == [("timify", "event")]
    assert pairs([replace(event, attendees=True)], [kit.appointment()]) == []
    assert pairs([replace(event, series="master")], [kit.appointment()]) == []


def test_a_direction_that_is_closed_links_nothing() -> None:
    assert pairs([kit.meeting()], [plain()], "timify_to_outlook") == []
    assert pairs([kit.meeting(category=True)], [kit.appointment()], "outlook_to_timify") == []


@given(kit.contexts, st.lists(kit.events, max_size=4), st.lists(kit.bookings, max_size=4))
def test_nothing_has_two_copies_and_no_input_is_too_odd(ctx: Any, events: list[Event], bookings: list[Booking]) -> None:
    found = twins(ctx, events, bookings)
    assert len({id(copy) for _, copy in found}) == len({id(origin) for origin, _ in found}) == len(found)
    assert all(origin.side is not copy.side for origin, copy in found)


def test_linking_twins_writes_nothing_and_drops_nobodys_words() -> None:
    event, booking = kit.meeting(), plain(title="Calendar blocker", notes="bring cake")
    decision = plan(CTX, Case(link=new_link(CTX, event), origin=event, copy=booking, twin=True), Picture())
    assert (decision.rule, decision.writes) == (Rule.ADOPTED, ())
    assert decision.link
    assert (decision.link.state, decision.link.base, decision.link.face(Side.TIMIFY)) != (LinkState.SEEN, None, None)
    again = plan(CTX, Case(link=decision.link, origin=event, copy=booking), Picture())
    assert (again.rule, again.writes) == (Rule.UNCHANGED, ())
    assert CTX.settings.direction is Direction.TWO_WAY
