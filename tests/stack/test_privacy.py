"""Canaries: texts that nobody else could have written, searched for in everything that the app keeps or says."""

import asyncio
import base64
import secrets
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueServiceClient

from dev.actors import Actors
from dev.stack import Stack
from tests.stack.world import World

pytestmark = pytest.mark.stack

OPEN = ("title", "body", "place", "guest", "customer", "note", "field", "hold")
SECRET = ("ptitle", "pbody", "pplace", "pguest", "atitle", "abody", "aname", "anote")


async def test_no_content_is_kept_and_nothing_of_an_anonymous_item_is_anywhere(stack: Stack, actors: Actors) -> None:
    """Content of shared items may stand in the two calendars only; of anonymous ones in their own alone."""
    canary = {name: f"canary{name}{secrets.token_hex(6)}" for name in (*OPEN, *SECRET)}
    world = World(actors)
    await world.open("anna", "jonas")
    settings = {"outlook_to_timify": {"anonymous": "on"}, "timify_to_outlook": {"anonymous": "on"}}
    await world.api("PUT", "settings", {"timify_to_outlook": {"data_fields": "on", "notes": "on"}})
    await world.api("PATCH", f"resources/{world.resource('jonas')}/settings", settings)
    await world.connect()
    await _fill(world, canary)
    await actors.quiet()
    await world.check("anna")
    await world.check("jonas")

    kept = {**await _tables(stack), **await _queues(stack), **_logs(stack.data)}
    said = await _said(world)
    for name, text in canary.items():
        assert [place for place, content in kept.items() if text in content] == [], name
        assert [place for place, content in said.items() if text in content] == [], name
    timify = str(await world.raw_bookings())
    outlook = str(await world.raw_events("anna")) + str(await world.raw_events("jonas"))
    for name in ("title", "body", "place"):
        assert canary[name] in timify, f"the {name} of a shared event travels"
    for name in ("customer", "note", "field"):
        assert canary[name] in outlook, f"the {name} of a shared booking travels"
    for name in ("ptitle", "pbody", "pplace", "pguest", "atitle", "abody"):
        assert canary[name] not in timify, name
    for name in ("aname", "anote"):
        assert canary[name] not in outlook, name
    assert world.upn("anna") not in "".join(_logs(stack.data).values()), "addresses are personal as well"
    assert await world.kinds() == {"overlap": 2}, "conflicts were there to be searched"


async def _fill(world: World, canary: dict[str, str]) -> None:
    """Shared and secret items on both sides, two of them in each other's way; one write of each side fails."""

    def person(name: str) -> list[dict[str, Any]]:
        return [{"emailAddress": {"name": canary[name], "address": f"{canary[name]}@x.example"}, "type": "required"}]

    def texts(prefix: str) -> dict[str, Any]:
        more = {"body": {"contentType": "text", "content": canary[f"{prefix}body"]}}
        return more | ({"location": {"displayName": canary[f"{prefix}place"]}} if prefix != "a" else {})

    for simulator in (world.actors.where.outlook, world.actors.where.timify):
        path = r"calendars/[^/]+/events$|/v1/appointments/"
        await world.actors.faulty(simulator, method="POST", path=path, status=503)
    await asyncio.gather(
        world.add(world.event(canary["title"], 0, "09:00", "10:00", **texts(""))),
        world.add(world.event(canary["guest"], 1, "09:00", "10:00", attendees=person("guest"))),
        world.add(
            world.event(
                canary["ptitle"], 2, "09:00", "10:00", sensitivity="private", attendees=person("pguest"), **texts("p")
            )
        ),
        world.add(world.event(canary["atitle"], 0, "09:00", "10:00", **texts("a")), "jonas"),
        world.book(
            world.at(0, "12:00"),
            customers=[{"firstName": canary["customer"], "email": f"{canary['customer']}@x.example"}],
            notes=canary["note"],
            customfields=[{"label": "Wish", "value": canary["field"]}],
        ),
        world.book(world.at(0, "12:00"), "jonas", customers=[{"firstName": canary["aname"]}], notes=canary["anote"]),
        world.add(world.event(canary["hold"], 0, "12:15", "13:00")),
        world.add(world.event(canary["ptitle"], 0, "12:15", "13:00", sensitivity="confidential"), "jonas"),
    )


async def _tables(stack: Stack) -> dict[str, str]:
    """Every row of every table, as text; sealed columns cannot show anything."""
    found: dict[str, str] = {}
    async with TableServiceClient.from_connection_string(stack.storage) as service:
        async for table in service.list_tables():
            async with service.get_table_client(table.name) as client:
                found[f"table {table.name}"] = "\n".join([str(dict(row)) async for row in client.list_entities()])
    assert len(found) >= 5
    return found


async def _queues(stack: Stack) -> dict[str, str]:
    """Every message that is still visible in any queue, poison included."""
    found: dict[str, str] = {}
    async with QueueServiceClient.from_connection_string(stack.storage) as service:
        async for queue in service.list_queues():
            async with service.get_queue_client(queue.name) as client:
                messages = await client.peek_messages(32)
                found[f"queue {queue.name}"] = "\n".join(_decoded(message.content) for message in messages)
    return found


def _decoded(content: str) -> str:
    try:
        return base64.b64decode(content, validate=True).decode("utf-8", "replace")
    except ValueError:
        return content


def _logs(data: Path) -> dict[str, str]:
    logs = list((data / "logs").glob("function-host*.log"))
    assert logs
    return {f"log {log.name}": log.read_text("utf-8", "replace") for log in logs}


async def _said(world: World) -> dict[str, str]:
    """All that the API answers about these resources, and every mail."""
    found = {
        "conflicts": str(await world.conflicts()),
        "overview": str(await world.actors.items(f"{world.company_id}/resources")),
    }
    for person in ("anna", "jonas"):
        found[f"log of {person}"] = str(await world.log(person))
        found[f"mails of {person}"] = str(await world.actors.mails(to=world.upn(person)))
    return found
