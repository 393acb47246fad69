"""The frame of both simulators: what tests see of requests, faults, limits and notifications."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dev.simkit import Exchange, LimitSettings, NotificationSettings, Notifier, Simulator


class Counting(Simulator):
    """Counts POSTs, so that a test sees whether a request took effect."""

    def __init__(self, data_dir: Path | None = None, limits: LimitSettings | None = None) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        super().__init__("counting", clock=lambda: self.now, data_dir=data_dir, limits=limits)
        self.count = 0
        self.load()

    def routes(self) -> list[BaseRoute]:
        return [Route("/count", self._count, methods=["GET", "POST"])]

    def actor(self, exchange: Exchange) -> str:
        return "person" if "authorization" in exchange.headers else "anonymous"

    def limit_key(self, exchange: Exchange) -> str | None:
        return exchange.headers.get("x-mailbox", "one")

    def snapshot(self) -> Any:
        return {"count": self.count}

    def restore(self, state: Any) -> None:
        self.count = state["count"]

    async def _count(self, request: Request) -> Response:
        self.count += request.method == "POST"
        return JSONResponse({"count": self.count, "access_token": "very-secret"})


@asynccontextmanager
async def client_of(simulator: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
        yield client


async def test_the_journal_never_shows_a_token() -> None:
    async with client_of(Counting()) as client:
        form = {"client_secret": "s3cret", "code": "c0de", "scope": "a b"}
        await client.post("/count?code=c0de&x=1", data=form, headers={"authorization": "Bearer t0ken"})
        text = (await client.get("/_sim/requests")).text
        (entry,) = (await client.get("/_sim/requests")).json()
    for secret in ("t0ken", "s3cret", "c0de", "very-secret"):
        assert secret not in text
    assert entry["actor"] == "person"
    assert entry["query"] == {"code": "***", "x": "1"}
    assert entry["body"]["scope"] == "a b"
    assert entry["response"] == {"count": 1, "access_token": "***"}
    assert entry["status"] == 200
    assert entry["at"] == "2026-03-01T00:00:00.000000Z"


async def test_an_error_code_in_a_body_is_not_mistaken_for_a_secret() -> None:
    async with client_of(Counting()) as client:
        await client.post("/count", json={"error": {"code": "ErrorItemNotFound"}})
        (entry,) = (await client.get("/_sim/requests")).json()
        assert entry["body"]["error"]["code"] == "ErrorItemNotFound"
        await client.delete("/_sim/requests")
        assert (await client.get("/_sim/requests")).json() == []


async def test_a_fault_before_prevents_the_effect_and_a_fault_after_does_not() -> None:
    simulator = Counting()
    async with client_of(simulator) as client:
        await client.post("/_sim/faults", json={"method": "POST", "path": "^/count$", "status": 503, "body": {"e": 1}})
        answer = await client.post("/count")
        assert (answer.status_code, answer.json(), simulator.count) == (503, {"e": 1}, 0)
        await client.post("/_sim/faults", json={"path": "count", "status": 500, "when": "after"})
        assert (await client.post("/count")).status_code == 500
        assert simulator.count == 1
        assert (await client.post("/count")).status_code == 200


async def test_a_fault_of_one_actor_spares_everybody_else() -> None:
    simulator = Counting()
    async with client_of(simulator) as client:
        await client.post("/_sim/faults", json={"actor": "person", "status": 503})
        assert (await client.post("/count")).status_code == 200
        assert (await client.post("/count", headers={"authorization": "Bearer t"})).status_code == 503


async def test_a_journal_that_is_taken_tells_each_request_once() -> None:
    async with client_of(Counting()) as client:
        await client.post("/count")
        assert len((await client.get("/_sim/requests?take")).json()) == 1
        await client.post("/count")
        assert [entry["response"]["count"] for entry in (await client.get("/_sim/requests?take")).json()] == [2]
        assert (await client.get("/_sim/requests")).json() == []


async def test_a_dropped_answer_is_a_transport_error_and_took_effect() -> None:
    simulator = Counting()
    async with client_of(simulator) as client:
        await client.post("/_sim/faults", json={"path": "count", "drop": True, "when": "after", "times": 2})
        with pytest.raises(httpx.TransportError):
            await client.post("/count")
        assert (await client.get("/_sim/requests")).json()[0]["status"] == 0
        await client.delete("/_sim/faults")
        assert (await client.post("/count")).json()["count"] == 2


async def test_a_dropped_answer_closes_a_real_connection() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    simulator = Counting()
    server = uvicorn.Server(uvicorn.Config(simulator.app, log_level="critical"))
    serving = asyncio.create_task(server.serve([listener]))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", trust_env=False) as client:
        for _ in range(100):
            if server.started:
                break
            await asyncio.sleep(0.02)
        await client.post("/_sim/faults", json={"path": "count", "status": 0, "when": "after"})
        with pytest.raises(httpx.TransportError):
            await client.post("/count")
        assert (await client.post("/count")).json()["count"] == 2
    server.should_exit = True
    await serving


async def test_a_mistyped_fault_is_refused_rather_than_ignored() -> None:
    async with client_of(Counting()) as client:
        for wrong in ({"pth": "x"}, {"path": "("}, {"when": "during"}):
            assert (await client.post("/_sim/faults", json=wrong)).status_code == 400
        assert (await client.get("/_sim/faults")).json() == []


async def test_too_many_requests_in_ten_minutes_are_refused_until_the_window_moves() -> None:
    simulator = Counting()
    async with client_of(simulator) as client:
        await client.put("/_sim/limits", json={"requests_per_10_min": 2})
        codes = [(await client.get("/count")).status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        refused = await client.get("/count")
        assert float(refused.headers["retry-after"]) == 600
        assert (await client.get("/count", headers={"x-mailbox": "two"})).status_code == 200
        simulator.now += timedelta(minutes=10, seconds=1)
        assert (await client.get("/count")).status_code == 200


async def test_more_than_the_allowed_concurrency_is_refused() -> None:
    async with client_of(Counting()) as client:
        await client.put("/_sim/limits", json={"latency_ms": 30, "concurrency_per_mailbox": 2})
        answers = await asyncio.gather(*(client.get("/count") for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 429]
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert "." in refused.headers["retry-after"]
        assert (await client.get("/count")).status_code == 200


async def test_state_survives_a_restart(tmp_path: Path) -> None:
    first = Counting(tmp_path)
    async with client_of(first) as client:
        await client.post("/count")
    await first.aclose()
    assert Counting(tmp_path).count == 1


class Listener:
    """Takes notifications in-process; refuses the first `refuse` of them."""

    def __init__(self, refuse: int = 0) -> None:
        self.refuse = refuse
        self.seen: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.refuse:
            self.refuse -= 1
            return httpx.Response(503)
        self.seen.append(request.content.decode())
        return httpx.Response(202)


def notifier_to(listener: Listener, settings: NotificationSettings | None = None) -> Notifier:
    notifier = Notifier(httpx.AsyncClient(transport=httpx.MockTransport(listener)))
    notifier.settings = settings or NotificationSettings()
    return notifier


async def test_a_refused_notification_is_retried_only_when_asked() -> None:
    listener = Listener(refuse=1)
    notifier = notifier_to(listener)
    notifier.post("http://hook", 1)
    await notifier.drain()
    assert listener.seen == []
    listener.refuse = 1
    notifier.post("http://hook", 2, retries=(0.001, 0.001))
    assert notifier.pending == 1
    await notifier.drain()
    assert (listener.seen, notifier.pending) == (["2"], 0)


async def test_notifications_are_doubled_dropped_and_shuffled_as_ordered() -> None:
    listener = Listener()
    notifier = notifier_to(listener, NotificationSettings(duplicate=2))
    notifier.post("http://hook", 1)
    await notifier.drain()
    assert listener.seen == ["1"] * 3
    notifier.settings = NotificationSettings(drop=True)
    notifier.post("http://hook", 2)
    await notifier.drain()
    assert "2" not in listener.seen
    listener.seen.clear()
    notifier.settings = NotificationSettings(shuffle=True)
    for number in range(12):
        notifier.post("http://hook", number)
    await notifier.drain()
    assert sorted(map(int, listener.seen)) == list(range(12))
    assert list(map(int, listener.seen)) != list(range(12))
    notifier.settings = NotificationSettings(drop=0.5)
    listener.seen.clear()
    for number in range(40):
        notifier.post("http://hook", number)
    await notifier.drain()
    assert 5 < len(listener.seen) < 35
