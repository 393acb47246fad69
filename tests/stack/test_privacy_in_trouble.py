"""What goes wrong must not say what it went wrong with: conflicts, refusals that quote us, failing writes, leaving."""

import asyncio
import json
import re
from datetime import datetime, timedelta

import pytest

from dev.actors import Actors
from dev.stack import Stack
from tests.stack.canaries import TIMIFY, Flock, outlook, pages
from tests.stack.canary_items import full_booking, full_course, full_event, raw_event
from tests.stack.test_faults import CREATE_BOOKING, CREATE_EVENT, FAILURES
from tests.stack.world import Json, World

pytestmark = pytest.mark.stack

ANONYMOUS = {"outlook_to_timify": {"anonymous": "on"}, "timify_to_outlook": {"anonymous": "on"}}
ALL = {"timify_to_outlook": {"data_fields": "on", "notes": "on"}}


async def test_conflicts_of_every_kind_are_told_without_content(stack: Stack, actors: Actors) -> None:
    """Held, flagged, guarded; open, ignored, tried again."""
    flock, world = Flock(), World(actors)
    own = outlook()
    await world.open()
    await world.connect(settings=ALL)
    weekly = {"timezone": "Europe/Berlin", "frequency": "WEEKS", "period": 1, "repeat_times": 2}
    await asyncio.gather(
        world.book(world.at(0, "09:00"), **full_booking(flock, "what stands in the way", own)),
        world.book(world.at(1, "12:00"), recurring=weekly, **full_booking(flock, "a connected series", own)),
        world.book(world.at(2, "12:00"), **full_course(flock, "a course", own)),
    )
    await actors.quiet()
    await world.put_raw(raw_event(flock, world, "somebody else's", 3, TIMIFY))
    await asyncio.gather(
        world.add(full_event(flock, world, "a held event", 0)),
        world.add(full_event(flock, world, "a held private event", 0, sensitivity="private", start="09:15")),
        world.add(full_event(flock, world, "an event with guests", 4, TIMIFY)),
        world.add(full_event(flock, world, "a private one with guests", 5, sensitivity="private")),
    )
    await actors.quiet()
    await world.book(world.at(5, "09:30"), **full_booking(flock, "a flagged booking", own))
    series, course = (await world.events(copies=True))[1:3]
    flock.leaves(own, {"title": course["subject"]})
    overwritten = {"subject": flock.bird("what a person wrote over a course", own)}
    await world.edit(series, world.when(1, "15:00", "15:45"))
    await world.edit(course, overwritten | world.when(2, "15:00", "17:00"))
    for copy in await world.bookings(copies=True):
        flock.leaves(TIMIFY, {"notes": copy["notes"]})
        later = datetime.fromisoformat(copy["startDate"]) + timedelta(hours=5)
        await world.rebook(copy, datetime=later, notes=flock.bird("what staff wrote", TIMIFY))
    await actors.quiet()
    kinds = {"overlap", "series_edit", "group_booking_edit", "would_notify_attendees", "not_organizer"}
    assert set(await world.kinds()) == kinds
    await flock.check(stack, world)
    for conflict in await world.conflicts():
        await world.act(conflict, "ignore" if "ignore" in conflict["actions"] else "retry")
    await world.check()
    await flock.check(stack, world)


@pytest.mark.parametrize("secret", [False, True])
async def test_a_refusal_that_quotes_us_is_not_repeated(stack: Stack, actors: Actors, secret: bool) -> None:
    """Both systems refuse to create, to change and to delete, and say what they refuse: in their message, in what is
    no JSON, and even where a code should be. Trying again brings the same."""
    flock, world, shown = Flock(), World(actors), not secret
    await world.open()
    await world.connect(settings=ALL if shown else ANONYMOUS)
    events = [await world.add(_event(flock, world, f"a linked event {n}", n, shown)) for n in (4, 5)]
    bookings = [await world.book(world.at(n, "12:00"), **_booking(flock, f"booking {n}", shown)) for n in (4, 5)]
    await actors.quiet()
    await flock.check(stack, world)

    await _slowly(actors)
    fresh = [await world.add(_event(flock, world, f"refused event {n}", n)) for n in range(3)]
    for n in range(3):
        await world.book(world.at(n, "12:00"), **_booking(flock, f"refused booking {n}"))
    await world.edit(events[0], world.when(4, "14:00", "15:00"))
    await world.rebook(bookings[0], datetime=world.at(4, "16:00"))
    await world.drop(events[1])
    await world.cancel(bookings[1])
    flock.leaves(outlook(), events[1])
    flock.leaves(TIMIFY, bookings[1])
    quoted = json.dumps([*fresh, *events, *bookings])
    await _refuse_writes(actors, quoted)
    await actors.quiet()
    assert (await world.kinds())["refused"] == 10
    await flock.check(stack, world)
    for conflict in await world.conflicts():
        await world.act(conflict, "retry")
    await world.check()
    conflicts = await world.conflicts()
    assert len(conflicts) == 10
    assert all(re.fullmatch("[A-Za-z0-9_.-]+", str(conflict["detail"])) for conflict in conflicts)
    await flock.check(stack, world)


async def test_failing_writes_and_readings_leave_no_content_behind(stack: Stack, actors: Actors) -> None:
    """Answers that are lost, late, garbled or errors that quote us, before or after taking effect. Anna shows what she
    does, Jonas does not."""
    flock, world = Flock(), World(actors)
    await world.open("anna", "jonas")
    await world.api("PATCH", f"resources/{world.resource('jonas')}/settings", ANONYMOUS)
    await world.connect(settings=ALL)
    await _slowly(actors)
    made: list[Json] = []
    for person, n in ((person, n) for person in ("anna", "jonas") for n in range(4)):
        made.append(await world.add(_event(flock, world, f"event {n}", n, person == "anna", person), person))
        said = _booking(flock, f"booking {n}", person == "anna", person)
        made.append(await world.book(world.at(n, "12:00"), person, **said))
    for fault in FAILURES:
        told = {"body": json.dumps(made)} if "status" in fault else {}
        await actors.faulty(actors.where.outlook, **CREATE_EVENT, **fault, **told)
        await actors.faulty(actors.where.timify, **CREATE_BOOKING, **fault, **told)
    for status in (500, 404, 200):
        garbled = {"status": status, "body": json.dumps(made), "method": "GET"}
        await actors.faulty(actors.where.outlook, path="delta", **garbled)
        await actors.faulty(actors.where.timify, path="/v1/appointments/", **garbled)
    await actors.quiet()
    for person in ("anna", "jonas"):
        await world.check(person)
        assert len(await world.booking_copies(person)) == len(await world.event_copies(person)) == 4
    assert await world.kinds() == {}
    await flock.check(stack, world)


async def test_reconnecting_keeps_secrets_and_the_sign_in_is_not_quoted(stack: Stack, actors: Actors) -> None:
    flock, world = Flock(), World(actors)
    await world.open()
    await world.connect(settings=ALL)
    await world.add(_event(flock, world, "an event", 0, True))
    await world.add(full_event(flock, world, "a private event", 1, sensitivity="private"))
    await world.book(world.at(0, "12:00"), **_booking(flock, "a booking", True))
    await actors.quiet()
    await actors.send("POST", f"{actors.where.outlook}/_sim/mailboxes/{world.upn('anna')}/revoke")
    told = flock.bird("what Microsoft says about a person")
    refusal = {"error": "invalid_grant", "error_description": f"AADSTS50173: {told} must sign in", "claims": told}
    await actors.faulty(actors.where.outlook, path="/oauth2/", status=400, body=refusal)
    await world.add(full_event(flock, world, "an unseen private event", 2, sensitivity="private"))
    await actors.quiet()
    assert (await world.line())["status"] == "reconnect_needed"
    [mail] = await actors.mails("reconnect_needed", world.upn("anna"))
    await flock.check(stack, world)
    outcome = await actors.connect(mail["link"], world.upn("anna"))
    flock.seen += pages(outcome["pages"])
    await actors.quiet()
    assert (await world.line())["status"] == "connected"
    await flock.check(stack, world)
    await world.steady()


@pytest.mark.parametrize("copies", ["keep", "remove_future"])
@pytest.mark.parametrize("leaving", ["disable", "uninstall"])
async def test_leaving_leaves_what_the_choice_says_and_nothing_more(
    stack: Stack, actors: Actors, leaving: str, copies: str
) -> None:
    flock, world = Flock(), World(actors)
    await world.open()
    await world.connect(settings=ALL)
    event = await world.add(_event(flock, world, "an event", 0, True))
    booking = await world.book(world.at(0, "12:00"), **_booking(flock, "a booking", True))
    await world.add(full_event(flock, world, "a private event", 1, sensitivity="private"))
    await actors.quiet()
    await world.add(_event(flock, world, "a held event", 0) | world.when(0, "12:15", "13:00"))
    await actors.quiet()
    path = f"resources/{world.resource('anna')}/connection" if leaving == "disable" else ""
    await world.api("DELETE", path, copies=copies)
    await actors.quiet()
    if copies == "remove_future":
        flock.leaves(TIMIFY, event)
        flock.leaves(outlook(), booking)
    await flock.check(stack, world)
    await world.add(_event(flock, world, "an event of later", 2))
    await world.book(world.at(2, "12:00"), **_booking(flock, "a booking of later"))
    await actors.quiet()
    await flock.check(stack, world)


def _event(flock: Flock, world: World, what: str, day: int, shown: bool = False, person: str = "anna") -> Json:
    return full_event(flock, world, what, day, *((TIMIFY,) if shown else ()), person=person, guests=False)


def _booking(flock: Flock, what: str, shown: bool = False, person: str = "anna") -> Json:
    return full_booking(flock, what, *((outlook(person),) if shown else ()))


async def _slowly(actors: Actors) -> None:
    """Whatever people do now, the app hears of it in a moment: time to order faults that are for the app alone."""
    for simulator in (actors.where.outlook, actors.where.timify):
        await actors.post(simulator, delay_ms=1500)


async def _refuse_writes(actors: Actors, quoted: str) -> None:
    """From now on every write of the app is refused."""
    told = f"Not allowed: {quoted}"
    deep = {"error": {"code": "Denied", "message": told, "innerError": {"code": told, "message": told}}}
    bodies: list[object] = [deep, {"status": 0, "message": told, "errors": [told]}, {"error": {"code": told}}, told]
    for simulator in (actors.where.outlook, actors.where.timify):
        for method in ("POST", "PATCH", "DELETE"):
            for body in bodies:
                times = None if body is told else 1
                path = r"/me/calendars/.*events|/v1/appointments"
                fault = {"method": method, "path": path, "status": 400, "body": body, "times": times}
                await actors.faulty(simulator, **fault)
