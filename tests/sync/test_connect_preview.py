"""What connecting would do, told before it is done."""

from datetime import timedelta

import pytest

from shared.domain.accounts import Connection, Status
from shared.domain.failures import Broken, Failure, Reason, Transient
from shared.domain.spans import Span
from shared.sync.access import TokenProvider
from shared.sync.connect import Stopped, connect, foresee
from shared.sync.invite import invite
from shared.sync.ports import Outlook, Timify
from tests.fakes.identity import FakeServices
from tests.fakes.outlook import FakeOutlook
from tests.fakes.timify import FakeTimify
from tests.sync.journey import BROWSER, arrive


class WithCalendars(FakeServices):
    """Both calendars of the person who has signed in; `trouble` comes from one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.calendar = FakeOutlook()
        self.salon = FakeTimify("c1")
        self.trouble: Failure | None = None

    def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
        assert token, "the connection has no tokens of its own yet"
        self.calendar.trouble = lambda call, moment: self.trouble
        return self.calendar

    def timify(self, connection: Connection) -> Timify:
        return self.salon.calendar("r1")


async def signed_in_with_calendars() -> tuple[WithCalendars, str]:
    services = WithCalendars()
    await services.with_company()
    await invite(services, "c1", "r1")
    start = services.now() + timedelta(days=1)
    services.calendar.add(Span(start, start + timedelta(hours=1)), "Team")
    return services, await arrive(services)


async def test_what_connecting_would_do_is_told_and_nothing_done() -> None:
    services, token = await signed_in_with_calendars()
    choice, counts, why = await foresee(services, token, BROWSER, "cal-main")
    assert counts == {"created": 1, "linked": 0, "skipped": 0, "conflicts": 0}
    assert not why
    assert choice.username
    assert not services.calendar.writes
    assert not services.salon.writes
    assert not services.wakes.take()
    assert await services.vault.load("c1", "r1") is None
    assert (await connect(services, token, BROWSER, "cal-main")).status is Status.IMPORTING


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Transient("503"), Reason.MICROSOFT_UNREACHABLE),
        (Transient("timify_503"), Reason.TIMIFY_UNREACHABLE),
        (Broken(Reason.ACCESS_REVOKED), Reason.SIGN_IN_EXPIRED),
        (Broken(Reason.CALENDAR_GONE), Reason.CALENDAR_GONE),
    ],
)
async def test_a_preview_that_cannot_be_made_says_who_is_away_and_costs_nothing(
    trouble: Failure, reason: Reason
) -> None:
    services, token = await signed_in_with_calendars()
    services.trouble = trouble
    with pytest.raises(Stopped) as stopped:
        await foresee(services, token, BROWSER, "cal-main")
    assert stopped.value.reason is reason
    services.trouble = None
    assert (await foresee(services, token, BROWSER, "cal-main"))[1]["created"] == 1
