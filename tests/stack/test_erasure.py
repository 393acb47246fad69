"""Who asks gets a file with all that is kept, who wants to be forgotten is: looked for in all that the app keeps."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from dev.stack import Stack
from ops.__main__ import run
from tests.stack.canaries import FILE, LOG, QUEUE, TABLE, TIMIFY, Flock, Place, everything, outlook
from tests.stack.world import Json, World

pytestmark = pytest.mark.stack

EVERY_KIND = {"connection", "state", "link", "pointer", "conflict", "log", "calendar", "renewal", "errand"}
EVERY_KIND |= {"invitation", "entry", "mail"}


class Operator:
    """Somebody at a command line."""

    def __init__(self, stack: Stack, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.stack, self._folder, self._capture = stack, folder, capture

    async def __call__(self, *arguments: str) -> tuple[int, Json]:
        self._capture.readouterr()
        code = await run((*arguments, "--json"), {"AzureWebJobsStorage": self.stack.storage}, self._folder)
        return code, json.loads(self._capture.readouterr().out)


@pytest.fixture
def operator(stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(stack, tmp_path, capsys)


async def test_what_is_kept_is_exported_and_then_found_nowhere_and_the_person_can_come_again(
    stack: Stack, world: World, operator: Operator
) -> None:
    flock = Flock()
    titles = [flock.bird(f"title {number}", TIMIFY, outlook()) for number in range(2)]
    await _lived(stack, world, titles)
    _, exported = await operator("export", *_who(world))
    assert set(exported["kept"]) >= EVERY_KIND
    assert exported["tokens"] is True
    content = json.dumps(exported)
    assert [text for text in (*titles, world.upn("anna")) if text in content] == []
    account = exported["kept"]["connection"][0]["account"]
    kept = [place async for place in _places(stack) if _names(place, world.resource("anna"), account)]
    assert {place.kind for place in kept} >= {TABLE, QUEUE}, "the search finds what is there"

    await _erased(operator, world)
    secrets = (*titles, world.upn("anna"))
    async for place in _places(stack):
        if place.kind != LOG:  # docs/privacy.md: logs hold ids
            assert not _names(place, world.resource("anna"), account), place.name
        assert not _names(place, *secrets), place.name
    assert (await operator("export", *_who(world)))[1]["kept"] == {}
    assert await world.event_copies() == []
    assert await world.booking_copies() == []
    assert {event["subject"] for event in await world.events()} == set(titles)

    await world.connect()
    assert len(await world.event_copies()) == 2
    await world.steady()


async def _lived(stack: Stack, world: World, titles: list[str]) -> None:
    """Two events, one of them in the way of a booking, another booking; and a message that was given up."""
    await world.open()
    await world.connect()
    await world.add(world.event(titles[0], 0, "09:00", "10:00"))
    await world.add(world.event(titles[1], 1, "09:00", "10:00"))
    await world.book(world.at(1, "09:30"))
    await world.book(world.at(2, "12:00"))
    await world.actors.quiet()
    async with _queue(stack, "sync-rounds-poison") as poison:
        with suppress(ResourceExistsError):
            await poison.create_queue()
        await poison.send_message(json.dumps(_message(world, "check")))


async def _erased(operator: Operator, world: World) -> None:
    """By the command line; the minute between the last mail and the end is cut short."""
    code, _ = await operator("erase", *_who(world), "--wait", "0")
    assert code == 1, "the app has only just been told"

    async def only_the_end_waits() -> bool:
        idle: Json = await world.actors.send("GET", f"{world.actors.where.functions}/_dev/idle")
        return idle["delayed"] == 1 and not idle["queued"] and not idle["running"]

    await world.actors.until(only_the_end_waits, "the calendar is left and the mail is out")
    assert len(await world.actors.mails("disabled", world.upn("anna"))) == 1
    async with _queue(operator.stack, "sync-rounds") as rounds:
        await rounds.clear_messages()
        await rounds.send_message(json.dumps(_message(world, "erase")))
    await world.actors.quiet()
    assert (await operator("erase", *_who(world)))[0] == 0, "nothing is left to do"


def _queue(stack: Stack, name: str) -> QueueClient:
    policy = TextBase64EncodePolicy()
    return QueueClient.from_connection_string(stack.storage, name, message_encode_policy=policy)


def _who(world: World) -> tuple[str, str]:
    return world.company_id, world.resource("anna")


def _message(world: World, job: str) -> Json:
    company, resource = _who(world)
    now = datetime.now(UTC).isoformat()
    return {"company_id": company, "resource_id": resource, "cause": "person", "at": now, "job": job}


async def _places(stack: Stack) -> AsyncIterator[Place]:
    async for place in everything(stack):
        if place.kind in (TABLE, QUEUE, LOG, FILE):
            yield place


def _names(place: Place, *texts: str) -> bool:
    said = base64.b64decode(place.text).decode() if place.kind == QUEUE else place.text
    return any(text in said or text in place.name for text in texts)
