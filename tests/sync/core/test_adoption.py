"""After a loss, copies are known again: by mark, tag, or time. Nothing is made twice, nothing is deleted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.items import Draft, Side
from shared.domain.spans import Span
from shared.sync import disable
from tests.sync.core.world import COMPANY, World, at, span


async def half_a_year() -> World:
    """Events and bookings of many kinds on both sides, in agreement."""
    world = World("r1", ahead=90)
    for week in range(10):
        day = 1 + 7 * week
        world.outlook_calendar.add(span(day, "09:02", "09:47"), f"Team {week}", private=week % 3 == 0)
        world.salon.add(["r1"], at(day, "12:00"), 60, service="Cut", customers=("Mia",), before=10)
    world.outlook_calendar.add_series([span(day, "15:00", "16:00") for day in (2, 3, 4)], "Series")
    world.salon.add(["r1"], at(2, "11:00"), 60, service="Course", days=3)
    return await world.connect()


def picture(world: World) -> list[tuple[str, object, str]]:
    """Both calendars as people see them."""
    events = [("outlook", event.when, event.title) for event in world.outlook_calendar.events]
    return sorted(events + [("timify", b.span, b.title) for b in world.booked()], key=repr)


async def lose_links(world: World) -> None:
    await world.store.forget_links(COMPANY, "r1")


def creations_and_deletions(world: World) -> list[str]:
    calls = [call for call, _ in world.outlook_calendar.writes + world.salon.writes]
    return [call for call in calls if call in ("create", "delete")]


@pytest.mark.parametrize("job", ["check", "catch_up", "import"])
async def test_a_lost_table_of_links_makes_and_deletes_nothing(job: str) -> None:
    world = await half_a_year()
    before = picture(world)
    await lose_links(world)
    assert await world.sweep(job) == 0
    assert picture(world) == before
    assert await world.sweep() == 0


async def test_a_reinstalled_app_knows_its_copies_again() -> None:
    world = await half_a_year()
    before = picture(world)
    await disable.uninstall(world, COMPANY, "keep")
    await world.drain()
    await world.store.forget_company(COMPANY)
    writes = world.write_count()
    await world.connect()
    assert world.write_count() == writes
    assert picture(world) == before
    assert (await world.state()).checked_agree == len(world.links())


async def test_a_reconnected_calendar_knows_its_copies_again() -> None:
    world = await half_a_year()
    before = picture(world)
    await disable.disable(world, COMPANY, "r1", "keep")
    await world.drain()
    writes = world.write_count()
    await world.connect_one("r1")
    await world.drain()
    assert (world.write_count(), picture(world)) == (writes, before)


def lose_transaction_ids(world: World) -> None:
    world.outlook_calendar.lose_marks()


def lose_tags_too(world: World) -> None:
    world.outlook_calendar.lose_marks(tags=True)


def lose_external_ids(world: World) -> None:
    world.salon.lose_marks()


def lose_everything(world: World) -> None:
    lose_tags_too(world)
    lose_external_ids(world)


LOSSES = [lose_transaction_ids, lose_tags_too, lose_external_ids, lose_everything]
by_what = pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)


@by_what
async def test_copies_that_lost_their_marks_are_known_by_what_is_left(lose: Callable[[World], None]) -> None:
    world = await half_a_year()
    before = picture(world)
    await lose_links(world)
    lose(world)
    world.lose_news()
    done = len(creations_and_deletions(world))
    await world.sweep()
    assert creations_and_deletions(world)[done:] == []
    assert picture(world) == before
    assert await world.conflicts() == []
    assert await world.sweep() == 0


@by_what
async def test_a_pair_that_was_linked_without_a_mark_lives_on_like_any_other(lose: Callable[[World], None]) -> None:
    world = await half_a_year()
    await lose_links(world)
    lose(world)
    world.lose_news()
    await world.sweep()
    event = next(e for e in world.outlook_calendar.events if e.title == "Team 1")
    booking = next(b for b in world.booked() if b.service == "Cut" and not b.connected)
    world.outlook_calendar.move(event.id, span(8, "16:00", "17:00"))
    world.salon.move(booking.appointment_id, at(1, "17:00"))
    await world.change()
    link = world.link(Side.OUTLOOK, event.id)
    other = world.link(Side.TIMIFY, booking.id)
    assert link
    assert link.copy
    assert link.copy.span == span(8, "16:00", "17:00")
    assert other
    assert other.copy
    assert other.copy.span == span(1, "16:50", "18:00")
    world.outlook_calendar.edit(other.copy.id, title="Edited by a person")
    world.salon.edit(link.copy.id, notes="edited too")
    await world.change()
    assert len(world.links()) == 26
    assert await world.sweep() == 0
    world.outlook_calendar.remove(event.id)
    world.salon.remove(booking.appointment_id)
    await world.change()
    assert not [b for b in world.booked() if b.span == span(8, "16:00", "17:00")]
    assert not [e for e in world.outlook_calendar.events if e.when == span(1, "16:50", "18:00")]
    assert await world.sweep() == 0


async def test_a_copy_that_a_person_duplicated_is_not_taken_for_the_lost_one() -> None:
    world = await half_a_year()
    copy = next(e for e in world.copies_in_outlook() if e.when == span(1, "11:50", "13:00"))
    double = world.outlook_calendar.duplicate(copy.id)
    world.outlook_calendar.move(double, span(1, "18:00", "19:10"))
    await world.change()
    await lose_links(world)
    await world.sweep()
    assert {copy.id, double} <= {event.id for event in world.outlook_calendar.events}
    assert await world.sweep() == 0


@pytest.mark.parametrize("days", [1, 3])
async def test_what_a_person_duplicated_is_not_paired_with_a_booking_that_has_its_copy(days: int) -> None:
    """All tables are lost; the copy still carries its mark, and beside it stands the person's own."""
    world = World("r1")
    world.salon.add(["r1"], at(2, "11:00"), 60, service="Course", days=days)
    await world.connect()
    copy = world.outlook_calendar.events[0]
    duplicate = world.outlook_calendar.duplicate(copy.id)
    await lose_links(world)
    await world.sweep()
    await world.sweep()
    ids = {event.id for event in world.outlook_calendar.events}
    assert {copy.id, duplicate} <= ids
    assert len(ids) == days + 1


async def test_a_duplicate_of_a_copy_whose_booking_is_gone_is_the_persons_own() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.connect()
    copy = world.copies_in_outlook()[0]
    world.outlook_calendar.duplicate(copy.id)
    world.lose_news()
    world.salon.remove(booking)
    await world.change()
    await world.sweep()
    assert len(world.outlook_calendar.events) == len(world.copies_in_timify()) == 1


async def test_a_moved_copy_is_found_by_its_tag() -> None:
    world = await half_a_year()
    copy = next(e for e in world.copies_in_outlook() if e.when == span(1, "11:50", "13:00"))
    await lose_links(world)
    world.outlook_calendar.lose_marks()
    world.outlook_calendar.move(copy.id, span(1, "18:00", "19:10"))
    world.lose_news()
    done = len(creations_and_deletions(world))
    await world.sweep()
    assert creations_and_deletions(world)[done:] == []
    assert world.outlook_calendar.known(copy.id).when == span(1, "11:50", "13:00"), (
        "who lost everything follows the origin"
    )


async def test_what_people_kept_by_hand_on_both_sides_is_linked_and_not_a_conflict_each() -> None:
    world = World()
    for day in range(2, 7):
        world.outlook_calendar.add(span(day, "10:00", "11:00"), "Jour fixe")
        world.salon.add(["r1"], at(day, "10:00"), 60, title="Jour fixe")
    world.salon.add(["r1"], at(8, "10:00"), 60, title="Stocktaking")
    world.outlook_calendar.add(span(8, "10:00", "11:00"), "Dentist")
    world.lose_news()
    before = picture(world)
    await world.connect()
    assert [conflict.kind for conflict in await world.conflicts()] == ["overlap"]
    assert [item for item in picture(world) if item not in before] == [
        ("outlook", span(8, "10:00", "11:00"), "Stocktaking")
    ]
    assert all(booking.title == "Jour fixe" for booking in world.booked()[:5])


async def test_a_lost_mark_is_no_reason_to_ask_for_every_event() -> None:
    world = await half_a_year()
    with world.counting() as calls:
        await world.sweep()
    assert ("outlook", "tag") not in calls
    known = replace(await world.state(), unmarked=False)
    assert known == await world.state(), "nobody looks ids up twice where nothing was lost"


async def test_two_copies_of_one_item_after_a_lost_table_are_one_after_the_next_reading() -> None:
    world = await half_a_year()
    copy = next(b for b in world.copies_in_timify() if b.title == "Team 1")
    second = Draft(when=copy.span.shifted(timedelta(hours=4)), title="Team 1", notes="")
    assert isinstance(second.when, Span)
    await world.salon.calendar("r1").create(second, str(copy.mark), second.when)
    await lose_links(world)
    world.lose_news()
    await world.sweep()
    assert len([b for b in world.copies_in_timify() if b.mark == copy.mark]) == 1
    assert await world.sweep() == 0
