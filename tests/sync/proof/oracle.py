"""What must hold once all is quiet, read off the two calendars and the conflicts, not off the core's decisions."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.domain.items import Booking, Event, Item, Side
from shared.domain.links import Link, LinkState, key_of_mark, link_key
from shared.domain.rules import Rule
from shared.domain.settings import Settings
from shared.domain.shape import expected, occupies, shape_of, stays
from shared.domain.spans import Span, span_of
from tests.sync.core.world import COMPANY, ZONE, World
from tests.sync.proof.notes import SECRET, People, keys_of

AS_FIRST_DECIDED = (Rule.FREE, Rule.TENTATIVE, Rule.WORKING_ELSEWHERE, Rule.ALL_DAY, Rule.PRIVATE, Rule.PAST)


async def complaints(world: World, people: People) -> list[str]:
    """Everything that is not as the product promises; empty when all is well."""
    company = await world.store.company(COMPANY)
    assert company
    found: list[str] = []
    for name in world.mailboxes:
        connection = await world.connection(name)
        if not connection.status.live:
            continue
        conflicts = {key for x in await world.conflicts(name) for key in (x.item, x.other)}
        pairs = {frozenset((x.item, x.other)) for x in await world.conflicts(name)}
        window = (await world.state(name)).window
        assert window
        one = One(world, people, name, connection.effective_settings(company), window, conflicts, pairs)
        found += [f"{name}: {complaint}" for complaint in one.all()]
    return found + list(_people_lost(world, people)) + list(_told(world, people))


@dataclass
class One:
    """One connection at rest."""

    world: World
    people: People
    name: str
    settings: Settings
    window: Span
    conflicts: set[str]
    pairs: set[frozenset[str]]

    def all(self) -> Iterator[str]:
        self.links = {link.key: link for link in self.world.links(self.name)}
        self.copies: dict[str, list[Item]] = defaultdict(list)
        items: list[Item] = [*self.world.mailboxes[self.name].events, *self.world.booked(self.name)]
        self.origins: dict[str, Item] = {}
        for item in items:
            mark = key_of_mark(item.mark)
            if mark:
                self.copies[mark].append(item)
            else:
                self.origins[link_key(self.name, item.side, item.id)] = item
        for key, copies in self.copies.items():
            yield from self._copies(key, copies)
        for key, origin in self.origins.items():
            yield from self._origin(key, origin)
        yield from self._overlaps()

    def _copies(self, key: str, copies: list[Item]) -> Iterator[str]:
        if sum(1 for copy in copies if isinstance(copy, Booking) or not copy.series) > 1:
            yield f"{len(copies)} copies of {self._named(key)}"
        link = self.links.get(key)
        kept = self.name in self.people.left and link is not None and link.reason == Rule.ORPHAN
        past = not any(span_of(copy.when, ZONE).touches(self.window) for copy in copies)
        if key not in self.origins and key not in self.conflicts and not (kept or past):
            yield f"a ghost stands at {copies[0].when}: {copies[0].title!r} ({link})"
        for copy in copies:
            if isinstance(copy, Event) and copy.attendees and key not in self.people.touched:
                yield f"a copy with attendees: {copy.title!r}"
            if isinstance(copy, Booking) and SECRET in copy.title + copy.notes:
                yield f"a private text came to TIMIFY: {copy.title!r}"

    def _origin(self, key: str, origin: Item) -> Iterator[str]:
        link, copy = self.links.get(key), next(iter(self.copies[key]), None)
        if not self.settings.direction.allows(origin.side) or not span_of(origin.when, ZONE).touches(self.window):
            return
        shape = shape_of(self.settings, origin.side, "en", link.shape if link else "")
        at_home = stays(origin, shape, ZONE)
        if key in self.conflicts or (isinstance(copy, Event) and copy.series):
            return
        if at_home is not None:
            if copy is not None:
                yield f"{self._named(key)} has a copy although it is {at_home}"
        elif copy is None:
            if not _rests(link):
                yield f"{self._named(key)} has neither copy nor conflict ({link})"
        else:
            yield from self._differences(key, origin, copy, link)

    def _differences(self, key: str, origin: Item, copy: Item, link: Link | None) -> Iterator[str]:
        assert link is not None
        draft = expected(origin, shape_of(self.settings, origin.side, "en", link.shape), ZONE)
        if span_of(copy.when, ZONE) != draft.when:
            yield f"{self._named(key)} has its copy at {copy.when} ({link})"
        theirs = origin.side is Side.TIMIFY and key in self.people.touched
        if not theirs and " ".join(copy.title.split()) != " ".join(draft.title.split()):
            yield f"{self._named(key)} has a copy called {copy.title!r}, not {draft.title!r} ({link})"

    def _overlaps(self) -> Iterator[str]:
        events = [(key, item) for key, item in self.origins.items() if isinstance(item, Event) and key in self.links]
        bookings = [(key, item) for key, item in self.origins.items() if isinstance(item, Booking)]
        for key, event in events:
            shape = shape_of(self.settings, Side.OUTLOOK, "en", self.links[key].shape)
            if not occupies(event, shape, ZONE) or not span_of(event.when, ZONE).touches(self.window):
                continue
            for other, booking in bookings:
                if span_of(event.when, ZONE).touches(booking.span) and frozenset((key, other)) not in self.pairs:
                    yield f"nobody says that {self._named(key)} and {self._named(other)} overlap"

    def _named(self, key: str) -> str:
        item = self.origins.get(key)
        return f"{item.side} {item.id} {item.title!r} at {item.when}" if item else key


def _rests(link: Link | None) -> bool:
    return link is not None and link.state is LinkState.SEEN and link.reason in AS_FIRST_DECIDED


def _people_lost(world: World, people: People) -> Iterator[str]:
    for (name, event_id), event in people.events.items():
        key = link_key(name, Side.OUTLOOK, event_id)
        if people.entitled({key}):
            continue
        found = next((x for x in world.mailboxes[name].events if x.id == event_id), None)
        if found is None:
            yield f"a person's event is gone: {event.title!r}"
        elif replace(found, version="") != replace(event, version=""):
            yield f"a person's event was changed from {event} to {found}"
    for appointment_id, booking in people.bookings.items():
        whole = booking.connected or booking.group  # never changed for the sake of a copy
        if not whole and people.entitled(keys_of(world, booking)):
            continue
        entry = world.salon.entries.get(appointment_id)
        if entry is None:
            yield f"a person's booking is gone: {booking.title!r}"
        elif replace(entry.bookings()[0], version="") != replace(booking, version=""):
            yield f"a person's booking was changed from {booking} to {entry.bookings()[0]}"


def _told(world: World, people: People) -> Iterator[str]:
    for name, mailbox in world.mailboxes.items():
        if mailbox.mailed:
            yield f"{name}: attendees got mail"
    kept = (world.store.__dict__, world.wakes.sent, world.mail.sent)
    if people.secrets and any(SECRET in repr(place) for place in kept):
        yield "a private text came into the tables, the queues or the mail"
    counts = Counter(message.cause for message in world.mail.sent)
    yield from (f"told twice: {cause}" for cause, times in counts.items() if times > 1)
