"""A sweep reads the whole window of both calendars: first import, catching up after a pause, the agreement check.

It begins with a delta round whose rows are only passed over, so that nothing is missed while it goes on; then it walks
the window in slices, message after message, each with both sides complete; and it ends with a round from that delta
link. Where it stands is kept with the connection, so it goes on after a crash.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from time import monotonic

from shared.domain.accounts import Company, Connection, LogLine, Progress, RoundState, Status
from shared.domain.failures import EndlessPaging
from shared.domain.items import Side
from shared.domain.links import LinkState
from shared.domain.spans import Span
from shared.sync.adoption import without_links
from shared.sync.brake import GO_AHEAD, brake_empty
from shared.sync.compare import compare
from shared.sync.connections import update
from shared.sync.desk import Desk
from shared.sync.errands import CLOCK, check_tomorrow
from shared.sync.keeping import Changes, Ledger
from shared.sync.polls import schedule_poll
from shared.sync.ports import Message, Outlook, Timify, Wake
from shared.sync.reminding import digest_later
from shared.sync.removal import remove_copies
from shared.sync.retention import KEEP_LOG, forget_past, past_before, tidy_after
from shared.sync.rounds import EXPIRED, PLAIN, PLAIN_PAUSE, open_desk, put_off, window_at
from shared.sync.services import Services
from shared.sync.subscriptions import RENEW_BEFORE, renew
from shared.telemetry import logger

log = logger(__name__)

SLICE = timedelta(days=14)
WIDE_SLICE = timedelta(days=91)
WIDE_UP_TO = 1_000
"""Items in the whole window up to which slices are wide: an idle calendar is checked with few calls."""
TIME_IN_ONE_MESSAGE = 40.0
"""Seconds after which a message hands over to the next one, well within the time a function has."""
KNOWN_AT_ONCE = 5_000
"""Items up to which all links are read at the start of a message: a few queries, and 10 MB at most."""
AT_FIRST, PER_SECOND = 5_000, 5.0
"""Writes to one mailbox: so many at once, then so many a second: 8,000 in ten minutes, and what one part adds."""
GO_ON = "go_on"


class _Step(Enum):
    BEGIN = "begin"
    GO_ON = "go_on"
    WAIT = "wait"
    NOTHING = "nothing"


async def run_sweep(services: Services, company: Company, ledger: Ledger, wake: Wake) -> None:
    """Do as much of a sweep as fits into one message, give the lease back, and send the next message or finish."""
    step = _step(ledger.state, wake)
    if step is _Step.BEGIN:
        await _begin(services, ledger, wake)
        return
    progress = ledger.state.progress
    if step is not _Step.GO_ON or progress is None:
        if step is _Step.WAIT:
            await services.wakes.put(wake, delay=PLAIN_PAUSE)
        await ledger.close(ledger.state)
        return
    if wake.cause == CLOCK:
        await check_tomorrow(services, wake.company_id, wake.resource_id)
    desk = open_desk(services, company, ledger, progress.purpose, keep=progress.keep)
    await desk.conflicts.load(ledger)
    if progress.total <= KNOWN_AT_ONCE:
        async for _ in ledger.links():
            pass  # what the ledger has read whole, it need not ask for one by one
    progress = await _walk(services, wake, desk, progress)
    state = replace(ledger.state, open_conflicts=len(desk.conflicts))
    if desk.tally.writes:
        state = replace(state, last_change=services.now())
    if progress.cursor is not None:
        await services.wakes.put(_go_on(services, wake), delay=pace(progress, services.now()))
        await ledger.close(replace(state, progress=progress))
        return
    counts = await _prune(services, desk)
    state = replace(state, open_conflicts=len(desk.conflicts))
    await services.store.forget_log(wake.company_id, wake.resource_id, services.now() - KEEP_LOG)
    if ledger.connection.status is Status.IMPORTING or progress.purpose == "import":
        await _connected(services, ledger.connection, counts)
    await digest_later(services, company, ledger.connection)
    await _finish(services, ledger, wake, progress, state)


def pace(progress: Progress, now: datetime) -> float:
    """Seconds that the next part of a reading waits, so that whoever works on it, its mailbox gets no more calls than
    Graph allows: 10,000 in ten minutes (https://learn.microsoft.com/graph/throttling-limits)."""
    passed = (now - (progress.started_at or now)).total_seconds()
    return max(0.0, (progress.writes - AT_FIRST - PER_SECOND * passed) / PER_SECOND)


def _step(state: RoundState, wake: Wake) -> _Step:
    """What a message means where a sweep is under way, or none is.

    A reading that stands in for a delta must begin after it was asked for: one under way may have passed what changed.
    One that a person asked for after the brake begins anew: one under way knows nothing of what was decided.
    """
    stands_in = wake.cause in (PLAIN, EXPIRED)
    if stands_in and state.covered_until is not None and wake.at <= state.covered_until:
        return _Step.NOTHING
    under_way = state.progress is not None and state.progress.cursor is not None
    anew = wake.cause == GO_AHEAD or (wake.job == "import" and wake.cause != GO_ON)
    if not under_way or anew:
        return _Step.NOTHING if wake.cause == GO_ON else _Step.BEGIN
    return _Step.WAIT if stands_in else _Step.GO_ON


async def _begin(services: Services, ledger: Ledger, wake: Wake) -> None:
    """Subscribe, take a delta link over the window of today, count what lies ahead. First of all the next check is
    entered: whatever happens to this message, there is one."""
    now = services.now()
    window = window_at(services, now)
    await check_tomorrow(services, wake.company_id, wake.resource_id)
    if wake.job == "check":  # should the errand or the claim have got lost; else they stand
        await tidy_after(services, wake.company_id, wake.resource_id, now)
        if ledger.connection.mailbox is not None:
            await services.store.claim_calendar(ledger.connection.mailbox, wake.company_id, wake.resource_id)
    if ledger.connection.earlier is not None and not await _leave_earlier(services, ledger):
        await services.wakes.put(replace(wake, at=now))
        await ledger.close(ledger.state)
        return
    await _ensure_subscription(services, ledger.connection, wake.job)
    link = await _delta_link(services, ledger.connection, window)
    known = await services.store.connection(wake.company_id, wake.resource_id)
    await schedule_poll(services, known or ledger.connection, now)
    progress = Progress(
        total=await _total(services, ledger, window, unbraked=wake.cause == GO_AHEAD),
        cursor=window.start,
        purpose=wake.job,
        started_at=now,
        unbraked=wake.cause == GO_AHEAD,
        keep=wake.keep,
        anew=await without_links(ledger),
    )
    await services.wakes.put(_go_on(services, wake))
    await ledger.close(replace(ledger.state, delta_link=link, window=window, covered_until=now, progress=progress))


async def _delta_link(services: Services, connection: Connection, window: Span) -> str:
    """Where the delta of today's window begins, "" where it never ends: then each round is a plain reading."""
    link = ""
    try:
        async for page in services.outlook(connection).delta("", window):
            link = page.link or link
    except EndlessPaging:
        log.warning("the delta of this calendar never ends, it is read plainly")
        return ""
    return link


async def _total(services: Services, ledger: Ledger, window: Span, *, unbraked: bool) -> int:
    """About how many items lie ahead. Raises ManyDeletions when a side is empty that was full."""
    connection = ledger.connection
    sides: dict[Side, Outlook | Timify] = {
        Side.OUTLOOK: services.outlook(connection),
        Side.TIMIFY: services.timify(connection),
    }
    counts = {side: await calendar.count(window) for side, calendar in sides.items()}
    doubtful = [side for side, number in counts.items() if not number and not unbraked]
    empty = [side for side in doubtful if not [page async for page in sides[side].view(window) if page]]
    await brake_empty(ledger, window, empty)
    return sum(counts.values())


def width_of(total: int) -> timedelta:
    """How wide the slices are in which so many items are read."""
    return WIDE_SLICE if total <= WIDE_UP_TO else SLICE


def _go_on(services: Services, wake: Wake) -> Wake:
    """The next message of the same sweep. It never begins one: when the sweep is over, it has nothing to do."""
    return replace(wake, at=services.now(), cause=GO_ON, tries=0)


async def _ensure_subscription(services: Services, connection: Connection, job: str) -> None:
    """A check relies on the subscription that is there, everything else makes sure of it. A mailbox that cannot be
    subscribed is synced all the same."""
    ends = connection.subscription_expires
    if job == "check" and ends is not None and ends - services.now() > RENEW_BEFORE:
        return
    await renew(services, connection)


async def _leave_earlier(services: Services, ledger: Ledger) -> bool:
    """The resource had another calendar: what was copied for it goes; False when there was not enough time for all."""
    if not await remove_copies(services, ledger):
        return False
    company_id, resource_id = ledger.connection.company_id, ledger.connection.resource_id
    await services.store.forget_links(company_id, resource_id)
    await update(services, company_id, resource_id, lambda now: replace(now, earlier=None))
    return True


async def _walk(services: Services, wake: Wake, desk: Desk, progress: Progress) -> Progress:
    """Slice after slice, until the window or the time is over; answers how far it came.

    What failed in passing is sent for before the cursor passes it, so that no later failure or death loses it.
    """
    started, window, before = monotonic(), desk.ctx.window, progress
    width = width_of(progress.total)

    def so_far() -> Progress:
        return replace(
            progress,
            done=before.done + desk.tally.items,
            agree=before.agree + desk.tally.agree,
            differences=dict(Counter(before.differences) + Counter(desk.tally.differences)),
            losses=desk.losses,
            writes=before.writes + desk.tally.to_outlook,
        )

    desk.progress, desk.losses, desk.unbraked, desk.anew = so_far, progress.losses, progress.unbraked, progress.anew
    while progress.cursor is not None and monotonic() - started < TIME_IN_ONE_MESSAGE:
        end = min(progress.cursor + width, window.end)
        await compare(desk, Span(progress.cursor, end))
        await put_off(services, replace(wake, keep=progress.keep), desk.tally)
        desk.tally.retry.clear()
        progress = replace(progress, cursor=end if end < window.end else None)
    return so_far()


async def _prune(services: Services, desk: Desk) -> tuple[int, int]:
    """Forget links that have long left the window. Answers how many copies there are in TIMIFY and in Outlook."""
    now = services.now()
    stay = await forget_past(desk.ledger, desk.conflicts, past_before(services, now), now)
    return stay[Side.TIMIFY, LinkState.LINKED], stay[Side.OUTLOOK, LinkState.LINKED]


async def _finish(services: Services, ledger: Ledger, wake: Wake, progress: Progress, state: RoundState) -> None:
    """Say that the whole window was read, and catch what changed meanwhile from the delta link of the beginning.

    Closing comes last: who dies before it finds everything to do again, who dies after it has left nothing undone.
    """
    now = services.now()
    line = LogLine(at=now, cause=progress.purpose, rule="checked", detail=_said(progress))
    await ledger.commit(Changes(log=[line]))
    if state.delta_link:
        await services.wakes.put(
            Wake(company_id=wake.company_id, resource_id=wake.resource_id, cause=progress.purpose, at=now, outlook=True)
        )
    await ledger.close(
        replace(
            state,
            progress=None,
            lost=0,
            lost_since=None,
            checked_at=now,
            checked_items=progress.done,
            checked_agree=progress.agree,
            checked_differences=progress.differences,
        )
    )


def _said(progress: Progress) -> str:
    """`410/412 missing:1 time:1`: how many agreed of how many, and what was different."""
    kinds = [f"{kind}:{number}" for kind, number in sorted(progress.differences.items())]
    return " ".join([f"{progress.agree}/{progress.done}", *kinds])


async def _connected(services: Services, connection: Connection, counts: tuple[int, int]) -> None:
    """The import is over: say so in the overview and to the person, whom a second try tells nothing new."""
    now = services.now()

    def live(current: Connection) -> Connection:
        if current.status is not Status.IMPORTING:
            return current
        return replace(current, status=Status.CONNECTED, reason=None)

    after = await update(services, connection.company_id, connection.resource_id, live)
    if after.status is not Status.CONNECTED:  # disabled or paused meanwhile
        return
    await services.mail.send(
        Message(
            kind="connected",
            company_id=connection.company_id,
            resource_id=connection.resource_id,
            at=now,
            cause=f"connected:{after.connected_at or now:%Y%m%dT%H%M%S%f}",
            counts=counts,
        )
    )
