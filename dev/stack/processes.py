"""Child processes that never outlive their parent."""

import asyncio
import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_POLL = 0.05


class PartFailed(Exception):
    """A part of the stack did not start or ended by itself; the text says which and shows its last lines."""


@dataclass(frozen=True)
class Child:
    """One running part. `log` is None when it writes to our own stderr."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path | None

    def failure(self) -> PartFailed:
        text = f"{self.name} ended unexpectedly (exit code {self.process.returncode})."
        return PartFailed(text + self.last_lines())

    def last_lines(self, count: int = 20) -> str:
        if self.log is None:
            return ""
        lines = self.log.read_text("utf-8", "replace").splitlines()[-count:]
        return "".join(f"\n  {line}" for line in lines)


class Processes:
    """Starts parts, watches them, and ends them in reverse order.

    Use it from a thread that lives as long as they do: Linux ties a child to the thread that started it.
    """

    def __init__(self, logs: Path | None) -> None:
        self._logs = logs
        self._children: list[Child] = []

    def pids(self) -> dict[str, int]:
        """Who runs, by name."""
        return {child.name: child.process.pid for child in self._children if child.process.poll() is None}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> Child:
        """Start one part, its output in `<logs>/<name>.log` (or our stderr)."""
        log = None if self._logs is None else self._logs / f"{name.replace(' ', '-')}.log"
        output: IO[bytes] | contextlib.nullcontext[None] = contextlib.nullcontext()
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            output = log.open("ab")
        with output as target:
            process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=target if target is not None else sys.stderr.fileno(),
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for the parent alone, which ends the parts in order.
                start_new_session=True,
                preexec_fn=functools.partial(_die_with_parent, os.getpid()),
            )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    async def wait_for(self, child: Child, ready: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
        """Return when `ready` says so. Raises PartFailed when the child ends before or the time is over."""
        end = time.monotonic() + seconds
        while not await ready():
            if child.process.poll() is not None:
                raise child.failure()
            if time.monotonic() > end:
                raise PartFailed(f"{child.name} did not answer within {seconds:g} seconds." + child.last_lines())
            await asyncio.sleep(_POLL)

    async def until_one_ends(self) -> PartFailed:
        """Wait until any part has ended by itself, and say which."""
        while True:
            for child in self._children:
                if child.process.poll() is not None:
                    return child.failure()
            await asyncio.sleep(4 * _POLL)

    async def kill(self, child: Child) -> None:
        """End a part at once, as a crash does: nothing of it is tidied up, and nobody takes it for a failure."""
        self._children.remove(child)
        child.process.kill()
        await asyncio.to_thread(child.process.wait)

    async def stop(self, grace: float = 40.0) -> None:
        """End all parts, the last started first; one that does not end within `grace` seconds is killed."""
        while self._children:
            await _end(self._children.pop(), grace)


async def _end(child: Child, grace: float) -> None:
    end = time.monotonic() + grace
    if child.process.poll() is None:
        child.process.send_signal(signal.SIGTERM)
    while child.process.poll() is None:
        if time.monotonic() > end:
            child.process.kill()
        await asyncio.sleep(_POLL)


def _die_with_parent(parent: int) -> None:
    """Ask the kernel for a SIGTERM when the parent dies, however it dies. Linux only; elsewhere best effort."""
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
