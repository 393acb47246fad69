"""The timer trigger: six-field NCRONTAB in UTC, its status in a file, one past-due run after a stop."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from croniter import croniter

from dev.host.invoker import Invoker
from dev.host.worker import Function, TypedData

log = logging.getLogger("host.timers")


class Schedule:
    """When a timer fires. `Schedule("0 */5 * * * *")`: seconds first, UTC."""

    def __init__(self, expression: str) -> None:
        if len(expression.split()) != 6 or not croniter.is_valid(expression, second_at_beginning=True):
            raise ValueError(f"not a six-field NCRONTAB expression: {expression}")
        self._expression = expression

    def after(self, moment: datetime) -> datetime:
        """The first occurrence strictly after `moment`."""
        found = croniter(self._expression, moment, second_at_beginning=True).get_next(datetime)
        assert isinstance(found, datetime)
        return found

    def is_frequent(self, moment: datetime) -> bool:
        """True when it fires more than once a minute: Azure keeps no status of such a timer unless told to."""
        first = self.after(moment)
        return self.after(first) - first < timedelta(minutes=1)


class TimerTrigger:
    """One timer. It never overlaps itself: its runs follow each other in one task."""

    def __init__(self, function: Function, status_dir: Path, invoker: Invoker) -> None:
        settings = function.trigger.settings
        self.function = function
        self._schedule = Schedule(settings["schedule"])
        self._run_on_startup = bool(settings.get("runOnStartup"))
        monitor = settings.get("useMonitor")
        frequent = self._schedule.is_frequent(datetime.now(UTC))
        self._status_file = (
            status_dir / f"{function.name}.json" if (not frequent if monitor is None else monitor) else None
        )
        self._invoker = invoker
        self._stopping = asyncio.Event()
        self._lock = asyncio.Lock()

    def stop(self) -> None:
        """Fire no more; a run that goes on is not interrupted."""
        self._stopping.set()

    async def listen(self) -> None:
        """Fire at each occurrence until `stop`: at once when one was missed, or when the app wants it at start-up."""
        status = self._read_status()
        now = datetime.now(UTC)
        due = datetime.fromisoformat(status["Next"]) if status.get("Next") else None
        if due is not None and due < now:
            await self._fire(due, past_due=True)
        elif self._run_on_startup:
            await self._fire(now)
        else:
            self._write_status(status.get("Last"), self._schedule.after(now))
        occurrence = datetime.now(UTC)
        while True:
            occurrence = self._schedule.after(max(occurrence, datetime.now(UTC)))
            if await self._stopped_before(occurrence):
                return
            await self._fire(occurrence)

    async def run_by_hand(self, _text: str) -> None:
        """Run once now, as `POST /admin/functions/{name}` does; waits for a run that goes on."""
        async with self._lock:
            await self._invoker.run(self.function, self._request(past_due=False))

    async def _fire(self, occurrence: datetime, *, past_due: bool = False) -> None:
        if self._stopping.is_set():
            return
        async with self._lock:
            await self._invoker.spawn(self._invoker.run(self.function, self._request(past_due=past_due)))
            self._write_status(occurrence.isoformat(), self._schedule.after(max(occurrence, datetime.now(UTC))))

    async def _stopped_before(self, occurrence: datetime) -> bool:
        while (left := (occurrence - datetime.now(UTC)).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._stopping.wait(), min(left, 3600))
            except TimeoutError:
                continue
            return True
        return self._stopping.is_set()

    def _request(self, *, past_due: bool) -> TypedData:
        status = self._read_status()
        body = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status or None, "IsPastDue": past_due}
        return TypedData(json=json.dumps(body))

    def _read_status(self) -> dict[str, Any]:
        if self._status_file is None or not self._status_file.exists():
            return {}
        try:
            status: dict[str, Any] = json.loads(self._status_file.read_text("utf-8"))
        except ValueError:
            log.warning("The status of timer %s is unreadable and is begun anew", self.function.name)
            return {}
        return status

    def _write_status(self, last: str | None, following: datetime) -> None:
        if self._status_file is None:
            return
        status = {"Last": last, "Next": following.isoformat(), "LastUpdated": datetime.now(UTC).isoformat()}
        self._status_file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._status_file.with_suffix(".new")
        fresh.write_text(json.dumps(status), "utf-8")
        fresh.replace(self._status_file)
