"""`python -m tests.stack.first_use`: what the first call of a function costs in a process that has just begun.

The process loads the app as Azure does, by the library that Azure runs, and calls one function. It reads what to call
from stdin and tells its figures on stdout. It imports nothing by itself that the app could be blamed for.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace

from dev.host.worker import TypedData, Worker

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstUse:
    """Milliseconds; `status` of an HTTP function; `modules`: all that were loaded; `peak` memory in KiB."""

    load_ms: float
    first_ms: float
    status: int
    error: str | None
    modules: list[str]
    peak: int

    def loaded(self, *heavy: str) -> list[str]:
        """Those of `heavy` that were loaded, or something inside of them."""
        return [name for name in heavy if any(f"{module}.".startswith(f"{name}.") for module in self.modules)]


async def first_use(function: str, text: str, settings: Mapping[str, str]) -> FirstUse:
    """Call `function` of the app with these settings in a fresh process: the body of a request, a message, a timer."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.stack.first_use"),
        cwd=ROOT,
        env=os.environ | dict(settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await child.communicate(json.dumps([function, text]).encode())
    if child.returncode:
        raise RuntimeError(f"{function} ended with {child.returncode}")
    return FirstUse(**json.loads(output.splitlines()[-1]))


def memory(name: str, status: Path = Path("/proc/self/status")) -> int:
    """A line of the kernel's own account of this process, in KiB: VmRSS is now, VmHWM the most ever."""
    return next(int(line.split()[1]) for line in status.read_text("ascii").splitlines() if line.startswith(name))


async def _measure(name: str, text: str) -> FirstUse:
    began = time.perf_counter()
    worker = await Worker.load(ROOT)
    load = time.perf_counter() - began
    function = next(function for function in worker.functions if function.name == name)
    data, metadata = _given(function.trigger.type, text)
    began = time.perf_counter()
    outcome = await worker.invoke(function, data, metadata, "first", "")
    took = time.perf_counter() - began
    http = getattr(outcome.returned, "http", None)
    return FirstUse(
        load_ms=load * 1000,
        first_ms=took * 1000,
        status=int(http.status_code) if http else 0,
        error=outcome.error,
        modules=sorted(sys.modules),
        peak=memory("VmHWM"),
    )


def _given(trigger: str, text: str) -> tuple[TypedData, dict[str, TypedData]]:
    if trigger == "timerTrigger":
        return TypedData(json=json.dumps({"Schedule": {}, "ScheduleStatus": None, "IsPastDue": False})), {}
    if trigger == "queueTrigger":
        return TypedData(string=text), {
            "Id": TypedData(string="first"),
            "PopReceipt": TypedData(string=""),
            "DequeueCount": TypedData(json="1"),
        }
    return TypedData(http=_http(text)), {}


def _http(body: str) -> SimpleNamespace:
    return SimpleNamespace(
        method="POST" if body else "GET",
        url="http://127.0.0.1/",
        headers={"content-type": "application/json"},
        body=TypedData(bytes=body.encode()),
        params={},
        query={},
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_measure(*json.load(sys.stdin))))), flush=True)
    os._exit(0)  # as a host ends a process: nobody closes the connections
