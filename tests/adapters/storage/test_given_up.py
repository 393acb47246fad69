"""What was given up is said in the log, for operations to be alerted by, as long as it lies there."""

from contextlib import suppress

import pytest
from azure.core.exceptions import ResourceExistsError

from shared.storage.given_up import QUEUES, count, poison_of, report
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
