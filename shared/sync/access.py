"""The doors of signing in: Microsoft's sign-in, the account behind it, and the keys that protect what is kept of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.domain.failures import Reason
from shared.sync.ports import Calendar

type TokenProvider = Callable[[bool], Awaitable[str]]
"""Answers an access token for Microsoft Graph; True asks for a new one, because the last was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person granted access. `account` is `oid.tid`; `username` is for showing only and never stored.

    `grant` is what the vault keeps (a secret, opaque here).
    """

    account: str
    username: str = field(repr=False)
    access_token: str = field(repr=False)
    grant: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed:
    """`detail` is Microsoft's code (`AADSTS65004`), for the log."""

    reason: Reason
    detail: str = ""


class SignIn(Protocol):
    """Microsoft's sign-in (authorization code flow with PKCE)."""

    async def begin(self, state: str, hint: str = "", *, choose: bool = False) -> tuple[str, str]:
        """(address to send the browser to, what `complete` needs to know again: a secret). `hint` is the address that
        Microsoft suggests; with `choose` it asks for the account whoever is signed in. Raises Transient."""
        ...

    async def complete(self, flow: str, answer: Mapping[str, str]) -> SignedIn | SignInFailed:
        """Redeem what Microsoft's page sent back with the browser."""
        ...

    def admin_consent_url(self) -> str:
        """Where an administrator grants access for the whole organisation."""
        ...


class Account(Protocol):
    """What can be asked of an account before it is connected."""

    async def probe(self) -> None:
        """Is there a mailbox that can be synced? Raises Broken with the reason, Transient when Microsoft is away."""
        ...

    async def calendars(self) -> Sequence[Calendar]:
        """All calendars that the account sees, its default one among them."""
        ...


class Tokens(Protocol):
    """Access tokens of connections."""

    async def access_token(self, company_id: str, resource_id: str, *, account: str = "") -> str:
        """One that is good, of that account. Raises Broken, Transient, Throttled."""
        ...

    def forget(self, company_id: str, resource_id: str) -> None:
        """Do not answer from memory: the vault's record was replaced or destroyed."""
        ...


class CompanyNames(Protocol):
    async def company_name(self, company_id: str) -> str:
        """What the company is called in TIMIFY; "" when TIMIFY does not tell."""
        ...


class Sealer(Protocol):
    """Authenticated encryption. Unsealing with another context, or after tampering, raises `CannotUnseal`."""

    def seal(self, plain: str, context: str) -> str: ...

    def unseal(self, sealed: str, context: str) -> str: ...


class TokenSealer(Protocol):
    """Authenticated encryption of token caches. Its keys may have to be asked for first: raises Transient, and Broken
    (OUR_CREDENTIALS) where operations must act."""

    @property
    def newest(self) -> str:
        """The name of the key that seals."""
        ...

    async def seal(self, plain: str, context: str) -> str: ...

    async def unseal(self, sealed: str, context: str) -> str:
        """Raises CannotUnseal, KeyUnknown where another configuration might open it."""
        ...


class Signer(Protocol):
    """Signatures, each for one purpose."""

    @property
    def newest(self) -> str:
        """The name of the key that signs."""
        ...

    def client_state(self, company_id: str, resource_id: str) -> str:
        """What Graph shall repeat in every notification of a connection, so that we know it is one."""
        ...

    def sign(self, purpose: str, text: str) -> str: ...

    def verify(self, purpose: str, text: str, signature: str) -> bool: ...

    def issue(self, purpose: str, text: str, expires: datetime) -> str: ...

    def read(self, purpose: str, token: str, now: datetime) -> str | None: ...

    def read_client_state(self, text: str) -> tuple[str, str] | None: ...


class CannotUnseal(Exception):
    """The text was sealed with a key that is no longer configured, for another context, or was tampered with."""


class KeyUnknown(CannotUnseal):
    """It was sealed with a key that nobody has configured here, and that nobody has declared lost either."""
