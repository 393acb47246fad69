"""Sealing with AES-256-GCM: what is sealed, and for how short a time, decides by which keys.

A sealed text is `key-name.base64(nonce + ciphertext)`. The context (whose secret, for which purpose) is authenticated
with it, so a sealed text moved to another row or purpose does not open. Token caches are sealed by data keys
(`shared.identity.data_keys`); what lives for an hour or a few weeks (console sessions, sign-ins, links on their way)
by keys that are derived from the signing keys, so that it needs no call and goes with them.
"""

import hmac
import os
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.config import ConfigError
from shared.identity.signing import name_of
from shared.sync.access import CannotUnseal

NONCE_BYTES = 12
KEY_BYTES = 32


class Sealer:
    """Seals with the newest key, opens with any. Keys are `name:base64 of 32 bytes`, newest first."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        parsed = [_parse(key) for key in keys]
        if not parsed:
            raise ConfigError("Sealing needs at least one key.")
        self._newest = parsed[0][0]
        self._keys = dict(reversed(parsed))

    def seal(self, plain: str, context: str) -> str:
        """Encrypt and authenticate `plain`, bound to `context`."""
        return sealed_by(self._newest, self._keys[self._newest], plain, context)

    def unseal(self, sealed: str, context: str) -> str:
        """The plain text again. Raises CannotUnseal."""
        name = key_name(sealed)
        key = self._keys.get(name)
        if key is None:
            raise CannotUnseal(f"Sealed with the key {name[:32]!r}, which is not known any more.")
        return opened_by(name, key, sealed, context)


def derived(signing_keys: tuple[str, ...]) -> tuple[str, ...]:
    """Keys of a `Sealer`, one from each signing key and by its name."""
    return tuple(f"{name_of(key)}:{b64encode(_derived(key)).decode()}" for key in signing_keys)


def key_name(sealed: str) -> str:
    """The name of the key that sealed a text."""
    return sealed.partition(".")[0]


def sealed_by(name: str, key: AESGCM, plain: str, context: str) -> str:
    """Encrypt and authenticate `plain`, bound to `context` and to the key's name."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.encrypt(nonce, plain.encode(), _bound(name, context))
    return f"{name}.{urlsafe_b64encode(nonce + sealed).decode()}"


def opened_by(name: str, key: AESGCM, sealed: str, context: str) -> str:
    """What `sealed_by` sealed. Raises CannotUnseal."""
    try:
        data = urlsafe_b64decode(sealed.partition(".")[2])
        return key.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bound(name, context)).decode()
    except (InvalidTag, NotBase64, ValueError) as error:
        raise CannotUnseal("The sealed text was changed, or belongs to something else.") from error


def _derived(signing_key: str) -> bytes:
    return hmac.digest(signing_key.encode(), b"sealing key", "sha256")


def _bound(name: str, context: str) -> bytes:
    return f"{name}\n{context}".encode()


def _parse(key: str) -> tuple[str, AESGCM]:
    name, colon, text = key.partition(":")
    secret = plain_key(text)
    if not colon or not name or "." in name or secret is None:
        raise ConfigError("A sealing key must read `name:base64 of 32 bytes`, and a name has no dot.")
    return name, AESGCM(secret)


def plain_key(text: str) -> bytes | None:
    """32 bytes out of base64; None for anything else."""
    try:
        secret = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return None
    return secret if len(secret) == KEY_BYTES else None
