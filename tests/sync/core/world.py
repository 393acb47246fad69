"""A small world around the core: one company, its resources, their two calendars, a queue and a clock, all in memory.

It implements `Services` as `shared.app` does, delivers messages as the queue does (late, twice, again after a death),
and tells the worker of every change in either calendar as Graph and TIMIFY would.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from shared.config import Config, load_config
from shared.domain.accounts import Company, Connection, Mailbox, RoundState, Status
from shared.domain.conflicts import Conflict
from shared.domain.failures import Failure
from shared.domain.items import Booking, Event, Side
from shared.domain.links import Link, key_of_mark, link_key
from shared.domain.settings import Overrides, effective
from shared.domain.spans import Span
from shared.identity.sealing import Sealer, derived
from shared.identity.signing import Signer
from shared.sync.access import Account, TokenProvider
from shared.sync.ports import Outlook, Resource, Timify, Wake
from shared.sync.worker import Worker
from tests.fakes.identity import SETTINGS, FakeAccount, FakeMail, FakeSignIn, FakeTokens, signed_in
from tests.fakes.mails import FakeMails
from tests.fakes.outlook import FakeOutlook
from tests.fakes.storage import FakeGivenUp, FakeInvitations, FakeVault
from tests.fakes.store import FakeStore
from tests.fakes.timify import FakeDirectory, FakeTimify, Moment
from tests.sync.core.passing_time import MONDAY, Queue, TickingClock

COMPANY = "c1"
ZONE = ZoneInfo("Europe/Berlin")
VISIBLE_AGAIN = timedelta(minutes=10)
MOST_DELIVERIES = 600


class Died(BaseException):
    """The worker's process is no more."""


class World:
    """See `shared.sync.services.Services`. `salon` is TIMIFY, `mailboxes` are the Outlook calendars by resource."""

    def __init__(self, *resources: str, plan: str = "premium", ahead: int = 30) -> None:
        self.config: Config = replace(load_config(SETTINGS), days_ahead=ahead)
        self.now = TickingClock()
        self.store = FakeStore(self.now)
        self.wakes = Queue(self.now)
        self.mail = FakeMail()
        self.mails = FakeMails()
        self.given_up = FakeGivenUp()
        self.vault = FakeVault()
        self.invitations = FakeInvitations()
        self.salon = FakeTimify(COMPANY, trouble=self._timify_trouble)
        self.directory = FakeDirectory(self.salon)
        self.company_names = NoNames()
        self.signer = Signer(self.config.signing_keys)
        self.sealer = Sealer(derived(self.config.signing_keys))
        self.sign_in = FakeSignIn(signed_in())
        self.tokens = FakeTokens()
        self.mailboxes: dict[str, FakeOutlook] = {}
        self.faults: list[tuple[str, str, Moment, BaseException]] = []
        self.plan = plan
        self.dead = False
        self.watch: Callable[[str], None] = lambda call: None
        self.worker = Worker(self)
        self._told: dict[str, dict[str, str]] = {}
        self._names = resources or ("r1",)
        for name in self._names:
            self.salon.add_resource(Resource(id=name, name=f"Pat {name}", timezone=str(ZONE)))
            self.mailboxes[name] = FakeOutlook(trouble=self._outlook_trouble)

    # -- Services

    def account(self, account: str, token: TokenProvider) -> Account:
        return FakeAccount([])

    def outlook(self, connection: Connection, token: TokenProvider | None = None) -> Outlook:
        return self.mailboxes[connection.resource_id]

    def timify(self, connection: Connection) -> Timify:
        return self.salon.calendar(connection.resource_id)

    # -- set-up and settings

    async def connect(self, *, start: bool = True) -> "World":
        """Install, connect every resource, and (with `start`) let the first import run to its end."""
        await self.store.save_company(Company(id=COMPANY, plan=self.plan, timezone=str(ZONE)))
        for name in self._names:
            await self.connect_one(name)
        if start:
            await self.drain()
        return self

    async def connect_one(self, name: str) -> None:
        """As the connect page does: the calendar is chosen, the first import is sent for."""
        known = await self.store.connection(COMPANY, name)
        blank = Connection(company_id=COMPANY, resource_id=name)
        mailbox = Mailbox(account=f"{name}.tenant", calendar_id=f"cal-{name}")
        chosen = replace(
            known or blank,
            status=Status.IMPORTING,
            reason=None,
            mailbox=mailbox,
            timezone=str(ZONE),
            connected_at=self.now(),
            joined_at=self.now(),
        )
        await self.store.claim_calendar(mailbox, COMPANY, name)
        await self.vault.save(COMPANY, name, "grant")
        await self.store.save_connection(chosen)
        await self.wakes.put(Wake(company_id=COMPANY, resource_id=name, cause="person", at=self.now(), job="import"))

    async def choose(self, **fields: str) -> None:
        """Settings of the company, dots as double underscores: `direction`, `outlook_to_timify__free` …"""
        company = await self.store.company(COMPANY)
        assert company
        overrides: Overrides = {name.replace("__", "."): value for name, value in fields.items()}
        await self.store.save_company(replace(company, settings=effective(company.settings, overrides)))

    async def change_connection(self, name: str = "r1", **fields: object) -> None:
        """Set fields of a connection."""
        await self.store.save_connection(replace(await self.connection(name), **fields))  # type: ignore[arg-type]  # any field, by its name

    # -- time, messages, deaths

    def tell(self) -> list[Wake]:
        """Notify of everything that changed in the calendars since the last time, our own writes included."""
        wakes: list[Wake] = []
        for name, mailbox in self.mailboxes.items():
            if self._news(f"outlook {name}", {event.id: event.version for event in mailbox.events}):
                wakes.append(
                    Wake(company_id=COMPANY, resource_id=name, cause="notification", at=self.now(), outlook=True)
                )
        entries = {key: entry.facts.version for key, entry in self.salon.entries.items()}
        for appointment_id in self._news("timify", entries):
            entry = self.salon.entries.get(appointment_id)
            hint = entry.facts.resource_ids if entry else ()
            wakes.append(
                Wake(company_id=COMPANY, cause="webhook", at=self.now(), bookings=(appointment_id,), resources=hint)
            )
        for wake in wakes:
            self.wakes.push(wake)
        return wakes

    def lose_news(self) -> None:
        """What changed since the last time is never told."""
        waiting = len(self.wakes)
        self.tell()
        self.wakes.drop_newest(len(self.wakes) - waiting)

    def fence_out(self, name: str) -> None:
        """Another worker took the lease over, and is done already."""
        self.store.take_over((COMPANY, name))

    def _news(self, place: str, versions: dict[str, str]) -> list[str]:
        before, self._told[place] = self._told.get(place, {}), versions
        return sorted(key for key in before.keys() | versions.keys() if before.get(key) != versions.get(key))

    async def drain(self) -> None:
        """Tell, and deliver until nothing is left to do, waiting for what was put off."""
        for _ in range(MOST_DELIVERIES):
            self.tell()
            if not len(self.wakes):
                return
            await self.deliver()
        raise AssertionError("the queue never gets empty: something goes round in circles")

    async def deliver(self) -> None:
        """Deliver the next message. If the worker dies over it, it becomes visible again later."""
        due, wake = self.wakes.pop()
        self.now.at = max(self.now.at, due)
        await self.hand_over(wake)

    async def hand_over(self, wake: Wake) -> None:
        """Let a worker have one message."""
        self.dead = False
        try:
            await self.worker.handle(wake)
        except (Died, BaseExceptionGroup) as death:
            if isinstance(death, BaseExceptionGroup) and death.split(Died)[1] is not None:
                raise
            self.worker = Worker(self)
            self.wakes.push(wake, VISIBLE_AGAIN)
        finally:
            self.dead = False

    async def change(self) -> int:
        """Notify of what people did, let everything come to rest, and answer how many writes that took."""
        before = self.write_count()
        await self.drain()
        return self.write_count() - before

    async def sweep(self, job: str = "check") -> int:
        """Compare everything, let it come to rest, and answer how many writes that took."""
        for name in self._names:
            self.wakes.push(Wake(company_id=COMPANY, resource_id=name, cause="person", at=self.now(), job=job))
        return await self.change()

    def fail(self, place: str, call: str, moment: Moment, failure: Failure | type[Died], times: int = 1) -> None:
        """The next `times` calls of this name go wrong. `place`: "outlook" or "timify"; Died ends the worker."""
        made = failure if isinstance(failure, Failure) else failure()
        self.faults += [(place, call, moment, made)] * times

    def die_at_commit(self, number: int) -> list[int]:
        """The worker dies just after that commit, counted from now. Answers a list that is filled when it happened."""
        return self.die_after("commit", number)

    def die_after(self, call: str, number: int) -> list[int]:
        """The worker dies just after the store has done that for the `number`th time from now."""
        calls, died = count(1), list[int]()

        async def trouble(moment: str) -> None:
            if self.dead:
                raise Died
            if moment == f"after {call}" and next(calls) == number:
                died.append(number)
                self.dead = True
                raise Died

        self.store.trouble = trouble
        return died

    def _outlook_trouble(self, call: str, moment: Moment) -> Failure | None:
        return self._trouble("outlook", call, moment)

    def _timify_trouble(self, call: str, moment: Moment) -> Failure | None:
        return self._trouble("timify", call, moment)

    def _trouble(self, place: str, call: str, moment: Moment) -> Failure | None:
        if self.dead:
            raise Died
        if moment == "before":
            self.watch(call)
        for number, (where, what, when, failure) in enumerate(self.faults):
            if (where, what, when) == (place, call, moment):
                del self.faults[number]
                if isinstance(failure, Died):
                    self.dead = True
                    raise failure
                assert isinstance(failure, Failure)
                return failure
        return None

    @contextmanager
    def counting(self) -> Iterator[list[tuple[str, str]]]:
        """The calls to both providers made inside, as ("outlook" or "timify", call)."""
        calls: list[tuple[str, str]] = []
        marks = {name: len(mailbox.calls) for name, mailbox in self.mailboxes.items()}
        salon = len(self.salon.calls)
        yield calls
        for name, mailbox in self.mailboxes.items():
            calls += [("outlook", call) for call, _ in mailbox.calls[marks[name] :]]
        calls += [("timify", call) for call, _ in self.salon.calls[salon:]]

    # -- what is there

    @property
    def outlook_calendar(self) -> FakeOutlook:
        """The mailbox of the first resource."""
        return self.mailboxes[self._names[0]]

    def write_count(self) -> int:
        return len(self.salon.writes) + sum(len(mailbox.writes) for mailbox in self.mailboxes.values())

    async def connection(self, name: str = "r1") -> Connection:
        found = await self.store.connection(COMPANY, name)
        assert found
        return found

    async def state(self, name: str = "r1") -> RoundState:
        return await self.store.state(COMPANY, name)

    async def conflicts(self, name: str = "r1") -> Sequence[Conflict]:
        return await self.store.conflicts(COMPANY, name)

    def links(self, name: str = "r1") -> list[Link]:
        return self.store.read_links((COMPANY, name))

    def link(self, side: Side, item_id: str, name: str = "r1") -> Link | None:
        """The link of an origin item."""
        key = link_key(name, side, item_id)
        return next((link for link in self.links(name) if link.key == key), None)

    async def log(self, name: str = "r1") -> list[str]:
        """The rules of the sync log, oldest first."""
        lines, _ = await self.store.log(COMPANY, name, 10_000, "")
        return [str(line.rule) for line in reversed(lines)]

    def versions(self) -> set[tuple[str, str]]:
        """Every item in every calendar as it is: unequal before and after a write that took effect."""
        events = {(event.id, event.version) for mailbox in self.mailboxes.values() for event in mailbox.events}
        return events | {(key, entry.facts.version) for key, entry in self.salon.entries.items()}

    async def story(self) -> list[str]:
        """The sync logs of all resources in words, oldest first, for whoever has to understand a failure."""
        told: list[tuple[datetime, str]] = []
        for name in self._names:
            lines, _ = await self.store.log(COMPANY, name, 10_000, "")
            for line in lines:
                words = (name, line.cause, line.rule, line.outcome, line.side, *line.fields, line.detail, line.item[:6])
                told.append((line.at, f"{line.at:%d %H:%M:%S} {' '.join(words)} {line.times}"))
        return [text for _, text in sorted(told)]

    def booked(self, name: str = "r1") -> list[Booking]:
        """Everything in the TIMIFY calendar."""
        return self.salon.bookings(name)

    def copies_in_timify(self, name: str = "r1") -> list[Booking]:
        return [booking for booking in self.booked(name) if key_of_mark(booking.mark)]

    def copies_in_outlook(self, name: str = "r1") -> list[Event]:
        return [event for event in self.mailboxes[name].events if key_of_mark(event.mark)]


class NoNames:
    async def company_name(self, company_id: str) -> str:
        return ""


def at(day: int, clock: str = "00:00") -> datetime:
    """A moment of the test's time: days after Monday, and a wall clock in UTC."""
    hours, minutes = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hours), minutes=int(minutes))


def span(day: int, start: str, end: str) -> Span:
    """A stretch of one day, UTC."""
    return Span(at(day, start), at(day, end))
