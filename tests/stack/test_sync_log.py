"""The sync log: one line per change says what came in, what was decided, and how it ended."""

import pytest

from tests.stack.world import Json, World

pytestmark = pytest.mark.stack


async def test_every_change_leaves_one_line_that_says_why(world: World) -> None:
    await world.open()
    await world.connect()
    read = len(await world.log())

    async def lines() -> list[tuple[str, str, str, list[str], str]]:
        """What was added since: cause, rule, side, fields, outcome; oldest first."""
        nonlocal read
        await world.actors.quiet()
        found = await world.log()
        added, read = found[: len(found) - read][::-1], len(found)
        assert all(line["text"].endswith(".") and line["at"] for line in added)
        return [_told(line) for line in added]

    event = await world.add(world.event("Meeting", 0, "09:00", "10:00"))
    assert await lines() == [("notification", "copied", "timify", [], "done")]
    await world.edit(event, world.when(0, "10:00", "11:00") | {"subject": "Other"})
    assert await lines() == [("notification", "followed_origin", "timify", ["when", "title"], "done")]
    [copy] = await world.bookings()
    await world.rebook(copy, datetime=world.at(0, "14:00"))
    assert await lines() == [("webhook", "followed_copy", "outlook", ["when"], "done")]
    booking = await world.book(world.at(1, "09:00"))
    assert await lines() == [("webhook", "copied", "outlook", [], "done")]
    held = await world.add(world.event("Held", 1, "09:15", "10:00"))
    assert await lines() == [("notification", "held_overlap", "", [], "held")]
    await world.drop(held)
    [gone] = await lines()
    assert gone[:2] == ("notification", "origin_deleted")
    await world.cancel(booking)
    assert await lines() == [("webhook", "origin_deleted", "outlook", [], "done")]
    await world.drop(event)
    assert await lines() == [("notification", "origin_deleted", "timify", [], "done")]
    await world.check()
    assert await lines() == [("check", "checked", "", [], "done")]
    assert (await world.log())[0]["text"] == "Agreement check: 0 of 0 agreed."


async def test_both_sides_changed_at_once_and_the_log_says_whose_value_was_dropped(world: World) -> None:
    """The same field: the origin's value wins. Different fields merge. The same change is no conflict."""
    await world.open()
    events = [await world.add(world.event(f"e{n}", n, "09:00", "10:00")) for n in range(3)]
    await world.connect()
    copies = {booking["title"]: booking for booking in await world.bookings()}
    for simulator in (world.actors.where.outlook, world.actors.where.timify):
        await world.actors.post(simulator, drop=True)
    await world.edit(events[0], world.when(0, "11:00", "12:00"))
    await world.rebook(copies["e0"], datetime=world.at(0, "14:00"))
    await world.edit(events[1], world.when(1, "11:00", "12:00"))
    await world.rebook(copies["e1"], title="renamed")
    await world.edit(events[2], world.when(2, "11:00", "12:00"))
    await world.rebook(copies["e2"], datetime=world.at(2, "11:00"))
    await world.actors.quiet()  # whatever was about to be told is dropped, before anything is told again
    for simulator in (world.actors.where.outlook, world.actors.where.timify):
        await world.actors.post(simulator)
    await world.check()

    wanted = [("e0", 0), ("renamed", 1), ("e2", 2)]
    assert await world.booking_copies() == [(title, *world.span(n, "11:00", "12:00")) for title, n in wanted]
    assert [event["subject"] for event in await world.events()] == ["e0", "renamed", "e2"]
    rules = [line["rule"] for line in await world.log()]
    assert rules.count("origin_wins") == 1
    assert await world.conflicts() == []
    await world.steady()


def _told(line: Json) -> tuple[str, str, str, list[str], str]:
    return line["cause"], line["rule"], line["side"], line["fields"], line["outcome"]
