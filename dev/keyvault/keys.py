"""RSA keys of the simulated vault. The first version is always the same, so that what it wrapped can be a setting."""

import base64
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY = "wrapping"
FIRST = "5f0000000000000000000000000000a1"
_E = 65537
_P, _Q = 2**1279 - 1, 2**2203 - 1
"""Two primes that everybody knows: they protect made-up data on one machine."""
ALGORITHM = "RSA-OAEP-256"
PADDING = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


@dataclass(slots=True)
class Version:
    """One version of the key."""

    id: str
    private: rsa.RSAPrivateKey = field(repr=False)
    created: int
    enabled: bool = True

    def to_json(self) -> dict[str, object]:
        """For a restart."""
        der = self.private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {"id": self.id, "private": to_text(der), "created": self.created, "enabled": self.enabled}

    @classmethod
    def from_json(cls, data: dict[str, object]) -> "Version":
        private = serialization.load_der_private_key(from_text(str(data["private"])), None)
        assert isinstance(private, rsa.RSAPrivateKey)
        return cls(str(data["id"]), private, int(str(data["created"])), bool(data["enabled"]))


def to_text(data: bytes) -> str:
    """Base64url without padding, as the vault has it."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_pem(private: rsa.RSAPrivateKey) -> str:
    """The public half."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


@cache
def first_version() -> rsa.RSAPrivateKey:
    """The private key of the first version."""
    d = rsa.rsa_recover_private_exponent(_E, _P, _Q)
    numbers = rsa.RSAPrivateNumbers(
        p=_P,
        q=_Q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, _P),
        dmq1=rsa.rsa_crt_dmq1(d, _Q),
        iqmp=rsa.rsa_crt_iqmp(_P, _Q),
        public_numbers=rsa.RSAPublicNumbers(_E, _P * _Q),
    )
    return numbers.private_key()


def wrap(vault: str, name: str, secret: bytes) -> str:
    """An entry of VAULT_KEYS: a data key that the first version of the vault at this address has wrapped."""
    wrapped = first_version().public_key().encrypt(secret, PADDING)
    return f"{name}:{vault}/keys/{KEY}/{FIRST}#{to_text(wrapped)}"
