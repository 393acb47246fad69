"""Installing and updating a company over the API."""

import asyncio
from typing import Any

import pytest

from functions.backend_api import ROUTES, Route
from shared.domain.accounts import Status
from shared.domain.failures import Reason
from tests.functions.api_world import INSTALLATION, POLICY, World


@pytest.fixture
def world() -> World:
    return World()


async def statuses(world: World) -> dict[str, tuple[Status, Reason | None, Status | None]]:
    found = [connection async for connection, _ in world.store.connections("acme")]
    return {c.resource_id: (c.status, c.reason, c.paused_from) for c in found}


async def test_install_answers_everything_that_is_known_of_the_company(world: World) -> None:
    answer = await world.install()
    assert answer.status == 201
    assert answer.data == {
        "id": "acme",
        "plan": "premium",
        "eligible": True,
        "locale": "de",
        "timezone": "Europe/Berlin",
        "privacy_policy": POLICY,
        "settings_version": 1,
        "installed_at": "2026-11-23T09:00:00Z",
        "uninstalled_at": None,
    }
    assert (await world.call("GET", "/companies/acme")).data == answer.data


async def test_a_second_install_is_an_update_and_not_a_new_beginning(world: World) -> None:
    await world.install()
    world.later(days=1)
    answer = await world.install(plan="Enterprise", locale="fr-CA")
    assert answer.status == 200
    assert (answer.data["plan"], answer.data["locale"]) == ("Enterprise", "fr-CA")
    assert answer.data["installed_at"] == "2026-11-23T09:00:00Z"


@pytest.mark.parametrize("plan", ["classic", "free", "premium plus"])
async def test_a_plan_without_the_sync_is_refused_and_leaves_no_trace(world: World, plan: str) -> None:
    answer = await world.install(plan=plan)
    assert (answer.status, answer.code) == (403, "not-eligible")
    assert "Premium and Enterprise" in answer.data["detail"]
    assert await world.store.company("acme") is None


async def test_downgrade_pauses_what_lives_and_deletes_nothing(world: World) -> None:
    await world.install()
    await world.connect("r0", status=Status.CONNECTED)
    await world.connect("r1", status=Status.IMPORTING)
    await world.connect("r2", status=Status.RECONNECT_NEEDED, reason=Reason.SIGN_IN_EXPIRED)
    answer = await world.install(plan="classic")
    assert (answer.status, answer.data["eligible"]) == (200, False)
    found = await statuses(world)
    assert found == {
        "r0": (Status.PAUSED, Reason.PLAN_NOT_ELIGIBLE, Status.CONNECTED),
        "r1": (Status.PAUSED, Reason.PLAN_NOT_ELIGIBLE, Status.IMPORTING),
        "r2": (Status.RECONNECT_NEEDED, Reason.SIGN_IN_EXPIRED, None),
    }
    assert world.wakes.sent == []


async def test_upgrade_goes_on_where_it_was_and_catches_up_on_what_was_missed(world: World) -> None:
    await world.install()
    await world.connect("r0", status=Status.CONNECTED)
    await world.connect("r1", status=Status.IMPORTING)
    await world.install(plan="classic")
    world.later(days=3)
    await world.install(plan="premium")
    found = await statuses(world)
    assert found == {"r0": (Status.CONNECTED, None, None), "r1": (Status.IMPORTING, None, None)}
    assert [(w.resource_id, w.job, w.cause, w.outlook) for w in world.wakes.sent] == [
        ("r0", "catch_up", "person", True),
        ("r1", "import", "person", True),
    ]


async def test_upgrade_leaves_what_was_paused_for_another_reason(world: World) -> None:
    await world.install(plan="premium")
    braked = await world.connect("r0", status=Status.PAUSED, paused_from=Status.CONNECTED)
    await world.install(plan="enterprise")
    assert await world.connection("r0") == braked
    assert world.wakes.sent == []


async def test_a_downgrade_that_broke_off_is_finished_by_asking_again(world: World) -> None:
    await world.install()
    await world.install(plan="classic")
    await world.connect("r0", status=Status.CONNECTED)
    await world.install(plan="classic")
    assert (await world.connection("r0")).status is Status.PAUSED


async def test_the_resource_log_says_why_the_sync_paused_and_went_on(world: World) -> None:
    await world.install()
    await world.connect("r0", status=Status.CONNECTED)
    await world.install(plan="classic")
    await world.install(plan="premium")
    lines = (await world.call("GET", "/companies/acme/resources/r0/log")).data["items"]
    assert [(line["rule"], line["detail"]) for line in lines] == [
        ("resumed", "plan_not_eligible"),
        ("paused", "plan_not_eligible"),
    ]
    assert lines[1]["text"] == "The company's plan changed: the sync was paused. (the plan does not include the sync)"


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.open], ids=lambda r: f"{r.method} {r.path}")
async def test_nothing_works_before_the_privacy_policy_is_accepted(world: World, route: Route) -> None:
    installation = {name: value for name, value in INSTALLATION.items() if name != "privacy_policy"}
    assert (await world.call("PUT", "/companies/acme", installation)).data["privacy_policy"] is None
    path = route.path.removeprefix("api/v1").format(company_id="acme", resource_id="r0", conflict_id="c0")
    answer = await world.call(route.method, path, {})
    assert (answer.status, answer.code) == (403, "policy-not-accepted")


async def test_an_update_without_the_policy_does_not_lose_who_accepted_it(world: World) -> None:
    await world.install()
    answer = await world.call("PUT", "/companies/acme", {"plan": "enterprise"})
    assert answer.data["privacy_policy"] == POLICY
    assert (answer.data["timezone"], answer.data["locale"]) == ("Europe/Berlin", "de")


async def test_a_newly_accepted_version_of_the_policy_is_kept(world: World) -> None:
    await world.install()
    newer = {"version": "4", "accepted_by": "admin-8", "accepted_at": "2026-11-20T12:00:00+02:00"}
    answer = await world.install(privacy_policy=newer)
    assert answer.data["privacy_policy"] == {**newer, "accepted_at": "2026-11-20T10:00:00Z"}


async def test_coming_back_needs_consent_again_and_finds_the_settings(world: World) -> None:
    await world.install()
    await world.call("PUT", "/companies/acme/settings", {"direction": "outlook_to_timify"})
    await world.leave()
    answer = await world.call("PUT", "/companies/acme", {"plan": "premium"})
    assert (answer.status, answer.data["privacy_policy"], answer.data["uninstalled_at"]) == (201, None, None)
    await world.install()
    assert (await world.call("GET", "/companies/acme/settings")).data["direction"] == "outlook_to_timify"


async def test_a_company_that_left_cannot_come_back_on_a_plan_without_the_sync(world: World) -> None:
    await world.install()
    left = await world.leave()
    answer = await world.install(plan="classic")
    assert (answer.status, answer.code) == (403, "not-eligible")
    assert await world.company() == left


async def test_who_never_installed_and_who_left_are_told_apart(world: World) -> None:
    assert (await world.call("GET", "/companies/acme")).code == "unknown-company"
    await world.install()
    await world.leave()
    answer = await world.call("GET", "/companies/acme/settings")
    assert (answer.status, answer.code) == (410, "uninstalled")


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("timezone", "Europe/Atlantis", "#/timezone"),
        ("timezone", "../../etc/passwd", "#/timezone"),
        ("timezone", "Europe", "#/timezone"),
        ("locale", "Deutsch bitte", "#/locale"),
        ("plan", None, "#/plan"),
        ("plan", "  ", "#/plan"),
        ("plan", "pre\x00mium", "#/plan"),
        ("plann", "premium", "#/plann"),
        ("privacy_policy", {"version": "3", "accepted_by": "a"}, "#/privacy_policy/accepted_at"),
        ("privacy_policy", {**POLICY, "accepted_at": "2026-11-01T10:00:00"}, "#/privacy_policy/accepted_at"),
        ("privacy_policy", {**POLICY, "accepted_at": "0001-01-01T00:00:00+23:59"}, "#/privacy_policy/accepted_at"),
        ("privacy_policy", {**POLICY, "accepted_at": 1700000000}, "#/privacy_policy/accepted_at"),
        ("privacy_policy", {**POLICY, "who/ever~": 1}, "#/privacy_policy/who~1ever~0"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_installed(
    world: World, field: str, value: Any, pointer: str
) -> None:
    answer = await world.install(**{field: value})
    assert (answer.status, answer.code) == (400, "invalid")
    assert answer.pointers == [pointer]
    assert await world.store.company("acme") is None


async def test_two_updates_at_the_same_moment_both_arrive(world: World) -> None:
    await world.install()
    world.lose_races(1)
    await asyncio.gather(
        world.call("PUT", "/companies/acme/settings", {"direction": "timify_to_outlook"}),
        world.call("PUT", "/companies/acme", {"plan": "enterprise"}),
    )
    company = await world.company()
    assert (company.plan, company.settings.direction) == ("enterprise", "timify_to_outlook")


async def test_an_endless_race_ends_in_a_clear_answer(world: World) -> None:
    await world.install()
    world.lose_races(100)
    answer = await world.install(plan="enterprise")
    assert (answer.status, answer.code) == (409, "busy")
