"""What people do in TIMIFY, and what Outlook shows of it."""

import asyncio

import pytest

from tests.stack.world import COLOUR, COURSE, CUT, MASSAGE, Json, World

pytestmark = pytest.mark.stack

CARLA = {"firstName": "Carla", "lastName": "Sommer", "email": "carla@mail.example"}
EVA = {"firstName": "Eva", "lastName": "Lindner", "email": "eva@mail.example"}


async def test_every_kind_of_booking_arrives_as_its_rule_says(world: World) -> None:
    await world.open()
    await world.connect()
    weekly = {"timezone": "Europe/Berlin", "frequency": "WEEKS", "period": 1, "repeat_times": 3}
    pupils = {"is_course": True, "max_participants": 10, "customers": [CARLA, EVA]}
    await asyncio.gather(
        world.book(world.at(0, "09:00"), customers=[CARLA], notes="Wants a shorter fringe"),
        world.book(world.at(0, "10:00"), service=COLOUR),
        world.book(world.at(0, "13:00"), service=MASSAGE),
        world.book(world.at(1, "09:00"), service=COURSE, title="Styling", **pupils),
        world.book(world.at(2, "09:00"), service=CUT, recurring=weekly),
        world.book(world.at(3, "09:00"), service=CUT, recurring=weekly | {"is_independent": True}),
    )
    await world.actors.quiet()

    assert await world.event_copies() == [
        ("Haircut – Carla Sommer", *world.span(0, "09:00", "09:45")),
        ("Colour", *world.span(0, "10:00", "12:00")),
        ("Massage", *world.span(0, "12:50", "14:15")),
        ("Styling – 2 of 10 participants", *world.span(1, "09:00", "11:00")),
        ("Haircut", *world.span(2, "09:00", "09:45")),
        ("Haircut", *world.span(3, "09:00", "09:45")),
        ("Haircut", *world.span(9, "09:00", "09:45")),
        ("Haircut", *world.span(10, "09:00", "09:45")),
        ("Haircut", *world.span(16, "09:00", "09:45")),
        ("Haircut", *world.span(17, "09:00", "09:45")),
    ]
    for event in await world.raw_events():
        assert (event["attendees"], event["categories"], event["showAs"]) == ([], ["TIMIFY"], "busy")
        assert "fringe" not in str(event), "notes travel by setting only"
    assert await world.outlook_mails() == []
    await world.steady()


async def test_every_edit_of_a_booking_reaches_its_copy(world: World) -> None:
    await world.open()
    await world.connect()
    weekly = {"timezone": "Europe/Berlin", "frequency": "WEEKS", "period": 1, "repeat_times": 3}
    pupils: Json = {"is_course": True, "max_participants": 10, "customers": [CARLA]}
    moved, longer, other, person, group, gone, series, pattern = await asyncio.gather(
        world.book(world.at(0, "09:00")),
        world.book(world.at(0, "11:00")),
        world.book(world.at(0, "14:00")),
        world.book(world.at(0, "16:00"), customers=[CARLA]),
        world.book(world.at(1, "09:00"), service=COURSE, title="Styling", **pupils),
        world.book(world.at(1, "13:00")),
        world.book(world.at(2, "09:00"), recurring=weekly),
        world.book(world.at(3, "09:00"), service=COLOUR),
    )
    await world.actors.quiet()
    assert len(await world.event_copies()) == 10

    await asyncio.gather(
        world.rebook(moved, datetime=world.at(4, "09:00")),
        world.rebook(longer, duration=90),
        world.rebook(other, service_id=MASSAGE, duration_before=10, duration_after=15),
        world.rebook(person, customers=[EVA]),
        world.rebook(group, participants=[CARLA, EVA, {"firstName": "Greta", "lastName": "Hahn"}]),
        world.cancel(gone),
        world.rebook(series, datetime=world.at(2, "10:00")),
        world.rebook(pattern, durations_pattern=[45, 60, 45]),
    )
    await world.actors.quiet()

    assert await world.event_copies() == [
        ("Haircut", *world.span(0, "11:00", "12:30")),
        ("Massage", *world.span(0, "13:50", "15:00")),
        ("Haircut – Eva Lindner", *world.span(0, "16:00", "16:45")),
        ("Styling – 3 of 10 participants", *world.span(1, "09:00", "11:00")),
        ("Haircut", *world.span(2, "10:00", "10:45")),
        ("Colour", *world.span(3, "09:00", "11:30")),
        ("Haircut", *world.span(4, "09:00", "09:45")),
        ("Haircut", *world.span(9, "10:00", "10:45")),
        ("Haircut", *world.span(16, "10:00", "10:45")),
    ]
    await world.cancel(series)
    await world.actors.quiet()
    assert len(await world.event_copies()) == 6
    await world.steady()


async def test_a_reservation_shows_only_once_it_is_confirmed(world: World) -> None:
    await world.open()
    await world.connect()
    day = f"{world.at(0, '10:00'):%Y-%m-%d}"
    who = {"company_id": world.company_id, "resource_ids": [world.resource("anna")]}
    booker = f"{world.actors.where.timify}/v1/booker-services"
    wish = {**who, "service_id": CUT, "date": day, "time": "10:00"}
    held = (await world.actors.send("POST", f"{booker}/reservations", wish))["data"]
    await world.actors.quiet()
    assert await world.event_copies() == []

    fields = [{"id": "firstName", "value": "Carla"}, {"id": "lastName", "value": "Sommer"}]
    sure = {**who, "reservation_id": held["id"], "secret": held["secret"], "fields": fields}
    await world.actors.send("POST", f"{booker}/appointments/confirm", sure)
    await world.actors.quiet()
    assert await world.event_copies() == [("Haircut – Carla Sommer", *world.span(0, "10:00", "10:45"))]
    await world.steady()


async def test_a_booking_of_two_resources_stands_in_both_calendars_and_moves_only_where_both_are_free(
    world: World,
) -> None:
    await world.open("anna", "jonas")
    await world.connect()
    both = await world.book(world.at(0, "10:00"), "anna", "jonas")
    await world.book(world.at(0, "14:00"), "jonas")
    await world.actors.quiet()
    assert [await world.event_copies(person) for person in ("anna", "jonas")] == [
        [("Haircut", *world.span(0, "10:00", "10:45"))],
        [("Haircut", *world.span(0, "10:00", "10:45")), ("Haircut", *world.span(0, "14:00", "14:45"))],
    ]

    [copy] = await world.events("anna")
    await world.edit(copy, world.when(0, "14:00", "14:45"))
    await world.actors.quiet()
    kept = next(booking for booking in await world.bookings("anna") if booking["id"] == both["id"])
    assert kept["startDate"] == f"{world.at(0, '10:00'):%Y-%m-%dT%H:%M:%SZ}", "jonas is not free at that time"
    assert (await world.kinds())["overlap"] >= 1

    await world.edit(copy, world.when(0, "16:00", "16:45"))
    await world.actors.quiet()
    assert await world.event_copies("anna") == [("Haircut", *world.span(0, "16:00", "16:45"))]
    assert ("Haircut", *world.span(0, "16:00", "16:45")) in await world.event_copies("jonas")
    assert await world.kinds() == {}

    await world.rebook(both, resource_ids=[world.resource("jonas")])
    await world.actors.quiet()
    assert await world.event_copies("anna") == []
    assert len(await world.event_copies("jonas")) == 2
    await world.steady()


async def test_people_edit_copies_on_both_sides(world: World) -> None:
    """Time follows from either side, the origin owns its text, and a deleted copy takes its origin along."""
    await world.open()
    await world.connect()
    events = [world.add(world.event(f"event {day}", day, "09:02", "09:47")) for day in range(4)]
    bookings = [world.book(world.at(day, "14:00"), service=MASSAGE, customers=[CARLA]) for day in range(4)]
    moved_event, _, dropped_event, _ = await asyncio.gather(*events)
    await asyncio.gather(*bookings)
    await world.actors.quiet()
    copies = {booking["title"]: booking for booking in await world.bookings(copies=True)}
    moved, retitled, dropped, _ = await world.events(copies=True)

    await asyncio.gather(
        world.rebook(copies["event 0"], datetime=world.at(0, "10:00")),
        world.rebook(copies["event 1"], title="renamed in TIMIFY"),
        world.cancel(copies["event 2"]),
        world.edit(moved, world.when(0, "15:50", "17:15")),
        world.edit(retitled, {"subject": "my own title"}),
        world.drop(dropped),
    )
    await world.actors.quiet()

    assert [(e["subject"], e["start"]["dateTime"][:16]) for e in await world.events(copies=False)] == [
        ("event 0", f"{world.at(0, '10:02'):%Y-%m-%dT%H:%M}"),
        ("renamed in TIMIFY", f"{world.at(1, '09:02'):%Y-%m-%dT%H:%M}"),
        ("event 3", f"{world.at(3, '09:02'):%Y-%m-%dT%H:%M}"),
    ]
    assert [booking["startDate"] for booking in await world.bookings(copies=False)] == [
        f"{world.at(day, clock):%Y-%m-%dT%H:%M:%SZ}" for day, clock in ((0, "16:00"), (1, "14:00"), (3, "14:00"))
    ]
    assert [title for title, *_ in await world.event_copies()] == [
        "Massage – Carla Sommer",
        "my own title",
        "Massage – Carla Sommer",
    ]
    assert len(await world.timify_mails()) == 1, "TIMIFY tells the customer that the booking is off"
    assert await world.outlook_mails() == []
    assert {moved_event["id"]} == {e["id"] for e in await world.events(copies=False) if e["subject"] == "event 0"}
    assert dropped_event["id"] not in {e["id"] for e in await world.raw_events()}
    await world.steady()


async def test_one_way_syncs_put_back_what_was_changed_on_a_copy(world: World) -> None:
    await world.open("anna", "jonas")
    for person, direction in (("anna", "outlook_to_timify"), ("jonas", "timify_to_outlook")):
        await world.api("PATCH", f"resources/{world.resource(person)}/settings", {"direction": direction})
    for person in ("anna", "jonas"):
        await world.add(world.event("Meeting", 0, "09:00", "10:00"), person)
        await world.add(world.event("Other meeting", 1, "09:00", "10:00"), person)
        await world.book(world.at(0, "14:00"), person)
        await world.book(world.at(1, "14:00"), person)
    await world.connect()
    assert await world.event_copies("anna") == []
    assert await world.booking_copies("jonas") == []
    wanted = [await world.booking_copies("anna"), await world.event_copies("jonas")]
    assert [len(copies) for copies in wanted] == [2, 2]

    first, second = await world.bookings("anna", copies=True)
    one, other = await world.events("jonas", copies=True)
    await asyncio.gather(
        world.rebook(first, datetime=world.at(2, "09:00"), title="edited"),
        world.cancel(second),
        world.edit(one, world.when(2, "14:00", "15:00") | {"subject": "edited"}, "jonas"),
        world.drop(other, "jonas"),
    )
    await world.actors.quiet()

    assert [await world.booking_copies("anna"), await world.event_copies("jonas")] == wanted
    assert len(await world.events("anna", copies=False)) == 2
    assert len(await world.bookings("jonas", copies=False)) == 2
    await world.steady()
