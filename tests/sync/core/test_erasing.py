"""Whoever wants to be forgotten is: no row stays, the calendars are left tidy, and no late message brings it back."""

import json

import pytest

from shared.domain.accounts import LogLine, Status
from shared.domain.failures import Transient
from shared.sync import disable
from shared.sync.erasing import erase_resource, export_resource, left_of
from shared.sync.keeping import Errand, Invitation
from shared.sync.ports import Wake
from tests.sync.core.world import COMPANY, World, at, span

JOBS = (
    "round",
    "import",
    "catch_up",
    "check",
    "poll",
    "renew",
    "resubscribe",
    "resource",
    "remove",
    "disconnect",
    "remind",
    "digest",
    "erase",
    "tidy",
)


async def synced() -> World:
    """Two resources with one copy on each side of the first, and an invitation and an errand of each."""
    world = World("r1", "r10")
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    await world.connect()
    for name in ("r1", "r10"):
        invitation = Invitation(
            token_hash=name * 8, company_id=COMPANY, resource_id=name, expires_at=world.now(), link="sealed-link"
        )
        await world.invitations.save(invitation)
        errand = Errand(job="remind", company_id=COMPANY, resource_id=name, due=world.now())
        await world.store.schedule_errand(errand)
    return world


def copies(world: World) -> int:
    return len(world.copies_in_timify()) + len(world.copies_in_outlook())


async def test_nothing_is_left_of_who_is_erased_and_all_of_the_next() -> None:
    world = await synced()
    before = await left_of(world, COMPANY, "r10")
    kinds = {"connection", "state", "link", "pointer", "log", "calendar", "renewal", "errand", "invitation", "tokens"}
    assert kinds <= (await left_of(world, COMPANY, "r1")).keys()
    world.given_up.lying = [(COMPANY, "r1"), (COMPANY, "r10")]
    await erase_resource(world, COMPANY, "r1")
    await world.drain()
    assert await left_of(world, COMPANY, "r1") == {}
    assert await left_of(world, COMPANY, "r10") == before
    assert world.given_up.lying == [(COMPANY, "r10")]
    assert copies(world) == 0
    assert world.outlook_calendar.subscriptions == {}
    assert [event.title for event in world.outlook_calendar.events] == ["Team"]
    assert [mail.kind for mail in world.mail.sent].count("disabled") == 1


async def test_copies_that_shall_stay_stay() -> None:
    world = await synced()
    await erase_resource(world, COMPANY, "r1", disable.KEEP)
    await world.drain()
    assert await left_of(world, COMPANY, "r1") == {}
    assert copies(world) == 2


async def test_the_person_is_told_before_the_rows_go() -> None:
    world = await synced()
    begun = world.now()
    await erase_resource(world, COMPANY, "r1")
    await world.drain()
    assert (world.now() - begun).total_seconds() >= 60


@pytest.mark.parametrize("job", JOBS)
async def test_a_late_message_brings_nothing_back(job: str) -> None:
    world = await synced()
    await erase_resource(world, COMPANY, "r1")
    await world.drain()
    (appointment, *_) = world.salon.entries
    await world.hand_over(
        Wake(
            company_id=COMPANY,
            resource_id="r1",
            cause="notification",
            at=world.now(),
            job=job,
            outlook=True,
            bookings=(appointment,),
        )
    )
    world.outlook_calendar.add(span(4, "09:00", "10:00"), "Later")
    await world.drain()
    assert await left_of(world, COMPANY, "r1") == {}
    assert copies(world) == 0


async def test_asking_twice_or_of_somebody_unknown_does_no_harm() -> None:
    world = await synced()
    for resource in ("r1", "r1", "nobody"):
        await erase_resource(world, COMPANY, resource)
    await world.drain()
    await erase_resource(world, COMPANY, "r1")
    await world.drain()
    assert await left_of(world, COMPANY, "r1") == await left_of(world, COMPANY, "nobody") == {}


async def test_who_connects_again_meanwhile_is_not_erased() -> None:
    world = await synced()
    await erase_resource(world, COMPANY, "r1")
    await world.connect_one("r1")
    await world.drain()
    assert (await world.connection("r1")).status is Status.CONNECTED
    assert await world.vault.load(COMPANY, "r1") == "grant"
    assert copies(world) == 2
    assert [call for call, _ in world.outlook_calendar.calls if call in ("unsubscribe", "delete")] == []


async def test_an_erasure_that_breaks_off_comes_to_its_end() -> None:
    world = await synced()
    usual, moments = world.store.trouble, ["after forget_connection", "before forget_connection"]

    async def trouble(now: str) -> None:
        if moments and now == moments[-1]:
            moments.pop()
            raise Transient("503")
        await usual(now)

    world.store.trouble = trouble
    await erase_resource(world, COMPANY, "r1")
    await world.drain()
    assert moments == []
    assert await left_of(world, COMPANY, "r1") == {}


async def test_an_export_holds_all_that_is_kept_and_no_key_to_anything() -> None:
    world = await synced()
    await world.store.append_log(COMPANY, "r1", LogLine(at=world.now(), cause="person", rule="invited"))
    exported = await export_resource(world, COMPANY, "r1")
    text = json.dumps(exported)
    assert exported["tokens"] is True
    assert len(exported["kept"]["link"]) == 2
    assert exported["kept"]["connection"][0]["account"] == "r1.tenant"
    assert any(line["rule"] == "invited" for line in exported["kept"]["log"])
    state = await world.store.state(COMPANY, "r1")
    assert state.delta_link
    for secret in ("grant", "sealed-link", state.delta_link, "Team"):
        assert secret not in text
    assert "r10" not in text


async def test_an_export_of_somebody_unknown_says_that_nothing_is_kept() -> None:
    exported = await export_resource(await synced(), COMPANY, "nobody")
    assert (exported["tokens"], exported["kept"]) == (False, {})
