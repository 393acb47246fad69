"""How each kind of conflict comes about, and everything that cures it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.domain.conflicts import ConflictKind
from shared.domain.failures import Refused
from shared.sync.resolve import RETRY, resolve
from tests.sync.core.world import COMPANY, World, span
from tests.sync.rules.specimens import OFFICE_HOURS

NINE, ELEVEN, THREE, EARLY = (
    span(2, "09:00", "10:00"),
    span(2, "11:00", "12:00"),
    span(2, "15:00", "16:00"),
    span(2, "05:00", "06:00"),
)


@dataclass
class Scene:
    """A world with a conflict in it. `ids` are the items by name; a copy is named after its origin."""

    world: World
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def outlook(self) -> Any:
        return self.world.outlook_calendar

    @property
    def salon(self) -> Any:
        return self.world.salon

    def event_at(self, name: str, when: Any = NINE, **facts: Any) -> None:
        self.ids[name] = self.outlook.add(when, name, **facts)

    def booking_at(self, name: str, when: Any = NINE, *resources: str, **facts: Any) -> None:
        self.ids[name] = self.salon.add(list(resources or ("r1",)), when.start, 60, service=name, **facts)

    def move(self, name: str, when: Any) -> None:
        """A person drags an item, wherever it is."""
        if self.ids[name] in self.salon.entries:
            self.salon.move(self.ids[name], when.start)
        else:
            self.outlook.move(self.ids[name], when)

    def remove(self, name: str) -> None:
        if self.ids[name] in self.salon.entries:
            self.salon.remove(self.ids[name])
        else:
            self.outlook.remove(self.ids[name])

    def edit(self, name: str, **facts: Any) -> None:
        if self.ids[name] in self.salon.entries:
            self.salon.edit(self.ids[name], **facts)
        else:
            self.outlook.edit(self.ids[name], **facts)

    async def connect(self) -> None:
        await self.world.connect()
        await self.world.change_connection(working_times=OFFICE_HOURS)
        for event in self.world.copies_in_outlook():
            self.ids.setdefault("copy", event.id)
        for booking in self.world.copies_in_timify():
            self.ids.setdefault("copy", booking.appointment_id)

    async def retry(self) -> None:
        """A person presses "retry"."""
        for conflict in await self.world.conflicts():
            await resolve(self.world, COMPANY, conflict.id, RETRY)

    async def choose_and_retry(self, **chosen: str) -> None:
        await self.world.choose(**chosen)
        await self.retry()


type Step = Callable[[Scene], Any]


@dataclass(frozen=True)
class Cause:
    """`before`: how the calendars are; `trigger`: what happens then; `untouched`: the side that must not be written.

    `cures` are looked at by the rounds that they cause; `cures_found` by the next whole check.
    """

    kind: ConflictKind
    before: Step
    trigger: Step
    untouched: str
    cures: dict[str, Step]
    found_by_check: dict[str, Step] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    resources: tuple[str, ...] = ("r1",)


def move(name: str, when: Any) -> Step:
    return lambda scene: scene.move(name, when)


def remove(name: str) -> Step:
    return lambda scene: scene.remove(name)


def edit(name: str, **facts: Any) -> Step:
    return lambda scene: scene.edit(name, **facts)


def event_at(name: str, when: Any = NINE, **facts: Any) -> Step:
    return lambda scene: scene.event_at(name, when, **facts)


def booking_at(name: str, when: Any = NINE, *resources: str, **facts: Any) -> Step:
    return lambda scene: scene.booking_at(name, when, *resources, **facts)


def retry_with(**chosen: str) -> Step:
    return lambda scene: scene.choose_and_retry(**chosen)


def steps(*several: Step) -> Step:
    """One after the other; what people did before somebody waits is told first."""

    async def each(scene: Scene) -> None:
        for step in several:
            done = step(scene)
            if inspect.isawaitable(done):
                await done

    return each


async def told(scene: Scene) -> None:
    """The sync hears of it, and everything comes to rest."""
    await scene.world.change()


def nothing(scene: Scene) -> None: ...


def retry(scene: Scene) -> Any:
    return scene.retry()


def choose(**chosen: str) -> Step:
    return lambda scene: scene.world.choose(**chosen)


def refuse(place: str, call: str, step: Step) -> Step:
    def trigger(scene: Scene) -> Any:
        scene.world.fail(place, call, "before", Refused("no_422"))
        return step(scene)

    return trigger
