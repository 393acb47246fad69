"""The journey with the real MSAL and the real Graph client, against the Outlook simulator over a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
import uvicorn

from dev.outlook.simulator import OutlookSimulator
from shared.domain.accounts import Mailbox
from shared.domain.failures import Broken, Reason
from shared.identity.account import GraphAccount
from shared.identity.entra_http import EntraHttp
from shared.identity.grants import Grant
from shared.identity.sign_in import EntraSignIn
from shared.identity.tokens import VaultTokens
from shared.outlook.client import GraphClient, Lanes
from shared.sync.access import Account, SignIn, TokenProvider
from shared.sync.invite import invite
from tests.fakes.identity import FakeServices
from tests.functions.page import Page
from tests.functions.test_connect_pages import Browser, form_of, outcome

UPN = "anna@contoso.example"


class JourneyServices(FakeServices):
    """As the fakes, but Microsoft is the simulator."""

    def __init__(self, origin: str, http: httpx.AsyncClient) -> None:
        super().__init__()
        self.origin = origin
        self.http = http
        self.entra = EntraSignIn("client", "secret", "http://127.0.0.1:9/connect/callback", EntraHttp(origin))
        self.sign_in: SignIn = self.entra  # type: ignore[assignment]  # the fake behind the same door

    def account(self, account: str, token: TokenProvider) -> Account:
        client = GraphClient(self.http, f"{self.origin}/v1.0", token, account=account, lanes=Lanes())
        return GraphAccount(client)


class Journey:
    def __init__(self, services: JourneyServices) -> None:
        self.services = services
        self.browser = Browser(services)

    async def mailbox(self, kind: str = "exchange_online", consent: str = "granted") -> None:
        calendars: list[dict[str, Any]] = [
            {"name": "Calendar", "canEdit": True, "events": []},
            {"name": "Team", "canEdit": True, "events": []},
            {"name": "Holidays", "canEdit": False, "events": []},
        ]
        body = {"timeZone": "Europe/Berlin", "kind": kind, "consent": consent, "calendars": calendars}
        answer = await self.services.http.put(f"{self.services.origin}/_sim/mailboxes/{UPN}", json=body)
        assert answer.is_success, answer.text

    async def sign_in(self) -> Page:
        """Open the link, sign in at the simulator, come back."""
        page = await self.browser.get(f"/connect/{self.services.link()}")
        await self.browser.get(str(page.by_id["sign-in"]["href"]))
        address = self.browser.last.headers["location"]
        answer = await self.services.http.get(f"{address}&{urlencode({'_sim_user': UPN})}")
        back = urlsplit(answer.headers["location"])
        assert back.path == "/connect/callback"
        await self.browser.get(f"{back.path}?{back.query}")
        return await self.browser.follow()

    async def connect(self, name: str = "Calendar") -> Page:
        page = await self.sign_in()
        before = page.html[: page.html.index(f"<span>{name}")]
        chosen = before.rpartition('name="calendar_id" value="')[2].partition('"')[0]
        action = str(page.by_id["choose-calendar"]["action"])
        await self.browser.post(action, form_of(page) | {"calendar_id": chosen})
        return await self.browser.follow()


@pytest.fixture
async def journey() -> AsyncIterator[Journey]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        simulator = OutlookSimulator(base_url=origin, client_id="client", client_secret="secret")
        server = uvicorn.Server(uvicorn.Config(simulator.app, log_config=None, access_log=False))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        async with httpx.AsyncClient(timeout=10) as http:
            services = JourneyServices(origin, http)
            await services.with_company()
            await invite(services, "c1", "r1")
            yield Journey(services)
        server.should_exit = True
        await serving
        await simulator.aclose()


async def test_a_person_connects_a_calendar_and_its_token_can_be_renewed(journey: Journey) -> None:
    await journey.mailbox()
    assert outcome(await journey.connect("Team")) == ("importing", "")
    services = journey.services
    connection = await services.connection()
    stored = await services.vault.load("c1", "r1")
    assert stored
    grant = Grant.from_text(stored)
    assert isinstance(connection.mailbox, Mailbox)
    assert connection.mailbox.account == grant.account
    tokens = VaultTokens(services.vault, lambda: services.entra, services.now)
    renewed = await tokens.access_token("c1", "r1", account=grant.account, force=True)
    answer = await services.http.get(
        f"{services.origin}/v1.0/me/calendar", headers={"authorization": f"Bearer {renewed}"}
    )
    assert renewed != grant.access_token
    assert answer.status_code == 200


CONSENTS = [("declined", Reason.CONSENT_DECLINED), ("admin_required", Reason.ADMIN_APPROVAL_REQUIRED)]


@pytest.mark.parametrize(("consent", "reason"), CONSENTS)
async def test_consent_refused_is_explained_and_the_link_stays_good(
    journey: Journey, consent: str, reason: Reason
) -> None:
    await journey.mailbox(consent=consent)
    assert outcome(await journey.sign_in()) == ("failed", reason.value)
    await journey.mailbox()
    assert outcome(await journey.connect()) == ("importing", "")


@pytest.mark.parametrize("kind", ["on_premises", "unlicensed"])
async def test_a_mailbox_that_cannot_be_synced_is_detected(journey: Journey, kind: str) -> None:
    """Microsoft answers the same for both, so one reason has words for both."""
    await journey.mailbox(kind=kind)
    assert outcome(await journey.sign_in()) == ("failed", "mailbox_on_premises")
    assert (await journey.services.connection()).reason is Reason.MAILBOX_ON_PREMISES


async def test_microsoft_failing_is_not_a_failed_connection(journey: Journey) -> None:
    await journey.mailbox()
    fault = {"method": "POST", "path": "/oauth2/v2.0/token", "times": 1, "status": 503}
    await journey.services.http.post(f"{journey.services.origin}/_sim/faults", json=fault)
    assert outcome(await journey.sign_in()) == ("failed", "microsoft_unreachable")
    assert outcome(await journey.connect()) == ("importing", "")


async def test_a_permission_withdrawn_asks_for_its_person_and_reconnecting_sees_no_stale_error(
    journey: Journey,
) -> None:
    await journey.mailbox()
    await journey.connect()
    services = journey.services
    tokens = VaultTokens(services.vault, lambda: services.entra, services.now)
    await journey.mailbox(consent="declined")
    with pytest.raises(Broken) as broken:
        await tokens.access_token("c1", "r1", force=True)
    assert broken.value.reason is Reason.ACCESS_REVOKED
    await journey.mailbox()
    await invite(services, "c1", "r1")
    await journey.connect()
    tokens.forget("c1", "r1")
    assert await tokens.access_token("c1", "r1", force=True)
