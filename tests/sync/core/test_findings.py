"""Misfortunes that the random histories found once; each in its shortest form."""

from datetime import timedelta

from shared.domain.failures import Refused, Transient
from shared.domain.items import ShowAs
from shared.domain.links import LinkState
from tests.sync.core.world import COMPANY, World, at, span


async def test_events_at_the_same_time_do_not_both_get_the_slot_because_they_are_dealt_with_at_once() -> None:
    world = World()
    for _ in range(3):
        world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    assert len(world.booked()) == 1
    assert sorted(link.state for link in world.links()) == [LinkState.HELD, LinkState.HELD, LinkState.LINKED]
    assert len(await world.conflicts()) == 2


async def test_a_copy_that_cannot_be_put_back_is_a_conflict_and_not_a_silent_difference() -> None:
    world = World()
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team", attendees=True)
    other = world.outlook_calendar.add(span(2, "12:00", "13:00"), "Lunch")
    await world.connect()
    world.salon.move(world.copies_in_timify()[0].appointment_id, at(2, "15:00"))
    await world.change()
    world.outlook_calendar.move(other, span(2, "09:00", "10:00"))
    await world.change()
    await world.choose(direction="outlook_to_timify")
    await world.sweep()
    assert [booking.span for booking in world.copies_in_timify()] == [
        span(2, "09:00", "10:00"),
        span(2, "15:00", "16:00"),
    ]
    assert [conflict.kind for conflict in await world.conflicts()] == ["overlap"]


async def test_a_title_that_outlook_shortens_is_the_same_on_both_sides_in_the_end() -> None:
    world = await World().connect()
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.change()
    world.salon.edit(world.copies_in_timify()[0].appointment_id, title="a" * 300)
    await world.change()
    event = world.outlook_calendar.events[0]
    assert event.title != "Team"
    assert world.copies_in_timify()[0].title == event.title
    assert await world.sweep() == 0


async def test_a_title_that_was_edited_just_before_our_write_is_not_taken_for_our_own() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    world.salon.edit(world.copies_in_timify()[0].appointment_id, title="Renamed")
    await world.change()
    assert world.outlook_calendar.known(event).title == "Renamed"
    assert world.copies_in_timify()[0].span == span(2, "11:00", "12:00")


async def test_a_copy_that_was_moved_just_before_our_write_is_not_left_there() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    world.outlook_calendar.edit(event, title="Renamed")
    world.salon.move(world.copies_in_timify()[0].appointment_id, at(2, "11:00"))
    await world.change()
    assert world.outlook_calendar.known(event).when == span(2, "11:00", "12:00")
    assert world.copies_in_timify()[0].title == "Renamed"


async def test_a_booking_renamed_just_before_it_follows_its_copy_is_renamed_there_too() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "09:00"), 60, service="Cut")
    await world.connect()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, span(2, "11:00", "12:00"))
    world.salon.edit(booking, service="Colour")
    await world.change()
    assert world.booked()[0].span == span(2, "11:00", "12:00")
    assert world.copies_in_outlook()[0].title == "Colour"


async def test_a_booking_changed_just_when_its_copy_was_deleted_is_not_cancelled() -> None:
    world = World()
    booking = world.salon.add(["r1"], at(2, "09:00"), 60, title="Cut")
    await world.connect()

    def just_before(call: str) -> None:
        if call == "update":
            world.watch = lambda call: None
            world.outlook_calendar.remove(world.copies_in_outlook()[0].id)

    world.watch = just_before
    world.salon.edit(booking, title="Colour")
    await world.drain()
    assert world.salon.told == []
    assert [copy.title for copy in world.copies_in_outlook()] == ["Colour"]
    assert await world.sweep() == 0


async def test_a_copy_that_was_edited_while_the_tables_were_lost_has_a_row_before_it_is_put_right() -> None:
    world = World()
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    await world.store.forget_links(COMPANY, "r1")
    world.salon.edit(world.copies_in_timify()[0].appointment_id, title="Colour")
    rows: list[int] = []
    world.watch = lambda call: rows.append(len(world.links())) if call == "update" else None
    await world.sweep()
    assert rows == [1]
    assert world.copies_in_timify()[0].title == "Team"


async def test_a_copy_found_again_after_the_tables_were_lost_is_put_right_although_the_first_try_fails() -> None:
    world = World()
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    await world.store.forget_links(COMPANY, "r1")
    world.salon.edit(world.copies_in_timify()[0].appointment_id, title="Colour")
    world.lose_news()
    world.fail("timify", "update", "before", Transient("503"))
    await world.sweep()
    assert world.copies_in_timify()[0].title == "Team"


async def test_a_copy_whose_event_became_free_while_the_tables_were_lost_goes_and_is_not_only_said_to_go() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    await world.store.forget_links(COMPANY, "r1")
    world.outlook_calendar.edit(event, show_as=ShowAs.FREE)
    await world.sweep()
    assert world.copies_in_timify() == []
    assert await world.sweep() == 0
    assert [left.id for left in world.outlook_calendar.events] == [event]


async def test_of_two_copies_that_nobody_knows_any_more_one_check_leaves_one() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    for _ in range(2):
        await world.store.forget_links(COMPANY, "r1")
        world.outlook_calendar.touch(event)
        await world.change()
    await world.store.forget_links(COMPANY, "r1")
    await world.sweep()
    assert len(world.copies_in_timify()) == 1
    assert len(world.outlook_calendar.events) == 1
    assert await world.sweep() == 0


async def test_the_reason_of_a_refusal_is_not_forgotten_when_somebody_looks_again() -> None:
    world = await World().connect()
    world.fail("timify", "create", "before", Refused("timify_422"))
    world.outlook_calendar.add(span(2, "10:00", "11:00"), "Team")
    await world.change()
    await world.sweep()
    assert [conflict.detail for conflict in await world.conflicts()] == ["timify_422"]


async def test_a_title_that_timify_cuts_does_not_rename_the_meeting_itself() -> None:
    world = World()
    world.salon.longest_title = 12
    event = world.outlook_calendar.add(span(2, "10:00", "11:00"), "Team")
    await world.connect()
    world.outlook_calendar.edit(event, title="Quarterly review of everything")
    await world.change()
    await world.sweep()
    assert world.outlook_calendar.known(event).title == "Quarterly review of everything"
    assert [copy.title for copy in world.copies_in_timify()] == ["Quarterly re"]
    assert await world.sweep() == 0


async def test_what_has_left_the_window_is_not_copied_a_second_time_when_its_link_is_lost() -> None:
    """No check looks there again, so nobody would take the second copy away."""
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect()
    await world.store.forget_links(COMPANY, "r1")
    world.now.pass_by(timedelta(days=14))
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    await world.change()
    await world.sweep()
    assert len(world.copies_in_timify()) == 1
