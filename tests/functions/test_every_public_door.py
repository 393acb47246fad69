"""Every page that is open to the world holds whoever asks too often back: the very functions that the host calls."""

from collections.abc import Iterator

import azure.functions as func
import pytest

from functions import limits
from functions.limits import COSTLY, Limits
from shared.app import services
from tests.doors import Door, doors
from tests.fakes.identity import SETTINGS

FLOODING = "81.2.69.143"
OPEN = {
    "GET /api/health",
    "GET /privacy",
    "GET /static/{file}",
    "POST /api/graph/lifecycle",
    "POST /api/graph/notifications",
    "POST /api/timify/webhooks",
}
"""What is never held back (docs/security.md): it asks nobody, or might never come again."""
LIMITED = [door for door in doors() if door.public and str(door) not in OPEN]
BY_LINK = [door for door in LIMITED if "{token}" in door.path or "{key}" in door.path]
CALLING_OTHERS = {"GET /connect/{token}/sign-in", "POST /connect/{token}/calendars", "POST /leave/{token}"}


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app of this process by the settings of the tests, and its limits by a clock that stands still."""
    monkeypatch.setattr(limits, "LIMITS", Limits(lambda: 1000.0))
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    services.cache_clear()
    yield
    services.cache_clear()


def request(door: Door, word: str, forwarded: str = "") -> func.HttpRequest:
    path = door.filled(word)
    return func.HttpRequest(
        door.method,
        f"https://sync.example/{path}",
        headers={"x-forwarded-for": forwarded} if forwarded else {},
        route_params=dict.fromkeys(("token", "key", "session"), word) | {"path": path.split("/", 2)[-1]},
        body=b"",
    )


async def asked(door: Door, word: str, forwarded: str = "") -> tuple[int, bool]:
    """The status, and whether it is said how long to wait."""
    answer: func.HttpResponse = await door.function(request(door, word, forwarded))
    return answer.status_code, int(answer.headers.get("Retry-After", "0")) > 0


def test_no_door_is_open_to_floods_that_nobody_decided_on() -> None:
    assert {str(door) for door in doors() if door.public} >= OPEN
    assert {door.path.partition("/")[0] for door in LIMITED} == {"connect", "conflict", "leave", "console"}
    assert {str(door) for door in BY_LINK} >= CALLING_OTHERS | {"GET /conflict/{token}", "GET /leave/{token}"}


@pytest.mark.parametrize("door", LIMITED, ids=str)
async def test_no_page_answers_an_address_that_floods_it(door: Door) -> None:
    while not limits.LIMITS.of_address(request(door, "a", FLOODING)):
        pass
    assert await asked(door, "a", FLOODING) == (429, True)


@pytest.mark.parametrize("door", BY_LINK, ids=str)
async def test_no_page_answers_a_link_that_is_asked_for_from_everywhere_at_once(door: Door) -> None:
    while not limits.LIMITS.of_link("a-link-of-the-whole-world"):
        pass
    assert await asked(door, "a-link-of-the-whole-world") == (429, True)


@pytest.mark.parametrize("door", [door for door in LIMITED if str(door) in CALLING_OTHERS], ids=str)
async def test_what_calls_others_is_held_back_long_before_what_only_looks(door: Door) -> None:
    for _ in range(COSTLY.burst):
        assert limits.LIMITS.of_link("a-costly-link", costly=True) == 0
    assert await asked(door, "a-costly-link") == (429, True)
