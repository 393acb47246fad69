"""The planner is total, deterministic, and keeps its promises for any input, also for one that makes no sense."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from shared.domain.cases import (
    GONE,
    UNREAD,
    Case,
    Context,
    Create,
    Delete,
    Update,
    new_link,
    refreshed,
    settled,
)
from shared.domain.items import Booking, Event, Item, Side
from shared.domain.links import Link, LinkState
from shared.domain.obstacles import own_conflict
from shared.domain.picture import Picture
from shared.domain.plan import plan
from shared.domain.rules import Rule
from shared.domain.settings import Direction, Settings
from shared.domain.shape import stays
from shared.domain.spans import GRID, Span, span_of
from tests.domain import kit

often = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
"""The same examples in every run, on any machine."""


@often
@given(kit.contexts, kit.cases(), kit.pictures)
def test_every_combination_has_one_answer(ctx: Context, case: Case, picture: Picture) -> None:
    first = plan(ctx, case, picture)
    assert first == plan(ctx, case, picture)
    if first.need is None and first.link is None:
        assert first.writes or GONE in (case.origin, case.copy) or case.link.copy is None


@often
@given(kit.contexts, kit.cases(), kit.pictures)
def test_nothing_is_created_or_changed_where_the_direction_is_closed(
    ctx: Context, case: Case, picture: Picture
) -> None:
    decision = plan(ctx, case, picture)
    for write in decision.writes:
        into_closed = not ctx.settings.direction.allows(write.side.other)
        assert not (into_closed and isinstance(write, Create | Update))


@often
@given(kit.contexts, kit.cases(), kit.pictures, st.sampled_from(["outlook_to_timify", "timify_to_outlook"]))
def test_one_way_never_writes_to_the_origin(ctx: Context, case: Case, picture: Picture, way: str) -> None:
    ctx = replace(ctx, settings=replace(ctx.settings, direction=Direction(way)))
    case = replace(case, prefer=None)
    assert all(write.side is not case.link.origin for write in plan(ctx, case, picture).writes)


@often
@given(kit.contexts, kit.cases(), kit.pictures)
def test_an_event_that_could_send_mail_is_never_written(ctx: Context, case: Case, picture: Picture) -> None:
    now = refreshed(ctx, case.link, case.origin, case.copy)
    face = now.face(Side.OUTLOOK)
    if face and case.side(Side.OUTLOOK) is not GONE and (face.attendees or not face.organizer):
        written = [write for write in plan(ctx, case, picture).writes if write.side is Side.OUTLOOK]
        ours = now.origin is Side.TIMIFY and not face.attendees
        assert ours or all(isinstance(write, Create) for write in written)


@often
@given(kit.contexts, kit.cases(), kit.pictures)
def test_a_copy_is_made_only_where_there_is_none(ctx: Context, case: Case, picture: Picture) -> None:
    for write in plan(ctx, case, picture).writes:
        if isinstance(write, Create):
            assert case.link.copy is None or case.copy is GONE


@often
@given(kit.contexts, kit.items)
def test_a_new_item_travels_or_it_says_why_not(ctx: Context, item: Item) -> None:
    link = new_link(ctx, item)
    decision = plan(ctx, Case(link=link, origin=item, copy=UNREAD), Picture())
    travels = (
        stays(item, ctx.shape(link), ctx.zone) is None
        and ctx.settings.direction.allows(item.side)
        and link.source.span.touches(ctx.window)
        and decision.rule is not Rule.HELD_WORKING_TIME
    )
    assert [type(write) for write in decision.writes] == ([Create] if travels else [])
    assert decision.link
    if decision.link.state is LinkState.HELD:
        assert decision.conflict


@often
@given(kit.events, kit.contexts)
def test_an_anonymous_item_carries_no_text(event: Event, ctx: Context) -> None:
    secret = replace(event, private=True, title="SECRET talk", notes="SECRET notes")
    decision = plan(ctx, Case(link=new_link(ctx, secret), origin=secret, copy=UNREAD), Picture())
    assert "SECRET" not in repr(decision)


@often
@given(kit.items, kit.contexts)
def test_a_link_holds_no_text(item: Item, ctx: Context) -> None:
    secret = replace(item, title="SECRET talk", notes="SECRET notes")
    decision = plan(ctx, Case(link=new_link(ctx, secret), origin=secret, copy=UNREAD), Picture())
    assert "SECRET" not in repr((decision.link, decision.conflict))


@often
@given(kit.contexts, kit.travelling, kit.settings)
def test_a_copy_just_made_is_in_agreement_whatever_the_settings_become(
    ctx: Context, item: Item, later: Settings
) -> None:
    ctx = replace(ctx, settings=replace(ctx.settings, direction=Direction.TWO_WAY), working_times=())
    first = plan(ctx, Case(link=new_link(ctx, item), origin=item, copy=UNREAD), Picture())
    if not first.writes:
        assert first.rule is Rule.PRIVATE
        return
    assert first.link
    write = first.writes[0]
    assert isinstance(write, Create)
    receipt = kit.copy_of(ctx, item)
    link = settled(ctx, first.link, write, receipt)
    second = plan(ctx, Case(link=link, origin=item, copy=receipt), Picture())
    assert second.writes == ()
    assert second.link
    third = plan(
        replace(ctx, settings=replace(later, direction=Direction.TWO_WAY)),
        Case(link=second.link, origin=item, copy=receipt),
        Picture(),
    )
    assert third.writes == ()


@often
@given(st.data())
def test_a_rounded_copy_never_moves_its_original(data: st.DataObject) -> None:
    ctx = kit.context()
    start = kit.NOON + data.draw(st.timedeltas(timedelta(0), timedelta(days=20)))
    event = kit.meeting(Span(start, start + data.draw(st.timedeltas(timedelta(minutes=1), timedelta(hours=9)))))
    link, copy = kit.linked(ctx, event), kit.copy_of(ctx, event)
    assert isinstance(copy, Booking)
    for version in range(2, 8):
        touch = data.draw(st.sampled_from(["event", "copy", "both", "note", "none"]))
        if touch in ("event", "both"):
            event = replace(event, version=str(version))
        if touch in ("copy", "both"):
            copy = replace(copy, version=str(version))
        decision = plan(ctx, Case(link=link, origin=event, copy=copy), Picture())
        assert decision.writes == ()
        assert decision.link
        link = decision.link


@often
@given(st.data())
def test_a_copy_dragged_by_whole_steps_takes_its_original_along_by_as_much(data: st.DataObject) -> None:
    ctx = kit.context()
    start = kit.NOON + data.draw(st.timedeltas(timedelta(0), timedelta(days=20)))
    event = kit.meeting(Span(start, start + data.draw(st.timedeltas(timedelta(minutes=1), timedelta(hours=9)))))
    link, copy = kit.linked(ctx, event), kit.copy_of(ctx, event)
    assert isinstance(copy, Booking)
    by = data.draw(st.integers(1, 500)) * GRID
    decision = plan(ctx, Case(link=link, origin=event, copy=replace(copy, span=copy.span.shifted(by))), Picture())
    write = decision.writes[0]
    assert isinstance(write, Update)
    assert write.side is Side.OUTLOOK
    assert write.change.when == span_of(event.when, ctx.zone).shifted(by)


@often
@given(kit.links, kit.links)
def test_an_overlap_is_one_conflict_whichever_way_it_is_found(one: Link, other: Link) -> None:
    picture = Picture([one, other])
    first = {conflict.id: conflict for conflict in picture.overlaps(one)}
    second = {conflict.id: conflict for conflict in picture.overlaps(other)}
    assume(one.key != other.key)
    assert first == second


@often
@given(kit.contexts, kit.cases(), kit.pictures)
def test_what_is_held_has_a_conflict_of_its_own_or_an_overlap(ctx: Context, case: Case, picture: Picture) -> None:
    decision = plan(ctx, case, picture)
    if decision.need is None and decision.link and str(decision.rule).startswith("held_") and not decision.writes:
        picture.put(decision.link)
        assert own_conflict(decision.link) or picture.overlaps(decision.link)


@often
@given(kit.contexts, kit.cases(), kit.pictures)
def test_mail_is_asked_for_only_where_a_booking_is_cancelled(ctx: Context, case: Case, picture: Picture) -> None:
    for write in plan(ctx, case, picture).writes:
        if isinstance(write, Delete) and write.notify:
            assert write.side is Side.TIMIFY
            assert case.link.origin is Side.TIMIFY
