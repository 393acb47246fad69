"""A delta that never ends and a mailbox that cannot be subscribed, on the whole stack."""

import pytest

from tests.stack.world import Json, World

pytestmark = pytest.mark.stack

UNKNOWN_BACKEND: Json = {
    "error": {
        "code": "ExtensionError",
        "message": "Operation: Create; Exception: [Status Code: NotFound; Reason: The mailbox is on backend 'Unknown']",
    }
}


async def test_a_delta_without_an_end_and_a_mailbox_without_notifications_lose_no_change(world: World) -> None:
    await world.open()
    meeting = await world.add(world.event("Team", 0, "09:00", "10:00"))
    await world.book(world.at(1, "12:00"))
    outlook = world.actors.where.outlook
    row = {"id": "AAMkTheSame", "@odata.etag": 'W/"1"', "seriesMasterId": "AAMkMaster", "type": "occurrence"}
    page = {"value": [row], "@odata.nextLink": f"{outlook}/v1.0/me/calendarView/delta?$skiptoken=fresh"}
    await world.actors.faulty(outlook, method="GET", path="/delta", times=200, status=200, body=page)
    await world.actors.faulty(
        outlook, method="POST", path="/v1.0/subscriptions$", times=200, status=404, body=UNKNOWN_BACKEND
    )
    await world.connect()
    assert await world.booking_copies() == [("Team", *world.span(0, "09:00", "10:00"))]
    assert len(await world.event_copies()) == 1

    await world.edit(meeting, world.when(0, "14:00", "15:00"))
    await world.check()
    assert await world.booking_copies() == [("Team", *world.span(0, "14:00", "15:00"))]
    assert (await world.line())["last_check"]["differences"] == {"time": 1}

    await world.actors.send("DELETE", f"{outlook}/_sim/faults")
    await world.check()
    await world.edit(meeting, world.when(0, "16:00", "17:00"))
    await world.actors.quiet()
    assert await world.booking_copies() == [("Team", *world.span(0, "16:00", "17:00"))], "subscribed and read as ever"
    await world.steady()
