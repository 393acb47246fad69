"""What goes wrong from time to time while people are at work. Only the app meets it."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dev.actors import Actors
from tests.stack.world import Json

CALM, TROUBLE = 15.0, 15.0
"""Seconds, in turn."""
_APP = {"actor": "app", "path": "^/v1"}

FAULTS: Mapping[str, tuple[Json, ...]] = {
    "throttled": ({"status": 429, "headers": {"Retry-After": "1"}},),
    "failing": ({"status": 503}, {"status": 500, "when": "after"}),
    "answers lost": ({"drop": True}, {"drop": True, "when": "after"}),
}
NOTIFICATIONS: Mapping[str, Json] = {
    "late, doubled, shuffled": {"delay_ms": 800, "duplicate": 2, "shuffle": True},
    "notifications lost": {"drop": 0.3},
}


@dataclass(frozen=True, slots=True)
class Spell:
    """Trouble of one kind."""

    kind: str
    begin: datetime
    end: datetime


class Weather:
    """Calm and trouble in turn, every kind equally often. `spells`: what there was."""

    def __init__(self, actors: Actors, dice: random.Random) -> None:
        self._actors = actors
        self._dice = dice
        self._both = (actors.where.outlook, actors.where.timify)
        self.spells: list[Spell] = []

    async def change(self, seconds: float) -> None:
        """Go on for so long, and end calm."""
        end = asyncio.get_running_loop().time() + seconds
        kinds: list[str] = []
        while asyncio.get_running_loop().time() + CALM + TROUBLE <= end:
            await asyncio.sleep(CALM)
            kinds = kinds or self._dice.sample([*FAULTS, *NOTIFICATIONS], len(FAULTS) + len(NOTIFICATIONS))
            await self._trouble(kinds.pop())

    async def _trouble(self, kind: str) -> None:
        print(f"  weather: {kind}", flush=True)
        begin = datetime.now(UTC)
        for simulator in self._both:
            await self._actors.post(simulator, **NOTIFICATIONS.get(kind, {}))
        for _ in range(round(TROUBLE)):
            for simulator in self._both if kind in FAULTS else ():
                await self._actors.faulty(simulator, **_APP, **self._dice.choice(FAULTS[kind]))
            await asyncio.sleep(1)
        for simulator in self._both:
            await self._actors.send("DELETE", f"{simulator}/_sim/faults")
            await self._actors.post(simulator)
        self.spells.append(Spell(kind, begin, datetime.now(UTC)))


def kind_at(spells: Sequence[Spell], moment: datetime) -> str:
    """The kind of trouble of a moment; empty when it was calm."""
    return next((spell.kind for spell in spells if spell.begin <= moment < spell.end), "")
