"""Operations follow one change through the log of the running app: from its notification to the write and its echo."""

import re

import pytest

from dev.stack import Stack
from tests.log_lines import fields
from tests.stack.world import World

pytestmark = pytest.mark.stack


def lines(stack: Stack, event: str) -> list[dict[str, str]]:
    """What the host was given to write down, of one kind."""
    text = (stack.data / "logs/function-host.log").read_text()
    return [fields(found) for found in re.findall(rf"event={event} .*", text)]


async def test_a_change_is_followed_from_its_notification_to_its_write(stack: Stack, world: World) -> None:
    await world.open()
    await world.connect()
    before = len(lines(stack, "round"))
    await world.add(world.event("Supplier", 0, "12:00", "13:00"))
    await world.actors.quiet()
    rounds = [line for line in lines(stack, "round")[before:] if line["company"] == world.company_id]
    (wrote,) = [line for line in rounds if line["writes"] == "1"]
    assert (wrote["outcome"], wrote["cause"], wrote["status"], wrote["subscribed"]) == (
        "done",
        "notification",
        "connected",
        "yes",
    )
    assert (wrote["graph"], wrote["timify"]) == ("1", "1")
    assert (wrote["messages"], wrote["throttled"]) == ("0", "0")
    assert 3 <= int(wrote["tables"]) <= 8, "docs/cost.md: five or six for a change"
    assert 0 <= int(wrote["lag_ms"]) < 10_000
    arrived = {line["correlation"]: line["source"] for line in lines(stack, "notified")}
    names = [line["correlation"].split(",") for line in rounds]
    assert {arrived[name] for name in wrote["correlation"].split(",")} == {"notification"}
    assert {arrived[name] for each in names for name in each} == {"notification", "webhook"}


async def test_the_timers_say_what_waits(stack: Stack, world: World) -> None:
    await world.actors.run_function("run_errands")
    await world.actors.run_function("renew_subscriptions")
    await world.actors.quiet()
    queues, errands, renewals = (lines(stack, event)[-1] for event in ("queues", "errands", "renewals"))
    assert queues.keys() >= {"rounds", "rounds_oldest_s", "mails", "mails_oldest_s"}
    assert (errands["late"], renewals["overdue"]) == ("0", "0")
