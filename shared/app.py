"""Where the real adapters meet. Each is made when first asked for, so that a trigger imports only what it needs."""

import logging
from datetime import UTC, datetime
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

from shared.config import Config, load_config
from shared.domain.accounts import Connection
from shared.sync.access import Account, CompanyNames, Sealer, Signer, SignIn, TokenProvider, TokenSealer
from shared.sync.keeping import Invitations, Store, Vault
from shared.sync.ports import Clock, Directory, GivenUp, Mail, Outlook, Timify, WakeQueue

if TYPE_CHECKING:
    import httpx

    from shared.email.carriers import Carrier
    from shared.identity.callers import EntraCallers
    from shared.identity.key_vault import KeyVault
    from shared.identity.sign_in import EntraSignIn
    from shared.identity.tokens import VaultTokens
    from shared.outlook.client import GraphClient, Lanes
    from shared.storage.mails import TableMails
    from shared.storage.queues import JsonQueue
    from shared.storage.tables import Tables
    from shared.timify.calendar import TimifyDirectory
    from shared.timify.client import DevApiClient

logging.getLogger("httpx").setLevel(logging.WARNING)  # addresses hold tokens, with or without Graph


def utc_now() -> datetime:
    return datetime.now(UTC)


class App:
    """The services of one process; see `shared.sync.services.Services`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.now: Clock = utc_now

    # -- storage

    @cached_property
    def _tables(self) -> "Tables":
        from shared.storage.tables import Tables

        return Tables(self.config.storage)

    @cached_property
    def store(self) -> Store:
        from shared.storage.store import TableStore

        return TableStore(self._tables, self.now, self.config.lease)

    @cached_property
    def wakes(self) -> WakeQueue:
        from shared.storage.queues import QueueWakes

        return QueueWakes(self.config.storage)

    @cached_property
    def given_up(self) -> GivenUp:
        from shared.storage.given_up import GivenUpQueues

        return GivenUpQueues(self.config.storage)

    @cached_property
    def mail_queue(self) -> "JsonQueue":
        from shared.storage.queues import EMAILS, JsonQueue

        return JsonQueue(self.config.storage, EMAILS)

    @cached_property
    def mail(self) -> Mail:
        from shared.email.queue_mail import QueueMail

        return QueueMail(self.mail_queue, self.sealer)

    @cached_property
    def mails(self) -> "TableMails":
        from shared.storage.mails import TableMails

        return TableMails(self._tables)

    @cached_property
    def carrier(self) -> "Carrier":
        """What carries mails out. Raises ConfigError."""
        from shared.email.carriers import carrier

        return carrier(self.config)

    @cached_property
    def vault(self) -> Vault:
        from shared.storage.vault import TableVault

        return TableVault(self._tables, self.data_keys)

    @cached_property
    def invitations(self) -> Invitations:
        from shared.storage.invitations import TableInvitations

        return TableInvitations(self._tables)

    # -- identity

    @cached_property
    def signer(self) -> Signer:
        from shared.identity.signing import Signer

        return Signer(self.config.signing_keys)

    @cached_property
    def callers(self) -> "EntraCallers | None":
        """None: a function key is all that the API asks for."""
        config = self.config
        if not config.api_audience:
            return None
        from shared.identity.callers import EntraCallers
        from shared.identity.entra_http import read_json

        return EntraCallers(
            config.api_audience, config.api_tenant_id, config.login_base_url, partial(read_json, self._http)
        )

    @cached_property
    def sealer(self) -> Sealer:
        from shared.identity.sealing import Sealer, derived

        return Sealer(derived(self.config.signing_keys))

    @cached_property
    def data_keys(self) -> TokenSealer:
        """What seals tokens. Raises ConfigError; a key that is wrapped is opened later."""
        from shared.identity.data_keys import DataKeys
        from shared.storage.account import is_connection_string

        local = is_connection_string(self.config.storage)
        return DataKeys(self.config.vault_keys, lambda: self._key_vault, local=local)

    @cached_property
    def _key_vault(self) -> "KeyVault":
        from shared.identity.key_vault import KeyVault, fixed_token, identity_token

        given = self.config.key_vault_token
        return KeyVault(self._http, fixed_token(given) if given else identity_token)

    @cached_property
    def _entra(self) -> "EntraSignIn":
        from shared.identity.entra_http import EntraHttp
        from shared.identity.sign_in import EntraSignIn, managed_identity

        config = self.config
        credential = config.entra_client_secret or managed_identity(config.entra_identity_client_id)
        redirect = f"{config.public_base_url}/connect/callback"
        return EntraSignIn(config.entra_client_id, credential, redirect, EntraHttp(config.login_base_url))

    @property
    def sign_in(self) -> SignIn:
        return self._entra

    @cached_property
    def tokens(self) -> "VaultTokens":
        from shared.identity.tokens import VaultTokens

        return VaultTokens(self.vault, lambda: self._entra, self.now)

    # -- Microsoft Graph and TIMIFY

    @cached_property
    def _http(self) -> "httpx.AsyncClient":
        import httpx

        return httpx.AsyncClient(timeout=httpx.Timeout(15.0, connect=5.0))

    @cached_property
    def _lanes(self) -> "Lanes":
        from shared.outlook.client import Lanes

        return Lanes()

    def _graph(self, account: str, token: TokenProvider, *, shared: bool = False) -> "GraphClient":
        from shared.outlook.client import CONCURRENT_PER_MAILBOX, ONE_OF_SEVERAL, GraphClient

        width = ONE_OF_SEVERAL if shared else CONCURRENT_PER_MAILBOX
        http, base = self._http, self.config.graph_base_url
        return GraphClient(http, base, token, account=account, lanes=self._lanes, width=width)

    def account(self, account: str, token: TokenProvider) -> Account:
        """A Microsoft account before it is connected."""
        from shared.identity.account import GraphAccount

        return GraphAccount(self._graph(account, token))

    def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
        """The connection's Outlook calendar, by its own tokens or, before it is connected, by that of a person."""
        from shared.outlook.calendar import OutlookCalendar

        mailbox = connection.mailbox
        account = mailbox.account if mailbox else ""

        async def own_token(force: bool) -> str:
            return await self.tokens.access_token(
                connection.company_id, connection.resource_id, account=account, force=force
            )

        calendar_id = mailbox.calendar_id if mailbox else ""
        graph = self._graph(account, token or own_token, shared=connection.shared)
        return OutlookCalendar(graph, calendar_id, public_url=self.config.public_base_url)

    @cached_property
    def _devapi(self) -> "DevApiClient":
        from shared.timify.client import DevApiClient

        config = self.config
        return DevApiClient(
            self._http,
            base_url=config.timify_base_url,
            app_id=config.timify_app_id,
            app_secret=config.timify_app_secret,
            auth_scheme=config.timify_auth_scheme,
            now=self.now,
        )

    def timify(self, connection: Connection) -> Timify:
        """The connection's TIMIFY calendar."""
        from shared.timify.calendar import TimifyCalendar

        return TimifyCalendar(self._devapi, connection.company_id, connection.resource_id)

    @cached_property
    def _directory(self) -> "TimifyDirectory":
        from shared.timify.calendar import TimifyDirectory

        return TimifyDirectory(self._devapi)

    @property
    def directory(self) -> Directory:
        return self._directory

    @property
    def company_names(self) -> CompanyNames:
        return self._directory


@lru_cache(maxsize=1)
def services() -> App:
    """The app of this process, from the environment. Raises ConfigError."""
    return App(load_config())
