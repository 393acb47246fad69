"""How much is running, over every worker process of one app.

A small shared file, one slot per process. A process only writes its own slot, so no locks are needed; a reader
disregards the slots of dead processes.
"""

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path

_SLOT = struct.Struct("=qqqq")
MAX_PROCESSES = 64


@dataclass(frozen=True)
class Snapshot:
    """Sums over the live processes. `started` only ever grows: two equal values mean nothing began in between."""

    running: int
    held: int
    started: int
    processes: int


class Activity:
    """This process's counters and a view of everybody's. `held` are the queue messages among the running."""

    def __init__(self, path: Path, slot: int) -> None:
        if not 0 <= slot < MAX_PROCESSES:
            raise ValueError(f"slot must be 0..{MAX_PROCESSES - 1}")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < _SLOT.size * MAX_PROCESSES:
                os.ftruncate(descriptor, _SLOT.size * MAX_PROCESSES)
            self._memory = mmap.mmap(descriptor, _SLOT.size * MAX_PROCESSES)
        finally:
            os.close(descriptor)
        self._slot = slot
        self._running = self._held = self._started = 0

    def announce(self) -> None:
        """Say that this process is ready and counts from now on."""
        self._write()

    def begin(self, *, message: bool = False) -> None:
        self._running += 1
        self._held += message
        self._started += 1
        self._write()

    def end(self, *, message: bool = False) -> None:
        self._running -= 1
        self._held -= message
        self._write()

    def snapshot(self) -> Snapshot:
        running = held = started = processes = 0
        for slot in range(MAX_PROCESSES):
            pid, its_running, its_held, its_started = _SLOT.unpack_from(self._memory, slot * _SLOT.size)
            started += its_started
            if pid and _is_alive(pid):
                processes += 1
                running += its_running
                held += its_held
        return Snapshot(running, held, started, processes)

    def running_in(self, slot: int) -> int:
        """How much runs in one process; 0 when it is dead."""
        pid, running, _, _ = _SLOT.unpack_from(self._memory, slot * _SLOT.size)
        return int(running) if pid and _is_alive(pid) else 0

    def is_live(self) -> bool:
        """True when a live process has announced itself in this slot."""
        pid = _SLOT.unpack_from(self._memory, self._slot * _SLOT.size)[0]
        return bool(pid) and _is_alive(pid)

    def close(self) -> None:
        self._memory.close()

    def _write(self) -> None:
        counters = (os.getpid(), self._running, self._held, self._started)
        _SLOT.pack_into(self._memory, self._slot * _SLOT.size, *counters)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
