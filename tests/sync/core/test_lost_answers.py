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
