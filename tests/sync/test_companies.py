"""Companies whose requests break off or race: what was asked for is finished, and nothing is half done."""

from collections.abc import Awaitable, Callable

import pytest

from shared.domain.accounts import Connection, PrivacyPolicy, Status
from shared.domain.failures import Reason, Stale, Transient
from shared.domain.settings import Direction, Settings
from shared.sync.companies import Installation, change_overrides, change_settings, consenting_company, install
from shared.sync.errors import UseCaseError
from tests.fakes.identity import FakeServices

PREMIUM, CLASSIC = Installation(plan="premium"), Installation(plan="classic")
LIVE = ("r1", "r2", "room")


@pytest.fixture
async def services() -> FakeServices:
    services = await FakeServices().with_company()
    for resource_id in LIVE:
        connected = Connection(company_id="c1", resource_id=resource_id, status=Status.CONNECTED)
        await services.store.save_connection(connected)
    return services


def dying(at: str, times: int) -> Callable[[str], Awaitable[None]]:
    """Trouble that lets `times - 1` calls through and breaks the next one."""
    left = times

    async def trouble(moment: str) -> None:
        nonlocal left
        if moment == at:
            left -= 1
            if left == 0:
                raise Transient("died")

    return trouble


async def statuses(services: FakeServices) -> list[Status]:
    return [connection.status async for connection, _ in services.store.connections("c1")]


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("after save_company", 1),
        *[("before save_connection", number) for number in (1, 2, 3)],
        *[("after save_connection", number) for number in (1, 2, 3)],
    ],
)
async def test_a_downgrade_that_dies_at_any_point_is_finished_by_the_next_request(
    services: FakeServices, moment: str, number: int
) -> None:
    quiet = services.store.trouble
    services.store.trouble = dying(moment, number)
    with pytest.raises(Transient):
        await install(services, "c1", CLASSIC)
    services.store.trouble = quiet
    await install(services, "c1", CLASSIC)
    assert await statuses(services) == [Status.PAUSED] * 3


async def test_an_upgrade_wakes_each_connection_once_however_often_it_is_told(services: FakeServices) -> None:
    await install(services, "c1", CLASSIC)
    await install(services, "c1", PREMIUM)
    await install(services, "c1", PREMIUM)
    assert [(wake.resource_id, wake.job) for wake in services.wakes.take()] == [(name, "catch_up") for name in LIVE]
    assert await statuses(services) == [Status.CONNECTED] * 3


async def test_a_connection_that_breaks_while_the_plan_pauses_it_keeps_its_own_reason(services: FakeServices) -> None:
    quiet, broken = services.store.trouble, False

    async def breaks_first(moment: str) -> None:
        nonlocal broken
        if moment == "before save_connection" and not broken:
            broken = True
            now = await services.connection("r1")
            lost = Connection(
                company_id="c1",
                resource_id="r1",
                status=Status.RECONNECT_NEEDED,
                reason=Reason.ACCESS_REVOKED,
                etag=now.etag,
            )
            await services.store.save_connection(lost)

    services.store.trouble = breaks_first
    await install(services, "c1", CLASSIC)
    services.store.trouble = quiet
    found = await services.connection("r1")
    assert (found.status, found.reason) == (Status.RECONNECT_NEEDED, Reason.ACCESS_REVOKED)
    assert await services.store.log("c1", "r1", 10, "") == ([], None)


async def test_a_connection_that_was_not_paused_after_all_has_no_line_that_says_so(services: FakeServices) -> None:
    await install(services, "c1", CLASSIC)
    await install(services, "c1", CLASSIC)
    lines, _ = await services.store.log("c1", "r1", 10, "")
    assert [line.rule for line in lines] == ["paused"]


async def test_two_administrators_choices_for_one_resource_are_both_kept(services: FakeServices) -> None:
    quiet, met = services.store.trouble, False

    async def meanwhile(moment: str) -> None:
        nonlocal met
        if moment == "before save_connection" and not met:
            met = True
            await change_overrides(services, "c1", "r1", {"timify_to_outlook.notes": "on"})

    services.store.trouble = meanwhile
    await change_overrides(services, "c1", "r1", {"direction": "outlook_to_timify"})
    services.store.trouble = quiet
    assert (await services.connection()).overrides == {
        "direction": "outlook_to_timify",
        "timify_to_outlook.notes": "on",
    }


async def test_settings_saved_during_an_update_of_the_company_do_not_undo_it(services: FakeServices) -> None:
    quiet, met = services.store.trouble, False

    async def meanwhile(moment: str) -> None:
        nonlocal met
        if moment == "before save_company" and not met:
            met = True
            await install(services, "c1", Installation(plan="enterprise", locale="fr"))

    services.store.trouble = meanwhile
    await change_settings(services, "c1", Settings(direction=Direction.OUTLOOK_TO_TIMIFY))
    services.store.trouble = quiet
    company = await consenting_company(services, "c1")
    assert (company.plan, company.locale, company.settings.direction, company.settings_version) == (
        "enterprise",
        "fr",
        "outlook_to_timify",
        2,
    )


async def test_a_race_without_an_end_is_told_and_not_fought_for_ever(services: FakeServices) -> None:
    async def always(moment: str) -> None:
        if moment == "before save_company":
            raise Stale("etag")

    services.store.trouble = always
    with pytest.raises(UseCaseError) as refusal:
        await install(services, "c1", PREMIUM)
    assert refusal.value.code == "busy"


async def test_consent_is_who_when_and_which_version(services: FakeServices) -> None:
    policy = PrivacyPolicy(version="9", accepted_by="admin-9", accepted_at=services.now())
    await install(services, "c1", Installation(plan="premium", privacy_policy=policy))
    await install(services, "c1", PREMIUM)
    assert (await consenting_company(services, "c1")).privacy_policy == policy
