"""The memory of every process over time, and whether those of the app grow."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

EVERY = 5.0
GROWTH, SLACK = 0.10, 4.0
"""The median of the last fifth may be a tenth and 4 MB above that of the second fifth: the noise of an allocator."""

type Series = list[tuple[datetime, float]]
"""Moments, and megabytes."""


class Memory:
    """Samples of the resident memory of processes by name."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self.series: dict[str, Series] = {name: [] for name in pids}

    async def watch(self) -> None:
        """Look at it for ever."""
        while True:
            for name, pid in self._pids.items():
                self.series[name].append((datetime.now(UTC), _resident(pid)))
            await asyncio.sleep(EVERY)

    def since(self, begin: datetime) -> dict[str, Series]:
        return {name: [point for point in points if point[0] >= begin] for name, points in self.series.items()}


def is_of_the_app(name: str) -> bool:
    """Is it a process that runs the product?"""
    return name == "function host" or name.startswith("worker")


def fifths(points: Series) -> tuple[float, float]:
    """The median after warm-up (the second fifth), and that of the last fifth."""
    values = [megabytes for _, megabytes in points]
    length = max(1, len(values) // 5)
    return median(values[length : 2 * length] or values), median(values[-length:])


def grows(points: Series) -> bool:
    warm, last = fifths(points)
    return last > warm * (1 + GROWTH) + SLACK


def _resident(pid: int) -> float:
    """VmRSS in MB; 0 when the process is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)
