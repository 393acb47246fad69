"""What every use case is given. `shared.app` puts the real adapters together, tests put fakes together the same way."""

from typing import Protocol

from shared.config import Config
from shared.domain.accounts import Connection
from shared.email.records import Mails
from shared.sync.access import Account, CompanyNames, Sealer, Signer, SignIn, TokenProvider, Tokens
from shared.sync.keeping import Invitations, Store, Vault
from shared.sync.ports import Clock, Directory, GivenUp, Mail, Outlook, Timify, WakeQueue


class Services(Protocol):
    """Adapters are made when first asked for, so that a trigger imports only what it needs."""

    @property
    def config(self) -> Config: ...

    @property
    def now(self) -> Clock: ...

    @property
    def store(self) -> Store: ...

    @property
    def wakes(self) -> WakeQueue: ...

    @property
    def given_up(self) -> GivenUp: ...

    @property
    def mail(self) -> Mail: ...

    @property
    def mails(self) -> Mails: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def invitations(self) -> Invitations: ...

    @property
    def directory(self) -> Directory: ...

    @property
    def company_names(self) -> CompanyNames: ...

    @property
    def signer(self) -> Signer: ...

    @property
    def sealer(self) -> Sealer: ...

    @property
    def sign_in(self) -> SignIn: ...

    @property
    def tokens(self) -> Tokens: ...

    def account(self, account: str, token: TokenProvider) -> Account:
        """A Microsoft account (`oid.tid`) by its token, before it is connected."""
        ...

    def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
        """The connection's Outlook calendar, by its own tokens or, before it is connected, by that of a person."""
        ...

    def timify(self, connection: Connection) -> Timify:
        """The connection's TIMIFY calendar."""
        ...
