"""Every door of the running app, from the outside: headers, sizes, floods, and tricks with paths."""

import asyncio

import httpx
import pytest

from dev.stack import Stack
from functions.limits import COSTLY
from tests.doors import Door, doors

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]
TRICKS = (
    *("%2e%2e", "..%2f..%2fetc%2fpasswd", "%252e%252e%252f", "%c0%ae", "%00", "%0d%0aSet-Cookie:%20a=b", "%ff%fe"),
    *("%E2%80%AE", "%F0%9F%98%80", "a" * 6000, "%3Cscript%3E", "a%7Cb", "%5c..", "a;b=c", "-", "~", "."),
)
WEBHOOK = {"x-timify-webhook-secret": "local-timify-webhook-secret"}
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
}


def client(stack: Stack) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=stack.functions_url, timeout=30, follow_redirects=False)


def checked(door: Door, answer: httpx.Response) -> None:
    """No fault of ours, nothing from inside, and locked down."""
    assert answer.status_code < 500, (door, answer.request.url)
    assert "Traceback" not in answer.text
    assert answer.headers.get("set-cookie", "").startswith("a=") is False
    for name, value in ALWAYS.items():
        assert answer.headers.get(name) == value, (door, name)
    if door.path != "static/{file}" or answer.status_code != 200:
        assert answer.headers["cache-control"] == "no-store"
    assert answer.headers.get("location", "/").startswith("/"), door  # nobody has a link, so nobody goes to Microsoft


async def test_every_public_door_answers_strangers_calmly_and_locked_down(stack: Stack) -> None:
    alike = ("console/{session}/", "console/{session}/overview")  # without a session all of them are one
    public = [door for door in doors() if door.public and (alike[0] not in door.path or door.path == alike[1])]
    assert len(public) > 10
    async with client(stack) as http:
        for number, trick in enumerate(TRICKS):
            headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
            asked = [(door, door.method, f"/{door.filled(trick)}?lang={trick}&reason={trick}") for door in public]
            answers = await asyncio.gather(*(http.request(how, at, headers=headers) for _, how, at in asked))
            for (door, _, _), answer in zip(asked, answers, strict=True):
                if answer.text not in ("", "Not Found"):  # what the host itself does not find is no answer of ours
                    checked(door, answer)
                    assert "evil.example" not in answer.text + str(answer.headers), (door, number)


async def test_nothing_behind_a_key_says_a_word_to_strangers(stack: Stack) -> None:
    async with client(stack) as http:
        for door in doors():
            if not door.public:
                answer = await http.request(door.method, f"/{door.filled('acme')}", headers={"x-functions-key": "x"})
                assert (answer.status_code, answer.content) == (401, b""), door


async def test_every_door_refuses_what_is_too_large_or_too_deep(stack: Stack) -> None:
    key = WEBHOOK | {"x-functions-key": stack.function_key}
    async with client(stack) as http:
        for door in doors():
            if door.method == "GET":
                continue
            for body in (b"x" * 1_100_000, b'{"a":' * 40_000):
                headers = key | {"content-type": "application/json"}
                answer = await http.request(door.method, f"/{door.filled('acme')}", content=body, headers=headers)
                refused = (400, 401, 404, 413) if len(body) > 1_000_000 else (200, 400, 401, 404, 410)
                assert answer.status_code in refused, (door, answer.status_code)


async def test_a_flood_is_held_back_with_a_page_and_neither_others_nor_webhooks_are(stack: Stack) -> None:
    async with client(stack) as http:
        flood = [http.get("/connect/made-up-and-flooded/sign-in") for _ in range(COSTLY.burst + 10)]
        answers = await asyncio.gather(*flood)
        held = [answer for answer in answers if answer.status_code == 429]
        assert 5 <= len(held) <= 10
        assert "One moment, please" in held[0].text
        assert 1 <= int(held[0].headers["retry-after"]) <= 1 / COSTLY.a_second
        assert {answer.status_code for answer in answers} == {404, 429}
        assert (await http.get("/connect/another/sign-in")).status_code == 404
        hooks = [http.post("/api/timify/webhooks", headers=WEBHOOK, content="{}") for _ in range(COSTLY.burst + 10)]
        assert {answer.status_code for answer in await asyncio.gather(*hooks)} == {202}
