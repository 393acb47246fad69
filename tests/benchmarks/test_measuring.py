"""The measuring itself: a figure that flatters is worse than none."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.benchmarks.load import Order, load
from tests.benchmarks.storage_log import Storage, StorageLog

BREAK = 0.5
"""Seconds for which the server below answers nobody, at its tenth request."""


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    """A server that answers at once, but for one break, in which it makes everybody wait."""
    seen, back = 0, asyncio.Event()
    back.set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                seen += 1
                if seen == 10:
                    back.clear()
                    asyncio.get_running_loop().call_later(BREAK, back.set)
                await back.wait()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def test_those_who_had_to_wait_for_a_stuck_server_are_counted_with_their_wait(port: int) -> None:
    """A generator that waits for an answer before it asks again would see one slow answer, not a line of them."""
    measured = await load(Order(port=port, path="/", rate=100, seconds=1, connections=4))
    assert measured.statuses == {"200": 100}
    slow = [took for took in measured.times if took > 0.1]
    assert len(slow) >= 25, "about forty were due while nobody was answered"
    assert max(slow) > BREAK - 0.1


def test_a_line_of_the_storage_log_that_is_half_written_counts_once(tmp_path: Path) -> None:
    line = '127.0.0.1 - - [26/Nov/2026] "POST /devstoreaccount1/sync-rounds/messages?messagettl=-1 HTTP/1.1" 201 -\n'
    (tmp_path / "logs").mkdir()
    log, reader = tmp_path / "logs" / "Azurite.log", StorageLog(tmp_path)
    log.write_text("Azurite Queue service is starting\n" + line + line[:40])
    assert reader.news() == {"POST sync-rounds/messages 201": 1}
    with log.open("a") as more:
        more.write(line[40:] + line.replace("POST", "GET").replace("messages", "").replace("201", "404"))
    assert reader.news() == {"POST sync-rounds/messages 201": 1, "GET sync-rounds/ 404": 1}
    assert reader.news() == {}


LOG = [
    '"GET /devstoreaccount1/sync-rounds/messages?numofmessages=16 HTTP/1.1" 200 -',
    '"GET /devstoreaccount1/sync-rounds?comp=metadata HTTP/1.1" 200 -',
    '"GET /devstoreaccount1/emails/messages?numofmessages=32&peekonly=true HTTP/1.1" 200 -',
    '"POST /devstoreaccount1/sync-rounds/messages?visibilitytimeout=0 HTTP/1.1" 201 -',
    '"DELETE /devstoreaccount1/sync-rounds/messages/8c3d?popreceipt=a HTTP/1.1" 204 -',
    "\"GET /devstoreaccount1/companies(PartitionKey='c',RowKey='company') HTTP/1.1\" 200 -",
    '"POST /devstoreaccount1/$batch HTTP/1.1" 202 -',
    "Azurite Table service is starting",
]


def test_polls_of_an_empty_queue_are_not_taken_for_the_cost_of_a_change(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    file, log = tmp_path / "logs" / "Azurite.log", StorageLog(tmp_path)
    file.write_text("\n".join(LOG[:3]) + "\n")
    assert log.counts() == Storage(0, 0, 0)
    file.write_text("\n".join(LOG) + "\n")
    assert log.counts() == Storage(tables=2, sent=1, received=1)


def test_a_message_costs_three_requests() -> None:
    assert Storage(tables=0, sent=1, received=1).queues == 3
