"""How long messages wait is said at each run of the timer, and looking takes nothing from anybody."""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import ResourceExistsError

from shared.storage.backlog import oldest, report
from shared.storage.queues import EMAILS, SYNC_ROUNDS, queue_client
from tests.log_lines import told


async def test_a_queue_that_nobody_empties_is_seen(azurite: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with queue_client(azurite, SYNC_ROUNDS) as rounds, queue_client(azurite, EMAILS) as mails:
        for client in (rounds, mails):
            with suppress(ResourceExistsError):
                await client.create_queue()
            await client.clear_messages()
        await rounds.send_message("first")
        await rounds.send_message("second")
        await mails.send_message("put off", visibility_timeout=60)
        await asyncio.sleep(1.2)
        await report(azurite)
        assert await oldest(rounds, datetime.now(UTC) + timedelta(hours=1)) > 3600
        waiting = [message.dequeue_count async for message in rounds.receive_messages(max_messages=5)]
        await rounds.clear_messages()
        await mails.clear_messages()
    (line,) = told(caplog.records, "queues")
    assert (line["rounds"], line["mails"], line["mails_oldest_s"]) == ("2", "1", "0")
    assert int(line["rounds_oldest_s"]) >= 1
    assert waiting == [1, 1]


async def test_a_new_account_without_queues_has_nothing_that_waits(azurite: str) -> None:
    async with queue_client(azurite, "never-made") as client:
        assert await oldest(client, datetime.now(UTC)) == 0
