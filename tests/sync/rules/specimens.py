"""For every single setting: an item that shows it, and how that looks in the other calendar for each of its values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from shared.domain.items import ShowAs, Side
from shared.domain.links import key_of_mark, link_key
from shared.domain.settings import Settings
from shared.domain.spans import Days
from tests.sync.core.world import World, at, span

OFFICE_HOURS = tuple((("09:00", "17:00"),) for _ in range(7))

type Make = Callable[[World, str, int], str]
"""A person makes it on the calendar of a resource, that many days after Monday; answers its id."""


@dataclass(frozen=True)
class Specimen:
    """`shown`: title and notes of the copy by value, "" where there is none. `keeps` is False where the setting is no
    question of looks: it is asked whenever something is to be decided."""

    side: Side
    make: Make
    shown: dict[str, str]
    keeps: bool = True


def every_field(part: Any = None, prefix: str = "") -> Iterator[tuple[str, StrEnum]]:
    """All fields of the settings with their defaults, by dotted name."""
    part = Settings() if part is None else part
    for spec in fields(part):
        value = getattr(part, spec.name)
        if is_dataclass(value):
            yield from every_field(value, f"{prefix}{spec.name}.")
        else:
            yield prefix + spec.name, value


def look(world: World, name: str, side: Side, item_id: str) -> str:
    """What the other calendar shows of an item: title and notes of its one copy."""
    shown = world.mailboxes[name].events if side is Side.TIMIFY else world.booked(name)
    key = link_key(name, side, item_id)
    found = [f"{item.title}|{item.notes}" for item in shown if key_of_mark(item.mark) == key]
    assert len(found) < 2
    return "".join(found)


def event(**facts: Any) -> Make:
    def make(world: World, name: str, day: int) -> str:
        return world.mailboxes[name].add(span(day, "09:00", "10:00"), "Team", notes="Agenda", **facts)

    return make


def whole_day(world: World, name: str, day: int) -> str:
    first = at(day).date()
    return world.mailboxes[name].add(Days(first, first + timedelta(days=1)), "Team", notes="Agenda")


def early(world: World, name: str, day: int) -> str:
    return world.mailboxes[name].add(span(day, "05:00", "06:00"), "Team", notes="Agenda")


def booking(world: World, name: str, day: int) -> str:
    return world.salon.add(
        [name],
        at(day, "09:00"),
        60,
        service="Cut",
        customers=("Anna",),
        notes="Shoes",
        data_fields=(("Allergy", "none"),),
    )


def double_booked(world: World, name: str, day: int) -> str:
    world.mailboxes[name].add(span(day, "09:00", "10:00"), "In the way")
    return booking(world, name, day)


TEAM, BLOCKER, CUT = "Team|Agenda", "Calendar blocker|", "Cut – Anna|"
TRAVELS = {"sync": TEAM, "skip": ""}
OUTWARD, INWARD = "outlook_to_timify.", "timify_to_outlook."

SPECIMENS = {
    OUTWARD + "event_name": Specimen(Side.OUTLOOK, event(), {"on": TEAM, "off": "Calendar blocker|Agenda"}),
    OUTWARD + "anonymous": Specimen(Side.OUTLOOK, event(), {"off": TEAM, "on": BLOCKER}),
    OUTWARD + "private_events": Specimen(Side.OUTLOOK, event(private=True), {"anonymous": BLOCKER, "skip": ""}),
    OUTWARD + "tentative": Specimen(Side.OUTLOOK, event(show_as=ShowAs.TENTATIVE), TRAVELS),
    OUTWARD + "working_elsewhere": Specimen(Side.OUTLOOK, event(show_as=ShowAs.WORKING_ELSEWHERE), TRAVELS),
    OUTWARD + "free": Specimen(Side.OUTLOOK, event(show_as=ShowAs.FREE), TRAVELS),
    OUTWARD + "all_day": Specimen(Side.OUTLOOK, whole_day, TRAVELS),
    OUTWARD + "working_times": Specimen(Side.OUTLOOK, early, {"ignore": TEAM, "enforce": ""}, keeps=False),
    INWARD + "service_name": Specimen(Side.TIMIFY, booking, {"on": CUT, "off": "Anna|"}),
    INWARD + "customer_name": Specimen(Side.TIMIFY, booking, {"on": CUT, "off": "Cut|"}),
    INWARD + "resource_name": Specimen(Side.TIMIFY, booking, {"off": CUT, "on": "Cut – Anna (Pat {name})|"}),
    INWARD + "data_fields": Specimen(Side.TIMIFY, booking, {"off": CUT, "on": "Cut – Anna|Allergy: none"}),
    INWARD + "notes": Specimen(Side.TIMIFY, booking, {"off": CUT, "on": "Cut – Anna|Shoes"}),
    INWARD + "anonymous": Specimen(Side.TIMIFY, booking, {"off": CUT, "on": "TIMIFY booking|"}),
    INWARD + "when_busy": Specimen(Side.TIMIFY, double_booked, {"copy_and_flag": CUT, "hold": ""}, keeps=False),
}
"""`direction` and `deleted_in_outlook` are no question of how one item looks: they have their own tests."""


async def salon(*names: str, **chosen: str) -> World:
    """Resources that work in office hours, of a company that chose this."""
    world = await World(*(names or ("r1",))).connect()
    for name in names or ("r1",):
        await world.change_connection(name, working_times=OFFICE_HOURS)
    await choose(world, chosen)
    return world


async def choose(world: World, chosen: dict[str, str]) -> None:
    await world.choose(**{name.replace(".", "__"): value for name, value in chosen.items()})
