"""Both systems fail in every way they can: slowly, before or after taking effect, with and without an answer."""

import asyncio

import pytest

from tests.stack.world import Json, World

pytestmark = pytest.mark.stack

CREATE_EVENT = {"method": "POST", "path": r"/v1\.0/me/calendars/[^/]+/events$"}
CREATE_BOOKING = {"method": "POST", "path": r"/v1/appointments$"}
FAILURES: tuple[Json, ...] = (
    {"status": 503, "when": "before"},
    {"status": 500, "when": "after"},
    {"drop": True, "when": "after"},
    {"drop": True, "when": "before"},
    {"status": 504, "when": "after"},
    {"status": 429, "when": "before", "headers": {"Retry-After": "0.3"}},
)


async def test_creates_that_fail_in_every_way_are_made_once_on_either_side(world: World) -> None:
    await world.open()
    await world.connect()
    for fault in FAILURES:
        await world.actors.faulty(world.actors.where.outlook, **CREATE_EVENT, **fault)
    await asyncio.gather(*(world.book(world.at(n, "12:00")) for n in range(7)))
    for fault in FAILURES:
        await world.actors.faulty(world.actors.where.timify, **CREATE_BOOKING, **fault)
    await asyncio.gather(*(world.add(world.event(f"e{n}", n, "09:00", "10:00")) for n in range(7)))
    await world.actors.quiet()

    assert await world.booking_copies() == [(f"e{n}", *world.span(n, "09:00", "10:00")) for n in range(7)]
    assert [start for _, start, _ in await world.event_copies()] == [world.at(n, "12:00") for n in range(7)]
    assert len(await world.events(copies=False)) == len(await world.bookings(copies=False)) == 7
    assert await world.kinds() == {}
    await world.steady()


async def test_updates_and_deletions_that_fail_arrive_in_the_end(world: World) -> None:
    """What people do on one side goes through; every first write of the app to the other side fails twice."""
    await world.open()
    events = await asyncio.gather(*(world.add(world.event(f"e{n}", n, "09:00", "10:00")) for n in range(3)))
    bookings = await asyncio.gather(*(world.book(world.at(n, "12:00")) for n in range(3)))
    await world.connect()

    await _fail_writes(world, world.actors.where.timify, "/v1/appointments/")
    await asyncio.gather(world.edit(events[0], world.when(0, "10:00", "11:00")), world.drop(events[1]))
    await world.actors.quiet()
    await _fail_writes(world, world.actors.where.outlook, "/events/")
    await asyncio.gather(world.rebook(bookings[0], datetime=world.at(0, "13:00")), world.cancel(bookings[1]))
    await world.actors.quiet()

    assert await world.booking_copies() == [
        ("e0", *world.span(0, "10:00", "11:00")),
        ("e2", *world.span(2, "09:00", "10:00")),
    ]
    assert [start for _, start, _ in await world.event_copies()] == [world.at(0, "13:00"), world.at(2, "12:00")]
    await world.steady()


async def _fail_writes(world: World, simulator: str, path: str) -> None:
    for method in ("PATCH", "DELETE"):
        await world.actors.faulty(simulator, method=method, path=path, status=503)
        await world.actors.faulty(simulator, method=method, path=path, status=500, when="after")


async def test_an_answer_that_lies_for_once_deletes_nothing_on_either_side(world: World) -> None:
    """A gateway says 404 while TIMIFY is put out anew; an object that has nothing in it; somebody else's error page."""
    await world.open()
    event = await world.add(world.event("Mine", 0, "09:00", "10:00"))
    booking = await world.book(world.at(1, "12:00"))
    await world.connect()
    (copy,) = await world.bookings(copies=True)
    timify = world.actors.where.timify
    for lie in ({"status": 404, "body": "<h1>404</h1>"}, {"status": 200, "body": {"status": 1, "data": {}}}):
        for item in (copy, booking):
            path = f"/v1/appointments/{item['id']}"
            await world.actors.faulty(timify, method="GET", path=path, **lie)
            await world.rebook(item, notes=f"A word {lie['status']}")
        await world.actors.quiet()
    for method, change in (("PATCH", {"subject": "Still mine"}), ("DELETE", None)):
        await world.actors.faulty(timify, method=method, path="/v1/appointments/", status=404, body="<h1>404</h1>")
        assert [each["subject"] for each in await world.events(copies=False)] == ["Mine" if change else "Still mine"]
        await (world.edit(event, change) if change else world.drop(event))
        await world.actors.quiet()
        assert [title for title, *_ in await world.booking_copies()] == (["Still mine"] if change else [])
    assert await world.event_copies() == [("Haircut", *world.span(1, "12:00", "12:45"))]
    await world.steady()


async def test_an_expired_delta_link_is_a_reason_to_read_everything_and_write_nothing(world: World) -> None:
    await world.open()
    await world.add(world.event("Known", 0, "09:00", "10:00"))
    await world.book(world.at(0, "12:00"))
    await world.connect()
    gone = {"error": {"code": "SyncStateNotFound", "message": "The sync state generation is not found."}}
    await world.actors.forget_journals()
    await world.actors.faulty(world.actors.where.outlook, method="GET", path=r"delta\?.*token", status=410, body=gone)
    await world.add(world.event("New", 1, "09:00", "10:00"))
    await world.actors.quiet()
    assert [entry["method"] for entry in await world.actors.writes()] == ["POST"]
    assert [title for title, *_ in await world.booking_copies()] == ["Known", "New"]
    await world.add(world.event("Newer", 2, "09:00", "10:00"))
    await world.actors.quiet()
    assert len(await world.booking_copies()) == 3
    await world.steady()


async def test_a_write_that_met_another_version_looks_again_and_loses_nobodys_edit(world: World) -> None:
    await world.open()
    booking = await world.book(world.at(0, "12:00"))
    await world.connect()
    stale = {"error": {"code": "ErrorIrresolvableConflict", "message": "changed"}}
    await world.actors.faulty(world.actors.where.outlook, method="PATCH", path="/events/", status=412, body=stale)
    await world.rebook(booking, datetime=world.at(1, "12:00"))
    await world.actors.quiet()
    assert await world.event_copies() == [("Haircut", *world.span(1, "12:00", "12:45"))]
    assert await world.kinds() == {}
    await world.steady()


async def test_throttling_slows_an_import_and_loses_nothing(world: World) -> None:
    await world.open()
    await asyncio.gather(
        *(world.add(world.event(f"e{n}", n % 5, f"{8 + n // 5:02}:00", f"{8 + n // 5:02}:30")) for n in range(10))
    )
    await asyncio.gather(*(world.book(world.at(n % 5, f"{14 + n // 5:02}:00")) for n in range(10)))
    slow = {"status": 429, "headers": {"Retry-After": "0.25"}, "times": 6}
    await world.actors.faulty(world.actors.where.outlook, path=r"/v1\.0/me/calendars/.*(events|calendarView)", **slow)
    await world.actors.faulty(world.actors.where.timify, path="/v1/appointments", **slow)
    await world.actors.forget_journals()
    await world.connect()
    assert len(await world.booking_copies()) == len(await world.event_copies()) == 10
    assert len([e for e in await world.actors.writes() if e["status"] < 300]) == 20
    await world.steady()


async def test_one_item_that_is_refused_never_stops_the_others_and_is_listed(world: World) -> None:
    await world.open()
    await world.connect()
    no = {"error": {"code": "ErrorInvalidRequest", "message": "no"}}
    await world.actors.faulty(world.actors.where.outlook, **CREATE_EVENT, status=400, body=no)
    await asyncio.gather(*(world.book(world.at(n, "12:00")) for n in range(3)))
    await world.actors.faulty(world.actors.where.timify, **CREATE_BOOKING, status=400, body={"message": "no"})
    await asyncio.gather(*(world.add(world.event(f"e{n}", n, "09:00", "10:00")) for n in range(3)))
    await world.actors.quiet()
    assert len(await world.booking_copies()) == len(await world.event_copies()) == 2
    assert await world.kinds() == {"refused": 2}

    for conflict in await world.conflicts():
        assert conflict["detail"], "the reason of the receiving system"
        await world.act(conflict, "retry")
    assert await world.kinds() == {}
    assert len(await world.booking_copies()) == len(await world.event_copies()) == 3
    await world.steady()
