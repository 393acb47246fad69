"""What is due by the clock."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Transient
from shared.sync import disable, errands
from shared.sync.errands import AT_ONCE, CLOCK, PORTION, send_errands, send_renewals
from shared.sync.keeping import Errand
from shared.sync.ports import Wake
from shared.sync.retention import KEEP_COMPANY
from tests.log_lines import told
from tests.sync.clockwork import HOUR, days_pass, sent, waiting
from tests.sync.core.world import COMPANY, Died, World, span


async def test_the_window_does_not_stand_still_for_ever() -> None:
    world = await World().connect()
    first = (await world.state()).window
    assert first
    for _ in range(3):
        await days_pass(world, 1)
    window = (await world.state()).window
    assert window
    assert window.end - first.end in (timedelta(days=2), timedelta(days=3))
    assert (await world.state()).checked_at


async def test_an_event_beyond_the_horizon_is_copied_once_it_comes_into_sight() -> None:
    world = await World().connect()
    window = (await world.state()).window
    assert window
    world.outlook_calendar.add(span((window.end - world.now().replace(hour=0)).days + 1, "09:00", "10:00"), "Far")
    await world.change()
    assert not world.copies_in_timify()
    await days_pass(world, 3)
    assert len(world.copies_in_timify()) == 1


async def test_a_disabled_connection_is_not_checked_for_ever() -> None:
    world = await World().connect()
    await disable.disable(world, COMPANY, "r1")
    await world.drain()
    world.now.at += timedelta(days=1, hours=12)
    assert await send_errands(world) == 2, "the check and the next look"
    await world.drain()
    world.now.at += timedelta(days=2)
    assert await send_errands(world) == 0


# -- an uninstalled company


async def test_an_uninstalled_company_is_erased_after_the_retention_and_not_before() -> None:
    world = await World().connect()
    await disable.uninstall(world, COMPANY)
    await world.drain()
    world.now.at += KEEP_COMPANY - timedelta(hours=1)
    await send_errands(world)
    await world.drain()
    assert await world.store.company(COMPANY)
    world.now.at += timedelta(hours=2)
    await send_errands(world)
    await world.drain()
    assert await world.store.company(COMPANY) is None


async def test_of_a_company_that_is_erased_no_message_that_was_given_up_stays() -> None:
    world = await World().connect()
    world.given_up.lying = [(COMPANY, "r1"), (COMPANY, ""), ("c10", "r1")]
    await disable.uninstall(world, COMPANY)
    await world.drain()
    world.now.at += KEEP_COMPANY + HOUR
    await send_errands(world)
    await world.drain()
    assert world.given_up.lying == [("c10", "r1")]


async def test_a_company_that_came_back_keeps_its_data() -> None:
    world = await World().connect()
    await disable.uninstall(world, COMPANY)
    await world.drain()
    known = await world.store.company(COMPANY)
    assert known
    await world.store.save_company(replace(known, uninstalled_at=None))
    world.now.at += KEEP_COMPANY + timedelta(hours=1)
    await send_errands(world)
    await world.drain()
    assert await world.store.company(COMPANY)
    assert (await world.connection()).status is Status.DISABLED


# -- the window


async def test_a_new_window_takes_the_place_of_the_old_one_only_when_its_first_reading_is_complete() -> None:
    world = await World().connect()
    before = await world.state()
    world.now.at += timedelta(days=1, hours=12)
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


# -- checks


async def test_the_first_check_comes_between_twelve_and_thirty_six_hours_after_connecting() -> None:
    names = [f"r{number}" for number in range(40)]
    world = await World(*names).connect()
    due = [errand.due - world.now() for errand in await waiting(world, "check")]
    assert len(due) == 40
    assert all(12 * HOUR - HOUR / 60 < time <= 36 * HOUR for time in due)


async def test_checks_are_spread_over_the_day_even_where_all_were_connected_at_once() -> None:
    names = [f"r{number}" for number in range(40)]
    world = await World(*names).connect()
    times = {errand.due.time() for errand in await waiting(world, "check")}
    assert len(times) > 25
    assert len({time.hour for time in times}) > 12


async def test_checks_do_not_multiply_however_often_somebody_asks() -> None:
    world = await World().connect()
    await days_pass(world, 1)
    for _ in range(9):
        world.now.pass_by(4 * HOUR)
        await send_errands(world)
        await world.sweep()
        assert 1 <= len(await waiting(world, "check")) <= 2
    before = len(sent(world, "check"))
    await days_pass(world, 5)
    clock = [wake for wake in sent(world, "check")[before:] if wake.cause == CLOCK]
    assert 5 <= len(clock) <= 6
    assert len(await waiting(world, "check")) == 1
    assert len({wake.at.time() for wake in clock}) == 1


async def test_a_check_that_falls_into_a_reading_is_not_the_last_one() -> None:
    world = await World().connect()
    [check] = await waiting(world, "check")
    world.now.at = check.due
    await world.hand_over(Wake(company_id=COMPANY, resource_id="r1", cause="person", at=world.now(), job="catch_up"))
    assert (await world.state()).progress
    await world.store.drop_errands(await waiting(world, "check"))
    await world.hand_over(Wake(company_id=COMPANY, resource_id="r1", cause=CLOCK, at=check.due, job="check"))
    assert [errand.due for errand in await waiting(world, "check")] == [check.due + timedelta(days=1)]


async def test_a_check_over_which_the_worker_dies_for_good_is_not_the_last_one() -> None:
    world = await World().connect()
    [check] = await waiting(world, "check")
    world.now.at = check.due
    world.fail("outlook", "delta", "before", Died)
    assert await send_errands(world) > 0
    await world.hand_over(next(wake for wake in sent(world, "check") if wake.cause == CLOCK))
    assert [errand.due for errand in await waiting(world, "check")] == [check.due + timedelta(days=1)]


async def test_a_timer_that_fires_a_moment_too_early_puts_nothing_off_to_its_next_run() -> None:
    world = await World().connect()
    [check] = await waiting(world, "check")
    world.now.at = check.due - timedelta(milliseconds=300)
    await send_errands(world)
    assert await waiting(world, "check") == []


# -- many at once


async def many(world: World, number: int) -> None:
    for index in range(number):
        errand = Errand(job="poll", company_id="many", resource_id=f"m{index:04}", due=world.now())
        await world.store.schedule_errand(errand)


def on_its_way(world: World, moment: Callable[[Wake], None]) -> list[int]:
    """How many messages were on their way whenever one set out; `moment` may raise."""
    put, numbers, under_way = world.wakes.put, list[int](), set[str]()

    async def slow(wake: Wake, delay: float = 0) -> None:
        under_way.add(wake.resource_id)
        numbers.append(len(under_way))
        await asyncio.sleep(0)
        try:
            moment(wake)
            await put(wake, delay)
        finally:
            under_way.discard(wake.resource_id)

    world.wakes.put = slow  # type: ignore[method-assign]  # the fake answers late here
    return numbers


async def test_a_day_that_is_overdue_is_sent_many_at_once_and_each_message_once() -> None:
    world = World()
    await many(world, 3 * PORTION + 7)
    numbers = on_its_way(world, lambda wake: None)
    assert await send_errands(world) == 3 * PORTION + 7
    assert max(numbers) == AT_ONCE
    names = [wake.resource_id for wake in sent(world, "poll")]
    assert len(names) == len(set(names)) == 3 * PORTION + 7
    assert await send_errands(world) == 0


@pytest.mark.parametrize("failing", [{"m0000"}, {"m0003", "m0150", "m0210"}])
async def test_a_message_that_cannot_be_sent_keeps_no_other_from_being_sent_and_is_sent_the_next_time(
    failing: set[str],
) -> None:
    world = World()
    await many(world, PORTION + 20)

    def fail(wake: Wake) -> None:
        if wake.resource_id in failing:
            raise Transient("503")

    on_its_way(world, fail)
    with pytest.raises(Transient):
        await send_errands(world)
    assert len(sent(world, "poll")) == PORTION + 20 - len(failing)
    assert {errand.resource_id for errand in await waiting(world, "poll")} == failing
    failing.clear()
    assert await send_errands(world) > 0
    assert await waiting(world, "poll") == []


async def test_what_does_not_fit_into_one_run_is_left_for_the_next_and_nothing_is_sent_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, passed = World(), [0.0]
    await many(world, 3 * PORTION)
    monkeypatch.setattr(errands, "monotonic", lambda: passed[0])

    def take_time(wake: Wake) -> None:
        passed[0] += 1.0

    on_its_way(world, take_time)
    first = await send_errands(world)
    assert errands.TIME_OF_A_RUN <= first <= errands.TIME_OF_A_RUN + AT_ONCE
    assert await send_errands(world) == 3 * PORTION - first
    names = [wake.resource_id for wake in sent(world, "poll")]
    assert len(names) == len(set(names)) == 3 * PORTION


async def test_operations_hear_of_what_the_timers_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = await World("r1", "r2").connect()
    await days_pass(world, 7)
    assert {line["overdue"] for line in told(caplog.records, "renewals")} == {"0"}
    assert {line["late"] for line in told(caplog.records, "errands")} == {"0"}
    caplog.clear()
    world.now.pass_by(timedelta(days=8))
    await send_renewals(world)
    await send_errands(world)
    assert [line["overdue"] for line in told(caplog.records, "renewals")] == ["2"]
    assert int(told(caplog.records, "errands")[0]["late"]) >= 4
