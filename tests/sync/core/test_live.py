"""Live changes: what people do on one side arrives on the other, once, within the budget of calls."""

from collections import Counter
from datetime import timedelta

import pytest

from shared.domain.failures import Refused, Stale, Throttled, Transient
from shared.domain.items import ShowAs, Side
from shared.sync.ports import Wake
from shared.sync.worker import Worker
from tests.fakes.timify import Moment
from tests.sync.core.world import COMPANY, Died, World, at, span


async def with_both() -> tuple[World, str, str]:
    """A world at rest with one meeting and one booking, and their ids."""
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    booking = world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    return await world.connect(), event, booking


async def test_a_meeting_lives_in_both_calendars_from_its_first_day_to_its_last() -> None:
    world, event, _ = await with_both()
    box = world.outlook_calendar
    box.move(event, span(2, "11:00", "12:30"))
    assert await world.change() == 1
    assert world.copies_in_timify()[0].span == span(2, "11:00", "12:30")
    box.edit(event, title="Team & friends")
    assert await world.change() == 1
    assert world.copies_in_timify()[0].title == "Team & friends"
    box.edit(event, show_as=ShowAs.FREE)
    assert await world.change() == 1
    assert world.copies_in_timify() == []
    box.edit(event, show_as=ShowAs.BUSY)
    assert await world.change() == 1
    box.remove(event)
    assert await world.change() == 1
    assert world.copies_in_timify() == []
    assert world.link(Side.OUTLOOK, event) is None


async def test_a_booking_lives_in_both_calendars_from_its_first_day_to_its_last() -> None:
    world, _, booking = await with_both()
    world.salon.move(booking, at(3, "11:00"))
    assert await world.change() == 1
    world.salon.resize(booking, 90)
    assert await world.change() == 1
    assert world.copies_in_outlook()[0].when == span(3, "11:00", "12:30")
    world.salon.edit(booking, service="Colour")
    assert await world.change() == 1
    assert world.copies_in_outlook()[0].title == "Colour"
    world.salon.remove(booking)
    assert await world.change() == 1
    assert world.copies_in_outlook() == []


async def test_copies_may_be_moved_and_deleted_too() -> None:
    world, event, booking = await with_both()
    world.salon.move(world.copies_in_timify()[0].appointment_id, at(2, "15:00"))
    world.outlook_calendar.move(world.copies_in_outlook()[0].id, span(3, "15:00", "16:00"))
    assert await world.change() == 2
    assert world.outlook_calendar.known(event).when == span(2, "15:00", "16:00")
    assert world.salon.entries[booking].starts == (at(3, "15:00"),)
    world.salon.remove(world.copies_in_timify()[0].appointment_id)
    world.outlook_calendar.remove(world.copies_in_outlook()[0].id)
    assert await world.change() == 2
    assert (world.outlook_calendar.events, world.booked()) == ([], [])
    assert world.salon.told == [booking]


async def test_our_own_writes_come_back_and_nothing_is_written_again() -> None:
    world, event, _ = await with_both()
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    await world.change()
    with world.counting() as calls:
        for wake in [
            Wake(company_id=COMPANY, resource_id="r1", cause="notification", at=world.now(), outlook=True)
        ] * 3:
            world.wakes.push(wake)
        copies = tuple(booking.appointment_id for booking in world.copies_in_timify())
        world.wakes.push(Wake(company_id=COMPANY, cause="webhook", at=world.now(), bookings=copies, resources=("r1",)))
        assert await world.change() == 0
    assert Counter(calls) == {("outlook", "delta"): 1, ("timify", "read"): 1}


async def test_an_outlook_edit_costs_one_delta_page_and_one_write() -> None:
    world, event, _ = await with_both()
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    wake = world.tell()[0]
    with world.counting() as calls:
        await world.hand_over(wake)
    assert Counter(calls) == {("outlook", "delta"): 1, ("timify", "update"): 1}


@pytest.mark.parametrize("hints", [("r1",), ()])
async def test_a_booking_edit_costs_one_read_and_one_write(hints: tuple[str, ...]) -> None:
    world, _, booking = await with_both()
    world.salon.move(booking, at(3, "11:00"))
    with world.counting() as calls:
        await world.hand_over(
            Wake(company_id=COMPANY, cause="webhook", at=world.now(), bookings=(booking,), resources=hints)
        )
    assert Counter(calls) == {("timify", "read"): 1, ("outlook", "update"): 1}


async def test_a_new_booking_costs_one_read_and_one_write() -> None:
    world, _, _ = await with_both()
    booking = world.salon.add(["r1"], at(4, "09:00"), 60, service="Cut")
    with world.counting() as calls:
        await world.hand_over(
            Wake(company_id=COMPANY, cause="webhook", at=world.now(), bookings=(booking,), resources=("r1",))
        )
    assert Counter(calls) == {("timify", "read"): 1, ("outlook", "create"): 1}


@pytest.mark.parametrize("heir", ["r2", "r9"])
async def test_a_booking_that_went_to_somebody_else_leaves_no_ghost_behind(heir: str) -> None:
    """The webhook names its new resource alone, which may not even be connected."""
    world = await World("r1", "r2").connect()
    booking = world.salon.add(["r1"], at(4, "09:00"), 60, service="Cut")
    await world.change()
    assert [event.mark is not None for event in world.mailboxes["r1"].events] == [True]
    world.salon.edit(booking, resource_ids=(heir,))
    await world.change()
    assert world.mailboxes["r1"].events == []
    assert len(world.mailboxes["r2"].events) == (heir == "r2")


async def test_while_a_mailbox_wants_to_be_left_alone_no_news_makes_anybody_call_it() -> None:
    """Whoever was told so is another worker than the one that hears the news."""
    world = await World().connect()
    world.outlook_calendar.add(span(4, "09:00", "10:00"))
    world.fail("outlook", "delta", "before", Throttled("429", 120.0))
    world.tell()
    await world.deliver()
    asked, world.worker = world.now.at, Worker(world)
    with world.counting() as calls:
        for _ in range(5):
            await world.hand_over(
                Wake(company_id=COMPANY, resource_id="r1", cause="notification", at=world.now(), outlook=True)
            )
    assert calls == []
    assert await world.change() == 1
    assert world.now.at - asked >= timedelta(seconds=119)


async def test_a_notification_of_what_a_later_round_has_read_costs_no_call() -> None:
    world, _, _ = await with_both()
    early = Wake(company_id=COMPANY, resource_id="r1", cause="notification", at=world.now(), outlook=True)
    world.outlook_calendar.add(span(4, "09:00", "10:00"))
    await world.change()
    with world.counting() as calls:
        await world.hand_over(early)
    assert calls == []


LOST = [
    ("timify", "update", lambda w, e, b: w.outlook_calendar.move(e, span(2, "11:00", "12:00"))),
    ("timify", "delete", lambda w, e, b: w.outlook_calendar.remove(e)),
    ("timify", "create", lambda w, e, b: w.outlook_calendar.add(span(4, "11:00", "12:00"), "New")),
    ("outlook", "update", lambda w, e, b: w.salon.move(b, at(3, "11:00"))),
    ("outlook", "delete", lambda w, e, b: w.salon.remove(b)),
    ("outlook", "create", lambda w, e, b: w.salon.add(["r1"], at(4, "15:00"), service="New")),
]


@pytest.mark.parametrize(("place", "call", "edit"), LOST)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("failure", [Died, Transient("504"), Throttled("429", 3.0)], ids=["died", "504", "429"])
async def test_a_call_that_failed_or_whose_answer_was_lost_is_made_good(
    place: str, call: str, edit: object, moment: Moment, failure: type[Died] | Transient
) -> None:
    world, event, booking = await with_both()
    world.fail(place, call, moment, failure)
    edit(world, event, booking)  # type: ignore[operator]  # one of several edits
    await world.change()
    assert world.faults == []
    assert await world.conflicts() == []
    spans = {copy.span for copy in world.copies_in_timify()} | {copy.when for copy in world.copies_in_outlook()}
    origins = [event.when for event in world.outlook_calendar.events if not event.mark]
    assert spans == {*origins, *(booked.span for booked in world.booked() if not booked.mark)}
    assert len(world.copies_in_timify()) + len(world.copies_in_outlook()) == len(spans)
    assert await world.sweep() == 0


async def test_a_412_is_read_again_and_decided_anew() -> None:
    world, _, booking = await with_both()
    copy = world.copies_in_outlook()[0].id
    world.outlook_calendar.edit(copy, title="Anna, bring shoes")
    world.salon.move(booking, at(3, "11:00"))
    await world.hand_over(Wake(company_id=COMPANY, cause="webhook", at=world.now(), bookings=(booking,)))
    assert world.outlook_calendar.known(copy).when == span(3, "11:00", "12:00")
    assert world.outlook_calendar.known(copy).title == "Anna, bring shoes"
    assert await world.sweep() == 0


async def test_a_412_that_never_ends_does_not_stop_the_others() -> None:
    world, event, booking = await with_both()
    world.fail("outlook", "update", "before", Stale("412"), times=60)
    world.salon.move(booking, at(3, "11:00"))
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    await world.change()
    assert world.copies_in_timify()[0].span == span(2, "11:00", "12:00")


async def test_one_bad_item_never_stops_a_calendar_and_becomes_a_conflict_in_the_end() -> None:
    world, event, _ = await with_both()
    world.fail("timify", "update", "before", Transient("500"), times=100)
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    world.outlook_calendar.add(span(4, "09:00", "10:00"), "Other")
    await world.change()
    assert len(world.copies_in_timify()) == 2
    assert [conflict.kind for conflict in await world.conflicts()] == ["refused"]
    world.faults.clear()
    await world.sweep()
    assert await world.conflicts() == []
    assert world.copies_in_timify()[0].span == span(2, "11:00", "12:00")


async def test_what_a_system_refuses_is_a_conflict_until_it_changes() -> None:
    world, _, _ = await with_both()
    world.fail("timify", "create", "before", Refused("timify_422"))
    event = world.outlook_calendar.add(span(4, "09:00", "10:00"), "Odd")
    await world.change()
    assert [(x.kind, x.detail) for x in await world.conflicts()] == [("refused", "timify_422")]
    world.outlook_calendar.edit(event, title="Even")
    await world.change()
    assert await world.conflicts() == []
    assert len(world.copies_in_timify()) == 2


async def test_throttling_waits_as_long_as_it_is_told_to() -> None:
    world, event, _ = await with_both()
    world.fail("timify", "update", "before", Throttled("429", 33.0))
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    world.tell()
    await world.deliver()
    assert world.wakes.sent[-1][1] == 33.0
    await world.drain()
    assert world.copies_in_timify()[0].span == span(2, "11:00", "12:00")


async def test_expired_delta_links_lose_nothing_and_write_nothing_twice() -> None:
    world, event, _ = await with_both()
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    world.outlook_calendar.expire_links()
    await world.change()
    assert world.copies_in_timify()[0].span == span(2, "11:00", "12:00")
    assert await world.sweep() == 0


async def test_a_private_meeting_shows_its_time_and_nothing_else() -> None:
    world, event, _ = await with_both()
    world.outlook_calendar.edit(event, private=True, title="SECRET", notes="SECRET")
    await world.change()
    assert (world.copies_in_timify()[0].title, world.copies_in_timify()[0].notes) == ("Calendar blocker", "")
    assert "SECRET" not in repr(world.store.__dict__)


async def test_settings_concern_future_items_only() -> None:
    world, event, _ = await with_both()
    await world.choose(outlook_to_timify__event_name="off")
    world.outlook_calendar.move(event, span(2, "11:00", "12:00"))
    world.outlook_calendar.add(span(4, "09:00", "10:00"), "New")
    await world.change()
    assert [copy.title for copy in world.copies_in_timify()] == ["Team", "Calendar blocker"]
    assert await world.sweep() == 0
