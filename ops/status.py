"""`status`: how a company and its connections fare, by ids, codes and moments."""

import argparse
from collections import Counter
from datetime import datetime
from typing import Any

from ops.account import Account
from ops.command import DONE, Command, answer, answer_json, json_option, progress, spoken, table
from ops.tools import Tools, an_id, told, tools
from shared.domain.accounts import Company, Connection, RoundState
from shared.sync.errors import not_connected, unknown_company
from shared.sync.services import Services

_HEAD = ("resource", "status", "reason", "subscription ends", "last change", "last check", "conflicts", "lag")
_HEAD_OF_ALL = ("company", "eligible", "uninstalled", "connections")


async def status(services: Services, company_id: str, resource_id: str = "") -> dict[str, Any]:
    """What is told of a company, with all of its connections or one. Raises unknown-company, not-connected."""
    company = await services.store.company(company_id)
    if company is None:
        raise unknown_company()
    now = services.now()
    if not resource_id:
        every = services.store.connections(company_id)
        return {**_company(company), "connections": [_line(*found, now) async for found in every]}
    connection = await services.store.connection(company_id, resource_id)
    if connection is None:
        raise not_connected()
    state = await services.store.state(company_id, resource_id)
    return {**_company(company), "connections": [_line(connection, state, now) | _more(connection, state)]}


def _company(company: Company) -> dict[str, Any]:
    policy = company.privacy_policy
    return {
        "company": company.id,
        "plan": company.plan,
        "eligible": company.eligible,
        "installed_at": told(company.installed_at),
        "uninstalled_at": told(company.uninstalled_at),
        "policy_version": policy.version if policy else None,
        "settings_version": company.settings_version,
    }


def _line(connection: Connection, state: RoundState, now: datetime) -> dict[str, Any]:
    """The lag is how long ago everything that had been notified was read; of what runs only."""
    read = state.covered_until if connection.status.live else None
    return {
        "resource": connection.resource_id,
        "status": connection.status.value,
        "reason": connection.reason.value if connection.reason else None,
        "subscription_expires": told(connection.subscription_expires),
        "last_change": told(state.last_change),
        "checked_at": told(state.checked_at),
        "open_conflicts": state.open_conflicts,
        "lag_seconds": max(round((now - read).total_seconds()), 0) if read else None,
    }


def _more(connection: Connection, state: RoundState) -> dict[str, Any]:
    progress = state.progress
    return {
        "paused_from": connection.paused_from.value if connection.paused_from else None,
        "invited_at": told(connection.invited_at),
        "undelivered_at": told(connection.undelivered_at),
        "connected_at": told(connection.connected_at),
        "has_calendar": connection.mailbox is not None,
        "left_a_calendar": connection.earlier is not None,
        "reading": f"{progress.purpose} {progress.done}/{progress.total}" if progress else None,
        "reading_since": told(progress.started_at) if progress else None,
        "closed_until": told(state.closed_until),
        "checked": f"{state.checked_agree}/{state.checked_items}" if state.checked_at else None,
        "differences": dict(state.checked_differences),
    }


async def all_companies(services: Tools) -> list[dict[str, Any]]:
    """Every company, with how many connections it has of each status."""
    counts = dict[str, Counter[str]]()
    async for connection in services.store.every_connection():
        counts.setdefault(connection.company_id, Counter())[connection.status.value] += 1
    return [
        {
            "company": company.id,
            "eligible": company.eligible,
            "uninstalled_at": told(company.uninstalled_at),
            "connections": dict(sorted(counts.get(company.id, {}).items())),
        }
        async for company in services.store.every_company()
    ]


async def _run_all(account: Account, arguments: argparse.Namespace) -> int:
    async with tools(account) as services:
        progress("Looking at every company and every connection")
        found = await all_companies(services)
    if arguments.json:
        answer_json({"companies": found})
    else:
        answer(table(_HEAD_OF_ALL, [_row_of_all(line) for line in found]) if found else "No company is installed.")
    return DONE


def _row_of_all(line: dict[str, Any]) -> tuple[str, ...]:
    numbers = ", ".join(f"{number} {status}" for status, number in line["connections"].items())
    return line["company"], "yes" if line["eligible"] else "no", line["uninstalled_at"] or "-", numbers or "-"


async def _run(account: Account, arguments: argparse.Namespace) -> int:
    if not arguments.company:
        return await _run_all(account, arguments)
    async with tools(account) as services:
        found = await status(services, arguments.company, arguments.resource or "")
    if arguments.json:
        answer_json(found)
        return DONE
    lines = found.pop("connections")
    answer("\n".join(f"{name}: {_word(value)}" for name, value in found.items()))
    if arguments.resource:
        answer("\n".join(f"{name}: {_word(value)}" for name, value in lines[0].items()))
    else:
        answer(table(_HEAD, [_row(line) for line in lines]))
    return DONE


def _row(line: dict[str, Any]) -> tuple[str, ...]:
    *values, lag = line.values()
    return *map(_word, values), spoken(lag)


def _word(value: Any) -> str:
    return "-" if value in (None, "", {}) else str(value)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "company", type=an_id, nargs="?", metavar="COMPANY", help="the company's id (default: list all)"
    )
    parser.add_argument("resource", type=an_id, nargs="?", metavar="RESOURCE", help="only this one, in full")
    json_option(parser)


COMMAND = Command("status", "which companies there are, or how one and its connections fare", _options, _run)
