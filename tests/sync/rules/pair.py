"""One item and its copy in a world at rest: what may happen to either of them, and what can be seen afterwards."""

from dataclasses import dataclass, field
from typing import Any, Literal

from shared.domain.items import Side
from shared.domain.spans import Span
from shared.sync.ports import Wake
from tests.sync.core.world import COMPANY, World, span

type Kind = Literal["event", "booking"]
type Arrival = Literal["outlook_first", "timify_first", "whole_check"]

KINDS: tuple[Kind, ...] = ("event", "booking")
DIRECTIONS = ("two_way", "outlook_to_timify", "timify_to_outlook")
ARRIVALS: tuple[Arrival, ...] = ("outlook_first", "timify_first", "whole_check")
NINE, ELEVEN, THREE = span(2, "09:00", "10:00"), span(2, "11:00", "12:00"), span(2, "15:00", "16:00")
"""Where the pair stands in the beginning, where its origin goes, and where its copy goes."""


@dataclass
class Pair:
    """An item of one side (`kind`), and the copy of it that the sync made."""

    world: World
    kind: Kind
    origin: str
    copy: str
    lines: int = 0
    written: dict[str, int] = field(default_factory=dict)

    @property
    def side(self) -> Side:
        """Where the origin is."""
        return Side.OUTLOOK if self.kind == "event" else Side.TIMIFY

    @property
    def title(self) -> str:
        """What both are called in the beginning."""
        return "Team" if self.kind == "event" else "Cut"

    # -- what people do

    def move(self, what: str, to: Span) -> None:
        if self._in_outlook(what):
            self.world.outlook_calendar.move(self._id(what), to)
        else:
            self.world.salon.move(self._id(what), to.start)

    def remove(self, what: str) -> None:
        if self._in_outlook(what):
            self.world.outlook_calendar.remove(self._id(what))
        else:
            self.world.salon.remove(self._id(what))

    def write(self, what: str, **texts: str) -> None:
        """A person types: `title`, `notes`. What a booking is called is its service."""
        if self._in_outlook(what):
            self.world.outlook_calendar.edit(self._id(what), **texts)
            return
        if what == "origin" and "title" in texts:
            texts["service"] = texts.pop("title")
        self.world.salon.edit(self._id(what), **texts)

    def do(self, what: str, how: str) -> None:
        """One word of the table: to the origin or its copy."""
        if how == "changed":
            self.move(what, ELEVEN if what == "origin" else THREE)
        elif how == "deleted":
            self.remove(what)

    # -- how the sync hears of it

    async def come_to_rest(self, arrival: Arrival) -> None:
        """Both sides' news reach the sync in this order, or not at all until the daily check looks."""
        world = self.world
        if arrival == "whole_check":
            world.lose_news()
            world.wakes.push(Wake(company_id=COMPANY, resource_id="r1", cause="person", at=world.now(), job="check"))
        else:
            first, last = (True, False) if arrival == "outlook_first" else (False, True)
            told = world.tell()
            world.wakes.drop_newest(len(told))
            for outlook in (first, last):
                for wake in told:
                    if wake.outlook is outlook:
                        await world.hand_over(wake)
        await world.drain()

    async def stays_as_it_is(self) -> None:
        """Another round of either side, and a whole check, write nothing."""
        world, before = self.world, (self.world.write_count(), self.world.versions())
        bookings = tuple(entry for entry in world.salon.entries)
        world.wakes.push(Wake(company_id=COMPANY, resource_id="r1", cause="poll", at=world.now(), outlook=True))
        world.wakes.push(Wake(company_id=COMPANY, resource_id="r1", cause="webhook", at=world.now(), bookings=bookings))
        await world.drain()
        await world.sweep()
        assert (world.write_count(), world.versions()) == before

    # -- what can be seen

    def outlook(self) -> list[tuple[object, str]]:
        """The times and titles in Outlook."""
        return [(event.when, event.title) for event in self.world.outlook_calendar.events]

    def timify(self) -> list[tuple[object, str]]:
        """The times and titles in TIMIFY; a booking is called by its service."""
        return [(booking.span, booking.service or booking.title) for booking in self.world.booked()]

    def remember(self) -> None:
        """From here on `writes` and `rules` count."""
        self.written = {"outlook": len(self.world.outlook_calendar.writes), "timify": len(self.world.salon.writes)}

    def writes(self) -> list[str]:
        """Every write to a provider since then: `update outlook` …"""
        outlook = [f"{call} outlook" for call, _ in self.world.outlook_calendar.writes[self.written["outlook"] :]]
        return outlook + [f"{call} timify" for call, _ in self.world.salon.writes[self.written["timify"] :]]

    async def rules(self) -> list[str]:
        """The rules in the sync log since then, but for the words of the checks themselves."""
        return [rule for rule in (await self.world.log())[self.lines :] if rule != "checked"]

    def _in_outlook(self, what: str) -> bool:
        return (what == "origin") == (self.kind == "event")

    def _id(self, what: str) -> str:
        return self.origin if what == "origin" else self.copy


async def pair_at_rest(kind: Kind, direction: str = "two_way", **facts: Any) -> Pair:
    """The two calendars agree in two directions; then the direction is chosen, which changes nothing by itself."""
    world = World()
    if kind == "event":
        origin = world.outlook_calendar.add(NINE, "Team", **facts)
    else:
        origin = world.salon.add(["r1"], NINE.start, 60, service="Cut", **facts)
    await world.connect()
    copy = world.copies_in_timify()[0].appointment_id if kind == "event" else world.copies_in_outlook()[0].id
    await world.choose(direction=direction)
    pair = Pair(world, kind, origin, copy)
    pair.lines = len(await world.log())
    pair.remember()
    return pair
