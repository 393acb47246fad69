"""Access tokens of connections: from memory, from the vault, and only when they end from Microsoft."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from weakref import WeakValueDictionary

from shared.domain.failures import Broken, Reason, Stale, Transient
from shared.identity.grants import Grant
from shared.sync.access import CannotUnseal, KeyUnknown, TokenProvider
from shared.sync.keeping import Vault
from shared.sync.ports import Clock

MARGIN = timedelta(minutes=5)
"""A token that ends sooner is renewed: a round must not lose it half-way."""

REMEMBERED = 2000
TRIES = 3


class Refresher(Protocol):
    async def refresh(self, grant: Grant) -> Grant: ...


type Key = tuple[str, str]


class VaultTokens:
    """One per process. `refresher` is made when the first token has ended: making it may import MSAL."""

    def __init__(self, vault: Vault, refresher: Callable[[], Refresher], now: Clock) -> None:
        self._vault = vault
        self._refresher = refresher
        self._now = now
        self._memory: dict[Key, Grant] = {}
        self._forgotten = 0
        self._locks: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def access_token(self, company_id: str, resource_id: str, *, account: str = "", force: bool = False) -> str:
        """An access token that is good for at least five minutes more.

        `account` is whom it must belong to (so that a person's new account never meets the old one's token); `force`
        gets a new one although the old one seems good (Graph answered 401). Raises Broken, Transient, Throttled.
        """
        key = (company_id, resource_id)
        lock = self._locks.setdefault(key, asyncio.Lock())
        before = self._memory.get(key)
        async with lock:
            remembered = self._memory.get(key)
            renewed_meanwhile = force and remembered is not before
            if remembered and (not force or renewed_meanwhile) and self._good(remembered, account):
                return remembered.access_token
            forgotten = self._forgotten
            grant = await self._from_vault(key, account, force=force)
            if forgotten == self._forgotten:
                self._remember(key, grant)
            return grant.access_token

    def provider(self, company_id: str, resource_id: str, account: str = "") -> TokenProvider:
        """`access_token` of one connection, as Graph's client wants it."""

        async def token(force: bool) -> str:
            return await self.access_token(company_id, resource_id, account=account, force=force)

        return token

    def forget(self, company_id: str, resource_id: str) -> None:
        """Do not answer from memory: the vault's record was replaced or destroyed."""
        self._forgotten += 1
        self._memory.pop((company_id, resource_id), None)

    async def _from_vault(self, key: Key, account: str, *, force: bool) -> Grant:
        try:
            for _ in range(TRIES):
                grant = await self._renewed(key, account, force=force)
                if grant is not None:
                    return grant
                force = False  # somebody has just stored another one: that is new enough
        except KeyUnknown as error:  # not known here: operations put the key back, or declare it lost
            raise Broken(Reason.OUR_CREDENTIALS, "key_unknown") from error
        except CannotUnseal as error:
            raise Broken(Reason.SIGN_IN_LOST, "cannot_unseal") from error
        except Stale as error:
            raise Transient("vault") from error
        raise Transient("vault")

    async def _renewed(self, key: Key, account: str, *, force: bool) -> Grant | None:
        """What is stored, renewed where it must be. None when it was replaced or destroyed while Microsoft answered:
        neither a new sign-in nor an erasure may be undone by what was asked for before it."""
        text = await self._vault.load(*key)
        if text is None:
            raise Broken(Reason.ACCESS_REVOKED, "no_record")
        stored = Grant.from_text(text)
        if account and stored.account != account:
            # perhaps being connected with another account just now: the next look meets the new connection
            raise Broken(Reason.ACCESS_REVOKED, "other_account", doubtful=True)
        if not force and self._good(stored, account):
            return stored
        grant = await self._refresher().refresh(stored)
        return grant if await self._vault.exchange(*key, text, grant.to_text()) else None

    def _good(self, grant: Grant, account: str) -> bool:
        return grant.expires - MARGIN > self._now() and account in ("", grant.account)

    def _remember(self, key: Key, grant: Grant) -> None:
        if len(self._memory) >= REMEMBERED:
            self._memory.clear()
        self._memory[key] = grant
