"""Writes that took effect although nobody told us."""

from shared.domain.failures import Transient
from shared.sync.ports import Wake
from tests.sync.core.world import COMPANY, World, at, span


async def test_an_event_that_moves_far_after_a_lost_answer_has_one_copy() -> None:
    world = await World().connect()
    world.fail("timify", "create", "after", Transient("timed_out"))
    event = world.outlook_calendar.add(span(3, "09:00", "10:00"), "Far")
    world.tell()
    await world.deliver()
    world.outlook_calendar.move(event, span(9, "09:00", "10:00"))
    await world.drain()
    assert [copy.span for copy in world.copies_in_timify()] == [span(9, "09:00", "10:00")]
    assert await world.sweep() == 0


async def test_a_resource_that_joins_a_booking_is_told_although_the_webhook_does_not_name_it() -> None:
    world = World("r1", "r2")
    booking = world.salon.add(["r1"], at(2, "09:00"), 60, service="Cut")
    await world.connect()
    world.salon.edit(booking, resource_ids=("r1", "r2"))
    world.wakes.drop_newest(len(world.tell()))
    world.wakes.push(Wake(company_id=COMPANY, cause="webhook", at=world.now(), bookings=(booking,)))
    await world.drain()
    assert [len(world.mailboxes[name].events) for name in ("r1", "r2")] == [1, 1]
    assert await world.sweep() == 0


async def test_a_copy_whose_answer_was_lost_is_looked_for_and_not_made_a_second_time() -> None:
    world = await World().connect()
    world.fail("timify", "create", "after", Transient("timed_out"))
    world.outlook_calendar.add(span(3, "09:00", "10:00"), "Team")
    world.tell()
    await world.deliver()
    world.lose_news()
    await world.drain()
    assert [call for call, _ in world.salon.writes] == ["create"]
    assert len(world.copies_in_timify()) == 1


async def test_a_copy_dragged_out_of_the_window_looks_deleted_and_cancels_no_booking() -> None:
    world = World()
    world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    await world.connect()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, span(60, "09:00", "10:00"))
    await world.change()
    assert world.salon.told == []
    assert [booking.span for booking in world.booked()] == [span(60, "09:00", "10:00")]
