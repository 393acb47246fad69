"""`export` and `erase`: all that is kept about a resource, for whoever asks to see it, or to be forgotten."""

import argparse
import asyncio
from time import monotonic
from typing import Any

from ops.account import Account
from ops.command import DONE, LEFT, Command, answer, answer_json, json_option, progress, seconds
from ops.tools import resource_options, tools
from shared.domain.accounts import Connection
from shared.sync.disable import KEEP, REMOVE_FUTURE
from shared.sync.erasing import erase_resource, export_resource, left_of
from shared.sync.services import Services

WAIT = 300
LOOK_EVERY = 2.0
"""Seconds: the app does the work, we only look."""


async def _export(account: Account, arguments: argparse.Namespace) -> int:
    async with tools(account) as services:
        progress("Looking through every table")
        answer_json(await export_resource(services, arguments.company, arguments.resource))
    return DONE


async def _erase(account: Account, arguments: argparse.Namespace) -> int:
    company, resource = arguments.company, arguments.resource
    async with tools(account) as services:
        progress("Looking through every table")
        left = await left_of(services, company, resource)
        if left and not arguments.dry_run:
            await erase_resource(services, company, resource, KEEP if arguments.keep_copies else REMOVE_FUTURE)
            progress("The app was told. It sends the last mail, takes the copies away, and erases after a minute.")
            left = await _watch(services, company, resource, left, arguments.wait)
    _report(left, arguments)
    return LEFT if left and not arguments.dry_run else DONE


async def _watch(
    services: Services, company_id: str, resource_id: str, left: dict[str, int], wait: float
) -> dict[str, int]:
    """Look until nothing is left or the time is over; answers what is left."""
    until, seen = monotonic() + wait, ""
    while monotonic() < until:
        await asyncio.sleep(min(LOOK_EVERY, wait))
        connection = await services.store.connection(company_id, resource_id)
        now = _stage(connection)
        if now != seen:
            progress(now)
        seen = now
        if connection is None:
            left = await left_of(services, company_id, resource_id)
            if not left:
                return {}
    return await left_of(services, company_id, resource_id) if wait else left


def _stage(connection: Connection | None) -> str:
    if connection is None:
        return "The connection is erased."
    if connection.status.joined:
        return f"Connected: {connection.status.value}. Who connects again is not erased."
    return "Its calendar is being left." if connection.mailbox else "Its calendar is left; waiting for the rows to go."


def _report(left: dict[str, int], arguments: argparse.Namespace) -> None:
    if arguments.json:
        told: dict[str, Any] = {"dry_run": arguments.dry_run, "left": left}
        answer_json({"company": arguments.company, "resource": arguments.resource, **told})
    elif not left:
        answer("Nothing is kept of this resource.")
    else:
        rows = ", ".join(f"{number} {kind}" for kind, number in sorted(left.items()))
        answer(f"{'would be erased' if arguments.dry_run else 'not erased yet, ask again'}: {rows}")


def _export_options(parser: argparse.ArgumentParser) -> None:
    resource_options(parser)
    parser.add_argument("--json", action="store_true", help="as the other commands: the answer always is JSON")


def _erase_options(parser: argparse.ArgumentParser) -> None:
    resource_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="only tell how much would be erased")
    parser.add_argument("--keep-copies", action="store_true", help="leave all copies in both calendars")
    parser.add_argument(
        "--wait",
        type=seconds,
        default=WAIT,
        metavar="SECONDS",
        help=f"look so long until it is done (default: {WAIT})",
    )
    json_option(parser)


EXPORT = Command("export", "all that is kept about a resource, as JSON, without any key", _export_options, _export)
ERASE = Command("erase", "end the sync of a resource and erase all that is kept about it", _erase_options, _erase)
