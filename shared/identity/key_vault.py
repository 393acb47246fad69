"""Azure Key Vault, as far as we need it: a key there opens our data keys, and never leaves.

POST {kid}/unwrapkey?api-version=7.4 with `alg` RSA-OAEP-256 and `value` in base64url without padding answers `kid` and
`value`; it takes the data action keys/unwrap.
https://learn.microsoft.com/rest/api/keyvault/keys/unwrap-key/unwrap-key
Errors are `{"error": {"code", "message", "innererror": {"code"}}}`: 401 (the token), 403 (no role, a firewall, a
disabled key), 404 (no such key), 429 (wait, longer and longer).
https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
"""

import asyncio
import time
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from shared.domain.failures import Broken, Failure, Reason, Throttled, Transient
from shared.telemetry import logger

if TYPE_CHECKING:
    import httpx

SCOPE = "https://vault.azure.net/.default"
VERSION = "7.4"
SECONDS = 10.0
TRIES = 3
PAUSE = 0.5
LONGEST_PAUSE = 2.0
"""Seconds that a caller is kept waiting between two tries; who is told to wait longer comes again later."""
USUAL_WAIT = 5.0
LONGEST_WAIT = 3600.0

log = logger(__name__)

type Token = Callable[[bool], Awaitable[str]]
"""Answers an access token for the vault; True: a new one, because the last was refused."""


class KeyVault:
    """See `shared.identity.data_keys.Unwrapper`. One per process."""

    def __init__(
        self, http: "httpx.AsyncClient", token: Token, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._http = http
        self._token = token
        self._sleep = sleep
        self._closed_until = 0.0

    async def unwrap(self, kid: str, wrapped: str) -> bytes:
        """The key that was wrapped. Raises Transient, Throttled, and Broken (OUR_CREDENTIALS) where the vault says no:
        that is for operations to mend, and nobody's tokens are worth less for it."""
        try:
            return await self._unwrap(kid, wrapped)
        except Failure as failure:
            log.error("The key vault does not open a data key: %s %s", type(failure).__name__, failure.code)
            raise

    async def _unwrap(self, kid: str, wrapped: str) -> bytes:
        for last in (*[False] * (TRIES - 1), True):
            left = self._closed_until - time.monotonic()
            if left > 0:
                raise Throttled("key_vault_429", left)
            try:
                return await self._post(kid, wrapped)
            except Transient as failure:
                pause = failure.retry_after if isinstance(failure, Throttled) else PAUSE
                if last or pause > LONGEST_PAUSE:
                    if isinstance(failure, Throttled):
                        self._closed_until = time.monotonic() + failure.retry_after
                    raise
            await self._sleep(pause)
        raise AssertionError("The last try answers or raises.")

    async def _post(self, kid: str, wrapped: str) -> bytes:
        for again in (False, True):
            answer = await self._send(kid, wrapped, await self._token(again))
            if answer.status_code != 401:
                break
        if answer.status_code == 200:
            return _value(answer)
        code = f"key_vault_{answer.status_code}"
        if answer.status_code == 429:
            raise Throttled(code, _retry_after(answer))
        if answer.status_code == 408 or answer.status_code >= 500:
            raise Transient(code)
        raise Broken(Reason.OUR_CREDENTIALS, "_".join(filter(None, (code, _code(answer)))))

    async def _send(self, kid: str, wrapped: str, token: str) -> "httpx.Response":
        import httpx

        try:
            return await self._http.post(
                f"{kid}/unwrapkey",
                params={"api-version": VERSION},
                json={"alg": "RSA-OAEP-256", "value": wrapped},
                headers={"authorization": f"Bearer {token}"},
                timeout=SECONDS,
            )
        except httpx.HTTPError as error:
            raise Transient(f"key_vault_{type(error).__name__}") from error


async def identity_token(again: bool) -> str:
    """A token of the managed identity. `again`: asked for by a credential that remembers none."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError

    from shared.storage.account import fresh_identity, identity

    try:
        if not again:
            return str((await identity().get_token(SCOPE)).token)
        async with fresh_identity() as credential:
            return str((await credential.get_token(SCOPE)).token)
    except ClientAuthenticationError as error:  # also where no credential is to be had at all
        raise Broken(Reason.OUR_CREDENTIALS, "key_vault_identity") from error
    except AzureError as error:
        raise Transient("key_vault_identity") from error


def fixed_token(token: str) -> Token:
    """A token that is given: of the key vault on this machine."""

    async def answer(_again: bool) -> str:
        return token

    return answer


def _value(answer: "httpx.Response") -> bytes:
    try:
        text: str = answer.json()["value"]
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (TypeError, KeyError, NotBase64, ValueError) as error:
        raise Transient("key_vault_unreadable_answer") from error


def _code(answer: "httpx.Response") -> str:
    """The inner code says more: KeyDisabled, ForbiddenByRbac, ForbiddenByFirewall."""
    try:
        error = answer.json()["error"]
        return str((error.get("innererror") or {}).get("code") or error["code"])[:40]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _retry_after(answer: "httpx.Response") -> float:
    wish = answer.headers.get("retry-after", "")
    return min(float(wish), LONGEST_WAIT) if wish.isdigit() else USUAL_WAIT
