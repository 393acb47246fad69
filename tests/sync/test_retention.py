"""What is kept for a time is there a day before that is over, and gone a week after; what is needed stays for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import LogLine, Status
from shared.domain.failures import Reason
from shared.domain.links import Link
from shared.sync import disable
from shared.sync.erasing import left_of
from shared.sync.errands import send_errands, send_renewals
from shared.sync.invite import VALID, invite, revoke
from shared.sync.keeping import Changes, Errand
from shared.sync.one_time import token_hash
from shared.sync.retention import JOB, KEEP_INVITATIONS, KEEP_LOG, KEEP_MAILS, KEEP_PAST, WEEK, note
from shared.sync.worker import Worker
from tests.email.post import Post
from tests.sync.core.world import COMPANY, World, at, span

DAY = timedelta(days=1)
RUNNING, RESTING = "running", "resting"


async def days_pass(world: World, time: timedelta) -> None:
    """Both timers, once a day, and for what is left of the last one."""
    until = world.now.at + time
    while world.now.at < until:
        world.now.at = min(world.now.at + DAY, until)
        await send_renewals(world)
        await send_errands(world)
        await world.drain()


async def synced(how: str) -> World:
    """An event with its copy and two items in conflict tomorrow, a copy in a year; running, or paused a moment ago."""
    world = World(ahead=400)
    world.outlook_calendar.add(span(1, "08:00", "09:00"), "Team")
    world.outlook_calendar.add(span(1, "10:00", "11:00"), "Rival")
    world.salon.add(["r1"], at(1, "10:30"), 60, service="Cut")
    world.outlook_calendar.add(span(300, "08:00", "09:00"), "Far")
    await world.connect()
    assert len(await world.conflicts()) == 1
    await world.store.append_log(COMPANY, "r1", LogLine(at=world.now(), cause="person", rule="oldest"))
    if how == RESTING:
        await disable.pause(world, COMPANY, "r1")
    return world


async def oldest_lines(world: World) -> bool:
    lines, _ = await world.store.log(COMPANY, "r1", 10_000, "")
    return any(line.rule == "oldest" for line in lines)


@pytest.mark.parametrize("how", [RUNNING, RESTING])
async def test_a_line_of_the_sync_log_is_there_a_day_before_its_time_and_gone_a_week_after(how: str) -> None:
    world = await synced(how)
    await days_pass(world, KEEP_LOG - DAY)
    assert await oldest_lines(world)
    await days_pass(world, WEEK + DAY)
    assert not await oldest_lines(world)


@pytest.mark.parametrize("how", [RUNNING, RESTING])
async def test_a_link_and_its_conflict_go_when_both_are_long_over_and_what_is_to_come_stays(how: str) -> None:
    world = await synced(how)
    over = timedelta(days=1) + world.config.back + KEEP_PAST
    await days_pass(world, over - DAY)
    assert (len(world.links()), len(await world.conflicts())) == (4, 1)
    await days_pass(world, WEEK + 2 * DAY)
    assert (len(world.links()), len(await world.conflicts())) == (1, 0)
    assert (await world.state()).open_conflicts == 0
    assert {event.title for event in world.outlook_calendar.events} >= {"Team", "Rival", "Far"}
    if how == RESTING:
        await disable.resume(world, COMPANY, "r1")
        await world.drain()
    assert await world.sweep() == 0
    assert len(world.copies_in_timify()) == 2, "the copies of what is over stay in the calendar"


async def test_nobody_looks_at_a_resting_sync_any_more_when_nothing_is_left_that_will_be_over() -> None:
    world = await synced(RESTING)
    await days_pass(world, timedelta(days=300) + world.config.back + KEEP_PAST + 2 * WEEK)
    assert world.links() == []
    lines, _ = await world.store.log(COMPANY, "r1", 10, "")
    assert lines == []
    assert [errand async for errand in world.store.due_errands(world.now() + timedelta(days=400))] == []
    assert set(await left_of(world, COMPANY, "r1")) == {"connection", "state", "calendar", "tokens"}


async def test_several_reasons_to_look_in_one_week_are_one_errand() -> None:
    world = await synced(RUNNING)
    for _ in range(20):
        await note(world, COMPANY, "r1", LogLine(at=world.now(), cause="person", rule="noted"))
    waiting = [errand async for errand in world.store.due_errands(world.now() + timedelta(days=400))]
    assert [errand.job for errand in waiting].count(JOB) == 1


async def test_a_lost_agenda_does_not_keep_mails_and_invitations_for_ever() -> None:
    """Else nobody would ever look again at what is over of a sync that runs."""
    world = await synced(RUNNING)
    await world.store.drop_errands([each async for each in world.store.due_errands(world.now() + timedelta(days=400))])
    await disable.check(world, COMPANY, "r1")
    await world.drain()
    waiting = [errand async for errand in world.store.due_errands(world.now() + WEEK)]
    assert [errand.job for errand in waiting].count(JOB) == 1


@pytest.mark.parametrize("status", [Status.PAUSED, Status.RECONNECT_NEEDED, Status.FAILED, Status.DISABLED])
async def test_whatever_ended_a_sync_its_log_ends_too(status: Status) -> None:
    world = await synced(RUNNING)
    await world.change_connection(status=status)
    line = LogLine(at=world.now(), cause="round", rule=str(Reason.ACCESS_REVOKED))
    await note(world, COMPANY, "r1", line)
    await days_pass(world, KEEP_LOG + WEEK + DAY)
    lines, _ = await world.store.log(COMPANY, "r1", 10, "")
    assert lines == []


async def test_a_log_that_is_all_that_is_left_ends_too() -> None:
    world = await World().connect()
    await disable.disable(world, COMPANY, "r1")
    await world.drain()
    await days_pass(world, WEEK + DAY)
    assert world.links() == []
    assert (await world.store.log(COMPANY, "r1", 1, ""))[0], "a week is not its time"
    await days_pass(world, KEEP_LOG + DAY)
    assert (await world.store.log(COMPANY, "r1", 1, ""))[0] == []


@pytest.mark.parametrize("later", ["source", "copy"])
async def test_a_link_is_not_forgotten_while_one_of_its_sides_is_still_to_come(later: str) -> None:
    world = await synced(RESTING)
    link = next(each for each in world.links() if each.copy and each.source.span == span(1, "08:00", "09:00"))
    assert link.copy
    moved = replace(getattr(link, later), span=span(300, "08:00", "09:00"))
    ledger = await world.store.open(COMPANY, "r1", world.now())
    assert ledger
    await ledger.commit(Changes(links=[replace(link, **{later: moved})]))
    await ledger.close(ledger.state)
    await days_pass(world, DAY + world.config.back + KEEP_PAST + WEEK + 2 * DAY)
    assert {each.key for each in world.links()} == {link.key, *(each.key for each in world.links() if far(each))}
    await days_pass(world, timedelta(days=300))
    assert world.links() == []


def far(link: Link) -> bool:
    return all(each.start > at(299, "08:00") for each in link.spans)


# -- invitations and mails


@pytest.fixture
async def post() -> Post:
    return await Post().with_company()


async def time_passes(post: Post, time: timedelta) -> None:
    post.now.pass_by(time)
    await send_errands(post)
    for wake in post.wakes.take():
        await Worker(post).handle(wake)


async def test_an_old_link_says_what_became_of_it_for_a_month_and_is_then_unknown(post: Post) -> None:
    await invite(post, "c1", "r1")
    first = token_hash(post.link())
    await time_passes(post, DAY)
    await invite(post, "c1", "r1")
    second = token_hash(post.link())
    await time_passes(post, VALID + KEEP_INVITATIONS - 2 * DAY)
    assert (kept := await post.invitations.get(first))
    assert kept.state == "replaced"
    assert await post.invitations.get(second)
    await time_passes(post, DAY)
    await time_passes(post, WEEK + DAY)
    assert await post.invitations.get(first) is None
    assert await post.invitations.get(second) is None


async def test_an_invitation_that_is_over_for_months_can_still_be_withdrawn(post: Post) -> None:
    await invite(post, "c1", "r1")
    for _ in range(4):
        await time_passes(post, timedelta(days=20))
    assert await post.invitations.get(token_hash(post.link())) is None
    assert (await revoke(post, "c1", "r1")).status is Status.NOT_INVITED


async def test_that_a_mail_was_sent_is_known_for_three_months(post: Post) -> None:
    await invite(post, "c1", "r1")
    await post.letterbox.send(post.mail.sent[0])
    await post.deliver_all()
    assert post.states == ["sent"]
    await time_passes(post, KEEP_MAILS - DAY)
    assert post.states == ["sent"]
    await time_passes(post, WEEK + DAY)
    assert post.states == []


async def test_the_rows_of_the_next_resource_are_not_looked_at(post: Post) -> None:
    await invite(post, "c1", "r1")
    await time_passes(post, KEEP_INVITATIONS)
    await invite(post, "c1", "r2")
    kept = token_hash(post.link())
    await time_passes(post, KEEP_INVITATIONS)
    errand = Errand(job=JOB, company_id="c1", resource_id="r1", due=post.now())
    await post.store.schedule_errand(errand)
    await time_passes(post, timedelta(minutes=10))
    assert await post.invitations.get(kept)
