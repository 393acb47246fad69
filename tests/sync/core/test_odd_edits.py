"""What people do to copies that nobody foresaw."""

from shared.sync.ports import Wake
from tests.sync.core.world import COMPANY, World, at, span


async def booked_once() -> World:
    world = World()
    world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    return await world.connect()


async def test_letting_a_copy_recur_cancels_no_booking_and_deletes_no_occurrence() -> None:
    world = await booked_once()
    copy = world.copies_in_outlook()[0]
    world.outlook_calendar.repeat(copy.id, [span(3 + 7 * week, "09:00", "10:00") for week in range(3)])
    await world.change()
    await world.sweep()
    assert len(world.booked()) == 1
    assert len(world.outlook_calendar.events) == 3
    assert await world.sweep() == 0


async def test_a_copy_that_recurs_goes_with_its_booking() -> None:
    world = await booked_once()
    copy = world.copies_in_outlook()[0]
    world.outlook_calendar.repeat(copy.id, [span(3, "09:00", "10:00")])
    await world.change()
    world.salon.remove(world.booked()[0].appointment_id)
    await world.change()
    assert world.links() == []


async def test_an_event_that_goes_far_away_during_our_write_does_not_land_on_a_booking() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    world.salon.add(["r1"], at(20, "15:00"), 60, service="Cut")
    await world.connect()
    world.salon.move(world.copies_in_timify()[0].appointment_id, at(2, "11:00"))

    def just_before(call: str) -> None:
        if call == "update":
            world.watch = lambda call: None
            world.outlook_calendar.move(event, span(20, "15:00", "16:00"))

    world.watch = just_before
    await world.drain()
    assert world.copies_in_timify()[0].span == span(2, "11:00", "12:00")
    assert [conflict.kind for conflict in await world.conflicts()] == ["overlap"]


async def test_an_event_that_went_far_away_unnoticed_does_not_land_on_a_booking() -> None:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    world.salon.add(["r1"], at(20, "15:00"), 60, service="Cut")
    await world.connect()
    world.outlook_calendar.move(event, span(20, "15:00", "16:00"))
    await world.worker.handle(Wake(company_id=COMPANY, resource_id="r1", cause="person", at=world.now(), job="check"))
    await world.drain()
    assert world.copies_in_timify()[0].span == span(2, "09:00", "10:00")
    assert [conflict.kind for conflict in await world.conflicts()] == ["overlap"]
