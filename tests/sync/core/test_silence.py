"""Webhooks quietly stop, deltas lag or never end, mailboxes have no notifications: nothing stays unseen for long."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.domain.failures import EndlessPaging, Failure, LinkExpired, Transient
from shared.domain.spans import Span
from shared.sync.errands import send_errands
from shared.sync.ports import DeltaPage, Wake
from tests.sync.core.world import COMPANY, World, at, span

TEN = span(2, "10:00", "11:00")


async def pass_by(world: World, **time: float) -> None:
    """Time goes by, and with it the timer that runs errands."""
    world.now.pass_by(timedelta(**time))
    await send_errands(world)
    await world.drain()


def unheard(world: World, title: str = "Unheard", day: int = 3) -> None:
    world.outlook_calendar.add(span(day, "10:00", "11:00"), title)
    world.lose_news()


# -- notifications fall silent


async def test_a_subscription_that_went_silent_is_noticed_within_hours_and_made_anew() -> None:
    world = await World().connect()
    before = set(world.outlook_calendar.subscriptions)
    unheard(world)
    await pass_by(world, hours=2)
    assert not world.copies_in_timify()
    await pass_by(world, hours=4)
    assert len(world.copies_in_timify()) == 1
    assert set(world.outlook_calendar.subscriptions) != before


@pytest.mark.parametrize("heard", [0, 10, 100, 140, 150, 160, 200, 330])
@pytest.mark.parametrize("resource", ["r1", "r2", "r3", "r4"])
async def test_no_calendar_is_silent_for_longer_than_six_hours_before_somebody_looks(resource: str, heard: int) -> None:
    world = await World(resource).connect()
    for _ in range(heard // 10):
        await pass_by(world, minutes=10)
    world.outlook_calendar.add(TEN, "Heard")
    await world.drain()
    unheard(world)
    for _ in range(36):
        await pass_by(world, minutes=10)
    assert len(world.copies_in_timify(resource)) == 2


async def test_a_calendar_in_which_nothing_happens_is_asked_four_times_a_day_and_no_subscription_suffers() -> None:
    world = await World().connect()
    await pass_by(world, hours=1)
    before = set(world.outlook_calendar.subscriptions)
    with world.counting() as calls:
        for _ in range(20 * 6):
            await pass_by(world, minutes=10)
    assert [call for call in calls if call != ("outlook", "delta")] == []
    assert 3 <= len(calls) <= 4
    assert set(world.outlook_calendar.subscriptions) == before


async def test_a_calendar_that_is_heard_of_is_not_looked_at_besides() -> None:
    world = await World().connect()
    for hour in range(12):
        world.outlook_calendar.add(span(3 + hour, "10:00", "11:00"), "Team")
        await world.drain()
        with world.counting() as calls:
            await pass_by(world, hours=1)
        assert calls == []


async def test_looks_do_not_multiply_however_often_a_calendar_is_checked() -> None:
    world = await World().connect()
    for _ in range(5):
        await world.sweep()
        await pass_by(world, minutes=7)
    with world.counting() as calls:
        await pass_by(world, hours=8)
    assert calls == [("outlook", "delta")]


@pytest.mark.parametrize("quiet", [1, 5, 17, 40])
async def test_looks_do_not_multiply_either_in_a_calendar_where_something_happens_day_and_night(quiet: int) -> None:
    """However readings and activity fall, one look is waiting, or the next one and the one after it."""
    world = await World().connect()
    for run in range(2 * 144):
        await pass_by(world, minutes=10)
        if run % quiet == 0:
            now = world.now()
            await world.hand_over(
                Wake(company_id=COMPANY, resource_id="r1", cause="notification", at=now, outlook=True)
            )
        if run % 31 == 0:
            await world.sweep()
        ahead = world.now.at + timedelta(days=9)
        looks = [errand async for errand in world.store.due_errands(ahead) if errand.job == "poll"]
        assert 1 <= len(looks) <= 2
    sent = [wake for wake, _ in world.wakes.sent if wake.job == "poll"]
    assert len(sent) <= 2 * 8 + 1


async def test_a_look_that_fails_is_made_again_and_the_next_one_too() -> None:
    world = await World().connect()
    unheard(world)
    world.fail("outlook", "delta", "before", Transient("503"))
    await pass_by(world, hours=7)
    assert len(world.copies_in_timify()) == 1
    unheard(world, "Later", day=4)
    await pass_by(world, hours=7)
    assert len(world.copies_in_timify()) == 2


# -- no notifications at all


async def test_a_mailbox_without_notifications_connects_and_is_looked_at_every_few_minutes() -> None:
    world = World()
    world.outlook_calendar.silent = True
    await world.connect()
    assert (await world.connection()).subscription_id == ""
    for number in range(1, 4):
        unheard(world, f"Event {number}", day=2 + number)
        await pass_by(world, minutes=10)
        assert len(world.copies_in_timify()) == number


async def test_a_mailbox_that_loses_its_notifications_is_looked_at_too() -> None:
    world = await World().connect()
    world.outlook_calendar.silent = True
    world.outlook_calendar.subscriptions.clear()
    for job in ("renew", "resubscribe"):
        world.wakes.push(Wake(company_id=COMPANY, resource_id="r1", cause="renewal", at=world.now(), job=job))
    await world.drain()
    assert (await world.connection()).subscription_id == ""
    unheard(world)
    await pass_by(world, minutes=20)
    assert len(world.copies_in_timify()) == 1


# -- the delta lags behind its notification


async def test_a_change_that_shows_only_after_its_notification_is_not_left_until_tomorrow() -> None:
    world = await World().connect()
    wake = Wake(company_id=COMPANY, resource_id="r1", cause="notification", at=world.now(), outlook=True)
    await world.hand_over(wake)
    unheard(world)
    await pass_by(world, minutes=10)
    assert len(world.copies_in_timify()) == 1


async def test_a_notification_that_comes_three_times_costs_no_second_look() -> None:
    world = await World().connect()
    world.outlook_calendar.add(TEN, "Team")
    await world.drain()
    for _ in range(3):
        wake = Wake(company_id=COMPANY, resource_id="r1", cause="notification", at=world.now(), outlook=True)
        await world.hand_over(wake)
    with world.counting() as calls:
        await pass_by(world, minutes=10)
    assert calls == []


async def test_a_second_look_is_none_after_another_round() -> None:
    world = await World().connect()
    wake = Wake(company_id=COMPANY, resource_id="r1", cause="notification", at=world.now(), outlook=True)
    await world.hand_over(wake)
    world.now.pass_by(timedelta(minutes=5))
    world.outlook_calendar.add(TEN, "Team")
    await world.drain()
    with world.counting() as calls:
        await pass_by(world, minutes=1)
    assert calls == []


# -- the delta never ends


async def test_a_mailbox_whose_delta_never_ends_is_imported_and_followed_all_the_same() -> None:
    world = World()
    world.outlook_calendar.endless = True
    event = world.outlook_calendar.add(TEN, "Team")
    await world.connect()
    assert [copy.span for copy in world.copies_in_timify()] == [TEN]
    world.outlook_calendar.move(event, span(4, "12:00", "13:00"))
    world.salon.add(["r1"], at(5, "10:00"), 60, service="Cut")
    await world.drain()
    assert [copy.span for copy in world.copies_in_timify()] == [span(4, "12:00", "13:00")]
    assert len(world.copies_in_outlook()) == 1
    world.outlook_calendar.remove(event)
    await world.drain()
    assert not world.copies_in_timify()
    assert await world.sweep() == 0


async def test_a_delta_that_begins_to_turn_in_circles_loses_nothing_and_is_used_again_when_it_ends() -> None:
    world = await World().connect()
    world.outlook_calendar.endless = True
    world.outlook_calendar.add(TEN, "Team")
    await world.drain()
    assert len(world.copies_in_timify()) == 1
    world.outlook_calendar.endless = False
    await world.sweep()
    world.outlook_calendar.add(span(4, "10:00", "11:00"), "Next")
    with world.counting() as calls:
        await world.drain()
    assert len(world.copies_in_timify()) == 2
    assert ("outlook", "view") not in calls


async def test_a_burst_of_notifications_without_a_delta_is_one_plain_reading() -> None:
    world = World()
    world.outlook_calendar.endless = True
    await world.connect()
    before = len([call for call in world.outlook_calendar.calls if call[0] == "count"])
    for number in range(20):
        world.outlook_calendar.add(span(3 + number, "10:00", "11:00"), f"Team {number}")
        world.tell()
    await world.drain()
    readings = len([call for call in world.outlook_calendar.calls if call[0] == "count"]) - before
    assert len(world.copies_in_timify()) == 20
    assert readings <= 2, "one for the burst, one for the echo of nothing but itself"


@pytest.mark.parametrize("failure", [EndlessPaging("endless_paging"), LinkExpired("SyncStateNotFound")], ids=repr)
async def test_a_delta_that_begins_but_cannot_be_followed_is_no_reason_to_read_everything_for_ever(
    failure: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await World().connect()
    begun = world.outlook_calendar.delta

    async def delta(link: str, window: Span) -> AsyncIterator[DeltaPage]:
        if link:
            raise failure
        async for page in begun("", window):
            yield page

    monkeypatch.setattr(world.outlook_calendar, "delta", delta)
    for day in (3, 4, 5):
        event = world.outlook_calendar.add(span(day, "10:00", "11:00"), "Team")
        await world.drain()
        world.outlook_calendar.move(event, span(day, "15:00", "16:00"))
        await world.drain()
    assert [copy.span for copy in world.copies_in_timify()] == [span(day, "15:00", "16:00") for day in (3, 4, 5)]
    assert await world.sweep() == 0


@pytest.mark.parametrize("where", ["delta", "view"])
async def test_what_changes_while_everything_is_read_plainly_is_not_passed_over(where: str) -> None:
    world = World(ahead=200)
    world.outlook_calendar.endless = True
    await world.connect()
    world.outlook_calendar.add(span(150, "10:00", "11:00"), "Far")
    moved = world.outlook_calendar.add(TEN, "Near")
    passed: list[str] = []

    def watch(call: str) -> None:
        if call == where and len(passed) < 3:
            passed.append(call)
            if len(passed) == 3:
                world.outlook_calendar.move(moved, span(2, "15:00", "16:00"))

    world.watch = watch
    await world.drain()
    await world.drain()
    near = world.copies_in_timify()[0]
    assert near.span == next(event.when for event in world.outlook_calendar.events if event.title == "Near")
