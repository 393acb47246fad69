"""Writes that took effect although nobody told us."""

from shared.domain.failures import Transient
from tests.sync.core.world import World, span


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
