"""What people did, as far as it says what may have happened to their own items."""

from dataclasses import dataclass, field

from shared.domain.items import Booking, Event, Side
from shared.domain.links import key_of_mark, link_key
from tests.sync.core.world import World

SECRET = "SECRET"


@dataclass
class People:
    """Items as people left them, and what their acts entitle the sync to do."""

    events: dict[tuple[str, str], Event] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """Link keys of which a person touched the copy: the origin may have followed."""
    may_go: set[str] = field(default_factory=set)
    """Link keys of which a person deleted the copy, or decided against the origin: it may have gone."""
    heirs: dict[str, str] = field(default_factory=dict)
    """Of an occurrence, the key of the single event that its series was made of: what befell that befalls it."""
    secrets: bool = False
    """Did anybody write something private?"""
    left: set[str] = field(default_factory=set)
    """Resources whose links were forgotten once: copies whose origin went meanwhile stay, nobody knows them."""

    def entitled(self, keys: set[str]) -> bool:
        """May items of these keys have changed or gone because of what people did to their copies?"""
        return bool((keys | {self.heirs[key] for key in keys & self.heirs.keys()}) & (self.may_go | self.touched))


class Notes:
    """Writes down in `people` what somebody did to a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = People()

    def event(self, name: str, event_id: str) -> None:
        """A person made or changed an event; of a copy it is a touch."""
        event = self.world.mailboxes[name].known(event_id)
        mark = key_of_mark(event.mark)
        self.people.secrets |= SECRET in event.title
        if mark:
            self.people.touched |= self.same_booking(name, mark)
        else:
            self.people.events[name, event_id] = event

    def series(self, name: str, master: str) -> None:
        for event_id in self.world.mailboxes[name].masters[master].occurrences:
            self.event(name, event_id)

    def forget_series(self, name: str, master: str) -> None:
        for event_id in self.world.mailboxes[name].masters[master].occurrences:
            self.people.events.pop((name, event_id), None)

    def repetition(self, name: str, event_id: str) -> None:
        """A person made a series of an event."""
        self.people.events.pop((name, event_id), None)
        self.series(name, event_id)
        single = link_key(name, Side.OUTLOOK, event_id)
        for occurrence in self.world.mailboxes[name].masters[event_id].occurrences:
            self.people.heirs[link_key(name, Side.OUTLOOK, occurrence)] = single

    def removal(self, name: str, event_id: str) -> None:
        """A person is about to delete an event. A booking goes everywhere when its copy is deleted in one calendar."""
        mark = key_of_mark(self.world.mailboxes[name].known(event_id).mark)
        if mark:
            self.people.may_go |= self.same_booking(name, mark)
        self.people.events.pop((name, event_id), None)

    def booking(self, appointment_id: str) -> None:
        """A person made or changed a booking; of a copy it is a touch."""
        facts = self.world.salon.entries[appointment_id].facts
        mark = key_of_mark(facts.mark)
        if mark:
            self.people.touched.add(mark)
        else:
            self.people.bookings[appointment_id] = self.world.salon.entries[appointment_id].bookings()[0]

    def cancellation(self, appointment_id: str) -> None:
        """A person is about to delete a booking."""
        mark = key_of_mark(self.world.salon.entries[appointment_id].facts.mark)
        if mark:
            self.people.may_go.add(mark)
        self.people.bookings.pop(appointment_id, None)

    def decision(self, name: str, keys: set[str]) -> None:
        """A person decided about a conflict of these links: either side may follow or go."""
        for key in keys:
            self.people.touched |= self.same_booking(name, key)
            self.people.may_go |= self.same_booking(name, key)

    def same_booking(self, name: str, key: str) -> set[str]:
        """The keys of the links of one booking with every resource; of anything else, `key` itself."""
        for entry in self.world.salon.entries.values():
            for booking in entry.bookings():
                if link_key(name, Side.TIMIFY, booking.id) == key:
                    return keys_of(self.world, booking)
        return {key}


def keys_of(world: World, booking: Booking) -> set[str]:
    """The keys that the links of a booking have, whichever resources it is for."""
    return {link_key(name, Side.TIMIFY, booking.id) for name in world.mailboxes}
