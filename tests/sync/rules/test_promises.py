"""Promises that no table of rules reaches: how soon, how cheap, how much may go unasked, and what the log can tell."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from shared.config import load_config
from shared.domain.accounts import Status
from shared.sync.errands import send_errands
from shared.sync.ports import Wake
from tests.fakes.identity import SETTINGS
from tests.sync.core.world import COMPANY, World, at, span
from tests.sync.rules.pair import ELEVEN, KINDS, Kind, pair_at_rest

TEN_MINUTES = timedelta(minutes=10)


def test_ten_days_back_and_a_year_ahead_are_synced_where_a_deployment_says_nothing() -> None:
    config = load_config(SETTINGS)
    assert (config.back, config.ahead) == (timedelta(days=10), timedelta(days=365))


@pytest.mark.parametrize("what", ["origin", "copy"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_change_is_written_by_the_message_that_told_of_it_and_waits_for_nothing(kind: Kind, what: str) -> None:
    pair = await pair_at_rest(kind)
    pair.move(what, ELEVEN)
    (wake,) = pair.world.tell()
    pair.world.wakes.drop_newest(1)
    sent = len(pair.world.wakes.sent)
    await pair.world.hand_over(wake)
    assert pair.outlook() == pair.timify() == [(ELEVEN, pair.title)]
    assert pair.world.wakes.sent[sent:] == []


async def test_the_log_says_how_long_a_change_took() -> None:
    pair = await pair_at_rest("event")
    pair.world.watch = lambda call: time.sleep(0.03 if call == "update" else 0)
    pair.move("origin", ELEVEN)
    await pair.world.change()
    (line, *_), _ = await pair.world.store.log(COMPANY, "r1", 1, "")
    assert (line.rule, 30 <= line.took_ms < 5_000) == ("followed_origin", True)


@pytest.mark.parametrize("resource", ["r1", "r2", "r3", "r4"])
async def test_where_nothing_happens_nothing_waits_and_a_day_costs_one_check_and_four_looks(resource: str) -> None:
    world = World(resource)
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    world.salon.add([resource], at(2, "11:00"), 60, service="Cut")
    await world.connect()
    writes, sent, handled = world.write_count(), len(world.wakes.sent), Counter[str]()
    handle = world.worker.handle

    async def run(days: int) -> None:
        for _ in range(days * 144):
            world.now.pass_by(TEN_MINUTES)
            await send_errands(world)
            while len(world.wakes):
                await world.deliver()

    await run(days=2)

    async def counted(wake: Wake) -> None:
        handled[wake.job] += 1
        await handle(wake)

    world.worker.handle = counted  # type: ignore[method-assign]  # counts what it passes on
    await run(days=3)
    assert world.write_count() == writes
    assert handled.pop("tidy", 0) <= 1, "what is over goes once a week"
    assert handled == {"poll": 12, "check": 6, "round": 3}, "a check is two messages and a round behind it"
    assert {delay for _, delay in world.wakes.sent[sent:]} == {0}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["title", "notes"])
async def test_what_a_person_wrote_into_a_copy_is_no_difference_in_the_check(kind: Kind, text: str) -> None:
    pair = await pair_at_rest(kind)
    pair.write("copy", **{text: "Theirs"})
    await pair.world.change()
    await pair.world.sweep()
    state = await pair.world.state()
    assert (state.checked_agree, state.checked_items, state.checked_differences) == (1, 1, {})


@pytest.mark.parametrize(("number", "status"), [(12, Status.CONNECTED), (13, Status.PAUSED)])
async def test_more_than_a_fifth_is_asked_about_and_a_fifth_is_not(number: int, status: Status) -> None:
    world = World()
    for index in range(60):
        world.salon.add(["r1"], at(2 + index // 10, f"{8 + index % 10:02}:00"), 30, service="Cut")
    await world.connect()
    for copy in world.copies_in_outlook()[:number]:
        world.outlook_calendar.remove(copy.id)
    await world.change()
    assert (await world.connection()).status is status
    assert len(world.booked()) == (60 if status is Status.PAUSED else 60 - number)
