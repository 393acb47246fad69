"""The tiny app of these tests, run by a real host process on the real storage emulator."""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from azure.storage.queue.aio import QueueClient

from dev.host.storage import encode_body
from dev.settings import Ports
from dev.stack.parts import answers, counts, loopback_client, start_functions
from dev.stack.processes import Child, Processes

APP = Path(__file__).parent / "app"


@dataclass
class Bench:
    """One storage queue and one folder of notes, shared by the host processes a test starts."""

    storage: str
    folder: Path
    queue_name: str = field(default_factory=lambda: f"work-{uuid4().hex[:12]}")
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def notes_folder(self) -> Path:
        return self.folder / "notes"

    def notes(self, kind: str, text: str | None = None) -> list[dict[str, Any]]:
        """What the app wrote down: all of one kind, or only about the message `text`."""
        notes = [json.loads(path.read_text("utf-8")) for path in sorted(self.notes_folder.glob("*.json"))]
        return [note for note in notes if note["kind"] == kind and text in (None, note.get("text"))]

    @contextlib.asynccontextmanager
    async def queue(self, suffix: str = "") -> AsyncIterator[QueueClient]:
        async with QueueClient.from_connection_string(self.storage, self.queue_name + suffix) as client:
            yield client

    async def send(self, *texts: str) -> None:
        """Put messages on the queue as the app's own producers do: in base64."""
        async with self.queue() as client:
            for text in texts:
                await client.send_message(encode_body(text))

    async def bodies(self, suffix: str = "") -> list[str]:
        """The raw contents of the visible messages."""
        async with self.queue(suffix) as client:
            return [message.content or "" for message in await client.peek_messages(32)]


class RunningHost:
    """One running host process (and its further workers)."""

    def __init__(self, bench: Bench, url: str, children: list[Child]) -> None:
        self.bench = bench
        self.url = url
        self.children = children

    def ask(self) -> httpx.AsyncClient:
        return loopback_client(self.url, seconds=20)

    async def idle(self) -> dict[str, int]:
        async with self.ask() as client:
            answer: dict[str, int] = (await client.get("/_dev/idle")).raise_for_status().json()
            return answer

    def log(self) -> str:
        assert self.children[0].log is not None
        return self.children[0].log.read_text("utf-8")

    async def end(self, number: int = signal.SIGTERM, which: int = 0) -> int:
        """Send the signal and wait for the end; the exit code."""
        process = self.children[which].process
        process.send_signal(number)
        await eventually(lambda: process.poll() is not None, 15)
        return int(process.returncode)


@contextlib.asynccontextmanager
async def running_host(bench: Bench, workers: int = 0) -> AsyncIterator[RunningHost]:
    """A host with the tiny app on a free port."""
    processes = Processes(bench.folder / "logs")
    bench.notes_folder.mkdir(exist_ok=True)
    environment = os.environ | {
        "AzureWebJobsStorage": bench.storage,
        "WORK_QUEUE": bench.queue_name,
        "NOTES_DIR": str(bench.notes_folder),
        **bench.environment,
    }
    port = Ports.free().functions
    try:
        children = [start_functions(processes, APP, bench.state, port, environment)]
        url = f"http://127.0.0.1:{port}"
        await processes.wait_for(children[0], answers(f"{url}/admin/host/ping"))
        for slot in range(1, workers + 1):
            child = start_functions(processes, APP, bench.state, 0, environment, slot)
            await processes.wait_for(child, counts(bench.state, slot))
            children.append(child)
        yield RunningHost(bench, url, children)
    finally:
        await processes.stop(grace=10)


async def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until `condition` holds; fails the test when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        await asyncio.sleep(0.02)


async def until_idle(host: RunningHost, seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while any((idle := await host.idle()).values()):
        assert time.monotonic() < end, f"not idle: {idle}"
        await asyncio.sleep(0.02)
