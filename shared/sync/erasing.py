"""Export and erasure of everything that is kept about one resource.

Erasing ends the sync as disabling does, and then leaves no row. There is no tombstone: a message that comes later finds
no connection, and makes none.
"""

from collections import Counter
from typing import Any

from shared.domain.accounts import Status
from shared.sync.disable import KEEP, REMOVE_FUTURE, disable, take_apart
from shared.sync.keeping import Kept, Ledger
from shared.sync.ports import Wake
from shared.sync.services import Services
from shared.telemetry import logger

log = logger(__name__)

JOB = "erase"
TOLD_FIRST = 60.0
"""Seconds before the rows go: the mail that the sync has ended is sent by then."""
_NEVER_BEGUN = (Status.NOT_INVITED, Status.DISABLED)


async def export_resource(services: Services, company_id: str, resource_id: str) -> dict[str, Any]:
    """All that is kept about a resource, by kind, as it is stored (docs/storage.md). Of tokens only whether there are
    any; keys, sealed links and the delta link, which is one, are left out."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for each in await _kept(services, company_id, resource_id):
        rows.setdefault(each.kind, []).append({"key": each.key, **each.columns})
    return {
        "company": company_id,
        "resource": resource_id,
        "exported_at": services.now().isoformat(timespec="seconds"),
        "tokens": await services.vault.holds(company_id, resource_id),
        "kept": rows,
    }


async def left_of(services: Services, company_id: str, resource_id: str) -> dict[str, int]:
    """How many rows of each kind are kept about a resource, tokens among them; empty when nothing is."""
    counts = Counter(each.kind for each in await _kept(services, company_id, resource_id))
    if await services.vault.holds(company_id, resource_id):
        counts["tokens"] = 1
    return dict(counts)


async def erase_resource(services: Services, company_id: str, resource_id: str, copies: str = REMOVE_FUTURE) -> None:
    """End the sync of a resource and erase everything that is kept about it, in the background. `copies`: remove the
    future ones, or keep them. Asking again finishes what broke off; of a resource of which nothing is kept it does
    nothing. Who is connected again meanwhile stays."""
    connection = await services.store.connection(company_id, resource_id)
    running = connection is not None and connection.status not in _NEVER_BEGUN
    if running:
        await disable(services, company_id, resource_id, copies)
    wake = Wake(
        company_id=company_id,
        resource_id=resource_id,
        cause="person",
        at=services.now(),
        job=JOB,
        keep=copies == KEEP,
    )
    await services.wakes.put(wake, delay=TOLD_FIRST if running else 0)


async def run(services: Services, ledger: Ledger, wake: Wake) -> None:
    """The worker's part, under the lease: no round writes meanwhile. The lease goes with the rest."""
    company_id, resource_id = wake.company_id, wake.resource_id
    connected = ledger.connection.mailbox is not None and await services.store.company(company_id) is not None
    if connected and not await take_apart(services, ledger, wake, remove=not wake.keep):
        return
    await forget(services, company_id, resource_id)
    log.info("erased a resource")


async def forget(services: Services, company_id: str, resource_id: str) -> None:
    """Erase the tokens, the invitations, every row of a resource, and its messages that were given up. Whatever is gone
    already is fine."""
    await services.vault.destroy(company_id, resource_id)
    services.tokens.forget(company_id, resource_id)
    await services.invitations.forget(company_id, resource_id)
    await services.store.forget_connection(company_id, resource_id)
    await services.given_up.forget(company_id, resource_id)


async def _kept(services: Services, company_id: str, resource_id: str) -> list[Kept]:
    rows = [each async for each in services.store.kept(company_id, resource_id)]
    return rows + [each async for each in services.invitations.kept(company_id, resource_id)]
