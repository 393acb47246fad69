"""`python -m dev.host --app DIR --state DIR (--port PORT | --queues-only) [--slot N]`: one host process."""

import argparse
import asyncio
import logging
import os
import sys
import time
from pathlib import Path

from dev.host.host import Host
from dev.host.settings import read_settings
from dev.host.worker import AppLoadError
from dev.serving import serve_app, stop_event

_LEVELS = {"Trace": "DEBUG", "Debug": "DEBUG", "Information": "INFO", "Warning": "WARNING", "Critical": "CRITICAL"}
# These say with every call what the one line per invocation says, or name addresses that carry tokens.
_QUIET = ("azure", "azure_functions_runtime", "azure.functions", "httpx", "httpcore", "msal", "uvicorn", "asyncio")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dev.host")
    parser.add_argument("--app", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, help="timer status and activity counters")
    parser.add_argument("--port", type=int)
    parser.add_argument("--queues-only", action="store_true")
    parser.add_argument("--slot", type=int, default=0, help="number of this process among those of the app")
    arguments = parser.parse_args()
    root = arguments.app.resolve()
    state = arguments.state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    # Azure's workers run in UTC.
    os.environ["TZ"] = "UTC"
    time.tzset()
    _configure_logging(read_settings(root).log_level)
    host = Host(root, state, arguments.slot, queues_only=arguments.queues_only)
    if arguments.queues_only:
        return asyncio.run(_work(host))
    return 0 if asyncio.run(serve_app(host.app(), arguments.port)) else 1


async def _work(host: Host) -> int:
    stopping = stop_event()
    try:
        await host.start()
    except AppLoadError as error:
        print(error, file=sys.stderr)
        return 1
    await stopping.wait()
    await host.stop()
    return 0


def _configure_logging(level: str) -> None:
    logging.basicConfig(
        level=_LEVELS.get(level, level.upper()),
        stream=sys.stdout,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
