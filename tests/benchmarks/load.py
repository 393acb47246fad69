"""`python -m tests.benchmarks.load`: an open-loop load generator in a process of its own, so that it takes no time from
what it measures. Reads one order as JSON from stdin, answers the times as JSON on stdout.

Requests start by the clock, whether or not earlier ones were answered. The time of each counts from the moment when it
was due, waiting for a free connection included. Loopback only.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_REQUESTS = 20_000
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`bodies` are sent in turn, as POST; none: GET. `rate` 0: as fast as `connections` allow, a closed loop."""

    port: int
    path: str
    rate: float = 0
    seconds: float = 5
    connections: int = 64
    bodies: Sequence[str] = ()
    content_type: str = "application/json"


@dataclass(slots=True, kw_only=True)
class Measured:
    """`times` in seconds. `late`: how much the generator was behind its own clock. `lasted`: until the last answer."""

    times: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    lasted: float = 0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.times) / self.lasted


async def load(order: Order) -> Measured:
    """Carry out an order in a child process."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.load"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await child.communicate(json.dumps(asdict(order)).encode())
    if child.returncode:
        raise RuntimeError(f"the load generator ended with {child.returncode}")
    return Measured(**json.loads(output))


class _Line(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head) and self._answer and not self._answer.done():
            self._received = b""
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed before the answer"))

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    async def ask(self, request: bytes) -> int:
        """The status of the answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


class _Generator:
    def __init__(self, order: Order, lines: Sequence[_Line]) -> None:
        self._free = deque(lines)
        self._room = asyncio.Semaphore(len(lines))
        self._requests = [_request(order, body) for body in order.bodies] or [_request(order, None)]
        self._statuses: Counter[str] = Counter()
        self.measured = Measured()

    async def one(self, number: int) -> None:
        due = time.perf_counter()
        async with self._room:
            line = self._free.popleft()
            status = await line.ask(self._requests[number % len(self._requests)])
            self._free.append(line)
        self.measured.times.append(time.perf_counter() - due)
        self._statuses[str(status)] += 1

    async def steadily(self, rate: float, count: int) -> None:
        began, running = time.perf_counter(), []
        for number in range(count):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            self.measured.late.append(time.perf_counter() - began - number / rate)
            running.append(asyncio.create_task(self.one(number)))
        await asyncio.gather(*running)
        self._ended(began)

    async def closely(self, seconds: float, connections: int) -> None:
        began, numbers = time.perf_counter(), iter(range(MOST_REQUESTS))

        async def loop() -> None:
            while time.perf_counter() - began < seconds and (number := next(numbers, None)) is not None:
                await self.one(number)

        await asyncio.gather(*(loop() for _ in range(connections)))
        self._ended(began)

    def _ended(self, began: float) -> None:
        self.measured.lasted = time.perf_counter() - began
        self.measured.statuses = dict(self._statuses)


def _request(order: Order, body: str | None) -> bytes:
    head = f"{'GET' if body is None else 'POST'} {order.path} HTTP/1.1\r\nHost: {HOST}:{order.port}\r\n"
    if body is None:
        return f"{head}\r\n".encode()
    data = body.encode()
    return f"{head}Content-Type: {order.content_type}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


async def _carry_out(order: Order) -> Measured:
    loop = asyncio.get_running_loop()
    lines = [(await loop.create_connection(_Line, HOST, order.port))[1] for _ in range(order.connections)]
    generator = _Generator(order, lines)
    if order.rate:
        await generator.steadily(order.rate, min(int(order.rate * order.seconds), MOST_REQUESTS))
    else:
        await generator.closely(order.seconds, order.connections)
    for line in lines:
        line.close()
    return generator.measured


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_carry_out(Order(**json.load(sys.stdin)))))))
