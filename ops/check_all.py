"""`check --all`: every connection that runs is checked, and what the agenda should hold of others is entered anew."""

import argparse
import asyncio
from collections import Counter
from contextlib import suppress

from ops.account import Account
from ops.command import DONE, answer, answer_json, progress
from ops.tools import Tools, tools
from shared.domain.accounts import Connection, Status
from shared.sync import disable
from shared.sync.errands import check_tomorrow
from shared.sync.errors import UseCaseError
from shared.sync.retention import tidy_after

PACE = 10.0
_DONE = {"check": "checked now", "later": "checked within a day and a half", "tidy": "tidied up", "erase": "erased"}


async def run(account: Account, arguments: argparse.Namespace) -> int:
    counts, only = Counter[str](), arguments.of or ""
    async with tools(account) as services:
        progress("Looking at every connection")
        async for connection in services.store.every_connection(only):
            job = _job(connection)
            counts[job] += 1
            if not arguments.dry_run:
                await _enter(services, connection, job)
                await asyncio.sleep(1 / arguments.pace if job == "check" else 0)
            if counts.total() % 100 == 0:
                progress(f"{counts.total()} seen to")
        async for company in services.store.every_company(only):
            if company.uninstalled_at is not None:
                counts["erase"] += 1
                if not arguments.dry_run:
                    await disable.erase_later(services, company)
    if arguments.json:
        answer_json({"dry_run": arguments.dry_run, **{job: counts[job] for job in _DONE}})
    else:
        verb = "would be" if arguments.dry_run else "will be"
        of = {"erase": "companies, 30 days after they were uninstalled,"}
        for job, done in _DONE.items():
            answer(f"{counts[job]} {of.get(job, 'connections')} {verb} {done}")
    return DONE


def _job(connection: Connection) -> str:
    """What a connection needs so that nothing of it is forgotten by the timers; the check enters all the rest."""
    if connection.status is Status.CONNECTED:
        return "check"
    return "later" if connection.status is Status.IMPORTING else "tidy"


async def _enter(services: Tools, connection: Connection, job: str) -> None:
    place = connection.company_id, connection.resource_id
    if job == "check":
        with suppress(UseCaseError):  # it was paused or ended since we read it
            await disable.check(services, *place)
        return
    if job == "later":
        await check_tomorrow(services, *place)
    await tidy_after(services, *place, services.now())
