"""Mails that are due by the clock: the reminder of an invitation, the weekly digest of conflicts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.domain.accounts import Connection, Status
from shared.domain.conflicts import Conflict, ConflictKind, ConflictState
from shared.identity.sealing import Sealer
from shared.sync import disable, reminding
from shared.sync.errands import send_errands
from shared.sync.invite import invite, revoke
from shared.sync.keeping import Changes, Errand
from shared.sync.one_time import token_hash
from shared.sync.undelivered import undelivered
from shared.sync.worker import Worker
from tests.fakes.identity import FakeServices
from tests.sync.core.world import COMPANY, World

WEEK = timedelta(days=7)


@pytest.fixture
async def services() -> FakeServices:
    return await FakeServices().with_company()


async def time_passes(services: FakeServices, time: timedelta) -> None:
    """The timer runs, and the worker takes what it sent."""
    services.now.pass_by(time)
    await send_errands(services)
    for wake in services.wakes.take():
        await Worker(services).handle(wake)


async def test_an_open_invitation_is_sent_once_more_after_a_week_with_the_same_link(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    await time_passes(services, WEEK - timedelta(minutes=10))
    assert services.mail.kinds() == ["invitation"]
    await time_passes(services, timedelta(minutes=10))
    invitation, reminder = services.mail.sent
    assert (reminder.kind, reminder.link) == ("reminder", invitation.link)
    kept = await services.invitations.get(token_hash(services.link()))
    assert kept is not None
    assert kept.state == "open"
    lines, _ = await services.store.log("c1", "r1", 9, "")
    assert [line.rule for line in lines] == ["reminded", "invited"]


async def test_nobody_is_reminded_twice(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    for _ in range(6):
        await time_passes(services, timedelta(days=4))
    assert services.mail.kinds() == ["invitation", "reminder"]


async def test_a_message_that_came_twice_reminds_once(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    services.now.pass_by(WEEK)
    await send_errands(services)
    (wake,) = [wake for wake in services.wakes.take() if wake.job == reminding.REMIND]
    for _ in range(2):
        await Worker(services).handle(wake)
    assert services.mail.kinds() == ["invitation", "reminder"]


async def test_who_was_invited_again_is_reminded_a_week_after_that(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    await time_passes(services, timedelta(days=5))
    await invite(services, "c1", "r1")
    await time_passes(services, timedelta(days=2))
    assert services.mail.kinds() == ["invitation", "invitation"]
    await time_passes(services, timedelta(days=5))
    assert services.mail.kinds() == ["invitation", "invitation", "reminder"]
    assert services.mail.sent[-1].link == services.mail.sent[1].link


async def test_whoever_connected_or_was_uninvited_is_left_alone(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    await revoke(services, "c1", "r1")
    await invite(services, "c1", "r2")
    connection = await services.connection("r2")
    await services.store.save_connection(replace(connection, status=Status.CONNECTED))
    await time_passes(services, WEEK)
    assert services.mail.kinds() == ["invitation", "invitation"]


async def test_an_address_that_does_not_work_is_not_tried_again_by_itself(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    await undelivered(services, "c1", "r1", (await services.connection()).invitation, "Bounced")
    await time_passes(services, WEEK)
    assert services.mail.kinds() == ["invitation"]


@pytest.mark.parametrize("plan", ["premium", "basic"])
async def test_a_company_that_left_or_may_no_longer_sync_reminds_nobody(services: FakeServices, plan: str) -> None:
    await invite(services, "c1", "r1")
    await services.change_plan(plan)
    if plan == "premium":
        company = await services.store.company("c1")
        assert company
        await services.store.save_company(replace(company, uninstalled_at=services.now()))
    await time_passes(services, WEEK)
    assert services.mail.kinds() == ["invitation"]


async def test_a_link_sealed_with_a_key_that_is_gone_is_not_sent_and_stops_nothing(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    services.sealer = Sealer(("t2:" + "B" * 43 + "=",))
    await time_passes(services, WEEK)
    assert services.mail.kinds() == ["invitation"]


async def test_the_link_is_kept_sealed_and_only_in_its_own_invitation(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    kept = await services.invitations.get(token_hash(services.link()))
    assert kept is not None
    assert kept.link
    assert services.link() not in repr(kept)


# -- the weekly digest


MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
"""Eight o'clock in Berlin."""


def conflict(number: int = 1, state: ConflictState = ConflictState.OPEN) -> Conflict:
    return Conflict(kind=ConflictKind.OVERLAP, item=f"k{number}", since=MONDAY, state=state)


async def living(world: World, *conflicts: Conflict, wanted: str = "on") -> World:
    """A connected resource with these conflicts, whose company wants a digest."""
    await world.connect()
    await world.choose(weekly_digest=wanted)
    ledger = await world.store.open(COMPANY, "r1", world.now())
    assert ledger
    await ledger.commit(Changes(conflicts=list(conflicts)))
    await ledger.close(ledger.state)
    return world


async def digest_is_due(world: World) -> list[tuple[str, tuple[int, int]]]:
    wake_of = Errand(job=reminding.DIGEST, company_id=COMPANY, resource_id="r1", due=world.now())
    await world.store.schedule_errand(wake_of)
    await send_errands(world)
    await world.drain()
    return [(mail.kind, mail.counts) for mail in world.mail.sent if mail.kind == "digest"]


async def entered(world: World) -> list[Errand]:
    later = world.now() + timedelta(days=30)
    return [errand async for errand in world.store.due_errands(later) if errand.job == reminding.DIGEST]


async def test_open_conflicts_are_told_once_a_week() -> None:
    ignored = conflict(3, ConflictState.IGNORED)
    world = await living(World(), conflict(1), conflict(2), ignored)
    assert await digest_is_due(world) == [("digest", (2, 0))]
    assert await digest_is_due(world) == [("digest", (2, 0))]


async def test_without_an_open_conflict_there_is_no_mail() -> None:
    world = await living(World(), conflict(1, ConflictState.IGNORED))
    assert await digest_is_due(world) == []


async def test_who_has_not_asked_for_a_digest_gets_none_and_it_costs_nothing() -> None:
    world = await living(World(), conflict(), wanted="off")
    assert await digest_is_due(world) == []
    await world.sweep()
    assert await entered(world) == []


async def test_a_resource_may_have_its_own_mind_about_it() -> None:
    world = await living(World(), conflict(), wanted="off")
    await world.change_connection(overrides={"weekly_digest": "on"})
    assert await digest_is_due(world) == [("digest", (1, 0))]


async def test_a_sync_that_is_off_or_paused_is_told_nothing_of_its_conflicts() -> None:
    world = await living(World(), conflict())
    await disable.disable(world, COMPANY, "r1")
    assert await digest_is_due(world) == []


async def test_the_daily_check_enters_the_next_digest_and_always_the_same_one() -> None:
    world = await living(World())
    for _ in range(3):
        await world.sweep()
    (errand,) = await entered(world)
    assert errand.due == reminding.next_digest(await world.connection(), world.now())


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", ""])
@pytest.mark.parametrize("day", range(0, 400, 13))
def test_a_digest_comes_on_the_next_monday_morning_of_its_reader(zone: str, day: int) -> None:
    now = MONDAY + timedelta(days=day, hours=day % 24)
    connection = Connection(company_id="c1", resource_id=f"r{day}", timezone=zone)
    due = reminding.next_digest(connection, now)
    local = due.astimezone(ZoneInfo(zone or "UTC"))
    assert (local.weekday(), local.hour in (8, 9), local.minute % 10) == (0, True, 0)
    assert timedelta() < due - now <= WEEK + timedelta(hours=1)
