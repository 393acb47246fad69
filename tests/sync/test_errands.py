"""What is due by the clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Transient
from shared.sync import disable
from shared.sync.errands import send_errands, send_renewals
from shared.sync.keeping import Errand
from shared.sync.ports import Wake
from tests.sync.core.world import COMPANY, World, span

HOUR = timedelta(hours=1)


async def days_pass(world: World, days: int) -> None:
    """Both timers, every hour."""
    for _ in range(24 * days):
        world.now.pass_by(HOUR)
        await send_renewals(world)
        await send_errands(world)
        await world.drain()


def sent(world: World, job: str) -> list[Wake]:
    return [wake for wake, _ in world.wakes.sent if wake.job == job]


async def waiting(world: World, job: str) -> list[Errand]:
    """What is entered, however far ahead."""
    return [errand async for errand in world.store.due_errands(world.now.at + timedelta(days=90)) if errand.job == job]


async def test_the_window_does_not_stand_still_for_ever() -> None:
    world = await World().connect()
    first = (await world.state()).window
    assert first
    for _ in range(3):
        world.now.at += timedelta(days=1, minutes=5)
        await send_errands(world)
        await world.drain()
    window = (await world.state()).window
    assert window
    assert window.end - first.end == timedelta(days=3)
    assert (await world.state()).checked_at


async def test_an_event_beyond_the_horizon_is_copied_once_it_comes_into_sight() -> None:
    world = await World().connect()
    window = (await world.state()).window
    assert window
    world.outlook_calendar.add(span((window.end - world.now().replace(hour=0)).days + 1, "09:00", "10:00"), "Far")
    await world.change()
    assert not world.copies_in_timify()
    for _ in range(3):
        world.now.at += timedelta(days=1, minutes=5)
        await send_errands(world)
        await world.drain()
    assert len(world.copies_in_timify()) == 1


async def test_a_disabled_connection_is_not_checked_for_ever() -> None:
    world = await World().connect()
    await disable.disable(world, COMPANY, "r1")
    await world.drain()
    world.now.at += timedelta(days=1, minutes=5)
    assert await send_errands(world) == 2, "the check and the next look"
    await world.drain()
    world.now.at += timedelta(days=2)
    assert await send_errands(world) == 0


async def test_nothing_is_renewed_that_is_good_for_days() -> None:
    world = await World().connect()
    assert await send_renewals(world) == 0
    world.now.at += timedelta(days=6, hours=1)
    assert await send_renewals(world) == 1


@pytest.mark.parametrize("status", [Status.RECONNECT_NEEDED, Status.DISABLED, Status.PAUSED, Status.FAILED])
async def test_a_connection_that_does_not_run_is_not_asked_about_for_ever(status: Status) -> None:
    world = await World().connect()
    await world.change_connection(status=status)
    await days_pass(world, 20)
    assert len(sent(world, "renew")) <= 1
    assert await waiting(world, "check") == await waiting(world, "poll") == []
    assert [renewal async for renewal in world.store.due_renewals(world.now.at + timedelta(days=90))] == []


async def test_a_renewal_that_failed_in_passing_is_made_all_the_same() -> None:
    world = await World().connect()
    before = (await world.connection()).subscription_expires
    world.fail("outlook", "renew", "before", Transient("503"), times=4)
    world.now.at += timedelta(days=6)
    assert await send_renewals(world) == 1
    await world.drain()
    after = (await world.connection()).subscription_expires
    assert before
    assert after
    assert after > before
    assert [renewal.expires async for renewal in world.store.due_renewals(after + HOUR)] == [after]


async def test_an_uninstalled_company_is_erased_after_the_retention_and_not_before() -> None:
    world = await World().connect()
    await disable.uninstall(world, COMPANY)
    await world.drain()
    world.now.at += disable.RETENTION - timedelta(hours=1)
    await send_errands(world)
    await world.drain()
    assert await world.store.company(COMPANY)
    world.now.at += timedelta(hours=2)
    await send_errands(world)
    await world.drain()
    assert await world.store.company(COMPANY) is None


async def test_a_company_that_came_back_keeps_its_data() -> None:
    world = await World().connect()
    await disable.uninstall(world, COMPANY)
    await world.drain()
    known = await world.store.company(COMPANY)
    assert known
    await world.store.save_company(replace(known, uninstalled_at=None))
    world.now.at += disable.RETENTION + timedelta(hours=1)
    await send_errands(world)
    await world.drain()
    assert await world.store.company(COMPANY)
    assert (await world.connection()).status is Status.DISABLED


async def test_a_new_window_takes_the_place_of_the_old_one_only_when_its_first_reading_is_complete() -> None:
    world = await World().connect()
    before = await world.state()
    world.now.at += timedelta(days=1, minutes=5)
    await send_errands(world)
    for moment in ("after", "before"):
        world.fail("outlook", "delta", moment, Transient("503"))
    for _ in range(2):
        await world.deliver()
    now = await world.state()
    assert (now.delta_link, now.window) == (before.delta_link, before.window)
    world.outlook_calendar.add(span(3, "10:00", "11:00"), "Meanwhile")
    await world.drain()
    after = await world.state()
    assert after.window != before.window
    assert len(world.copies_in_timify()) == 1


async def test_checks_are_spread_over_the_day_as_the_connections_were_made() -> None:
    world = World("r1", "r2")
    await world.connect(start=False)
    first, second = world.wakes.pop(), world.wakes.pop()
    await world.hand_over(first[1])
    world.now.at += timedelta(hours=5)
    await world.hand_over(second[1])
    await world.drain()
    due = {
        e.resource_id: e.due
        async for e in world.store.due_errands(world.now.at + timedelta(days=2))
        if e.job == "check"
    }
    assert timedelta(hours=4) < due["r2"] - due["r1"] < timedelta(hours=6)
