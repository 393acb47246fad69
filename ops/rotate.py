"""`rotate`: which keys are still needed, and having the app's worker do away with the old ones.

The tool opens and signs nothing. It finds what another key than the named one has sealed or signed, sends the worker a
message for each, and looks until nothing is left. Stopped or done twice it does no harm: what is done is not found
again.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from time import monotonic

from ops.account import Account
from ops.command import DONE, LEFT, Command, answer, answer_json, json_option, positive, progress, seconds
from ops.tools import Tools, an_id, tools
from shared.domain.accounts import RUNNING
from shared.storage.vault import sealed_rows
from shared.sync.ports import Wake

PACE = 10.0
WAIT = 300
LOOK_EVERY = 2.0
FIRST, SOON = 5, 20.0
"""So many of each old key go first. Where none of them is done within so many seconds, the others are not sent."""
TOLD = 20
"""So many that are left are named."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a key holds; "" for a key that has no name."""

    company_id: str
    resource_id: str
    key: str


@dataclass(frozen=True, slots=True)
class What:
    """`find` looks at everything, `job` is what the worker does about one."""

    find: Callable[[Tools, str], AsyncIterator[Held]]
    job: str
    cause: str
    one: str
    done: str


async def _tokens(services: Tools, company_id: str) -> AsyncIterator[Held]:
    async for row in sealed_rows(services.tables):
        if company_id in ("", row.company_id):
            yield Held(row.company_id, row.resource_id, row.key)


async def _client_states(services: Tools, company_id: str) -> AsyncIterator[Held]:
    """Of connections that run: subscriptions of others end by themselves within a week, and nobody listens to them."""
    async for connection in services.store.every_connection(company_id, RUNNING):
        if connection.subscription_id:
            yield Held(connection.company_id, connection.resource_id, connection.subscription_key)


WHAT = {
    "tokens": What(_tokens, "reseal", "rotation", "tokens", "No token needs another key any more."),
    "client-state": What(
        _client_states, "renew", "renewal", "subscriptions", "No subscription that is used needs another key any more."
    ),
}


async def _run(account: Account, arguments: argparse.Namespace) -> int:
    what, key = WHAT[arguments.what], arguments.key
    async with tools(account) as services:
        progress(f"Looking at all {what.one}")
        counts, left = await _look(services, what, arguments)
        found = len(left)
        if left and not arguments.dry_run:
            counts, left = await _do(services, what, arguments, left)
    told = {"what": arguments.what, "key": key, "dry_run": arguments.dry_run, "found": found}
    if arguments.json:
        rows = [{"company": each.company_id, "resource": each.resource_id, "key": each.key or None} for each in left]
        answer_json({**told, "by_key": dict(counts), "left": rows})
    else:
        _report(what, counts, left, arguments)
    return LEFT if left and not arguments.dry_run else DONE


async def _look(services: Tools, what: What, arguments: argparse.Namespace) -> tuple[Counter[str], list[Held]]:
    """How many each key holds, and those that another key than the wanted one does."""
    counts, left = Counter[str](), list[Held]()
    async for held in what.find(services, arguments.company or ""):
        counts[held.key] += 1
        if arguments.key and held.key != arguments.key:
            left.append(held)
    return counts, left


async def _do(
    services: Tools, what: What, arguments: argparse.Namespace, left: list[Held]
) -> tuple[Counter[str], list[Held]]:
    """Have it done again; answers as `_look`. A slip in the key's name is told soon, and not after hours of sending."""
    first, soon = _first(left), min(SOON, arguments.wait)
    if not soon:  # nobody wants to look
        await _send(services, what, left, arguments.pace)
        return await _look(services, what, arguments)
    await _send(services, what, first, arguments.pace)
    counts, left = await _watch(services, what, arguments, soon, lambda now: not set(first) <= set(now))
    if set(first) <= set(left):
        progress(f"None of the first {len(first)} was done within {soon:.0f} s: no more are sent.")
        return counts, left
    rest = [held for held in left if held not in first]
    await _send(services, what, rest, arguments.pace)
    return await _watch(services, what, arguments, arguments.wait, lambda now: not now)


def _first(left: list[Held]) -> list[Held]:
    """A few of each key: one key may be lost for good, while others can be replaced."""
    seen, first = Counter[str](), list[Held]()
    for held in left:
        seen[held.key] += 1
        if seen[held.key] <= FIRST:
            first.append(held)
    return first


async def _send(services: Tools, what: What, left: list[Held], pace: float) -> None:
    for number, held in enumerate(left, 1):
        wake = Wake(
            company_id=held.company_id,
            resource_id=held.resource_id,
            cause=what.cause,
            at=services.now(),
            job=what.job,
        )
        await services.wakes.put(wake)
        if number % 100 == 0 or number == len(left):
            progress(f"{number} of {len(left)} messages sent")
        await asyncio.sleep(1 / pace)


async def _watch(
    services: Tools, what: What, arguments: argparse.Namespace, wait: float, enough: Callable[[list[Held]], bool]
) -> tuple[Counter[str], list[Held]]:
    until, before = monotonic() + wait, -1
    while True:
        counts, left = await _look(services, what, arguments)
        if len(left) != before:
            progress(f"{len(left)} left")
        before = len(left)
        if enough(left) or monotonic() >= until:
            return counts, left
        await asyncio.sleep(min(LOOK_EVERY, wait))


def _report(what: What, counts: Counter[str], left: list[Held], arguments: argparse.Namespace) -> None:
    key = arguments.key
    for name, number in sorted(counts.items()):
        answer(f"{number} {what.one} by the key {name or '(without a name)'}")
    if not counts:
        answer(f"There are no {what.one}.")
    if arguments.dry_run and left:
        answer(f"{len(left)} would be done again by {key}.")
    elif left:
        answer(f"{len(left)} are left. Is {key} the app's first key by now? Look in `poison`, then ask again.")
        for held in left[:TOLD]:
            answer(f"  {held.company_id} {held.resource_id} {held.key or '-'}")
    elif key:
        answer("Nothing of this company is left to do." if arguments.company else what.done)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=WHAT, metavar="WHAT", help=" or ".join(WHAT))
    parser.add_argument("--key", default="", metavar="NAME", help="the new key; without it: tell which are needed")
    parser.add_argument("--company", type=an_id, metavar="ID", help="only of this company")
    parser.add_argument("--dry-run", action="store_true", help="only tell how much would be done")
    parser.add_argument("--pace", type=positive, default=PACE, metavar="N", help="so many per second (default: 10)")
    parser.add_argument("--wait", type=seconds, default=WAIT, metavar="SECONDS", help=f"look so long (default: {WAIT})")
    json_option(parser)


COMMAND = Command("rotate", "which keys are needed, and have what an old one holds done again", _options, _run)
