"""What may be where: the content of shared items in the two calendars only, that of anonymous ones in their own alone.

Each test lets canaries out in every field, and searches all that the app keeps or says (see canaries.py).
"""

import asyncio

import pytest

from dev.actors import Actors
from dev.stack import Stack
from tests.stack.canaries import API, MAIL, PAGE, TIMIFY, Flock, outlook, pages
from tests.stack.canary_items import full_booking, full_course, full_event, raw_event, services
from tests.stack.world import Json, World

pytestmark = pytest.mark.stack

ALL = {"data_fields": "on", "notes": "on", "resource_name": "on"}
BOTH = {"outlook_to_timify": {"anonymous": "on"}, "timify_to_outlook": {"anonymous": "on"}}


async def test_content_of_shared_items_is_in_both_calendars_and_nowhere_else(stack: Stack, actors: Actors) -> None:
    """Imported, live, and edited. Guests, organizers, categories and join addresses do not even travel."""
    flock, world = Flock(), World(actors)
    me = flock.bird("name and address of the resource", API, MAIL, PAGE, TIMIFY)
    there = outlook(me)
    flock.moves(me, API, MAIL, PAGE, TIMIFY, there)
    await world.open(me, services=services(flock.bird("name of the service", TIMIFY, there)))
    await world.api("PUT", "settings", {"timify_to_outlook": ALL})
    await world.put_mailbox(me, raw_event(flock, world, "an imported event", 0, TIMIFY, person=me))
    await world.book(world.at(0, "12:00"), me, **full_booking(flock, "an imported booking", there))
    flock.seen += pages(await _connect(world, me))

    event = await world.add(full_event(flock, world, "a live event", 1, TIMIFY, person=me), me)
    booking = await world.book(world.at(1, "12:00"), me, **full_booking(flock, "a live booking", there))
    await world.book(world.at(2, "12:00"), me, **full_course(flock, "a course", there))
    await actors.quiet()
    await flock.check(stack, world)

    flock.moves(event["subject"])
    await world.edit(event, {"subject": flock.bird("new title", there, TIMIFY)}, me)
    await world.rebook(booking, notes=flock.bird("new notes", there, TIMIFY))
    flock.moves(booking["notes"])
    await actors.quiet()
    await world.check(me)
    await flock.check(stack, world)
    assert await world.kinds() == {}


@pytest.mark.parametrize("by", ["the company's settings", "an override"])
async def test_nothing_but_times_of_an_anonymous_item_leaves_its_side(stack: Stack, actors: Actors, by: str) -> None:
    flock, world = Flock(), World(actors)
    await world.open("anna", "jonas", services=services(flock.bird("name of the service", TIMIFY, outlook("jonas"))))
    both = {**BOTH, "timify_to_outlook": {**ALL, "anonymous": "on"}}
    await world.api("PUT", "settings", both if by == "the company's settings" else {"timify_to_outlook": ALL})
    for person, own in (("anna", both), ("jonas", {"timify_to_outlook.anonymous": "off"})):
        await world.api("PATCH", f"resources/{world.resource(person)}/settings", own)
    await world.put_mailbox("anna", raw_event(flock, world, "an imported event", 0))
    await world.book(world.at(0, "12:00"), **full_booking(flock, "an imported booking"))
    await world.connect()

    event, booking, _, _ = await asyncio.gather(
        world.add(full_event(flock, world, "a live event", 1)),
        world.book(world.at(1, "12:00"), **full_booking(flock, "a live booking")),
        world.book(world.at(2, "12:00"), **full_course(flock, "a course")),
        world.book(world.at(3, "12:00"), "anna", "jonas", **full_booking(flock, "one of both", outlook("jonas"))),
    )
    await actors.quiet()
    assert {title for title, *_ in await world.booking_copies()} == {"Calendar blocker"}
    assert {title for title, *_ in await world.event_copies()} == {"TIMIFY booking"}
    assert len(await world.event_copies()) == 4
    await flock.check(stack, world)

    flock.moves(event["subject"])
    await world.edit(event, {"subject": flock.bird("new title", outlook()), **world.when(1, "09:00", "11:00")})
    await world.rebook(booking, notes=flock.bird("new notes", TIMIFY), datetime=world.at(1, "13:00"))
    flock.moves(booking["notes"])
    await actors.quiet()
    await world.check("anna")
    await flock.check(stack, world)


async def test_private_and_confidential_events_leave_their_time_and_nothing_else(stack: Stack, actors: Actors) -> None:
    flock, world = Flock(), World(actors)
    await world.open()
    kinds = ("private", "confidential")
    raw = [
        raw_event(flock, world, f"an imported {kind} event", n, start="08:00", sensitivity=kind)
        for n, kind in enumerate(kinds)
    ]
    await world.put_mailbox("anna", *raw)
    await world.connect()
    live = [
        full_event(flock, world, f"a live {kind} event", n + 2, sensitivity=kind, isOnlineMeeting=True)
        for n, kind in enumerate(kinds)
    ]
    made = [await world.add(event) for event in live]
    await world.add(full_event(flock, world, "a personal event", 5, TIMIFY, sensitivity="personal"))
    await actors.quiet()
    assert [title for title, *_ in await world.booking_copies()][:4] == ["Calendar blocker"] * 4
    await flock.check(stack, world)

    await world.edit(made[0], {"subject": flock.bird("its new title", outlook()), **world.when(2, "09:00", "11:00")})
    flock.moves(made[0]["subject"])
    blocker = (await world.bookings(copies=True))[3]
    by_staff = {"title": flock.bird("what staff wrote over a blocker"), "notes": flock.bird("notes of staff", TIMIFY)}
    await world.rebook(blocker, **by_staff)
    await actors.quiet()
    await world.check()
    assert [title for title, *_ in await world.booking_copies()][:4] == ["Calendar blocker"] * 4
    await flock.check(stack, world)


@pytest.mark.parametrize("private_events", ["anonymous", "skip"])
async def test_what_becomes_private_is_forgotten_on_the_other_side(
    stack: Stack, actors: Actors, private_events: str
) -> None:
    """Alone, together with a move, while the other system fails, and where the copy cannot follow in time."""
    flock, world = Flock(), World(actors)
    await world.open()
    await world.connect(settings={"outlook_to_timify": {"private_events": private_events}})
    events = [await world.add(full_event(flock, world, f"event {n}", n, TIMIFY)) for n in range(4)]
    await world.book(world.at(3, "12:00"))
    await actors.quiet()
    await flock.check(stack, world)

    await actors.faulty(actors.where.timify, method="PATCH", path="/v1/appointments/", status=503)
    await actors.faulty(actors.where.timify, method="PATCH", path="/v1/appointments/", status=500, when="after")
    private = {"sensitivity": "private"}
    changes: tuple[Json, ...] = ({}, world.when(1, "14:00", "15:00"), {}, world.when(3, "12:15", "12:30"))
    for event, change in zip(events, changes, strict=True):
        await world.edit(event, private | change)
        flock.leaves(TIMIFY, event)
    await actors.quiet()
    copies = await world.booking_copies()
    wanted = ["Calendar blocker"] * 4 if private_events == "anonymous" else []
    assert [title for title, *_ in copies] == wanted
    await flock.check(stack, world)
    await world.steady()


async def test_a_setting_made_anonymous_later_holds_for_new_items(stack: Stack, actors: Actors) -> None:
    """What is linked keeps the shape that it was first synced with; what comes afterwards shows nothing."""
    flock, world = Flock(), World(actors)
    await world.open()
    await world.connect()
    event = await world.add(full_event(flock, world, "an event from before", 0, TIMIFY))
    await actors.quiet()
    await world.api("PUT", "settings", BOTH)
    await world.edit(event, {"subject": flock.bird("its new title", outlook(), TIMIFY)})
    flock.moves(event["subject"])
    await world.add(full_event(flock, world, "an event from after", 1))
    await world.book(world.at(1, "12:00"), **full_booking(flock, "a booking from after"))
    copy = await _copy_of_the_only_booking(world)
    await world.edit(copy, {"subject": flock.bird("what the person wrote over it", outlook())})
    await actors.quiet()
    await flock.check(stack, world)


async def test_a_series_with_exceptions_shows_what_each_of_them_may(stack: Stack, actors: Actors) -> None:
    flock, world = Flock(), World(actors)
    await world.open()
    rules = [world.weekly("", day, "09:00", "10:00")["recurrence"] for day in range(2)]
    master = await world.add(full_event(flock, world, "a series", 0, TIMIFY, recurrence=rules[0]))
    secret = full_event(flock, world, "a private series", 1, sensitivity="private", recurrence=rules[1])
    hidden = await world.add(secret)
    await world.connect()
    await flock.check(stack, world)

    occurrences = [e for e in await world.events() if e.get("seriesMasterId") == master["id"]]
    secrets = [e for e in await world.events() if e.get("seriesMasterId") == hidden["id"]]
    await world.edit(occurrences[1], {"subject": flock.bird("a retitled exception", outlook(), TIMIFY)})
    body = {"contentType": "text", "content": flock.bird("body of a private exception", outlook())}
    title = flock.bird("title of a private exception", outlook())
    await world.edit(occurrences[2], {"subject": title, "body": body, "sensitivity": "private"})
    await world.edit(secrets[1], {"subject": flock.bird("exception of a private series", outlook())})
    await world.edit(secrets[2], world.when(15, "07:00", "08:00"))
    await actors.quiet()
    await flock.check(stack, world)

    await world.edit(master, {"sensitivity": "private"})
    await world.edit(occurrences[1], {"sensitivity": "private"})
    flock.leaves(TIMIFY)
    await actors.quiet()
    await world.check()
    await flock.check(stack, world)


async def test_what_is_not_copied_leaves_no_trace_on_the_other_side(stack: Stack, actors: Actors) -> None:
    """Declined, free, cancelled, skipped by setting, not yet confirmed; from the beginning, and later."""
    flock, world = Flock(), World(actors)
    skip = {"tentative": "skip", "all_day": "skip", "private_events": "skip"}
    declined = {"responseStatus": {"response": "declined", "time": "0001-01-01T00:00:00Z"}}
    await world.open()
    kinds: dict[str, Json] = {
        "a declined event": declined,
        "a free event": {"showAs": "free"},
        "a cancelled event": {"isCancelled": True},
        "a tentative event": {"showAs": "tentative"},
        "work elsewhere": {"showAs": "workingElsewhere"},
        "a skipped private event": {"sensitivity": "private"},
    }
    raw = [raw_event(flock, world, what, n, **more) for n, (what, more) in enumerate(kinds.items())]
    whole = full_event(flock, world, "a whole day", 8) | _whole_day(world, 8)
    await world.put_mailbox("anna", *raw)
    await world.connect(settings={"outlook_to_timify": skip})
    await asyncio.gather(
        *(
            world.add(full_event(flock, world, f"live, {what}", n + 14, **more))
            for n, (what, more) in enumerate(kinds.items())
            if not {"responseStatus", "isCancelled"} & more.keys()
        ),
        world.add(whole),
    )
    later = [await world.add(full_event(flock, world, f"event {n}", n + 21, TIMIFY)) for n in range(3)]
    await actors.quiet()
    assert len(await world.booking_copies()) == 3
    await world.edit(later[0], {"showAs": "free"})
    await world.edit(later[1], {"showAs": "tentative"})
    await world.edit(later[2], _whole_day(world, 23))
    for event in later:
        flock.leaves(TIMIFY, event)
    await actors.quiet()
    await world.check()
    assert await world.booking_copies() == []
    await flock.check(stack, world)


async def _connect(world: World, person: str) -> list[str]:
    """Connect somebody; answers the pages that the person saw."""
    outcome = await world.actors.connect(
        await world.actors.invite(world.company_id, world.resource(person)), world.upn(person)
    )
    await world.actors.quiet()
    assert (await world.line(person))["status"] == "connected"
    return list(outcome["pages"])


async def _copy_of_the_only_booking(world: World) -> Json:
    await world.actors.quiet()
    (copy,) = await world.events(copies=True)
    return copy


def _whole_day(world: World, day: int) -> Json:
    return {name: value for name, value in world.all_day("", day).items() if name != "subject"}
