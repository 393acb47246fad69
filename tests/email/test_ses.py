"""Amazon SES: moto's imitation of it for what it does, a server of our own for how it fails."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.session
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from shared.domain.failures import Failure, Refused, Throttled, Transient
from shared.email.carriers import OUR_FAULT_PAUSE, Envelope, Unsure
from shared.email.ses import Ses

REGION = "eu-central-1"
SENDER = "sync@mail.example.com"
ENVELOPE = Envelope(
    at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    to="pat@example.org",
    kind="invitation",
    subject="Grüße",
    text="text",
    html="<p>html</p>",
    once="invitation|c1|r1|hash",
)


def ses(endpoint: str = "") -> Ses:
    return Ses(region=REGION, key_id="key", secret="secret", sender=SENDER, endpoint=endpoint)


def verify(address: str) -> None:
    client = botocore.session.Session().create_client(
        "sesv2", region_name=REGION, aws_access_key_id="key", aws_secret_access_key="secret"
    )
    client.create_email_identity(EmailIdentity=address)


@contextmanager
def answering(status: int, code: str = "", retry_after: str = "") -> Iterator[str]:
    """The address of a server that answers every request so; with status 0 it hangs up instead."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if not status:
                self.connection.close()
                return
            body = json.dumps({"message": "about pat@example.org"}).encode()
            self.send_response(status)
            self.send_header("x-amzn-ErrorType", code)
            self.send_header("Content-Length", str(len(body)))
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


async def failure(carrier: Ses) -> Failure:
    with pytest.raises(Failure) as caught:
        await carrier.carry(ENVELOPE)
    return caught.value


@pytest.fixture
def amazon() -> Iterator[None]:
    """Moto answers instead of Amazon."""
    with mock_aws():
        yield


@pytest.mark.usefixtures("amazon")
async def test_a_mail_arrives_at_ses_whole_and_tells_its_id() -> None:
    verify(SENDER)
    message_id = await ses().carry(ENVELOPE)
    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
    assert message_id == sent.id
    assert (sent.subject, sent.destinations["ToAddresses"]) == ("Grüße", ["pat@example.org"])
    assert sent.source == f'"TIMIFY" <{SENDER}>'


@pytest.mark.usefixtures("amazon")
async def test_what_may_have_been_sent_is_not_sent_again() -> None:
    verify(SENDER)
    await ses().carry(ENVELOPE)
    assert await ses().carry(ENVELOPE, again=True) == ""
    assert len(ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages) == 1


@pytest.mark.usefixtures("amazon")
async def test_a_mail_that_ses_rejects_is_refused() -> None:
    refused = await failure(ses())
    assert (type(refused), refused.code) == (Refused, "MessageRejected")


@pytest.mark.parametrize(("wish", "seconds"), [("42", 42.0), ("", 10.0)])
async def test_a_busy_ses_is_asked_again_when_it_said(wish: str, seconds: float) -> None:
    with answering(429, "TooManyRequestsException", wish) as address:
        throttled = await failure(ses(address))
    assert isinstance(throttled, Throttled)
    assert throttled.retry_after == seconds


async def test_a_broken_ses_took_nothing_and_is_asked_again() -> None:
    with answering(500, "InternalServiceErrorException") as address:
        found = await failure(ses(address))
    assert isinstance(found, Transient)
    assert not isinstance(found, Unsure)


async def test_of_a_connection_that_broke_nobody_knows_whether_the_mail_went() -> None:
    with answering(0) as address:
        assert isinstance(await failure(ses(address)), Unsure)


async def test_where_nobody_listens_no_mail_went() -> None:
    with answering(200) as address:
        pass
    found = await failure(ses(address))
    assert isinstance(found, Transient)
    assert not isinstance(found, Unsure)


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "SendingPausedException", "MailFromDomainNotVerifiedException"]
)
async def test_what_is_wrong_with_the_account_is_no_fault_of_the_mail(
    code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with answering(403, code) as address:
        ours = await failure(ses(address))
    assert isinstance(ours, Throttled)
    assert ours.retry_after == OUR_FAULT_PAUSE
    assert "pat@example.org" not in caplog.text
