"""Is a message really Amazon SNS's? Its signature, checked as Amazon asks for:
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import re
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

type Get = Callable[[str], Awaitable[bytes]]
"""The body of an address of Amazon's. Raises Transient."""

REMEMBERED = 8
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_OPTIONAL = "Subject"
_DIGESTS: Mapping[str, type[hashes.HashAlgorithm]] = {
    "1": hashes.SHA1,  # what a topic signs with unless its attribute SignatureVersion is 2
    "2": hashes.SHA256,
}
_REGION = re.compile(r"arn:aws(-cn)?:sns:([a-z0-9-]{1,30}):[0-9]{12}:[\w-]{1,256}(\.fifo)?", re.ASCII)
_certificates: dict[str, x509.Certificate] = {}


async def genuine(message: Mapping[str, Any], get: Get, now: datetime) -> bool:
    """Did SNS sign exactly this? Its certificate is read from SNS's own host in the topic's region, over TLS, which
    says whose it is; and not again while this process lives. Raises Transient when it cannot be read."""
    text, digest = _text(message), _DIGESTS.get(str(message.get("SignatureVersion")))
    address = _certificate_address(message)
    if text is None or digest is None or not address:
        return False
    certificate = _certificates.get(address) or x509.load_pem_x509_certificate(await get(address))
    key = certificate.public_key()
    if (
        not isinstance(key, RSAPublicKey)
        or not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    ):
        return False
    try:
        key.verify(b64decode(str(message.get("Signature")), validate=True), text, PKCS1v15(), digest())
    except (InvalidSignature, ValueError):
        return False
    if len(_certificates) < REMEMBERED:
        _certificates[address] = certificate
    return True


def _text(message: Mapping[str, Any]) -> bytes | None:
    """What was signed; None when it is not all there."""
    names = [name for name in _SIGNED.get(str(message.get("Type")), ()) if name != _OPTIONAL or name in message]
    values = [message.get(name) for name in names]
    if not names or not all(isinstance(value, str) for value in values):
        return None
    return "".join(f"{name}\n{value}\n" for name, value in zip(names, values, strict=True)).encode()


def _certificate_address(message: Mapping[str, Any]) -> str:
    """`SigningCertURL`; "" unless it is a certificate on SNS's host in the region of the topic."""
    topic, address = _REGION.fullmatch(str(message.get("TopicArn"))), str(message.get("SigningCertURL"))
    if topic is None:
        return ""
    host = re.escape(f"sns.{topic[2]}.amazonaws.com{'.cn' if topic[1] else ''}")
    return address if re.fullmatch(rf"https://{host}/SimpleNotificationService-[0-9a-f]{{1,64}}\.pem", address) else ""
