"""What two calendars cannot agree on: each kind is listed, cured by itself when its reason goes, or decided."""

import asyncio

import pytest

from dev.actors import Failed
from tests.stack.world import COURSE, OFFICE, Json, World

pytestmark = pytest.mark.stack

GUEST = [{"type": "required", "emailAddress": {"name": "Guest", "address": "guest@elsewhere.example"}}]
THEIRS = {
    "isOrganizer": False,
    "organizer": {"emailAddress": {"name": "Kira", "address": "kira@elsewhere.example"}},
    "responseStatus": {"response": "accepted", "time": "2026-01-01T07:00:00Z"},
}


async def test_an_overlap_is_one_conflict_and_goes_by_itself_when_either_side_moves(world: World) -> None:
    """Towards TIMIFY the event is held; towards Outlook the booking is copied and flagged."""
    await world.open()
    await world.connect()
    booking, other = await asyncio.gather(world.book(world.at(0, "10:00")), world.book(world.at(1, "10:00")))
    await world.actors.quiet()
    first = await world.add(world.event("Held", 0, "10:15", "11:00"))
    await world.add(world.event("Held too", 1, "10:15", "11:00"))
    await world.actors.quiet()

    assert await world.booking_copies() == []
    conflicts = await world.conflicts()
    assert [conflict["kind"] for conflict in conflicts] == ["overlap", "overlap"]
    assert (await world.line())["open_conflicts"] == 2
    for conflict in conflicts:
        assert conflict["in_the_way"]
        assert conflict["since"]
        assert conflict["outlook"]["start"] in {f"{world.at(day, '10:15'):%Y-%m-%dT%H:%M:%SZ}" for day in (0, 1)}
        assert set(conflict["actions"]) == {"retry", "keep_timify", "keep_outlook", "ignore"}
    await world.check()
    assert len(await world.conflicts()) == 2, "a conflict is found once, whichever way"

    await asyncio.gather(
        world.edit(first, world.when(0, "12:00", "13:00")), world.rebook(other, datetime=world.at(1, "14:00"))
    )
    await world.actors.quiet()
    assert await world.conflicts() == []
    assert await world.booking_copies() == [
        ("Held", *world.span(0, "12:00", "13:00")),
        ("Held too", *world.span(1, "10:15", "11:00")),
    ]
    await world.rebook(booking, datetime=world.at(0, "12:30"))
    await world.actors.quiet()
    assert await world.kinds() == {"overlap": 1}
    assert ("Haircut", *world.span(0, "12:30", "13:15")) in await world.event_copies(), "nobody misses a customer"
    await world.cancel(booking)
    await world.actors.quiet()
    assert await world.conflicts() == []
    await world.steady()


async def test_a_person_keeps_one_of_two_in_one_slot_and_the_other_goes(world: World) -> None:
    await world.open()
    await world.connect()
    bookings = await asyncio.gather(*(world.book(world.at(day, "10:00")) for day in range(2)))
    await world.actors.quiet()
    for day in range(2):
        await world.add(world.event(f"Meeting {day}", day, "10:15", "11:00"))
    await world.actors.quiet()
    by_start = {str(conflict["outlook"]["start"]): conflict for conflict in await world.conflicts()}
    first, second = (by_start[f"{world.at(day, '10:15'):%Y-%m-%dT%H:%M:%SZ}"] for day in range(2))

    await world.act(first, "keep_timify")
    await world.act(second, "keep_outlook")
    assert await world.conflicts() == []
    assert [event["subject"] for event in await world.events(copies=False)] == ["Meeting 1"]
    assert [booking["id"] for booking in await world.bookings(copies=False)] == [bookings[0]["id"]]
    assert await world.booking_copies() == [("Meeting 1", *world.span(1, "10:15", "11:00"))]
    assert await world.event_copies() == [("Haircut", *world.span(0, "10:00", "10:45"))]
    assert await world.outlook_mails() == []
    await world.steady()


async def test_every_kind_that_guards_people_is_listed_and_writes_nothing(world: World) -> None:
    await world.open(hours=OFFICE)
    await world.connect(settings={"outlook_to_timify": {"working_times": "enforce"}})
    weekly = {"timezone": "Europe/Berlin", "frequency": "WEEKS", "period": 1, "repeat_times": 2}
    pupils: Json = {"is_course": True, "max_participants": 10, "title": "Styling"}
    series, group = await asyncio.gather(
        world.book(world.at(0, "09:00"), recurring=weekly),
        world.book(world.at(1, "09:00"), service=COURSE, **pupils),
    )
    await world.put_raw(world.event("Invited", 3, "09:00", "10:00", **THEIRS))  # a whole mailbox: alone
    await asyncio.gather(
        world.add(world.event("With a guest", 2, "09:00", "10:00", attendees=GUEST)),
        world.add(world.event("Night", 4, "22:00", "23:00")),
    )
    await world.actors.quiet()
    assert await world.kinds() == {"outside_working_time": 1}
    copies = {booking["title"]: booking for booking in await world.bookings(copies=True)}
    first, second, course = await _in_order(world)

    await world.actors.forget_journals()
    await asyncio.gather(
        world.edit(first, world.when(0, "15:00", "15:45")),
        world.drop(second),
        world.edit(course, world.when(1, "13:00", "15:00")),
        world.rebook(copies["With a guest"], datetime=world.at(2, "14:00")),
        world.rebook(copies["Invited"], datetime=world.at(3, "14:00")),
    )
    await world.actors.quiet()
    assert await world.actors.writes() == []
    assert await world.outlook_mails() == []
    assert await world.kinds() == {
        "outside_working_time": 1,
        "series_edit": 2,
        "group_booking_edit": 1,
        "would_notify_attendees": 1,
        "not_organizer": 1,
    }
    kept = {booking["id"]: booking["startDate"] for booking in await world.bookings(copies=False)}
    assert kept == {series["id"]: series["startDate"], group["id"]: group["startDate"]}
    assert (await world.line())["open_conflicts"] == 6
    listed = await world.conflicts(kind="series_edit")
    assert len(listed) == 2
    assert await world.conflicts(kind="series_edit", state="ignored") == []
    await world.steady()


async def test_what_people_ignore_stays_quiet_until_it_is_cured(world: World) -> None:
    await world.open()
    await world.connect()
    await asyncio.gather(*(world.book(world.at(day, "10:00")) for day in range(2)))
    await world.actors.quiet()
    ignored, tried = [await world.add(world.event("Held", day, "10:15", "11:00")) for day in range(2)]
    await world.actors.quiet()
    found = {conflict["outlook"]["start"]: conflict for conflict in await world.conflicts()}
    first, second = (found[f"{world.at(day, '10:15'):%Y-%m-%dT%H:%M:%SZ}"] for day in range(2))

    await world.act(first, "ignore")
    await world.act(second, "retry")
    await world.check()
    assert {conflict["id"]: conflict["state"] for conflict in await world.conflicts()} == {
        first["id"]: "ignored",
        second["id"]: "open",
    }
    assert "ignore" not in (await world.conflicts(state="ignored"))[0]["actions"]
    await asyncio.gather(world.drop(ignored), world.drop(tried))
    await world.actors.quiet()
    assert await world.conflicts() == []
    with pytest.raises(Failed):
        await world.act(first, "retry")
    await world.steady()


async def test_a_guarded_move_can_be_decided_either_way(world: World) -> None:
    """A meeting of somebody else's that was moved in TIMIFY: put back, or left."""
    await world.open()
    await world.put_raw(world.event("Invited", 0, "09:00", "10:00", **THEIRS))
    weekly = {"timezone": "Europe/Berlin", "frequency": "WEEKS", "period": 1, "repeat_times": 2}
    await world.book(world.at(1, "09:00"), recurring=weekly)
    await world.connect()
    [copy] = await world.bookings(copies=True)
    first, _ = await world.events(copies=True)
    await world.rebook(copy, datetime=world.at(0, "14:00"))
    await world.edit(first, world.when(1, "15:00", "15:45"))
    await world.actors.quiet()
    assert await world.kinds() == {"not_organizer": 1, "series_edit": 1}

    by_kind = {conflict["kind"]: conflict for conflict in await world.conflicts()}
    await world.act(by_kind["not_organizer"], "keep_outlook")
    await world.act(by_kind["series_edit"], "keep_timify")
    assert await world.conflicts() == []
    assert await world.booking_copies() == [("Invited", *world.span(0, "09:00", "10:00"))]
    assert [start for _, start, _ in await world.event_copies()] == [world.at(1, "09:00"), world.at(8, "09:00")]
    await world.steady()


async def test_a_copy_deleted_in_outlook_asks_first_where_the_company_wants_to_be_asked(world: World) -> None:
    await world.open("anna", "jonas")
    await world.api("PUT", "settings", {"timify_to_outlook": {"deleted_in_outlook": "ask", "when_busy": "hold"}})
    path = f"resources/{world.resource('jonas')}/settings"
    await world.api("PATCH", path, {"timify_to_outlook": {"deleted_in_outlook": "restore_copy"}})
    booking, _ = await asyncio.gather(world.book(world.at(0, "10:00")), world.book(world.at(0, "10:00"), "jonas"))
    await world.connect()
    for person in ("anna", "jonas"):
        [copy] = await world.events(person)
        await world.drop(copy, person)
    await world.actors.quiet()
    assert await world.event_copies("jonas") == [("Haircut", *world.span(0, "10:00", "10:45"))]
    assert await world.event_copies("anna") == []
    assert len(await world.bookings("anna")) == 1
    [conflict] = await world.conflicts()
    assert conflict["resource_id"] == world.resource("anna")

    await world.act(conflict, "keep_timify")
    assert await world.conflicts() == []
    assert len(await world.event_copies("anna")) == 1

    await world.add(world.event("In the way", 1, "10:00", "11:00"))
    await world.actors.quiet()
    await world.rebook(booking, datetime=world.at(1, "10:15"))
    await world.actors.quiet()
    assert await world.kinds() == {"overlap": 1}
    assert await world.event_copies("anna") == [("Haircut", *world.span(0, "10:00", "10:45"))], "held, by setting"
    await world.rebook(booking, datetime=world.at(1, "12:00"))
    await world.actors.quiet()
    assert await world.event_copies("anna") == [("Haircut", *world.span(1, "12:00", "12:45"))]
    assert await world.conflicts() == []
    await world.steady()


async def _in_order(world: World) -> list[Json]:
    """The copies of the series' first and second occurrence, and that of the course."""
    found = await world.events(copies=True)
    course = [event for event in found if event["subject"].startswith("Styling")]
    return [event for event in found if event not in course] + course
