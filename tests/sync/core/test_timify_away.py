"""TIMIFY does not answer when a webhook must be understood."""

import pytest

from shared.domain.failures import Broken, Failure, Reason, Throttled, Transient
from shared.sync.ports import Wake
from tests.sync.core.world import COMPANY, World, at

AWAY = [Transient("timify_503"), Throttled("timify_429", 9.0), Broken(Reason.OUR_CREDENTIALS, "timify_401")]


def webhook(world: World, *bookings: str, company: str = COMPANY) -> Wake:
    """As TIMIFY sends it when it does not say whose bookings they are."""
    return Wake(company_id=company, cause="webhook", at=world.now(), bookings=bookings)


@pytest.mark.parametrize("failure", AWAY, ids=lambda failure: failure.code)
async def test_a_webhook_waits_until_its_booking_can_be_read(failure: Failure) -> None:
    world = await World().connect()
    booking = world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    world.fail("timify", "resources_of", "before", failure)
    await world.worker.handle(webhook(world, booking))
    await world.drain()
    assert len(world.copies_in_outlook()) == 1


@pytest.mark.parametrize("failure", AWAY, ids=lambda failure: failure.code)
async def test_news_of_a_resource_wait_until_it_can_be_read(failure: Failure) -> None:
    world = await World().connect()
    world.fail("timify", "resource", "before", failure)
    wake = Wake(company_id=COMPANY, resource_id="r1", cause="webhook", at=world.now(), job="resource")
    await world.worker.handle(wake)
    assert len(world.wakes) == 1


async def test_a_webhook_that_names_a_known_and_a_new_booking_reaches_both_resources() -> None:
    world = World("r1", "r2")
    known = world.salon.add(["r1"], at(3, "09:00"), 60, service="Cut")
    await world.connect()
    new = world.salon.add(["r2"], at(4, "09:00"), 60, service="Cut")
    await world.worker.handle(webhook(world, known, new))
    while len(world.wakes):
        await world.deliver()
    assert len(world.copies_in_outlook("r2")) == 1


async def test_a_webhook_of_a_company_that_never_installed_asks_nobody() -> None:
    world = await World().connect()
    world.fail("timify", "resources_of", "before", Broken(Reason.OUR_CREDENTIALS, "timify_403"))
    await world.worker.handle(webhook(world, "a1", company="nobody"))
    assert len(world.wakes) == 0
    assert len(world.faults) == 1
