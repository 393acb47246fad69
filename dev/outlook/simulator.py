"""The Outlook simulator put together: Microsoft Graph and the identity provider under one origin."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dev.outlook import seeds
from dev.outlook.control import Control
from dev.outlook.editing import Editor, Mail
from dev.outlook.errors import GraphError, Json
from dev.outlook.graph import Graph
from dev.outlook.identity import Identity
from dev.outlook.request import Caller
from dev.outlook.signin import SignIn
from dev.outlook.store import Store
from dev.outlook.subscriptions import Subscriptions
from dev.simkit import Answer, Exchange, LimitSettings, Simulator, utc_now

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_LIMITS = LimitSettings(concurrency_per_mailbox=4, requests_per_10_min=10_000)
_REASONS = {"concurrency": "MailboxConcurrency", "requests": "MailboxRequests"}


class OutlookSimulator(Simulator):
    """Graph counts 4 concurrent requests and 10,000 in ten minutes per client and mailbox, unless told otherwise."""

    def __init__(
        self,
        *,
        base_url: str,
        client_id: str,
        client_secret: str,
        data_dir: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        limits = _LIMITS.model_copy()
        super().__init__("outlook", clock=clock, data_dir=data_dir, client=client, limits=limits)
        self.store = Store()
        self.identity = Identity(self.store, clock, client_id, client_secret)
        self.mail = Mail(clock, [])
        self.subscriptions = Subscriptions(self.store, self.notifier, clock, client_id)
        editor = Editor(self.store, self.mail, clock)
        self.graph = Graph(self.store, editor, self.subscriptions, clock, base_url)
        self.load()

    def routes(self) -> list[BaseRoute]:
        control = Control(self.store, self.identity, self.subscriptions, self.mail)
        sign_in = SignIn(self.store, self.identity, self.clock)
        return [
            *control.routes(),
            Route("/v1.0/{rest:path}", self._graph, methods=_METHODS),
            *sign_in.routes(),
        ]

    def actor(self, exchange: Exchange) -> str:
        authorization = exchange.headers.get("authorization")
        if authorization:
            return self.identity.actor(authorization)
        if exchange.path.endswith("/oauth2/v2.0/token"):
            return "app"
        return "person" if exchange.path.endswith(("/authorize", "/adminconsent")) else "anonymous"

    def limit_key(self, exchange: Exchange) -> str | None:
        if not exchange.path.startswith("/v1.0/") or exchange.path.startswith(("/v1.0/subscriptions", "/v1.0/$batch")):
            return None
        caller = self.identity.caller(exchange.headers.get("authorization", ""))
        return _key(caller) if caller else None

    def throttled(self, reason: str, retry_after: float) -> Answer:
        error = _throttling(reason, retry_after)
        request_id = str(uuid.uuid4())
        body = error.envelope(self.clock(), request_id, request_id)
        return Answer.json(error.status, body, error.headers | {"request-id": request_id})

    def snapshot(self) -> Json:
        return {
            "mailboxes": [seeds.snapshot(mailbox) for mailbox in self.store.mailboxes.values()],
            "identity": self.identity.snapshot(),
            "subscriptions": self.subscriptions.snapshot(),
            "mail": self.mail.items,
        }

    def restore(self, state: Json) -> None:
        for mailbox in state["mailboxes"]:
            seeds.restore(self.store, mailbox)
        self.identity.restore(state["identity"])
        self.subscriptions.restore(state["subscriptions"])
        self.mail.items.extend(state["mail"])

    async def _graph(self, request: Request) -> Response:
        raw_path = request.scope.get("raw_path") or request.scope["path"].encode()
        query = request.scope["query_string"].decode("latin-1")
        target = raw_path.partition(b"?")[0].decode("latin-1").removeprefix("/v1.0") + (f"?{query}" if query else "")
        headers = {name.lower(): value for name, value in request.headers.items()}
        caller = self.identity.caller(headers.get("authorization", ""))
        reply = await self.graph.answer(
            request.method, target, headers, _json(await request.body()), caller, self._admit
        )
        if reply.body is None:
            return Response(status_code=reply.status, headers=reply.headers)
        return JSONResponse(reply.body, reply.status, reply.headers)

    def _admit(self, caller: Caller) -> GraphError | None:
        refused = self.limits.over(_key(caller))
        if refused is None:
            return None
        return _throttling("requests", float(dict(refused.headers)["retry-after"]))


def _key(caller: Caller) -> str:
    return f"{caller.actor}:{caller.mailbox.upn}"


def _throttling(reason: str, retry_after: float) -> GraphError:
    message = f"Application is over its {_REASONS[reason]} limit."
    return GraphError(429, "ApplicationThrottled", message, headers={"retry-after": f"{retry_after:.3f}"})


def _json(body: bytes) -> Json:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def create_simulator(
    *,
    base_url: str,
    client_id: str,
    client_secret: str,
    data_dir: Path | None = None,
    clock: Callable[[], datetime] = utc_now,
    client: httpx.AsyncClient | None = None,
) -> OutlookSimulator:
    """A simulator whose `app` answers as `base_url`. Notifications leave through `client`, if one is given."""
    return OutlookSimulator(
        base_url=base_url,
        client_id=client_id,
        client_secret=client_secret,
        data_dir=data_dir,
        clock=clock,
        client=client,
    )
