"""A calendar of many meetings: how fast it is imported, and how long an edit takes to the other side."""

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from urllib.parse import unquote

from dev.demo import cast
from dev.demo.scene import Json, Scene, event_times
from dev.demo.tale import expect, must

JONAS = cast.upn("jonas")
EDITS = 30
PACE = 0.2
"""Seconds between two edits."""


async def big_import(scene: Scene) -> None:
    tale, actors = scene.tale, scene.actors
    tale.chapter(f"A calendar of {cast.MANY} meetings")
    began, shown = time.monotonic(), list[int]()
    with tale.step("the overview shows how far the import is, with counts, until it says Synced"):
        outcome = await actors.connect(await actors.invite(cast.COMPANY, cast.JONAS), JONAS)
        expect("the last page", outcome["status"], "importing")
        began = time.monotonic()

        async def live() -> bool:
            line = await scene.overview(cast.JONAS)
            if line["progress"] and line["progress"]["percent"]:
                shown.append(line["progress"]["percent"])
                must(line["label"] == f"Importing {shown[-1]} %", f"the label is {line['label']}")
            return bool(line["label"] == "Synced")

        await actors.until(live, "Synced", 120, every=0.3)
        seconds = time.monotonic() - began
        must(len(set(shown)) >= 3, f"progress seen: {shown}")
        expect("the order of the progress", shown, sorted(shown))
        tale.figure(f"First import of {cast.MANY} meetings", f"{seconds:.1f} s, {cast.MANY / seconds:.0f} items/s")
    with tale.step("every meeting has exactly one copy, at its own time"):
        await actors.quiet()
        copies = sorted((a["title"], a["startDate"][:16]) for a in await scene.appointments(cast.JONAS))
        meetings = sorted((e["subject"], _utc(e)) for e in await scene.events(JONAS))
        expect("how many", len(copies), cast.MANY)
        must(copies == meetings, "copies and meetings are not the same")
    with tale.step("a second round reads all of it and writes nothing"):
        began = time.monotonic()
        items = await scene.nothing_more(cast.JONAS)
        expect("items", items, cast.MANY)
        tale.figure(f"Agreement check of {items} items", f"{time.monotonic() - began:.1f} s")


async def edits(scene: Scene) -> None:
    tale, where = scene.tale, scene.actors.where
    tale.chapter(f"{EDITS} edits each way, {round(1 / PACE)} a second, measured in the journals")
    with tale.step(f"{EDITS} meetings are moved in Outlook: {EDITS} writes to TIMIFY, not one to Outlook"):
        await scene.actors.forget_journals()
        copies = {a["title"]: a["id"] for a in await scene.appointments(cast.JONAS)}
        moving = (await scene.events(JONAS))[:EDITS]
        copy_of = {event["id"]: copies[event["subject"]] for event in moving}
        await _paced(scene, [_move(scene, event) for event in moving])
        expect("writes", _counts(await scene.written()), {"outlook": 0, "timify": EDITS})
        began = await _stamps(scene, where.outlook, "person", "PATCH", lambda e: copy_of[_last(e)])
        _tell(scene, "Outlook edit → write to TIMIFY", began, await _stamps(scene, where.timify, "app", "PATCH", _last))
    with tale.step(f"{EDITS} bookings are made in TIMIFY: {EDITS} writes to Outlook, not one to TIMIFY"):
        await scene.actors.forget_journals()
        await _paced(scene, [_book(scene, number) for number in range(EDITS)])
        expect("writes", _counts(await scene.written()), {"outlook": EDITS, "timify": 0})
        began = await _stamps(scene, where.timify, "person", "POST", lambda e: e["body"]["datetime"][:10])
        ended = await _stamps(scene, where.outlook, "app", "POST", lambda e: e["body"]["start"]["dateTime"][:10])
        _tell(scene, "TIMIFY booking → write to Outlook", began, ended)


async def _move(scene: Scene, event: Json) -> None:
    start = datetime.fromisoformat(event["start"]["dateTime"][:19]) + timedelta(minutes=10)
    times = {"start": cast.wall(start), "end": cast.wall(start + timedelta(minutes=45))}
    await scene.actors.outlook(JONAS, "PATCH", f"/events/{event['id']}", times)


async def _book(scene: Scene, day: int) -> None:
    body = {"service_id": cast.CUT, "datetime": cast.stamp(day, "16:00"), "resource_ids": [cast.JONAS]}
    await scene.actors.timify(cast.COMPANY, "POST", "/appointments", body)


async def _paced(scene: Scene, edits_to_make: list[Coroutine[None, None, None]]) -> None:
    """One edit after the other at a steady pace, whether or not the earlier ones have arrived; then all settles."""
    for edit in edits_to_make:
        await edit
        await asyncio.sleep(PACE)
    await scene.actors.quiet()


async def _stamps(
    scene: Scene, simulator: str, actor: str, method: str, key: Callable[[Json], str]
) -> dict[str, datetime]:
    """When each item was written on a simulator, by the journal."""
    journal: list[Json] = await scene.actors.send("GET", f"{simulator}/_sim/requests")
    writes = [e for e in journal if e["actor"] == actor and e["method"] == method and "/subscriptions" not in e["path"]]
    return {key(e): datetime.fromisoformat(e["at"]) for e in writes}


def _last(entry: Json) -> str:
    return str(unquote(entry["path"]).rpartition("/")[2])


def _tell(scene: Scene, name: str, began: dict[str, datetime], ended: dict[str, datetime]) -> None:
    """Note the figure; raise Failed unless every edit has its write, after it."""
    expect("items that were edited and written", (len(began), sorted(ended)), (EDITS, sorted(began)))
    took = [(ended[item] - at).total_seconds() * 1000 for item, at in began.items()]
    must(min(took) > 0, "a write came before its cause")
    p95 = statistics.quantiles(took, n=20, method="inclusive")[18]
    scene.tale.figure(name, f"p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, over {len(took)} edits")


def _counts(written: dict[str, list[str]]) -> dict[str, int]:
    return {side: len(methods) for side, methods in written.items()}


def _utc(event: Json) -> str:
    return event_times(event)[0].strftime("%Y-%m-%dT%H:%M")
