"""`python -m dev.stack.simulator NAME --port PORT [--data DIR]`: one simulator in a process of its own."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dev.serving import serve_app

if TYPE_CHECKING:
    from dev.simkit.simulator import Simulator


def create(name: str, port: int, data: Path | None) -> "Simulator":
    """The simulator `name` as the stack runs it: addresses and secrets come from the app's settings."""
    base_url = f"http://127.0.0.1:{port}"
    if name == "outlook":
        from dev.outlook import create_simulator as create_outlook

        return create_outlook(
            base_url=base_url,
            data_dir=data,
            client_id=os.environ["ENTRA_CLIENT_ID"],
            client_secret=os.environ["ENTRA_CLIENT_SECRET"],
        )
    if name == "keyvault":
        from dev.keyvault import KeyVaultSimulator

        return KeyVaultSimulator(base_url=base_url, data_dir=data, token=os.environ["KEY_VAULT_TOKEN"])
    from dev.timify import create_simulator as create_timify

    return create_timify(
        base_url=base_url,
        data_dir=data,
        webhook_url=os.environ["PUBLIC_BASE_URL"] + "/api/timify/webhooks",
        webhook_secret=os.environ["TIMIFY_WEBHOOK_SECRET"],
        app_id=os.environ["TIMIFY_APP_ID"],
        app_secret=os.environ["TIMIFY_APP_SECRET"],
    )


async def _serve(name: str, port: int, data: Path | None) -> int:
    simulator = create(name, port, data)
    try:
        return 0 if await serve_app(simulator.app, port) else 1
    finally:
        await simulator.aclose()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dev.stack.simulator")
    parser.add_argument("name", choices=["outlook", "timify", "keyvault"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return asyncio.run(_serve(arguments.name, arguments.port, arguments.data))


if __name__ == "__main__":
    sys.exit(main())
