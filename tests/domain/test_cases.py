"""What is remembered of items and receipts, and the corners of the rules that no pair of changes reaches."""

from dataclasses import replace

import pytest

from shared.domain.cases import GONE, UNREAD, Case, Create, Need, Update, new_link, nothing_new, refreshed, settled
from shared.domain.items import Change, Draft, Event, Item, ShowAs, Side
from shared.domain.links import Link, LinkState
from shared.domain.obstacles import own_conflict, works_at
from shared.domain.picture import Picture
from shared.domain.plan import plan
from shared.domain.rules import Rule
from shared.domain.settings import Settings, effective
from shared.domain.spans import Span
from tests.domain import kit

LATER = kit.TEN.shifted(kit.HOUR)
CTX = kit.context()


def moved(item: Item, to: Span = LATER) -> Item:
    return replace(item, when=to) if isinstance(item, Event) else replace(item, span=to)


# -- receipts


def test_a_new_copy_is_remembered_as_the_provider_returned_it() -> None:
    event = kit.meeting()
    link, receipt = new_link(CTX, event), kit.copy_of(CTX, event)
    made = settled(CTX, link, Create(Side.TIMIFY, Draft(when=kit.TEN, title="Team", notes="")), receipt)
    assert made.copy
    assert (made.copy.id, made.copy.version) == ("copy", receipt.version)


def test_a_written_time_is_agreed_once_it_arrived() -> None:
    event = kit.meeting()
    before = refreshed(CTX, kit.linked(CTX, event), moved(event), UNREAD)
    assert before.base
    write = Update(Side.TIMIFY, Change(when=LATER))
    assert settled(CTX, before, write, moved(kit.copy_of(CTX, event))).base is None
    assert settled(CTX, before, write, kit.copy_of(CTX, event)).base == before.base


def test_a_text_that_was_not_written_is_not_taken_for_agreed() -> None:
    event = kit.meeting()
    link = kit.linked(CTX, event)
    assert link.copy
    receipt = replace(kit.copy_of(CTX, event), title="Renamed", notes="new")
    after = settled(CTX, link, Update(Side.TIMIFY, Change(when=LATER)), receipt)
    assert after.copy
    assert (after.copy.title, after.copy.notes) == (link.copy.title, link.copy.notes)


@pytest.mark.parametrize("side", list(Side))
def test_a_time_that_was_not_written_is_not_taken_for_agreed(side: Side) -> None:
    event = kit.meeting()
    link = kit.linked(CTX, event)
    receipt = moved(event if side is Side.OUTLOOK else kit.copy_of(CTX, event))
    after = settled(CTX, link, Update(side, Change(title="Renamed")), receipt)
    assert after.base == (kit.TEN, kit.TEN)


def test_a_title_that_flowed_back_is_agreed_where_it_arrived_whole() -> None:
    event = kit.meeting()
    renamed = replace(kit.copy_of(CTX, event), title="Renamed")
    link = refreshed(CTX, kit.linked(CTX, event), event, renamed)
    write = Update(Side.OUTLOOK, Change(title="Renamed"))
    whole = settled(CTX, link, write, replace(event, title="Renamed"))
    short = settled(CTX, link, write, replace(event, title="Ren"))
    assert link.copy
    assert whole.source.title == link.copy.title
    assert short.source.title == link.source.title


# -- corners


def test_a_copy_found_again_is_adopted_without_a_write() -> None:
    event = kit.meeting()
    copy = kit.copy_of(CTX, event)
    lost = new_link(CTX, event)
    decision = plan(CTX, Case(link=lost, origin=event, copy=copy), Picture())
    assert (decision.rule, decision.writes) == (Rule.ADOPTED, ())
    assert decision.link
    assert decision.link.state is LinkState.LINKED


def test_a_copy_whose_origin_was_not_read_waits() -> None:
    orphan = replace(kit.linked(CTX, kit.meeting()), state=LinkState.SEEN, reason="orphan")
    decision = plan(CTX, Case(link=orphan, origin=UNREAD, copy=UNREAD), Picture())
    assert (decision.rule, decision.link) == (Rule.UNCHANGED, orphan)


def test_an_intended_copy_that_was_never_made_is_made() -> None:
    link = replace(new_link(CTX, kit.meeting()), state=LinkState.INTENDED)
    assert plan(CTX, Case(link=link, origin=UNREAD, copy=UNREAD), Picture()).need is Need.ORIGIN


def test_a_seen_item_that_was_not_read_stays_as_it_is() -> None:
    link = new_link(CTX, kit.meeting())
    assert plan(CTX, Case(link=link, origin=UNREAD, copy=UNREAD), Picture()).rule is Rule.UNCHANGED


def test_a_title_edited_in_timify_needs_no_look_at_the_event() -> None:
    event = kit.meeting()
    copy = replace(kit.copy_of(CTX, event), title="Renamed")
    decision = plan(CTX, Case(link=kit.linked(CTX, event), origin=UNREAD, copy=copy), Picture())
    assert [write.side for write in decision.writes] == [Side.OUTLOOK]


def test_a_booking_dragged_onto_another_stays_until_there_is_room() -> None:
    booking, other = kit.appointment(), kit.linked(CTX, kit.appointment(LATER, id="other"))
    case = Case(link=kit.linked(CTX, booking), origin=booking, copy=moved(kit.copy_of(CTX, booking)))
    picture = Picture([other])
    decision = plan(CTX, case, picture)
    assert (decision.rule, decision.writes) == (Rule.HELD_OVERLAP, ())
    assert decision.link
    assert picture.overlaps(decision.link)
    assert plan(CTX, case, Picture()).writes


def test_a_booking_made_longer_in_outlook_takes_the_whole_of_it() -> None:
    booking = kit.appointment()
    longer = Span(kit.TEN.start, kit.TEN.end + kit.HOUR * 0.7)
    case = Case(link=kit.linked(CTX, booking), origin=booking, copy=moved(kit.copy_of(CTX, booking), longer))
    write = plan(CTX, case, Picture()).writes[0]
    assert isinstance(write, Update)
    assert write.change.when == longer.outwards()


def test_a_booking_is_read_before_it_is_given_up() -> None:
    held = replace(new_link(CTX, kit.appointment()), state=LinkState.HELD, reason=Rule.HELD_COPY_DELETED)
    decision = plan(CTX, Case(link=held, origin=UNREAD, copy=UNREAD, prefer=Side.OUTLOOK), Picture())
    assert decision.need is Need.ORIGIN
    gone = plan(CTX, Case(link=kit.linked(CTX, kit.appointment()), origin=UNREAD, copy=GONE), Picture())
    assert gone.need is Need.ORIGIN


def test_what_was_refused_waits_for_a_change_or_a_wish() -> None:
    event = kit.meeting()
    held = replace(new_link(CTX, event), state=LinkState.HELD, reason=Rule.HELD_REFUSED)
    waiting = plan(CTX, Case(link=held, origin=event, copy=UNREAD), Picture())
    assert (waiting.rule, waiting.writes) == (Rule.UNCHANGED, ())
    assert waiting.conflict
    assert plan(CTX, Case(link=held, origin=event, copy=UNREAD, again=True), Picture()).writes
    assert plan(CTX, Case(link=held, origin=replace(event, title="Renamed"), copy=UNREAD), Picture()).writes


def test_an_item_keeps_its_first_decision_until_it_changes() -> None:
    free = kit.meeting(show_as=ShowAs.FREE)
    rested = plan(CTX, Case(link=new_link(CTX, free), origin=free, copy=UNREAD), Picture()).link
    assert rested
    now = kit.context(outward=effective(Settings(), {"outlook_to_timify.free": "sync"}).outlook_to_timify)
    assert plan(now, Case(link=rested, origin=free, copy=UNREAD), Picture()).rule is Rule.FREE
    later = plan(now, Case(link=rested, origin=replace(free, version="2"), copy=UNREAD), Picture())
    assert later.writes


def test_an_event_that_is_declined_loses_its_copy() -> None:
    event = kit.meeting(declined=True)
    decision = plan(CTX, Case(link=kit.linked(CTX, event), origin=event, copy=UNREAD), Picture())
    assert (decision.rule, [write.side for write in decision.writes]) == (Rule.DECLINED, [Side.TIMIFY])


WEEK = ((("09:00", "12:00"), ("13:00", "24:00")),) * 7


@pytest.mark.parametrize(
    ("hours", "works"), [((10, 11), True), ((7, 9), False), ((11, 14), False), ((20, 23), True), ((20, 24), False)]
)
def test_working_times_are_local_and_may_end_at_midnight(hours: tuple[int, int], works: bool) -> None:
    day = kit.NOON.replace(hour=0)
    span = Span(day + hours[0] * kit.HOUR, day + hours[1] * kit.HOUR)
    assert works_at(WEEK, span, kit.BERLIN) == works


def test_an_event_outside_of_the_working_times_is_held_where_they_are_enforced() -> None:
    outward = effective(Settings(), {"outlook_to_timify.working_times": "enforce"}).outlook_to_timify
    early = kit.meeting(kit.TEN.shifted(-8 * kit.HOUR))
    for enforced, rule in (
        (kit.context(outward=outward, working_times=WEEK), Rule.HELD_WORKING_TIME),
        (CTX, Rule.COPIED),
    ):
        decision = plan(enforced, Case(link=new_link(enforced, early), origin=early, copy=UNREAD), Picture())
        assert decision.rule is rule
        assert bool(decision.conflict) == (rule is Rule.HELD_WORKING_TIME)


def test_a_reason_nobody_knows_is_no_conflict() -> None:
    link: Link = replace(kit.linked(CTX, kit.meeting()), reason="unheard of")
    assert own_conflict(link) is None


def test_an_echo_is_known_and_a_wish_is_none() -> None:
    event = kit.meeting()
    link, copy = kit.linked(CTX, event), kit.copy_of(CTX, event)
    echo = Case(link=link, origin=event, copy=copy)
    assert nothing_new(CTX, echo)
    assert link.spans == (kit.TEN, kit.TEN)
    for other in (
        replace(echo, again=True),
        replace(echo, prefer=Side.OUTLOOK),
        replace(echo, copy=GONE),
        replace(echo, copy=moved(copy)),
        replace(echo, origin=replace(event, title="Renamed")),
        replace(echo, link=replace(link, reason=Rule.HELD_OVERLAP)),
    ):
        assert not nothing_new(CTX, other)


@pytest.mark.parametrize("rule", [Rule.HELD_REFUSED, Rule.HELD_WOULD_NOTIFY])
def test_what_only_a_look_can_tell_is_held_until_somebody_looks(rule: Rule) -> None:
    link = replace(kit.linked(CTX, kit.meeting()), reason=rule)
    blind = Case(link=link, origin=UNREAD, copy=UNREAD)
    assert plan(CTX, blind, Picture()).rule is rule
    assert plan(CTX, blind, Picture()).conflict
    assert plan(CTX, replace(blind, again=True), Picture()).need is Need.ORIGIN
    seen = plan(CTX, replace(blind, origin=kit.meeting()), Picture())
    assert seen.link
    assert seen.link.reason == ""


def test_a_copy_that_cannot_be_put_back_is_held_and_the_overlap_found() -> None:
    one_way, event = kit.context("outlook_to_timify"), kit.meeting()
    copy = moved(kit.copy_of(one_way, event))
    blocker = kit.linked(one_way, kit.meeting(id="other"))
    picture = Picture([blocker])
    decision = plan(one_way, Case(link=kit.linked(one_way, event), origin=event, copy=copy), picture)
    assert (decision.rule, decision.writes) == (Rule.HELD_OVERLAP, ())
    assert decision.link
    assert [conflict.concerns(blocker.key) for conflict in picture.overlaps(decision.link)] == [True]


def test_a_retry_of_a_deleted_copy_asks_again_by_the_settings_of_the_moment() -> None:
    for choice, rule in (("ask", Rule.HELD_COPY_DELETED), ("cancel_booking", Rule.BOOKING_CANCELLED)):
        inward = effective(Settings(), {"timify_to_outlook.deleted_in_outlook": choice}).timify_to_outlook
        ctx, booking = kit.context(inward=inward), kit.appointment()
        link = replace(kit.linked(ctx, booking), state=LinkState.HELD, copy=None, reason=Rule.HELD_COPY_DELETED)
        decision = plan(ctx, Case(link=link, origin=booking, copy=UNREAD, again=True), Picture())
        assert decision.rule is rule
