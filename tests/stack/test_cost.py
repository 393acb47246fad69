"""What one change costs, and that its echo costs nothing."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import Any

import pytest

from dev.stack import Stack
from tests.benchmarks.storage_log import Storage, StorageLog
from tests.stack.world import COLOUR, Json, World

pytestmark = pytest.mark.stack


async def test_an_outlook_edit_costs_one_delta_read_and_one_write(world: World) -> None:
    await world.open()
    event = await world.add(world.event("Dentist", 0, "10:00", "11:00"))
    await world.connect()
    timify = world.actors.where.timify

    made, cost = await _spent(world, world.add(world.event("Supplier", 0, "12:00", "13:00")), deaf=timify)
    assert cost == ["GET outlook delta", "POST timify appointments"]
    for change in (
        world.when(1, "12:00", "13:00"),
        {"subject": "Supplier of colours"},
        world.when(1, "12:00", "13:30"),
    ):
        _, cost = await _spent(world, world.edit(made, change), deaf=timify)
        assert cost == ["GET outlook delta", "PATCH timify appointments"]
    _, cost = await _spent(world, world.drop(event), deaf=timify)
    assert cost.count("GET outlook delta") == 1
    assert [call for call in cost if not call.startswith("GET")] == ["DELETE timify appointments"]

    assert await world.booking_copies() == [("Supplier of colours", *world.span(1, "12:00", "13:30"))]
    await world.steady()


async def test_a_booking_edit_costs_one_read_and_one_write(world: World) -> None:
    await world.open()
    await world.connect()
    outlook = world.actors.where.outlook

    booking, cost = await _spent(world, world.book(world.at(0, "10:00")), deaf=outlook)
    assert cost == ["GET timify appointments", "POST outlook events"]
    for change in ({"datetime": world.at(0, "12:00")}, {"duration": 90}, {"title": "x", "service_id": COLOUR}):
        _, cost = await _spent(world, world.rebook(booking, **change), deaf=outlook)
        assert cost == ["GET timify appointments", "PATCH outlook events"]
    _, cost = await _spent(world, world.cancel(booking), deaf=outlook)
    assert cost == ["GET timify appointments"] * 2 + ["DELETE outlook events"], "a deletion is looked for twice"

    assert await world.events() == []
    await world.steady()


async def test_an_echo_reads_at_most_once_and_writes_nothing(world: World) -> None:
    """Both systems tell the app of its own writes."""
    await world.open()
    await world.connect()
    event, cost = await _spent(world, world.add(world.event("Dentist", 0, "10:00", "11:00")))
    assert len(cost) <= 3, cost
    assert [call for call in cost if not call.startswith("GET")] == ["POST timify appointments"]
    _, cost = await _spent(world, world.edit(event, world.when(1, "10:00", "11:00")))
    assert len(cost) <= 3, cost
    assert [call for call in cost if not call.startswith("GET")] == ["PATCH timify appointments"]

    booking, cost = await _spent(world, world.book(world.at(0, "12:00")))
    assert len(cost) <= 3, cost
    assert [call for call in cost if not call.startswith("GET")] == ["POST outlook events"]
    _, cost = await _spent(world, world.rebook(booking, datetime=world.at(1, "12:00")))
    assert len(cost) <= 3, cost
    assert [call for call in cost if not call.startswith("GET")] == ["PATCH outlook events"]
    await world.steady()


async def test_a_change_costs_at_most_six_transactions_of_storage(world: World, stack: Stack) -> None:
    """Counted by the storage itself; beside them there is one message that is put, received and deleted. A new booking
    takes one more: it is asked for who knew it, and stored before its copy is made."""
    await world.open()
    await world.add(world.event("Before", 0, "08:00", "09:00"))
    await world.connect()
    log, actors = StorageLog(stack.data), world.actors

    async def spent(act: Awaitable[Any], deaf: str) -> Any:
        await actors.quiet()
        log.news()
        await actors.post(deaf, drop=True)
        made = await act
        await actors.quiet()
        await actors.post(deaf)
        costs.append(log.counts())
        return made

    costs: list[Storage] = []
    event = await spent(world.add(world.event("Supplier", 0, "12:00", "13:00")), actors.where.timify)
    await spent(world.edit(event, world.when(3, "12:00", "13:00")), actors.where.timify)
    await spent(world.edit(event, {"subject": "Supplier of colours"}), actors.where.timify)
    await spent(world.drop(event), actors.where.timify)
    booking = await spent(world.book(world.at(0, "15:00")), actors.where.outlook)
    await spent(world.rebook(booking, datetime=world.at(2, "15:00")), actors.where.outlook)
    await spent(world.cancel(booking), actors.where.outlook)

    assert [cost.tables for cost in costs] == [6, 5, 5, 5, 7, 6, 6]
    assert [cost.queues for cost in costs] == [3] * 7
    await world.steady()


async def test_doubled_and_late_notifications_write_nothing_twice(world: World) -> None:
    await world.open()
    await world.connect()
    for simulator in (world.actors.where.outlook, world.actors.where.timify):
        await world.actors.post(simulator, duplicate=3, shuffle=True, delay_ms=20)
    await world.actors.forget_journals()

    await asyncio.gather(
        world.add(world.event("Dentist", 0, "10:00", "11:00")),
        world.book(world.at(0, "12:00")),
        world.add(world.event("Supplier", 1, "10:00", "11:00")),
        world.book(world.at(1, "12:00")),
    )
    await world.actors.quiet()

    assert len(await world.actors.writes()) == 4
    assert [title for title, *_ in await world.booking_copies()] == ["Dentist", "Supplier"]
    assert [title for title, *_ in await world.event_copies()] == ["Haircut", "Haircut"]
    await world.steady()


async def test_a_burst_on_one_calendar_is_read_by_few_rounds(world: World) -> None:
    """Whatever a round saw after its notification was written needs no round of its own."""
    await world.open()
    await world.connect()
    await world.actors.forget_journals()

    days = [(day, f"{hour:02}:00", f"{hour:02}:30") for day in range(3) for hour in range(8, 16)]
    await asyncio.gather(
        *(world.add(world.event(f"Meeting {day} {start}", day, start, end)) for day, start, end in days)
    )
    await world.actors.quiet()

    cost = await world.cost()
    assert cost.count("POST timify appointments") == len(days)
    assert cost.count("GET outlook delta") < len(days)
    assert len(await world.booking_copies()) == len(days)
    await world.steady()


async def test_a_change_arrives_within_a_second_on_either_side(world: World) -> None:
    """Both systems' own time included. The soonest of five counts: the machine has other work."""
    await world.open()
    await world.connect()
    to_timify = [await _took(world, world.add(world.event("Supplier", day, "12:00", "13:00"))) for day in range(5)]
    to_outlook = [await _took(world, world.book(world.at(day, "15:00"))) for day in range(5)]
    assert min(to_timify) < 1, to_timify
    assert min(to_outlook) < 1, to_outlook
    await world.steady()


async def _took(world: World, act: Awaitable[Any]) -> float:
    """Seconds from what a person does on one side to the first thing that the app writes on the other."""
    await world.actors.quiet()
    await world.actors.forget_journals()
    await act
    await world.actors.quiet()
    journals = [await world.actors.send("GET", f"{simulator}/_sim/requests") for simulator in _both(world)]
    posts = [entry for journal in journals for entry in journal if entry["method"] == "POST"]
    at = {entry["actor"]: datetime.fromisoformat(entry["at"]) for entry in posts if _is_item(entry)}
    return (at["app"] - at["person"]).total_seconds()


def _both(world: World) -> tuple[str, str]:
    return world.actors.where.outlook, world.actors.where.timify


def _is_item(entry: Json) -> bool:
    return str(entry["path"]).endswith(("/events", "/appointments"))


async def _spent(world: World, act: Awaitable[Any], *, deaf: str = "") -> tuple[Json, list[str]]:
    """Do it, wait until all is quiet, and say what the app asked for. `deaf`: the simulator that tells nobody of
    changes meanwhile, so that there is no echo of what the app wrote there."""
    await world.actors.quiet()
    await world.actors.forget_journals()
    if deaf:
        await world.actors.post(deaf, drop=True)
    made = await act
    await world.actors.quiet()
    if deaf:
        await world.actors.post(deaf)
    return made, await world.cost()
