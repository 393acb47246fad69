"""What a person does may break off at any step: pressed again, it ends as if nothing had happened."""

from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from itertools import count

from shared.domain.accounts import Status
from shared.domain.failures import Reason, Transient
from shared.sync.connect import Stopped, connect
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
        broke = await breaks_off(services, connect(services, token, BROWSER, "cal-main"), steps)
        if broke:
            with suppress(Stopped):  # the link is used if it broke off at the very end
                await connect(services, token, BROWSER, "cal-main")
        older, newer = await services.connection("r1"), await services.connection("r2")
        assert (older.status, older.reason) == (Status.DISABLED, Reason.TAKEN_OVER)
        assert newer.status is Status.IMPORTING
        jobs = {(wake.resource_id, wake.job) for wake in services.wakes.take()}
        assert jobs == {("r1", "remove"), ("r2", "import")}
        assert services.mail.kinds().count("taken_over") == 1
        if not broke:
            assert steps > 20
            return
