"""Trouble of a whole connection: leases, fencing, broken access, late messages. Said once, to those who can mend it."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Broken, Reason, Transient
from shared.domain.items import Side
from shared.sync.keeping import Changes, LeaseLost
from shared.sync.one_time import token_hash
from shared.sync.ports import Wake
from shared.sync.worker import Worker
from tests.sync.core.world import COMPANY, World, at, span


async def with_meeting() -> tuple[World, str]:
    world = World()
    event = world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    return await world.connect(), event


@pytest.mark.parametrize(
    "reason",
    [
        Reason.SIGN_IN_EXPIRED,
        Reason.SIGN_IN_LOST,
        Reason.ACCESS_REVOKED,
        Reason.CALENDAR_GONE,
        Reason.CALENDAR_READ_ONLY,
    ],
)
async def test_broken_access_stops_the_connection_and_tells_the_person_once(reason: Reason) -> None:
    world, event = await with_meeting()
    world.fail("outlook", "delta", "before", Broken(reason, "x"), times=5)
    for day in range(3):
        world.outlook_calendar.move(event, span(3 + day, "09:00", "10:00"))
        await world.change()
    connection = await world.connection()
    assert (connection.status, connection.reason) == (Status.RECONNECT_NEEDED, reason)
    assert world.mail.kinds() == ["connected", "reconnect_needed"]
    assert world.copies_in_timify()[0].span == span(2, "09:00", "10:00")


@pytest.mark.parametrize(
    ("place", "call", "failure"),
    [
        ("outlook", "delta", Broken(Reason.CALENDAR_GONE, "ErrorItemNotFound")),
        ("outlook", "delta", Broken(Reason.ACCESS_REVOKED, "ErrorAccessDenied", doubtful=True)),
        ("outlook", "delta", Broken(Reason.MAILBOX_ON_PREMISES, "MailboxNotEnabledForRESTAPI")),
        ("timify", "view", Broken(Reason.RESOURCE_GONE, "timify_404")),
    ],
)
async def test_a_few_lying_answers_disconnect_nobody_and_lose_nothing(place: str, call: str, failure: Broken) -> None:
    world, event = await with_meeting()
    world.fail(place, call, "before", failure, times=3)
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    await world.sweep()
    assert world.faults == []
    assert (await world.connection()).status is Status.CONNECTED
    assert world.mail.kinds() == ["connected"]
    assert world.copies_in_timify()[0].span == span(3, "09:00", "10:00")


@pytest.mark.parametrize(("lies", "arrives"), [(3, True), (4, False)])
async def test_a_booking_nobody_knows_yet_outlives_lying_answers_and_is_not_asked_about_for_ever(
    lies: int, arrives: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world = await World().connect()
    booking = world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    world.lose_news()
    world.fail("timify", "resources_of", "before", Broken(Reason.RESOURCE_GONE, "timify_404"), times=lies)
    world.wakes.push(Wake(company_id=COMPANY, cause="webhook", at=world.now(), bookings=(booking,)))
    await world.drain()
    assert bool(world.copies_in_outlook()) is arrives
    assert any(line.startswith("nobody was told of a booking: code=timify_404") for line in caplog.messages) != arrives


async def test_a_calendar_that_stays_gone_is_told_of_within_two_minutes() -> None:
    world, event = await with_meeting()
    world.fail("outlook", "delta", "before", Broken(Reason.CALENDAR_GONE, "ErrorItemNotFound"), times=9)
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    began = world.now()
    await world.change()
    (told,) = [message for message in world.mail.sent if message.kind == "reconnect_needed"]
    assert timedelta(minutes=1) < told.at - began < timedelta(minutes=2)
    assert (await world.connection()).status is Status.RECONNECT_NEEDED


async def test_a_worker_that_was_busy_for_long_believes_one_answer_no_sooner() -> None:
    world, event = await with_meeting()
    world.fail("outlook", "delta", "before", Transient("503"), times=5)
    world.fail("outlook", "delta", "before", Broken(Reason.CALENDAR_GONE, "ErrorItemNotFound"))
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    await world.change()
    assert (await world.connection()).status is Status.CONNECTED
    assert world.copies_in_timify()[0].span == span(3, "09:00", "10:00")


async def test_what_the_sign_in_says_needs_no_second_look() -> None:
    world, event = await with_meeting()
    world.fail("outlook", "delta", "before", Broken(Reason.ACCESS_REVOKED, "AADSTS65001"))
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    world.tell()
    await world.deliver()
    assert (await world.connection()).status is Status.RECONNECT_NEEDED


async def test_a_reconnected_calendar_catches_up_without_a_second_copy() -> None:
    world, event = await with_meeting()
    world.fail("outlook", "delta", "before", Broken(Reason.SIGN_IN_EXPIRED))
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    await world.change()
    world.outlook_calendar.add(span(4, "09:00", "10:00"), "Missed")
    await world.connect_one("r1")
    await world.drain()
    assert [copy.span for copy in world.copies_in_timify()] == [span(3, "09:00", "10:00"), span(4, "09:00", "10:00")]
    assert await world.sweep() == 0


async def test_our_own_credentials_are_nobodys_fault_and_nothing_is_lost() -> None:
    world, event = await with_meeting()
    world.fail("outlook", "delta", "before", Broken(Reason.OUR_CREDENTIALS, "AADSTS7000215"), times=3)
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    await world.change()
    assert (await world.connection()).status is Status.CONNECTED
    assert world.mail.kinds() == ["connected"]
    assert world.copies_in_timify()[0].span == span(3, "09:00", "10:00")


async def test_a_connection_that_another_worker_is_busy_with_is_left_to_it_and_the_message_comes_again() -> None:
    world, event = await with_meeting()
    assert await world.store.open(COMPANY, "r1", world.now())
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    world.tell()
    with world.counting() as calls:
        await world.deliver()
    assert calls == []
    assert len(world.wakes) == 1
    world.now.pass_by(timedelta(minutes=5))
    await world.drain()
    assert world.copies_in_timify()[0].span == span(3, "09:00", "10:00")


async def test_a_worker_that_overslept_writes_nothing_into_the_ledger_of_its_successor() -> None:
    world, _ = await with_meeting()
    stale = await world.store.open(COMPANY, "r1", world.now())
    assert stale
    world.now.pass_by(timedelta(minutes=5))
    fresh = await world.store.open(COMPANY, "r1", world.now())
    assert fresh
    before = world.links()
    for attempt in (stale.commit(Changes(forget=before)), stale.close(stale.state)):
        with pytest.raises(LeaseLost):
            await attempt
    assert world.links() == before


async def test_a_lease_lost_in_the_middle_of_a_round_ends_it_and_the_message_comes_again() -> None:
    world, event = await with_meeting()
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    taken: list[object] = []

    def take_over(call: str) -> None:
        if call == "update" and not taken:
            world.now.pass_by(timedelta(minutes=5))
            taken.append(call)
            world.fence_out("r1")

    world.watch = take_over
    await world.change()
    assert taken
    assert world.copies_in_timify()[0].span == span(3, "09:00", "10:00")
    assert await world.sweep() == 0


async def test_a_lease_lost_before_anything_was_done_loses_no_message() -> None:
    world, event = await with_meeting()
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    calls: list[str] = []

    def take_over(call: str) -> None:
        calls.append(call)
        if calls == ["delta"]:
            world.fence_out("r1")

    world.watch = take_over
    world.fail("timify", "update", "before", Transient("503"))  # else the write is done, and only not remembered
    await world.change()
    assert calls[0] == "delta"
    assert world.copies_in_timify()[0].span == span(3, "09:00", "10:00")


async def test_what_is_told_while_a_round_goes_on_is_not_taken_for_read() -> None:
    world, event = await with_meeting()
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))

    def meanwhile(call: str) -> None:
        if call == "update":
            world.watch = lambda call: None
            world.outlook_calendar.add(span(4, "09:00", "10:00"), "New")
            world.tell()

    world.watch = meanwhile
    await world.drain()
    assert [copy.span for copy in world.copies_in_timify()] == [span(3, "09:00", "10:00"), span(4, "09:00", "10:00")]


async def test_two_workers_on_one_burst_make_no_second_copy() -> None:
    world, _ = await with_meeting()
    for day in range(3, 8):
        world.outlook_calendar.add(span(day, "09:00", "10:00"), "New")
        world.salon.add(["r1"], at(day, "14:00"), service="Cut")
    wakes, others = world.tell(), Worker(world)
    await asyncio.gather(*(worker.handle(wake) for wake in wakes for worker in (world.worker, others)))
    await world.drain()
    assert len(world.copies_in_timify()) == 6
    assert len(world.copies_in_outlook()) == 5
    assert await world.sweep() == 0


async def test_a_connection_that_is_not_live_is_left_alone() -> None:
    world, event = await with_meeting()
    await world.change_connection(status=Status.PAUSED)
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    with world.counting() as calls:
        await world.change()
    assert calls == []


async def test_a_webhook_of_a_booking_that_concerns_nobody_ends_quietly() -> None:
    world, _ = await with_meeting()
    world.wakes.push(Wake(company_id=COMPANY, cause="webhook", at=world.now(), bookings=("nobody's",)))
    world.wakes.push(Wake(company_id="unknown", resource_id="r1", cause="webhook", at=world.now(), outlook=True))
    assert await world.change() == 0


async def test_a_transient_failure_of_a_whole_round_comes_again_later_and_later() -> None:
    world, event = await with_meeting()
    world.fail("outlook", "delta", "before", Transient("503"), times=4)
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    sent = len(world.wakes.sent)
    await world.change()
    assert [delay for _, delay in world.wakes.sent[sent : sent + 4]] == [2.0, 4.0, 8.0, 16.0]
    assert world.link(Side.OUTLOOK, event)
    assert world.copies_in_timify()[0].span == span(3, "09:00", "10:00")


async def test_a_subscription_that_was_gone_is_made_anew_and_what_was_missed_is_read() -> None:
    world, event = await with_meeting()
    world.outlook_calendar.subscriptions.clear()
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    world.wakes.push(Wake(company_id=COMPANY, resource_id="r1", cause="renewal", at=world.now(), job="renew"))
    world.lose_news()
    await world.drain()
    assert len(world.outlook_calendar.subscriptions) == 1
    assert world.copies_in_timify()[0].span == span(3, "09:00", "10:00")


async def test_a_worker_that_dies_while_it_stops_a_broken_connection_still_tells_the_person() -> None:
    world, event = await with_meeting()
    world.fail("outlook", "delta", "before", Broken(Reason.ACCESS_REVOKED, "x"), times=5)
    world.outlook_calendar.move(event, span(3, "09:00", "10:00"))
    for step in (1, 2):
        died = world.die_after("save_connection", step)
        await world.change()
        assert died or step == 2
    assert (await world.connection()).status is Status.RECONNECT_NEEDED
    told = [message for message in world.mail.sent if message.kind == "reconnect_needed"]
    good = await world.invitations.get(token_hash(told[-1].link.rpartition("/")[2]))
    assert good is not None
    assert good.state == "open"


async def test_a_worker_that_dies_while_it_brakes_still_tells_the_person_and_once() -> None:
    world = World()
    events = [world.outlook_calendar.add(span(2 + day, "09:00", "10:00"), "Team") for day in range(20)]
    await world.connect()
    for event in events:
        world.outlook_calendar.remove(event)
    died = world.die_after("save_connection", 1)
    await world.change()
    assert died
    assert (await world.connection()).status is Status.PAUSED
    assert world.mail.kinds() == ["connected", "paused"]
