"""Real and hard events as Exchange holds them: whatever they look like, the import ends and a check changes nothing."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dev.stack.parts import ROOT
from tests.stack.hard_events import EVENTS, hard_events
from tests.stack.world import Json, World

pytestmark = pytest.mark.stack

EXAMPLES = ROOT.parent / "shared" / "graph-examples"
_DATE = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)(?=T|$)")


async def test_raw_events_of_every_shape_are_imported_and_agree(world: World) -> None:
    await world.open("hard", "examples")
    await world.put_mailbox("hard", *hard_events(world.monday, world.monday + timedelta(days=90)))
    await world.put_mailbox("examples", *examples(EXAMPLES, world.monday))
    titles = {event["id"]: event for event in await world.raw_events("hard")}
    assert len(titles) == len(EVENTS)

    await world.connect()

    line = await world.line("hard")
    assert (line["status"], line["reason"]) == ("connected", None)
    assert len(await world.booking_copies("hard")) > len(EVENTS) / 2, "one bad event never stops a calendar"
    assert await world.outlook_mails() == []
    await world.steady()
    for person in ("hard", "examples"):
        last = (await world.line(person))["last_check"]
        assert last["agree"] == last["items"] - await _held(world, person)


async def test_hard_events_that_change_are_followed_live(world: World) -> None:
    await world.open()
    await world.connect()
    await world.put_raw(*hard_events(world.monday, world.monday + timedelta(days=90)))
    await world.actors.quiet()
    before = await world.booking_copies()
    assert len(before) > len(EVENTS) / 2
    singles = [e for e in await world.raw_events() if e.get("type", "singleInstance") == "singleInstance"]
    await asyncio.gather(*(world.drop(event) for event in singles))
    await world.actors.quiet()
    if (await world.line())["status"] == "paused":  # so many at once: the brake asks first
        await world.api("POST", f"resources/{world.resource('anna')}/resume")
        await world.actors.quiet()
    assert len(await world.booking_copies()) < len(before)
    await world.steady()


async def test_events_at_the_ends_of_time_stop_no_calendar(world: World) -> None:
    """Longer than the window, without an end, without a date at all, and in a zone that has no name."""
    await world.open("ages", "ever", "never", "custom")
    day = f"{world.monday}T00:00:00.0000000"
    custom = "tzone://Microsoft/Custom"
    await asyncio.gather(
        world.put_mailbox(
            "ages",
            _raw(f"{world.monday - timedelta(days=400)}T09:02:00", f"{world.monday + timedelta(days=400)}T09:47:00"),
        ),
        world.put_mailbox("ever", _raw(day, "9999-12-31T23:59:59.9999999")),
        world.put_mailbox(
            "never", _raw("0001-01-01T00:00:00.0000000Z", "0001-01-01T00:00:00.0000000Z", "tzone://Microsoft/Utc")
        ),
        world.put_mailbox("custom", _raw(day, f"{world.monday}T00:30:00", custom, originalStartTimeZone=custom)),
    )
    await world.connect()
    for person in ("ages", "ever", "never", "custom"):
        await world.add(world.event("Later", -7, "12:00", "12:30"), person)
    await world.actors.quiet()
    [(_, start, end)] = await world.booking_copies("ages")
    assert (end - start).days == 800
    assert (start.minute, end.minute) == (0, 50)
    assert [title for title, *_ in await world.booking_copies("ever")] == ["Later", "At the end of time"]
    for person in ("never", "custom"):
        assert "Later" in [title for title, *_ in await world.booking_copies(person)]
    assert await world.kinds() == {"overlap": 1}
    await world.steady()


def _raw(start: str, end: str, zone: str = "UTC", **more: Any) -> Json:
    edges = {"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}}
    return {"subject": "At the end of time", "showAs": "busy", **edges, **more}


def examples(folder: Path, monday: date) -> list[Json]:
    """Every whole event of Microsoft's published examples, each by whole weeks moved into the window; none where the
    examples are not at hand."""
    found: dict[str, Json] = {}
    for number, path in enumerate(sorted(folder.glob("*.json"))):
        for event in _events(json.loads(path.read_text("utf-8"))):
            own = dict(event)
            own.setdefault("id", f"AAMkexample{number}{len(found)}")
            found.setdefault(own["id"], _moved(own, monday))
    return list(found.values())


def _events(content: Any) -> Iterator[Json]:
    if isinstance(content, dict):
        start = content.get("start")
        if isinstance(start, dict) and "dateTime" in start and isinstance(content.get("end"), dict):
            yield content
        content = list(content.values())
    for part in content if isinstance(content, list) else ():
        yield from _events(part)


def _moved(event: Json, monday: date) -> Json:
    first = date.fromisoformat(event["start"]["dateTime"][:10])
    weeks = timedelta(weeks=(monday - first).days // 7 + 1)

    def later(found: re.Match[str]) -> str:
        return f"{date(*(int(part) for part in found.groups())) + weeks}"

    timed = {name: event[name] for name in ("start", "end", "originalStart", "recurrence") if event.get(name)}
    moved: Json = json.loads(
        re.sub(r'(?<=")20\d\d-\d\d-\d\d(?=[T"])', lambda m: later(_whole(m[0])), json.dumps(timed))
    )
    return event | moved


def _whole(text: str) -> re.Match[str]:
    found = _DATE.match(text)
    assert found
    return found


async def _held(world: World, person: str) -> int:
    """Items that differ for a reason that is listed."""
    conflicts = await world.conflicts(resource_id=world.resource(person))
    parties = {conflict["item"] for conflict in conflicts}
    return len(parties | {conflict["in_the_way"]["item"] for conflict in conflicts if conflict["in_the_way"]})
