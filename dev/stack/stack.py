"""The whole stack as one thing that is started and ended."""

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from dev.host.activity import Activity
from dev.settings import Addresses, Ports, addresses, app_settings
from dev.stack.parts import ROOT, answers, counts, loopback_client, start_azurite, start_functions, start_simulator
from dev.stack.processes import Child, PartFailed, Processes


class Stack:
    """A running stack: its addresses, the settings of the app, and a way to wait until nothing is left to do."""

    def __init__(self, where: Addresses, data: Path, processes: Processes) -> None:
        self.addresses = where
        self.functions_url = where.functions
        self.outlook_url = where.outlook
        self.timify_url = where.timify
        self.keyvault_url = where.keyvault
        self.storage = where.storage
        self.function_key = where.function_key
        self.data = data
        self.settings: dict[str, str] = {}
        self._processes = processes
        self._hosts: dict[int, Child] = {}
        self._launch: Callable[[int], Child]

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        *,
        data: Path | None = None,
        empty: bool = True,
        workers: int = 0,
        ports: Ports | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> AsyncIterator[Self]:
        """Start everything on `ports` (default: free ones), wait until all of it answers, end all of it at the exit.

        `data` keeps the state; without it a temporary folder is removed at the end. `workers` further processes take
        queue messages. Unless `empty`, a small company is seeded. `settings` are further settings of the app. Raises
        PortProblem and PartFailed.
        """
        ports = ports or Ports.free()
        ports.check()
        with contextlib.ExitStack() as temporary:
            folder = data or Path(temporary.enter_context(tempfile.TemporaryDirectory(prefix="stack-")))
            folder = folder.resolve()
            # A log nobody reads must never block a part: only a terminal gets it directly.
            processes = Processes(None if sys.stderr.isatty() and data is None else folder / "logs")
            stack = cls(addresses(ports), folder, processes)
            try:
                await stack._start_parts(ports, workers, settings or {})
                if not empty:
                    await _seed(stack.addresses)
                yield stack
            finally:
                await processes.stop()

    async def kill(self, *slots: int) -> None:
        """Kill processes of the function host (SIGKILL), and start others in their places, as Azure does.

        Slot 0 answers HTTP and runs timers, the workers from 1 on only take messages.
        """
        await asyncio.gather(*(self._processes.kill(self._hosts[slot]) for slot in slots))
        await self._start_hosts(*slots)

    def pids(self) -> dict[str, int]:
        """The process of each part, by its name."""
        return self._processes.pids()

    def busy(self) -> list[int]:
        """The slots of the function host in which something runs at this moment."""
        with contextlib.closing(Activity(self.data / "host" / "activity", 0)) as activity:
            return [slot for slot in self._hosts if activity.running_in(slot)]

    async def until_one_ends(self) -> PartFailed:
        """Wait until a part has ended by itself, and say which."""
        return await self._processes.until_one_ends()

    async def quiet(self, seconds: float = 60.0) -> None:
        """Wait until no notification is under way and nothing is left to do in the app. Raises TimeoutError, saying
        what was left."""
        end = time.monotonic() + seconds
        async with loopback_client() as client:
            still = 0
            while still < 2:
                left = await self._left(client)
                still = 0 if left else still + 1
                if left and time.monotonic() > end:
                    raise TimeoutError(f"not quiet after {seconds:g} s: {left}")
                await asyncio.sleep(0.02)

    async def _left(self, client: httpx.AsyncClient) -> dict[str, Any]:
        """What is still to be done. The app is asked between two looks at the notifications, because each can turn
        into the other."""
        left: dict[str, Any] = {}
        for _ in range(2):
            for name, url in (("outlook", self.outlook_url), ("timify", self.timify_url)):
                left[name] = (await client.get(f"{url}/_sim/notifications")).raise_for_status().json()["pending"]
            left |= (await client.get(f"{self.functions_url}/_dev/idle")).raise_for_status().json()
            if any(left.values()):
                return {name: value for name, value in left.items() if value}
        return {}

    async def _start_parts(self, ports: Ports, workers: int, settings: Mapping[str, str]) -> None:
        outbox, state = self.data / "outbox", self.data / "host"
        outbox.mkdir(parents=True, exist_ok=True)
        self.settings = app_settings(ports, outbox) | dict(settings)
        environment = os.environ | self.settings
        processes = self._processes
        simulators = [
            (start_simulator(processes, name, port, self.data / name, environment), url)
            for name, port, url in (
                ("outlook", ports.outlook, self.outlook_url),
                ("timify", ports.timify, self.timify_url),
                ("keyvault", ports.keyvault, self.keyvault_url),
            )
        ]
        await start_azurite(processes, ports, self.data / "azurite", environment)
        (state / "activity").unlink(missing_ok=True)
        self._launch = lambda slot: start_functions(processes, ROOT, state, ports.functions, environment, slot)
        self._hosts[0] = self._launch(0)
        for child, url in simulators:
            await processes.wait_for(child, answers(f"{url}/_sim/requests"))
        await self._answers(0)
        await self._start_hosts(*range(1, workers + 1))

    async def _start_hosts(self, *slots: int) -> None:
        self._hosts |= {slot: self._launch(slot) for slot in slots}
        for slot in slots:
            await self._answers(slot)

    async def _answers(self, slot: int) -> None:
        ready = counts(self.data / "host", slot) if slot else answers(f"{self.functions_url}/admin/host/ping")
        await self._processes.wait_for(self._hosts[slot], ready)


async def _seed(where: Addresses) -> None:
    from dev.seed import seed  # what an empty stack does not need

    await seed(where.functions, where.outlook, where.timify, where.function_key)
