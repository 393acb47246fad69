"""Changing a connection while others may do so too."""

from collections.abc import Callable

from shared.domain.accounts import Connection
from shared.domain.failures import Stale
from shared.sync import errors
from shared.sync.services import Services

_RACES = 5


async def update(
    services: Services, company_id: str, resource_id: str, change: Callable[[Connection], Connection]
) -> Connection:
    """Apply `change` to the connection as it is now, again when somebody else was faster. Raises WrongState (busy)."""
    for _ in range(_RACES):
        found = await services.store.connection(company_id, resource_id)
        now = found or Connection(company_id=company_id, resource_id=resource_id)
        changed = change(now)
        if changed == now:
            return now
        try:
            return await services.store.save_connection(changed)
        except Stale:
            continue
    raise errors.busy()
