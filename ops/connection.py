"""`check`, `pause` and `resume`: what can be done to one connection, by the same use cases as in the app's pages."""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ops import check_all
from ops.account import Account
from ops.command import DONE, MISUSED, Command, answer, answer_json, json_option, positive, progress
from ops.tools import an_id, resource_options, tools
from shared.domain.accounts import Connection, Status
from shared.domain.failures import Reason
from shared.sync import disable
from shared.sync.errors import not_connected, not_live, wrong_state
from shared.sync.services import Services

type Act = Callable[[Services, argparse.Namespace], Awaitable[Connection]]


@dataclass(frozen=True, slots=True)
class Doing:
    """`may` says no with the same errors as the use case, without doing anything."""

    act: Act
    may: Callable[[Connection], None]
    done: str

    async def run(self, account: Account, arguments: argparse.Namespace) -> int:
        async with tools(account) as services:
            if arguments.dry_run:
                found = await services.store.connection(arguments.company, arguments.resource)
                if found is None:
                    raise not_connected()
                self.may(found)
            else:
                found = await self.act(services, arguments)
        told = {"company": found.company_id, "resource": found.resource_id, "status": found.status.value}
        if arguments.json:
            answer_json({"dry_run": arguments.dry_run, **told})
        else:
            answer(f"{'could be' if arguments.dry_run else 'is'} {self.done}; now: {found.status.value}")
        return DONE


def _check(services: Services, arguments: argparse.Namespace) -> Awaitable[Connection]:
    return disable.check(services, arguments.company, arguments.resource)


def _pause(services: Services, arguments: argparse.Namespace) -> Awaitable[Connection]:
    return disable.pause(services, arguments.company, arguments.resource)


async def _resume(services: Services, arguments: argparse.Namespace) -> Connection:
    company, resource = arguments.company, arguments.resource
    known = await services.store.connection(company, resource)
    if known and known.reason is Reason.MANY_DELETIONS and arguments.after_the_brake is None:
        raise wrong_state("The brake stopped this sync: ask its people, and say --after-the-brake go_on, or keep.")
    return await disable.resume(services, company, resource, keep=arguments.after_the_brake == "keep")


def _connected(connection: Connection) -> None:
    if connection.status is not Status.CONNECTED:
        raise not_live(connection.status)


def _runs(connection: Connection) -> None:
    if not (connection.status.live or connection.status is Status.PAUSED):
        raise not_live(connection.status)


def _rests(connection: Connection) -> None:
    if connection.status is not Status.PAUSED:
        raise wrong_state(f"Only a paused sync can be resumed; this one is {connection.status}.")


def _options(parser: argparse.ArgumentParser) -> None:
    resource_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="only tell whether it could be done")
    json_option(parser)


def _resume_options(parser: argparse.ArgumentParser) -> None:
    _options(parser)
    parser.add_argument(
        "--after-the-brake",
        choices=("go_on", "keep"),
        help="where the brake stopped it: what is gone on one side goes on the other (go_on), or stays (keep)",
    )


async def _run_check(account: Account, arguments: argparse.Namespace) -> int:
    one = arguments.company is not None and arguments.resource is not None
    if arguments.all == (arguments.company is not None) or not (arguments.all or one):
        progress("Say COMPANY and RESOURCE, or --all and perhaps --company.")
        return MISUSED
    if arguments.all:
        return await check_all.run(account, arguments)
    return await Doing(_check, _connected, "being checked").run(account, arguments)


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("company", type=an_id, nargs="?", metavar="COMPANY", help="the company's id")
    parser.add_argument("resource", type=an_id, nargs="?", metavar="RESOURCE", help="the resource's id")
    parser.add_argument("--all", action="store_true", help="every connection that runs, and what the agenda has lost")
    parser.add_argument("--company", dest="of", type=an_id, metavar="ID", help="with --all: only of this company")
    pace = f"with --all: so many per second (default: {check_all.PACE:.0f})"
    parser.add_argument("--pace", type=positive, default=check_all.PACE, metavar="N", help=pace)
    parser.add_argument("--dry-run", action="store_true", help="only tell whether it could be done")
    json_option(parser)


CHECK = Command("check", "compare both calendars of a connection now, or of all", _check_options, _run_check)
PAUSE = Command(
    "pause", "let a connection rest until somebody resumes it", _options, Doing(_pause, _runs, "paused").run
)
RESUME = Command("resume", "go on after a pause, catching up", _resume_options, Doing(_resume, _rests, "resumed").run)
