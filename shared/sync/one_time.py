"""One-time secrets: what goes into a link, and what is kept of it."""

import hashlib
import secrets


def new_token() -> str:
    """A one-time secret: 32 random bytes, safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """All that is kept of a one-time secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
