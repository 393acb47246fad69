"""How many calls a change costs, counted by the simulator."""

from collections.abc import AsyncIterator

from shared.domain.items import Change
from shared.sync.ports import DeltaPage
from tests.adapters.outlook.samples import DRAFT, MARK, WHEN, WINDOW
from tests.adapters.outlook.worlds import simulated_world


async def drained(pages: AsyncIterator[DeltaPage]) -> str:
    return [each async for each in pages][-1].link


async def test_an_edit_costs_one_delta_call_and_a_write_one_call() -> None:
    async with simulated_world() as world:
        link = await drained(world.door().delta("", WINDOW))
        await world.add(WHEN, "Meeting")
        await world.requests()
        door = world.door()
        link = await drained(door.delta(link, WINDOW))
        receipt = await door.create(DRAFT, MARK)
        changed = await door.update(receipt.id, Change(title="Later"), receipt.version)
        assert changed is not None
        await door.delete(receipt.id, changed.version)
        await drained(door.delta(link, WINDOW))
        assert await door.read(receipt.id) is None
        event = f"~/events/{receipt.id}"
        assert await world.requests() == [
            "GET ~/calendarView/delta",
            "POST ~/events",
            f"PATCH {event}",
            f"DELETE {event}",
            "GET ~/calendarView/delta",
            f"GET {event}",
        ]


async def test_a_copy_survives_a_dropped_answer_without_a_twin() -> None:
    async with simulated_world() as world:
        await world.fail(method="POST", path="/events$", status=0, when="after")
        receipt = await world.door().create(DRAFT, MARK)
        assert [event.id async for rows in world.door().view(WINDOW) for event in rows] == [receipt.id]
