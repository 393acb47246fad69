"""How each part of the stack is started and when it is ready."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx

from dev.host.activity import Activity
from dev.settings import Ports
from dev.stack.processes import Child, PartFailed, Processes

ROOT = Path(__file__).resolve().parents[2]
_KEYS = ROOT / "dev" / "stack" / "azurite_keys.cjs"
_AZURITE = ROOT / "dev" / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"


async def start_azurite(
    processes: Processes, ports: Ports, location: Path | None, environment: Mapping[str, str]
) -> Child:
    """Start the storage emulator and wait for its three ports. Without `location` it keeps everything in memory.

    AZURITE_ACCESS_LOG in `environment` makes it write a line for every request, which is how transactions are counted.
    AZURITE_KEYS makes it find rows by their keys, as Azure does, and keep everything in memory whatever `location`
    says, so that large tables are not slower than small ones.
    """
    node = shutil.which("node")
    if node is None or not _AZURITE.exists():
        raise PartFailed("Azurite cannot start: " + ("run `make setup` first." if node else "Node 20+ is missing."))
    keyed = bool(environment.get("AZURITE_KEYS"))
    command = [node, *(["--require", str(_KEYS)] if keyed else []), str(_AZURITE)]
    command += ["--skipApiVersionCheck", "--disableTelemetry"]
    command += [] if environment.get("AZURITE_ACCESS_LOG") else ["--silent"]
    for service, port in (("blob", ports.blob), ("queue", ports.queue), ("table", ports.table)):
        command += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
    command += ["--location", str(location)] if location and not keyed else ["--inMemoryPersistence"]
    child = processes.start("Azurite", command, environment, ROOT)

    async def ready() -> bool:
        return all([await _listens(port) for port in (ports.blob, ports.queue, ports.table)])

    await processes.wait_for(child, ready)
    return child


def start_simulator(
    processes: Processes, name: str, port: int, data: Path | None, environment: Mapping[str, str]
) -> Child:
    """Start the `outlook`, `timify` or `keyvault` simulator."""
    command = [sys.executable, "-m", "dev.stack.simulator", name, "--port", str(port)]
    command += ["--data", str(data)] if data else []
    return processes.start(f"{name} simulator", command, environment, ROOT)


def start_functions(
    processes: Processes, app: Path, state: Path, port: int, environment: Mapping[str, str], slot: int = 0
) -> Child:
    """Start a function host; slot 0 serves everything, the others are further workers that only take messages."""
    role = ["--port", str(port)] if slot == 0 else ["--queues-only", "--slot", str(slot)]
    command = [sys.executable, "-m", "dev.host", "--app", str(app), "--state", str(state), *role]
    return processes.start("function host" if slot == 0 else f"worker {slot}", command, environment, ROOT)


def loopback_client(base_url: str = "", *, seconds: float = 30) -> httpx.AsyncClient:
    """A client for the parts of the stack: plain HTTP, so it need not spend 0.1 s on loading certificates."""
    return httpx.AsyncClient(base_url=base_url, timeout=seconds, trust_env=False, verify=False)


def answers(url: str) -> Callable[[], Awaitable[bool]]:
    """A check that `url` answers 200."""

    async def ready() -> bool:
        try:
            async with loopback_client(seconds=5) as client:
                return (await client.get(url)).status_code == 200
        except httpx.TransportError:
            return False

    return ready


def counts(state: Path, slot: int) -> Callable[[], Awaitable[bool]]:
    """A check that the worker process of `slot` is ready."""

    async def ready() -> bool:
        activity = Activity(state / "activity", slot)
        with contextlib.closing(activity):
            return activity.is_live()

    return ready


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 2)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
