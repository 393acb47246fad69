"""`overdue`: what the timers should have seen to, and what should have come to its end."""

import argparse
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.account import Account
from ops.command import DONE, LEFT, Command, answer, answer_json, json_option, progress, spoken, table
from ops.tools import Tools, an_id, told, tools
from shared.domain.accounts import RUNNING, Connection, Status
from shared.sync.errands import CHECK_EVERY
from shared.sync.retention import KEEP_COMPANY
from shared.sync.services import Services
from shared.sync.spread import next_turn, own_time
from shared.sync.subscriptions import RENEW_BEFORE

RENEWALS_LATE = timedelta(minutes=90)
"""The timer looks every hour, for whole hours."""
ERRANDS_LATE = timedelta(minutes=20)
"""The timer looks every ten minutes."""
IMPORTS_LATE = timedelta(hours=1)
AGENDA_ENDS = timedelta(days=400)
"""Nothing is entered for later than that."""
ON_ITS_WAY = timedelta(hours=1)

_HEAD = ("what", "company", "resource", "overdue for", "since")


@dataclass(frozen=True, slots=True)
class Late:
    """`what`: renewal (nobody asked for it), lapsed (asked for in vain), a job of the agenda, import, or no-check and
    no-erase, which the agenda should hold and does not."""

    what: str
    company_id: str
    resource_id: str
    since: datetime


async def overdue(services: Tools, company_id: str = "") -> AsyncIterator[Late]:
    """All that is overdue now, of one company or of all."""
    now = services.now()
    async for renewal in services.store.due_renewals(now + RENEW_BEFORE - RENEWALS_LATE):
        if company_id in ("", renewal.company_id):
            yield Late("renewal", renewal.company_id, renewal.resource_id, renewal.expires - RENEW_BEFORE)
    entered = set[tuple[str, str, str]]()
    async for errand in services.store.due_errands(now + AGENDA_ENDS):
        if company_id not in ("", errand.company_id):
            continue
        if errand.job in ("check", "erase"):
            entered.add((errand.job, errand.company_id, errand.resource_id))
        if errand.due <= now - ERRANDS_LATE:
            yield Late(errand.job, errand.company_id, errand.resource_id, errand.due)
    async for company in services.store.every_company(company_id):
        left = company.uninstalled_at
        if left and ("erase", company.id, "") not in entered and not _just(left + KEEP_COMPANY, now):
            yield Late("no-erase", company.id, "", left)
    async for connection in services.store.every_connection(company_id, RUNNING):
        place = connection.company_id, connection.resource_id
        if late := await _late(services, connection, now):
            yield late
        if ("check", *place) not in entered and not _being_checked(connection, now):
            seen = (await services.store.state(*place)).checked_at
            yield Late("no-check", *place, seen or connection.connected_at or now)


def _just(moment: datetime, now: datetime) -> bool:
    """The timer takes an entry off the agenda when it sends the message, and the message may still be on its way."""
    return moment <= now < moment + ON_ITS_WAY


def _being_checked(connection: Connection, now: datetime) -> bool:
    own = own_time(connection.company_id, connection.resource_id)
    joined = connection.connected_at
    return _just(next_turn(own, CHECK_EVERY, now) - CHECK_EVERY, now) or (joined is not None and _just(joined, now))


async def _late(services: Services, connection: Connection, now: datetime) -> Late | None:
    place = connection.company_id, connection.resource_id
    if connection.status is Status.IMPORTING:
        progress_of = (await services.store.state(*place)).progress
        since = progress_of.started_at if progress_of else None
        since = since or connection.connected_at
        return Late("import", *place, since) if since and since + IMPORTS_LATE <= now else None
    ends = connection.subscription_expires
    return Late("lapsed", *place, ends) if ends and ends <= now else None


async def _run(account: Account, arguments: argparse.Namespace) -> int:
    found: list[Late] = []
    async with tools(account) as services:
        now = services.now()
        progress("Looking at the renewals, the agenda, every company, and every connection that runs")
        async for late in overdue(services, arguments.company or ""):
            found.append(late)
            if len(found) % 100 == 0:
                progress(f"{len(found)} overdue so far")
    found.sort(key=lambda late: late.since)
    if arguments.json:
        answer_json({"overdue": [_told(late, now) for late in found]})
    else:
        answer(table(_HEAD, [_row(late, now) for late in found]) if found else "Nothing is overdue.")
    return LEFT if found else DONE


def _told(late: Late, now: datetime) -> dict[str, Any]:
    return {
        "what": late.what,
        "company": late.company_id,
        "resource": late.resource_id or None,
        "since": told(late.since),
        "seconds": round((now - late.since).total_seconds()),
    }


def _row(late: Late, now: datetime) -> tuple[str, ...]:
    seconds = (now - late.since).total_seconds()
    return late.what, late.company_id, late.resource_id or "-", spoken(seconds), told(late.since) or "-"


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", type=an_id, metavar="ID", help="only of this company")
    json_option(parser)


COMMAND = Command("overdue", "renewals, errands and imports that are overdue: whose, and since when", _options, _run)
