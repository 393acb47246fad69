"""A small world for the HTTP functions: services of fakes, a way to call the API's routes as TIMIFY's backend would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from functions.backend_api import ROUTES, Route, dispatch
from shared.config import load_config
from shared.domain.accounts import Company, Connection, RoundState
from shared.domain.conflicts import Conflict
from shared.domain.failures import Stale
from shared.domain.links import Link
from shared.identity.callers import EntraCallers
from shared.identity.sealing import Sealer, derived
from shared.identity.signing import Signer
from shared.sync.keeping import Changes
from shared.sync.ports import Resource, Wake
from shared.sync.services import Services
from tests.fakes.identity import FakeMail
from tests.fakes.storage import FakeInvitations
from tests.fakes.store import FakeStore
from tests.fakes.timify import FakeDirectory, FakeTimify, no_trouble
from tests.functions.described import check_answer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CONFIG = load_config(
    {
        "AzureWebJobsStorage": "none",
        "PUBLIC_BASE_URL": "https://sync.example",
        "ENTRA_CLIENT_ID": "client",
        "TIMIFY_APP_ID": "app",
        "TIMIFY_APP_SECRET": "secret",
        "TIMIFY_WEBHOOK_SECRET": "new-webhook-secret,old-webhook-secret",
        "SIGNING_KEYS": "signing-key-of-the-tests,earlier-signing-key-of-the-tests",
        "VAULT_KEYS": "t1:" + "A" * 43 + "=",
        "CONSOLE_FRAME_ORIGINS": "https://web.timify.com",
    }
)
POLICY = {"version": "3", "accepted_by": "admin-7", "accepted_at": "2026-11-01T10:00:00Z"}
INSTALLATION: dict[str, Any] = {
    "plan": "premium",
    "locale": "de",
    "timezone": "Europe/Berlin",
    "privacy_policy": POLICY,
}


@dataclass
class Queue:
    """Keeps what was sent; `broken` refuses."""

    sent: list[Wake] = field(default_factory=list)
    broken: bool = False

    async def put(self, wake: Wake, delay: float = 0) -> None:
        if self.broken:
            raise ConnectionError("a message with a secret in it")
        self.sent.append(wake)


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    raw: bytes
    mimetype: str

    @property
    def data(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """The stable code of a problem."""
        return str(self.data["type"]).rpartition(":")[2]

    @property
    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.data["errors"]]


class World:
    """Two companies at TIMIFY, `acme` and `rival`; nobody has installed anything yet."""

    def __init__(self) -> None:
        self.moment = NOW
        self.config = CONFIG
        self.signer = Signer(CONFIG.signing_keys)
        self.sealer = Sealer(derived(CONFIG.signing_keys))
        self.store = FakeStore(self.now)
        self.wakes = Queue()
        self.mail = FakeMail()
        self.invitations = FakeInvitations()
        self.callers: EntraCallers | None = None
        self.authorization = ""
        self.acme = FakeTimify("acme")
        self.rival = FakeTimify("rival")
        self.directory = FakeDirectory(self.acme, self.rival)
        for number, name in enumerate(("Zoe", "anna", "Room 1")):
            email = f"{name.lower()}@acme.example" if " " not in name else ""
            self.acme.add_resource(Resource(id=f"r{number}", name=name, email=email, timezone="Europe/Berlin"))

    @property
    def services(self) -> Services:
        return cast(Services, self)

    def now(self) -> datetime:
        return self.moment

    def later(self, **by: float) -> None:
        self.moment += timedelta(**by)

    def timify_answers(self, yes: bool, failure: Exception | None = None) -> None:
        self.acme.trouble = no_trouble if yes else (lambda call, moment: failure)  # type: ignore[assignment,return-value]  # either kind of answer

    async def install(self, company_id: str = "acme", **changes: Any) -> Answer:
        return await self.call("PUT", f"/companies/{company_id}", {**INSTALLATION, **changes})

    async def connect(self, resource_id: str, **facts: Any) -> Connection:
        """A connection of acme's, as people left it."""
        return await self.store.save_connection(Connection(company_id="acme", resource_id=resource_id, **facts))

    async def connection(self, resource_id: str) -> Connection:
        found = await self.store.connection("acme", resource_id)
        assert found
        return found

    async def round(self, resource_id: str, state: RoundState, *conflicts: Conflict, company_id: str = "acme") -> None:
        """What a round leaves behind."""
        ledger = await self.store.open(company_id, resource_id, self.now())
        assert ledger
        await ledger.commit(Changes(conflicts=list(conflicts)))
        await ledger.close(state)

    async def keep(self, resource_id: str, *links: Link) -> None:
        """Links that a round leaves behind."""
        ledger = await self.store.open("acme", resource_id, self.now())
        assert ledger
        await ledger.commit(Changes(links=list(links)))
        await ledger.close(ledger.state)

    async def cure(self, resource_id: str, conflict: Conflict) -> None:
        ledger = await self.store.open("acme", resource_id, self.now())
        assert ledger
        await ledger.commit(Changes(cured=[conflict.id]))
        await ledger.close(ledger.state)

    async def company(self, company_id: str = "acme") -> Company:
        found = await self.store.company(company_id)
        assert found
        return found

    async def leave(self) -> Company:
        """Acme has uninstalled."""
        return await self.store.save_company(replace(await self.company(), uninstalled_at=NOW))

    async def facts(self) -> tuple[object, ...]:
        """Everything of acme's that the API may change, to see that a refused request changed nothing."""
        connections = [pair async for pair in self.store.connections("acme")]
        return await self.store.company("acme"), connections, list(self.wakes.sent), list(self.mail.sent)

    def lose_races(self, number: int) -> None:
        """So many times, somebody else saves the company first."""
        left = number

        async def trouble(moment: str) -> None:
            nonlocal left
            if moment == "before save_company" and left:
                left -= 1
                raise Stale("etag")

        self.store.trouble = trouble

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Call a route by its path below /api/v1, through the API's one way from request to answer. An answer that
        docs/openapi.json does not know is a failure of the test, whatever the test is about."""
        parts = urlsplit(f"/api/v1{path}")
        route, ids = find_route(method, parts.path)
        sent = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        request = func.HttpRequest(
            method,
            f"https://sync.example{path}",
            headers=({"Content-Type": content_type} if sent else {})
            | ({"Authorization": self.authorization} if self.authorization else {}),
            params=dict(parse_qsl(parts.query)),
            route_params=ids,
            body=sent,
        )
        answer = answer_of(await dispatch(route, request, self.services, self.callers))
        check_answer(route, answer.status, answer.mimetype, answer.raw)
        return answer


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """As the host finds it: the first template with as many parts, of which the fixed ones are equal."""
    parts = path.strip("/").split("/")
    for route in ROUTES:
        names = route.path.split("/")
        pairs = list(zip(names, parts, strict=False))
        fits = route.method == method and len(names) == len(parts)
        if fits and all(name.startswith("{") or name == part for name, part in pairs):
            return route, {name[1:-1]: part for name, part in pairs if name.startswith("{")}
    raise LookupError(f"{method} {path}")


def answer_of(response: func.HttpResponse) -> Answer:
    return Answer(response.status_code, dict(response.headers), response.get_body(), response.mimetype)
