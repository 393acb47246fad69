"""`python -m dev serve` as a stranger's script sees it."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from dev.settings import Ports

pytestmark = pytest.mark.stack

_VARIABLES = {
    "functions": "FUNCTIONS_PORT",
    "outlook": "OUTLOOK_PORT",
    "timify": "TIMIFY_PORT",
    "keyvault": "KEYVAULT_PORT",
    "blob": "AZURITE_BLOB_PORT",
    "queue": "AZURITE_QUEUE_PORT",
    "table": "AZURITE_TABLE_PORT",
}


class Served:
    """One `serve` in a process of its own, its output read line by line."""

    def __init__(self, ports: Ports, *arguments: str) -> None:
        environment = os.environ | {_VARIABLES[part]: str(port) for part, port in asdict(ports).items()}
        command = [sys.executable, "-m", "dev", "serve", *arguments]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def until_ready(self, seconds: float = 40) -> None:
        end = time.monotonic() + seconds
        while (line := self._lines.get(timeout=max(0.1, end - time.monotonic()))) != "READY":
            assert line is not None, f"serve ended before it was ready: {self.errors()}"

    def children(self) -> list[int]:
        """The ids of the processes it started."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii")
        return [int(pid) for pid in text.split()]

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


def gone(pids: list[int], seconds: float = 15) -> bool:
    """True when none of the processes lives any more after at most `seconds`."""
    end = time.monotonic() + seconds
    while any(_lives(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def ports() -> Ports:
    return Ports.free()


@pytest.fixture(autouse=True)
def started() -> Iterator[list[Served]]:
    """What a test started, ended whatever happens to the test."""
    served: list[Served] = []
    yield served
    for each in served:
        if each.process.poll() is None:
            each.end(signal.SIGTERM)


def test_serve_ends_cleanly_leaves_no_process_and_starts_again_where_it_was(
    ports: Ports, started: list[Served], tmp_path: Path
) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        served = Served(ports, "--empty", "--data", str(tmp_path), "--workers", "1")
        started.append(served)
        served.until_ready()
        idle = httpx.get(f"http://127.0.0.1:{ports.functions}/_dev/idle", timeout=10, trust_env=False)
        assert idle.json() == {"queued": 0, "delayed": 0, "running": 0}
        children = served.children()
        assert len(children) == 6
        assert served.end(number) == 0
        assert gone(children, 0.5)


def test_a_killed_serve_takes_its_children_with_it(ports: Ports, started: list[Served]) -> None:
    served = Served(ports, "--empty")
    started.append(served)
    served.until_ready()
    children = served.children()
    served.end(signal.SIGKILL)
    assert gone(children)


def test_a_dead_child_ends_serve_with_its_name(ports: Ports, started: list[Served]) -> None:
    served = Served(ports, "--empty")
    started.append(served)
    served.until_ready()
    children = served.children()
    os.kill(children[0], signal.SIGKILL)
    assert served.process.wait(30) == 1
    assert "outlook simulator ended unexpectedly" in served.errors()
    assert gone(children, 0.5)


def test_a_port_in_use_is_said_in_one_sentence_before_anything_starts(ports: Ports, started: list[Served]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports.queue))
        taken.listen()
        served = Served(ports, "--empty")
        started.append(served)
        assert served.process.wait(15) == 2
        assert served.errors() == (
            f"Port {ports.queue}, wanted by Azurite's queue service, is already in use: "
            "set AZURITE_QUEUE_PORT to another one.\n"
        )
