"""What a person does may break off at any step: pressed again, it ends as if nothing had happened."""

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from shared.domain.accounts import Connection, Status
from shared.domain.failures import Reason, Transient
from shared.sync.companies import Installation, install
from shared.sync.connect import Stopped, connect
from shared.sync.disable import disable, resume
from shared.sync.invite import invite
from tests.fakes.identity import FakeServices
from tests.fakes.trouble import give_way
from tests.sync.journey import BROWSER, arrive, connected


async def breaks_off(services: FakeServices, act: Awaitable[object], steps: int) -> bool:
    """Let storage or a queue fail at one of the steps of something; answers whether it took as many."""
    left = steps

    async def step(moment: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Transient("503")

    doors = (services.store, services.wakes, services.mail)
    for each in doors:
        each.trouble = step
    try:
        await act
    except Transient:
        return True
    finally:
        for each in doors:
            each.trouble = give_way
    return False


async def test_a_calendar_that_is_taken_over_never_stays_with_two_resources() -> None:
    for steps in count(1):
        services = await FakeServices().with_company()
        await invite(services, "c1", "r1")
        await connected(services)
        await invite(services, "c1", "r2")
        token = await arrive(services)
        services.now.pass_by(timedelta(minutes=1))
        services.wakes.take()
        broke = await breaks_off(services, connect(services, token, BROWSER, "cal-main", takeover=True), steps)
        if broke:
            with suppress(Stopped):  # the link is used if it broke off at the very end
                await connect(services, token, BROWSER, "cal-main", takeover=True)
        older, newer = await services.connection("r1"), await services.connection("r2")
        assert (older.status, older.reason) == (Status.DISABLED, Reason.TAKEN_OVER)
        assert newer.status is Status.IMPORTING
        jobs = {(wake.resource_id, wake.job) for wake in services.wakes.take()}
        assert jobs == {("r1", "remove"), ("r2", "import")}
        assert services.mail.kinds().count("taken_over") == 1
        if not broke:
            assert steps > 20
            return


@pytest.mark.parametrize("paused_from", [Status.CONNECTED, Status.IMPORTING])
async def test_a_sync_that_counts_as_resumed_goes_on_even_if_nobody_presses_again(paused_from: Status) -> None:
    """The page shows it as synced then, and has no such button any more."""
    for steps in count(1):
        services = await FakeServices().with_company()
        paused = Connection(company_id="c1", resource_id="r1", status=Status.PAUSED, paused_from=paused_from)
        await services.store.save_connection(replace(paused, reason=Reason.MANY_DELETIONS))
        broke = await breaks_off(services, resume(services, "c1", "r1"), steps)
        tomorrow = services.now() + timedelta(hours=36)
        due = [errand.resource_id async for errand in services.store.due_errands(tomorrow)]
        if (await services.connection()).status is not Status.PAUSED:
            assert services.wakes.take() or due == ["r1"]
        if not broke:
            assert steps > 6
            return


async def test_an_upgrade_resumes_even_what_it_broke_off_at() -> None:
    for steps in count(1):
        services = await FakeServices().with_company()
        paused = Connection(company_id="c1", resource_id="r1", status=Status.PAUSED, paused_from=Status.CONNECTED)
        await services.store.save_connection(replace(paused, reason=Reason.PLAN_NOT_ELIGIBLE))
        wish = Installation(plan="premium")
        broke = await breaks_off(services, install(services, "c1", wish), steps)
        if broke:
            await install(services, "c1", wish)
        tomorrow = services.now() + timedelta(hours=36)
        due = [errand.resource_id async for errand in services.store.due_errands(tomorrow)]
        assert (await services.connection()).status is Status.CONNECTED
        assert services.wakes.take() or due == ["r1"]
        if not broke:
            assert steps > 6
            return


async def test_whoever_was_disabled_is_told_of_it_even_if_it_broke_off_and_counts_as_one_mail() -> None:
    for steps in count(1):
        services = await FakeServices().with_company()
        await invite(services, "c1", "r1")
        await connected(services)
        broke = await breaks_off(services, disable(services, "c1", "r1"), steps)
        await disable(services, "c1", "r1")
        told = {mail.cause for mail in services.mail.sent if mail.kind == "disabled"}
        assert len(told) == 1, f"broken off at step {steps}"
        if not broke:
            break


async def test_whoever_was_taken_over_is_not_told_a_second_time_that_the_sync_has_ended() -> None:
    services = await FakeServices().with_company()
    await invite(services, "c1", "r1")
    await connected(services)
    older = await services.store.connection("c1", "r1")
    assert older is not None
    await services.store.save_connection(replace(older, status=Status.DISABLED, reason=Reason.TAKEN_OVER))
    await disable(services, "c1", "r1")
    assert "disabled" not in [mail.kind for mail in services.mail.sent]
