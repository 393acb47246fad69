"""Ways in which two calendars come to need a person, and what both of them show."""

from collections.abc import Awaitable, Callable

from shared.domain.conflicts import Conflict
from shared.domain.failures import Refused
from shared.domain.links import key_of_mark
from shared.sync.resolve import resolve
from tests.sync.core.world import COMPANY, World, at, span

TEN, NOON, THREE = span(2, "10:00", "11:00"), span(2, "12:00", "13:00"), span(2, "15:00", "16:00")


async def overlap(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.add(TEN, "Team")


async def overlap_of_a_moved_event(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    event = world.outlook_calendar.add(THREE, "Team")
    await world.change()
    world.outlook_calendar.move(event, TEN)


async def overlap_held_in_timify(world: World) -> None:
    await world.choose(timify_to_outlook__when_busy="hold")
    world.outlook_calendar.add(TEN, "Team")
    await world.change()
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")


async def overlap_of_two_bookings(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.salon.add(["r1"], at(2, "15:00"), 60, service="Shave")
    await world.change()
    late = next(event for event in world.copies_in_outlook() if event.when == THREE)
    world.outlook_calendar.move(late.id, TEN)


async def overlap_of_two_events(world: World) -> None:
    world.outlook_calendar.add(TEN, "Team")
    await world.change()
    world.outlook_calendar.add(TEN, "Other team")


async def another_resource_is_busy(world: World) -> None:
    world.salon.add(["r1", "r2"], at(2, "10:00"), 60, service="Cut")
    world.salon.add(["r2"], at(2, "15:00"), 60, service="Shave")
    await world.change()
    [copy] = world.copies_in_outlook()
    world.outlook_calendar.move(copy.id, THREE)


async def outside_working_time(world: World) -> None:
    await world.choose(outlook_to_timify__working_times="enforce")
    await world.change_connection(working_times=((("08:00", "12:00"),),) * 7)
    world.outlook_calendar.add(THREE, "Team")


async def booking_moved_outside_working_time(world: World) -> None:
    await world.choose(outlook_to_timify__working_times="enforce")
    await world.change_connection(working_times=((("08:00", "14:00"),),) * 7)
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, THREE)


async def series_edit(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut", days=3)
    await world.change()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, THREE)


async def series_deletion(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut", days=3)
    await world.change()
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)


async def group_booking_edit(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Yoga", group=True, participants=3, max_participants=10)
    await world.change()
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, THREE)


async def group_booking_deletion(world: World) -> None:
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Yoga", group=True, participants=3, max_participants=10)
    await world.change()
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)


async def not_organizer(world: World) -> None:
    world.outlook_calendar.add(TEN, "Team", organizer=False, attendees=True)
    await world.change()
    world.salon.move(world.copies_in_timify()[0].appointment_id, THREE.start)


async def would_notify(world: World) -> None:
    world.outlook_calendar.add(TEN, "Team", attendees=True)
    await world.change()
    world.salon.remove(world.copies_in_timify()[0].appointment_id)


async def people_invited_to_a_copy(world: World) -> None:
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.edit(world.copies_in_outlook()[0].id, attendees=True)
    world.salon.move(booking, THREE.start)


async def people_invited_to_a_copy_whose_booking_goes(world: World) -> None:
    booking = world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.edit(world.copies_in_outlook()[0].id, attendees=True)
    world.salon.remove(booking)


async def copy_deleted(world: World) -> None:
    await world.choose(timify_to_outlook__deleted_in_outlook="ask")
    world.salon.add(["r1"], at(2, "10:00"), 60, service="Cut")
    await world.change()
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)


async def refused(world: World) -> None:
    world.outlook_calendar.add(TEN, "Team")
    world.fail("timify", "create", "before", Refused("timify_422"))


async def refused_move(world: World) -> None:
    event = world.outlook_calendar.add(TEN, "Team")
    await world.change()
    world.outlook_calendar.move(event, THREE)
    world.fail("timify", "update", "before", Refused("timify_422"))


def shown(world: World) -> list[str]:
    """Both calendars: `o` Outlook, `t` TIMIFY, a star for our copies, and the hour."""
    events = [("o", event.mark, event.when.start.hour) for event in world.outlook_calendar.events]  # type: ignore[union-attr]  # every event here has a time
    bookings = [("t", booking.mark, booking.span.start.hour) for booking in world.booked()]
    return sorted(f"{side}{'*' if key_of_mark(mark) else ''}{hour}" for side, mark, hour in events + bookings)


async def in_conflict(arise: Callable[[World], Awaitable[None]]) -> tuple[World, Conflict]:
    world = await World("r1", "r2").connect()
    await arise(world)
    await world.change()
    [conflict] = await world.conflicts()
    return world, conflict


async def decide(world: World, conflict: Conflict, action: str) -> None:
    await resolve(world, COMPANY, conflict.id, action)
    await world.change()
