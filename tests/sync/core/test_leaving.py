"""Ending a connection, and beginning it again, while other things happen."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.domain.accounts import Connection, Mailbox, Status
from shared.domain.failures import Broken, Reason, Transient
from shared.sync import disable
from shared.sync.access import TokenProvider
from shared.sync.ports import Outlook
from shared.sync.takeover import enter
from tests.fakes.identity import FakeTokens
from tests.fakes.outlook import FakeOutlook
from tests.sync.core.world import COMPANY, World, at, span

SAME = Mailbox(account="r1.tenant", calendar_id="cal-r1")
OTHER = Mailbox(account="other.tenant", calendar_id="cal-2")


async def shared_calendars() -> World:
    """One copy on each side."""
    world = World()
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    return await world.connect()


def copies(world: World) -> list[str]:
    return [one.id for one in world.copies_in_timify()] + [one.id for one in world.copies_in_outlook()]


async def invited_again(world: World) -> Connection:
    known = await world.connection()
    return await world.store.save_connection(replace(known, status=Status.AWAITING_CONFIRMATION, invitation="new"))


async def reconnect(world: World, mailbox: Mailbox) -> None:
    resource = await world.directory.resource(COMPANY, "r1")
    assert resource
    await enter(world, resource, await invited_again(world), mailbox, "new grant")


@pytest.mark.parametrize("mailbox", [OTHER, replace(SAME, calendar_id="cal-2")], ids=["account", "calendar"])
async def test_a_vault_that_is_away_while_a_calendar_is_changed_leaves_the_earlier_one_alive(mailbox: Mailbox) -> None:
    async def away(moment: str) -> None:
        raise Transient("key_vault_503")

    world = await shared_calendars()
    before, resource = await world.connection(), await world.directory.resource(COMPANY, "r1")
    assert resource
    world.vault.trouble = away
    with pytest.raises(Transient):
        await enter(world, resource, before, mailbox, "new grant")
    assert await world.connection() == before
    assert list(world.outlook_calendar.subscriptions) == [before.subscription_id]
    assert (COMPANY, "r1") in await world.store.users_of(SAME.account)


async def test_changing_the_calendar_that_breaks_off_later_does_not_pretend_to_be_notified() -> None:
    async def away(moment: str) -> None:
        if moment == "before claim_calendar":
            raise Transient("tables")

    world = await shared_calendars()
    before, resource = await world.connection(), await world.directory.resource(COMPANY, "r1")
    assert resource
    world.store.trouble = away
    with pytest.raises(Transient):
        await enter(world, resource, before, replace(SAME, calendar_id="cal-2"), "new grant")
    after = await world.connection()
    assert (after.status, after.subscription_id) == (Status.CONNECTED, "")
    assert world.outlook_calendar.subscriptions == {}


async def test_the_earlier_accounts_subscription_is_ended_with_its_own_token() -> None:
    class OfTheVault(FakeTokens):
        async def access_token(self, company_id: str, resource_id: str, *, account: str = "") -> str:
            return f"{await world.vault.load(company_id, resource_id)} of {account}"

    class Watched(World):
        given: TokenProvider | None = None

        def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
            self.given = token or self.given
            return super().outlook(connection)

    world = Watched()
    await world.connect()
    world.tokens = OfTheVault()
    await reconnect(world, OTHER)
    assert world.given
    assert await world.given(False) == "grant of r1.tenant"
    assert world.outlook_calendar.subscriptions == {}


async def test_inviting_again_before_the_copies_are_gone_does_not_leave_them_and_the_tokens() -> None:
    world = await shared_calendars()
    await disable.disable(world, COMPANY, "r1")
    await invited_again(world)
    await world.drain()
    assert copies(world) == []
    assert await world.vault.load(COMPANY, "r1") is None
    assert (await world.connection()).status is Status.AWAITING_CONFIRMATION


async def test_reconnecting_while_the_copies_go_loses_neither_the_new_tokens_nor_the_calendar() -> None:
    world = await shared_calendars()
    await disable.disable(world, COMPANY, "r1")
    unsubscribe = world.outlook_calendar.unsubscribe

    async def meanwhile(subscription_id: str) -> None:
        await unsubscribe(subscription_id)
        await reconnect(world, SAME)

    world.outlook_calendar.unsubscribe = meanwhile  # type: ignore[method-assign]  # the fake does something else there
    await world.drain()
    assert await world.vault.load(COMPANY, "r1") == "new grant"
    assert await world.store.claim_calendar(SAME, COMPANY, "r9") == (COMPANY, "r1")
    assert (await world.connection()).status is Status.CONNECTED
    assert len(world.copies_in_timify()) == len(world.copies_in_outlook()) == 1


async def test_copies_that_were_kept_on_purpose_stay_when_another_calendar_is_connected_later() -> None:
    world = await shared_calendars()
    await disable.disable(world, COMPANY, "r1", disable.KEEP)
    await world.drain()
    kept, left = world.copies_in_timify(), world.outlook_calendar
    world.mailboxes["r1"] = FakeOutlook()
    await reconnect(world, OTHER)
    await world.drain()
    assert world.copies_in_timify() == kept
    assert len(left.events) == 2
    assert len(world.copies_in_outlook()) == 1


async def test_copies_that_were_kept_are_linked_again_when_the_same_calendar_comes_back() -> None:
    world = await shared_calendars()
    await disable.disable(world, COMPANY, "r1", disable.KEEP)
    await world.drain()
    before = world.write_count()
    await reconnect(world, SAME)
    await world.drain()
    assert world.write_count() == before
    assert len(world.copies_in_timify()) == len(world.copies_in_outlook()) == 1


async def test_a_kept_copy_whose_original_went_meanwhile_stays_when_the_calendar_comes_back() -> None:
    world = await shared_calendars()
    await disable.disable(world, COMPANY, "r1", disable.KEEP)
    await world.drain()
    [event] = [event for event in world.outlook_calendar.events if not event.mark]
    world.outlook_calendar.remove(event.id)
    kept, before = copies(world), world.write_count()
    await reconnect(world, SAME)
    await world.drain()
    assert (copies(world), world.write_count()) == (kept, before)
    assert await world.conflicts() == []
    assert await world.sweep() == 0


async def test_a_copy_to_which_people_were_invited_unnoticed_is_not_deleted_with_mail_to_them() -> None:
    world = await shared_calendars()
    copy = world.copies_in_outlook()[0]
    world.outlook_calendar.edit(copy.id, attendees=True)
    await disable.disable(world, COMPANY, "r1")
    while len(world.wakes):
        await world.deliver()
    assert world.outlook_calendar.mailed == []
    assert world.copies_in_outlook()[0].id == copy.id


async def test_a_copy_that_was_edited_unnoticed_goes_all_the_same() -> None:
    world = await shared_calendars()
    world.outlook_calendar.touch(world.copies_in_outlook()[0].id)
    await disable.disable(world, COMPANY, "r1")
    while len(world.wakes):
        await world.deliver()
    assert world.copies_in_outlook() == []


async def test_copies_wait_until_our_own_credentials_work_again() -> None:
    world = await shared_calendars()
    world.fail("timify", "delete", "before", Broken(Reason.OUR_CREDENTIALS, "timify_401"))
    await disable.disable(world, COMPANY, "r1")
    await world.drain()
    assert copies(world) == []


@pytest.mark.parametrize("side", ["timify", "outlook"])
async def test_a_copy_whose_receipt_was_lost_goes_with_the_others(side: str) -> None:
    world = await World().connect()
    world.fail(side, "create", "after", Transient("timeout"))
    if side == "timify":
        world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    else:
        world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    world.tell()
    await world.deliver()
    await disable.disable(world, COMPANY, "r1")
    while len(world.wakes):
        await world.deliver()
    assert copies(world) == []


async def test_disabling_again_finishes_what_broke_off() -> None:
    world = await shared_calendars()
    await disable.disable(world, COMPANY, "r1")
    world.wakes.drop_newest(1)
    await disable.disable(world, COMPANY, "r1")
    await world.drain()
    assert copies(world) == []
    assert [message.kind for message in world.mail.sent].count("disabled") == 1


async def test_who_is_disabled_while_the_import_ends_is_not_told_that_all_is_in_step() -> None:
    world = World()
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    await world.connect(start=False)
    forget_log = world.store.forget_log

    async def meanwhile(company_id: str, resource_id: str, before: datetime) -> None:
        await disable.disable(world, COMPANY, "r1")
        await forget_log(company_id, resource_id, before)

    world.store.forget_log = meanwhile  # type: ignore[method-assign]  # the fake does something else there
    await world.drain()
    assert [(message.kind, message.by) for message in world.mail.sent] == [("disabled", "person")]


async def test_whose_company_uninstalls_is_told_so_and_not_that_somebody_switched_them_off() -> None:
    world = await shared_calendars()
    await disable.uninstall(world, COMPANY)
    ended = [(message.resource_id, message.by) for message in world.mail.sent if message.kind == "disabled"]
    assert ("r1", "uninstall") in ended
    assert {by for _, by in ended} == {"uninstall"}


async def test_who_is_disabled_is_told_and_leaves_no_subscription_and_no_token() -> None:
    world = await shared_calendars()
    assert (await world.connection()).subscription_id in world.outlook_calendar.subscriptions
    assert await world.vault.load(COMPANY, "r1")
    await disable.disable(world, COMPANY, "r1")
    await world.drain()
    assert world.outlook_calendar.subscriptions == {}
    assert await world.vault.load(COMPANY, "r1") is None
    assert [message.kind for message in world.mail.sent if message.resource_id == "r1"].count("disabled") == 1
