"""What a run gave."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.benchmarks.soak.crowd import Crowd
from tests.benchmarks.soak.memory import Series
from tests.benchmarks.soak.watching import Arrival, Watching
from tests.benchmarks.soak.weather import Spell, Weather, kind_at

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Result:
    """Times are seconds. `problems`: a sentence for each thing that was not as it must be."""

    minutes: float
    connections: int
    pace: float
    seed: str
    connecting: float = 0
    began: datetime = _NEVER
    ended: datetime = _NEVER
    settled: float = 0
    checking: float = 0
    edits: int = 0
    late: float = 0
    rounds: int = 0
    asked: int = 0
    overtaken: int = 0
    not_told: int = 0
    never_seen: int = 0
    late_before: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    memory: dict[str, Series] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    writes_at_rest: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def take(self, crowd: Crowd, watching: Watching, weather: Weather, memory: dict[str, Series]) -> None:
        """What was counted while people were at work."""
        self.edits, self.late = crowd.edits, crowd.late
        self.arrivals, self.overtaken, self.asked = watching.arrivals, watching.overtaken, watching.asked
        self.failures, self.spells, self.memory = watching.failures, weather.spells, memory
        lost = [kind_at(self.spells, moment) == "notifications lost" for moment in watching.never_seen]
        self.not_told, self.never_seen = sum(lost), len(lost) - sum(lost)

    def took(self, *, kind: str | None = None) -> list[float]:
        """How long changes took that were made in one kind of weather ("" is calm; None: all)."""
        return [one.took for one in self.arrivals if kind in (None, kind_at(self.spells, one.at))]
