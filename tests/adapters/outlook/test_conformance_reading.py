"""What every `Outlook` must answer when it is read, asked of the fake and of the real adapter over the simulator."""

from datetime import date, timedelta

import pytest

from shared.domain.failures import LinkExpired
from shared.domain.items import ShowAs
from shared.domain.spans import Days, Span
from tests.adapters.outlook.asking import (
    MARCH,
    at,
    events_in,
    pull,
    removed_in,
    seen,
    series_in,
    span,
    the_one,
)
from tests.adapters.outlook.worlds import World

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
