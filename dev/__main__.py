"""`python -m dev serve`: the local stack in the foreground. `python -m dev demo`: the whole journey by itself.
`python -m dev settings`: the app's settings as a local.settings.json, for Azure Functions Core Tools.
`python -m dev gallery`: every e-mail in every language. `python -m dev package`: the zip that is deployed.
`python -m dev lock`: its requirements with all that they bring, and their hashes.
`python -m dev openapi`: the description of the API for programs, from its models and docs/api.md.
"""

import argparse
import asyncio
import importlib
import json
import sys
from pathlib import Path

from dev import salon
from dev.serving import stop_event
from dev.settings import PortProblem, Ports, app_settings
from dev.sidebyside import PATH
from dev.stack import PartFailed, Stack


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run the local stack until it is stopped")
    serve.add_argument("--data", type=Path, help="keep the state in this folder (default: a temporary one)")
    serve.add_argument("--empty", action="store_true", help="seed nothing")
    serve.add_argument(
        "--workers",
        type=int,
        choices=range(33),
        default=0,
        metavar="N",
        help="further processes that take queue messages",
    )
    commands.add_parser("demo", help="run the whole journey and print what happened", add_help=False)
    commands.add_parser("settings", help="print a local.settings.json for `func start`")
    gallery = commands.add_parser("gallery", help="write every e-mail in every language into a folder")
    gallery.add_argument("--out", type=Path, default=Path(".local/mails"), help="the folder (default: .local/mails)")
    commands.add_parser(
        "lock", help="write requirements.lock and requirements.txt anew, from requirements.in (needs uv)"
    )
    commands.add_parser("openapi", help="write docs/openapi.json anew, and the copy that the app serves")
    package = commands.add_parser("package", help="build the zip that is deployed, and print its size")
    package.add_argument("--out", type=Path, default=Path(".local/app.zip"), help="the file (default: .local/app.zip)")
    return parser


def main() -> int:
    parser = _parser()
    arguments, rest = parser.parse_known_args()
    if arguments.command == "demo":
        return int(importlib.import_module("dev.demo").main(rest) or 0)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if arguments.command == "gallery":
        print(importlib.import_module("dev.gallery").write(arguments.out))
        return 0
    if arguments.command == "lock":
        importlib.import_module("dev.locking").lock()
        return 0
    if arguments.command == "openapi":
        importlib.import_module("dev.openapi").write()
        return 0
    if arguments.command == "package":
        size, digest = importlib.import_module("dev.package").write(arguments.out)
        print(f"{arguments.out}  {size:,} bytes  sha256 {digest}")
        return 0
    try:
        if arguments.command == "settings":
            values = app_settings(Ports.from_environment(), Path(".local/outbox").resolve())
            print(json.dumps({"IsEncrypted": False, "Values": values}, indent=2))
            return 0
        return asyncio.run(_serve(arguments.data, empty=arguments.empty, workers=arguments.workers))
    except PortProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    except PartFailed as failure:
        print(failure, file=sys.stderr)
        return 1


async def _serve(data: Path | None, *, empty: bool, workers: int) -> int:
    ports = Ports.from_environment()
    stopping = asyncio.create_task(stop_event().wait())
    running = asyncio.create_task(_run(data, empty, workers, ports))
    await asyncio.wait([stopping, running], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
        return 1
    running.cancel()
    await asyncio.wait([running])
    return 0


async def _run(data: Path | None, empty: bool, workers: int, ports: Ports) -> None:
    """The stack, until this task is cancelled; raises when a part fails."""
    async with Stack.start(data=data, empty=empty, workers=workers, ports=ports) as stack:
        print(f"Calendars  {stack.functions_url}{PATH}/  (both sides, live)")
        print(f"Console    {stack.functions_url}{PATH}/administer  (what an administrator sees; ?language=de)")
        print(f"Functions  {stack.functions_url}")
        print(f"Outlook    {stack.outlook_url}")
        print(f"TIMIFY     {stack.timify_url}")
        print(f"State      {stack.data}")
        if not empty:
            print(f"Company    {salon.COMPANY_ID}  (x-functions-key: {stack.function_key})")
        print("READY", flush=True)
        raise await stack.until_one_ends()


if __name__ == "__main__":
    sys.exit(main())
