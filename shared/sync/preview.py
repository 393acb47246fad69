"""Preview: what settings would do, found out by planning everything and applying nothing."""

import asyncio
from collections import Counter
from dataclasses import replace

from shared.domain.accounts import Company, Connection
from shared.domain.cases import UNREAD, Case, Create, Decision
from shared.domain.items import Item, Side
from shared.domain.links import LinkState
from shared.domain.plan import plan
from shared.domain.settings import Settings
from shared.domain.spans import Span
from shared.sync import errors
from shared.sync.compare import Slice, read_slice
from shared.sync.desk import Desk
from shared.sync.keeping import Ledger
from shared.sync.rounds import open_desk
from shared.sync.services import Services
from shared.sync.sweep import SLICE

_PATIENCE = 20
"""Half seconds to wait for a connection that is busy with a round."""


async def preview(services: Services, company_id: str, settings: Settings) -> dict[str, int]:
    """How many items of all live connections would be created, stay linked, be skipped and be in conflict.

    Reads both calendars of each over the whole window. Raises Unknown, WrongState (busy), and what adapters raise.
    """
    company = await services.store.company(company_id)
    if company is None:
        raise errors.unknown_company()
    wished = replace(company, settings=settings)
    counts: Counter[str] = Counter()
    live = [c async for c, _ in services.store.connections(company_id) if c.status.live and c.mailbox]
    for connection in live:
        counts += await _of_connection(services, wished, connection)
    return {name: counts[name] for name in ("created", "linked", "skipped", "conflicts")}


async def _of_connection(services: Services, company: Company, connection: Connection) -> Counter[str]:
    ledger = await _patiently_open(services, connection)
    counts: Counter[str] = Counter()
    try:
        desk = open_desk(services, company, ledger, "preview")
        start = desk.ctx.window.start
        while start < desk.ctx.window.end:
            end = min(start + SLICE, desk.ctx.window.end)
            counts += await _of_slice(desk, Span(start, end))
            start = end
    finally:
        await ledger.close(ledger.state)
    return counts


async def _patiently_open(services: Services, connection: Connection) -> Ledger:
    for _ in range(_PATIENCE):
        ledger = await services.store.open(connection.company_id, connection.resource_id, services.now())
        if ledger is not None:
            return ledger
        await asyncio.sleep(0.5)
    raise errors.busy()


async def _of_slice(desk: Desk, part: Span) -> Counter[str]:
    slice_ = await read_slice(desk, part)
    items = sorted(
        (item for item in slice_.beginning() if not slice_.is_copy(item)),
        key=lambda item: (item.side is Side.OUTLOOK, slice_.start_of(item), item.id),
    )
    return Counter(_outcome(desk, slice_, item) for item in items)


def _outcome(desk: Desk, slice_: Slice, item: Item) -> str:
    link = slice_.link_of(item)
    copy = slice_.shown(link.origin.other, link.copy.id) if link.copy else UNREAD
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
    return "skipped"
