"""Amazon SNS as it signs: a certificate, and messages signed with its key."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-central-1:123456789012:mails"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ENDS = BEGAN + timedelta(days=730)
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@cache
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def certificate() -> bytes:
    """PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(name, name, key().public_key(), 1, BEGAN, ENDS).sign(key(), hashes.SHA256())
    return made.public_bytes(Encoding.PEM)


def signed(message: Mapping[str, Any], version: str = "2") -> dict[str, Any]:
    """`message` as SNS sends it."""
    whole = {"MessageId": "m", "Timestamp": "2026-03-02T09:00:00.000Z", "TopicArn": TOPIC, **message}
    names = _NOTIFICATION if whole["Type"] == "Notification" else _CONFIRMATION
    text = "".join(f"{name}\n{whole[name]}\n" for name in names if name in whole).encode()
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303  # as Amazon does unless told otherwise
    signature = b64encode(key().sign(text, PKCS1v15(), digest)).decode()
    return whole | {"Signature": signature, "SignatureVersion": version, "SigningCertURL": CERTIFICATE}
