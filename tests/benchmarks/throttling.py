"""What a calendar that asks to be left alone gets: exactly that, from every worker, and nobody else notices."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from dev.actors import Actors
from dev.stack import Stack
from tests.benchmarks.report import Bench, percentiles
from tests.benchmarks.timeline import Json
from tests.stack.world import World

SECONDS = 6.0
PEOPLE = ("anna", "ben", "mia")
ITEMS = 240


async def run(bench: Bench) -> None:
    async with Stack.start(workers=2) as stack, Actors(stack.addresses) as actors:
        world = World(actors)
        await world.open(*PEOPLE)
        await world.connect()
        for hour, form in enumerate(("decimal", "whole", "date"), 8):
            await _left_alone(bench, world, form, hour)
        await _others(bench, world)
    async with Stack.start(workers=2) as stack, Actors(stack.addresses) as actors:
        await _at_once(bench, World(actors), ["one"])
        await _at_once(bench, World(actors), ["one", "two"])


def _wish(form: str) -> str:
    at = datetime.now(UTC) + timedelta(seconds=SECONDS)
    return {"decimal": f"{SECONDS - 0.25:.2f}", "whole": f"{SECONDS:.0f}", "date": format_datetime(at, usegmt=True)}[
        form
    ]


async def _left_alone(bench: Bench, world: World, form: str, hour: int) -> None:
    """One call of Anna's is refused; people go on editing meanwhile, and several workers hear of it."""
    actors = world.actors
    await actors.quiet()
    await actors.forget_journals()
    await actors.faulty(actors.where.outlook, **_refusal(_wish(form)))
    for number in range(8):
        await world.add(world.event(f"{form} {number}", number, f"{hour:02}:00", f"{hour:02}:30"))
        await asyncio.sleep(0.4)
    await actors.quiet()
    calls = await actors.calls(actors.where.outlook)
    told = next(index for index, entry in enumerate(calls) if entry["status"] == 429)
    answered = _at(calls[told]) + timedelta(milliseconds=calls[told]["took_ms"])
    pause = (_at(calls[told + 1]) - answered) / timedelta(seconds=1)
    asked = SECONDS - (0.25 if form == "decimal" else 1.0 if form == "date" else 0.0)
    bench.figure(f"Retry-After as a {form}: left alone for", pause, "s", target=asked, at_least=True)
    copies = [title for title, *_ in await world.booking_copies() if title.startswith(form)]
    bench.figure(f"Retry-After as a {form}: changes lost", 8 - len(copies), target=0)


def _refusal(wait: str) -> Json:
    body = {"error": {"code": "ApplicationThrottled", "message": "slow down"}}
    return {
        "method": "GET",
        "path": "/delta",
        "times": 1,
        "status": 429,
        "headers": {"Retry-After": wait},
        "body": body,
    }


async def _others(bench: Bench, world: World) -> None:
    """How long a change of somebody else takes while Anna's mailbox is closed, and while it is not."""
    calm = [await _took(world, number) for number in range(12)]
    await world.actors.faulty(world.actors.where.outlook, **_refusal("60"))
    await world.add(world.event("closed", 12, "12:00", "12:30"), "anna")
    await asyncio.sleep(1)
    closed = [await _took(world, 12 + number) for number in range(12)]
    ratio = percentiles(closed)[0] / percentiles(calm)[0]
    bench.figure("somebody else's change while a mailbox is closed, to one while none is (p50)", ratio, "×", target=1.5)


async def _took(world: World, number: int) -> float:
    """Milliseconds from Ben's edit to the write in TIMIFY."""
    actors = world.actors
    await actors.forget_journals()
    await world.add(
        world.event(f"ben {number}", number % 20, f"{13 + number // 20}:00", f"{13 + number // 20}:30"), "ben"
    )

    async def written() -> list[Json]:
        return await actors.calls(actors.where.timify, "POST")

    write = (await actors.until(written, "the copy", 30))[0]
    await asyncio.sleep(0.3)
    journal: list[Json] = await actors.send("GET", f"{actors.where.outlook}/_sim/requests")
    person = next(entry for entry in journal if entry["actor"] == "person")
    return (_at(write) - _at(person)) / timedelta(milliseconds=1)


async def _at_once(bench: Bench, world: World, calendars: Sequence[str]) -> None:
    """One mailbox whose calendars are imported at the same time by three workers: how many calls went at once."""
    actors, people = world.actors, [f"r{number}" for number in range(len(calendars))]
    await world.open(*people)
    each = [{"name": name, "canEdit": True, "events": []} for name in calendars]
    await world.put_mailbox("r0", calendars=[each[0] | {"isDefaultCalendar": True}, *each[1:]])
    for number in range(ITEMS):
        await world.book(world.at(number % 24, f"{7 + number // 24:02}:00"), people[number % len(people)])
    limits = {"latency_ms": 100, "concurrency_per_mailbox": 4}
    await actors.send("PUT", f"{actors.where.outlook}/_sim/limits", limits)
    await actors.forget_journals()
    for person, calendar in zip(people, calendars, strict=True):
        link = await actors.invite(world.company_id, world.resource(person))
        outcome = await actors.connect(link, world.upn("r0"), calendar)
        assert outcome["status"] == "importing", (outcome["status"], outcome["reason"])
    await actors.quiet()
    await actors.send("PUT", f"{actors.where.outlook}/_sim/limits", {})
    calls = [entry for entry in await actors.calls(actors.where.outlook) if "/me" in entry["path"]]
    name = f"{len(calendars)} calendar{'s' * (len(calendars) > 1)} of one mailbox imported by 3 workers"
    bench.figure(f"{name}: calls at once", _most(calls), target=4, note="Graph allows 4; an import uses 3")
    bench.figure(f"{name}: calls refused", sum(entry["status"] == 429 for entry in calls), target=0)


def _most(calls: Sequence[Json]) -> int:
    """The most that went at one moment."""
    edges = [(_at(entry), 1) for entry in calls]
    edges += [(_at(entry) + timedelta(milliseconds=entry["took_ms"]), -1) for entry in calls]
    most = now = 0
    for _, step in sorted(edges):
        now += step
        most = max(most, now)
    return most


def _at(entry: Json) -> datetime:
    return datetime.fromisoformat(entry["at"])
