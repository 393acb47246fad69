"""What people do in Outlook, and what TIMIFY shows of it."""

import asyncio

import pytest

from dev.actors import Json
from tests.stack.world import World

pytestmark = pytest.mark.stack

BLOCKER = "Calendar blocker"
OTHERS: Json = {
    "organizer": {"emailAddress": {"name": "Kira", "address": "kira@elsewhere.example"}},
    "isOrganizer": False,
}
DECLINED: Json = {"responseStatus": {"response": "declined", "time": "2026-01-01T07:00:00Z"}}


async def test_every_kind_of_event_arrives_as_its_rule_says(world: World) -> None:
    await world.open()
    await world.connect()
    body = {"contentType": "html", "content": "<p>Bring <b>samples</b></p>"}
    place = {"displayName": "Warehouse"}
    entered = [
        world.event("Supplier", 0, "09:02", "09:47", body=body, location=place),
        world.event("Tax office", 0, "11:00", "12:00", sensitivity="private", body=body),
        world.event("Lawyer", 0, "12:00", "13:00", sensitivity="confidential", location=place),
        world.event("Perhaps", 0, "13:00", "14:00", showAs="tentative"),
        world.event("Lunch", 0, "14:00", "15:00", showAs="free"),
        world.event("From home", 0, "15:00", "16:00", showAs="workingElsewhere"),
        world.event("On the road", 0, "16:00", "17:00", showAs="oof"),
        world.event("Reminder", 0, "18:00", "18:00"),
        world.event("Late shift", 0, "23:00", "00:00"),
    ]
    await asyncio.gather(*map(world.add, entered))
    await world.put_raw(
        world.event("Declined", 1, "09:00", "10:00", **OTHERS, **DECLINED),
        world.event("Called off", 1, "10:00", "11:00", **OTHERS, isCancelled=True),
        world.event("Invited", 1, "11:00", "12:00", **OTHERS),
    )
    await world.actors.quiet()

    assert await world.booking_copies() == [
        ("Supplier", *world.span(0, "09:00", "09:50")),
        (BLOCKER, *world.span(0, "11:00", "12:00")),
        (BLOCKER, *world.span(0, "12:00", "13:00")),
        ("Perhaps", *world.span(0, "13:00", "14:00")),
        ("On the road", *world.span(0, "16:00", "17:00")),
        ("Late shift", world.at(0, "23:00"), world.at(1, "00:00")),
        ("Invited", *world.span(1, "11:00", "12:00")),
    ]
    notes = [booking["notes"] or "" for booking in await world.bookings()]
    assert "Bring samples" in notes[0]
    assert "Warehouse" in notes[0]
    assert "<" not in notes[0]
    assert notes[1:3] == ["", ""]
    first = next(event for event in await world.events() if event["subject"] == "Supplier")
    assert first["start"]["dateTime"][:16] == f"{world.at(0, '09:02'):%Y-%m-%dT%H:%M}", "the original was moved"
    assert [line["rule"] for line in await world.log() if line["rule"] == "no_duration"] == ["no_duration"]
    await world.steady()


async def test_every_edit_of_an_event_reaches_its_copy(world: World) -> None:
    await world.open()
    await world.connect()
    titles = ("moved", "longer", "retitled", "noted", "hidden", "freed", "deleted", "whole day")
    rows = [world.event(title, day, "09:02", "09:47") for day, title in enumerate(titles)]
    moved, longer, retitled, noted, hidden, freed, deleted, whole = await asyncio.gather(*map(world.add, rows))
    busy = await world.add(world.event("busy now", 8, "09:00", "10:00", showAs="free"))
    await world.actors.quiet()
    assert len(await world.booking_copies()) == len(titles)

    await asyncio.gather(
        world.edit(moved, world.when(0, "14:17", "15:02")),
        world.edit(longer, world.when(1, "09:02", "10:31")),
        world.edit(retitled, {"subject": "A new title"}),
        world.edit(noted, {"body": {"contentType": "text", "content": "Second floor"}}),
        world.edit(hidden, {"sensitivity": "private"}),
        world.edit(freed, {"showAs": "free"}),
        world.drop(deleted),
        world.edit(whole, world.all_day("", 7) | {"subject": "whole day"}),
        world.edit(busy, {"showAs": "busy"}),
    )
    await world.actors.quiet()

    assert await world.booking_copies() == [
        ("moved", *world.span(0, "14:15", "15:05")),
        ("longer", *world.span(1, "09:00", "10:35")),
        ("A new title", *world.span(2, "09:00", "09:50")),
        ("noted", *world.span(3, "09:00", "09:50")),
        (BLOCKER, *world.span(4, "09:00", "09:50")),
        ("whole day", world.at(7, "00:00"), world.at(8, "00:00")),
        ("busy now", *world.span(8, "09:00", "10:00")),
    ]
    assert "Second floor" in (await world.bookings())[3]["notes"]
    await world.steady()


async def test_a_series_travels_occurrence_by_occurrence_with_its_exceptions(world: World) -> None:
    await world.open()
    await world.connect()
    series = await world.add(world.weekly("Team", 0, "08:30", "09:00"))
    await world.actors.quiet()
    assert await world.booking_copies() == [("Team", *world.span(7 * n, "08:30", "09:00")) for n in range(4)]

    occurrences = [event for event in await world.events() if event["seriesMasterId"] == series["id"]]
    await world.edit(occurrences[1], world.when(8, "10:00", "11:00") | {"subject": "Team, special"})
    await world.drop(occurrences[2])
    await world.actors.quiet()
    after = [
        ("Team", *world.span(0, "08:30", "09:00")),
        ("Team, special", *world.span(8, "10:00", "11:00")),
        ("Team", *world.span(21, "08:30", "09:00")),
    ]
    assert await world.booking_copies() == after
    await world.steady()

    await world.edit(occurrences[1], world.when(7, "08:30", "09:00"))
    await world.edit(series, {"subject": "Whole team"})
    await world.actors.quiet()
    titles = [title for title, *_ in await world.booking_copies()]
    assert titles == ["Whole team", "Team, special", "Whole team"]

    await world.edit(series, world.when(0, "07:00", "07:30"))
    await world.actors.quiet()
    assert await world.booking_copies() == [("Whole team", *world.span(7 * n, "07:00", "07:30")) for n in range(4)]
    await world.drop(series)
    await world.actors.quiet()
    assert await world.booking_copies() == []
    await world.steady()


async def test_settings_of_one_resource_shape_what_comes_from_its_calendar(world: World) -> None:
    """Settings change the future only: what is linked keeps the shape that it was first synced with."""
    await world.open()
    await world.connect()
    await world.add(world.event("Known", 0, "09:00", "10:00"))
    await world.actors.quiet()
    choices = {"tentative": "skip", "free": "sync", "working_elsewhere": "sync", "private_events": "skip"}
    more = {"event_name": "off", "all_day": "skip"}
    await world.api("PATCH", f"resources/{world.resource('anna')}/settings", {"outlook_to_timify": choices | more})

    body = {"contentType": "text", "content": "Agenda"}
    await asyncio.gather(
        world.add(world.event("Perhaps", 1, "09:00", "10:00", showAs="tentative")),
        world.add(world.event("Lunch", 1, "10:00", "11:00", showAs="free", body=body)),
        world.add(world.event("From home", 1, "11:00", "12:00", showAs="workingElsewhere")),
        world.add(world.event("Tax office", 1, "12:00", "13:00", sensitivity="private")),
        world.add(world.all_day("Fair", 2)),
    )
    await world.actors.quiet()

    assert await world.booking_copies() == [
        ("Known", *world.span(0, "09:00", "10:00")),
        (BLOCKER, *world.span(1, "10:00", "11:00")),
        (BLOCKER, *world.span(1, "11:00", "12:00")),
    ]
    assert (await world.bookings())[1]["notes"] == "Agenda", "notes travel although the title does not"
    await world.steady()
