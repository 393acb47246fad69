"""The first import: both calendars as they are found, brought together once, whatever happens on the way."""

from datetime import timedelta

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Broken, Reason, Throttled, Transient
from shared.domain.items import Side
from shared.sync.leaving import leave
from shared.sync.ports import Wake
from tests.fakes.timify import Moment
from tests.sync.core.world import COMPANY, Died, World, at, span

CLOSES = [("close", number) for number in range(1, 16)]


def full(world: World) -> World:
    """Ten meetings and ten bookings side by side over a fortnight and more."""
    for day in range(0, 20, 2):
        world.outlook_calendar.add(span(day, "09:02", "09:47"), f"Team {day}")
        world.salon.add(["r1"], at(day, "14:00"), 60, service=f"Cut {day}")
    return world


async def test_both_directions_are_copied_and_the_next_round_writes_nothing() -> None:
    world = await full(World()).connect()
    assert len(world.copies_in_timify()) == len(world.copies_in_outlook()) == 10
    assert all(copy.span.start.minute == 0 and copy.span.minutes == 50 for copy in world.copies_in_timify())
    assert (await world.connection()).status is Status.CONNECTED
    assert await world.sweep() == 0
    state = await world.state()
    assert state.checked_items == state.checked_agree == 20


async def test_the_person_is_told_once_with_the_counts() -> None:
    world = await full(World()).connect()
    assert [(message.kind, message.counts) for message in world.mail.sent] == [("connected", (10, 10))]


async def test_nothing_that_a_person_made_is_touched() -> None:
    world = full(World())
    events, bookings = list(world.outlook_calendar.events), world.booked()
    await world.connect()
    assert [event for event in world.outlook_calendar.events if event.mark is None] == events
    assert [booking for booking in world.booked() if booking.mark is None] == bookings


@pytest.mark.parametrize(
    ("place", "call"),
    [("outlook", "create"), ("timify", "create"), ("outlook", "view"), ("timify", "view"), ("outlook", "delta")],
)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("failure", [Died, Transient("503"), Throttled("429", 7.0)], ids=["died", "503", "429"])
async def test_an_import_that_is_broken_off_is_finished_without_a_second_copy(
    place: str, call: str, moment: Moment, failure: type[Died] | Transient
) -> None:
    world = full(World())
    world.fail(place, call, moment, failure)
    await world.connect()
    assert len(world.copies_in_timify()) == len(world.copies_in_outlook()) == 10
    assert (await world.connection()).status is Status.CONNECTED
    assert await world.sweep() == 0


@pytest.mark.parametrize("commit", range(1, 60, 4))
async def test_a_worker_that_dies_at_any_commit_leaves_an_import_that_goes_on(commit: int) -> None:
    world = full(World())
    died = world.die_at_commit(commit)
    await world.connect()
    assert died or commit > 28
    assert len(world.copies_in_timify()) == len(world.copies_in_outlook()) == 10
    assert (await world.connection()).status is Status.CONNECTED
    assert await world.sweep() == 0


@pytest.mark.parametrize(("call", "number"), [("save_connection", 1), ("save_connection", 2), *CLOSES])
async def test_a_worker_that_dies_while_it_ends_an_import_leaves_it_to_be_ended(call: str, number: int) -> None:
    """The person is told, once, and what nobody notified meanwhile is found by the round that ends every sweep."""
    world = await full(World()).connect(start=False)
    late: list[str] = []

    def unseen(done: str) -> None:
        if done == "create" and not late:  # when the calendar has been read
            late.append(world.outlook_calendar.add(span(3, "12:00", "13:00"), "Late"))
            world.lose_news()

    world.watch = unseen
    world.die_after(call, number)
    await world.drain()
    assert (await world.connection()).status is Status.CONNECTED
    assert world.mail.kinds() == ["connected"]
    assert len(world.copies_in_timify()) == 11
    assert await world.sweep() == 0


async def test_a_link_to_leave_that_was_mailed_during_the_import_still_works_after_it() -> None:
    world = await full(World()).connect(start=False)
    joined = (await world.connection()).joined_at
    assert joined
    await world.drain()
    assert (await world.connection()).status is Status.CONNECTED
    assert await leave(world, COMPANY, "r1", int(joined.timestamp()), "keep") == "keep"
    assert (await world.connection()).status is Status.DISABLED


async def test_no_copy_is_made_before_its_link_is_stored() -> None:
    world = full(World())
    unlinked: list[str] = []

    def look(call: str) -> None:
        if call == "create":
            intended = {link.mark() for link in world.links()}
            made = [subject for name, subject in (*world.outlook_calendar.calls, *world.salon.calls) if name == call]
            unlinked.extend(mark for mark in made if mark not in intended)

    world.watch = look
    await world.connect()
    assert len(world.copies_in_timify()) == 10
    assert unlinked == []


async def test_a_lost_table_makes_no_second_copy() -> None:
    world = await full(World()).connect()
    await world.store.forget_links(COMPANY, "r1")
    assert await world.sweep("catch_up") == 0
    assert len(world.copies_in_timify()) == len(world.copies_in_outlook()) == 10
    assert {link.origin for link in world.links()} == {Side.OUTLOOK, Side.TIMIFY}


async def test_a_change_during_the_import_is_not_missed() -> None:
    world = full(World())
    await world.connect(start=False)
    world.tell()
    await world.deliver()
    late = world.outlook_calendar.add(span(3, "12:00", "13:00"), "Late")
    while (await world.connection()).status is Status.IMPORTING:
        await world.deliver()
    await world.drain()
    link = world.link(Side.OUTLOOK, late)
    assert link
    assert link.copy


async def test_progress_is_told_while_it_goes_on() -> None:
    world = full(World())
    await world.connect(start=False)
    await world.deliver()
    progress = (await world.state()).progress
    assert progress
    assert progress.total == 20
    assert progress.percent == 0


async def test_a_mailbox_that_cannot_be_read_fails_the_connection_and_tells_the_person_once() -> None:
    """Somebody waits at the page: it is known after a few looks, within two minutes."""
    world, gone = full(World()), Broken(Reason.MAILBOX_ON_PREMISES, "MailboxNotEnabledForRESTAPI")
    world.fail("outlook", "delta", "before", gone, times=4)
    began = world.now()
    await world.connect()
    assert world.mail.sent[0].at - began < timedelta(minutes=2)
    connection = await world.connection()
    assert (connection.status, connection.reason) == (Status.FAILED, Reason.MAILBOX_ON_PREMISES)
    assert world.mail.kinds() == ["failed"]
    world.wakes.push(Wake(company_id=COMPANY, resource_id="r1", cause="person", at=world.now(), job="import"))
    assert await world.change() == 0


async def test_events_outside_of_the_window_stay_where_they_are() -> None:
    world = World(ahead=30)
    world.outlook_calendar.add(span(-20, "09:00", "10:00"), "Long ago")
    world.outlook_calendar.add(span(60, "09:00", "10:00"), "Far away")
    world.salon.add(["r1"], at(-20, "14:00"))
    await world.connect()
    assert world.write_count() == 0


@pytest.mark.parametrize("failure", [Died, Throttled("429", 7.0)], ids=["died", "429"])
async def test_what_failed_in_an_early_slice_is_not_lost_when_a_later_one_breaks_off(
    failure: type[Died] | Transient,
) -> None:
    world = World(ahead=365)
    for day in (2, 150, 151, 300, 301):
        world.outlook_calendar.add(span(day, "09:00", "10:00"), f"Team {day}")
    await world.connect(start=False)
    world.fail("timify", "create", "before", Transient("503"))
    made: list[str] = []

    def fourth(call: str) -> None:
        made.extend([call] if call == "create" else [])
        if len(made) == 4:
            world.watch = lambda call: None
            world.fail("timify", "create", "before", failure)

    world.watch = fourth
    await world.drain()
    assert len(world.copies_in_timify()) == 5
