"""Side by side with what other products do: whole windows at each notification, or every minute.

The same simulators, each answering after a tenth of a second, the same adapters, a mailbox of the same 200 events and
the same 20 edits. The app syncs the mailbox of one company, the others that of another which it does not know.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from dev.actors import Actors
from dev.settings import Ports, app_settings
from dev.stack import Stack
from shared.outlook.calendar import OutlookCalendar
from shared.outlook.client import USER_AGENT, GraphClient, Lanes
from shared.storage.queues import QueueWakes
from shared.timify.calendar import TimifyCalendar
from shared.timify.client import DevApiClient
from tests.benchmarks.cost import CHANGES, LOOKS, OF_TIMER, RENEWALS, SIZE, TOGETHER, at_once, send_errand
from tests.benchmarks.cost_model import HTTP, ROUNDS, SIZES, Book, Fleet, Usage, bill
from tests.benchmarks.meter import Meter, settings
from tests.benchmarks.naive_engines import PerNotification, WholeWindows, whole_window
from tests.benchmarks.report import Bench, percentiles
from tests.stack.world import Json, World

ITEMS, EDITS = 200, 20
LATENCY_MS = 100
POLLS = 1_440
FLEET = 10_000
"""Connections among which the free grants are shared, for the prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one way of keeping calendars in step takes. `latencies` in seconds, `kilobytes` read for one change."""

    name: str
    calls_of_change: float
    calls_of_day: float
    kilobytes: float
    latencies: Sequence[float]
    day: Usage


async def run(bench: Bench) -> None:
    """The figures of the theme."""
    figures(bench, await measured(), Book.read())


async def measured() -> Sequence[Way]:
    """All of them in one run, ours last."""
    with tempfile.TemporaryDirectory(prefix="naive-") as folder:
        timeline = Path(folder) / "timeline"
        async with Stack.start(settings=settings(timeline)) as stack, Actors(stack.addresses) as actors:
            await actors.calm()
            wakes = QueueWakes(stack.storage)
            ours = await _ours(actors, Meter(stack, actors, timeline, Book.read()), wakes)
            await wakes.close()
            told, polled = await _theirs(actors)
    return told, polled, ours


# -- ours


async def _ours(actors: Actors, meter: Meter, wakes: QueueWakes) -> Way:
    world = World(actors)
    await world.open()
    events = await _fill(world)
    await world.connect()
    edits = [(event, {"subject": f"Renamed {number}"}) for number, event in enumerate(events[:EDITS])]
    # Work is told from waiting by simulators that answer at once; only what people wait for is measured with slow ones.
    change = await meter.spent(_each(actors, world, edits)) * (1 / EDITS)
    kilobytes = await _kilobytes(actors) / EDITS
    await _slowly(actors)
    latencies = []
    for number, event in enumerate(events[:EDITS]):
        await actors.forget_journals()
        await world.edit(event, {"subject": f"Moved {number}"})
        await actors.quiet()
        latencies.append(await _latency(actors))
    await _slowly(actors, 0)
    check = await meter.spent(lambda: world.api("POST", f"resources/{world.resource('anna')}/check"))
    look = await meter.spent(lambda: send_errand(wakes, world, "round"), 3) + OF_TIMER * 2
    day = change * CHANGES + check + look * (LOOKS + RENEWALS)
    return Way(
        name="ours",
        calls_of_change=change.calls,
        calls_of_day=day.calls,
        kilobytes=kilobytes,
        latencies=latencies,
        day=day,
    )


def _each(actors: Actors, world: World, edits: Sequence[tuple[Json, Json]]) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        for event, changes in edits:
            await world.edit(event, changes)
            await actors.quiet()

    return act


# -- theirs


async def _theirs(actors: Actors) -> tuple[Way, Way]:
    world = World(actors)
    await world.open()
    events = await _fill(world)
    await actors.api("DELETE", world.company_id)
    await actors.quiet()
    await actors.post(actors.where.timify, drop=True)  # the app has nothing to do with this company
    async with _engine(actors, world) as (engine, outlook_of):
        await _slowly(actors, 0)
        await engine.copy()
        await _slowly(actors)
        await actors.forget_journals()
        began, cpu = time.monotonic(), time.process_time()
        await engine.copy()
        took, cpu = time.monotonic() - began, time.process_time() - cpu
        calls, kilobytes = len(await _asked(actors)), await _kilobytes(actors)
        told = await _told(actors, world, events, engine, outlook_of)
        await _slowly(actors, 0)
    return _per_notification(told, cpu), _per_minute(calls, kilobytes, took, cpu)


@dataclass(frozen=True, slots=True)
class _Told:
    calls: float
    passes: float
    kilobytes: float
    latencies: Sequence[float]


async def _told(
    actors: Actors, world: World, events: Sequence[Json], engine: WholeWindows, outlook_of: "_OutlookOf"
) -> _Told:
    """The same edits, with a pass for each notification of Graph."""
    listener, latencies = PerNotification(engine), []
    async with listener.listening(Ports.free().functions) as address:
        outlook = outlook_of(address)
        made = await outlook.subscribe("state", whole_window().end)
        calls = kilobytes = 0.0
        for number, event in enumerate(events[:EDITS]):
            await actors.forget_journals()
            await world.edit(event, {"subject": f"Moved {number}"})
            await _until_quiet(actors, listener)
            latencies.append(await _latency(actors))
            calls += len(await _asked(actors))
            kilobytes += await _kilobytes(actors)
        await outlook.unsubscribe(made.id)
    return _Told(calls / EDITS, listener.passes / EDITS, kilobytes / EDITS, latencies)


def _per_notification(told: _Told, cpu: float) -> Way:
    change = Usage(
        runs={HTTP: told.passes, ROUNDS: told.passes},
        busy={HTTP: 0.007 * told.passes, ROUNDS: cpu * told.passes},
        calls=told.calls,
        queues=3 * told.passes,
        log=2000 * told.passes,
    )
    return Way(
        name="whole windows at each notification",
        calls_of_change=told.calls,
        calls_of_day=told.calls * CHANGES,
        kilobytes=told.kilobytes,
        latencies=told.latencies,
        day=change * CHANGES,
    )


def _per_minute(calls: int, kilobytes: float, took: float, cpu: float) -> Way:
    """Nobody waits for minutes: a pass was measured, and a change comes at any moment of the minute before it."""
    chance = random.Random(1)
    latencies = [chance.uniform(0, 60) + took for _ in range(2000)]
    of_day = calls * POLLS + CHANGES
    poll = Usage(runs={ROUNDS: 1}, busy={ROUNDS: cpu}, calls=calls, queues=3, log=1000)
    return Way(
        name="whole windows every minute",
        calls_of_change=of_day / CHANGES,
        calls_of_day=of_day,
        kilobytes=kilobytes * POLLS / CHANGES,
        latencies=latencies,
        day=poll * POLLS,
    )


class _OutlookOf:
    """Makes the Outlook calendar of a mailbox for the address that its notifications shall go to."""

    def __init__(self, client: GraphClient, calendar_id: str) -> None:
        self._client = client
        self._calendar_id = calendar_id

    def __call__(self, address: str) -> OutlookCalendar:
        return OutlookCalendar(self._client, self._calendar_id, public_url=address)


@asynccontextmanager
async def _engine(actors: Actors, world: World) -> AsyncIterator[tuple[WholeWindows, _OutlookOf]]:
    where, upn = actors.where, world.upn("anna")
    token = (await actors.send("POST", f"{where.outlook}/_sim/tokens/{upn}"))["access_token"]
    calendars = await actors.outlook(upn, "GET", "/calendars")

    async def own_token(_: bool) -> str:
        return str(token)

    secrets = app_settings(Ports.free(), Path(os.devnull))
    async with httpx.AsyncClient(trust_env=False) as http:
        client = GraphClient(http, f"{where.outlook}/v1.0", own_token, account=upn, lanes=Lanes())
        devapi = DevApiClient(
            http, base_url=where.timify, app_id=secrets["TIMIFY_APP_ID"], app_secret=secrets["TIMIFY_APP_SECRET"]
        )
        outlook_of = _OutlookOf(client, calendars["value"][0]["id"])
        timify = TimifyCalendar(devapi, world.company_id, world.resource("anna"))
        yield WholeWindows(outlook_of(""), timify, whole_window(), world.resource("anna")), outlook_of


# -- both


async def _fill(world: World) -> list[Json]:
    """Two hundred meetings in a hundred days, with their ids."""
    places = [(n % 100, f"{9 + 3 * (n // 100):02}:00", f"{10 + 3 * (n // 100):02}:00") for n in range(ITEMS)]
    events = [world.event(f"Meeting {n}", *place) for n, place in enumerate(places)]
    await world.put_mailbox("anna", *events)
    return sorted(await world.raw_events(), key=lambda event: str(event["subject"]))


async def _slowly(actors: Actors, latency: int = LATENCY_MS) -> None:
    for simulator in (actors.where.outlook, actors.where.timify):
        await actors.send("PUT", f"{simulator}/_sim/limits", {"latency_ms": latency})


async def _until_quiet(actors: Actors, listener: PerNotification) -> None:
    still = 0
    while still < 3:
        pending = (await actors.send("GET", f"{actors.where.outlook}/_sim/notifications"))["pending"]
        still = still + 1 if listener.quiet and not pending else 0
        await asyncio.sleep(0.02)


async def _entries(actors: Actors) -> list[Json]:
    return [
        entry
        for url in (actors.where.outlook, actors.where.timify)
        for entry in await actors.send("GET", f"{url}/_sim/requests")
    ]


async def _asked(actors: Actors) -> list[Json]:
    """What a program asked, not a person: whatever Outlook's adapter signs, and all that TIMIFY knows as the app."""
    return [entry for entry in await _entries(actors) if _by_program(entry)]


def _by_program(entry: Json) -> bool:
    signed = dict(entry["headers"]).get("user-agent") == USER_AGENT
    return signed or (entry["actor"] == "app" and not str(entry["path"]).startswith("/v1.0"))


async def _kilobytes(actors: Actors) -> float:
    """What a program was answered."""
    return sum(len(str(entry["response"] or "")) for entry in await _asked(actors)) / 1000


async def _latency(actors: Actors) -> float:
    """Seconds from the arrival of the person's edit to that of the copy's."""
    timify = await actors.send("GET", f"{actors.where.timify}/_sim/requests")
    outlook = await actors.send("GET", f"{actors.where.outlook}/_sim/requests")
    edits = [entry["at"] for entry in outlook if entry["method"] == "PATCH" and entry["actor"] == "person"]
    copies = [entry["at"] for entry in timify if entry["method"] == "PATCH" and entry["actor"] == "app"]
    return (datetime.fromisoformat(copies[0]) - datetime.fromisoformat(edits[-1])).total_seconds()


def dollars(way: Way, book: Book) -> float:
    """A month of one calendar among FLEET."""
    size, fixed = SIZES[SIZE], Usage()
    fleet = Fleet(
        each=way.day,
        fixed=fixed,
        stored=0,
        connections=FLEET,
        size=size,
        at_once=at_once(),
        together=TOGETHER,
    )
    return bill(fleet, book).total / FLEET


def figures(bench: Bench, ways: Sequence[Way], book: Book) -> None:
    """Each way by itself, then how many times ours the others take."""
    *theirs, ours = ways
    facts: dict[str, Any] = {}
    for way in ways:
        p50, p95, _ = percentiles(way.latencies)
        facts[way.name] = (way.calls_of_change, way.calls_of_day, p50, p95, dollars(way, book))
        bench.figure(f"calls per change, {way.name}", way.calls_of_change, note=f"{way.kilobytes:,.0f} kB read")
        bench.figure(f"calls per day, {way.name}", way.calls_of_day, note=f"{CHANGES} changes")
        bench.figure(f"p50, {way.name}", p50, "s")
        bench.figure(f"p95, {way.name}", p95, "s")
        note = f"one of {FLEET:,}, stored links not counted"
        bench.figure(f"price, {way.name}", dollars(way, book), "$/month", note=note)
    mine = facts[ours.name]
    for way in theirs:
        names = ("calls per change", "calls per day", "p50", "p95", "price")
        for name, value, own in zip(names, facts[way.name], mine, strict=True):
            bench.figure(f"{name}: {way.name}, times ours", value / own, "×")
