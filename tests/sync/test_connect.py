from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.accounts import Mailbox, Status
from shared.domain.failures import Broken, Reason, Transient
from shared.sync.access import SignInFailed
from shared.sync.connect import Stopped, choose, complete_sign_in, connect, open_invitation
from shared.sync.invite import invite, revoke
from shared.sync.one_time import token_hash
from shared.sync.sign_in_session import opened
from shared.sync.takeover import enter
from tests.fakes.identity import HOLIDAYS, FakeServices, signed_in
from tests.sync.journey import BROWSER, arrive, connected, sign_in


@pytest.fixture
async def services() -> FakeServices:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    return services


async def open_reason(services: FakeServices, token: str) -> Reason:
    with pytest.raises(Stopped) as stopped:
        await open_invitation(services, token)
    return stopped.value.reason


async def test_the_whole_journey_ends_in_an_import(services: FakeServices) -> None:
    token = await arrive(services)
    choice = await choose(services, token, BROWSER)
    assert [calendar.id for calendar in choice.calendars] == ["cal-main", "cal-other", "cal-holidays"]
    connection = await connect(services, token, BROWSER, "cal-other")
    assert (connection.status, connection.reason, connection.timezone) == (Status.IMPORTING, None, "Europe/Berlin")
    assert connection.mailbox == Mailbox(account="oid-1.tid-1", calendar_id="cal-other")
    assert await services.vault.load("c1", "r1") == "grant of oid-1.tid-1"
    (wake,) = services.wakes.take()
    assert (wake.job, wake.cause, wake.resource_id) == ("import", "person", "r1")
    assert services.tokens.forgotten == [("c1", "r1")]


async def test_looking_at_a_link_never_uses_it_up(services: FakeServices) -> None:
    for _ in range(3):
        await open_invitation(services, services.link())
    await connected(services)


async def test_a_link_that_connected_is_used(services: FakeServices) -> None:
    await connected(services)
    assert await open_reason(services, services.link()) is Reason.LINK_USED
    kept = await services.invitations.get(token_hash(services.link()))
    assert kept
    session = opened(services, kept, BROWSER)
    assert session
    assert (session.flow, session.account, session.username, session.access_token, session.grant) == ("",) * 5


async def test_connect_pressed_twice_at_once_connects_once(services: FakeServices) -> None:
    """Both presses have read the open invitation before either has used it up."""
    journey, since = await open_invitation(services, await arrive(services)), services.now()
    mailbox, moments = Mailbox(account="oid-1.tid-1", calendar_id="cal-main"), set()
    for _ in range(2):
        services.now.pass_by(timedelta(seconds=1))
        made = await enter(services, journey.resource, journey.connection, mailbox, "grant", since=since)
        moments.add(made.connected_at)
    assert len(moments) == 1
    lines, _ = await services.store.log("c1", "r1", 9, "")
    assert [line.rule for line in lines].count("connected") == 1
    assert "import" in [wake.job for wake in services.wakes.take()]


async def test_links_that_do_not_work_say_why(services: FakeServices) -> None:
    first = services.link()
    assert await open_reason(services, "made-up") is Reason.LINK_UNKNOWN
    await invite(services, "c1", "r1")
    assert await open_reason(services, first) is Reason.LINK_REPLACED
    await revoke(services, "c1", "r1")
    assert await open_reason(services, services.link()) is Reason.LINK_UNKNOWN
    await invite(services, "c1", "r1")
    services.now.pass_by(timedelta(days=14))
    assert await open_reason(services, services.link()) is Reason.LINK_EXPIRED


async def test_a_downgrade_stops_the_journey_and_an_upgrade_lets_it_go_on(services: FakeServices) -> None:
    await services.change_plan("basic")
    assert await open_reason(services, services.link()) is Reason.PLAN_NOT_ELIGIBLE
    await services.change_plan("Enterprise")
    await connected(services)


async def test_timify_being_away_does_not_cost_the_link(services: FakeServices) -> None:
    services.directory.trouble = Transient("503")
    assert await open_reason(services, services.link()) is Reason.TIMIFY_UNREACHABLE
    services.directory.trouble = None
    await connected(services)


async def test_an_answer_brought_by_another_browser_is_refused(services: FakeServices) -> None:
    answer = await sign_in(services)
    for thief in ("", "another-browser"):
        with pytest.raises(Stopped) as stopped:
            await complete_sign_in(services, answer, thief)
        assert stopped.value.reason is Reason.SIGN_IN_EXPIRED
    assert await complete_sign_in(services, answer, BROWSER) == services.link()


async def test_an_answer_replayed_is_refused(services: FakeServices) -> None:
    answer = await sign_in(services)
    await complete_sign_in(services, answer, BROWSER)
    with pytest.raises(Stopped) as stopped:
        await complete_sign_in(services, answer, BROWSER)
    assert stopped.value.reason is Reason.SIGN_IN_EXPIRED


@pytest.mark.parametrize("state", ["", ".", "x.y", "../companies", "a" * 64, f"{'a' * 64}.{'b' * 32}", "\udcff"])
async def test_a_made_up_state_is_refused(services: FakeServices, state: str) -> None:
    with pytest.raises(Stopped) as stopped:
        await complete_sign_in(services, {"state": state, "code": "c"}, BROWSER)
    assert stopped.value.reason is Reason.SIGN_IN_EXPIRED


async def test_a_sign_in_left_lying_around_ends(services: FakeServices) -> None:
    token = await arrive(services)
    services.now.pass_by(timedelta(minutes=31))
    with pytest.raises(Stopped) as stopped:
        await connect(services, token, BROWSER, "cal-main")
    assert (stopped.value.reason, stopped.value.token) == (Reason.SIGN_IN_EXPIRED, token)


async def test_another_browser_cannot_choose_the_calendar(services: FakeServices) -> None:
    token = await arrive(services)
    with pytest.raises(Stopped) as stopped:
        await choose(services, token, "another-browser")
    assert stopped.value.reason is Reason.SIGN_IN_EXPIRED


async def test_no_token_of_microsoft_lies_in_a_table_unsealed(services: FakeServices) -> None:
    await arrive(services)
    kept = await services.invitations.get(token_hash(services.link()))
    assert kept
    assert kept.sign_in
    secrets = ("grant of", "access-token", "pat@example.org", services.link())
    assert all(secret not in kept.sign_in for secret in secrets)


FAILURES = [
    (Reason.CONSENT_DECLINED, Status.FAILED),
    (Reason.ADMIN_APPROVAL_REQUIRED, Status.AWAITING_CONFIRMATION),
    (Reason.BLOCKED_BY_POLICY, Status.FAILED),
]


@pytest.mark.parametrize(("reason", "status"), FAILURES)
async def test_a_refusal_is_shown_mailed_once_and_does_not_cost_the_link(
    services: FakeServices, reason: Reason, status: Status
) -> None:
    services.sign_in.result = SignInFailed(reason=reason, detail="AADSTS1")
    for _ in range(2):
        with pytest.raises(Stopped) as stopped:
            await arrive(services)
        assert (stopped.value.reason, stopped.value.token) == (reason, services.link())
    connection = await services.connection()
    assert (connection.status, connection.reason) == (status, reason)
    assert services.mail.kinds() == ["invitation", "failed"]
    lines, _ = await services.store.log("c1", "r1", 1, "")
    assert (lines[0].rule, lines[0].outcome, lines[0].detail) == (str(reason), "failed", "AADSTS1")
    services.sign_in.result = signed_in()
    await connected(services)
    assert (await services.connection()).reason is None


@pytest.mark.parametrize("reason", [Reason.OUR_CREDENTIALS, Reason.MICROSOFT_UNREACHABLE, Reason.SIGN_IN_EXPIRED])
async def test_what_is_not_the_persons_doing_is_not_held_against_them(services: FakeServices, reason: Reason) -> None:
    services.sign_in.result = SignInFailed(reason=reason)
    with pytest.raises(Stopped):
        await arrive(services)
    connection = await services.connection()
    assert (connection.status, connection.reason) == (Status.AWAITING_CONFIRMATION, None)
    assert services.mail.kinds() == ["invitation"]


@pytest.mark.parametrize("reason", [Reason.MAILBOX_ON_PREMISES, Reason.MAILBOX_NOT_FOUND])
async def test_a_mailbox_that_cannot_be_synced_is_detected_before_connecting(
    services: FakeServices, reason: Reason
) -> None:
    services.the_account.trouble = Broken(reason, "MailboxNotEnabledForRESTAPI")
    with pytest.raises(Stopped) as stopped:
        await choose(services, await arrive(services), BROWSER)
    connection = await services.connection()
    assert stopped.value.reason is reason
    assert (connection.status, connection.reason) == (Status.FAILED, reason)
    assert services.mail.sent[-1].reason == str(reason)


async def test_microsoft_being_away_is_retried_and_no_failure(services: FakeServices) -> None:
    token = await arrive(services)
    services.the_account.trouble = Transient("503")
    with pytest.raises(Stopped) as stopped:
        await choose(services, token, BROWSER)
    assert stopped.value.reason is Reason.MICROSOFT_UNREACHABLE
    services.the_account.trouble = None
    await connect(services, token, BROWSER, "cal-main")


async def test_a_read_only_calendar_is_refused_even_when_the_form_is_forged(services: FakeServices) -> None:
    with pytest.raises(Stopped) as stopped:
        await connect(services, await arrive(services), BROWSER, HOLIDAYS.id)
    assert stopped.value.reason is Reason.CALENDAR_READ_ONLY
    assert await services.vault.load("c1", "r1") is None


async def test_an_account_with_nothing_to_write_to_says_so(services: FakeServices) -> None:
    services.the_account.listed = [HOLIDAYS]
    with pytest.raises(Stopped) as stopped:
        await choose(services, await arrive(services), BROWSER)
    assert stopped.value.reason is Reason.CALENDAR_READ_ONLY


async def test_a_calendar_deleted_while_choosing_is_noticed(services: FakeServices) -> None:
    with pytest.raises(Stopped) as stopped:
        await connect(services, await arrive(services), BROWSER, "cal-of-yesterday")
    assert stopped.value.reason is Reason.CALENDAR_GONE


async def test_the_newer_owner_of_a_calendar_wins_and_the_older_is_told(services: FakeServices) -> None:
    await connected(services)
    services.wakes.take()
    await invite(services, "c1", "r2")
    await connected(services)
    older, newer = await services.connection("r1"), await services.connection("r2")
    assert (older.status, older.reason) == (Status.DISABLED, Reason.TAKEN_OVER)
    assert newer.status is Status.IMPORTING
    assert [(wake.resource_id, wake.job, wake.cause) for wake in services.wakes.take()] == [
        ("r1", "remove", "taken_over"),
        ("r2", "import", "person"),
    ]
    assert (services.mail.sent[-1].kind, services.mail.sent[-1].resource_id) == ("taken_over", "r1")


async def test_two_calendars_of_one_mailbox_do_not_press_it_twice_as_hard(services: FakeServices) -> None:
    """Each gets one of the three calls that may go at once, whichever worker makes them."""
    await connected(services)
    first = await services.connection("r1")
    assert not first.shared
    assert first.mailbox is not None
    await services.store.claim_calendar(replace(first.mailbox, calendar_id="cal-2"), "c1", "r2")
    await invite(services, "c1", "r1")
    await connected(services)
    assert (await services.connection("r1")).shared


async def test_reconnecting_the_same_calendar_keeps_its_subscription(services: FakeServices) -> None:
    await connected(services)
    await services.store.save_connection(replace(await services.connection(), subscription_id="sub-1"))
    await invite(services, "c1", "r1")
    await connected(services)
    assert (await services.connection()).subscription_id == "sub-1"


async def test_another_calendar_than_before_gives_the_earlier_one_free(services: FakeServices) -> None:
    await connected(services, "cal-main")
    await invite(services, "c1", "r1")
    await connected(services, "cal-other")
    await invite(services, "c1", "r2")
    await connected(services, "cal-main")
    first, second = await services.connection("r1"), await services.connection("r2")
    assert first.mailbox == Mailbox(account="oid-1.tid-1", calendar_id="cal-other")
    assert (first.status, second.status) == (Status.IMPORTING, Status.IMPORTING)


async def test_a_failed_attempt_takes_nothing_from_a_connection_that_lives(services: FakeServices) -> None:
    await connected(services)
    await invite(services, "c1", "r1")
    services.sign_in.result = SignInFailed(reason=Reason.BLOCKED_BY_POLICY)
    with pytest.raises(Stopped):
        await arrive(services)
    assert (await services.connection()).status is Status.IMPORTING


async def test_a_crash_while_connecting_leaves_the_link_good(services: FakeServices) -> None:
    token = await arrive(services)

    async def crash(moment: str) -> None:
        if moment == "after save_connection":
            raise ConnectionError("the worker died")

    calm, services.store.trouble = services.store.trouble, crash
    with pytest.raises(ConnectionError):
        await connect(services, token, BROWSER, "cal-main")
    services.store.trouble = calm
    await connect(services, token, BROWSER, "cal-main")
    assert [wake.job for wake in services.wakes.take()] == ["import"]
