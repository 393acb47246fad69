"""From the invitation to the connected calendar, and every way in which it may fail."""

import asyncio

import pytest

from dev.actors import Failed
from tests.stack.world import Json, World

pytestmark = pytest.mark.stack

# person: (mailbox, reason on the page, status in the overview)
OUTCOMES: dict[str, tuple[Json, str, str]] = {
    "declined": ({"consent": "declined"}, "consent_declined", "failed"),
    "approval": ({"consent": "admin_required"}, "admin_approval_required", "awaiting_confirmation"),
    "premises": ({"kind": "on_premises"}, "mailbox_on_premises", "failed"),
    "unlicensed": ({"kind": "unlicensed"}, "mailbox_on_premises", "failed"),
    "readonly": (
        {"calendars": [{"name": "Holidays", "canEdit": False, "events": []}]},
        "calendar_read_only",
        "failed",
    ),
}


async def test_every_mailbox_that_cannot_be_synced_is_explained_to_all_and_connects_once_it_can(world: World) -> None:
    await world.open(*OUTCOMES)
    await asyncio.gather(*(_fails_first(world, person, *outcome) for person, outcome in OUTCOMES.items()))
    await world.actors.quiet()
    for person in OUTCOMES:
        assert (await world.line(person))["status"] == "connected", person
        assert await world.actors.mails("connected", world.upn(person)), person


async def _fails_first(world: World, person: str, mailbox: Json, reason: str, status: str) -> None:
    await world.put_mailbox(person, **mailbox)
    link = await world.actors.invite(world.company_id, world.resource(person))
    assert (await world.line(person))["status"] == "awaiting_confirmation"
    outcome = await world.actors.connect(link, world.upn(person))
    assert (outcome["status"], outcome["reason"]) == ("failed", reason), person
    line = await world.line(person)
    assert (line["status"], line["reason"]) == (status, reason), person

    async def told() -> list[Json]:
        return await world.actors.mails("failed", world.upn(person))

    [mail] = await world.actors.until(told, f"the mail to {person}")
    assert mail["link"] == link, "the invitation can be used again"
    assert ('id="admin-consent"' in outcome["page"]) is (reason == "admin_approval_required")

    await world.put_mailbox(person)
    mended = await world.actors.connect(link, world.upn(person))
    assert mended["status"] == "importing", (person, mended["reason"])


async def test_only_the_newest_link_works_and_only_once(world: World) -> None:
    await world.open()
    resource = f"resources/{world.resource('anna')}/invitation"

    async def outcome(link: str) -> tuple[str, str]:
        found = await world.actors.connect(link, world.upn("anna"))
        return found["status"], found["reason"]

    first = await world.actors.invite(world.company_id, world.resource("anna"))
    second = await world.actors.invite(world.company_id, world.resource("anna"))
    assert await outcome(first) == ("failed", "link_replaced")
    await world.api("DELETE", resource)
    assert (await world.line())["status"] == "not_invited"
    assert await outcome(second) == ("failed", "link_unknown")
    third = await world.actors.invite(world.company_id, world.resource("anna"))
    assert await outcome(third) == ("importing", "")
    assert await outcome(third) == ("failed", "link_used")
    assert await outcome(f"{third}x") == ("failed", "link_unknown")
    await world.actors.quiet()
    assert (await world.line())["status"] == "connected"


async def test_a_downgrade_pauses_without_deleting_and_an_upgrade_catches_up(world: World) -> None:
    await world.open()
    moved = await world.add(world.event("Moved meanwhile", 0, "09:00", "10:00"))
    gone = await world.book(world.at(0, "12:00"))
    await world.connect()
    copies = await world.booking_copies(), await world.event_copies()

    await world.actors.install(world.company_id, "basic")
    assert (await world.line())["reason"] == "plan_not_eligible"
    assert (await world.line())["status"] == "paused"
    await world.actors.forget_journals()
    await world.edit(moved, world.when(1, "09:00", "10:00"))
    await world.cancel(gone)
    await world.add(world.event("New meanwhile", 0, "15:00", "16:00"))
    await world.book(world.at(1, "12:00"))
    await world.actors.quiet()
    assert await world.actors.writes() == []
    assert (await world.booking_copies(), await world.event_copies()) == copies
    other = World(world.actors)
    with pytest.raises(Failed):
        await other.open(plan="basic")

    await world.actors.install(world.company_id, "enterprise")
    await world.actors.quiet()
    assert (await world.line())["status"] == "connected"
    assert await world.booking_copies() == [
        ("New meanwhile", *world.span(0, "15:00", "16:00")),
        ("Moved meanwhile", *world.span(1, "09:00", "10:00")),
    ]
    assert await world.event_copies() == [("Haircut", *world.span(1, "12:00", "12:45"))]
    await world.steady()


async def test_the_newer_connection_of_the_same_calendar_wins_and_the_older_is_told(world: World) -> None:
    await world.open("anna", "jonas")
    await world.add(world.event("Meeting", 0, "09:00", "10:00"))
    await world.book(world.at(0, "12:00"), "jonas")
    await world.connect("anna")
    link = await world.actors.invite(world.company_id, world.resource("jonas"))
    outcome = await world.actors.connect(link, world.upn("anna"))
    assert outcome["status"] == "importing", outcome["reason"]
    await world.actors.quiet()

    older, newer = await world.line("anna"), await world.line("jonas")
    assert (older["status"], older["reason"], newer["status"]) == ("disabled", "taken_over", "connected")
    assert len(await world.actors.mails("taken_over", world.upn("anna"))) == 1
    assert ("Meeting", *world.span(0, "09:00", "10:00")) in await world.booking_copies("jonas")
    assert [title for title, *_ in await world.event_copies("anna")] == ["Haircut"]

    await world.add(world.event("Later", 1, "09:00", "10:00"))
    await world.book(world.at(1, "14:00"), "anna")
    await world.actors.quiet()
    assert "Later" in [title for title, *_ in await world.booking_copies("jonas")]
    assert "Later" not in [title for title, *_ in await world.booking_copies("anna")]
    assert len(await world.event_copies("anna")) == 1, "the older connection still writes"
    await world.steady("jonas")


async def test_a_revoked_permission_is_told_once_and_a_new_invitation_makes_nothing_again(world: World) -> None:
    await world.open()
    await asyncio.gather(*(world.add(world.event(f"Meeting {n}", n, "09:00", "10:00")) for n in range(4)))
    await asyncio.gather(*(world.book(world.at(n, "12:00")) for n in range(4)))
    await world.connect()
    await world.actors.send("POST", f"{world.actors.where.outlook}/_sim/mailboxes/{world.upn('anna')}/revoke")

    await world.add(world.event("Unseen", 5, "09:00", "10:00"))
    await world.book(world.at(5, "12:00"))
    await world.actors.quiet()
    line = await world.line()
    assert (line["status"], line["reason"]) == ("reconnect_needed", "access_revoked")
    [mail] = await world.actors.mails("reconnect_needed", world.upn("anna"))
    assert mail["link"].startswith("http"), "the mail brings a link to sign in again"

    await world.actors.forget_journals()
    outcome = await world.actors.connect(mail["link"], world.upn("anna"))
    assert outcome["status"] == "importing", outcome["reason"]
    await world.actors.quiet()
    assert (await world.line())["status"] == "connected"
    writes = await world.actors.writes()
    assert sorted(entry["method"] for entry in writes) == ["POST", "POST"], "only what nobody had seen is made"
    assert len(await world.booking_copies()) == len(await world.event_copies()) == 5
    await world.steady()
