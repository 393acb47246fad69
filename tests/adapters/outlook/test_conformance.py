"""What every `Outlook` must do, asked of the fake and of the real adapter over the simulator."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from shared.domain.failures import Broken, LinkExpired, Reason, Refused, Stale
from shared.domain.items import Change, Draft, Event, ShowAs, Side
from shared.domain.links import link_key
from shared.domain.spans import Days, Span
from shared.sync.ports import DeltaPage, Outlook
from tests.adapters.outlook.worlds import NOW, FakeWorld, World, simulated_world

type Attempt = Callable[[], Awaitable[object]]

MARK = f"tfy-{link_key('anna', Side.TIMIFY, 'booking-1')}-0"
OTHER_MARK = f"tfy-{link_key('anna', Side.TIMIFY, 'booking-2')}-0"


@pytest_asyncio.fixture(params=["fake", "simulated"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    async with simulated_world() as simulated:
        yield simulated


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def span(day: int, hour: int, minutes: int = 60) -> Span:
    return Span(at(day, hour), at(day, hour) + timedelta(minutes=minutes))


MARCH = Span(at(1, 0), at(31, 0))
DRAFT = Draft(when=span(3, 9), title="Haircut, Ben", notes="First visit\nCome early")


async def pull(door: Outlook, link: str = "", window: Span = MARCH) -> tuple[list[DeltaPage], str]:
    pages = [page async for page in door.delta(link, window)]
    assert [bool(page.link) for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages, pages[-1].link


def events_in(pages: Iterable[DeltaPage]) -> dict[str, Event]:
    return {event.id: event for page in pages for event in page.events}


def series_in(pages: Iterable[DeltaPage]) -> set[str]:
    return {name for page in pages for name in page.series}


def removed_in(pages: Iterable[DeltaPage]) -> set[str]:
    return {gone for page in pages for gone in page.removed}


async def seen(door: Outlook, window: Span = MARCH) -> list[Event]:
    return [event async for page in door.view(window) for event in page]


async def the_one(door: Outlook, event_id: str) -> Event:
    event = await door.read(event_id)
    assert event is not None
    return event


# -- delta


async def test_a_first_round_brings_everything_in_the_window_and_nothing_else(world: World) -> None:
    inside = {await world.add(span(day, 9), f"Meeting {day}") for day in range(2, 29)}
    await world.add(Span(at(1, 9) + timedelta(days=60), at(1, 10) + timedelta(days=60)))
    pages, _ = await pull(world.door())
    assert events_in(pages).keys() == inside
    assert series_in(pages) == set()


async def test_a_later_round_brings_only_what_changed(world: World) -> None:
    kept, moved, gone = [await world.add(span(day, 9)) for day in (2, 3, 4)]
    _, link = await pull(world.door())
    await world.move(moved, span(3, 14))
    await world.remove(gone)
    added = await world.add(span(5, 9), "New")
    pages, _ = await pull(world.door(), link)
    events = events_in(pages)
    assert events.keys() == {moved, added}
    assert events[moved].when == span(3, 14)
    assert kept not in removed_in(pages)
    assert gone in removed_in(pages)


async def test_a_quiet_calendar_answers_an_empty_round(world: World) -> None:
    await world.add(span(2, 9))
    _, link = await pull(world.door())
    pages, again = await pull(world.door(), link)
    assert (events_in(pages), series_in(pages), removed_in(pages)) == ({}, set(), set())
    assert again


async def test_a_move_out_of_the_window_is_not_told_as_an_event(world: World) -> None:
    moved = await world.add(span(2, 9))
    _, link = await pull(world.door(), window=Span(at(1, 0), at(10, 0)))
    await world.move(moved, span(20, 9))
    pages, _ = await pull(world.door(), link)
    assert events_in(pages) == {}
    assert removed_in(pages) == {moved}


async def test_a_forgotten_link_is_told_apart_from_trouble(world: World) -> None:
    _, link = await pull(world.door())
    await world.expire_links()
    with pytest.raises(LinkExpired):
        await pull(world.door(), link)


async def test_a_link_survives_two_newer_rounds_but_not_three(world: World) -> None:
    _, link = await pull(world.door())
    for _ in range(2):
        await pull(world.door(), link)
    await pull(world.door(), link)
    with pytest.raises(LinkExpired):
        await pull(world.door(), link)


# -- series


async def test_occurrences_come_as_the_name_of_their_series_because_their_rows_are_stubs(world: World) -> None:
    master = await world.add_daily(span(2, 9), 5, "Standup")
    pages, _ = await pull(world.door())
    assert series_in(pages) == {master}
    assert events_in(pages) == {}
    found = await world.door().series(master, MARCH)
    assert found is not None
    assert [event.when for event in found] == [span(day, 9) for day in range(2, 7)]
    assert {event.title for event in found} == {"Standup"}
    assert {event.series for event in found} == {master}
    assert all(event.id != master for event in found)


async def test_a_deleted_occurrence_has_no_tombstone_but_names_its_series(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3)
    _, link = await pull(world.door())
    occurrences = await world.door().series(master, MARCH) or ()
    await world.remove(occurrences[1].id)
    pages, _ = await pull(world.door(), link)
    assert series_in(pages) == {master}
    left = await world.door().series(master, MARCH) or ()
    assert [event.when for event in left] == [span(2, 9), span(4, 9)]


async def test_a_moved_occurrence_keeps_its_id_and_its_series(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3)
    _, link = await pull(world.door())
    first, middle, _ = await world.door().series(master, MARCH) or ()
    await world.move(middle.id, span(3, 16))
    pages, _ = await pull(world.door(), link)
    assert series_in(pages) == {master}
    again = {event.id: event for event in await world.door().series(master, MARCH) or ()}
    assert again[middle.id].when == span(3, 16)
    assert again[middle.id].series == master
    assert again[first.id].when == span(2, 9)


async def test_only_occurrences_that_touch_the_window_are_answered(world: World) -> None:
    master = await world.add_daily(span(2, 9), 10)
    found = await world.door().series(master, Span(at(4, 9, 30), at(6, 9))) or ()
    assert [event.when for event in found] == [span(4, 9), span(5, 9)]


async def test_a_deleted_series_is_none_and_its_master_removed(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3)
    _, link = await pull(world.door())
    await world.remove(master)
    pages, _ = await pull(world.door(), link)
    assert master in removed_in(pages)
    assert await world.door().series(master, MARCH) is None


async def test_a_series_dragged_to_other_days_leaves_nothing_behind(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3)
    old = {event.id for event in await world.door().series(master, MARCH) or ()}
    _, link = await pull(world.door())
    await world.move_series(master, span(12, 14))
    pages, _ = await pull(world.door(), link)
    assert series_in(pages) == {master}
    found = await world.door().series(master, MARCH) or ()
    assert [event.when for event in found] == [span(12, 14), span(13, 14), span(14, 14)]
    assert not old & {event.id for event in found}
    assert [await world.door().read(event_id) for event_id in old] == [None, None, None]


async def test_a_retitled_series_is_retitled_in_every_occurrence(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3, "Standup")
    before = await world.door().series(master, MARCH) or ()
    await world.retitle(master, "Daily")
    after = await world.door().series(master, MARCH) or ()
    assert [(event.id, event.title) for event in after] == [(event.id, "Daily") for event in before]
    assert all(now.version != then.version for now, then in zip(after, before, strict=True))


async def test_a_series_made_single_has_no_occurrences_left(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3)
    await world.single_out(master)
    assert list(await world.door().series(master, MARCH) or ()) == []
    assert (await the_one(world.door(), master)).series is None


# -- reading


async def test_a_view_is_full_and_holds_what_shares_a_moment_with_the_window(world: World) -> None:
    for hour in (8, 9, 10, 11):
        await world.add(span(2, hour), f"At {hour}", notes="Agenda")
    found = await seen(world.door(), Span(at(2, 9), at(2, 10, 1)))
    assert sorted((event.title, event.notes) for event in found) == [("At 10", "Agenda"), ("At 9", "Agenda")]


async def test_a_view_shows_occurrences_one_by_one(world: World) -> None:
    master = await world.add_daily(span(2, 9), 20, "Standup")
    found = await seen(world.door())
    assert len(found) == 20
    assert {(event.series, event.title) for event in found} == {(master, "Standup")}


async def test_a_whole_day_keeps_its_dates_and_is_seen_from_every_zone(world: World) -> None:
    holiday = await world.add(Days(date(2026, 3, 5), date(2026, 3, 6)), "Holiday")
    for window in (Span(at(5, 0), at(6, 0)), Span(at(4, 12), at(4, 13)), Span(at(6, 10), at(6, 11))):
        assert [(e.id, e.when) for e in await seen(world.door(), window)] == [
            (holiday, Days(date(2026, 3, 5), date(2026, 3, 6)))
        ]
    assert await seen(world.door(), Span(at(6, 13), at(7, 0))) == []


async def test_a_count_is_the_number_of_events_in_the_window(world: World) -> None:
    await world.add_daily(span(2, 9), 4)
    await world.add(span(9, 9))
    assert await world.door().count(MARCH) == 5
    assert await world.door().count(Span(at(20, 0), at(21, 0))) == 0


async def test_what_a_person_chose_is_read(world: World) -> None:
    shown = await world.add(span(2, 9), "Away", show_as=ShowAs.OUT_OF_OFFICE, private=True, attendees=True)
    event = await the_one(world.door(), shown)
    assert (event.show_as, event.private, event.attendees) == (ShowAs.OUT_OF_OFFICE, True, True)
    assert (event.organizer, event.cancelled, event.declined, event.mark) == (True, False, False, None)


async def test_a_missing_event_is_none(world: World) -> None:
    gone = await world.add(span(2, 9))
    await world.remove(gone)
    assert await world.door().read(gone) is None


# -- our copies


async def test_a_copy_comes_back_as_it_was_drafted_and_known_as_ours(world: World) -> None:
    receipt = await world.door().create(DRAFT, MARK)
    assert (receipt.when, receipt.title, receipt.notes) == (DRAFT.when, DRAFT.title, DRAFT.notes)
    assert (receipt.mark, receipt.show_as, receipt.attendees) == (MARK, ShowAs.BUSY, False)
    assert await the_one(world.door(), receipt.id) == receipt


async def test_the_echo_of_a_copy_carries_its_mark(world: World) -> None:
    _, link = await pull(world.door())
    receipt = await world.door().create(DRAFT, MARK)
    pages, _ = await pull(world.door(), link)
    assert events_in(pages) == {receipt.id: receipt}


async def test_making_a_copy_twice_makes_one(world: World) -> None:
    first = await world.door().create(DRAFT, MARK)
    second = await world.door().create(DRAFT, MARK)
    assert second == first
    assert len(await seen(world.door())) == 1


async def test_a_copy_that_was_made_with_another_text_is_found_again_not_made_again(world: World) -> None:
    first = await world.door().create(DRAFT, MARK)
    second = await world.door().create(Draft(when=span(4, 9), title="Changed", notes=""), MARK)
    assert second == first


async def test_the_mark_of_a_deleted_copy_is_refused(world: World) -> None:
    first = await world.door().create(DRAFT, MARK)
    await world.remove(first.id)
    with pytest.raises(Refused) as refused:
        await world.door().create(DRAFT, MARK)
    assert refused.value.code == "ErrorDuplicateTransactionId"


async def test_a_copy_is_found_by_its_tag_after_a_lost_table(world: World) -> None:
    receipt = await world.door().create(DRAFT, MARK)
    await world.door().create(Draft(when=span(4, 9), title="Other", notes=""), OTHER_MARK)
    assert await world.door().find(MARK) == receipt
    assert await world.door().find(f"tfy-{'0' * 32}-0") is None


async def test_a_persons_duplicate_of_our_copy_is_the_persons_own(world: World) -> None:
    receipt = await world.door().create(DRAFT, MARK)
    duplicate = await world.duplicate(receipt.id, MARK)
    assert (await the_one(world.door(), duplicate)).mark is None
    assert await world.door().find(MARK) == receipt


async def test_a_whole_day_can_be_copied(world: World) -> None:
    days = Days(date(2026, 3, 7), date(2026, 3, 9))
    receipt = await world.door().create(Draft(when=days, title="Fair", notes=""), MARK)
    assert receipt.when == days


async def test_texts_that_exchange_would_refuse_are_cut_down(world: World) -> None:
    draft = Draft(when=span(3, 9), title="T\x00itle\n" + "x" * 300, notes="\ud800n" * 2_000)
    receipt = await world.door().create(draft, MARK)
    assert receipt.title == ("Title " + "x" * 300)[:255]
    assert receipt.notes == "n" * 2_000


# -- changing


async def test_only_what_the_change_names_changes(world: World) -> None:
    event_id = await world.add(span(2, 9), "Review", notes="Agenda")
    before = await the_one(world.door(), event_id)
    after = await world.door().update(event_id, Change(when=span(2, 15)), before.version)
    assert after is not None
    assert (after.when, after.title, after.notes) == (span(2, 15), "Review", "Agenda")
    assert after.version != before.version
    renamed = await world.door().update(event_id, Change(title="Retro", notes="None"), after.version)
    assert renamed is not None
    assert (renamed.when, renamed.title, renamed.notes) == (span(2, 15), "Retro", "None")


async def test_an_event_that_somebody_changed_meanwhile_is_stale(world: World) -> None:
    event_id = await world.add(span(2, 9), "Review")
    before = await the_one(world.door(), event_id)
    await world.retitle(event_id, "Retro")
    with pytest.raises(Stale):
        await world.door().update(event_id, Change(when=span(2, 15)), before.version)
    with pytest.raises(Stale):
        await world.door().delete(event_id, before.version)
    assert (await the_one(world.door(), event_id)).when == span(2, 9)


async def test_housekeeping_changes_the_version_and_nothing_else(world: World) -> None:
    event_id = await world.add(span(2, 9), "Review")
    before = await the_one(world.door(), event_id)
    await world.touch(event_id)
    after = await the_one(world.door(), event_id)
    assert after.version != before.version
    assert replace(after, version="") == replace(before, version="")


async def test_without_a_version_the_change_wins(world: World) -> None:
    event_id = await world.add(span(2, 9))
    after = await world.door().update(event_id, Change(when=span(2, 15)), "")
    assert after is not None
    assert after.when == span(2, 15)


async def test_a_meeting_becomes_a_whole_day_and_a_meeting_again(world: World) -> None:
    event_id = await world.add(span(2, 9))
    for when in (Days(date(2026, 3, 2), date(2026, 3, 3)), span(2, 9)):
        after = await world.door().update(event_id, Change(when=when), "")
        assert after is not None
        assert after.when == when


async def test_changing_one_occurrence_leaves_the_others(world: World) -> None:
    master = await world.add_daily(span(2, 9), 3)
    _, middle, _ = await world.door().series(master, MARCH) or ()
    after = await world.door().update(middle.id, Change(when=span(3, 12)), middle.version)
    assert after is not None
    assert (after.when, after.series) == (span(3, 12), master)
    found = await world.door().series(master, MARCH) or ()
    assert [event.when for event in found] == [span(2, 9), span(3, 12), span(4, 9)]


async def test_an_event_gone_meanwhile_is_none_and_deleting_it_is_fine(world: World) -> None:
    event_id = await world.add(span(2, 9))
    await world.door().delete(event_id)
    assert await world.door().read(event_id) is None
    await world.door().delete(event_id)
    assert await world.door().update(event_id, Change(title="Late"), "") is None


async def test_nobody_gets_mail_from_a_copy(world: World) -> None:
    receipt = await world.door().create(DRAFT, MARK)
    changed = await world.door().update(receipt.id, Change(when=span(3, 12), title="Later"), receipt.version)
    assert changed is not None
    await world.door().delete(receipt.id, changed.version)
    assert await world.mails() == 0


async def test_touching_a_meeting_with_attendees_would_mail_them(world: World) -> None:
    event_id = await world.add(span(2, 9), attendees=True)
    await world.door().update(event_id, Change(when=span(2, 10)), "")
    assert await world.mails() == 1


# -- the calendar itself


async def test_a_read_only_calendar_breaks_the_connection_not_one_item(world: World) -> None:
    event_id = await world.add(span(2, 9))
    await world.make_read_only()
    attempts: list[Attempt] = [
        lambda: world.door().create(DRAFT, MARK),
        lambda: world.door().update(event_id, Change(title="No"), ""),
        lambda: world.door().delete(event_id),
    ]
    for attempt in attempts:
        with pytest.raises(Broken) as broken:
            await attempt()
        assert broken.value.reason is Reason.CALENDAR_READ_ONLY


async def test_a_deleted_calendar_never_looks_like_deleted_events(world: World) -> None:
    event_id = await world.add(span(2, 9))
    master = await world.add_daily(span(3, 9), 2)
    _, link = await pull(world.door())
    await world.remove_calendar()
    attempts: list[Attempt] = [
        lambda: world.door().read(event_id),
        lambda: world.door().series(master, MARCH),
        lambda: world.door().update(event_id, Change(title="No"), ""),
        lambda: world.door().find(MARK),
        lambda: world.door().create(DRAFT, MARK),
        lambda: seen(world.door()),
        lambda: pull(world.door(), link),
        lambda: pull(world.door()),
    ]
    for attempt in attempts:
        with pytest.raises(Broken) as broken:
            await attempt()
        assert broken.value.reason is Reason.CALENDAR_GONE


# -- subscriptions


async def test_a_subscription_lives_until_it_is_ended(world: World) -> None:
    door = world.door()
    made = await door.subscribe("state", NOW + timedelta(days=3))
    assert made.expires == NOW + timedelta(days=3)
    renewed = await door.renew(made.id, NOW + timedelta(days=4))
    assert renewed is not None
    assert (renewed.id, renewed.expires) == (made.id, NOW + timedelta(days=4))
    await door.unsubscribe(made.id)
    await door.unsubscribe(made.id)
    assert await door.renew(made.id, NOW + timedelta(days=5)) is None


async def test_subscribing_again_replaces_the_old_subscription(world: World) -> None:
    door = world.door()
    first = await door.subscribe("state", NOW + timedelta(days=3))
    second = await door.subscribe("state", NOW + timedelta(days=3))
    assert second.id != first.id
    assert await door.renew(first.id, NOW + timedelta(days=4)) is None
    assert await door.renew(second.id, NOW + timedelta(days=4)) is not None
