"""One request and its answer, held in memory so that each stage of the simulator can look at both."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

type Json = Any  # whatever json.loads gives: callers narrow it


class AnswerDropped(httpx.RemoteProtocolError):
    """The connection ended without an answer; in-process clients see it as the transport error it stands for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; header names are lower case, as ASGI wants them."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def json(cls, status: int, body: Json, headers: dict[str, str] | None = None) -> "Answer":
        """An answer with `body` as JSON; a content type among `headers` wins."""
        named = {"content-type": "application/json"} | {k.lower(): v for k, v in (headers or {}).items()}
        return cls(status, list(named.items()), json.dumps(body, ensure_ascii=False).encode())

    async def send(self, send: Send) -> None:
        """Write the answer to an ASGI server."""
        headers = [(k, v) for k, v in self.headers if k.lower() != "content-length"]
        if self.status not in (204, 304):
            headers.append(("content-length", str(len(self.body))))
        raw = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": self.body})


@dataclass(slots=True)
class Exchange:
    """A request as it came in, and what was answered (None: nothing yet, or it was dropped). `took`: seconds."""

    scope: Scope
    body: bytes
    at: datetime
    actor: str = "anonymous"
    answer: Answer | None = None
    done: bool = False
    took: float = 0.0

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def headers(self) -> dict[str, str]:
        """Request headers, names in lower case."""
        return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in self.scope["headers"]}

    @property
    def query(self) -> dict[str, str | list[str]]:
        """Query parameters; a repeated one becomes a list."""
        return collect(parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True))

    @property
    def target(self) -> str:
        """Decoded path and query, as people write them in a pattern."""
        query = unquote(self.scope["query_string"].decode("latin-1"))
        return f"{self.path}?{query}" if query else self.path


def collect(pairs: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Pairs to a mapping; values of a repeated name are kept in order, as a list."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


type Handler = Callable[[Exchange], Awaitable[Answer]]


async def read_body(receive: Receive) -> bytes:
    """The whole request body."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(chunks)


async def call(app: ASGIApp, exchange: Exchange) -> Answer:
    """Run an ASGI application on a request that was already read, and collect its answer."""
    status, headers, chunks = 500, list[tuple[str, str]](), list[bytes]()
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": exchange.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in message.get("headers", [])]
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app(exchange.scope, receive, send)
    return Answer(status, headers, b"".join(chunks))


async def cut_connection(send: Send) -> None:
    """Close the client's connection without an answer.

    ASGI has no word for this, so uvicorn's transport is taken from its `send`.
    Raises AnswerDropped where there is no transport (in-process).
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise AnswerDropped("the simulator dropped the answer")
    transport.abort()
    await asyncio.sleep(0.01)  # lets uvicorn notice, or it would still try to write an error page
