"""What every store must do, in memory or in tables."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import RUNNING, Company, Connection, LogLine, Mailbox, RoundState, Status
from shared.domain.conflicts import ConflictState
from shared.domain.failures import Stale
from shared.sync.keeping import Changes, Invitation, LeaseLost, Ledger
from tests.adapters.storage import samples
from tests.adapters.storage.conftest import Doors
from tests.adapters.storage.samples import NOON


async def all_of[T](things: AsyncIterator[T]) -> list[T]:
    return [thing async for thing in things]


async def opened(doors: Doors, resource: str = "r1") -> Ledger:
    """The ledger of a stored connection."""
    if await doors.store.connection(doors.company, resource) is None:
        await doors.store.save_connection(Connection(company_id=doors.company, resource_id=resource))
    ledger = await doors.store.open(doors.company, resource, doors.clock())
    assert ledger is not None
    return ledger


async def test_an_unknown_company_is_none_not_an_error(doors: Doors) -> None:
    assert await doors.store.company(doors.company) is None
    assert await doors.store.connection(doors.company, "r1") is None
    assert await doors.store.state(doors.company, "r1") == RoundState()
    assert await all_of(doors.store.connections(doors.company)) == []


async def test_no_field_of_a_company_is_lost_between_two_visits(doors: Doors) -> None:
    saved = await doors.store.save_company(samples.company(doors.company))
    assert saved.etag
    assert await doors.store.company(doors.company) == saved


async def test_no_field_of_a_connection_is_lost_between_two_visits(doors: Doors) -> None:
    saved = await doors.store.save_connection(samples.connection(doors.company, "r1"))
    assert await doors.store.connection(doors.company, "r1") == saved


async def test_two_administrators_cannot_both_win(doors: Doors) -> None:
    first = await doors.store.save_company(Company(id=doors.company, plan="premium"))
    second = await doors.store.save_company(replace(first, locale="de"))
    with pytest.raises(Stale):
        await doors.store.save_company(replace(first, locale="fr"))
    with pytest.raises(Stale):
        await doors.store.save_company(Company(id=doors.company, plan="free"))
    assert await doors.store.company(doors.company) == second


async def test_a_field_that_was_emptied_stays_empty(doors: Doors) -> None:
    saved = await doors.store.save_connection(samples.connection(doors.company, "r1"))
    bare = Connection(company_id=doors.company, resource_id="r1", etag=saved.etag)
    saved = await doors.store.save_connection(bare)
    assert await doors.store.connection(doors.company, "r1") == saved
    assert saved == replace(bare, etag=saved.etag)


async def test_a_writer_that_comes_after_the_erasure_does_not_bring_the_connection_back(doors: Doors) -> None:
    saved = await doors.store.save_connection(samples.connection(doors.company, "r1"))
    await doors.store.forget_connection(doors.company, "r1")
    with pytest.raises(Stale):
        await doors.store.save_connection(replace(saved, status=Status.CONNECTED))
    assert await doors.store.connection(doors.company, "r1") is None


async def test_the_overview_lists_every_connection_in_order_of_its_resource(doors: Doors) -> None:
    for resource in ("b", "a-b", "a", "ab"):
        ledger = await opened(doors, resource)
        await ledger.close(replace(samples.state(), checked_items=len(resource)))
    await doors.store.save_connection(Connection(company_id=doors.company, resource_id="never-opened"))
    await doors.store.save_company(samples.company(doors.company))
    found = await all_of(doors.store.connections(doors.company))
    assert [connection.resource_id for connection, _ in found] == ["a", "a-b", "ab", "b", "never-opened"]
    assert [state.checked_items for _, state in found] == [1, 3, 2, 1, 0]


async def test_what_runs_is_found_in_one_company_and_in_all(doors: Doors) -> None:
    other = f"{doors.company}-x"
    for company, resource, status in (
        (doors.company, "r1", Status.CONNECTED),
        (doors.company, "r2", Status.PAUSED),
        (doors.company, "r3", Status.IMPORTING),
        (other, "r4", Status.CONNECTED),
    ):
        await doors.store.save_connection(Connection(company_id=company, resource_id=resource, status=status))
    mine = await all_of(doors.store.every_connection(doors.company, RUNNING))
    assert [connection.resource_id for connection in mine] == ["r1", "r3"]
    every = await all_of(doors.store.every_connection(statuses=RUNNING))
    found = [each.resource_id for each in every if each.company_id in (doors.company, other)]
    assert found == ["r1", "r3", "r4"]
    whatever = await all_of(doors.store.every_connection(doors.company))
    assert [each.resource_id for each in whatever] == ["r1", "r2", "r3"]


async def test_every_company_is_found_and_nothing_else_of_it(doors: Doors) -> None:
    other = f"{doors.company}-x"
    await doors.store.save_connection(Connection(company_id=doors.company, resource_id="r1"))
    for company in (doors.company, other):
        await doors.store.save_company(samples.company(company))
    assert [each.id for each in await all_of(doors.store.every_company(doors.company))] == [doors.company]
    every = {each.id for each in await all_of(doors.store.every_company())}
    assert {doors.company, other} <= every


async def test_a_company_never_sees_another_ones_rows(doors: Doors) -> None:
    other = f"{doors.company}x"
    ledger = await opened(doors)
    await ledger.commit(Changes(links=[samples.link("r1", "e1", copy="ap1")], conflicts=[samples.conflict()]))
    await ledger.close(samples.state())
    assert await all_of(doors.store.connections(other)) == []
    assert await doors.store.conflicts(other, "r1") == []
    assert await doors.store.resources_with(other, "ap1") == []


@pytest.mark.parametrize("bad", ["", "a/b", "a\\b", "a#b", "a?b", "a\nb", "a!b", "x" * 129])
async def test_an_id_that_no_key_can_hold_is_refused_at_the_door(doors: Doors, bad: str) -> None:
    with pytest.raises(ValueError, match="company id must be"):
        await doors.store.company(bad)
    with pytest.raises(ValueError, match="resource id must be"):
        await doors.store.connection(doors.company, bad)


async def test_conflicts_can_be_ignored_by_a_person_but_a_cured_one_does_not_return(doors: Doors) -> None:
    ledger = await opened(doors)
    kept, cured = samples.conflict("k1"), samples.conflict("k3")
    await ledger.commit(Changes(conflicts=[kept, cured]))
    await doors.store.save_conflict(doors.company, "r1", replace(kept, state=ConflictState.IGNORED))
    await ledger.commit(Changes(cured=[cured.id]))
    with pytest.raises(Stale):
        await doors.store.save_conflict(doors.company, "r1", replace(cured, state=ConflictState.IGNORED))
    ignored = [replace(kept, state=ConflictState.IGNORED)]
    assert list(await doors.store.conflicts(doors.company, "r1")) == ignored
    assert list(await ledger.conflicts()) == ignored


async def test_the_conflicts_tab_sees_those_of_every_resource_of_the_company_alone(doors: Doors) -> None:
    for resource in ("b", "a-b", "a"):
        ledger = await opened(doors, resource)
        await ledger.commit(Changes(conflicts=[samples.conflict(f"k{resource}"), samples.conflict("k2", "k3")]))
    found = await all_of(doors.store.company_conflicts(doors.company))
    assert [resource for resource, _ in found] == ["a", "a", "a-b", "a-b", "b", "b"]
    assert {conflict.item for resource, conflict in found if resource == "a-b"} == {"ka-b", "k2"}
    assert await all_of(doors.store.company_conflicts(f"{doors.company}x")) == []


async def test_a_link_is_read_without_the_lease_and_only_that_of_its_resource(doors: Doors) -> None:
    link = samples.link("r1", "k1")
    ledger = await opened(doors)
    await ledger.commit(Changes(links=[link]))
    assert await doors.store.link(doors.company, "r1", link.key) == link
    assert await doors.store.link(doors.company, "r2", link.key) is None


async def test_the_log_pages_from_the_newest_without_losing_or_repeating_a_line(doors: Doors) -> None:
    lines = [samples.line(n, NOON + timedelta(seconds=n // 2)) for n in range(7)]
    for line in lines:
        await doors.store.append_log(doors.company, "r1", line)
    await doors.store.append_log(doors.company, "r10", samples.line(99))
    cursor = ""
    seen: list[LogLine] = []
    while True:
        page, after = await doors.store.log(doors.company, "r1", 3, cursor)
        seen += page
        if after is None:
            break
        assert len(page) == 3
        cursor = after
    assert seen == lines[::-1]


async def test_only_lines_past_their_time_are_erased_from_the_log(doors: Doors) -> None:
    lines = [samples.line(n, NOON + timedelta(microseconds=n)) for n in range(4)]
    for line in lines:
        await doors.store.append_log(doors.company, "r1", line)
    await doors.store.append_log(doors.company, "r2", lines[0])
    await doors.store.forget_log(doors.company, "r1", NOON + timedelta(microseconds=2))
    assert list((await doors.store.log(doors.company, "r1", 9, ""))[0]) == [lines[3], lines[2]]
    assert list((await doors.store.log(doors.company, "r2", 9, ""))[0]) == [lines[0]]


async def test_a_log_of_exactly_one_page_promises_no_second_one(doors: Doors) -> None:
    for number in range(3):
        await doors.store.append_log(doors.company, "r1", samples.line(number))
    page, after = await doors.store.log(doors.company, "r1", 3, "")
    assert len(page) == 3
    assert after is None


async def test_the_newer_connection_wins_the_calendar_and_the_older_is_named(doors: Doors) -> None:
    mailbox = Mailbox(account=f"oid.{doors.company}", calendar_id="AAMk/x+y==")
    assert await doors.store.claim_calendar(mailbox, doors.company, "r1") is None
    assert await doors.store.claim_calendar(mailbox, doors.company, "r1") is None
    assert await doors.store.claim_calendar(mailbox, doors.company, "r2") == (doors.company, "r1")
    await doors.store.release_calendar(mailbox, doors.company, "r1")
    assert await doors.store.claim_calendar(mailbox, doors.company, "r3") == (doors.company, "r2")
    await doors.store.release_calendar(mailbox, doors.company, "r3")
    assert await doors.store.claim_calendar(mailbox, doors.company, "r1") is None


async def test_who_shares_a_mailbox_is_known_until_they_let_go(doors: Doors) -> None:
    account = f"oid.{doors.company}"
    mine, other = (Mailbox(account=account, calendar_id=name) for name in ("AAMk/x+y==", "AAMk/z+y=="))
    assert await doors.store.users_of(account) == []
    await doors.store.claim_calendar(mine, doors.company, "r1")
    await doors.store.claim_calendar(other, doors.company, "r2")
    await doors.store.claim_calendar(replace(mine, account="other.tenant"), doors.company, "r3")
    assert await doors.store.users_of(account) == [(doors.company, "r1"), (doors.company, "r2")]
    await doors.store.release_calendar(mine, doors.company, "r1")
    assert await doors.store.users_of(account) == [(doors.company, "r2")]


async def test_erasing_a_resource_leaves_nothing_of_it_and_all_of_the_next(doors: Doors) -> None:
    for resource in ("r1", "r10"):
        saved = replace(samples.connection(doors.company, resource), subscription_id=f"s-{resource}")
        await doors.store.save_connection(saved)
        await doors.store.schedule_renewal(saved)
        ledger = await opened(doors, resource)
        link = samples.link(resource, "e1", copy="ap1")
        await ledger.commit(Changes(links=[link], conflicts=[samples.conflict()], log=[samples.line()]))
        await ledger.close(samples.state())
    await doors.store.forget_connection(doors.company, "r1")
    await doors.store.forget_connection(doors.company, "r1")
    assert await doors.store.connection(doors.company, "r1") is None
    assert await doors.store.state(doors.company, "r1") == RoundState()
    assert await doors.store.conflicts(doors.company, "r1") == []
    assert await doors.store.log(doors.company, "r1", 5, "") == ([], None)
    assert list(await doors.store.resources_with(doors.company, "ap1")) == ["r10"]
    due = await all_of(doors.store.due_renewals(NOON + timedelta(days=7)))
    assert [entry.subscription_id for entry in due if entry.company_id == doors.company] == ["s-r10"]
    assert await doors.store.state(doors.company, "r10") == samples.state()
    ledger = await opened(doors, "r10")
    assert await ledger.link_by_id("timify", "ap1") is not None
    await ledger.close(RoundState())
    fresh = await opened(doors, "r1")
    assert await all_of(fresh.links()) == []


async def test_links_can_be_looked_at_while_a_worker_holds_the_lease(doors: Doors) -> None:
    for resource in ("r1", "r10"):
        ledger = await opened(doors, resource)
        await ledger.commit(Changes(links=[samples.link(resource, "e1", copy="ap1"), samples.link(resource, "e2")]))
    found = await all_of(doors.store.links(doors.company, "r1"))
    assert sorted(found, key=lambda link: link.source.id) == [
        samples.link("r1", "e1", copy="ap1"),
        samples.link("r1", "e2"),
    ]


async def test_forgetting_links_keeps_the_log_the_connection_and_the_lease(doors: Doors) -> None:
    ledger = await opened(doors)
    link = samples.link("r1", "e1", copy="ap1")
    await ledger.commit(Changes(links=[link], conflicts=[samples.conflict()], log=[samples.line()]))
    await doors.store.forget_links(doors.company, "r1")
    assert await ledger.link(link.key) is None
    assert await ledger.link_by_id("timify", "ap1") is None
    assert await ledger.conflicts() == []
    await ledger.commit(Changes(forget=[link], cured=[samples.conflict().id]))
    await ledger.close(samples.state())
    assert await doors.store.resources_with(doors.company, "ap1") == []
    assert await doors.store.connection(doors.company, "r1") is not None
    assert len((await doors.store.log(doors.company, "r1", 5, ""))[0]) == 1


async def test_uninstalling_erases_every_resource_and_stops_rounds_under_way(doors: Doors) -> None:
    await doors.store.save_company(samples.company(doors.company))
    ledgers = [await opened(doors, resource) for resource in ("r1", "r2")]
    for ledger in ledgers:
        await ledger.commit(Changes(links=[samples.link("r1", "e1", copy="ap1")], log=[samples.line()]))
    await doors.store.forget_company(doors.company)
    for ledger in ledgers:
        with pytest.raises(LeaseLost):
            await ledger.commit(Changes(log=[samples.line()]))
    assert await doors.store.company(doors.company) is None
    assert await all_of(doors.store.connections(doors.company)) == []
    assert await doors.store.resources_with(doors.company, "ap1") == []
    assert await doors.store.log(doors.company, "r1", 5, "") == ([], None)


async def test_a_one_time_link_cannot_be_used_twice_at_once(doors: Doors) -> None:
    fresh = Invitation(
        token_hash=doors.company, company_id=doors.company, resource_id="r1", expires_at=NOON, sign_in="sealed"
    )
    assert await doors.invitations.get(fresh.token_hash) is None
    saved = await doors.invitations.save(fresh)
    assert await doors.invitations.get(fresh.token_hash) == saved
    used = await doors.invitations.save(replace(saved, state="used", sign_in=""))
    with pytest.raises(Stale):
        await doors.invitations.save(replace(saved, state="used"))
    with pytest.raises(Stale):
        await doors.invitations.save(fresh)
    assert await doors.invitations.get(fresh.token_hash) == used


async def test_tokens_are_exchanged_only_for_those_that_they_were_renewed_from(doors: Doors) -> None:
    vault, place = doors.vault, (doors.company, "r1")
    assert await vault.exchange(*place, "first", "second") is False
    assert await vault.load(*place) is None
    await vault.save(*place, "first")
    assert await vault.exchange(*place, "first", "second") is True
    assert await vault.exchange(*place, "first", "third") is False
    assert await vault.load(*place) == "second"


async def test_a_large_token_cache_survives_and_is_destroyed_for_good(doors: Doors) -> None:
    cache = "ä-token " * 20_000
    assert await doors.vault.load(doors.company, "r1") is None
    await doors.vault.save(doors.company, "r1", cache)
    assert await doors.vault.load(doors.company, "r1") == cache
    await doors.vault.save(doors.company, "r1", "")
    assert await doors.vault.load(doors.company, "r1") == ""
    await doors.vault.destroy(doors.company, "r1")
    await doors.vault.destroy(doors.company, "r1")
    assert await doors.vault.load(doors.company, "r1") is None
