"""Calls at once for one company: an import may not take the places of what a person waits for."""

import asyncio

import httpx

from shared.timify.calendar import TimifyDirectory
from shared.timify.client import AT_ONCE, DevApiClient
from tests.adapters.timify.wire import ok


class SlowWrites:
    """A DevAPI whose writes take until they are let go. `most`: how many calls it had at once, by method."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.full = asyncio.Event()
        self.under_way: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.tokens = 0
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.client = DevApiClient(http, base_url="https://timify.test", app_id="app", app_secret="secret")

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/token":
            self.tokens += 1
            return ok({}, accessToken="T", expires=7200)
        method = request.method
        self.under_way[method] = self.under_way.get(method, 0) + 1
        self.most[method] = max(self.most.get(method, 0), self.under_way[method])
        if method == "POST":
            if self.under_way[method] == AT_ONCE:
                self.full.set()
            await self.go_on.wait()
        else:
            await asyncio.sleep(0.01)
        self.under_way[method] -= 1
        return ok([{"id": "r1", "name": "Anna"}] if request.url.path == "/v1/resources" else {"id": "r1"})


async def importing(timify: SlowWrites, writes: int = 8) -> list[asyncio.Task[object]]:
    tasks: list[asyncio.Task[object]] = [
        asyncio.create_task(timify.client.post("c1", "/v1/appointments", {})) for _ in range(writes)
    ]
    await timify.full.wait()
    return tasks


async def test_who_looks_at_the_overview_does_not_queue_behind_an_import() -> None:
    timify = SlowWrites()
    directory = TimifyDirectory(timify.client)
    tasks = await importing(timify)
    async with asyncio.timeout(2):
        assert [resource.name for resource in await directory.resources("c1")] == ["Anna"]
        assert await directory.resource("c1", "r1")
    assert not any(task.done() for task in tasks)
    timify.go_on.set()
    await asyncio.gather(*tasks)
    assert (timify.most["POST"], timify.tokens) == (AT_ONCE, 1)


async def test_people_who_look_all_at_once_are_bounded_too() -> None:
    timify = SlowWrites()
    directory = TimifyDirectory(timify.client)
    await asyncio.gather(*(directory.resources("c1") for _ in range(12)))
    assert timify.most["GET"] == AT_ONCE
