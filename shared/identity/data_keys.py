"""The data keys that seal token caches. They are stored wrapped only: a key of the key vault opens them.

Each of VAULT_KEYS, newest first, reads

    name:https://VAULT.vault.azure.net/keys/KEY/VERSION#WRAPPED   wrapped (RSA-OAEP-256, base64url), in Azure
    name:base64 of 32 bytes                                       plain, on one machine only
    name:lost                                                     gone for good: who was sealed by it signs in again

A wrapped key is opened when the first token that needs it is read or stored, once a process. Nothing is opened when
the app starts, and a vault that does not answer concerns only those whose key is not open yet.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.config import ConfigError
from shared.domain.failures import Broken, Reason
from shared.identity.sealing import KEY_BYTES, key_name, opened_by, plain_key, sealed_by
from shared.sync.access import CannotUnseal, KeyUnknown

LOST = "lost"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_WRAPPED = re.compile(
    r"(?P<kid>(?P<vault>https?://[^/#]+)/keys/[A-Za-z0-9-]+/[A-Za-z0-9]+)#(?P<wrapped>[A-Za-z0-9_-]+)"
)
_IN_AZURE = re.compile(r"https://[A-Za-z0-9-]+\.vault\.azure\.net")
_ON_THIS_MACHINE = re.compile(r"http://127\.0\.0\.1:\d+")
_FORM = (
    "Each of VAULT_KEYS must read `name:https://….vault.azure.net/keys/KEY/VERSION#WRAPPED` or `name:lost`; on one "
    "machine it may be `name:base64 of 32 bytes`. A name has letters, digits, - and _ only."
)


class Unwrapper(Protocol):
    """The key vault."""

    async def unwrap(self, kid: str, wrapped: str) -> bytes:
        """The data key. Raises Transient, Throttled, Broken (OUR_CREDENTIALS)."""
        ...


@dataclass(slots=True)
class _Key:
    """`key` is None until it was opened; a lost one has neither `kid` nor `key`."""

    name: str
    kid: str = ""
    wrapped: str = field(default="", repr=False)
    key: AESGCM | None = field(default=None, repr=False)

    @property
    def lost(self) -> bool:
        return self.key is None and not self.kid


class DataKeys:
    """See `shared.sync.access.TokenSealer`. `local`: plain keys, and a vault on this machine, are good enough."""

    def __init__(self, keys: tuple[str, ...], unwrapper: Callable[[], Unwrapper], *, local: bool) -> None:
        parsed = [_parse(key, local=local) for key in keys]
        if not parsed or parsed[0].lost:
            raise ConfigError("VAULT_KEYS needs a key that is not lost in the first place: it seals. " + _FORM)
        if len({key.name for key in parsed}) < len(parsed):
            raise ConfigError("Two of VAULT_KEYS have the same name.")
        self._keys = {key.name: key for key in parsed}
        self._newest = parsed[0].name
        self._unwrapper = unwrapper
        self._opening: dict[str, asyncio.Task[AESGCM]] = {}

    @property
    def newest(self) -> str:
        """The name of the key that seals."""
        return self._newest

    async def seal(self, plain: str, context: str) -> str:
        """Encrypt and authenticate `plain`, bound to `context`. Raises Transient, Broken (OUR_CREDENTIALS)."""
        return sealed_by(self._newest, await self._open(self._keys[self._newest]), plain, context)

    async def unseal(self, sealed: str, context: str) -> str:
        """The plain text again. Raises CannotUnseal, KeyUnknown, Transient, Broken (OUR_CREDENTIALS)."""
        name = key_name(sealed)
        key = self._keys.get(name)
        if key is None:
            raise KeyUnknown(f"Sealed with the key {name[:32]!r}, which VAULT_KEYS does not name.")
        if key.lost:
            raise CannotUnseal(f"Sealed with the key {name!r}, which is lost.")
        return opened_by(name, await self._open(key), sealed, context)

    async def _open(self, key: _Key) -> AESGCM:
        """The key. Whoever asks while it is being opened shares the answer, or the failure."""
        if key.key is not None:
            return key.key
        if key.name not in self._opening:
            self._opening[key.name] = asyncio.create_task(self._unwrapped(key))
            self._opening[key.name].add_done_callback(lambda _: self._opening.pop(key.name))
        return await asyncio.shield(self._opening[key.name])

    async def _unwrapped(self, key: _Key) -> AESGCM:
        secret = await self._unwrapper().unwrap(key.kid, key.wrapped)
        if len(secret) != KEY_BYTES:
            raise Broken(Reason.OUR_CREDENTIALS, "key_vault_other_key")
        key.key = AESGCM(secret)
        return key.key


def _parse(text: str, *, local: bool) -> _Key:
    name, _, rest = text.partition(":")
    if not _NAME.fullmatch(name):
        raise ConfigError(_FORM)
    if rest == LOST:
        return _Key(name)
    if found := _WRAPPED.fullmatch(rest):
        if _IN_AZURE.fullmatch(found["vault"]) or (local and _ON_THIS_MACHINE.fullmatch(found["vault"])):
            return _Key(name, kid=found["kid"], wrapped=found["wrapped"])
        raise ConfigError(f"The key {name!r} of VAULT_KEYS is wrapped by no key vault of Azure. " + _FORM)
    secret = plain_key(rest)
    if secret is None:
        raise ConfigError(_FORM)
    if not local:
        raise ConfigError(f"The key {name!r} of VAULT_KEYS is not wrapped, which is for one machine only. " + _FORM)
    return _Key(name, key=AESGCM(secret))
