"""A notification from Graph: what it costs, and how long Graph waits for its 202.

The worker, the mails and the timers are switched off, so that the storage's log holds what the webhook asked for and
nothing else. Times are compared with those of an empty function of the same host, and of a bare put into the same queue
by nobody's client, in short stretches that take turns, because whatever else the machine does then hits all of them.
"""

import base64
import contextlib
import json
import os
import secrets
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from azure.storage.queue import QueueSasPermissions, generate_queue_sas
from azure.storage.queue.aio import QueueClient

from dev.settings import Ports
from dev.stack import Stack
from shared.identity.signing import Signer
from tests.benchmarks.load import Measured, Order, load
from tests.benchmarks.report import Bench, percentiles
from tests.benchmarks.storage_log import StorageLog

GRAPH_LIMIT = 3.0
"""Graph wants its answer within three seconds."""

RATE = 200
SLOWER = (150, 100, 75, 50, 25)
STRETCH = 5
TURNS = 6
WARM_UP = 15
ROOM = 0.7
"""Of what a process can do at most: above, a time tells of those who wait in line and not of the work."""
PUT, CLEARED = "POST sync-rounds/messages 201", "DELETE sync-rounds/messages 204"
_OFF = ("sync_worker", "email_worker", "run_errands", "renew_subscriptions")
_HEALTH, _NOTIFICATIONS = "/api/health", "/api/graph/notifications"


class Door:
    """The running host as Graph sees it, and the storage behind it."""

    def __init__(self, stack: Stack, ports: Ports, queue: QueueClient) -> None:
        self.port = ports.functions
        self.queue = queue
        self._queue_port = ports.queue
        self._put = _address_of_a_put(stack.storage)
        self.log = StorageLog(stack.data)
        self._signer = Signer((stack.settings["SIGNING_KEYS"],))

    def states(self, count: int) -> list[str]:
        """Client states of so many distinct connections, of companies with a hundred each."""
        companies = [secrets.token_hex(12) for _ in range(-(-count // 100))]
        return [self._signer.client_state(companies[n // 100], secrets.token_hex(12)) for n in range(count)]

    async def empty(self) -> None:
        """No message is left, so that the emulator's own work does not grow from stretch to stretch."""
        self.log.news()
        await self.queue.clear_messages()
        await self.log.until(CLEARED, 1)

    async def queued(self) -> int:
        return (await self.queue.get_queue_properties()).approximate_message_count or 0

    async def ask(self, bodies: Sequence[str] = (), **order: Any) -> Measured:
        """Notifications, or without `bodies` calls of the empty function. Raises when one was not answered well."""
        path = _NOTIFICATIONS if bodies else _HEALTH
        measured = await load(Order(port=self.port, path=path, bodies=bodies, **order))
        return _all(measured, "202" if bodies else "200")

    async def put(self, **order: Any) -> Measured:
        """Messages put into the queue by the load itself: what the storage alone needs."""
        text = base64.b64encode(bytes(150)).decode()
        bodies = [f"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>"]
        kind = "application/xml"
        put = Order(port=self._queue_port, path=self._put, bodies=bodies, content_type=kind, **order)
        return _all(await load(put), "201")


def _all(measured: Measured, status: str) -> Measured:
    if measured.statuses != {status: len(measured.times)}:
        raise RuntimeError(f"expected {status}, answered {measured.statuses}")
    return measured


def _address_of_a_put(storage: str) -> str:
    """The path of a put that needs no signature of its own, because the address is signed."""
    facts = dict(part.partition("=")[::2] for part in storage.rstrip(";").split(";"))
    account, until = facts["AccountName"], datetime.now(UTC) + timedelta(hours=2)
    may = QueueSasPermissions(add=True)
    sas = generate_queue_sas(account, "sync-rounds", facts["AccountKey"], permission=may, expiry=until)
    return f"/{account}/sync-rounds/messages?messagettl=-1&{sas}"


async def run(bench: Bench) -> None:
    """All figures, on a stack of its own."""
    async with _door() as door:
        await _storage(bench, door)
        await _bodies(bench, door)
        rate = await _sustainable(bench, door)
        await _times(bench, door, rate)


@contextlib.asynccontextmanager
async def _door() -> AsyncIterator[Door]:
    ports = Ports.free()
    settings = {"AZURITE_ACCESS_LOG": "1", **{f"AzureWebJobs.{name}.Disabled": "true" for name in _OFF}}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with Stack.start(data=Path(folder), ports=ports, settings=settings) as stack:
            queue = QueueClient.from_connection_string(stack.storage, "sync-rounds")
            async with queue:
                yield Door(stack, ports, queue)


async def _storage(bench: Bench, door: Door) -> None:
    """Requests to the storage, one notification after the other."""
    count = 200
    bodies = notifications(door.states(count))
    await door.ask(bodies[:1], rate=50, seconds=0.02)
    await door.empty()
    await door.ask(bodies, rate=50, seconds=count / 50)
    asked = await _settled(door, count)
    bench.figure("queue messages per notification", asked.pop(PUT) / count, target=1, note=f"{count} notifications")
    bench.figure("other storage requests per notification, tables among them", asked.total() / count, target=0)


async def _bodies(bench: Bench, door: Door) -> None:
    """A thousand notifications in one body: for ten connections, and for a thousand."""
    puts = (await door.put(seconds=2, connections=16)).rate
    for connections, name in ((10, "10 connections"), (1000, "1,000 connections")):
        took, messages = [], []
        for _ in range(3):
            states = door.states(connections)
            await door.empty()
            body = _body([states[n % connections] for n in range(1000)])
            took += (await door.ask([body], connections=1, rate=10, seconds=0.1)).times
            messages.append((await _settled(door, connections))[PUT])
        note = f"worst of {len(took)} {max(took):.2f} s; so many bare puts took {connections / puts:.2f} s"
        bench.figure(f"1,000 notifications in one body for {name}", median(took), "s", target=GRAPH_LIMIT, note=note)
        bench.figure(f"messages for {name} in one body", max(messages), target=connections)


async def _sustainable(bench: Bench, door: Door) -> float:
    """The rate to measure at: 200 a second, or what this machine carries at this moment with some room to spare."""
    bodies, most = notifications(door.states(1000)), 0.0
    busy = f"16 connections, closed loop; load of the machine {os.getloadavg()[0]:.1f}"
    for name, what in (("the empty function", ()), ("notifications", bodies)):
        most = (await door.ask(what, seconds=STRETCH, connections=16)).rate
        bench.figure(f"most that one process answers: {name}", most, "/s", note=busy)
        await door.empty()
    for rate in (RATE, *SLOWER):
        if rate <= ROOM * most and await _carries(door, bodies, rate):
            break
    bench.figure("notifications a second, steady", rate, "/s", target=RATE, at_least=True)
    return float(rate)


async def _carries(door: Door, bodies: Sequence[str], rate: float) -> bool:
    """Does the time of an answer stay the same over a stretch, instead of a growing line of those who wait?"""
    times = (await door.ask(bodies, rate=rate, seconds=STRETCH)).times
    await door.empty()
    third = len(times) // 3
    return median(times[-third:]) < min(3 * median(times[:third]) + 0.02, 0.1)


async def _times(bench: Bench, door: Door, rate: float) -> None:
    """The empty function, a bare put, and notifications for few and many connections take turns."""
    few, many = notifications(door.states(10)), notifications(door.states(10_000))
    kinds: dict[str, Callable[[int], Awaitable[Measured]]] = {
        "empty": lambda turn: door.ask(rate=rate, seconds=STRETCH),
        "put": lambda turn: door.put(rate=rate, seconds=STRETCH),
        "few": lambda turn: door.ask(few, rate=rate, seconds=STRETCH),
        "many": lambda turn: door.ask(_some(many, turn * int(rate * STRETCH)), rate=rate, seconds=STRETCH),
    }
    times: dict[str, list[list[float]]] = {name: [] for name in kinds}
    late: list[float] = []
    await door.ask(few, rate=rate, seconds=WARM_UP)
    for turn in range(TURNS):
        order = [*kinds][turn % len(kinds) :] + [*kinds][: turn % len(kinds)]
        for name in order:
            await door.empty()
            measured = await kinds[name](turn)
            times[name].append(measured.times)
            late += measured.late
    _ratios(bench, times, rate)
    bench.figure("how late the load itself was, p99", percentiles(late)[2] * 1000, "ms")


def _some(bodies: Sequence[str], first: int) -> list[str]:
    """As many as a stretch may need, others in each stretch."""
    at = first % len(bodies)
    return [*bodies[at:], *bodies[:at]][: RATE * STRETCH]


def _ratios(bench: Bench, times: dict[str, list[list[float]]], rate: float) -> None:
    at = f"at {rate:g}/s"
    titles = {"empty": "empty function", "put": "bare put", "few": "notification", "many": "one of 10,000 connections"}
    for name, title in titles.items():
        p50, p95, p99 = percentiles([time * 1000 for stretch in times[name] for time in stretch])
        bench.figure(f"{title}, p99 {at}", p99, "ms", note=f"p50 {p50:.2g}, p95 {p95:.2g} ms")

    def typical(name: str, of: Callable[[Sequence[float]], float]) -> float:
        """Of the median stretch: a hiccup of the machine in one of them says nothing about any."""
        return median(of(stretch) for stretch in times[name])

    for label, of in (("p99", _p99), ("p50", median)):
        empty, put, few, many = (typical(name, of) for name in titles)
        target = 2 if label == "p99" else None
        alone = f"{at}, median stretch; a bare put alone: {put / empty:.2g} x"
        bench.figure(f"{label} of a notification to the empty function", few / empty, "x", target=target, note=alone)
        both = f"{label} of a notification to the empty function and a bare put together"
        bench.figure(both, few / (empty + put), "x", target=target)
        bench.figure(f"{label} with 10,000 connections to 10", many / few, "x", target=1.3)


def _p99(times: Sequence[float]) -> float:
    return percentiles(times)[2]


async def _settled(door: Door, messages: int) -> Counter[str]:
    """What the storage was asked for, once its log has told all of it; then the messages themselves are counted."""
    asked = await door.log.until(PUT, messages)
    if (found := await door.queued()) != asked[PUT]:
        raise RuntimeError(f"{found} messages in the queue, {asked[PUT]} in the log")
    return asked


def notifications(states: Sequence[str]) -> list[str]:
    """One body for each client state, as Graph sends them."""
    return [_body([state]) for state in states]


def _body(states: Sequence[str]) -> str:
    return json.dumps({"value": [_item(state) for state in states]})


def _item(state: str) -> dict[str, Any]:
    event = f"AAMkAGI{secrets.token_hex(40)}"
    return {
        "subscriptionId": "76222963-cc7b-42d2-882d-8aaa69cb2ba3",
        "subscriptionExpirationDateTime": "2026-11-29T09:00:00.0000000Z",
        "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
        "clientState": state,
        "changeType": "updated",
        "resource": f"Users/x/Events/{event}",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": event},
    }
