"""A link that shows one conflict to its resource: signed, for looking only, and good for two weeks."""

from dataclasses import dataclass
from datetime import timedelta

from shared.domain.accounts import Company
from shared.domain.conflicts import Conflict
from shared.domain.failures import Failure
from shared.sync.errors import unknown_conflict
from shared.sync.patience import SHORT, within
from shared.sync.ports import Resource
from shared.sync.services import Services

LASTS = timedelta(days=14)
_PURPOSE = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a link shows. `conflict` is None once it is settled."""

    company: Company
    resource: Resource
    conflict: Conflict | None


def conflict_link(services: Services, company_id: str, resource_id: str, conflict_id: str) -> str:
    """The address that may be sent to the resource. It says the same for a whole day, so that a page that is drawn
    again shows the same link."""
    day = services.now().replace(hour=0, minute=0, second=0, microsecond=0)
    token = services.signer.issue(_PURPOSE, f"{company_id}~{resource_id}~{conflict_id}", day + LASTS)
    return f"{services.config.public_base_url}/conflict/{token}"


async def look(services: Services, token: str) -> Looked:
    """The conflict behind a link. Raises unknown-conflict for a link that is not ours or too old, and for a company
    that has left."""
    named = services.signer.read(_PURPOSE, token, services.now())
    if named is None:
        raise unknown_conflict()
    company_id, resource_id, conflict_id = named.split("~")
    company = await services.store.company(company_id)
    if company is None or company.uninstalled_at is not None:
        raise unknown_conflict()
    known = await services.store.conflicts(company_id, resource_id)
    conflict = next((each for each in known if each.id == conflict_id), None)
    return Looked(company=company, resource=await _resource(services, company, resource_id), conflict=conflict)


async def _resource(services: Services, company: Company, resource_id: str) -> Resource:
    """Without its name while TIMIFY does not answer, or does not know it any more."""
    try:
        found = await within(SHORT, services.directory.resource(company.id, resource_id))
    except Failure:
        found = None
    return found or Resource(id=resource_id, name="", timezone=company.timezone, locale=company.locale)
