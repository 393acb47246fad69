"""Signed texts (HMAC-SHA256) with rotating keys. Imports nothing heavy: webhooks use it cold."""

import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime
from urllib.parse import quote, unquote

from shared.config import ConfigError

CLIENT_STATE_LIMIT = 128
"""Graph takes no longer client state."""

SHORTEST_KEY = 16
_NAMED = re.compile(r"([A-Za-z0-9_-]{1,32}):.{16,}", re.DOTALL)


class Signer:
    """Signs with the newest key, accepts any of them. A signature is for one purpose and good for no other.

    A key is `name:random text`; the name is no secret. One without a name gets one that tells nothing about it.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        if not keys or min(map(len, keys)) < SHORTEST_KEY:
            raise ConfigError(f"Each of SIGNING_KEYS must be a random text of at least {SHORTEST_KEY} characters.")
        self._keys = [key.encode() for key in keys]
        self._newest = name_of(keys[0])

    @property
    def newest(self) -> str:
        """The name of the key that signs."""
        return self._newest

    def sign(self, purpose: str, text: str) -> str:
        """The signature of `text` for `purpose`: 43 characters that are safe in addresses and cookies."""
        return _mac(self._keys[0], purpose, text)

    def verify(self, purpose: str, text: str, signature: str) -> bool:
        """Was it signed by one of our keys? The time taken tells nothing about how much of it is right."""
        given = signature.encode("utf-8", "surrogatepass")
        matches = [hmac.compare_digest(_mac(key, purpose, text).encode(), given) for key in self._keys]
        return any(matches)

    def client_state(self, company_id: str, resource_id: str) -> str:
        """What Graph hands back with every notification: `company|resource|signature`, at most 128 characters."""
        owner = f"{quote(company_id, safe='')}|{quote(resource_id, safe='')}"
        state = f"{owner}|{self.sign('client_state', owner)}"
        if len(state) > CLIENT_STATE_LIMIT:
            raise ValueError(f"The ids of company and resource are too long for a client state ({len(state)}).")
        return state

    def read_client_state(self, text: str) -> tuple[str, str] | None:
        """(company, resource) of a client state that we made; None for anything else."""
        owner, _, signature = text.rpartition("|")
        if not self.verify("client_state", owner, signature):
            return None
        company_id, _, resource_id = owner.partition("|")
        return unquote(company_id), unquote(resource_id)

    def issue(self, purpose: str, text: str, expires: datetime) -> str:
        """A signed `text` that is good until `expires`: `text.expiry.signature`, which may be a segment of a path."""
        body = f"{_plain(text)}.{int(expires.timestamp())}"
        return f"{body}.{self.sign(purpose, body)}"

    def read(self, purpose: str, token: str, now: datetime) -> str | None:
        """The text of a token that `issue` made for `purpose` and that is still good; None otherwise."""
        body, _, signature = token.rpartition(".")
        if not self.verify(purpose, body, signature):
            return None
        text, _, expires = body.rpartition(".")
        return unquote(text.replace("~", "%")) if now.timestamp() < int(expires) else None


def name_of(key: str) -> str:
    """What a key is called where it must be told from another one."""
    named = _NAMED.fullmatch(key)
    return named[1] if named else hmac.digest(key.encode(), b"name of the key", "sha256").hex()[:8]


def _plain(text: str) -> str:
    """In letters that no address encodes: servers decode `%7C` on the way, and the signature would not fit any more."""
    return quote(text, safe="").replace("~", "%7E").replace("%", "~")


def _mac(key: bytes, purpose: str, text: str) -> str:
    digest = hmac.digest(key, f"{purpose}\n{text}".encode("utf-8", "surrogatepass"), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")
