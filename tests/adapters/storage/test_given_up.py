"""What was given up is said in the log, for operations to be alerted by, as long as it lies there."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import ResourceExistsError

from shared.storage.given_up import QUEUES, GivenUpQueues, count, poison_of, report
from shared.storage.queues import queue_client


async def test_messages_that_were_given_up_are_not_forgotten(azurite: str, caplog: pytest.LogCaptureFixture) -> None:
    rounds, mails = (queue_client(azurite, poison_of(queue)) for queue in QUEUES)
    async with rounds, mails:
        for client in (rounds, mails):
            with suppress(ResourceExistsError):
                await client.create_queue()
            await client.clear_messages()
        await report(azurite)
        assert caplog.messages == []
        for _ in range(2):
            await mails.send_message("secret")
        await report(azurite)
        await mails.clear_messages()
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("ERROR", "given up: 2 messages lie in emails-poison")
    ]


async def test_an_account_in_which_nothing_was_ever_given_up_has_no_such_queue(azurite: str) -> None:
    async with queue_client(azurite, "never-made-poison") as client:
        assert await count(client) == 0


async def test_what_lies_too_long_is_dropped_and_said_so_and_a_day_before_it_is_not(
    azurite: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with queue_client(azurite, poison_of(QUEUES[0])) as rounds:
        with suppress(ResourceExistsError):
            await rounds.create_queue()
        await rounds.clear_messages()
        for _ in range(40):
            await rounds.send_message("a message")
        now = datetime.now(UTC)
        await report(azurite, now - timedelta(days=1))
        assert await count(rounds) == len(await rounds.peek_messages(32)) + 8 == 40
        await report(azurite, now + timedelta(seconds=5))
        assert await count(rounds) == 0
    assert caplog.messages == [
        "given up: 40 messages lie in sync-rounds-poison",
        "given up: 40 messages lay too long in sync-rounds-poison and were dropped",
    ]


async def test_of_who_is_erased_no_message_stays_and_those_of_others_can_be_replayed(azurite: str) -> None:
    bodies = [{"company_id": company, "resource_id": resource} for company in "ab" for resource in ("r1", "r10", "")]
    texts = [json.dumps(body) for body in bodies] + ["[]", "no JSON"]
    for queue in map(poison_of, QUEUES):
        async with queue_client(azurite, queue) as client:
            with suppress(ResourceExistsError):
                await client.create_queue()
            await client.clear_messages()
            for text in texts:
                await client.send_message(text)

    async def left() -> list[set[str]]:
        every = []
        for queue in map(poison_of, QUEUES):
            async with queue_client(azurite, queue) as client:
                every.append({base64.b64decode(each.content).decode() for each in await client.peek_messages(32)})
        return every

    await GivenUpQueues(azurite).forget("a", "r1")
    assert await left() == [set(texts) - {texts[0]}] * 2
    await GivenUpQueues(azurite).forget("a")
    assert await left() == [set(texts[3:])] * 2
    for queue in map(poison_of, QUEUES):
        async with queue_client(azurite, queue) as client:
            await client.clear_messages()
