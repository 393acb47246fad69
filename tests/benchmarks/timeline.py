"""When functions ran, and what the simulators were doing meanwhile."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when something went on. `name`: the function, or what was asked of a simulator."""

    name: str
    begin: datetime
    end: datetime

    @property
    def ms(self) -> float:
        return (self.end - self.begin) / timedelta(milliseconds=1)

    def holds(self, moment: datetime) -> bool:
        return self.begin <= moment <= self.end


def invocations(folder: Path, function: str) -> list[Stretch]:
    """Every invocation of a function that the hosts noted (FUNCTIONS_TIMELINE), in order."""
    found: list[Stretch] = []
    for path in folder.glob("*.jsonl"):
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            if entry["function"] == function:
                end = datetime.fromtimestamp(entry["ended"], UTC)
                found.append(Stretch(function, end - timedelta(seconds=entry["took"]), end))
    return sorted(found, key=lambda stretch: stretch.begin)


def answered(entries: Iterable[Json]) -> list[Stretch]:
    """How long the simulators took over each request of a journal."""
    found: list[Stretch] = []
    for entry in entries:
        begin = datetime.fromisoformat(entry["at"])
        found.append(
            Stretch(f"{entry['method']} {entry['path']}", begin, begin + timedelta(milliseconds=entry["took_ms"]))
        )
    return found


def less(whole: Stretch, parts: Iterable[Stretch]) -> float:
    """Milliseconds of `whole` in which none of `parts` went on."""
    left, at = whole.ms, whole.begin
    for part in sorted(parts, key=lambda part: part.begin):
        begin, end = max(part.begin, at), min(part.end, whole.end)
        if begin < end:
            left -= (end - begin) / timedelta(milliseconds=1)
            at = end
    return left
