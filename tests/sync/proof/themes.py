"""The themes of the proof: short histories of one kind each, and some of everything."""

from dataclasses import dataclass

from tests.sync.proof.machine import Machine
from tests.sync.proof.rules import Bookings, Decisions, Deliveries, Meetings, Misfortunes, Recurring, Teams, Trouble


class Edits(Meetings, Bookings, Deliveries, Machine):
    """One resource, its people on both sides, and a queue that keeps no order."""


class Weather(Meetings, Bookings, Deliveries, Trouble, Machine):
    """The same, while everything fails that can fail."""


class Series(Recurring, Meetings, Bookings, Deliveries, Trouble, Machine):
    """Series of both kinds."""


class Salon(Meetings, Bookings, Teams, Deliveries, Trouble, Machine):
    """Two resources that share bookings."""

    resources = ("r1", "r2")


class Office(Meetings, Bookings, Deliveries, Decisions, Machine):
    """Settings, conflicts, plans, connections that end and begin."""


class Losses(Meetings, Bookings, Deliveries, Misfortunes, Machine):
    """Emptied calendars, lost tables, days that pass."""

    at_first = 14


class Everything(Meetings, Recurring, Bookings, Teams, Deliveries, Trouble, Decisions, Misfortunes, Machine):
    """All of it at once."""

    resources = ("r1", "r2")


@dataclass(frozen=True, slots=True)
class Theme:
    """A machine, and how many histories of how many steps it plays in CI."""

    machine: type[Machine]
    histories: int
    steps: int


THEMES = (
    Theme(Edits, 350, 12),
    Theme(Weather, 400, 15),
    Theme(Series, 330, 15),
    Theme(Salon, 300, 15),
    Theme(Office, 350, 15),
    Theme(Losses, 100, 12),
    Theme(Everything, 150, 25),
)
