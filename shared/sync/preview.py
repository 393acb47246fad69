"""Previews: what connecting, other settings, or disabling would do. Everything is planned and nothing applied."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from shared.domain.accounts import Company, Connection
from shared.domain.cases import UNREAD, Case, Create, Decision
from shared.domain.failures import Failure
from shared.domain.items import Item, Side
from shared.domain.links import LinkState
from shared.domain.plan import plan
from shared.domain.settings import Settings, effective
from shared.domain.spans import Span
from shared.sync import errors
from shared.sync.adoption import without_links
from shared.sync.blank import BlankLedger
from shared.sync.compare import Slice, read_slice
from shared.sync.desk import Desk
from shared.sync.keeping import LeaseLost, Ledger
from shared.sync.ports import Outlook
from shared.sync.removal import has_future_copy
from shared.sync.rounds import open_desk
from shared.sync.services import Services
from shared.sync.sweep import width_of

_PATIENCE = 20
"""Half seconds to wait for a connection that is busy with a round."""
_BRIEFLY = 4
"""The same where many others are to be looked at."""
AT_ONCE = 8
TIME = 20.0
"""Connections that a preview of a company looks at side by side, and seconds for all of them."""
_WORDS = ("created", "linked", "skipped", "conflicts")
_SKIPPED = "skipped:"  # and the rule

type Counts = dict[str, int]
"""How many items would be created, stay (or become) linked, be skipped, be in conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What other settings would do, over `looked_at` connections `of` so many live ones."""

    counts: Counts
    looked_at: int
    of: int


async def preview_settings(services: Services, company_id: str, settings: Settings) -> Preview:
    """What other settings of a company would do to the items of its live connections.

    Reads both calendars of each over the whole window, as far as the time of one request goes; what cannot be read is
    left out. Raises Unknown and, when none could be looked at, what stood in the way (WrongState, what adapters raise).
    """
    company = await services.store.company(company_id)
    if company is None:
        raise errors.unknown_company()
    live = [c async for c, _ in services.store.connections(company_id) if c.status.live and c.mailbox]
    found: list[Counter[str]] = []
    trouble: list[Failure | errors.UseCaseError] = []
    waiting = iter(live)

    async def some() -> None:
        for connection in waiting:
            wished = effective(settings, connection.overrides)
            try:
                found.append(await _of_connection(services, company, connection, wished, patience=_BRIEFLY))
            except (Failure, errors.UseCaseError) as failure:
                trouble.append(failure)

    with suppress(TimeoutError):
        async with asyncio.timeout(TIME), asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(some())
    if trouble and not found:
        raise trouble[0]
    return Preview(counts=_named(sum(found, Counter())), looked_at=len(found), of=len(live))


async def preview_choices(
    services: Services, company_id: str, resource_id: str, choices: Mapping[str, str | None]
) -> Counts:
    """What other choices of one resource would do: dotted names, None follows the company. Raises WrongState when it is
    not connected."""
    company = await services.store.company(company_id)
    connection = await services.store.connection(company_id, resource_id)
    if company is None:
        raise errors.unknown_company()
    if connection is None:
        raise errors.not_connected()
    if not connection.status.live:
        raise errors.not_live(connection.status)
    merged = {**connection.overrides, **choices}
    overrides = {name: value for name, value in merged.items() if value is not None}
    return _named(await _of_connection(services, company, connection, effective(company.settings, overrides)))


async def preview_connecting(
    services: Services, company: Company, connection: Connection, outlook: Outlook
) -> tuple[Counts, Sequence[str]]:
    """What connecting a calendar would do: all that is there already is known by its marks, as the import will. With
    the rules by which items would be skipped, the most frequent first."""
    ledger = BlankLedger(connection)
    found = await _of_ledger(services, company, ledger, connection.effective_settings(company), outlook)
    rules = [word.removeprefix(_SKIPPED) for word, _ in found.most_common() if word.startswith(_SKIPPED)]
    return _named(found), rules


async def preview_disabling(services: Services, company_id: str, resource_id: str) -> Counts:
    """How many copies would go from each calendar if the future ones were removed, and how many would stay.

    From what is remembered: no calendar is read. Raises WrongState when there is no connection.
    """
    connection = await services.store.connection(company_id, resource_id)
    if connection is None or connection.mailbox is None:
        raise errors.not_connected()
    ledger, now = await _patiently_open(services, connection), services.now()
    try:
        copies = [link async for link in ledger.links() if link.copy is not None or link.state is LinkState.INTENDED]
    finally:
        await _give_back(ledger)
    future = Counter(link.origin.other for link in copies if has_future_copy(link, now))
    return {
        "removed_in_outlook": future[Side.OUTLOOK],
        "removed_in_timify": future[Side.TIMIFY],
        "kept": len(copies) - future.total(),
    }


async def _of_connection(
    services: Services, company: Company, connection: Connection, settings: Settings, *, patience: int = _PATIENCE
) -> Counter[str]:
    ledger = await _patiently_open(services, connection, patience)
    try:
        return await _of_ledger(services, company, ledger, settings)
    finally:
        await _give_back(ledger)


async def _of_ledger(
    services: Services, company: Company, ledger: Ledger, settings: Settings, outlook: Outlook | None = None
) -> Counter[str]:
    desk = open_desk(services, company, ledger, "preview", settings=settings, outlook=outlook)
    desk.anew = await without_links(ledger)
    start, window, counts = desk.ctx.window.start, desk.ctx.window, Counter[str]()
    width = width_of(await desk.outlook.count(window) + await desk.timify.count(window))
    while start < window.end:
        end = min(start + width, window.end)
        counts += await _of_slice(desk, Span(start, end))
        start = end
    return counts


async def _patiently_open(services: Services, connection: Connection, patience: int = _PATIENCE) -> Ledger:
    for _ in range(patience):
        ledger = await services.store.open(connection.company_id, connection.resource_id, services.now())
        if ledger is not None:
            return ledger
        await asyncio.sleep(0.5)
    raise errors.busy()


async def _give_back(ledger: Ledger) -> None:
    """Who took the lease over, because looking took long, took nothing away: nothing was written."""
    with suppress(LeaseLost):
        await ledger.close(ledger.state)


async def _of_slice(desk: Desk, part: Span) -> Counter[str]:
    slice_ = await read_slice(desk, part)
    items = sorted(
        (item for item in slice_.beginning() if not slice_.is_copy(item)),
        key=lambda item: (item.side is Side.OUTLOOK, slice_.start_of(item), item.id),
    )
    return Counter([_outcome(desk, slice_, item) for item in items])


def _outcome(desk: Desk, slice_: Slice, item: Item) -> str:
    link = slice_.link_of(item)
    copy = slice_.copy_of(link)
    decision = plan(desk.ctx, Case(link=link, origin=item, copy=copy or UNREAD), desk.picture)
    if decision.link is not None:
        desk.picture.put(decision.link)
    return _word(decision)


def _word(decision: Decision) -> str:
    if any(isinstance(write, Create) for write in decision.writes):
        return "created"
    if decision.conflict is not None or (decision.link and decision.link.state is LinkState.HELD):
        return "conflicts"
    if decision.link is not None and decision.link.state is LinkState.LINKED:
        return "linked"
    return f"{_SKIPPED}{decision.rule}"


def _named(counts: Mapping[str, int]) -> Counts:
    named = dict.fromkeys(_WORDS, 0)
    for word, number in counts.items():
        named[word.partition(":")[0]] += number
    return named
