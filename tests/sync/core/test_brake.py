"""Nothing a person made is deleted by mistake: many losses at once stop the connection and ask."""

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Reason, Transient
from shared.sync import disable
from shared.sync.ports import Wake
from tests.sync.core.world import COMPANY, World, at, span


def with_bookings(number: int) -> World:
    world = World()
    for index in range(number):
        world.salon.add(["r1"], at(2 + index // 8, f"{8 + index % 8:02}:00"), 30, service="Cut", customers=("Mia",))
    return world


def with_meetings(number: int) -> World:
    world = World()
    for n in range(number):
        world.outlook_calendar.add(span(2 + n // 8, f"{8 + n % 8:02}:00", f"{8 + n % 8:02}:30"), f"M{n}")
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
    world = await with_meetings(24).connect()
    for event in world.outlook_calendar.events:
        world.outlook_calendar.remove(event.id)
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


async def test_a_copy_that_a_person_restored_during_the_pause_keeps_its_booking() -> None:
    world = await with_bookings(24).connect()
    copies = world.copies_in_outlook()
    for copy in copies:
        world.outlook_calendar.remove(copy.id)
    await world.change()
    for copy in copies[:9]:
        world.outlook_calendar.put(copy)
    await disable.resume(world, COMPANY, "r1")
    await world.drain()
    assert len(world.booked()) == len(world.copies_in_outlook()) == 9
    assert len(world.salon.told) == 15
    assert await world.sweep() == 0


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


@pytest.mark.parametrize("number", [5, 10])
async def test_a_small_calendar_that_is_suddenly_empty_is_no_wish_either(number: int) -> None:
    world = await with_bookings(number).connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    assert await world.change() == 0
    assert (await world.connection()).reason is Reason.MANY_DELETIONS
    assert len(world.booked()) == number


@pytest.mark.parametrize("side", ["outlook", "timify"])
async def test_a_side_that_a_whole_reading_finds_empty_loses_the_other_not_even_a_first_slice(side: str) -> None:
    world = with_bookings(0)
    for week in range(6):
        day = 2 + 4 * week
        world.outlook_calendar.add(span(day, "10:00", "11:00"), f"M{week}")
        world.salon.add(["r1"], at(day, "12:00"), 60, service="Cut")
    await world.connect()
    if side == "outlook":
        for event in world.outlook_calendar.events:
            world.outlook_calendar.remove(event.id)
        world.outlook_calendar.expire_links()
    else:
        for booking in world.booked():
            world.salon.remove(booking.appointment_id)
        world.lose_news()
    assert await world.sweep() == 0
    assert (await world.connection()).reason is Reason.MANY_DELETIONS


async def test_a_calendar_with_few_entries_may_become_empty() -> None:
    world = await with_bookings(4).connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    await world.change()
    assert (await world.connection()).status is Status.CONNECTED
    assert not world.booked()


async def test_who_keeps_the_copies_gets_them_back_and_loses_no_booking() -> None:
    world = await with_bookings(24).connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    await world.change()
    await disable.resume(world, COMPANY, "r1", keep=True)
    await world.drain()
    assert (await world.connection()).status is Status.CONNECTED
    assert len(world.booked()) == len(world.copies_in_outlook()) == 24
    assert await world.sweep() == 0
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)
    await world.change()
    assert len(world.booked()) == 23, "the wish was for what had gone, not for ever"


async def test_kept_copies_of_originals_that_are_gone_stay_and_go_when_people_want() -> None:
    world = await with_meetings(12).connect()
    for event in world.outlook_calendar.events:
        world.outlook_calendar.remove(event.id)
    await world.change()
    await disable.resume(world, COMPANY, "r1", keep=True)
    await world.drain()
    assert len(world.copies_in_timify()) == 12
    assert await world.sweep() == 0
    world.salon.remove(world.copies_in_timify()[0].appointment_id)
    assert await world.change() == 0
    assert len(world.copies_in_timify()) == 11


async def test_a_restored_original_is_linked_to_its_kept_copy_again() -> None:
    world = World()
    box = world.outlook_calendar
    events = [box.add(span(2, f"{8 + n:02}:00", f"{8 + n:02}:30"), f"M{n}") for n in range(6)]
    restored = [box.known(event) for event in events]
    await world.connect()
    for event in events:
        box.remove(event)
    await world.change()
    await disable.resume(world, COMPANY, "r1", keep=True)
    await world.drain()
    for event_ in restored:
        box.put(event_)
    assert await world.change() == 0
    box.move(events[0], span(2, "18:00", "18:30"))
    assert await world.change() == 1


async def braked_by_the_second_of_two_rounds() -> World:
    """Eight copies went and took their bookings with them, the next four stopped the sync, and all shall stay."""
    world = await with_bookings(30).connect()
    for number in (8, 4):
        for copy in world.copies_in_outlook()[:number]:
            world.outlook_calendar.remove(copy.id)
        await world.change()
    assert (await world.connection()).status is Status.PAUSED
    await disable.resume(world, COMPANY, "r1", keep=True)
    return world


async def test_what_shall_be_kept_is_kept_although_a_check_begins_before_the_message_comes() -> None:
    world = await braked_by_the_second_of_two_rounds()
    late = world.wakes.pop()[1]
    world.wakes.push(Wake(company_id=COMPANY, resource_id="r1", cause="clock", at=world.now(), job="check"))
    await world.deliver()
    await world.hand_over(late)
    await world.drain()
    assert len(world.booked()) == len(world.copies_in_outlook()) == 22


async def test_what_shall_be_kept_is_kept_from_late_news_while_it_is_looked_for() -> None:
    world = await braked_by_the_second_of_two_rounds()
    await world.deliver()
    shown = {event.id for event in world.copies_in_outlook()}
    keys = tuple(link.key for link in world.links() if link.copy and link.copy.id not in shown)
    wake = Wake(company_id=COMPANY, resource_id="r1", cause="retry", at=world.now(), retry=keys)
    await world.hand_over(wake)
    await world.drain()
    assert len(world.booked()) == len(world.copies_in_outlook()) == 22


async def test_what_could_not_be_kept_at_once_is_not_lost_by_the_second_try() -> None:
    world = await with_bookings(6).connect()
    for copy in world.copies_in_outlook():
        world.outlook_calendar.remove(copy.id)
    await world.change()
    world.fail("outlook", "create", "before", Transient("503"), times=3)
    await disable.resume(world, COMPANY, "r1", keep=True)
    await world.drain()
    assert len(world.booked()) == len(world.copies_in_outlook()) == 6
