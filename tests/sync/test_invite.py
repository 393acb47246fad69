from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import Connection, LogLine, Status
from shared.domain.failures import Reason, Transient
from shared.sync.errors import TooOften, UseCaseError
from shared.sync.invite import LINES, MOST_IN_A_DAY, PAGES, invite, invite_several, revoke
from shared.sync.one_time import token_hash
from tests.fakes.identity import FakeServices
from tests.fakes.trouble import give_way


@pytest.fixture
async def services() -> FakeServices:
    return await FakeServices().with_company()


async def refused(services: FakeServices, resource_id: str = "r1") -> tuple[str, int]:
    with pytest.raises(UseCaseError) as error:
        await invite(services, "c1", resource_id)
    assert services.mail.sent == []
    return error.value.code, error.value.status


async def test_an_invitation_goes_out_with_a_link_of_which_only_the_hash_is_kept(services: FakeServices) -> None:
    connection = await invite(services, "c1", "r1")
    (message,) = services.mail.sent
    token = message.link.removeprefix("http://127.0.0.1:9/connect/")
    kept = await services.invitations.get(token_hash(token))
    assert (connection.status, connection.invited_at) == (Status.AWAITING_CONFIRMATION, services.now())
    assert kept is not None
    assert kept.expires_at == services.now() + timedelta(days=14)
    assert token not in repr(kept)
    assert token not in repr(connection)


async def test_sending_again_cancels_the_earlier_link(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    first = services.link()
    await invite(services, "c1", "r1")
    old, new = (
        await services.invitations.get(token_hash(first)),
        await services.invitations.get(token_hash(services.link())),
    )
    assert old is not None
    assert new is not None
    assert (old.state, new.state) == ("replaced", "open")
    assert services.mail.kinds() == ["invitation", "invitation"]


async def test_a_revoked_link_is_worthless_and_the_resource_is_as_before(services: FakeServices) -> None:
    await invite(services, "c1", "r1")
    connection = await revoke(services, "c1", "r1")
    kept = await services.invitations.get(token_hash(services.link()))
    assert kept is not None
    assert (connection.status, kept.state) == (Status.NOT_INVITED, "revoked")
    with pytest.raises(UseCaseError, match="no open invitation"):
        await revoke(services, "c1", "r1")


async def test_a_room_without_an_address_gets_a_clear_error(services: FakeServices) -> None:
    assert await refused(services, "room") == ("no-email-address", 422)


async def test_a_resource_that_timify_does_not_know_is_not_invited(services: FakeServices) -> None:
    assert await refused(services, "nobody") == ("unknown-resource", 404)


async def test_a_basic_plan_is_refused() -> None:
    assert await refused(await FakeServices().with_company("basic")) == ("not-eligible", 403)


async def test_nothing_works_before_the_privacy_policy_is_accepted() -> None:
    assert await refused(await FakeServices().with_company(accepted=False)) == ("policy-not-accepted", 403)


async def test_a_company_that_never_installed_is_unknown() -> None:
    assert await refused(FakeServices()) == ("unknown-company", 404)


async def test_a_company_that_left_cannot_invite(services: FakeServices) -> None:
    company = await services.store.company("c1")
    assert company
    await services.store.save_company(replace(company, uninstalled_at=services.now()))
    assert await refused(services) == ("uninstalled", 410)


async def test_timify_being_away_is_said_and_not_taken_for_an_unknown_resource(services: FakeServices) -> None:
    services.directory.trouble = Transient("503")
    assert await refused(services) == ("timify-unreachable", 503)


async def test_an_address_that_somebody_else_entered_is_not_flooded_with_mails(services: FakeServices) -> None:
    for _ in range(MOST_IN_A_DAY):
        await invite(services, "c1", "r1")
        services.now.pass_by(timedelta(minutes=30))
    link = services.link()
    with pytest.raises(TooOften) as refusal:
        await invite(services, "c1", "r1")
    assert (len(services.mail.sent), services.link()) == (MOST_IN_A_DAY, link)
    assert refusal.value.wait == timedelta(hours=24 - MOST_IN_A_DAY / 2).total_seconds()
    answers = await invite_several(services, "c1", ["r1", "r2"])
    assert [isinstance(answer, TooOften) for answer in answers.values()] == [True, False]
    services.now.pass_by(timedelta(seconds=refusal.value.wait))
    await invite(services, "c1", "r1")


async def test_what_a_busy_sync_writes_into_the_log_does_not_let_more_invitations_through(
    services: FakeServices,
) -> None:
    for _ in range(MOST_IN_A_DAY):
        await invite(services, "c1", "r1")
    services.now.pass_by(timedelta(hours=23))
    for _ in range(LINES * (PAGES - 1)):
        await services.store.append_log("c1", "r1", LogLine(at=services.now(), cause="round", rule="copied"))
    with pytest.raises(TooOften) as refusal:
        await invite(services, "c1", "r1")
    assert refusal.value.wait == timedelta(hours=1).total_seconds()
    assert len(services.mail.sent) == MOST_IN_A_DAY


async def test_no_more_of_a_log_is_read_than_a_day_however_long_it_is(services: FakeServices) -> None:
    for _ in range(3 * LINES):
        await services.store.append_log("c1", "r1", LogLine(at=services.now(), cause="round", rule="copied"))
    services.now.pass_by(timedelta(days=2))
    await invite(services, "c1", "r1")
    read = 0

    async def count(moment: str) -> None:
        nonlocal read
        read += moment == "before log"

    services.store.trouble = count
    await invite(services, "c1", "r1")
    assert read == 1


async def test_one_room_without_an_address_does_not_stop_the_others(services: FakeServices) -> None:
    answers = await invite_several(services, "c1", ["room", "r1", "r2", "r1"])
    codes = {name: one.code if isinstance(one, UseCaseError) else str(one.status) for name, one in answers.items()}
    assert codes == {"room": "no-email-address", "r1": "awaiting_confirmation", "r2": "awaiting_confirmation"}
    assert len(services.mail.sent) == 2


async def queue_is_away(moment: str) -> None:
    raise Transient("503")


async def test_nobody_counts_as_invited_whose_mail_did_not_go_out(services: FakeServices) -> None:
    services.mail.trouble = queue_is_away
    with pytest.raises(Transient):
        await invite(services, "c1", "r1")
    left = await services.connection()
    assert (left.status, left.invited_at) == (Status.NOT_INVITED, None)
    services.mail.trouble = give_way
    after = await invite(services, "c1", "r1")
    assert (after.status, after.invited_at) == (Status.AWAITING_CONFIRMATION, services.now())
    assert services.mail.kinds() == ["invitation"]


async def test_a_mail_that_could_not_go_out_stops_no_other(services: FakeServices) -> None:
    async def the_first_time(moment: str) -> None:
        services.mail.trouble = give_way
        await queue_is_away(moment)

    services.mail.trouble = the_first_time
    answers = await invite_several(services, "c1", ["r1", "r2"])
    codes = {name: one.code if isinstance(one, UseCaseError) else str(one.status) for name, one in answers.items()}
    assert codes == {"r1": "unreachable", "r2": "awaiting_confirmation"}
    assert [message.resource_id for message in services.mail.sent] == ["r2"]


async def test_who_revokes_while_the_mail_goes_out_is_not_overruled(services: FakeServices) -> None:
    async def revoked(moment: str) -> None:
        if moment == "before schedule_errand" and await services.store.connection("c1", "r1"):
            services.store.trouble = give_way
            await revoke(services, "c1", "r1")

    services.store.trouble = revoked
    await invite(services, "c1", "r1")
    assert (await services.connection()).status is Status.NOT_INVITED


async def test_revoking_that_broke_off_is_finished_by_revoking_again(services: FakeServices) -> None:
    await invite(services, "c1", "r1")

    async def storage_is_away(moment: str) -> None:
        if moment == "before save_connection":
            raise Transient("503")

    services.store.trouble = storage_is_away
    with pytest.raises(Transient):
        await revoke(services, "c1", "r1")
    services.store.trouble = give_way
    assert (await revoke(services, "c1", "r1")).status is Status.NOT_INVITED
    lines, _ = await services.store.log("c1", "r1", 9, "")
    assert [line.rule for line in lines] == ["revoked", "invited"]


@pytest.mark.parametrize("status", [Status.CONNECTED, Status.RECONNECT_NEEDED, Status.PAUSED])
async def test_inviting_again_takes_nothing_away_from_what_is_connected(services: FakeServices, status: Status) -> None:
    before = Connection(company_id="c1", resource_id="r1", status=status, reason=Reason.ACCESS_REVOKED)
    await services.store.save_connection(before)
    after = await invite(services, "c1", "r1")
    assert (after.status, after.reason) == (status, Reason.ACCESS_REVOKED)
    assert (await revoke(services, "c1", "r1")).status is status


async def test_two_administrators_inviting_at_once_leave_one_good_link(services: FakeServices) -> None:
    import asyncio

    await asyncio.gather(invite(services, "c1", "r1"), invite(services, "c1", "r1"))
    states = []
    for message in services.mail.sent:
        kept = await services.invitations.get(token_hash(message.link.rpartition("/")[2]))
        assert kept
        states.append(kept.state)
    assert sorted(states) == ["open", "replaced"]
