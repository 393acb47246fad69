"""One round of one connection: pull what changed, plan, apply, remember.

The same round serves a notification, a webhook, a retry and a person's wish; only what is pulled differs. A crash at
any point replays into the same result: the delta link is saved last, after the effects.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain.accounts import Company, RoundState
from shared.domain.cases import Context, nothing_new, refreshed
from shared.domain.failures import EndlessPaging, LinkExpired
from shared.domain.items import Side
from shared.domain.picture import Picture
from shared.domain.settings import Settings
from shared.domain.spans import Span
from shared.sync.brake import brake, remembered, with_losses
from shared.sync.course import Tally
from shared.sync.desk import Desk
from shared.sync.errands import look_again
from shared.sync.keeping import Ledger
from shared.sync.ports import Outlook, Wake
from shared.sync.pull import Pull, spans_of
from shared.sync.services import Services
from shared.telemetry import logger

log = logger(__name__)

PLAIN, EXPIRED = "plain", "link_expired"
"""The causes of a whole reading that stands in for a delta."""
PLAIN_PAUSE = 30.0
"""Seconds that such a reading waits, so that a burst of notifications is answered by one."""
LAG = timedelta(minutes=1)
"""So long after a change another notification without rows is most likely one more of the same change."""
LAST_TRY = 8
"""After so many tries of one item, over about half an hour, its failure becomes a conflict."""


def window_at(services: Services, now: datetime) -> Span:
    """What is synced: from some days back, at midnight UTC, to the horizon."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(midnight - services.config.back, midnight + services.config.ahead)


def _window_now(state: RoundState, today: Span) -> Span:
    """The window of the last whole reading, less what has left it since: no check would find a second copy there."""
    if state.window is None:
        return today
    return state.window if state.progress else replace(state.window, start=max(state.window.start, today.start))


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name, UTC when nobody knows it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def open_desk(
    services: Services,
    company: Company,
    ledger: Ledger,
    cause: str,
    *,
    stubborn: bool = False,
    keep: bool = False,
    settings: Settings | None = None,
    outlook: Outlook | None = None,
) -> Desk:
    """Everything that a round of the connection under this lease needs; previews bring their own settings or door."""
    connection = ledger.connection
    now = services.now()
    ctx = Context(
        resource_id=connection.resource_id,
        settings=settings or connection.effective_settings(company),
        zone=zone_of(connection.timezone),
        window=_window_now(ledger.state, window_at(services, now)),
        now=now,
        locale=company.locale,
        working_times=connection.working_times,
        keep=keep,
    )
    return Desk(
        ctx=ctx,
        ledger=ledger,
        outlook=outlook or services.outlook(connection),
        timify=services.timify(connection),
        picture=Picture(),
        cause=cause,
        clock=services.now,
        stubborn=stubborn,
    )


async def run_round(services: Services, company: Company, ledger: Ledger, wake: Wake) -> Tally:
    """Do what `wake` asks for, and give the lease back. Raises what concerns the whole connection."""
    began = services.now()
    state = ledger.state
    stubborn = wake.tries >= LAST_TRY and bool(wake.retry)
    keep = wake.keep or (state.progress is not None and state.progress.keep)  # nor while all that is kept is looked for
    desk = open_desk(services, company, ledger, wake.cause, stubborn=stubborn, keep=keep)
    await desk.conflicts.load(ledger)
    desk.losses, desk.lazy = remembered(state, began), True
    try:
        state = await _deal(services, wake, desk, state, began)
        state = replace(
            with_losses(state, desk.originals, began),
            open_conflicts=len(desk.conflicts),
            last_change=began if desk.tally.writes else state.last_change,
        )
        await ledger.close(state, desk.last)
    except Exception:
        await desk.flush()  # what was written is remembered, whatever failed after it
        raise
    return desk.tally


async def _deal(services: Services, wake: Wake, desk: Desk, state: RoundState, began: datetime) -> RoundState:
    """Pull and settle; answers the state with where Outlook was read to."""
    pull = Pull(desk)
    if wake.outlook and state.window is not None:
        state = await _outlook(services, wake, pull, state, state.window, began)
    await pull.bookings(wake.bookings)
    prefer = Side(wake.prefer) if wake.prefer in Side else None
    await pull.retry(wake.retry, prefer=prefer, again=wake.cause == "person", conflict=wake.conflict)
    await settle(desk, pull)
    await put_off(services, wake, desk.tally)
    await _tell_newcomers(services, wake, pull)
    return state


async def _outlook(
    services: Services, wake: Wake, pull: Pull, state: RoundState, window: Span, began: datetime
) -> RoundState:
    """Read what changed in Outlook; where no delta is to be had, send for a plain reading of everything."""
    if not state.delta_link:
        await services.wakes.put(replace(wake, job="catch_up", cause=PLAIN, outlook=False), delay=PLAIN_PAUSE)
        return state
    try:
        link = await pull.outlook(state.delta_link, window)
    except (LinkExpired, EndlessPaging) as failure:
        if wake.at == state.checked_at:  # the end of a whole reading, and nobody has told of anything since
            log.warning("no delta right after a whole reading: %s; the next one waits for news", failure.code)
            return replace(state, delta_link="")
        log.warning("no delta: %s; reading everything again", failure.code)
        cause = EXPIRED if isinstance(failure, LinkExpired) else PLAIN
        await services.wakes.put(replace(wake, job="catch_up", cause=cause, outlook=False))
        return replace(state, delta_link="")
    quiet = state.last_change is None or began - state.last_change > LAG
    if pull.nothing_shown and quiet and wake.cause == "notification":
        await look_again(services, wake.company_id, wake.resource_id)
    return replace(state, delta_link=link, covered_until=began)


async def settle(desk: Desk, pull: Pull) -> None:
    """Deal with everything that was pulled, one after the other, in a picture of all that stands around it.

    Echoes of our own writes need no picture: there is nothing to deal with.
    """
    cases = [(case, known) for case, known in pull.cases() if not (known and nothing_new(desk.ctx, case))]
    await brake(desk, cases)
    if cases:
        await desk.look_around(spans_of(cases, desk.ctx.zone, going=not len(desk.conflicts)))
    for case, known in cases:
        if not known or case.rival:
            desk.picture.put(refreshed(desk.ctx, case.link, case.origin, case.copy))
    await desk.deal_all(cases, width=1)
    for link, item in pull.duplicates:
        await desk.remove_duplicate(link, item)


async def _tell_newcomers(services: Services, wake: Wake, pull: Pull) -> None:
    """A booking may have got a resource that the webhook did not name: its connection hears of it here."""
    for appointment_id, resources in pull.others.items():
        strangers = resources - {wake.resource_id}
        if strangers:
            strangers -= set(await services.store.resources_with(wake.company_id, appointment_id))
        for resource_id in sorted(strangers):
            await services.wakes.put(replace(wake, resource_id=resource_id, outlook=False, bookings=(appointment_id,)))


async def put_off(services: Services, wake: Wake, tally: Tally) -> None:
    """Items that failed in passing come again by themselves, later and later."""
    if tally.retry:
        tries = wake.tries + 1 if wake.retry else 1
        again = replace(
            wake,
            job="round",
            outlook=False,
            bookings=(),
            resources=(),
            retry=tuple(tally.retry),
            cause="retry",
            tries=tries,
        )
        await services.wakes.put(again, delay=later(tries))


def later(tries: int) -> float:
    """Seconds until the next try: 2, 4, 8 … at most ten minutes."""
    return min(timedelta(minutes=10).total_seconds(), 2.0 ** min(tries, 10))
