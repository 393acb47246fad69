"""Nothing a person made is deleted by mistake: many losses at once stop the connection and ask."""

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Reason
from shared.sync import disable
from tests.sync.core.world import COMPANY, World, at, span


def with_bookings(number: int) -> World:
    world = World()
    for index in range(number):
        world.salon.add(["r1"], at(2 + index // 8, f"{8 + index % 8:02}:00"), 30, service="Cut", customers=("Mia",))
    return world


async def test_an_emptied_category_does_not_cancel_every_customer() -> None:
    world = await with_bookings(24).connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    assert await world.change() == 0
    connection = await world.connection()
    assert (connection.status, connection.reason) == (Status.PAUSED, Reason.MANY_DELETIONS)
    assert len(world.booked()) == 24
    paused = [message for message in world.mail.sent if message.kind == "paused"]
    assert [message.counts for message in paused] == [(24, 24)]


async def test_a_check_of_a_restored_mailbox_stops_as_well() -> None:
    world = World()
    events = [
        world.outlook_calendar.add(span(2 + n // 8, f"{8 + n % 8:02}:00", f"{8 + n % 8:02}:30"), f"M{n}")
        for n in range(24)
    ]
    await world.connect()
    for event in events:
        world.outlook_calendar.remove(event)
    world.mailboxes["r1"].expire_links()
    await world.sweep()
    assert (await world.connection()).status is Status.PAUSED
    assert len(world.copies_in_timify()) == 24


async def test_who_says_go_on_is_not_asked_again_for_the_same() -> None:
    world = await with_bookings(24).connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    await world.change()
    await disable.resume(world, COMPANY, "r1")
    await world.drain()
    assert (await world.connection()).status is Status.CONNECTED
    assert not world.booked()
    assert await world.sweep() == 0


async def test_what_was_restored_during_the_pause_stays() -> None:
    world = await with_bookings(24).connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    await world.change()
    await world.choose(timify_to_outlook__deleted_in_outlook="restore_copy")
    await disable.resume(world, COMPANY, "r1")
    await world.drain()
    assert len(world.booked()) == len(world.copies_in_outlook()) == 24


@pytest.mark.parametrize("number", [3, 10])
async def test_tidying_up_a_little_asks_nobody(number: int) -> None:
    world = await with_bookings(12).connect()
    for copy in world.copies_in_outlook()[:number]:
        world.outlook_calendar.remove(copy.id)
    await world.change()
    assert (await world.connection()).status is Status.CONNECTED
    assert len(world.booked()) == 12 - number


async def test_putting_copies_back_is_no_loss() -> None:
    world = await with_bookings(24).connect()
    await world.choose(direction="timify_to_outlook")
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    await world.change()
    assert (await world.connection()).status is Status.CONNECTED
    assert len(world.copies_in_outlook()) == 24


async def test_copies_deleted_one_after_the_other_do_not_pass_under_the_brake() -> None:
    world = await with_bookings(24).connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
        await world.change()
    assert (await world.connection()).status is Status.PAUSED
    assert len(world.booked()) == 24 - 10


async def test_a_day_of_cancelled_bookings_is_no_mishap() -> None:
    world = await with_bookings(24).connect()
    for booking in world.booked()[:16]:
        world.salon.remove(booking.appointment_id)
        await world.change()
    assert (await world.connection()).status is Status.CONNECTED
    assert len(world.copies_in_outlook()) == 8
