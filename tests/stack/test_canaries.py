"""The search for canaries can fail: one is let out into each kind of place, and is found there."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueServiceClient

from dev.host.storage import encode_body
from dev.stack import Stack
from tests.stack.canaries import API, FILE, LOG, MAIL, PAGE, QUEUE, STORAGE, TABLE, TIMIFY, Flock, everything, outlook
from tests.stack.canaries import pages as shown_pages
from tests.stack.world import World

pytestmark = pytest.mark.stack


async def test_a_canary_is_found_in_every_kind_of_place(stack: Stack, world: World) -> None:
    flock = Flock()
    where = {name: flock.bird(name) for name in ("cell", "key", "visible", "hidden", "poison", "log", "mail", "file")}
    name, title, notes = flock.bird("name"), flock.bird("title"), flock.bird("notes")
    await _let_out(stack, where)
    try:
        await world.open("anna", notes=notes)
        await _rename(world, name)
        flock.seen += shown_pages((await _connect(world))["pages"])
        await world.add(world.event(title, 0, "09:00", "10:00"))
        await world.actors.quiet()
        places = [*flock.seen, *[place async for place in everything(stack, world)]]
    finally:
        await _catch(stack)
    found = {(canary, place.kind) for place in places for canary in flock.canaries_in(place.text)}
    assert found >= {
        (where["cell"], TABLE),
        (where["key"], TABLE),
        (where["visible"], QUEUE),
        (where["visible"], STORAGE),
        (where["hidden"], STORAGE),
        (where["poison"], QUEUE),
        (where["log"], LOG),
        (where["mail"], MAIL),
        (where["file"], FILE),
        (name, API),
        (name, MAIL),
        (name, PAGE),
        (title, TIMIFY),
        (title, outlook()),
    }
    sentences = "\n".join(flock.wrong(places))
    assert f"LEAK: cell ({where['cell']}) in table: canaries, row row {where['key']}, column Title" in sentences
    assert f"LEAK: log ({where['log']}) in log: logs/worker-9.log" in sentences


def test_a_home_without_its_canary_is_missed() -> None:
    """Otherwise a search in the wrong place would find nothing, and be content."""
    flock = Flock()
    text = flock.bird("title of a meeting", TIMIFY, outlook())
    assert len(flock.wrong([])) == 2
    flock.moves(text)
    assert flock.wrong([]) == []


async def _let_out(stack: Stack, where: dict[str, str]) -> None:
    async with TableServiceClient.from_connection_string(stack.storage) as tables:
        table = await tables.create_table_if_not_exists("canaries")
        await table.upsert_entity({"PartitionKey": "row", "RowKey": where["key"], "Title": f"{where['cell']}!"})
    async with QueueServiceClient.from_connection_string(stack.storage) as queues:
        for queue, texts in (("canaries", ("visible", "hidden")), ("canaries-poison", ("poison",))):
            client = await queues.create_queue(queue)
            for text in texts:
                message = encode_body(json.dumps({"x": where[text]}))
                await client.send_message(message, visibility_timeout=600 if text == "hidden" else 0)
    for name, text in (("logs/worker-9.log", "log"), ("host/noted.txt", "file")):
        (stack.data / name).write_text(f"INFO {where[text].upper()}\n", "utf-8")
    mail = {"at": f"{datetime.now(UTC)}", "to": "x", "kind": "x", "subject": where["mail"], "link": ""}
    (stack.data / "outbox" / "canary.json").write_text(json.dumps(mail), "utf-8")


async def _catch(stack: Stack) -> None:
    async with TableServiceClient.from_connection_string(stack.storage) as tables:
        await tables.delete_table("canaries")
    async with QueueServiceClient.from_connection_string(stack.storage) as queues:
        for queue in ("canaries", "canaries-poison"):
            await queues.delete_queue(queue)
    for name in ("logs/worker-9.log", "host/noted.txt", "outbox/canary.json"):
        (stack.data / name).unlink()


async def _rename(world: World, name: str) -> None:
    """A resource's name is shown to its company, in pages and in mails: three kinds of places that can be seen."""
    url = f"{world.actors.where.timify}/_sim/companies/{world.company_id}"
    company = await world.actors.send("GET", url)
    company["resources"][0]["name"] = name
    await world.actors.send("PUT", url, company)


async def _connect(world: World) -> dict[str, Any]:
    link = await world.actors.invite(world.company_id, world.resource("anna"))
    outcome = await world.actors.connect(link, world.upn("anna"))
    await world.actors.quiet()
    return outcome
