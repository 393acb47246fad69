"""What a process that has just begun costs: loading the app, and the first call of each trigger.

Every figure is the median of fresh processes; those that are compared take turns.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from dev.actors import Actors
from dev.stack import Stack
from shared.identity.signing import Signer
from shared.storage.wakes import wake_to_json
from shared.sync.ports import Wake
from tests.benchmarks.report import Bench
from tests.stack.first_use import ROOT, FirstUse, first_use
from tests.stack.heavy import NOT_IN_A_ROUND, NOT_IN_A_TIMER, NOT_IN_A_WEBHOOK
from tests.stack.world import World

PAIRS = 15
PROCESSES = 7
_OFF = ("run_errands", "renew_subscriptions")
_PROBE = """
import time
wall, cpu = time.perf_counter(), time.process_time()
{imports}
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(wall, cpu, int(peak) / 1024)
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """Seconds and MiB of one fresh process."""

    wall: float
    cpu: float
    peak: float


async def run(bench: Bench) -> None:
    """All figures; the first calls on a stack of their own."""
    _imports(bench)
    settings = {f"AzureWebJobs.{name}.Disabled": "true" for name in _OFF}
    async with Stack.start(settings=settings) as stack, Actors(stack.addresses) as actors:
        world = World(actors)
        await world.open()
        await world.connect()
        await _first_calls(bench, stack, world)


def _imports(bench: Bench) -> None:
    """The app beside the library that every app in Python has to load; the interpreter's own start is not counted."""
    library, app, identity = "import azure.functions", "import function_app", "import azure.identity.aio"
    for imports in (library, app, identity):
        _imported(imports)
    pairs = [(_imported(library), _imported(app)) for _ in range(PAIRS)]
    theirs, ours = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    note = f"{_ms(one.wall for one in ours):.0f} and {_ms(one.wall for one in theirs):.0f} ms, {PAIRS} pairs"
    ratio = median(own.wall / their.wall for their, own in pairs)
    bench.figure("loading function_app to loading azure.functions, wall", ratio, "x", target=2.5, note=note)
    note = f"{_ms(one.cpu for one in ours):.0f} and {_ms(one.cpu for one in theirs):.0f} ms"
    ratio = median(own.cpu / their.cpu for their, own in pairs)
    bench.figure("loading function_app to loading azure.functions, CPU", ratio, "x", target=2.5, note=note)
    peaks = [median(one.peak for one in each) for each in (ours, theirs)]
    bench.figure("peak memory with function_app loaded", peaks[0], "MiB", note=f"azure.functions alone {peaks[1]:.0f}")
    queue = "import function_app, shared.storage.queues"
    more = [_imported(f"{queue}, azure.identity.aio").wall - _imported(queue).wall for _ in range(PROCESSES)]
    note = "the managed identity, which a local run never loads"
    bench.figure("what Azure's credential adds to the first call there", _ms(more), "ms", note=note)


def _imported(imports: str) -> Imported:
    command = [sys.executable, "-c", _PROBE.format(imports=imports)]
    answer = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True)
    return Imported(*map(float, answer.stdout.split()))


def _ms(seconds: Iterable[float]) -> float:
    return median(seconds) * 1000


async def _first_calls(bench: Bench, stack: Stack, world: World) -> None:
    state = Signer((stack.settings["SIGNING_KEYS"],)).client_state(world.company_id, "nobody")
    notification = json.dumps({"value": [{"clientState": state}]})
    await world.actors.forget_journals()
    health, webhook, rounds = [], [], []
    for _ in range(PROCESSES):
        health.append(await first_use("health", "", stack.settings))
        webhook.append(await first_use("graph_notifications", notification, stack.settings))
        rounds.append(await first_use("sync_worker", _round_of(world), stack.settings))
    if (cost := await world.cost()) != ["GET outlook delta"] * PROCESSES:
        raise RuntimeError(f"the rounds were none: {cost}")
    timers = [await first_use(name, "", stack.settings) for name in ("renew_subscriptions", "run_errands")]
    for title, uses in (("an empty function", health), ("a notification", webhook), ("a round", rounds)):
        _first_call(bench, title, uses)
    for title, uses, heavy in (
        ("the webhook", webhook, NOT_IN_A_WEBHOOK),
        ("a round", rounds, NOT_IN_A_ROUND),
        ("the timers", timers, NOT_IN_A_TIMER),
    ):
        found = sorted({name for use in uses for name in use.loaded(*heavy)})
        bench.figure(
            f"needless modules loaded for {title}",
            len(found),
            target=0,
            note=", ".join(found) or f"of {len(heavy)} looked for",
        )


def _first_call(bench: Bench, title: str, uses: Sequence[FirstUse]) -> None:
    failed = [use.error or str(use.status) for use in uses if use.error or use.status not in (0, 200, 202)]
    if failed:
        raise RuntimeError(f"{title} failed: {failed}")
    took = [use.first_ms for use in uses]
    note = f"worst of {len(took)} {max(took):.0f} ms; the app loaded in {median(use.load_ms for use in uses):.0f} ms"
    bench.figure(f"first call in a fresh process: {title}", median(took), "ms", note=note)
    bench.figure(f"peak memory after it: {title}", median(use.peak / 1024 for use in uses), "MiB")


def _round_of(world: World) -> str:
    company, resource = world.company_id, world.resource("anna")
    now = datetime.now(UTC)
    return wake_to_json(Wake(company_id=company, resource_id=resource, cause="notification", at=now, outlook=True))
