"""One invocation from start to end: time limit, outputs, one log line."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from dev.host.activity import Activity
from dev.host.storage import Queues, encode_body, output_bodies
from dev.host.worker import Function, Outcome, TypedData, Worker, new_invocation_id

log = logging.getLogger("host.results")


class Invoker:
    """Runs functions, keeps count of what runs, and waits for it at the end."""

    def __init__(self, worker: Worker, activity: Activity, queues: Queues, function_timeout: float) -> None:
        self._worker = worker
        self._activity = activity
        self._queues = queues
        self._function_timeout = function_timeout
        self._tasks: set[asyncio.Task[Any]] = set()
        folder = os.environ.get("FUNCTIONS_TIMELINE")
        self._timeline = Path(folder) / f"{os.getpid()}.jsonl" if folder else None

    def spawn[T](self, work: Coroutine[Any, Any, T], *, message: bool = False) -> asyncio.Task[T]:
        """Start `work`, counted as running from this moment until it has ended. `message`: it holds a queue message."""
        self._activity.begin(message=message)
        task = asyncio.create_task(work)
        self._tasks.add(task)

        def ended(task: asyncio.Task[T]) -> None:
            self._tasks.discard(task)
            self._activity.end(message=message)
            if not task.cancelled() and task.exception() is not None:
                log.error("Work of the host failed", exc_info=task.exception())

        task.add_done_callback(ended)
        return task

    async def drain(self, grace: float) -> None:
        """Wait up to `grace` seconds for what runs, then cancel the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(
        self,
        function: Function,
        data: TypedData,
        metadata: dict[str, TypedData] | None = None,
        traceparent: str = "",
    ) -> Outcome:
        """Invoke once. Queue outputs are written after success only; failing to write one fails the invocation."""
        invocation_id, begun, worked = new_invocation_id(), time.monotonic(), time.process_time()
        try:
            async with asyncio.timeout(self._function_timeout):
                outcome = await self._worker.invoke(function, data, metadata or {}, invocation_id, traceparent)
        except TimeoutError:
            outcome = Outcome(f"FunctionTimeout: {self._function_timeout:g} s")
        except asyncio.CancelledError:
            _report(function, invocation_id, begun, Outcome("Cancelled: the host is stopping"))
            raise
        if outcome.error is None:
            try:
                await self._write_outputs(function, outcome)
            except Exception as error:  # whatever storage answers, the invocation has failed
                outcome = Outcome(f"{type(error).__name__}: output not written")
        _report(function, invocation_id, begun, outcome)
        took = {"took": time.monotonic() - begun, "cpu": time.process_time() - worked}
        self._note(function, metadata or {}, took, outcome)
        return outcome

    def _note(
        self, function: Function, metadata: dict[str, TypedData], took: dict[str, float], outcome: Outcome
    ) -> None:
        """One line of the timeline that a benchmark reads, if somebody wants it (FUNCTIONS_TIMELINE, a folder). `cpu`
        is what the whole process worked meanwhile."""
        if self._timeline is None:
            return
        inserted = metadata.get("InsertionTime")
        line = {
            "function": function.name,
            "ended": time.time(),
            **took,
            "inserted": json.loads(str(inserted.json)) if inserted else None,
            "failed": outcome.error is not None,
        }
        with self._timeline.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    async def _write_outputs(self, function: Function, outcome: Outcome) -> None:
        for name, data in [*outcome.outputs, ("$return", outcome.returned)]:
            binding = function.outputs.get(name)
            if binding is None or binding.type != "queue" or data is None:
                continue
            client = await self._queues.ensure(binding.settings["connection"], binding.settings["queueName"])
            for body in output_bodies(data):
                await client.send_message(encode_body(body))


def _report(function: Function, invocation_id: str, begun: float, outcome: Outcome) -> None:
    """The one line, without anything of the payload: of an error its type and where it arose."""
    elapsed = round((time.monotonic() - begun) * 1000)
    if outcome.error is None:
        log.info("%s %s Succeeded in %d ms", invocation_id, function.name, elapsed)
        return
    frames = [line.strip() for line in outcome.trace.splitlines() if line.startswith('  File "')]
    where = frames[-1] if frames else ""
    log.error("%s %s Failed in %d ms: %s %s", invocation_id, function.name, elapsed, outcome.error.split(":")[0], where)
    log.debug("%s %s\n%s", invocation_id, outcome.error, outcome.trace)
