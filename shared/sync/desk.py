"""The desk: where one connection's items are decided and dealt with, one by one, each for itself.

Decide and do are apart: `plan` says what, the desk does it, asks again with the receipts, and stores link, conflicts
and log line together. An item's failure stays with the item; only what concerns the whole connection gets out.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from shared.domain.accounts import LogLine, Progress
from shared.domain.cases import (
    GONE,
    UNREAD,
    Case,
    Context,
    Create,
    Decision,
    Delete,
    Need,
    Sight,
    Update,
    Write,
    settled,
)
from shared.domain.failures import MarkTaken, Refused, Stale, Throttled, Transient
from shared.domain.items import Booking, Event, Item, Side
from shared.domain.links import Link, LinkState
from shared.domain.picture import Picture
from shared.domain.plan import plan
from shared.domain.rules import Rule
from shared.domain.spans import Span, span_of
from shared.sync.course import (
    Course,
    Tally,
    appointment_of,
    as_written,
    clusters,
    difference,
    refused,
    seen,
    with_found_copy,
)
from shared.sync.disputes import Disputes, conflicts_of
from shared.sync.keeping import Changes, Ledger
from shared.sync.ports import Clock, Outlook, Timify
from shared.telemetry import count

PARALLEL = 8
"""Items at once: while some are written, others are planned and remembered. The clients keep the calls in bounds."""
_TURNS = 6


@dataclass(slots=True)
class Desk:
    """Everything that dealing with one item needs. `stubborn`: this is the last try, failures become conflicts.

    `lazy`: what is to be remembered of an item waits in `last` until the next one begins, or the ledger is closed with
    it; whoever dies in between has done no more than one who dies before he remembers.
    """

    ctx: Context
    ledger: Ledger
    outlook: Outlook
    timify: Timify
    picture: Picture
    cause: str
    clock: Clock
    stubborn: bool = False
    tally: Tally = field(default_factory=Tally)
    again: set[str] = field(default_factory=set)
    progress: Callable[[], Progress] | None = None
    losses: int = 0
    originals: int = 0
    unbraked: bool = False
    unmarked: bool = False
    anew: bool = False
    lazy: bool = False
    last: Changes | None = None
    conflicts: Disputes = field(default_factory=Disputes)

    async def deal(self, case: Case, *, known: bool = True) -> None:
        """Bring one item and its copy into agreement, or say why not. `known`: its link is stored already."""
        await self.flush()
        started = monotonic()
        course = Course(case, known=known)
        try:
            await self._carry_out(course)
        except Throttled:
            raise
        except Transient as failure:
            if not self.stubborn:
                await self._put_off(case, failure.code, known=known)
                return
            course.end(refused(course, failure.code))
        except Refused as failure:
            course.end(refused(course, failure.code))
        self.tally.writes += len(course.writes)
        count("writes", len(course.writes))
        self.tally.to_outlook += sum(write.side is Side.OUTLOOK for write in course.writes)
        await self._remember(course, monotonic() - started)

    async def deal_all(self, cases: Sequence[tuple[Case, bool]], width: int = PARALLEL) -> None:
        """Deal with many, begun in order, at most `width` at once; then with those that were waiting for them."""
        gate = asyncio.Semaphore(width)

        async def one(case: Case, known: bool) -> None:
            async with gate:
                await self.deal(case, known=known)

        try:
            async with asyncio.TaskGroup() as group:
                for case, known in cases:
                    group.create_task(one(case, known))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        await self._deal_with_waiting()

    async def _deal_with_waiting(self) -> None:
        """What was held because of items that have changed since may be free to go now."""
        for _ in range(3):
            waiting, self.again = sorted(self.again), set()
            for key in waiting:
                await self.flush()
                link = await self.ledger.link(key)
                if link is not None and (link.state is LinkState.HELD or link.base is not None):
                    await self.look_around(link.spans)
                    await self.deal(Case(link=link, origin=UNREAD, copy=UNREAD))

    async def look_around(self, spans: Iterable[Span]) -> None:
        """Put into the picture whatever touches `spans`, in one query a cluster of near spans."""
        for stretch in clusters(spans):
            for link in await self.ledger.links_touching(stretch):
                if link.key not in self.picture:
                    self.picture.put(link)

    async def _put_off(self, case: Case, code: str, *, known: bool) -> None:
        key, changes = case.link.key, Changes()
        self.tally.retry.append(key)
        self.tally.note(key, "put_off")
        if not known and await self.ledger.link(key) is None:
            changes.links.append(with_found_copy(self.ctx, case))
        if self.cause != "retry":
            at, times = self.clock(), case.link.source.span
            line = LogLine(
                at=at, cause=self.cause, rule="put_off", item=key, outcome="failed", detail=code, times=times
            )
            changes.log.append(line)
        if changes != Changes():
            await self.ledger.commit(changes)

    async def remove_duplicate(self, link: Link, item: Item) -> None:
        """A second copy of ours, left by an attempt whose answer was lost: at most one may stay."""
        try:
            if isinstance(item, Booking):
                await self.timify.delete(item.appointment_id, notify=False)
            elif not item.attendees:
                await self.outlook.delete(item.id, item.version)
            else:
                return
        except (Stale, Refused):
            return  # it shows again in the next reading
        self.tally.writes += 1
        count("writes")
        self.tally.note(f"{link.key} {item.id}", "duplicate")
        line = LogLine(
            at=self.clock(),
            cause=self.cause,
            rule=Rule.DUPLICATE_REMOVED,
            item=link.key,
            side=item.side,
            outcome="done",
        )
        await self.ledger.commit(Changes(log=[line]))

    # -- carry out

    async def _carry_out(self, course: Course) -> None:
        case = course.case
        for _ in range(_TURNS):
            decision = plan(self.ctx, case, self.picture)
            if decision.need is not None:
                case = await self._look_up(case, decision)
                continue
            course.turn(case, decision)
            if not decision.writes:
                return
            try:
                await self._claim(course, decision)
                case, final = await self._write_all(course, case, decision)
            except Stale:
                case = await self._read_again(course.case)
                continue
            except MarkTaken:
                link = decision.link or case.link
                case = replace(
                    case, link=replace(link, state=LinkState.HELD, generation=link.generation + 1), again=True
                )
                continue
            if final:
                return
        raise Refused("does_not_settle")

    async def _look_up(self, case: Case, decision: Decision) -> Case:
        if decision.need is Need.ORIGIN:
            return replace(case, origin=await self.read(case.link.origin, case.link.source.id, origin=True))
        assert decision.target is not None
        assert isinstance(case.origin, Booking)
        others = [r for r in case.origin.resource_ids if r != self.ctx.resource_id]
        busy = await self.timify.occupied(others, decision.target)
        free = all(b.appointment_id == case.origin.appointment_id for b in busy if b.span.touches(decision.target))
        return replace(case, others_free=free)

    async def read(self, side: Side, item_id: str, *, origin: bool) -> Sight:
        """Look for one item. An origin that became a series is gone: deleting it would delete every occurrence."""
        if side is Side.OUTLOOK:
            event = await self.outlook.read(item_id)
            return GONE if event is None or (origin and event.whole_series) else event
        bookings = await self.timify.read(appointment_of(item_id))
        return next((b for b in bookings or () if b.id == item_id), GONE)

    async def _read_again(self, case: Case) -> Case:
        """Somebody changed an item under our hands: look at both sides as they are now."""
        link = await self.ledger.link(case.link.key) or case.link
        origin = await self.read(link.origin, link.source.id, origin=True)
        copy = await self.read(link.origin.other, link.copy.id, origin=False) if link.copy else UNREAD
        found = [span_of(item.when, self.ctx.zone) for item in (origin, copy) if isinstance(item, Event | Booking)]
        await self.look_around(found)  # it may have gone where nobody looked yet
        return replace(case, link=link, origin=origin, copy=copy, others_free=None)

    async def _claim(self, course: Course, decision: Decision) -> None:
        """Before a write: what is intended is stored, and its place in the picture is taken."""
        link = decision.link
        if link is None:
            return
        self.picture.put(as_written(link, decision))  # at once: whoever plans while we wait must see the place taken
        await self._store_before(course, decision.writes[0], link)

    async def _store_before(self, course: Course, write: Write, link: Link) -> None:
        """A row is there before anything is written, and it names a copy that was found by its mark to change it."""
        if not isinstance(write, Create):
            if course.writes:
                return
            link = with_found_copy(self.ctx, course.case) if isinstance(write, Update) else course.case.link
            if link == course.stored:
                return
        await self.ledger.commit(Changes(links=[link]))
        course.stored = link

    async def _write_all(self, course: Course, case: Case, decision: Decision) -> tuple[Case, bool]:
        """Do what was decided. Answers the case as it stands then, and whether it ends there.

        Where there is nothing to write to any more, it is decided anew from what was remembered before: what people
        changed on the other side is still news.
        """
        before, link = case.link, decision.link or case.link
        for write in decision.writes:
            if isinstance(write, Delete):
                await self._delete(write, case)
                course.writes += (write,)
                left = (
                    write.side is link.origin and case.copy is not GONE and (case.link.copy or case.copy is not UNREAD)
                )
                return (seen(case, write.side, GONE), False) if left else (case, True)
            receipt = await self._write(case, link, write)
            if receipt is None:
                return seen(replace(case, link=before), write.side, GONE), False
            course.writes += (write,)
            link = settled(self.ctx, link, write, receipt)
            case = seen(replace(case, link=link), write.side, receipt)
        return case, False

    async def _write(self, case: Case, link: Link, write: Create | Update) -> Item | None:
        if isinstance(write, Create):
            return await self._create(case, link, write)
        face = link.face(write.side)
        assert face is not None
        if write.side is Side.OUTLOOK:
            return await self.outlook.update(face.id, write.change, face.version)
        sight = case.side(Side.TIMIFY)
        known = sight if isinstance(sight, Booking) else None
        stub = Booking(id=face.id, appointment_id=appointment_of(face.id), version=face.version, span=face.span)
        return await self.timify.update(known or stub, write.change)

    async def _create(self, case: Case, link: Link, write: Create) -> Item:
        mark = link.mark()
        if write.side is Side.OUTLOOK:
            return await self.outlook.create(write.draft, mark)
        span = write.draft.when
        assert isinstance(span, Span)
        if case.link.state is LinkState.INTENDED:
            # an earlier attempt may have worked, at the time that the item had then
            for place in dict.fromkeys((case.link.source.span.outwards(), span)):
                found = await self.timify.find(mark, place)
                if found is not None:
                    return found
        return await self.timify.create(write.draft, mark, span)

    async def _delete(self, write: Delete, case: Case) -> None:
        sight, face = case.side(write.side), case.link.face(write.side)
        found = sight if isinstance(sight, Event | Booking) else face  # a copy found by its mark is in no face yet
        if found is None:
            return
        if write.side is Side.TIMIFY:
            await self.timify.delete(appointment_of(found.id), notify=write.notify)
        else:
            await self.outlook.delete(found.id, found.version)

    # -- remember

    async def flush(self) -> None:
        """Store what still waits to be remembered."""
        changes, self.last = self.last, None
        if changes is not None:
            await self.ledger.commit(changes)

    async def _remember(self, course: Course, took: float) -> None:
        key, link, stored = course.case.link.key, course.last.link, course.stored
        if link is None:
            self.picture.drop(key)
        else:
            self.picture.put(link)
        found = conflicts_of(self.ctx, self.picture, course.last)
        turn = self.conflicts.turn(key, found, self.clock())
        self.again |= turn.concerned
        count("conflicts", len(turn.news))
        changes = Changes(
            links=[link] if link is not None and link != stored else [],
            forget=[stored] if link is None and stored is not None else [],
            conflicts=turn.news,
            cured=turn.cured,
        )
        news = bool(changes.links or changes.forget) and course.worth_a_line
        if course.writes or turn.news or news:
            changes.log.append(course.line(self.clock(), self.cause, took, held_back=bool(found)))
        self.tally.note(key, difference(() if self.cause == "import" else course.writes, held_back=bool(found)))
        if changes != Changes():
            changes.state = replace(
                self.ledger.state,
                open_conflicts=len(self.conflicts),
                unmarked=self.ledger.state.unmarked or self.unmarked,
                progress=self.progress() if self.progress else self.ledger.state.progress,
            )
            if self.lazy:
                self.last = changes
            else:
                await self.ledger.commit(changes)
