"""Fakes of signing in and of what the connect journey talks to, put together as `shared.app` does."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.config import Config, load_config
from shared.domain.accounts import Company, Connection, PrivacyPolicy
from shared.domain.failures import Failure
from shared.identity.data_keys import Unwrapper
from shared.identity.sealing import Sealer, derived
from shared.identity.signing import Signer
from shared.sync.access import Account, SignedIn, SignInFailed, TokenProvider
from shared.sync.ports import Calendar, Message, Outlook, Resource, Timify
from tests.fakes.mails import FakeMails
from tests.fakes.storage import FakeGivenUp, FakeInvitations, FakeVault, FakeWakes
from tests.fakes.store import FakeStore
from tests.fakes.trouble import Trouble, door, give_way

SETTINGS = {
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "PUBLIC_BASE_URL": "http://127.0.0.1:9",
    "ENTRA_CLIENT_ID": "client",
    "ENTRA_CLIENT_SECRET": "secret",
    "TIMIFY_APP_ID": "app",
    "TIMIFY_APP_SECRET": "secret",
    "TIMIFY_WEBHOOK_SECRET": "secret",
    "SIGNING_KEYS": "a-signing-key-for-tests",
    "VAULT_KEYS": "t1:" + base64.b64encode(b"k" * 32).decode(),
}


def no_vault() -> Unwrapper:
    """For plain keys, which nobody need open."""
    raise AssertionError("A plain key needs no key vault.")


class FakeClock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, time: timedelta) -> None:
        self.at += time


class FakeMail:
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.trouble: Trouble = give_way
        self.sent: list[Message] = []

    @door
    async def send(self, message: Message) -> None:
        if not any((old.kind, old.cause) == (message.kind, message.cause) for old in self.sent):
            self.sent.append(message)

    def kinds(self) -> list[str]:
        return [message.kind for message in self.sent]


@dataclass
class FakeDirectory:
    known: dict[tuple[str, str], Resource] = field(default_factory=dict)
    trouble: Failure | None = None

    def add(self, company_id: str, resource: Resource) -> None:
        self.known[company_id, resource.id] = resource

    async def resources(self, company_id: str) -> Sequence[Resource]:
        if self.trouble:
            raise self.trouble
        return [resource for (company, _), resource in self.known.items() if company == company_id]

    async def resource(self, company_id: str, resource_id: str) -> Resource | None:
        if self.trouble:
            raise self.trouble
        return self.known.get((company_id, resource_id))

    async def resources_of(self, company_id: str, appointment_id: str) -> Sequence[str] | None:
        return None

    async def company_name(self, company_id: str) -> str:
        return f"Salon <{company_id}>"


@dataclass
class FakeSignIn:
    """`result` is what Microsoft answers; the flow must be the one that began, and is good once. `asked_for` are the
    accounts that were suggested ("another": none, but a choice)."""

    result: SignedIn | SignInFailed
    trouble: Failure | None = None
    begun: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    async def begin(self, state: str, hint: str = "", *, choose: bool = False) -> tuple[str, str]:
        if self.trouble:
            raise self.trouble
        self.begun.append(state)
        self.asked_for.append("another" if choose else hint)
        return f"https://login.example/authorize?state={state}", f"flow of {state}"

    async def complete(self, flow: str, answer: Mapping[str, str]) -> SignedIn | SignInFailed:
        assert flow == f"flow of {answer['state']}", "the answer was not checked against the flow it belongs to"
        return self.result

    def admin_consent_url(self) -> str:
        return "https://login.example/organizations/v2.0/adminconsent?client_id=client"


@dataclass
class FakeAccount:
    listed: Sequence[Calendar]
    trouble: Failure | None = None

    async def probe(self) -> None:
        if self.trouble:
            raise self.trouble

    async def calendars(self) -> Sequence[Calendar]:
        return self.listed


class FakeTokens:
    def __init__(self) -> None:
        self.forgotten: list[tuple[str, str]] = []

    async def access_token(self, company_id: str, resource_id: str, *, account: str = "") -> str:
        return f"access token of {account}"

    def forget(self, company_id: str, resource_id: str) -> None:
        self.forgotten.append((company_id, resource_id))


MAIN = Calendar(id="cal-main", name="Calendar", can_edit=True, default=True, color="#0078d4")
OTHER = Calendar(id="cal-other", name="Team", can_edit=True)
HOLIDAYS = Calendar(id="cal-holidays", name="Holidays", can_edit=False)


def signed_in(account: str = "oid-1.tid-1") -> SignedIn:
    return SignedIn(
        account=account, username="pat@example.org", access_token="access-token-of-pat", grant=f"grant of {account}"
    )


class FakeServices:
    """See `shared.sync.services.Services`. One company `c1` with the resources `r1`, `r2` and a room without mail."""

    def __init__(self) -> None:
        self.config: Config = load_config(SETTINGS)
        self.now = FakeClock()
        self.store = FakeStore(self.now)
        self.wakes = FakeWakes()
        self.mail = FakeMail()
        self.mails = FakeMails()
        self.given_up = FakeGivenUp()
        self.vault = FakeVault()
        self.invitations = FakeInvitations()
        self.directory = FakeDirectory()
        self.company_names = self.directory
        self.signer = Signer(self.config.signing_keys)
        self.sealer = Sealer(derived(self.config.signing_keys))
        self.sign_in = FakeSignIn(signed_in())
        self.tokens = FakeTokens()
        self.the_account = FakeAccount([MAIN, OTHER, HOLIDAYS])
        for name in ("r1", "r2"):
            resource = Resource(id=name, name=f"Pat {name}", email=f"{name}@example.org", timezone="Europe/Berlin")
            self.directory.add("c1", resource)
        self.directory.add("c1", Resource(id="room", name="Room"))

    async def with_company(self, plan: str = "premium", *, accepted: bool = True) -> "FakeServices":
        policy = PrivacyPolicy(version="1", accepted_by="admin", accepted_at=self.now()) if accepted else None
        await self.store.save_company(Company(id="c1", plan=plan, privacy_policy=policy))
        return self

    async def change_plan(self, plan: str) -> None:
        company = await self.store.company("c1")
        assert company
        await self.store.save_company(
            Company(id="c1", plan=plan, privacy_policy=company.privacy_policy, etag=company.etag)
        )

    def account(self, account: str, token: TokenProvider) -> Account:
        return self.the_account

    def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
        raise AssertionError("This journey has no calendar yet.")

    def timify(self, connection: Connection) -> Timify:
        raise AssertionError("This journey has no calendar yet.")

    def link(self) -> str:
        """The token of the newest invitation that was mailed."""
        return [message for message in self.mail.sent if message.kind == "invitation"][-1].link.rpartition("/")[2]

    async def connection(self, resource_id: str = "r1") -> Connection:
        found = await self.store.connection("c1", resource_id)
        assert found
        return found
