"""Subscriptions that end, and what is made good with them."""

from datetime import timedelta

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Refused, Transient
from shared.sync.errands import send_errands, send_renewals
from shared.sync.spread import own_time
from shared.sync.subscriptions import LIFE, RENEW_BEFORE
from tests.sync.clockwork import HOUR, days_pass, sent, waiting
from tests.sync.core.world import COMPANY, World


async def test_nothing_is_renewed_that_is_good_for_days() -> None:
    world = await World().connect()
    assert await send_renewals(world) == 0
    world.now.at += LIFE - own_time(COMPANY, "r1") - RENEW_BEFORE - HOUR
    assert await send_renewals(world) == 0
    world.now.at += 2 * HOUR
    assert await send_renewals(world) == 1


async def test_subscriptions_that_were_made_at_once_are_not_renewed_at_once() -> None:
    names = [f"r{number}" for number in range(40)]
    world = await World(*names).connect()
    ends = [(await world.connection(name)).subscription_expires for name in names]
    hours = {end.replace(minute=0, second=0, microsecond=0) for end in ends if end}
    assert len(hours) > 12
    assert all(end and timedelta(days=5) < end - world.now() < LIFE for end in ends)


async def test_a_subscription_never_ends_while_the_timers_run() -> None:
    world = await World().connect()
    known = set(world.outlook_calendar.subscriptions)
    for _ in range(20):
        await days_pass(world, 1)
        ends = (await world.connection()).subscription_expires
        assert ends
        assert ends - world.now() > RENEW_BEFORE - HOUR
    assert set(world.outlook_calendar.subscriptions) == known
    assert 3 <= len(sent(world, "renew")) <= 4


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


async def test_a_subscription_that_may_not_be_renewed_is_made_anew() -> None:
    world = await World().connect()
    known = set(world.outlook_calendar.subscriptions)
    world.fail("outlook", "renew", "before", Refused("403"))
    world.now.at += timedelta(days=6)
    await send_renewals(world)
    await world.drain()
    assert (await world.connection()).subscription_id in set(world.outlook_calendar.subscriptions) - known


async def test_after_a_key_rotation_no_subscription_tells_everything_a_second_time() -> None:
    world = await World().connect()
    old = (await world.connection()).subscription_id
    await world.change_connection(subscription_key="the key before")
    world.now.at += timedelta(days=6)
    await send_renewals(world)
    await world.drain()
    after = await world.connection()
    assert after.subscription_id != old
    assert after.subscription_key == world.signer.newest
    assert set(world.outlook_calendar.subscriptions) == {after.subscription_id}
    calls = [call for call in world.outlook_calendar.calls if call[0] in ("subscribe", "unsubscribe")]
    assert calls[-2:] == [("subscribe", ""), ("unsubscribe", old)], "Graph lets the old one stand beside the new one"


async def test_a_renewal_whose_message_got_lost_is_made_by_the_daily_check() -> None:
    world = await World().connect()
    known = set(world.outlook_calendar.subscriptions)
    for _ in range(7 * 24):
        world.now.pass_by(HOUR)
        await send_errands(world)
        await world.drain()
        if await send_renewals(world):
            world.wakes.pop()
    assert sent(world, "renew")
    ends = (await world.connection()).subscription_expires
    assert ends
    assert ends - world.now() > timedelta(days=3)
    assert set(world.outlook_calendar.subscriptions) == known


async def test_a_check_that_was_lost_is_entered_again_with_the_next_renewal() -> None:
    """Else a lost agenda, or one check that was given up, would leave a calendar unchecked for ever."""
    world = await World().connect()
    await world.store.drop_errands([each async for each in world.store.due_errands(world.now() + timedelta(days=90))])
    assert await waiting(world, "check") == []
    await days_pass(world, 7)
    assert len(await waiting(world, "check")) == 1
    assert len(await waiting(world, "poll")) == 1
    checked = (await world.state()).checked_at
    assert checked
    assert world.now() - checked < timedelta(hours=36)
