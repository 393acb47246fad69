"""An operator follows a notification to what it led to, by one name and one line for each round."""

import logging

import pytest

from shared.domain.accounts import Status
from shared.domain.failures import Broken, Reason, Throttled
from shared.sync.ports import Wake
from tests.log_lines import fields, told
from tests.sync.core.world import COMPANY, World, span

NAME = "aaaaaaaaaaaa4bcd"


@pytest.fixture(autouse=True)
def all_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def notified(world: World, name: str = NAME) -> Wake:
    return Wake(
        company_id=COMPANY, resource_id="r1", cause="notification", at=world.now(), outlook=True, correlation=name
    )


async def test_a_notification_is_followed_to_its_writes(caplog: pytest.LogCaptureFixture) -> None:
    world = await World().connect()
    world.outlook_calendar.add(span(2, "09:00", "10:00"), "Team")
    caplog.clear()
    await world.hand_over(notified(world))
    (line,) = told(caplog.records, "round")
    wanted = {"job": "round", "cause": "notification", "outcome": "done", "writes": "1", "conflicts": "0", "tries": "0"}
    whose = {"company": COMPANY, "resource": "r1", "correlation": NAME, "status": "connected", "subscribed": "yes"}
    assert line.items() >= (wanted | whose).items()
    assert 0 < int(line["lag_ms"]) < 1000
    assert int(line["took_ms"]) >= 0


async def test_what_was_read_already_is_not_missing_from_the_log(caplog: pytest.LogCaptureFixture) -> None:
    world = await World().connect()
    early = notified(world)
    await world.hand_over(notified(world, "f" * 16))
    caplog.clear()
    await world.hand_over(early)
    (line,) = told(caplog.records, "round")
    assert (line["outcome"], line["correlation"], line["writes"]) == ("covered", NAME, "0")


async def test_a_round_that_is_put_off_keeps_its_name_on_every_line(caplog: pytest.LogCaptureFixture) -> None:
    world = await World().connect()
    world.fail("outlook", "delta", "before", Throttled("429", 30.0))
    caplog.clear()
    await world.hand_over(notified(world))
    _, again = world.wakes.pop()
    assert (again.correlation, again.tries) == (NAME, 1)
    assert [fields(record.getMessage())["correlation"] for record in caplog.records] == [NAME, NAME]
    assert told(caplog.records, "round")[0]["outcome"] == "put_off"
    assert caplog.messages[0].startswith("put off: job=round failure=Throttled code=429 ")


async def test_a_connection_that_needs_reconnecting_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    world = await World().connect()
    world.fail("outlook", "delta", "before", Broken(Reason.SIGN_IN_EXPIRED))
    await world.hand_over(notified(world))
    await world.hand_over(notified(world))
    (stopped,) = told(caplog.records, "stopped")
    assert stopped.items() >= {"status": Status.RECONNECT_NEEDED, "reason": "sign_in_expired", "resource": "r1"}.items()
    assert [line["outcome"] for line in told(caplog.records, "round")][-2:] == ["broken", "dormant"]


async def test_one_persons_trouble_wakes_nobody_who_is_on_call_for_the_apps_own_credentials(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The alert own-credentials looks for a line that is put off with failure=Broken."""
    world = await World().connect()
    world.fail("outlook", "delta", "before", Broken(Reason.RESOURCE_GONE, "timify_404"))
    world.fail("outlook", "delta", "before", Broken(Reason.OUR_CREDENTIALS, "AADSTS7000215"))
    world.fail("outlook", "delta", "before", Broken(Reason.ACCESS_REVOKED, "AADSTS65001"))
    caplog.clear()
    for _ in range(3):
        await world.hand_over(notified(world))
    alarms = [line for line in caplog.messages if line.startswith("put off:") and "failure=Broken" in line]
    assert [fields(line)["code"] for line in alarms] == ["AADSTS7000215"]
    doubted = next(line for line in caplog.messages if line.startswith("not believed yet: "))
    assert fields(doubted)["reason"] == Reason.RESOURCE_GONE
    assert [line["outcome"] for line in told(caplog.records, "round")] == ["put_off", "put_off", "broken"]


async def test_a_calendar_without_notifications_shows_in_its_rounds(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.outlook_calendar.silent = True
    await world.connect()
    caplog.clear()
    await world.sweep()
    assert {line["subscribed"] for line in told(caplog.records, "round")} == {"no"}


async def test_new_conflicts_and_what_a_round_was_told_to_wait_for_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = await World().connect()
    world.salon.add(["r1"], span(2, "09:00", "10:00").start, 60, service="Cut", customers=("Mia",))
    await world.drain()
    world.outlook_calendar.add(span(2, "09:30", "10:30"), "Clash")
    caplog.clear()
    await world.hand_over(notified(world))
    assert int(told(caplog.records, "round")[0]["conflicts"]) == len(await world.conflicts()) > 0


async def test_a_round_that_fails_says_so_before_the_host_does(caplog: pytest.LogCaptureFixture) -> None:
    world = await World().connect()

    async def trouble(moment: str) -> None:
        if moment == "before open":
            raise RuntimeError("an address, perhaps")

    world.store.trouble = trouble
    caplog.clear()
    with pytest.raises(RuntimeError):
        await world.hand_over(notified(world))
    assert [line["outcome"] for line in told(caplog.records, "round")] == ["failed"]
    assert "address" not in caplog.text


async def test_a_booking_of_two_resources_is_followed_to_both(caplog: pytest.LogCaptureFixture) -> None:
    world = await World("r1", "r2").connect()
    booking = world.salon.add(["r1", "r2"], span(2, "09:00", "10:00").start, 60, service="Cut", customers=("Mia",))
    caplog.clear()
    await world.hand_over(
        Wake(
            company_id=COMPANY,
            cause="webhook",
            at=world.now(),
            bookings=(booking,),
            resources=("r1", "r2"),
            correlation=NAME,
        )
    )
    await world.deliver()
    lines = told(caplog.records, "round")
    assert {(line["resource"], line["correlation"]) for line in lines} == {("r1", NAME), ("r2", NAME)}
