"""What the client does when Graph is slow, cross, forgetful or gone."""

import asyncio
import logging
import uuid
from email.utils import format_datetime

import httpx
import pytest

from shared.domain.failures import Broken, Failure, Reason, Refused, Stale, Throttled, Transient
from shared.outlook.client import Answer, GraphClient, Lanes
from shared.outlook.errors import failure_of, most_specific
from shared.telemetry import trail
from tests.adapters.outlook.wire import BASE, NOW, Wire, error, ok

GATEWAY = error(502)


async def test_every_request_says_who_asks_and_in_which_form_it_wants_ids_times_and_texts() -> None:
    wire = Wire(ok())
    await wire.client.get(("me", "calendars", "a/b=="), {"$top": "1", "$filter": "x eq 'y z'"})
    assert wire.lines == ["GET /me/calendars/a%2Fb==?$top=1&$filter=x%20eq%20%27y%20z%27"]
    (request,) = wire.requests
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["prefer"] == (
        'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"'
    )
    assert request.extensions["timeout"] == {"connect": 5.0, "read": 15.0, "write": 15.0, "pool": 15.0}


async def test_every_attempt_has_a_request_id_of_its_own() -> None:
    wire = Wire(GATEWAY, ok())
    await wire.client.get(("me",))
    ids = wire.headers("client-request-id")
    assert len({uuid.UUID(name) for name in ids if name}) == 2


async def test_microsoft_is_told_the_notification_with_every_call_and_so_is_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    wire = Wire(GATEWAY, ok())
    with trail("aaaaaaaaaaaa4bcd", "c1", "r1") as here:
        await wire.client.get(("me",))
    first, second = wire.headers("client-request-id")
    assert first
    assert second
    assert first[:18] == second[:18] == "aaaaaaaa-aaaa-4bcd"
    assert caplog.messages[0].endswith(f"client-request-id {first} company=c1 resource=r1 correlation=aaaaaaaaaaaa4bcd")
    assert here.counts["graph"] == 2


# -- tokens


async def test_a_refused_token_is_renewed_once_and_the_call_repeated() -> None:
    wire = Wire(error(401, "InvalidAuthenticationToken"), ok({"id": "x"}))
    assert (await wire.client.get(("me",))).content() == {"id": "x"}
    assert wire.tokens == [False, True]
    assert wire.headers("authorization") == ["Bearer token-1", "Bearer token-2"]


async def test_a_renewed_token_that_is_refused_too_ends_the_connection_instead_of_looping() -> None:
    wire = Wire(error(401, "InvalidAuthenticationToken"))
    with pytest.raises(Broken) as broken:
        await wire.client.get(("me",))
    assert broken.value.reason is Reason.SIGN_IN_EXPIRED
    assert len(wire.requests) == 2


# -- throttling


@pytest.mark.parametrize(
    ("header", "wait"),
    [("2", 2.0), ("2.128", 2.128), (format_datetime(NOW.replace(second=3), usegmt=True), 3.0), ("0", 0.0)],
)
async def test_a_short_wait_is_waited_out_in_whatever_form_it_is_asked_for(header: str, wait: float) -> None:
    wire = Wire(error(429, "ApplicationThrottled", {"Retry-After": header}), ok())
    await wire.client.get(("me",))
    assert wire.slept == [wait]


async def test_a_long_wait_is_handed_to_the_queue_with_its_length() -> None:
    wire = Wire(error(429, "ApplicationThrottled", {"Retry-After": "120"}))
    with pytest.raises(Throttled) as throttled:
        await wire.client.get(("me",))
    assert (throttled.value.retry_after, wire.slept, len(wire.requests)) == (120.0, [], 1)


async def test_when_one_call_is_told_to_wait_no_other_goes_to_that_mailbox() -> None:
    """Of three calls at once one is refused: the mailbox is left alone for as long as it asked, by all of them."""
    wire = Wire(error(429, "ApplicationThrottled", {"Retry-After": "3"}), ok())
    await wire.client.get(("me",))
    sent = len(wire.requests)
    other = Wire(ok())
    other.slept = [0.0]
    client = GraphClient(
        other.http, BASE, other._token, account="anna", lanes=wire.lanes, sleep=other._sleep, wall_clock=NOW.timestamp
    )
    with pytest.raises(Throttled) as throttled:
        await client.get(("me",))
    assert (throttled.value.retry_after, sent, other.requests) == (3.0, 2, [])


@pytest.mark.parametrize(("header", "wait"), [("86400", 3600.0), ("inf", None), ("nan", None), ("1e999", None)])
async def test_no_wish_closes_a_mailbox_for_days(header: str, wait: float | None) -> None:
    wire = Wire(error(429, "ApplicationThrottled", {"Retry-After": header}))
    with pytest.raises(Throttled) as throttled:
        await wire.client.get(("me",))
    assert throttled.value.retry_after == (wait or 5.0)


async def test_patience_ends_when_graph_keeps_saying_no() -> None:
    wire = Wire(error(429, "TooManyRequests", {"Retry-After": "4"}))
    with pytest.raises(Throttled):
        await wire.client.get(("me",))
    assert wire.slept == [4.0, 4.0]


async def test_a_wait_of_zero_cannot_keep_us_busy_for_ever() -> None:
    wire = Wire(error(429, "TooManyRequests", {"Retry-After": "0"}))
    with pytest.raises(Throttled):
        await wire.client.get(("me",))
    assert len(wire.requests) == 6


@pytest.mark.parametrize("header", [None, "soon", "Tomorrow, 99 Foo"])
async def test_without_a_readable_wait_the_pauses_grow(header: str | None) -> None:
    wire = Wire(error(429, "TooManyRequests", {"Retry-After": header} if header else {}))
    with pytest.raises(Throttled):
        await wire.client.get(("me",))
    assert wire.slept == [0.25, 0.5, 1.0, 2.0, 4.0]


async def test_a_refused_write_is_sent_again_because_it_cannot_have_happened() -> None:
    wire = Wire(error(429, "ApplicationThrottled", {"Retry-After": "1"}), ok(status=201))
    answer = await wire.client.send("POST", ("subscriptions",), {"resource": "r"}, repeatable=False)
    assert (answer.status, len(wire.requests)) == (201, 2)


async def test_a_busy_server_counts_as_throttling_when_it_names_a_wait() -> None:
    wire = Wire(error(503, "ErrorServerBusy", {"Retry-After": "60"}))
    with pytest.raises(Throttled) as throttled:
        await wire.client.get(("me",))
    assert throttled.value.retry_after == 60.0


# -- trouble on the way


@pytest.mark.parametrize(
    "trouble", [error(500), error(502), error(503), error(504), httpx.ReadTimeout("slow"), httpx.ConnectError("down")]
)
async def test_passing_trouble_is_tried_twice_more_for_calls_that_may_happen_twice(
    trouble: httpx.Response | Exception,
) -> None:
    wire = Wire(trouble, trouble, ok({"id": "x"}))
    assert (await wire.client.get(("me",))).content() == {"id": "x"}
    assert wire.slept == [0.25, 0.5]


@pytest.mark.parametrize("trouble", [error(502), error(503, "", {"Retry-After": "1"}), httpx.ReadTimeout("slow")])
async def test_a_call_that_must_not_happen_twice_is_left_to_the_caller(trouble: httpx.Response | Exception) -> None:
    wire = Wire(trouble)
    with pytest.raises(Transient):
        await wire.client.send("POST", ("subscriptions",), {"resource": "r"}, repeatable=False)
    assert len(wire.requests) == 1


async def test_trouble_that_stays_is_transient_with_its_code() -> None:
    wire = Wire(error(503, "MailboxStoreUnavailable"))
    with pytest.raises(Transient) as transient:
        await wire.client.get(("me",))
    assert (transient.value.code, len(wire.requests)) == ("MailboxStoreUnavailable", 3)


async def test_an_answer_that_is_no_json_is_trouble_not_a_crash() -> None:
    wire = Wire(httpx.Response(200, text="<html>captive portal</html>"))
    answer = await wire.client.get(("me",))
    with pytest.raises(Transient):
        answer.content()


# -- limits


class Counting(httpx.AsyncBaseTransport):
    """Counts how many requests are under way together."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.001)
        self.running -= 1
        return ok()


async def test_four_calls_at_once_to_one_mailbox_would_be_throttled_so_three_go() -> None:
    async def token(_fresh: bool) -> str:
        return "t"

    lanes, counting = Lanes(), Counting()
    async with httpx.AsyncClient(transport=counting) as http:
        anna = [GraphClient(http, BASE, token, account="anna", lanes=lanes) for _ in range(4)]
        await asyncio.gather(*(client.get(("me",)) for client in anna for _ in range(5)))
        assert counting.most == 3
        ben = GraphClient(http, BASE, token, account="ben", lanes=lanes)
        await asyncio.gather(*(client.get(("me",)) for client in (*anna, ben) for _ in range(3)))
        assert counting.most == 6


# -- links and secrets


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/me",
        "http://graph.example/v1.0/me",
        "https://graph.example:444/v1.0",
        "https://graph.example@evil.example/v1.0",
        "https://[",
        "//graph.example/v1.0",
        "",
    ],
)
async def test_a_link_to_a_foreign_host_never_gets_our_token(link: str) -> None:
    wire = Wire(ok())
    with pytest.raises(Refused):
        await wire.client.follow(link)
    assert wire.requests == []


async def test_a_link_is_followed_untouched() -> None:
    wire = Wire(ok())
    await wire.client.follow(f"{BASE}/me/calendarView/delta()?%24deltatoken=aB%2F-_~x&b=c+d")
    assert wire.lines == ["GET /me/calendarView/delta()?%24deltatoken=aB%2F-_~x&b=c+d"]


async def test_neither_addresses_nor_contents_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    wire = Wire(error(400, "ErrorInvalidRequest"), httpx.ReadTimeout("slow"), ok())
    await wire.client.follow(f"{BASE}/me/events/secret-id?$deltatoken=secret-token")
    await wire.client.get(("me", "events", "secret-id"))
    assert "ErrorInvalidRequest" in caplog.text
    assert "ReadTimeout" in caplog.text
    assert "secret" not in caplog.text
    assert "for people" not in caplog.text


# -- codes


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": "A", "innerError": {"code": "ErrorItemNotFound"}}}, "ErrorItemNotFound"),
        ({"error": {"code": "ErrorItemNotFound", "innererror": {"code": "Unheard"}}}, "ErrorItemNotFound"),
        ({"error": {"code": "TooManyRequests", "innerError": {"code": "429"}}}, "TooManyRequests"),
        ({"error": {"code": "A", "innerError": {"code": "B", "innerError": {"code": "C"}}}}, "C"),
        ({"error": {"code": "SyncStateNotFound", "innerError": {"date": "x"}}}, "SyncStateNotFound"),
        ({"error": "invalid_grant"}, ""),
        ({"error": {"code": 7, "innerError": []}}, ""),
        ({"error": {"code": "A", "innerError": {"code": "'Lunch with Kim' is not allowed"}}}, "A"),
        ({"error": {"code": "a" * 81}}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_the_most_specific_known_code_counts(body: object, code: str) -> None:
    assert most_specific(body) == code


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (412, "ErrorIrresolvableConflict", Stale),
        (409, "", Stale),
        (400, "ErrorInvalidRequest", Refused),
        (403, "ErrorAccessDenied", Refused),
        (400, "ErrorDuplicateTransactionId", Refused),
        (409, "ErrorDuplicateTransactionId", Refused),
        (413, "", Refused),
        (501, "NotImplemented", Refused),
        (507, "", Refused),
        (404, "ErrorItemNotFound", Refused),
        (404, "", Transient),
        (404, "Unheard", Transient),
        (404, "ErrorMailboxMoveInProgress", Transient),
        (500, "ErrorInternalServerTransientError", Transient),
        (429, "ApplicationThrottled", Throttled),
        (503, "ApplicationThrottled", Throttled),
        (302, "", Transient),
        (401, "InvalidAuthenticationToken", Transient),
    ],
)
def test_each_answer_has_one_meaning(status: int, code: str, kind: type[Failure]) -> None:
    assert type(failure_of(status, code)) is kind


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("MailboxNotEnabledForRESTAPI", Reason.MAILBOX_ON_PREMISES),
        ("MailboxNotSupportedForRESTAPI", Reason.MAILBOX_ON_PREMISES),
        ("ErrorNonExistentMailbox", Reason.MAILBOX_NOT_FOUND),
        ("ErrorInvalidUser", Reason.MAILBOX_NOT_FOUND),
        ("ResourceNotFound", Reason.MAILBOX_NOT_FOUND),
    ],
)
def test_a_mailbox_out_of_reach_breaks_the_connection_with_its_reason(code: str, reason: Reason) -> None:
    failure = failure_of(404, code)
    assert isinstance(failure, Broken)
    assert failure.reason is reason


def test_only_the_items_own_code_says_that_it_is_gone() -> None:
    assert Answer(404, code="ErrorItemNotFound").missing
    assert not Answer(404, code="MailboxNotEnabledForRESTAPI").missing
    assert not Answer(404).missing
