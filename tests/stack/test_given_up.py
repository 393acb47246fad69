"""A round that fails five times is given up, as in Azure. Operations see it, and one command does its work."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from azure.storage.queue.aio import QueueClient

from dev.actors import Actors
from dev.stack import Stack
from dev.stack.parts import ROOT
from tests.stack.world import World

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]

SOONER = {"SYNC_DAYS_AHEAD": "60", "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:01"}
"""A failed message is tried again after one second, instead of ten."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty() -> AsyncIterator[Stack]:
    """A stack that gives up sooner."""
    async with Stack.start(settings=SOONER) as own:
        yield own


async def test_a_round_that_was_given_up_is_seen_and_done_by_one_command(hasty: Stack) -> None:
    async with Actors(hasty.addresses) as actors:
        world = World(actors)
        await world.open()
        await world.connect()
        # an answer that is neither trouble that passes nor a sign-in that ended: nothing in the app tries it again
        await actors.faulty(actors.where.outlook, method="GET", path="/delta", status=400, times=None)
        await world.add(world.event("Dentist", 0, "09:00", "10:00"))
        await actors.quiet()
        assert await world.booking_copies() == []
        await actors.send("DELETE", f"{actors.where.outlook}/_sim/faults")

        async with QueueClient.from_connection_string(hasty.storage, "sync-rounds-poison") as poison:
            (message,) = await poison.peek_messages()
        (given_up,) = (await _ops(hasty, "poison"))["sync-rounds-poison"]["shown"]
        assert (given_up["company_id"], given_up["resource_id"]) == (world.company_id, world.resource("anna"))
        assert (await _ops(hasty, "replay", "--company", "another"))["sync-rounds"]["replayed"] == 0
        assert (await _ops(hasty, "replay"))["sync-rounds"]["replayed"] == 1
        await actors.quiet()

        assert await world.booking_copies() == [("Dentist", *world.span(0, "09:00", "10:00"))]
        assert (await _ops(hasty, "poison"))["sync-rounds-poison"]["messages"] == 0
        await world.steady()

        await actors.forget_journals()
        async with QueueClient.from_connection_string(hasty.storage, "sync-rounds") as rounds:
            await rounds.send_message(message.content)
        await actors.quiet()
        assert await world.cost() == [], "what was done meanwhile, or is sent twice, asks nobody anything"


async def _ops(stack: Stack, *arguments: str) -> dict[str, Any]:
    """What the command line answers about each queue."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops", *arguments, "--json"),
        cwd=ROOT,
        env=os.environ | {"AzureWebJobsStorage": stack.storage},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return {line["queue"]: line for line in json.loads(out)["queues"]}
