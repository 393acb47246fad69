"""What a process loads for the first message that it ever gets, by the library that Azure runs."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from dev.stack import Stack
from shared.identity.signing import Signer
from shared.storage.wakes import wake_to_json
from shared.sync.ports import Wake
from tests.stack.first_use import first_use
from tests.stack.heavy import NOT_IN_A_ROUND, NOT_IN_A_TIMER, NOT_IN_A_WEBHOOK
from tests.stack.world import World

pytestmark = pytest.mark.stack


async def test_graph_waits_for_nothing_that_a_notification_does_not_need(stack: Stack) -> None:
    state = Signer((stack.settings["SIGNING_KEYS"],)).client_state("nobody", "here")
    use = await first_use("graph_notifications", json.dumps({"value": [{"clientState": state}]}), stack.settings)
    assert (use.status, use.error) == (202, None)
    assert use.loaded(*NOT_IN_A_WEBHOOK) == []
    assert use.loaded("azure.storage.queue") == ["azure.storage.queue"]


async def test_timify_waits_for_nothing_that_a_webhook_does_not_need(stack: Stack) -> None:
    use = await first_use("timify_webhooks", "{}", stack.settings)
    assert (use.status, use.error) == (401, None)
    assert use.loaded(*NOT_IN_A_WEBHOOK) == []


async def test_the_first_round_of_a_worker_with_a_good_token_loads_no_sign_in_and_no_pages(
    stack: Stack, world: World
) -> None:
    await world.open()
    await world.connect()
    await world.actors.forget_journals()
    wake = Wake(
        company_id=world.company_id,
        resource_id=world.resource("anna"),
        cause="notification",
        at=datetime.now(UTC),
        outlook=True,
    )
    use = await first_use("sync_worker", wake_to_json(wake), stack.settings)
    assert use.error is None
    assert await world.cost() == ["GET outlook delta"]
    assert use.loaded(*NOT_IN_A_ROUND) == []


@pytest.mark.parametrize("name", ["renew_subscriptions", "run_errands"])
async def test_a_timer_loads_no_client_of_systems_that_it_never_calls(stack: Stack, name: str) -> None:
    use = await first_use(name, "", stack.settings)
    assert use.error is None
    assert use.loaded(*NOT_IN_A_TIMER) == []


async def test_a_message_that_nobody_understands_is_told_from_one_that_is_done(stack: Stack) -> None:
    """Else a probe that reaches nothing would load nothing, and say that all is well."""
    use = await asyncio.wait_for(first_use("sync_worker", "not json", stack.settings), 60)
    assert use.error is not None
    assert "ValueError" in use.error
