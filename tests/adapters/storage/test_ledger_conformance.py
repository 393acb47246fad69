"""What every ledger must do, in memory or in tables: one writer, all or nothing, links found from everywhere."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import Connection, RoundState
from shared.domain.items import Side
from shared.domain.links import Link, link_key
from shared.storage.lease import LEASE
from shared.sync.keeping import Changes, Covered, LeaseLost, Ledger
from tests.adapters.storage import samples
from tests.adapters.storage.conftest import Doors
from tests.adapters.storage.samples import NOON, hours
from tests.adapters.storage.test_store_conformance import all_of, opened


@pytest.fixture
async def ledger(doors: Doors) -> Ledger:
    return await opened(doors)


async def reopened(doors: Doors, ledger: Ledger) -> Ledger:
    """A new ledger that remembers nothing."""
    await ledger.close(ledger.state)
    return await opened(doors)


async def test_no_field_of_a_link_is_lost_between_two_rounds(doors: Doors, ledger: Ledger) -> None:
    link = replace(samples.link("r1", "e1", hours(0, 0.7), copy="ap1"), unit="master", reason="why")
    await ledger.commit(Changes(links=[link]))
    assert await ledger.link(link.key) == link
    ledger = await reopened(doors, ledger)
    assert await ledger.link(link.key) == link
    assert await all_of(ledger.links()) == [link]


async def test_no_field_of_a_conflict_is_lost_between_two_rounds(doors: Doors, ledger: Ledger) -> None:
    await ledger.commit(Changes(conflicts=[samples.conflict()]))
    assert list(await (await reopened(doors, ledger)).conflicts()) == [samples.conflict()]


async def test_what_a_round_remembers_is_there_for_the_next(doors: Doors, ledger: Ledger) -> None:
    assert ledger.state == RoundState()
    assert ledger.connection == await doors.store.connection(doors.company, "r1")
    await ledger.commit(Changes(log=[samples.line()]))
    await ledger.close(samples.state())
    assert await doors.store.state(doors.company, "r1") == samples.state()
    ledger = await opened(doors)
    assert ledger.state == samples.state()
    await ledger.close(RoundState())
    assert await doors.store.state(doors.company, "r1") == RoundState()


async def test_a_round_that_dies_leaves_the_progress_it_committed(doors: Doors, ledger: Ledger) -> None:
    early = replace(samples.state(), progress=None, delta_link="")
    await ledger.commit(Changes(state=samples.state()))
    await asyncio.gather(
        ledger.commit(Changes(state=replace(early, open_conflicts=9))),
        ledger.commit(Changes(state=early, links=[samples.link("r1", "e1")])),
    )
    await ledger.commit(Changes(log=[samples.line()]))
    assert ledger.state == early
    assert await doors.store.state(doors.company, "r1") == early
    assert await doors.store.open(doors.company, "r1", doors.clock()) is None
    doors.clock.forward(LEASE + timedelta(seconds=1))
    assert (await opened(doors)).state == early
    with pytest.raises(LeaseLost):
        await ledger.commit(Changes(state=samples.state()))
    assert await doors.store.state(doors.company, "r1") == early


async def test_a_link_is_found_by_its_item_and_by_its_copy(doors: Doors, ledger: Ledger) -> None:
    link = samples.link("r1", "AAMk/x+y==", copy="ap1@2026-11-23")
    moved = replace(link, source=replace(link.source, id="AAMk-new"))
    await ledger.commit(Changes(links=[link]))
    for _ in range(2):
        assert await ledger.link_by_id("outlook", "AAMk/x+y==") == link
        assert await ledger.link_by_id("timify", "ap1@2026-11-23") == link
        assert await ledger.link_by_id("timify", "AAMk/x+y==") is None
        assert await ledger.link_by_id("outlook", "ap1@2026-11-23") is None
        ledger = await reopened(doors, ledger)
    await ledger.commit(Changes(links=[moved]))
    ledger = await reopened(doors, ledger)
    assert await ledger.link_by_id("outlook", "AAMk-new") == moved
    assert await ledger.link_by_id("outlook", "AAMk/x+y==") is None


async def test_a_copy_that_was_replaced_leads_nowhere_any_more(doors: Doors, ledger: Ledger) -> None:
    link = samples.link("r1", "e1", copy="ap1")
    await ledger.commit(Changes(links=[link]))
    ledger = await reopened(doors, ledger)
    renewed = samples.link("r1", "e1", copy="ap2")
    await ledger.commit(Changes(links=[renewed]))
    ledger = await reopened(doors, ledger)
    assert await ledger.link_by_id("timify", "ap1") is None
    assert await ledger.link_by_id("timify", "ap2") == renewed
    assert await doors.store.resources_with(doors.company, "ap1") == []
    assert list(await doors.store.resources_with(doors.company, "ap2")) == ["r1"]
    await ledger.commit(Changes(links=[replace(renewed, copy=None)]))
    assert await ledger.link_by_id("timify", "ap2") is None
    assert await doors.store.resources_with(doors.company, "ap2") == []


async def test_a_forgotten_link_is_gone_with_all_that_led_to_it(doors: Doors, ledger: Ledger) -> None:
    link, kept = samples.link("r1", "e1", copy="ap1"), samples.link("r1", "e2", copy="ap2")
    await ledger.commit(Changes(links=[link, kept]))
    ledger = await reopened(doors, ledger)
    await ledger.commit(Changes(forget=[link]))
    for _ in range(2):
        assert await ledger.link(link.key) is None
        assert await ledger.link_by_id("outlook", "e1") is None
        assert await ledger.link_by_id("timify", "ap1") is None
        assert await all_of(ledger.links()) == [kept]
        ledger = await reopened(doors, ledger)
    assert await doors.store.resources_with(doors.company, "ap1") == []


async def test_forgetting_what_was_never_stored_does_not_spoil_the_rest(doors: Doors, ledger: Ledger) -> None:
    kept = samples.link("r1", "e2")
    await ledger.commit(Changes(forget=[samples.link("r1", "never", copy="ap9")], cured=["never"], links=[kept]))
    assert await all_of((await reopened(doors, ledger)).links()) == [kept]


async def test_a_copy_that_changes_hands_stays_known_when_its_first_link_goes(doors: Doors, ledger: Ledger) -> None:
    first, second = samples.link("r1", "e1", copy="ap1"), samples.link("r1", "e2", copy="ap1")
    await ledger.commit(Changes(links=[first]))
    await ledger.commit(Changes(links=[second]))
    ledger = await reopened(doors, ledger)
    await ledger.commit(Changes(forget=[first]))
    ledger = await reopened(doors, ledger)
    assert await ledger.link_by_id("timify", "ap1") == second
    assert list(await doors.store.resources_with(doors.company, "ap1")) == ["r1"]


async def test_one_occurrence_less_is_not_the_end_of_the_series(doors: Doors, ledger: Ledger) -> None:
    days = [replace(samples.link("r1", f"ap1@2026-11-{day}", origin=Side.TIMIFY), unit="ap1") for day in (23, 24, 25)]
    other = replace(samples.link("r1", "ap10", origin=Side.TIMIFY), unit="ap10")
    await ledger.commit(Changes(links=[*days, other]))
    await ledger.commit(Changes(forget=[days[0]]))
    ledger = await reopened(doors, ledger)
    assert {link.key for link in await ledger.links_of_unit("ap1")} == {link.key for link in days[1:]}
    assert await ledger.links_of_unit("") == []
    assert list(await doors.store.resources_with(doors.company, "ap1")) == ["r1"]


async def test_a_booking_of_two_resources_is_known_to_both(doors: Doors, ledger: Ledger) -> None:
    other = await opened(doors, "r2")
    await ledger.commit(Changes(links=[samples.link("r1", "ap1", origin=Side.TIMIFY, copy="e1")]))
    await other.commit(Changes(links=[samples.link("r2", "ap1", origin=Side.TIMIFY)]))
    assert list(await doors.store.resources_with(doors.company, "ap1")) == ["r1", "r2"]
    assert await other.link_by_id("outlook", "e1") is None


async def test_links_are_found_by_the_time_of_either_side_to_the_second(doors: Doors, ledger: Ledger) -> None:
    early, late = samples.link("r1", "early", hours(0, 1)), samples.link("r1", "late", hours(5, 6), copy="ap1")
    assert late.copy
    late = replace(late, copy=replace(late.copy, span=hours(8, 9)))
    ancient = samples.link("r1", "ancient", hours(-9e5, -8e5))
    await ledger.commit(Changes(links=[early, late, ancient]))
    for _ in range(2):
        second = timedelta(seconds=1)
        assert list(await ledger.links_touching(hours(-5, 0))) == []
        assert list(await ledger.links_touching(hours(-5, 0).extended(timedelta(), second))) == [early]
        assert list(await ledger.links_touching(hours(1, 5))) == []
        assert list(await ledger.links_touching(hours(1, 5).extended(second, timedelta()))) == [early]
        assert list(await ledger.links_touching(hours(6, 8))) == []
        assert list(await ledger.links_touching(hours(8.5, 20))) == [late]
        assert list(await ledger.links_touching(hours(-9e5, -8e5))) == [ancient]
        ledger = await reopened(doors, ledger)


async def test_a_link_is_found_by_the_seconds_that_it_reaches_into_a_minute(doors: Doors, ledger: Ledger) -> None:
    second = timedelta(seconds=1)
    link = samples.link("r1", "e1", hours(0, 1).extended(-30 * second, 30 * second))
    await ledger.commit(Changes(links=[link]))
    assert list(await ledger.links_touching(hours(1, 2).extended(-29 * second, timedelta()))) == [link]
    assert list(await ledger.links_touching(hours(1, 2).extended(-30 * second, timedelta()))) == []
    assert list(await ledger.links_touching(hours(-1, 0).extended(timedelta(), 31 * second))) == [link]
    assert list(await ledger.links_touching(hours(-1, 0).extended(timedelta(), 30 * second))) == []


async def test_a_moved_link_is_not_found_at_its_old_time(doors: Doors, ledger: Ledger) -> None:
    link = samples.link("r1", "e1", hours(0, 1))
    await ledger.commit(Changes(links=[link]))
    moved = samples.link("r1", "e1", hours(10, 11))
    await ledger.commit(Changes(links=[moved]))
    assert list(await ledger.links_touching(hours(0, 1))) == []
    assert list(await ledger.links_touching(hours(10, 11))) == [moved]


async def test_a_second_worker_waits_for_the_lease(doors: Doors, ledger: Ledger) -> None:
    assert await doors.store.open(doors.company, "r1", doors.clock()) is None
    await ledger.close(RoundState())
    assert await doors.store.open(doors.company, "r1", doors.clock()) is not None


async def test_a_wake_that_an_earlier_round_covered_takes_no_lease(doors: Doors, ledger: Ledger) -> None:
    await ledger.close(RoundState(covered_until=NOON))
    with pytest.raises(Covered):
        await doors.store.open(doors.company, "r1", doors.clock(), NOON)
    later = await doors.store.open(doors.company, "r1", doors.clock(), NOON + timedelta(microseconds=1))
    assert later is not None
    with pytest.raises(Covered):
        await doors.store.open(doors.company, "r1", doors.clock(), NOON)


async def test_of_many_workers_at_once_exactly_one_gets_the_lease(doors: Doors) -> None:
    await doors.store.save_connection(Connection(company_id=doors.company, resource_id="r1"))
    for _ in range(2):
        attempts = (doors.store.open(doors.company, "r1", doors.clock()) for _ in range(5))
        ledgers = [ledger for ledger in await asyncio.gather(*attempts) if ledger]
        assert len(ledgers) == 1
        await ledgers[0].close(samples.state())


async def test_a_stale_worker_writes_nothing_after_another_took_over(doors: Doors, ledger: Ledger) -> None:
    doors.clock.forward(LEASE + timedelta(seconds=1))
    newer = await opened(doors)
    link = samples.link("r1", "e1", copy="ap1")
    with pytest.raises(LeaseLost):
        await ledger.commit(Changes(links=[link], conflicts=[samples.conflict()], log=[samples.line()]))
    with pytest.raises(LeaseLost):
        await ledger.commit(Changes(log=[samples.line()]))
    with pytest.raises(LeaseLost):
        await ledger.close(samples.state())
    assert await all_of(newer.links()) == []
    assert await newer.conflicts() == []
    assert await doors.store.log(doors.company, "r1", 5, "") == ([], None)
    await newer.commit(Changes(links=[link]))
    await newer.close(RoundState(open_conflicts=7))
    assert (await doors.store.state(doors.company, "r1")).open_conflicts == 7


async def test_a_slow_worker_keeps_its_lease_as_long_as_it_commits(doors: Doors, ledger: Ledger) -> None:
    for _ in range(3):
        doors.clock.forward(LEASE * 0.8)
        await ledger.commit(Changes())
        assert await doors.store.open(doors.company, "r1", doors.clock()) is None
    doors.clock.forward(LEASE * 1.1)
    await ledger.commit(Changes(log=[samples.line()]))
    await ledger.close(RoundState())


async def test_a_closed_ledger_writes_no_more(doors: Doors, ledger: Ledger) -> None:
    await ledger.close(samples.state())
    with pytest.raises(LeaseLost):
        await ledger.commit(Changes(log=[samples.line()]))
    with pytest.raises(LeaseLost):
        await ledger.close(RoundState())
    assert await doors.store.state(doors.company, "r1") == samples.state()


async def test_a_round_under_way_cannot_write_after_its_resource_was_erased(doors: Doors, ledger: Ledger) -> None:
    await doors.store.forget_connection(doors.company, "r1")
    with pytest.raises(LeaseLost):
        await ledger.commit(Changes(links=[samples.link("r1", "e1")]))
    with pytest.raises(LeaseLost):
        await ledger.close(samples.state())
    assert await doors.store.state(doors.company, "r1") == RoundState()


async def test_a_late_wake_leaves_nothing_of_a_connection_that_is_not_there(doors: Doors) -> None:
    ledger = await doors.store.open(doors.company, "gone", doors.clock())
    assert ledger is not None
    assert ledger.connection == Connection(company_id=doors.company, resource_id="gone")
    await ledger.close(samples.state())
    assert await doors.store.state(doors.company, "gone") == RoundState()
    assert await all_of(doors.store.connections(doors.company)) == []


async def test_commits_at_once_are_all_stored_in_the_order_they_came(doors: Doors, ledger: Ledger) -> None:
    same = [replace(samples.link("r1", "same", copy=f"ap{n}"), generation=n) for n in range(5)]
    others = [samples.link("r1", f"e{n}", copy=f"other{n}") for n in range(60)]
    changes = [Changes(links=[link], log=[samples.line(n)]) for n, link in enumerate([*same, *others])]
    await asyncio.gather(*(ledger.commit(change) for change in changes))
    ledger = await reopened(doors, ledger)
    stored = {link.key: link for link in await all_of(ledger.links())}
    assert stored == {link.key: link for link in [same[-1], *others]}
    assert await ledger.link_by_id("timify", "ap3") is None
    assert await ledger.link_by_id("timify", "ap4") == same[-1]
    assert len((await doors.store.log(doors.company, "r1", 100, ""))[0]) == len(changes)


async def test_link_and_unlink_at_once_leave_no_trace(doors: Doors, ledger: Ledger) -> None:
    link = samples.link("r1", "e1", copy="ap1")
    await asyncio.gather(
        ledger.commit(Changes(links=[link], conflicts=[samples.conflict()])),
        ledger.commit(Changes(forget=[link], cured=[samples.conflict().id])),
    )
    ledger = await reopened(doors, ledger)
    assert await all_of(ledger.links()) == []
    assert await ledger.conflicts() == []
    assert await doors.store.resources_with(doors.company, "ap1") == []


async def test_a_commit_too_large_for_any_transaction_stores_nothing_and_harms_no_other(
    doors: Doors, ledger: Ledger
) -> None:
    fine = samples.link("r1", "fine")
    large = Changes(links=[samples.link("r1", f"e{n}", copy=f"ap{n}") for n in range(40)])
    answers = await asyncio.gather(ledger.commit(large), ledger.commit(Changes(links=[fine])), return_exceptions=True)
    assert isinstance(answers[0], ValueError)
    assert answers[1] is None
    assert await all_of((await reopened(doors, ledger)).links()) == [fine]


async def test_a_commit_that_nobody_waits_for_any_more_does_not_hold_up_the_next(doors: Doors, ledger: Ledger) -> None:
    given_up = asyncio.create_task(ledger.commit(Changes(links=[samples.link("r1", "e1")])))
    await asyncio.sleep(0)
    given_up.cancel()
    kept = samples.link("r1", "e2")
    await ledger.commit(Changes(links=[kept]))
    assert kept in await all_of((await reopened(doors, ledger)).links())


async def test_many_links_are_read_page_by_page_without_a_gap(doors: Doors, ledger: Ledger) -> None:
    links: list[Link] = [samples.link("r1", f"e{n}") for n in range(1200)]
    assert await all_of(ledger.links()) == []
    await asyncio.gather(*(ledger.commit(Changes(links=links[n : n + 30])) for n in range(0, len(links), 30)))
    ledger = await reopened(doors, ledger)
    found = await all_of(ledger.links())
    assert [link.key for link in found] == sorted(link_key("r1", Side.OUTLOOK, f"e{n}") for n in range(1200))


async def test_a_link_with_a_key_of_its_own_is_found_by_its_item(doors: Doors, ledger: Ledger) -> None:
    link = replace(samples.link("r1", "e1"), key="0" * 32)
    await ledger.commit(Changes(links=[link], log=[samples.line(0, NOON)]))
    assert await (await reopened(doors, ledger)).link_by_id("outlook", "e1") == link
