import json

import httpx
import pytest

from tests.dev.host.support import RunningHost, eventually

FUNCTION = {"x-functions-key": "local-function-key"}
MASTER = {"x-functions-key": "local-master-key"}


async def ask(host: RunningHost, method: str, path: str, **options: object) -> httpx.Response:
    async with host.ask() as client:
        return await client.request(method, path, **options)  # type: ignore[arg-type]  # passes on what httpx takes


@pytest.mark.parametrize("headers", [{}, {"x-functions-key": "wrong"}, {"x-functions-key": ""}])
async def test_a_stranger_without_the_key_runs_nothing(shared_host: RunningHost, headers: dict[str, str]) -> None:
    answer = await ask(shared_host, "POST", "/api/echo", headers=headers, content=b"x")
    assert (answer.status_code, answer.content) == (401, b"")


async def test_the_key_is_taken_from_the_header_before_the_query(shared_host: RunningHost) -> None:
    assert (await ask(shared_host, "POST", "/api/echo?code=local-function-key")).status_code == 201
    wrong_header = {"x-functions-key": "wrong"}
    assert (
        await ask(shared_host, "POST", "/api/echo?code=local-function-key", headers=wrong_header)
    ).status_code == 401


async def test_an_admin_function_is_not_opened_by_a_function_key(shared_host: RunningHost) -> None:
    assert (await ask(shared_host, "GET", "/api/secret", headers=FUNCTION)).status_code == 401
    answer = await ask(shared_host, "GET", "/api/secret", headers=MASTER)
    assert (answer.status_code, answer.text) == (200, "for the master key")


async def test_the_first_registered_route_wins_and_a_failed_constraint_goes_on_to_the_next(
    shared_host: RunningHost,
) -> None:
    assert (await ask(shared_host, "GET", "/API/Things/42")).json() == {"number": "42"}
    assert (await ask(shared_host, "GET", "/api/things/abc")).json()["values"] == {"name": "abc"}


async def test_a_catch_all_takes_the_rest_of_the_path_and_keeps_an_encoded_slash(shared_host: RunningHost) -> None:
    answer = await ask(shared_host, "GET", "/api/things/a%20b%2Fc/d/e%C3%A9")
    assert answer.json()["values"] == {"name": "a b%2Fc", "rest": "d/eé"}


async def test_a_wrong_method_is_404_and_the_same_path_serves_another_function_by_its_method(
    shared_host: RunningHost,
) -> None:
    assert (await ask(shared_host, "PUT", "/api/things/1")).status_code == 404
    assert (await ask(shared_host, "GET", "/api/echo", headers=FUNCTION)).status_code == 404
    assert (await ask(shared_host, "DELETE", "/api/things/1")).status_code == 204
    assert (await ask(shared_host, "DELETE", "/api/things/abc")).status_code == 404


async def test_bytes_arrive_and_return_unharmed(shared_host: RunningHost) -> None:
    body = bytes(range(256)) * 40
    answer = await ask(shared_host, "POST", "/api/echo", headers=FUNCTION, content=body)
    assert (answer.status_code, answer.content) == (201, body)
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_body_of_unannounced_length_arrives_empty_as_in_azure(shared_host: RunningHost) -> None:
    async def chunks() -> object:
        yield b"chunk"

    answer = await ask(shared_host, "POST", "/api/echo", headers=FUNCTION, content=chunks())
    assert (answer.status_code, answer.content) == (201, b"")


async def test_empty_query_values_are_dropped_and_repeated_ones_joined(shared_host: RunningHost) -> None:
    answer = await ask(shared_host, "GET", "/api/things/q?empty=&two=1&two=2&text=a%26b")
    assert answer.json()["query"] == {"two": "1,2", "text": "a&b"}


async def test_headers_are_lower_case_and_repeated_ones_joined(shared_host: RunningHost) -> None:
    answer = await ask(shared_host, "GET", "/api/things/h", headers=[("X-Twice", "1"), ("x-twice", "2")])
    assert answer.json()["headers"]["x-twice"] == "1,2"


async def test_cookies_reach_the_browser_with_their_attributes(shared_host: RunningHost) -> None:
    answer = await ask(shared_host, "POST", "/api/echo", headers=FUNCTION)
    assert answer.headers.get_list("set-cookie") == [
        "a=1; Path=/x; Max-Age=2592000; HttpOnly; SameSite=Lax",
        "b=two; Secure",
    ]


async def test_an_exception_is_500_without_words_and_none_of_its_text_is_logged(shared_host: RunningHost) -> None:
    answer = await ask(shared_host, "GET", "/api/broken?token=hush")
    assert (answer.status_code, answer.content) == (500, b"")
    await eventually(lambda: " broken Failed in " in shared_host.log())
    assert "RuntimeError" in shared_host.log()
    assert "private words" not in shared_host.log()
    assert "hush" not in shared_host.log()


async def test_every_invocation_leaves_one_line(shared_host: RunningHost) -> None:
    before = shared_host.log().count(" removed Succeeded in ")
    await ask(shared_host, "DELETE", "/api/things/1")
    await eventually(lambda: shared_host.log().count(" removed Succeeded in ") == before + 1)


async def test_status_needs_the_master_key_and_ping_none(shared_host: RunningHost) -> None:
    assert (await ask(shared_host, "GET", "/admin/host/ping")).status_code == 200
    assert (await ask(shared_host, "GET", "/admin/host/status", headers=FUNCTION)).status_code == 401
    assert (await ask(shared_host, "GET", "/admin/host/status", headers=MASTER)).json()["state"] == "Running"


async def test_running_by_hand_needs_a_key_and_a_function_that_exists(shared_host: RunningHost) -> None:
    url = "/admin/functions/yearly"
    assert (await ask(shared_host, "POST", url, json={"input": ""})).status_code == 401
    assert (await ask(shared_host, "POST", url, json={}, headers=MASTER)).status_code == 400
    unknown = await ask(shared_host, "POST", "/admin/functions/none", json={"input": ""}, headers=MASTER)
    assert unknown.status_code == 404


@pytest.mark.parametrize("key", [FUNCTION, MASTER])
async def test_a_timer_can_be_run_by_hand(shared_host: RunningHost, key: dict[str, str]) -> None:
    before = shared_host.log().count(" yearly Succeeded in ")
    answer = await ask(shared_host, "POST", "/admin/functions/yearly", content=json.dumps({"input": ""}), headers=key)
    assert answer.status_code == 202
    await eventually(lambda: shared_host.log().count(" yearly Succeeded in ") == before + 1)
