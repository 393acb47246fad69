"""What a person may decide in a conflict, and that nobody is offered what cannot be done."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from shared.domain.cases import GONE, UNREAD, Case, Context, Decision, Delete, Need, Update, face_of, new_link
from shared.domain.choices import keeps, keeps_of_pair
from shared.domain.items import Booking, Event, Item, Side
from shared.domain.links import Link, LinkState
from shared.domain.obstacles import held
from shared.domain.picture import Picture
from shared.domain.plan import plan
from shared.domain.rules import Rule
from shared.domain.settings import Settings, effective
from tests.domain import kit

CTX = kit.context()
LATER = kit.TEN.shifted(kit.HOUR)
OUT, TIM = Side.OUTLOOK, Side.TIMIFY


def moved(item: Item) -> Item:
    return replace(item, when=LATER) if isinstance(item, Event) else replace(item, span=LATER)


def told(decision: Decision) -> list[str]:
    return [f"{type(write).__name__.lower()} {write.side}" for write in decision.writes]


def overlapping(event: Event, booking: Booking, ctx: Context = CTX) -> tuple[Link, Link, Picture]:
    held_event = replace(new_link(ctx, event), state=LinkState.HELD, reason=Rule.HELD_OVERLAP)
    flagged = kit.linked(ctx, booking)
    return held_event, flagged, Picture([held_event, flagged])


# -- an item and its copy


@pytest.mark.parametrize(
    ("rule", "sides"),
    [
        (Rule.HELD_SERIES_EDIT, (TIM,)),
        (Rule.HELD_GROUP_BOOKING_EDIT, (TIM, OUT)),
        (Rule.HELD_COPY_DELETED, (TIM, OUT)),
        (Rule.HELD_OTHER_RESOURCE, (TIM,)),
        (Rule.HELD_NOT_ORGANIZER, (OUT,)),
        (Rule.HELD_WOULD_NOTIFY, (OUT,)),
    ],
)
def test_nobody_is_offered_what_a_side_cannot_do(rule: Rule, sides: tuple[Side, ...]) -> None:
    assert keeps(kit.linked(CTX, kit.appointment()), rule) == sides


def test_what_was_refused_has_a_value_of_the_other_side_only_where_there_is_one() -> None:
    event = kit.meeting()
    assert keeps(new_link(CTX, event), Rule.HELD_REFUSED) == ()
    assert keeps(new_link(CTX, event), Rule.HELD_WORKING_TIME) == (OUT,)
    assert keeps(kit.linked(CTX, event), Rule.HELD_REFUSED) == (OUT, TIM)
    assert keeps(kit.linked(CTX, kit.meeting(attendees=True)), Rule.HELD_WORKING_TIME) == (OUT,)


def test_a_group_booking_moves_or_goes_only_when_a_person_says_so() -> None:
    group = kit.appointment(group=True)
    link = kit.linked(CTX, group)
    copy = kit.copy_of(CTX, group)
    case = Case(link=link, origin=group, copy=moved(copy), prefer=OUT)
    assert told(plan(CTX, case, Picture())) == ["update timify"]
    assert told(plan(CTX, replace(case, prefer=TIM), Picture())) == ["update outlook"]
    assert told(plan(CTX, replace(case, copy=GONE), Picture())) == ["delete timify"]
    assert told(plan(CTX, replace(case, copy=GONE, prefer=TIM), Picture())) == ["create outlook"]


@pytest.mark.parametrize("reason", [Rule.HELD_COPY_DELETED, Rule.HELD_GROUP_BOOKING_EDIT])
def test_a_booking_whose_copy_is_gone_may_be_cancelled_or_copied_again(reason: Rule) -> None:
    booking = kit.appointment(group=reason is Rule.HELD_GROUP_BOOKING_EDIT)
    link = held(replace(kit.linked(CTX, booking), copy=None), reason).link
    assert link
    cancelled = plan(CTX, Case(link=link, origin=booking, copy=UNREAD, prefer=OUT), Picture())
    assert cancelled.writes == (Delete(TIM, notify=True),)
    assert told(plan(CTX, Case(link=link, origin=booking, copy=UNREAD, prefer=TIM), Picture())) == ["create outlook"]


def test_outside_of_working_times_is_allowed_by_a_person() -> None:
    outward = effective(Settings(), {"outlook_to_timify.working_times": "enforce"}).outlook_to_timify
    ctx = kit.context(outward=outward, working_times=((),) * 7)
    event = kit.meeting()
    waiting = plan(ctx, Case(link=new_link(ctx, event), origin=event, copy=UNREAD), Picture())
    assert waiting.rule is Rule.HELD_WORKING_TIME
    assert waiting.link
    case = Case(link=waiting.link, origin=event, copy=UNREAD, prefer=OUT)
    assert told(plan(ctx, case, Picture())) == ["create timify"]


def test_a_copy_to_which_people_were_invited_may_stay_as_it_is() -> None:
    booking = kit.appointment()
    copy = kit.copy_of(CTX, booking)
    assert isinstance(copy, Event)
    invited = replace(copy, attendees=True)
    renamed = Case(link=kit.linked(CTX, booking), origin=replace(booking, service="Shave"), copy=invited, prefer=OUT)
    left = plan(CTX, renamed, Picture())
    assert (left.writes, left.conflict) == ((), None)
    gone = plan(CTX, Case(link=kit.linked(CTX, booking), origin=GONE, copy=invited, prefer=OUT), Picture())
    assert (gone.rule, gone.writes) == (Rule.KEPT_BY_CHOICE, ())
    assert gone.link
    assert (gone.link.source.id, gone.link.reason) == ("", "orphan")


def test_a_copy_without_an_origin_is_forgotten_when_it_goes_and_deletes_nothing() -> None:
    booking = kit.appointment()
    orphan = plan(
        replace(CTX, keep=True), Case(link=kit.linked(CTX, booking), origin=GONE, copy=UNREAD), Picture()
    ).link
    assert orphan
    assert orphan.copy
    after = plan(CTX, Case(link=orphan, origin=UNREAD, copy=GONE), Picture())
    assert (after.link, after.writes) == (None, ())


@pytest.mark.parametrize("origin", [kit.meeting(), kit.appointment()], ids=["event", "booking"])
def test_who_keeps_the_copies_loses_neither_side(origin: Item) -> None:
    ctx, link = replace(CTX, keep=True), kit.linked(CTX, origin)
    assert plan(ctx, Case(link=link, origin=GONE, copy=UNREAD), Picture()).writes == ()
    again = plan(ctx, Case(link=link, origin=origin, copy=GONE), Picture())
    assert told(again) == [f"create {origin.side.other}"]


# -- two items in one slot


def test_the_booking_is_kept_and_the_meeting_goes() -> None:
    event, booking = kit.meeting(), kit.appointment()
    one, other, picture = overlapping(event, booking)
    assert keeps_of_pair(one, other) == (TIM, OUT)
    case = Case(link=one, origin=event, copy=UNREAD, prefer=TIM, rival=other.key)
    decision = plan(CTX, case, picture)
    assert (decision.rule, told(decision)) == (Rule.KEPT_BY_CHOICE, ["delete outlook"])
    kept = plan(CTX, Case(link=other, origin=booking, copy=UNREAD, prefer=TIM, rival=one.key), picture)
    assert told(kept) == []


def test_the_meeting_is_kept_and_the_booking_is_cancelled_with_word_to_its_customer() -> None:
    event, booking = kit.meeting(), kit.appointment()
    one, other, picture = overlapping(event, booking)
    case = Case(link=other, origin=UNREAD, copy=UNREAD, prefer=OUT, rival=one.key)
    assert plan(CTX, case, picture).need is Need.ORIGIN
    decision = plan(CTX, replace(case, origin=booking), picture)
    assert decision.writes == (Delete(TIM, notify=True),)
    over = replace(CTX, now=kit.TEN.end)
    assert plan(over, replace(case, origin=booking), picture).writes == (), "what is over is not cancelled"


@pytest.mark.parametrize("facts", [{"organizer": False}, {"attendees": True}])
def test_a_meeting_of_other_people_does_not_go(facts: dict[str, Any]) -> None:
    event, booking = kit.meeting(**facts), kit.appointment()
    one, other, picture = overlapping(event, booking)
    assert keeps_of_pair(one, other) == (OUT,)
    case = Case(link=one, origin=event, copy=UNREAD, prefer=TIM, rival=other.key)
    assert plan(CTX, case, picture).writes == ()


@pytest.mark.parametrize("facts", [{"connected": True}, {"group": True}])
def test_many_peoples_booking_does_not_go(facts: dict[str, Any]) -> None:
    event, booking = kit.meeting(), kit.appointment(**facts)
    one, other, picture = overlapping(event, booking)
    assert keeps_of_pair(one, other) == (TIM,)
    case = Case(link=other, origin=booking, copy=UNREAD, prefer=OUT, rival=one.key)
    assert plan(CTX, case, picture).writes == ()


def test_what_collides_no_longer_stays() -> None:
    event, booking = kit.meeting(LATER), kit.appointment()
    one, other, picture = overlapping(event, booking)
    case = Case(link=other, origin=booking, copy=UNREAD, prefer=OUT, rival=one.key)
    assert plan(CTX, case, picture).writes == ()
    assert plan(CTX, replace(case, rival="forgotten"), picture).writes == ()


def test_one_way_nobody_decides_over_the_source() -> None:
    ctx = kit.context("outlook_to_timify")
    event, booking = kit.meeting(), kit.appointment()
    one, other, picture = overlapping(event, booking, ctx)
    case = Case(link=other, origin=booking, copy=UNREAD, prefer=OUT, rival=one.key)
    assert plan(ctx, case, picture).writes == ()


def test_a_meeting_moved_onto_a_booking_goes_back_instead_of_going() -> None:
    event = kit.meeting()
    there = kit.linked(CTX, kit.appointment(LATER, id="other"))
    link = kit.linked(CTX, event)
    waiting = plan(CTX, Case(link=link, origin=moved(event), copy=UNREAD), Picture([there]))
    assert waiting.link
    assert keeps_of_pair(waiting.link, there) == (TIM, OUT)
    case = Case(link=waiting.link, origin=moved(event), copy=UNREAD, prefer=TIM, rival=there.key)
    [back] = plan(CTX, case, Picture([waiting.link, there])).writes
    assert isinstance(back, Update)
    assert (back.side, back.change.when) == (OUT, kit.TEN)


def test_of_two_bookings_the_one_moved_in_outlook_goes_back() -> None:
    booking, there = kit.appointment(), kit.linked(CTX, kit.appointment(LATER, id="other"))
    link = kit.linked(CTX, booking)
    case = Case(link=link, origin=booking, copy=moved(kit.copy_of(CTX, booking)))
    waiting = plan(CTX, case, Picture([there])).link
    assert waiting
    assert waiting.copy
    assert keeps_of_pair(waiting, there) == (TIM,)
    invited = replace(waiting, copy=replace(waiting.copy, attendees=True))
    assert keeps_of_pair(invited, there) == ()


def test_of_two_meetings_of_one_hour_a_person_moves_one() -> None:
    one = kit.linked(CTX, kit.meeting())
    other = replace(new_link(CTX, kit.meeting(id="two")), state=LinkState.HELD, reason=Rule.HELD_OVERLAP)
    assert keeps_of_pair(one, other) == ()


@given(kit.contexts, kit.links, kit.links)
def test_a_side_is_offered_once_and_only_where_nobody_gets_mail(ctx: Context, one: Link, other: Link) -> None:
    offered = keeps_of_pair(one, other)
    assert len(set(offered)) == len(offered)
    if TIM in offered and one.origin is not other.origin:
        event = one if one.origin is OUT else other
        assert event.source.organizer
        assert not event.source.attendees


def test_a_face_knows_what_is_one_of_many() -> None:
    assert face_of(kit.appointment(connected=True), "k", kit.BERLIN).joint
    assert face_of(kit.appointment(group=True), "k", kit.BERLIN).joint
    assert not face_of(kit.appointment(), "k", kit.BERLIN).joint
    assert not face_of(kit.meeting(), "k", kit.BERLIN).joint


def test_a_booking_is_read_before_it_follows_its_copy() -> None:
    booking = kit.appointment()
    case = Case(link=kit.linked(CTX, booking), origin=UNREAD, copy=moved(kit.copy_of(CTX, booking)))
    assert plan(CTX, case, Picture()).need is Need.ORIGIN


def test_each_of_two_in_one_slot_is_the_others_rival() -> None:
    one, other, picture = overlapping(kit.meeting(), kit.appointment())
    [conflict] = picture.overlaps(one)
    assert (conflict.rival(one.key), conflict.rival(other.key)) == (other.key, one.key)
    alone = held(one, Rule.HELD_REFUSED).conflict
    assert alone
    assert alone.rival(one.key) == ""
