"""The overview: a company's resources as TIMIFY knows them, each with how its connection fares."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.accounts import Connection, Progress, RoundState, Status
from shared.sync.companies import answered, resource_of
from shared.sync.errors import unknown_resource
from shared.sync.ports import Resource
from shared.sync.services import Services

LABELS = {
    Status.NOT_INVITED: "Invite",
    Status.AWAITING_CONFIRMATION: "Awaiting Confirmation",
    Status.CONNECTED: "Synced",
    Status.RECONNECT_NEEDED: "Reconnect needed",
    Status.PAUSED: "Paused",
    Status.FAILED: "Could not connect",
    Status.DISABLED: "Disabled",
}
"""Of every status but importing, which tells how far it is."""
INVITABLE = frozenset(
    {Status.NOT_INVITED, Status.AWAITING_CONFIRMATION, Status.RECONNECT_NEEDED, Status.FAILED, Status.DISABLED}
)
"""Who is helped by a link in an e-mail."""
_UNREMARKABLE = (Status.NOT_INVITED, Status.DISABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceView:
    """One line of the overview. `gone`: connected once, but TIMIFY no longer knows the resource (its name is empty)."""

    resource: Resource
    connection: Connection
    state: RoundState
    gone: bool = False

    @property
    def status(self) -> Status:
        return self.connection.status

    @property
    def label(self) -> str:
        """The status in TIMIFY's words."""
        if self.status is Status.IMPORTING:
            return f"Importing {self.percent} %"
        return LABELS[self.status]

    @property
    def percent(self) -> int:
        """How much of a whole reading is done, 0 to 99."""
        return self.state.progress.percent if self.state.progress else 0

    @property
    def invitable(self) -> bool:
        """Would an invitation reach somebody, and be of use?"""
        return not self.gone and bool(self.resource.email.strip()) and self.status in INVITABLE

    @property
    def order(self) -> tuple[bool, str, str]:
        """By name; what TIMIFY no longer knows comes last."""
        return self.gone, self.resource.name.casefold(), self.resource.id


async def overview(services: Services, company_id: str) -> list[ResourceView]:
    """Every resource of the company, and every connection whose resource is gone. Raises timify-unreachable."""
    resources, known = await asyncio.gather(_resources(services, company_id), _connections(services, company_id))
    views = [_view(company_id, resource, *known.pop(resource.id, (None, None))) for resource in resources]
    return views + [
        _view(company_id, Resource(id=resource_id, name=""), connection, state, gone=True)
        for resource_id, (connection, state) in known.items()
        if connection.status not in _UNREMARKABLE
    ]


async def statuses_now(services: Services, company_id: str, resource_ids: Iterable[str]) -> list[ResourceView]:
    """Some lines as they are now, without names. TIMIFY is asked only where an e-mail address matters.

    Raises timify-unreachable."""
    ids = list(dict.fromkeys(resource_ids))
    found = await asyncio.gather(*(services.store.connection(company_id, each) for each in ids))
    states = await asyncio.gather(*(services.store.state(company_id, each) for each in ids))
    known: dict[str, Resource] = {}
    if any(connection is None or connection.status in INVITABLE for connection in found):
        known = {resource.id: resource for resource in await _resources(services, company_id)}
    return [
        _view(company_id, known.get(each, Resource(id=each, name="")), connection, state)
        for each, connection, state in zip(ids, found, states, strict=True)
    ]


async def resource_view(services: Services, company_id: str, resource_id: str) -> ResourceView:
    """One line of the overview. Raises unknown-resource, timify-unreachable."""
    connection = await services.store.connection(company_id, resource_id)
    resource = await resource_of(services, company_id, resource_id)
    if resource is None and (connection is None or connection.status in _UNREMARKABLE):
        raise unknown_resource()
    state = await services.store.state(company_id, resource_id) if connection else None
    shown = resource or Resource(id=resource_id, name="")
    return _view(company_id, shown, connection, state, gone=resource is None)


def matching(views: Iterable[ResourceView], statuses: Iterable[Status], text: str) -> list[ResourceView]:
    """The views with one of `statuses` (any, when none is named) and `text` in name or e-mail address, in any case."""
    wanted, needle = frozenset(statuses), text.strip().casefold()
    return [
        view
        for view in views
        if (not wanted or view.status in wanted)
        and (needle in view.resource.name.casefold() or needle in view.resource.email.casefold())
    ]


def numbers(views: Iterable[ResourceView]) -> dict[Status, int]:
    """How many views have each status; those that nobody has are left out."""
    found = Counter(view.status for view in views)
    return {status: found[status] for status in Status if found[status]}


def invited_by_all(views: Iterable[ResourceView], statuses: Iterable[Status]) -> list[ResourceView]:
    """Whom "invite all" means: those of the statuses that are looked at; where all are, who was never invited."""
    wanted = frozenset(statuses) or {Status.NOT_INVITED}
    return [view for view in views if view.invitable and view.status in wanted]


def expected_end(progress: Progress, now: datetime) -> datetime | None:
    """When a whole reading should be done, from its pace so far; None while there is no telling."""
    if not progress.started_at or progress.done <= 0 or progress.total <= progress.done:
        return None
    pace = (now - progress.started_at) / progress.done
    return now + pace * (progress.total - progress.done)


async def _resources(services: Services, company_id: str) -> Sequence[Resource]:
    return await answered(services.directory.resources(company_id))


async def _connections(services: Services, company_id: str) -> dict[str, tuple[Connection, RoundState]]:
    return {c.resource_id: (c, state) async for c, state in services.store.connections(company_id, brief=True)}


def _view(
    company_id: str, resource: Resource, connection: Connection | None, state: RoundState | None, gone: bool = False
) -> ResourceView:
    nothing_yet = Connection(company_id=company_id, resource_id=resource.id)
    return ResourceView(resource=resource, connection=connection or nothing_yet, state=state or RoundState(), gone=gone)
