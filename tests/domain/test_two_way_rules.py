"""The rules between two sides that are both linked: who moved, who was deleted, and what follows, as tables."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from shared.domain.cases import GONE, UNREAD, Case, Context, Create, Decision, Delete, Need, Sight, Update, new_link
from shared.domain.items import Booking, Change, Event, Item, Side
from shared.domain.picture import Picture
from shared.domain.plan import plan
from shared.domain.rules import Rule
from shared.domain.settings import Settings, TimifyToOutlook, effective
from shared.domain.spans import Days, Span, span_of
from tests.domain import kit

LATER, EARLIER = kit.TEN.shifted(kit.HOUR), kit.TEN.shifted(-kit.HOUR)


def seen(item: Item, how: str) -> Sight:
    """The item as it looks after somebody did that to it."""
    if how == "deleted":
        return GONE
    place = {"unchanged": kit.TEN, "later": LATER, "earlier": EARLIER}[how]
    if isinstance(item, Event):
        return replace(item, when=place, version="2")
    return replace(item, span=place, version="2")


def told(decision: Decision) -> str:
    """The writes of a decision in short: `update outlook`, `create timify` …"""
    assert decision.need is None
    return ", ".join(f"{type(write).__name__.lower()} {write.side}" for write in decision.writes)


def decide(ctx: Context, origin_item: Item, origin: str, copy: str, **rest: Any) -> Decision:
    link, made = kit.linked(ctx, origin_item), kit.copy_of(ctx, origin_item)
    case = Case(link=link, origin=seen(origin_item, origin), copy=seen(made, copy), **rest)
    return plan(ctx, case, Picture())


TWO_WAY = {
    ("unchanged", "unchanged"): "",
    ("unchanged", "later"): "update origin",
    ("unchanged", "deleted"): "delete origin",
    ("later", "unchanged"): "update copy",
    ("later", "later"): "",
    ("later", "earlier"): "update copy",
    ("later", "deleted"): "create copy",
    ("deleted", "unchanged"): "delete copy",
    ("deleted", "later"): "delete copy",
    ("deleted", "deleted"): "",
}
OWN_WAY = TWO_WAY | {("unchanged", "later"): "update copy", ("unchanged", "deleted"): "create copy"}
EXAMPLES: dict[Side, Item] = {Side.OUTLOOK: kit.meeting(), Side.TIMIFY: kit.appointment()}


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("way", ["two_way", "one_way"])
@pytest.mark.parametrize(("origin", "copy"), list(TWO_WAY))
def test_what_follows_when_both_sides_may_have_changed(side: Side, way: str, origin: str, copy: str) -> None:
    own = "outlook_to_timify" if side is Side.OUTLOOK else "timify_to_outlook"
    ctx = kit.context(way if way == "two_way" else own)
    wanted = (TWO_WAY if way == "two_way" else OWN_WAY)[origin, copy]
    wanted = wanted.replace("origin", side).replace("copy", side.other)
    assert told(decide(ctx, EXAMPLES[side], origin, copy)) == wanted


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("origin", "copy"), list(TWO_WAY))
def test_nothing_is_made_or_moved_where_the_way_is_closed(side: Side, origin: str, copy: str) -> None:
    closed = "timify_to_outlook" if side is Side.OUTLOOK else "outlook_to_timify"
    decision = decide(kit.context(closed), EXAMPLES[side], origin, copy)
    assert all(isinstance(write, Delete) and write.side is side.other for write in decision.writes)
    if origin == "unchanged":
        assert told(decision) == ""


@pytest.mark.parametrize(
    ("choice", "notified", "rule", "writes"),
    [
        ("cancel_booking", True, Rule.BOOKING_CANCELLED, "delete timify"),
        ("restore_copy", False, Rule.RESTORED, "create outlook"),
        ("ask", False, Rule.HELD_COPY_DELETED, ""),
    ],
)
def test_what_a_copy_deleted_in_outlook_means_is_a_setting(
    choice: str, notified: bool, rule: Rule, writes: str
) -> None:
    inward = effective(Settings(), {"timify_to_outlook.deleted_in_outlook": choice}).timify_to_outlook
    decision = decide(kit.context(inward=inward), kit.appointment(), "unchanged", "deleted")
    assert (decision.rule, told(decision)) == (rule, writes)
    assert any(isinstance(write, Delete) and write.notify for write in decision.writes) == notified


def test_the_past_is_not_cancelled() -> None:
    ctx = replace(kit.context(), now=kit.TEN.end)
    decision = decide(ctx, kit.appointment(), "unchanged", "deleted")
    assert (decision.rule, told(decision)) == (Rule.PAST, "")


def test_an_event_that_is_over_goes_with_its_copy_all_the_same() -> None:
    ctx = replace(kit.context(), now=kit.TEN.end)
    decision = decide(ctx, kit.meeting(), "unchanged", "deleted")
    assert (decision.rule, told(decision)) == (Rule.COPY_DELETED, "delete outlook")


@pytest.mark.parametrize(
    ("facts", "copy", "rule"),
    [
        ({"organizer": False}, "later", Rule.HELD_NOT_ORGANIZER),
        ({"organizer": False}, "deleted", Rule.HELD_NOT_ORGANIZER),
        ({"attendees": True}, "later", Rule.HELD_WOULD_NOTIFY),
        ({"attendees": True}, "deleted", Rule.HELD_WOULD_NOTIFY),
    ],
)
def test_a_meeting_of_other_people_is_a_conflict_and_not_a_mail(facts: dict[str, Any], copy: str, rule: Rule) -> None:
    decision = decide(kit.context(), kit.meeting(**facts), "unchanged", copy)
    assert (decision.rule, told(decision)) == (rule, "")
    assert decision.conflict


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"connected": True}, Rule.HELD_SERIES_EDIT),
        ({"group": True}, Rule.HELD_GROUP_BOOKING_EDIT),
    ],
)
@pytest.mark.parametrize("copy", ["later", "deleted"])
def test_many_peoples_booking_is_a_conflict(facts: dict[str, Any], rule: Rule, copy: str) -> None:
    decision = decide(kit.context(), kit.appointment(**facts), "unchanged", copy)
    assert (decision.rule, told(decision)) == (rule, "")
    assert decision.conflict


def test_a_booking_of_several_resources_asks_for_the_others_first() -> None:
    several = kit.appointment(resource_ids=("r1", "r2"))
    asked = decide(kit.context(), several, "unchanged", "later")
    assert (asked.need, asked.target) == (Need.OTHERS, LATER)
    assert told(decide(kit.context(), several, "unchanged", "later", others_free=True)) == "update timify"
    blocked = decide(kit.context(), several, "unchanged", "later", others_free=False)
    assert (blocked.rule, told(blocked)) == (Rule.HELD_OTHER_RESOURCE, "")
    assert blocked.conflict


@pytest.mark.parametrize("side", list(Side))
def test_a_person_may_prefer_either_side(side: Side) -> None:
    origin = EXAMPLES[side]
    kept = decide(kit.context(), origin, "later", "earlier", prefer=side.other)
    assert told(kept) == f"update {side}"
    assert told(decide(kit.context(), origin, "unchanged", "later", prefer=side)) == f"update {side.other}"


def test_the_title_of_an_event_may_be_edited_in_timify() -> None:
    ctx, event = kit.context(), kit.meeting()
    copy = replace(kit.copy_of(ctx, event), title="Renamed")
    decision = plan(ctx, Case(link=kit.linked(ctx, event), origin=event, copy=copy), Picture())
    write = decision.writes[0]
    assert isinstance(write, Update)
    assert (write.side, write.change.title, write.change.when) == (Side.OUTLOOK, "Renamed", None)


@pytest.mark.parametrize("facts", [{"private": True}, {"organizer": False}, {"attendees": True}])
def test_a_title_that_must_not_flow_back_is_put_back(facts: dict[str, Any]) -> None:
    ctx, event = kit.context(), kit.meeting(**facts)
    copy = replace(kit.copy_of(ctx, event), title="Renamed")
    decision = plan(ctx, Case(link=kit.linked(ctx, event), origin=event, copy=copy), Picture())
    assert told(decision) == "update timify"


def test_a_title_that_was_wiped_out_is_put_back() -> None:
    ctx, event = kit.context(), kit.meeting()
    copy = replace(kit.copy_of(ctx, event), title=" ")
    decision = plan(ctx, Case(link=kit.linked(ctx, event), origin=event, copy=copy), Picture())
    assert (decision.rule, told(decision)) == (Rule.PUT_BACK, "update timify")


def test_notes_never_flow_back() -> None:
    ctx, event = kit.context(), kit.meeting(notes="a formatted agenda")
    copy = replace(kit.copy_of(ctx, event), notes="scribble")
    decision = plan(ctx, Case(link=kit.linked(ctx, event), origin=event, copy=copy), Picture())
    assert (decision.rule, told(decision)) == (Rule.COPY_TEXT_KEPT, "")


def test_what_a_person_writes_into_a_bookings_copy_stays() -> None:
    ctx, booking = kit.context(), kit.appointment()
    copy = replace(kit.copy_of(ctx, booking), title="Anna (bring shoes)")
    decision = plan(ctx, Case(link=kit.linked(ctx, booking), origin=booking, copy=copy), Picture())
    assert (decision.rule, told(decision)) == (Rule.COPY_TEXT_KEPT, "")


def test_different_fields_changed_on_both_sides_merge() -> None:
    ctx, event = kit.context(), kit.meeting()
    copy = kit.copy_of(ctx, event)
    assert isinstance(copy, Booking)
    moved, renamed = replace(event, when=LATER), replace(copy, title="Renamed")
    decision = plan(ctx, Case(link=kit.linked(ctx, event), origin=moved, copy=renamed), Picture())
    assert {(write.side, write.change.fields) for write in decision.writes if isinstance(write, Update)} == {
        (Side.OUTLOOK, ("title",)),
        (Side.TIMIFY, ("when",)),
    }


def test_a_copy_with_invited_people_is_not_deleted_by_us() -> None:
    ctx, booking = kit.context(), kit.appointment()
    copy = kit.copy_of(ctx, booking)
    assert isinstance(copy, Event)
    invited = replace(copy, attendees=True)
    decision = plan(ctx, Case(link=kit.linked(ctx, booking), origin=GONE, copy=invited), Picture())
    assert (decision.rule, told(decision)) == (Rule.HELD_WOULD_NOTIFY, "")


def test_a_copy_with_invited_people_is_not_moved_by_us() -> None:
    ctx, booking = kit.context(), kit.appointment()
    copy = kit.copy_of(ctx, booking)
    assert isinstance(copy, Event)
    case = Case(link=kit.linked(ctx, booking), origin=seen(booking, "later"), copy=replace(copy, attendees=True))
    decision = plan(ctx, case, Picture())
    assert (decision.rule, told(decision)) == (Rule.HELD_WOULD_NOTIFY, "")


def test_a_booking_dragged_to_odd_minutes_snaps_to_the_grid_and_keeps_its_length() -> None:
    ctx, booking = kit.context(), kit.appointment()
    copy = kit.copy_of(ctx, booking)
    assert isinstance(copy, Event)
    for minutes, snapped in ((2, 0), (3, 5), (58, 60)):
        odd = replace(copy, when=kit.TEN.shifted(minutes * kit.HOUR / 60))
        write = plan(ctx, Case(link=kit.linked(ctx, booking), origin=booking, copy=odd), Picture()).writes[0]
        assert isinstance(write, Update)
        assert write.change.when == kit.TEN.shifted(snapped * kit.HOUR / 60)


def test_a_copy_nudged_by_less_than_the_grid_knows_is_put_back_instead_of_left_beside_its_booking() -> None:
    ctx, booking = kit.context(), kit.appointment()
    copy = kit.copy_of(ctx, booking)
    assert isinstance(copy, Event)
    minute = kit.HOUR / 60
    for span in (kit.TEN.shifted(minute), kit.TEN.shifted(-2 * minute), Span(kit.TEN.start + minute, kit.TEN.end)):
        case = Case(link=kit.linked(ctx, booking), origin=booking, copy=replace(copy, when=span))
        decision = plan(ctx, case, Picture())
        assert (decision.rule, decision.writes) == (Rule.PUT_BACK, (Update(Side.OUTLOOK, Change(when=kit.TEN)),))


def test_an_all_day_event_dragged_in_timify_stays_all_day_where_it_can() -> None:
    ctx, event = kit.context(), kit.meeting(Days(date(2026, 3, 28), date(2026, 3, 29)))
    copy = kit.copy_of(ctx, event)
    assert isinstance(copy, Booking)
    sunday = Days(date(2026, 3, 29), date(2026, 3, 30))
    for span, wanted in ((span_of(sunday, kit.BERLIN), sunday), (kit.TEN, kit.TEN)):
        case = Case(link=kit.linked(ctx, event), origin=event, copy=replace(copy, span=span))
        write = plan(ctx, case, Picture()).writes[0]
        assert isinstance(write, Update)
        assert write.change.when == wanted


def test_a_busy_hour_holds_a_booking_back_only_where_that_is_chosen() -> None:
    busy = Picture([kit.linked(kit.context(), kit.meeting(id="other"))])
    booking = kit.appointment()
    for choice, writes in (("hold", ""), ("copy_and_flag", "create outlook")):
        inward: TimifyToOutlook = effective(Settings(), {"timify_to_outlook.when_busy": choice}).timify_to_outlook
        ctx = kit.context(inward=inward)
        decision = plan(ctx, Case(link=new_link(ctx, booking), origin=booking, copy=UNREAD), busy)
        assert told(decision) == writes


def test_a_create_is_what_an_intended_link_ends_in() -> None:
    ctx, event = kit.context(), kit.meeting()
    decision = plan(ctx, Case(link=new_link(ctx, event), origin=event, copy=UNREAD), Picture())
    assert [type(write) for write in decision.writes] == [Create]
    assert decision.link
    assert decision.link.state == "intended"


@pytest.mark.parametrize("side", list(Side))
def test_the_same_text_changed_differently_is_told_as_dropped(side: Side) -> None:
    ctx, origin = kit.context(), EXAMPLES[side]
    renamed = replace(origin, title="Ours") if isinstance(origin, Event) else replace(origin, service="Ours")
    copy = replace(kit.copy_of(ctx, origin), title="Theirs")
    decision = plan(ctx, Case(link=kit.linked(ctx, origin), origin=renamed, copy=copy), Picture())
    assert (decision.rule, told(decision), decision.dropped) == (Rule.ORIGIN_WINS, f"update {side.other}", ("title",))


@pytest.mark.parametrize("side", list(Side))
def test_the_same_text_on_both_sides_is_agreed_and_not_written(side: Side) -> None:
    ctx, origin = kit.context(), EXAMPLES[side]
    renamed = replace(origin, title="Same") if isinstance(origin, Event) else replace(origin, service="Same")
    copy = replace(kit.copy_of(ctx, origin), title="Same")
    decision = plan(ctx, Case(link=kit.linked(ctx, origin), origin=renamed, copy=copy), Picture())
    assert (decision.rule, decision.writes) == (Rule.AGREED, ())


@pytest.mark.parametrize("side", list(Side))
def test_the_same_time_changed_differently_is_told_as_dropped(side: Side) -> None:
    decision = decide(kit.context(), EXAMPLES[side], "later", "earlier")
    assert (decision.rule, decision.dropped) == (Rule.ORIGIN_WINS, ("when",))


def test_an_event_that_was_spared_for_its_guests_is_copied_again_when_they_are_taken_off() -> None:
    ctx, event = kit.context(), kit.meeting(attendees=True)
    spared = decide(ctx, event, "unchanged", "deleted").link
    assert spared
    for guests, writes in ((True, ""), (False, "create timify")):
        case = Case(link=spared, origin=replace(event, attendees=guests, version="3"), copy=UNREAD)
        assert told(plan(ctx, case, Picture())) == writes


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("why", [{"reason": Rule.HELD_REFUSED}, {"base": (EARLIER, kit.TEN)}])
def test_an_item_that_its_copy_could_not_follow_is_not_deleted_with_it(side: Side, why: dict[str, Any]) -> None:
    ctx, origin = kit.context(), EXAMPLES[side]
    case = Case(link=replace(kit.linked(ctx, origin), **why), origin=origin, copy=GONE)
    decision = plan(ctx, case, Picture())
    assert (decision.rule, told(decision)) == (Rule.RESTORED, f"create {side.other}")
    assert told(plan(ctx, replace(case, prefer=side.other), Picture())) == f"delete {side}"


def test_a_retry_asks_again_what_a_deleted_copy_means() -> None:
    asking, cancelling = (
        kit.context(inward=effective(Settings(), {"timify_to_outlook.deleted_in_outlook": choice}).timify_to_outlook)
        for choice in ("ask", "cancel_booking")
    )
    asked = decide(asking, kit.appointment(), "unchanged", "deleted").link
    assert asked
    case = Case(link=asked, origin=kit.appointment(), copy=UNREAD, again=True)
    assert plan(asking, case, Picture()).rule is Rule.HELD_COPY_DELETED
    assert plan(cancelling, case, Picture()).rule is Rule.BOOKING_CANCELLED
