"""What carriers tell of mails that did not arrive, by the door that they use."""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

from functions.email_events import blueprint, receive
from functions.http import guarded
from shared.domain.failures import Transient
from shared.email.records import SENT, MailRecord
from shared.sync.invite import invite
from tests.email.amazon import CERTIFICATE, TOPIC, certificate, signed
from tests.email.post import Post
from tests.functions.api_world import Answer, answer_of

CONFIRM = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a&Token=b"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Events(Post):
    """A resource was invited by mail; its carrier has news."""

    def __init__(self) -> None:
        super().__init__()
        self.config = replace(self.config, ses_topic_arn=TOPIC)
        self.confirmed: list[str] = []
        self.trouble: Exception | None = None

    async def send(self) -> str:
        """Invite, and answer the carrier's id of the mail."""
        await invite(self, "c1", "r1")
        await self.letterbox.send(self.mail.sent[-1])
        await self.deliver_all()
        return self.carrier.arrived[-1].operation_id

    async def post(self, body: Any) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = func.HttpRequest("POST", "https://sync.example/api/email/events", body=raw)
        return answer_of(await guarded(receive(request, self, self.mails, self._get)))

    async def _get(self, address: str) -> bytes:
        if address == CERTIFICATE:
            return certificate()
        if self.trouble:
            raise self.trouble
        self.confirmed.append(address)
        return b""

    async def lines(self) -> list[str]:
        lines, _ = await self.store.log("c1", "r1", 50, "")
        return [line.rule for line in lines if line.rule == "undelivered"]


@pytest.fixture
async def events() -> Events:
    events = Events()
    await events.with_company()
    return events


def report(message_id: object, status: object = "Bounced", kind: str = "EmailDeliveryReportReceived") -> dict[str, Any]:
    """An event of Event Grid, as Communication Services sends it."""
    data = {"sender": "s@example.com", "recipient": "pat@example.org", "messageId": message_id, "status": status}
    return {"id": "1", "eventType": f"Microsoft.Communication.{kind}", "dataVersion": "1.0", "data": data}


def sns(event: object, topic: str = TOPIC, kind: str = "Notification") -> dict[str, Any]:
    return signed({"Type": kind, "TopicArn": topic, "Message": json.dumps(event)})


def confirmation(link: str = CONFIRM, kind: str = "SubscriptionConfirmation") -> dict[str, Any]:
    return signed({"Type": kind, "Message": "", "Token": "b", "SubscribeURL": link})


def bounce(
    message_id: str, kind: str = "Permanent", exactly: str = "NoEmail", name: str = "eventType"
) -> dict[str, Any]:
    about = {"bounceType": kind, "bounceSubType": exactly, "bouncedRecipients": [{"emailAddress": "pat@example.org"}]}
    return {name: "Bounce", "mail": {"messageId": message_id}, "bounce": about}


@pytest.mark.parametrize("status", ["Bounced", "Suppressed", "Failed", "Quarantined", "FilteredSpam"])
async def test_an_invitation_that_azure_could_not_deliver_shows_on_the_resource(events: Events, status: str) -> None:
    message_id = await events.send()
    answer = await events.post([report(message_id, status)])
    assert answer.status == 204
    assert (await events.connection()).undelivered_at == events.now()


@pytest.mark.parametrize("status", ["Delivered", "Expanded", "OutForDelivery", "", None, 7])
async def test_a_mail_that_arrived_is_no_news(events: Events, status: object) -> None:
    message_id = await events.send()
    assert (await events.post([report(message_id, status)])).status == 204
    assert (await events.connection()).undelivered_at is None


@pytest.mark.parametrize("name", ["eventType", "notificationType"])
async def test_an_invitation_that_amazon_could_not_deliver_shows_on_the_resource(events: Events, name: str) -> None:
    message_id = await events.send()
    assert (await events.post(sns(bounce(message_id, name=name)))).status == 204
    assert (await events.connection()).undelivered_at == events.now()
    assert (await events.store.log("c1", "r1", 1, ""))[0][0].detail == "Permanent/NoEmail"


@pytest.mark.parametrize(("exactly", "shown"), [("MailboxFull", True), ("General", False)])
async def test_an_absence_note_is_no_bounce(events: Events, exactly: str, shown: bool) -> None:
    message_id = await events.send()
    await events.post(sns(bounce(message_id, "Transient", exactly)))
    assert ((await events.connection()).undelivered_at is not None) is shown


@pytest.mark.parametrize("kind", ["Delivery", "Send", "Complaint", "DeliveryDelay"])
async def test_other_news_of_amazon_is_no_bounce(events: Events, kind: str) -> None:
    message_id = await events.send()
    assert (await events.post(sns({"eventType": kind, "mail": {"messageId": message_id}}))).status == 204
    assert (await events.connection()).undelivered_at is None


async def test_the_same_news_twice_is_said_once(events: Events) -> None:
    message_id = await events.send()
    for _ in range(3):
        await events.post([report(message_id), report(message_id)])
    assert await events.lines() == ["undelivered"]


async def test_late_news_of_an_earlier_invitation_says_nothing_about_the_new_one(events: Events) -> None:
    first = await events.send()
    await events.send()
    await events.post([report(first)])
    assert (await events.connection()).undelivered_at is None


async def test_a_bounce_of_a_mail_without_a_link_is_no_matter_of_the_invitation(events: Events) -> None:
    await events.send()
    other = MailRecord(
        company_id="c1", resource_id="r1", kind="digest", cause="digest:1", at=AT, state=SENT, message_id="d"
    )
    await events.mails.save(other)
    await events.post([report("d")])
    assert (await events.connection()).undelivered_at is None


async def test_one_bad_event_keeps_none_of_the_others_from_being_read(events: Events) -> None:
    message_id = await events.send()
    bad = [None, 1, {}, {"eventType": report("x")["eventType"]}, report(["x"]), report("unknown"), report(message_id)]
    assert (await events.post(bad)).status == 204
    assert (await events.connection()).undelivered_at is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"1",
        b"{}",
        b'"x"',
        *(json.dumps(signed({"Type": "Notification", "Message": bad})).encode() for bad in ("{", "", "[" * 100_000)),
    ],
)
async def test_what_is_no_event_is_a_bad_request(events: Events, body: bytes) -> None:
    assert (await events.post(body)).status == 400


async def test_event_grid_hears_the_code_that_it_wants_to_hear(events: Events) -> None:
    validation = {
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "data": {"validationCode": "512d38b6"},
    }
    answer = await events.post([validation])
    assert (answer.status, answer.data) == (200, {"validationResponse": "512d38b6"})


@pytest.mark.parametrize("topic", ["", TOPIC[:-1], TOPIC + "x", "ü"])
async def test_a_topic_that_is_not_ours_is_refused(events: Events, topic: str) -> None:
    message_id = await events.send()
    assert (await events.post(sns(bounce(message_id), topic))).status == 401
    assert (await events.connection()).undelivered_at is None


@pytest.mark.parametrize("forged", [{"Signature": "AAAA"}, {"Signature": None}, {"SignatureVersion": "0"}])
async def test_whoever_knows_key_and_topic_but_is_not_amazon_changes_nothing(
    events: Events, forged: dict[str, Any]
) -> None:
    message_id = await events.send()
    for message in (sns(bounce(message_id)), confirmation()):
        assert (await events.post(message | forged)).status == 401
    assert ((await events.connection()).undelivered_at, await events.lines(), events.confirmed) == (None, [], [])


async def test_without_a_topic_in_the_settings_none_is_ours(events: Events) -> None:
    events.config = replace(events.config, ses_topic_arn="")
    assert (await events.post(sns({}, ""))).status == 401


async def test_a_subscription_of_our_topic_is_confirmed(events: Events) -> None:
    answer = await events.post(confirmation())
    assert (answer.status, events.confirmed) == (204, [CONFIRM])


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com.evil.example/?Action=ConfirmSubscription",
        "https://169.254.169.254/?Action=ConfirmSubscription",
        "https://sns.eu-central-1.amazonaws.com@evil.example/?a=b",
        "https://sns.x/?.amazonaws.com/?a=b",
    ],
)
async def test_no_message_makes_us_call_any_address_but_amazons(events: Events, link: str) -> None:
    answer = await events.post(confirmation(link))
    assert (answer.status, events.confirmed) == (400, [])


async def test_a_confirmation_that_did_not_work_is_asked_for_again(events: Events) -> None:
    events.trouble = Transient("ConnectError")
    answer = await events.post(confirmation())
    assert answer.status == 503


async def test_the_end_of_a_subscription_changes_nothing(events: Events) -> None:
    answer = await events.post(confirmation(kind="UnsubscribeConfirmation"))
    assert (answer.status, events.confirmed) == (204, [])


async def test_no_address_of_an_event_gets_into_the_log_or_the_tables(
    events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    message_id = await events.send()
    await events.post([report(message_id), report("unknown")])
    await events.post(sns(bounce("unknown")))
    await events.post(sns({}) | {"Type": "pat@example.org"})
    lines, _ = await events.store.log("c1", "r1", 50, "")
    assert "did not arrive" in caplog.text
    assert "example.org" not in caplog.text + repr(lines) + repr(events.mails.rows)


def test_no_address_that_the_app_calls_is_logged_because_some_hold_secrets() -> None:
    """A subscription's token, a delta link: whichever trigger a process begins with."""
    level = "import logging, shared.app; print(logging.getLogger('httpx').getEffectiveLevel())"
    told = subprocess.run([sys.executable, "-c", level], capture_output=True, text=True, check=True)
    assert int(told.stdout) >= logging.WARNING


def test_nobody_without_the_key_is_heard() -> None:
    app = func.FunctionApp()
    app.register_functions(blueprint)
    (function,) = app.get_functions()
    assert json.loads(str(function))["bindings"][0]["authLevel"] == "FUNCTION"
