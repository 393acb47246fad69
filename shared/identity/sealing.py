"""Sealing secrets that must be stored: AES-256-GCM with rotating keys.

A sealed text is `key-id.base64(nonce + ciphertext)`. The context (whose secret, for which purpose) is authenticated
with it, so a sealed text moved to another row or purpose does not open.
"""

import os
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.config import ConfigError
from shared.sync.access import CannotUnseal

NONCE_BYTES = 12
KEY_BYTES = 32


class Sealer:
    """Seals with the newest key, opens with any. Keys are `id:base64 of 32 bytes`, newest first."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        parsed = [_parse(key) for key in keys]
        if not parsed:
            raise ConfigError("VAULT_KEYS needs at least one key: `id:base64 of 32 random bytes`.")
        self._newest = parsed[0][0]
        self._keys = dict(reversed(parsed))

    def seal(self, plain: str, context: str) -> str:
        """Encrypt and authenticate `plain`, bound to `context`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self._newest].encrypt(nonce, plain.encode(), _bound(self._newest, context))
        return f"{self._newest}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, context: str) -> str:
        """The plain text again. Raises CannotUnseal."""
        key_id, _, body = sealed.partition(".")
        key = self._keys.get(key_id)
        if key is None:
            raise CannotUnseal(f"Sealed with the key {key_id[:32]!r}, which VAULT_KEYS does not name any more.")
        try:
            data = urlsafe_b64decode(body)
            return key.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bound(key_id, context)).decode()
        except (InvalidTag, NotBase64, ValueError) as error:
            raise CannotUnseal("The sealed text was changed, or belongs to something else.") from error


def _bound(key_id: str, context: str) -> bytes:
    return f"{key_id}\n{context}".encode()


def _parse(key: str) -> tuple[str, AESGCM]:
    key_id, colon, text = key.partition(":")
    try:
        secret = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        secret = b""
    if not colon or not key_id or "." in key_id or len(secret) != KEY_BYTES:
        raise ConfigError("Each of VAULT_KEYS must read `id:base64 of 32 bytes`, and an id has no dot.")
    return key_id, AESGCM(secret)
