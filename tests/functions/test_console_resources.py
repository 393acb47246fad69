"""One resource: its own choices, and what can be done to it."""

from datetime import timedelta

import pytest

from shared.domain.accounts import Connection, Mailbox, RoundState, Status
from shared.domain.failures import Reason
from shared.domain.settings import Settings, flatten, to_dict
from shared.sync.brake import GO_AHEAD
from shared.sync.ports import Resource
from tests.functions.api_world import NOW
from tests.functions.console_world import ConsoleWorld

MAILBOX = Mailbox(account="oid.tid", calendar_id="main")


async def entered(status: Status = Status.CONNECTED, **facts: object) -> ConsoleWorld:
    world = ConsoleWorld()
    await world.enter()
    given = {"mailbox": MAILBOX, "connected_at": NOW, **facts}
    await world.connect("r0", status=status, **given)
    return world


async def test_every_setting_can_follow_the_company_or_be_the_resources_own() -> None:
    world = await entered()
    page = await world.get("resources/r0", partial=True)
    for name in ("direction", "outlook_to_timify.anonymous", "timify_to_outlook.deleted_in_outlook"):
        assert f'name="{name}"' in page.html
    assert page.html.count("As the company: ") == len(flatten(to_dict(Settings())))
    await world.post("resources/r0", {"direction": "timify_to_outlook", "outlook_to_timify.free": "sync"})
    assert (await world.connection("r0")).overrides == {
        "direction": "timify_to_outlook",
        "outlook_to_timify.free": "sync",
    }
    await world.post("resources/r0", {"direction": "", "outlook_to_timify.free": "sync"})
    assert (await world.connection("r0")).overrides == {"outlook_to_timify.free": "sync"}


async def test_a_made_up_value_is_refused_and_nothing_is_saved() -> None:
    world = await entered()
    await world.post("resources/r0", {"outlook_to_timify.free": "sync", "direction": "sideways"})
    assert world.last.status_code == 400
    assert (await world.connection("r0")).overrides == {}


async def test_own_settings_are_marked_and_can_be_dropped() -> None:
    world = await entered(overrides={"direction": "timify_to_outlook"})
    assert "Own settings" in (await world.get("overview")).html
    page = await world.post("resources/r0/follow")
    assert (await world.connection("r0")).overrides == {}
    assert "Own settings" not in page.html
    assert "choices-r0" in page.by_id, "the form shows what holds now"


async def test_an_action_leaves_what_is_chosen_in_the_form_alone() -> None:
    world = await entered()
    page = await world.post("resources/r0/check")
    assert {"live-r0", "head-r0"} <= set(page.by_id)
    assert "choices-r0" not in page.by_id
    assert [wake.job for wake in world.wakes.sent] == ["check"]


@pytest.mark.parametrize(("copies", "keep"), [("keep", True), ("go_on", False)])
async def test_after_the_brake_a_person_says_whether_what_is_gone_stays(copies: str, keep: bool) -> None:
    world = await entered(Status.PAUSED, reason=Reason.MANY_DELETIONS, paused_from=Status.CONNECTED)
    page = await world.get("resources/r0")
    assert [field["value"] for field in page.inputs if field.get("name") == "copies"] == ["keep", "go_on"]
    assert "checked" in next(field for field in page.inputs if field.get("value") == "keep"), "the harmless one"
    await world.post("resources/r0/resume", {"copies": copies})
    assert [(wake.cause, wake.keep) for wake in world.wakes.sent] == [(GO_AHEAD, keep)]


async def test_a_pause_by_the_plan_offers_no_button_that_cannot_work() -> None:
    world = await entered(Status.PAUSED, reason=Reason.PLAN_NOT_ELIGIBLE, paused_from=Status.CONNECTED)
    assert "/resume" not in (await world.get("resources/r0")).html


async def test_an_invitation_is_revoked() -> None:
    world = ConsoleWorld()
    await world.enter()
    await world.post("invitations", {"resource_id": "r0.0"})
    assert "/revoke" in (await world.get("resources/r0")).html
    page = await world.post("resources/r0/revoke")
    assert (await world.connection("r0")).status is Status.NOT_INVITED
    assert "/revoke" not in page.html


async def test_disabling_asks_what_happens_to_the_copies_and_counts_them_first() -> None:
    world = await entered()
    await world.round("r0", RoundState())
    question = await world.get("resources/r0/disable", partial=True)
    assert "Removed from Outlook: 0, from TIMIFY: 0." in question.html
    assert (await world.connection("r0")).status is Status.CONNECTED
    page = await world.post("resources/r0/disable", {"copies": "keep"})
    assert (await world.connection("r0")).status is Status.DISABLED
    assert [wake.job for wake in world.wakes.sent] == ["disconnect"]
    assert "dialog" in page.by_id, "the dialogue goes"


async def test_a_forged_choice_about_copies_disables_nothing() -> None:
    world = await entered()
    for forged in ({}, {"copies": "all"}):
        await world.post("resources/r0/disable", forged)
    assert (await world.connection("r0")).status is Status.CONNECTED


async def test_who_waits_for_an_answer_has_nothing_to_count_before_disabling() -> None:
    world = await entered(Status.AWAITING_CONFIRMATION, mailbox=None)
    assert "Keep all copies" in (await world.get("resources/r0/disable")).html


async def test_a_resource_that_is_gone_can_be_tidied_up() -> None:
    world = await entered()
    await world.connect("gone", status=Status.CONNECTED, mailbox=MAILBOX)
    await world.post("resources/gone/disable", {"copies": "remove_future"})
    assert world.last.status_code == 200
    assert world.last.headers["HX-Redirect"].endswith("/overview")
    assert (await world.connection("gone")).status is Status.DISABLED
    assert "gone" not in (await world.get("overview")).html


async def test_a_resource_that_nobody_knows_has_no_page() -> None:
    world = await entered()
    await world.get("resources/nobody")
    assert world.last.status_code == 404


@pytest.mark.parametrize("action", ["revoke", "check", "resume", "disable", "follow", ""])
@pytest.mark.parametrize("resource", ["theirs", "nobody", "a" * 64, "-", "__proto__"])
async def test_an_id_of_another_company_or_of_nobody_leaves_nothing_behind(action: str, resource: str) -> None:
    world = ConsoleWorld()
    await world.enter()
    await world.install("rival")
    world.rival.add_resource(Resource(id="theirs", name="Theirs", email="theirs@rival.example"))
    await world.store.save_connection(Connection(company_id="rival", resource_id="theirs", status=Status.PAUSED))
    await world.post(f"resources/{resource}/{action}".rstrip("/"), {"copies": "keep", "direction": "two_way"})
    assert world.last.status_code in (404, 409)
    assert [each async for each, _ in world.store.connections("acme")] == []
    assert [each async for each in world.store.due_errands(NOW + timedelta(days=99))] == []
    assert (world.wakes.sent, world.mail.sent) == ([], [])
    theirs = await world.store.connection("rival", "theirs")
    assert theirs is not None
    assert theirs.status is Status.PAUSED
