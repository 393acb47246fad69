"""Jobs that read and write no calendar, and so take no lease. Each answers how it ended, in one word."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from shared.domain.failures import Stale, Transient
from shared.sync.access import CannotUnseal
from shared.sync.connections import update
from shared.sync.ports import Wake
from shared.sync.services import Services
from shared.telemetry import logger

log = logger(__name__)


async def _refresh_resource(services: Services, wake: Wake) -> str:
    """TIMIFY says that a resource changed: its time zone and working times decide what rounds do."""
    known = await services.store.connection(wake.company_id, wake.resource_id)
    if known is None or known.mailbox is None:
        return "dormant"
    resource = await services.directory.resource(wake.company_id, wake.resource_id)
    if resource is not None:
        await update(
            services,
            wake.company_id,
            wake.resource_id,
            lambda now: replace(now, timezone=resource.timezone, working_times=resource.working_times),
        )
    return "done"


async def _reseal(services: Services, wake: Wake) -> str:
    """Seal the tokens with the newest key. What is saved meanwhile is not written over. What no key opens stays as it
    is: the next round finds that out, and says so to those who can mend it."""
    try:
        done = await services.vault.reseal(wake.company_id, wake.resource_id)
    except CannotUnseal:
        log.warning("tokens were not resealed: no key opens them")
        return "done"
    except Stale as failure:
        raise Transient("vault") from failure
    if done:
        log.info("tokens were resealed")
    return "done"


BESIDE_ROUNDS: Mapping[str, Callable[[Services, Wake], Awaitable[str]]] = {
    "resource": _refresh_resource,
    "reseal": _reseal,
}
