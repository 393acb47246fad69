"""Whoever has the key of the address and knows the topic is still not Amazon."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from shared.domain.failures import Transient
from shared.email.sns import genuine
from tests.email.amazon import BEGAN, CERTIFICATE, ENDS, certificate, key, signed

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEWS = {"Type": "Notification", "Message": '{"eventType": "Bounce"}', "Subject": "Amazon SES"}
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "Message": "You have chosen to subscribe",
    "Token": "t",
    "SubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
}


async def check(message: dict[str, Any], now: datetime = NOW) -> bool:
    async def get(address: str) -> bytes:
        assert address == CERTIFICATE, "no other address may be asked"
        return certificate()

    return await genuine(message, get, now)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("message", [NEWS, CONFIRMATION, {**CONFIRMATION, "Type": "UnsubscribeConfirmation"}])
async def test_what_amazon_signed_is_believed(message: dict[str, str], version: str) -> None:
    assert await check(signed(message, version))
    assert await check(signed({name: value for name, value in message.items() if name != "Subject"}, version))


@pytest.mark.parametrize("field", ["Message", "MessageId", "Subject", "Timestamp", "Type", "Signature"])
async def test_nothing_that_counts_can_be_changed_or_left_out(field: str) -> None:
    genuinely = signed(NEWS)
    first = "B" if genuinely[field].startswith("A") else "A"
    changed = first + genuinely[field][1:] if field != "Type" else "SubscriptionConfirmation"
    assert not await check(genuinely | {field: changed})
    assert not await check({name: value for name, value in genuinely.items() if name != field})
    assert not await check(genuinely | {field: [genuinely[field]]})


@pytest.mark.parametrize("field", ["SubscribeURL", "Token"])
async def test_the_link_of_a_confirmation_is_amazons_own(field: str) -> None:
    assert not await check(signed(CONFIRMATION) | {field: "https://evil.example/"})


@pytest.mark.parametrize("version", ["", "0", "3", "none", None, 2.0])
async def test_no_other_way_of_signing_is_accepted(version: object) -> None:
    assert not await check(signed(NEWS) | {"SignatureVersion": version})


async def test_a_digest_is_not_good_as_another_one() -> None:
    assert not await check(signed(NEWS, "1") | {"SignatureVersion": "2"})


@pytest.mark.parametrize(
    "address",
    [
        None,
        "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-central-1.amazonaws.com@evil.example/SimpleNotificationService-0a.pem",
        "https://snsXeu-central-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://evil.example/?https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-central-1.amazonaws.com/bucket/SimpleNotificationService-0a.pem",
        "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem\n",
        "https://sns.eu-central-1.amazonaws.com/../evil.pem",
        "file:///etc/passwd",
    ],
)
async def test_a_certificate_of_somebody_elses_is_not_even_asked_for(address: object) -> None:
    assert not await check(signed(NEWS) | {"SigningCertURL": address})


@pytest.mark.parametrize("topic", ["", "arn:aws:sns:eu.evil:123456789012:mails", "arn:aws:sns:../x:123456789012:mails"])
async def test_a_topic_that_is_none_names_no_host(topic: str) -> None:
    assert not await check(signed({**NEWS, "TopicArn": topic}))


@pytest.mark.parametrize("now", [BEGAN.replace(year=2025), ENDS.replace(year=2029)])
async def test_a_certificate_that_is_over_signs_nothing(now: datetime) -> None:
    assert not await check(signed(NEWS), now)


async def test_a_signature_with_rubbish_in_it_is_none() -> None:
    genuinely = signed(NEWS)
    assert not await check(genuinely | {"Signature": genuinely["Signature"] + "\n!"})
    other = key().sign(b"something else", PKCS1v15(), hashes.SHA256())
    assert not await check(genuinely | {"Signature": b64encode(other).decode()})
    assert len(b64decode(genuinely["Signature"])) == len(other)


async def test_the_certificate_is_read_once_and_a_host_that_is_away_is_told_as_that() -> None:
    await check(signed(NEWS))

    async def away(address: str) -> bytes:
        raise Transient("ConnectError")

    assert await genuine(signed(NEWS), away, NOW)
    elsewhere = CERTIFICATE.replace("0123456789abcdef", "fedcba")
    with pytest.raises(Transient):
        await genuine(signed(NEWS) | {"SigningCertURL": elsewhere}, away, NOW)
