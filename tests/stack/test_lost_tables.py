"""Whatever table is lost, no calendar is damaged, nothing is there twice, and it heals as docs/operations.md says."""

from pathlib import Path
from typing import Any

import pytest
from azure.data.tables.aio import TableClient

from dev.stack import Stack
from ops.__main__ import run
from tests.stack.world import World

pytestmark = pytest.mark.stack


class Vandal:
    """Somebody who loses the rows of one company."""

    def __init__(self, stack: Stack, world: World, folder: Path) -> None:
        self._storage, self._world, self._folder = stack.storage, world, folder

    async def lose(self, table: str) -> None:
        """Delete every row that names the company in its key or columns; there are some."""
        lost = await self.rows(table)
        async with TableClient.from_connection_string(self._storage, table) as client:
            for row in lost:
                await client.delete_entity(row["PartitionKey"], row["RowKey"])
        assert lost, table

    async def rows(self, table: str) -> list[dict[str, Any]]:
        async with TableClient.from_connection_string(self._storage, table) as client:
            return [dict(row) async for row in client.list_entities() if self._world.company_id in str(row)]

    async def check(self) -> None:
        """As an operator does."""
        who = (self._world.company_id, self._world.resource("anna"))
        assert await run(("check", *who, "--json"), {"AzureWebJobsStorage": self._storage}, self._folder) == 0
        await self._world.actors.quiet()


@pytest.fixture
def vandal(stack: Stack, world: World, tmp_path: Path) -> Vandal:
    return Vandal(stack, world, tmp_path)


async def test_whatever_table_is_lost_no_calendar_is_damaged_and_every_copy_is_known_again(
    world: World, vandal: Vandal
) -> None:
    await world.open()
    event = await world.add(world.event("Meeting", 0, "09:00", "10:00"))
    booking = await world.book(world.at(0, "12:00"))
    await world.connect()

    for hour, table in enumerate(("subscriptions", "agenda", "calendars", "invitations", "mails"), start=13):
        await vandal.lose(table)
        await world.edit(event, world.when(1, f"{hour}:00", f"{hour}:30"))
        await world.actors.quiet()
        assert await world.booking_copies() == [("Meeting", *world.span(1, f"{hour}:00", f"{hour}:30"))], table
    await vandal.check()
    assert {row["job"] for row in await vandal.rows("agenda")} >= {"check", "poll", "tidy"}
    assert len(await vandal.rows("calendars")) == 2, "its owner, and who uses the mailbox"

    await vandal.lose("vault")
    await world.actors.send("POST", f"{world.actors.where.outlook}/_sim/mailboxes/{world.upn('anna')}/revoke")
    await world.edit(event, world.when(2, "09:00", "10:00"))
    await world.actors.quiet()
    line = await world.line()
    assert (line["status"], line["reason"]) == ("reconnect_needed", "access_revoked")
    assert len(await world.actors.mails("reconnect_needed", world.upn("anna"))) == 1
    await world.connect()

    await vandal.lose("companies")
    await world.edit(event, world.when(3, "09:00", "10:00"))
    await world.rebook(booking, datetime=world.at(3, "12:00"))
    await world.actors.quiet()
    assert await world.booking_copies() == [("Meeting", *world.span(2, "09:00", "10:00"))], "nobody reads"
    assert await vandal.rows("companies") == [], "no late message makes a row"
    await world.actors.install(world.company_id)
    lost = await world.actors.invite(world.company_id, world.resource("anna"))
    await vandal.lose("invitations")
    assert (await world.actors.http.get(lost)).status_code == 404
    await world.connect()

    assert await world.booking_copies() == [("Meeting", *world.span(3, "09:00", "10:00"))]
    assert [times for _, *times in await world.event_copies()] == [list(world.span(3, "12:00", "12:45"))]
    assert [each["id"] for each in await world.events(copies=False)] == [event["id"]]
    assert [each["id"] for each in await world.bookings(copies=False)] == [booking["id"]]
    assert (await world.outlook_mails(), await world.timify_mails()) == ([], [])
    await world.steady()
