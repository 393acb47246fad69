"""Tokens, repetitions, refusals and pages of the DevAPI client."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable

import httpx
import pytest

from shared.domain.failures import Broken, Failure, Reason, Refused, Throttled, Transient
from shared.timify.client import PAGE_SIZE, DevApiClient, path_of
from tests.adapters.timify.wire import SECRET_TEXT, Wire, body_of, no, ok

PATH = "/v1/appointments/a1"
LIST = "/v1/appointments"

type Call = Callable[[DevApiClient], Awaitable[object]]

CALLS: dict[str, Call] = {
    "get": lambda client: client.get("c1", PATH),
    "patch": lambda client: client.patch("c1", PATH, {"title": SECRET_TEXT}),
    "delete": lambda client: client.delete("c1", PATH, {}),
    "post": lambda client: client.post("c1", LIST, {"title": SECRET_TEXT}),
}
REPEATABLE = ["get", "patch", "delete"]


async def pages(client: DevApiClient) -> list[list[object]]:
    return [page async for page in client.pages("c1", LIST, {"from_date": "2026-03-01"})]


async def test_the_secret_travels_in_a_body_and_the_company_in_a_header() -> None:
    wire = Wire([ok({"id": "a1"})])
    assert await wire.client().get("c1", PATH) == {"id": "a1"}
    (asked,) = wire.tokens
    assert (asked.method, str(asked.url)) == ("POST", "https://timify.test/v1/auth/token")
    assert body_of(asked) == {"appid": "app", "appsecret": "app-secret"}
    assert wire.requests[0].headers["authorization"] == "Bearer T1"
    assert wire.requests[0].headers["company-id"] == "c1"


async def test_an_api_that_wants_the_bare_token_gets_it() -> None:
    wire = Wire([ok({})])
    await wire.client(auth_scheme="").get("c1", PATH)
    assert wire.requests[0].headers["authorization"] == "T1"


async def test_a_token_is_shared_and_renewed_before_it_ends() -> None:
    wire = Wire([ok({})])
    client = wire.client()
    await asyncio.gather(*(client.get("c1", PATH) for _ in range(5)))
    wire.pass_time(6_599)
    await client.get("c2", PATH)
    assert len(wire.tokens) == 1
    wire.pass_time(1)
    await asyncio.gather(*(client.get("c1", PATH) for _ in range(5)))
    assert len(wire.tokens) == 2
    assert wire.requests[-1].headers["authorization"] == "Bearer T2"


@pytest.mark.parametrize("expires", [7200, None, "soon", -1, 10**20, True, {"s": 1}])
async def test_an_odd_lifetime_never_keeps_a_dead_token(expires: object) -> None:
    wire = Wire([ok({})], token=[ok({}, accessToken="T", expires=expires)])
    client = wire.client()
    await client.get("c1", PATH)
    wire.pass_time(7_000)
    await client.get("c1", PATH)
    assert len(wire.tokens) == 2


async def test_a_short_lived_token_is_not_asked_for_with_every_call() -> None:
    wire = Wire([ok({})], token=[ok({}, accessToken="T", expires=300)])
    client = wire.client()
    await client.get("c1", PATH)
    wire.pass_time(149)
    await client.get("c1", PATH)
    assert len(wire.tokens) == 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_revoked_token_is_renewed_once(call: Call) -> None:
    wire = Wire([no(401), ok({"id": "a1"})])
    await call(wire.client())
    assert [request.headers["authorization"] for request in wire.requests] == ["Bearer T1", "Bearer T2"]


async def test_callers_refused_at_once_share_one_renewal() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return no(401) if request.headers["authorization"] == "Bearer T1" else ok({})

    wire = Wire([answer])
    client = wire.client()
    await asyncio.gather(*(client.get("c1", PATH) for _ in range(4)))
    assert len(wire.tokens) == 2


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_an_app_that_is_shut_out_says_so(call: Call, status: int) -> None:
    with pytest.raises(Broken) as failure:
        await call(Wire([no(status)]).client())
    assert (failure.value.reason, failure.value.code) == (Reason.OUR_CREDENTIALS, f"timify_{status}")


async def test_wrong_credentials_are_not_tried_again_and_again() -> None:
    wire = Wire(token=[no(401)])
    with pytest.raises(Broken) as failure:
        await wire.client().get("c1", PATH)
    assert failure.value.reason is Reason.OUR_CREDENTIALS
    assert (len(wire.tokens), wire.requests) == (1, [])


@pytest.mark.parametrize("answer", [ok({}), ok({}, accessToken=7), httpx.Response(200, text="<html>"), no(502)])
async def test_an_unreadable_token_is_only_a_delay(answer: httpx.Response) -> None:
    with pytest.raises(Transient):
        await Wire(token=[answer]).client().get("c1", PATH)


@pytest.mark.parametrize("trouble", [no(500), no(503), httpx.ReadTimeout("x"), httpx.ConnectError("x")])
@pytest.mark.parametrize("name", REPEATABLE)
async def test_short_trouble_is_ridden_out(name: str, trouble: httpx.Response | Exception) -> None:
    wire = Wire([trouble, trouble, ok({"id": "a1"})])
    await CALLS[name](wire.client())
    assert len(wire.requests) == 3
    assert wire.slept == pytest.approx([0.2, 0.4])


@pytest.mark.parametrize("name", REPEATABLE)
async def test_long_trouble_goes_back_to_the_queue(name: str) -> None:
    wire = Wire([no(502)])
    with pytest.raises(Transient, match="timify_502"):
        await CALLS[name](wire.client())
    assert len(wire.requests) == 3


@pytest.mark.parametrize(
    "trouble", [no(500), no(503, retry_after="1"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")]
)
async def test_a_creation_that_may_have_worked_is_never_repeated(trouble: httpx.Response | Exception) -> None:
    wire = Wire([trouble, ok({})])
    with pytest.raises(Transient):
        await CALLS["post"](wire.client())
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [("2", 2.0), ("0.25", 0.25), ("Sun, 01 Mar 2026 08:00:03 GMT", 3.0), ("-4", 0.0), ("nan", 1.0), ("soon", 1.0)],
)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_short_wish_is_waited_for_in_place(call: Call, wish: str, seconds: float) -> None:
    wire = Wire([no(429, retry_after=wish), ok({"id": "a1"})])
    await call(wire.client())
    assert wire.slept == pytest.approx([seconds])


async def test_a_long_wish_is_handed_on_at_once() -> None:
    wire = Wire([no(429, retry_after="40")])
    with pytest.raises(Throttled) as failure:
        await CALLS["get"](wire.client())
    assert (failure.value.retry_after, wire.slept, len(wire.requests)) == (40, [], 1)


async def test_short_wishes_do_not_add_up_to_a_long_wait() -> None:
    wire = Wire([no(429, retry_after="3")])
    with pytest.raises(Throttled):
        await CALLS["get"](wire.client())
    assert wire.slept == [3]


async def test_a_missing_object_is_none_and_a_missing_list_is_not_empty() -> None:
    client = Wire([no(404)]).client()
    assert await client.get("c1", PATH) is None
    assert await client.patch("c1", PATH, {}) is None
    await client.delete("c1", PATH, {})
    with pytest.raises(Broken):
        await pages(client)


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_one_refused_item_is_told_by_a_code_without_content(call: Call, status: int) -> None:
    with pytest.raises(Refused) as failure:
        await call(Wire([no(status)]).client())
    assert failure.value.code == f"timify_{status}"


async def test_a_refused_list_blames_no_item() -> None:
    with pytest.raises(Transient, match="timify_400"):
        await pages(Wire([no(400)]).client())


@pytest.mark.parametrize("answer", [no(400), no(403), no(429, retry_after="60"), no(500), httpx.ConnectError("/v1/x")])
async def test_no_failure_tells_content_or_tokens(answer: httpx.Response | Exception) -> None:
    with pytest.raises(Failure) as failure:
        await CALLS["patch"](Wire([answer]).client())
    told = "".join(traceback.format_exception(failure.value)) + repr(failure.value.args)
    for secret in (SECRET_TEXT, "T1", "app-secret"):
        assert secret not in told


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>maintenance</html>"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"status": 0, "message": "no"}),
        ok(None),
        httpx.Response(302, headers={"location": "https://elsewhere.test"}),
    ],
)
async def test_an_answer_that_cannot_be_read_is_not_a_deletion(answer: httpx.Response) -> None:
    client = Wire([answer]).client()
    with pytest.raises(Transient):
        await client.get("c1", PATH)
    with pytest.raises(Transient):
        await pages(client)


async def test_a_failure_inside_a_successful_answer_refuses_the_write() -> None:
    client = Wire([httpx.Response(200, json={"status": 0})]).client()
    for name in ("post", "patch", "delete"):
        with pytest.raises(Refused, match="timify_status_0"):
            await CALLS[name](client)


async def test_a_deletion_without_a_body_is_understood() -> None:
    await CALLS["delete"](Wire([httpx.Response(204)]).client())


def meta(page: int, pages: int, items: int) -> dict[str, int]:
    return {"page": page, "limit": PAGE_SIZE, "totalItems": items, "totalPages": pages}


async def test_pages_are_read_until_the_last_one_that_is_announced() -> None:
    wire = Wire([ok([n], meta=meta(n, 3, 3)) for n in (1, 2, 3)])
    assert await pages(wire.client()) == [[1], [2], [3]]
    assert wire.asked()[2] == f"GET /v1/appointments?from_date=2026-03-01&page=3&limit={PAGE_SIZE}"
    assert len(wire.requests) == 3


async def test_without_announcement_a_short_page_is_the_last() -> None:
    wire = Wire([ok([0] * PAGE_SIZE), ok([1])])
    assert [len(page) for page in await pages(wire.client())] == [PAGE_SIZE, 1]
    assert len(wire.requests) == 2


async def test_a_list_that_shrinks_while_it_is_read_is_not_a_deletion() -> None:
    wire = Wire([ok([1, 2], meta=meta(1, 2, 4)), ok([4], meta=meta(2, 2, 3))])
    with pytest.raises(Transient, match="timify_list_moved"):
        await pages(wire.client())


async def test_a_list_that_stops_giving_ends() -> None:
    assert await pages(Wire([ok([], meta=meta(1, 7, 9))]).client()) == [[]]


@pytest.mark.parametrize(
    ("more", "count"), [({"meta": {"totalItems": 41}, "total": 1}, 41), ({"total": 12}, 12), ({}, 1)]
)
async def test_counting_reads_one_item_only(more: dict[str, object], count: int) -> None:
    wire = Wire([ok([{}], **more)])
    assert await wire.client().count("c1", LIST, {}) == count
    assert wire.asked() == ["GET /v1/appointments?page=1&limit=1"]


def test_an_id_cannot_name_another_path() -> None:
    assert path_of("appointments", "a/../b?c#d") == "/v1/appointments/a%2F..%2Fb%3Fc%23d"
    assert [path_of("appointments", odd) for odd in ("", ".", "..")] == [None, None, None]


async def test_a_company_id_cannot_break_a_header() -> None:
    wire = Wire([ok({})])
    await wire.client().get("c1\r\nx-evil: ü", PATH)
    assert "x-evil" not in wire.requests[0].headers
