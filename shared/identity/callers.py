"""Who calls the API: access tokens that Entra gave to the caller's own identity, beside the function key.

A key can be copied out of a log or a script; a token ends within an hour or so, and names who got it and what they may
do. What is checked, and why: https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens and
https://learn.microsoft.com/entra/identity-platform/claims-validation
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import jwt

from shared.domain.failures import Failure
from shared.identity.entra_http import MICROSOFT

READ, WRITE = "CalendarSync.Read", "CalendarSync.ReadWrite"
"""App roles of the API's registration. Whoever may write may read."""
ALGORITHM = "RS256"
"""What Entra signs with. A token that names another one is refused, whatever its signature."""
LEEWAY = 60
"""Seconds by which clocks may differ."""
KEYS_LAST = 3600.0
FORGIVEN = 86400.0
"""As long as the keys may not be had anew, the known ones are good this long."""
PAUSE = 300.0
"""Between two looks for a key that nobody knows: made-up names of keys must not make us call Microsoft all day."""
LONGEST_TOKEN = 16 * 1024

type Fetch = Callable[[str], Awaitable[Mapping[str, Any]]]
"""The JSON of an address. Raises Transient."""


class NotKnown(Exception):
    """There is no token, or none that counts here. `code` is for the log."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class NotAllowed(Exception):
    """The token is good, and does not carry the role."""


class EntraCallers:
    """One per process. `audience` is the client id of the API's registration, `tenant` the id of its organisation."""

    def __init__(
        self,
        audience: str,
        tenant: str,
        login_base_url: str,
        fetch: Fetch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._audience = audience
        self._tenant = tenant
        self._address = f"{login_base_url}/{tenant}/discovery/v2.0/keys"
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def check(self, authorization: str, *, writes: bool) -> None:
        """Let in whoever sends this header `Authorization`. Raises NotKnown, NotAllowed, Transient."""
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
            raise NotKnown("no_token")
        claims = self._claims(token, await self._key(_key_id(token)))
        roles = claims.get("roles")
        if not isinstance(roles, list) or not {WRITE, *(() if writes else (READ,))}.intersection(map(str, roles)):
            raise NotAllowed

    def _claims(self, token: str, key: jwt.PyJWK) -> Mapping[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=f"{MICROSOFT}/{self._tenant}/v2.0",
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "nbf", "aud", "iss", "tid"]},
            )
        except jwt.PyJWTError as error:
            raise NotKnown(type(error).__name__) from error
        if claims["tid"] != self._tenant:
            raise NotKnown("other_tenant")
        return claims

    async def _key(self, key_id: str) -> jwt.PyJWK:
        if key_id in self._keys and self._clock() - self._read_at < KEYS_LAST:
            return self._keys[key_id]  # without the lock: a look for somebody else's key may take long
        async with self._lock:
            now = self._clock()
            if now - self._read_at >= FORGIVEN:
                self._keys = {}
            old = now - self._read_at >= KEYS_LAST
            if (old or key_id not in self._keys) and now - self._asked_at >= (PAUSE if self._keys else 0):
                self._asked_at = now
                await self._read(now)
        if key_id not in self._keys:
            raise NotKnown("unknown_key")
        return self._keys[key_id]

    async def _read(self, now: float) -> None:
        """The keys of today. Those of yesterday stay when today's cannot be had."""
        try:
            listed = (await self._fetch(self._address)).get("keys")
        except Failure:
            if not self._keys:
                raise
            return
        found = {}
        for each in listed if isinstance(listed, list) else []:
            if isinstance(each, dict) and each.get("kty") == "RSA" and each.get("use", "sig") == "sig":
                with suppress(jwt.PyJWTError):  # one that cannot be read signs no token, and takes no other with it
                    found[str(each.get("kid"))] = jwt.PyJWK(each, algorithm=ALGORITHM)
        if found:
            self._keys, self._read_at = found, now


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise NotKnown("no_token") from error
    if header.get("alg") != ALGORITHM:
        raise NotKnown("other_algorithm")
    return str(header.get("kid", ""))
