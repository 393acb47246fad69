"""Wakes that travel: nothing lost, nothing too long, and a broken message says what is wrong with it."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from azure.storage.queue.aio import QueueClient
from hypothesis import given
from hypothesis import strategies as st

from shared.storage.queues import JsonQueue, QueueWakes, queue_client
from shared.storage.wakes import LIMIT, split, wake_from_json, wake_to_json
from shared.sync.ports import Wake
from shared.telemetry import trail

AT = datetime(2026, 11, 23, 9, 0, 0, 17, tzinfo=UTC)
WAKE = Wake(company_id="c1", resource_id="r1", cause="notification", at=AT)

_names = st.lists(st.text(max_size=8), max_size=4).map(tuple)
wakes = st.builds(
    Wake,
    company_id=st.text(min_size=1),
    resource_id=st.text(),
    cause=st.text(min_size=1),
    at=st.datetimes(timezones=st.just(UTC)),
    job=st.text(min_size=1),
    outlook=st.booleans(),
    bookings=_names,
    resources=_names,
    retry=_names,
    prefer=st.sampled_from(["", "outlook", "timify"]),
    tries=st.integers(0, 99),
    doubts=st.integers(0, 9),
)


@given(wakes)
def test_no_wake_changes_on_its_way(wake: Wake) -> None:
    assert wake_from_json(wake_to_json(wake)) == wake


def test_a_message_of_a_newer_version_is_still_understood() -> None:
    data = {**json.loads(wake_to_json(WAKE)), "urgency": "high"}
    assert wake_from_json(json.dumps(data).encode()) == WAKE


def test_the_name_of_a_notification_travels_and_a_message_of_an_older_version_has_none() -> None:
    named = replace(WAKE, correlation="aaaaaaaaaaaa4bcd")
    assert wake_from_json(wake_to_json(named)).correlation == named.correlation
    assert "correlation" not in json.loads(wake_to_json(WAKE))
    assert wake_from_json(wake_to_json(WAKE)).correlation == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("not json", "not JSON"),
        ("[]", "JSON object"),
        ('{"cause":"poll","at":"2026-11-23T09:00:00+00:00"}', "needs company_id"),
        ('{"company_id":"c1","at":"2026-11-23T09:00:00+00:00"}', "needs cause"),
        ('{"company_id":"c1","cause":"poll"}', "at is no moment"),
        ('{"company_id":"c1","cause":"poll","at":"2026-11-23T09:00:00"}', "must have an offset"),
        ('{"company_id":7,"cause":"poll","at":"2026-11-23T09:00:00+00:00"}', "company_id must be str"),
        ('{"company_id":"c","cause":"p","at":"2026-11-23T09:00:00Z","outlook":1}', "outlook must be bool"),
        ('{"company_id":"c","cause":"p","at":"2026-11-23T09:00:00Z","tries":true}', "tries must be int"),
        ('{"company_id":"c","cause":"p","at":"2026-11-23T09:00:00Z","bookings":"a"}', "bookings must be list"),
        ('{"company_id":"c","cause":"p","at":"2026-11-23T09:00:00Z","retry":[1]}', "retry must be a list of texts"),
    ],
)
def test_a_malformed_message_says_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        wake_from_json(text)


@given(bookings=st.integers(0, 4000), retry=st.integers(0, 4000), outlook=st.booleans(), resources=st.integers(0, 20))
def test_a_flood_of_bookings_is_cut_into_messages_that_fit_and_none_is_lost(
    bookings: int, retry: int, outlook: bool, resources: int
) -> None:
    wake = replace(
        WAKE,
        outlook=outlook,
        bookings=tuple(f"{n:024x}" for n in range(bookings)),
        retry=tuple(f"outlook:{n:0100x}" for n in range(retry)),
        resources=tuple(f"r{n}" for n in range(resources)),
    )
    parts = list(split(wake))
    assert all(len(wake_to_json(part)) < LIMIT for part in parts)
    assert [name for part in parts for name in part.bookings] == list(wake.bookings)
    assert [name for part in parts for name in part.retry] == list(wake.retry)
    assert all(part.resources == wake.resources for part in parts)
    assert [part.outlook for part in parts] == [outlook] + [False] * (len(parts) - 1)


def test_a_single_name_longer_than_a_message_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        list(split(replace(WAKE, bookings=("x" * LIMIT,))))


@pytest_asyncio.fixture
async def queue(azurite: str) -> AsyncIterator[QueueClient]:
    client = queue_client(azurite, f"q-{uuid.uuid4().hex}")
    yield client
    await client.close()


async def received(queue: QueueClient) -> list[str]:
    """The bodies that are visible now, as the Functions host decodes them."""
    messages = [message async for message in queue.receive_messages(max_messages=32)]
    return [base64.b64decode(message.content, validate=True).decode() for message in messages]


async def test_a_wake_arrives_in_base64_on_a_queue_that_was_not_there(azurite: str, queue: QueueClient) -> None:
    wakes = QueueWakes(azurite, queue.queue_name)
    await wakes.put(replace(WAKE, bookings=("ä1",)))
    assert [wake_from_json(text) for text in await received(queue)] == [replace(WAKE, bookings=("ä1",))]
    await wakes.close()


async def test_no_wake_is_sent_that_cannot_be_followed(azurite: str, queue: QueueClient) -> None:
    wakes = QueueWakes(azurite, queue.queue_name)
    named = replace(WAKE, correlation="aaaaaaaaaaaa4bcd")
    await wakes.put(named)
    await wakes.put(WAKE)
    with trail("fffffffffffff210"):
        await wakes.put(WAKE)
    names = [wake_from_json(text).correlation for text in await received(queue)]
    assert {"aaaaaaaaaaaa4bcd", "fffffffffffff210"} < set(names)
    assert len(set(names)) == 3
    assert all(len(name) == 16 for name in names)
    await wakes.close()


async def test_a_long_wake_arrives_in_several_messages(azurite: str, queue: QueueClient) -> None:
    wakes = QueueWakes(azurite, queue.queue_name)
    long = replace(WAKE, outlook=True, bookings=tuple(f"{n:024x}" for n in range(4000)))
    await wakes.put(long)
    parts = [wake_from_json(text) for text in await received(queue)]
    assert len(parts) > 1
    assert sorted(name for part in parts for name in part.bookings) == sorted(long.bookings)
    await wakes.close()


async def test_a_wake_that_was_put_off_is_not_seen_before_its_time(azurite: str, queue: QueueClient) -> None:
    wakes = QueueWakes(azurite, queue.queue_name)
    await wakes.put(WAKE, delay=0.2)
    assert await received(queue) == []
    await asyncio.sleep(1.3)
    assert len(await received(queue)) == 1
    await wakes.close()


async def test_a_delay_beyond_what_the_service_takes_is_shortened_not_refused(azurite: str, queue: QueueClient) -> None:
    mails = JsonQueue(azurite, queue.queue_name)
    await mails.put({"kind": "invited"}, delay=30 * 24 * 3600)
    await mails.put({"kind": "connected"}, delay=-5)
    assert await received(queue) == ['{"kind":"connected"}']
    await mails.close()
