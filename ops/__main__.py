"""`python -m ops`: what operations can ask of the app's storage, and do with it."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from ops import connection, erasure, explain, overdue, poison, queues, replay, rotate, status
from ops.account import Account, NoAccount, find_account
from ops.command import LEFT, MISUSED, STOPPED, Command, progress
from shared.domain.failures import Failure
from shared.storage.account import identity, is_connection_string
from shared.sync.errors import UseCaseError

COMMANDS: tuple[Command, ...] = (
    status.COMMAND,
    explain.COMMAND,
    overdue.COMMAND,
    connection.CHECK,
    connection.PAUSE,
    connection.RESUME,
    erasure.EXPORT,
    erasure.ERASE,
    queues.COMMAND,
    poison.COMMAND,
    replay.COMMAND,
    rotate.COMMAND,
)


async def run(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> int:
    """Do what the command line asks for; answers the exit code. Raises SystemExit where it cannot be read."""
    chosen = _parser().parse_args(arguments)
    try:
        account = find_account(environment, folder)
    except NoAccount as problem:
        progress(str(problem))
        return MISUSED
    progress(f"Storage account {account.name}, from {account.origin}")
    command = next(each for each in COMMANDS if each.name == chosen.command)
    try:
        return await command.run(account, chosen)
    except Failure as failure:
        progress(f"The storage account does not do it now ({failure}). What was done is done; ask again later.")
    except UseCaseError as problem:
        progress(f"{problem.code}: {problem.detail}")
    except AzureError as problem:
        progress(_refused(account, problem))
    finally:
        if not is_connection_string(account.storage):
            await identity().close()
    return LEFT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops", description="Looks at what the app keeps, and mends it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.options(commands.add_parser(command.name, help=command.help, description=command.help))
    return parser


def _refused(account: Account, problem: AzureError) -> str:
    status = problem.status_code if isinstance(problem, HttpResponseError) else None
    if isinstance(problem, ClientAuthenticationError) or status in (401, 403):
        if is_connection_string(account.storage):
            return f"{account.name} refuses the key of the connection string in {account.origin}."
        return (
            f"No access to the tables or queues of {account.name}. Sign in (`az login`) with the roles Storage Table "
            "Data Reader and Storage Queue Data Reader, or Contributor to change something."
        )
    return f"The storage account refused: {type(problem).__name__} {status or ''}".rstrip()


def main() -> int:
    logging.getLogger("azure.identity").setLevel(logging.ERROR)  # what it has tried in vain is one sentence of ours
    try:
        return asyncio.run(run(sys.argv[1:], os.environ, Path.cwd()))
    except KeyboardInterrupt:
        progress("Stopped. What was done is done; the rest is as it was.")
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
