"""Azure Communication Services Email, on a transport in memory."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from functions.email_worker import pause
from shared.domain.failures import Failure, Refused, Throttled, Transient
from shared.email.acs import Acs, by_key
from shared.email.carriers import OUR_FAULT_PAUSE, Envelope, Unsure

KEY = base64.b64encode(b"an access key of the resource").decode()
ENVELOPE = Envelope(
    at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    to="pat@example.org",
    kind="invitation",
    subject="Grüße",
    text="text",
    html="<p>html</p>",
    once="invitation|c1|r1|hash",
)


@dataclass
class Resource:
    """A communication resource: what was queued there by operation, and how it answers next."""

    queued: dict[str, dict[str, object]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    trouble: list[Callable[[httpx.Request], httpx.Response]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.trouble:
            return self.trouble.pop(0)(request)
        if request.method == "GET":
            known = request.url.path.rpartition("/")[2] in self.queued
            return httpx.Response(200 if known else 404, json={"status": "Running"} if known else {})
        self.queued[request.headers["Operation-Id"]] = json.loads(request.content)
        return httpx.Response(202, json={"id": request.headers["Operation-Id"], "status": "Running"})

    def carrier(self) -> Acs:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return Acs(http, "https://post.example.com/", "sync@mail.example.com", by_key(KEY))


def answering(status: int, code: str = "", **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    body = {"error": {"code": code, "message": "about pat@example.org"}} if code else None
    return lambda request: httpx.Response(
        status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def raising(error: type[httpx.HTTPError]) -> Callable[[httpx.Request], httpx.Response]:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("no")

    return fail


async def failure(resource: Resource, *trouble: Callable[[httpx.Request], httpx.Response]) -> Failure:
    resource.trouble = list(trouble)
    with pytest.raises(Failure) as caught:
        await resource.carrier().carry(ENVELOPE)
    return caught.value


async def test_a_mail_is_queued_without_tracking_under_an_id_of_its_occasion() -> None:
    resource = Resource()
    operation = await resource.carrier().carry(ENVELOPE)
    assert resource.queued == {
        operation: {
            "senderAddress": "sync@mail.example.com",
            "content": {"subject": "Grüße", "plainText": "text", "html": "<p>html</p>"},
            "recipients": {"to": [{"address": "pat@example.org"}]},
            "userEngagementTrackingDisabled": True,
        }
    }
    assert str(resource.requests[0].url) == "https://post.example.com/emails:send?api-version=2023-03-31"
    assert operation == ENVELOPE.operation_id


async def test_a_request_is_signed_as_the_resource_checks_it() -> None:
    resource = Resource()
    await resource.carrier().carry(ENVELOPE)
    (request,) = resource.requests
    digest = base64.b64encode(hashlib.sha256(request.content).digest()).decode()
    signed = f"POST\n/emails:send?api-version=2023-03-31\n{request.headers['x-ms-date']};post.example.com;{digest}"
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), signed.encode(), "sha256")).decode()
    assert request.headers["x-ms-content-sha256"] == digest
    assert request.headers["Authorization"].endswith(f"&Signature={signature}")
    assert "Grüße".encode() in request.content


async def test_after_a_try_that_took_effect_unseen_nothing_is_sent_again() -> None:
    resource = Resource()
    first = await resource.carrier().carry(ENVELOPE)
    assert await resource.carrier().carry(ENVELOPE, again=True) == first
    assert [request.method for request in resource.requests] == ["POST", "GET"]


async def test_after_a_try_that_never_arrived_the_mail_is_sent() -> None:
    resource = Resource()
    await resource.carrier().carry(ENVELOPE, again=True)
    assert [request.method for request in resource.requests] == ["GET", "POST"]
    assert len(resource.queued) == 1


async def test_an_operation_that_exists_already_is_done() -> None:
    resource = Resource(trouble=[answering(409, "Conflict")])
    assert await resource.carrier().carry(ENVELOPE) == ENVELOPE.operation_id


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [("77", 77.0), ("", 10.0), ("soon", 10.0), ("999999", 3600.0), (None, 90.0)],
)
async def test_a_busy_resource_is_asked_again_when_it_said(wish: str | None, seconds: float) -> None:
    when = wish if wish is not None else format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    throttled = await failure(Resource(), answering(429, "TooManyRequests", Retry_After=when))
    assert isinstance(throttled, Throttled)
    assert not isinstance(throttled, Unsure)
    assert throttled.retry_after == pytest.approx(seconds, abs=2)


@pytest.mark.parametrize(
    "trouble", [answering(500), answering(503), raising(httpx.ReadTimeout), raising(httpx.ReadError)]
)
async def test_of_an_answer_that_got_lost_nobody_knows_whether_the_mail_went(
    trouble: Callable[[httpx.Request], httpx.Response],
) -> None:
    assert isinstance(await failure(Resource(), trouble), Unsure)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout])
async def test_a_connection_that_was_never_made_took_no_mail(error: type[httpx.HTTPError]) -> None:
    found = await failure(Resource(), raising(error))
    assert isinstance(found, Transient)
    assert not isinstance(found, Unsure)


async def test_a_mail_that_is_not_accepted_is_refused_by_its_code_alone() -> None:
    refused = await failure(Resource(), answering(400, "InvalidRecipient"))
    assert isinstance(refused, Refused)
    assert (refused.code, "pat" in str(refused)) == ("InvalidRecipient", False)


@pytest.mark.parametrize(("status", "code"), [(401, "Denied"), (403, ""), (404, ""), (400, "DomainNotLinked")])
async def test_what_is_wrong_with_the_deployment_is_no_fault_of_the_mail(
    status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    ours = await failure(Resource(), answering(status, code))
    assert isinstance(ours, Throttled)
    assert ours.retry_after == OUR_FAULT_PAUSE
    assert [record.levelname for record in caplog.records if record.name.startswith("shared")] == ["ERROR"]


async def test_an_answer_that_is_no_json_stops_nothing() -> None:
    refused = await failure(Resource(), lambda request: httpx.Response(400, text="<html>Bad Request</html>"))
    assert (type(refused), refused.code) == (Refused, "400")


async def test_a_broken_resource_is_left_alone_as_long_as_it_wishes() -> None:
    lost = await failure(Resource(), answering(503, Retry_After="120"))
    assert isinstance(lost, Unsure)
    assert pause(lost, 0) == 120.0
