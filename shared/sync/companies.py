"""Companies: installing, what their plan allows, and the settings of company and resource."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace

from shared.domain.accounts import Company, Connection, LogLine, PrivacyPolicy, Status
from shared.domain.failures import Failure, Reason, Stale
from shared.domain.settings import Settings
from shared.sync import patience
from shared.sync.connections import update
from shared.sync.errands import check_tomorrow
from shared.sync.errors import (
    busy,
    not_eligible,
    policy_not_accepted,
    timify_unreachable,
    uninstalled,
    unknown_company,
    unknown_resource,
)
from shared.sync.patience import within
from shared.sync.ports import Resource, Wake
from shared.sync.retention import note
from shared.sync.services import Services

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What TIMIFY's backend says of a company. None leaves what is known, or takes the default of a new company."""

    plan: str
    locale: str | None = None
    timezone: str | None = None
    privacy_policy: PrivacyPolicy | None = None


async def install(services: Services, company_id: str, wish: Installation) -> tuple[Company, bool]:
    """Install or update a company, and let its connections follow its plan; True when it is newly installed.

    Raises not-eligible when a plan without the sync installs. A company that has the app and changes to such a plan
    is stored: its live connections pause, nothing is deleted, and a later upgrade resumes them. Asking again after
    a crash finishes what was left.
    """
    for _ in range(_ATTEMPTS):
        known = await services.store.company(company_id)
        fresh = known is None or known.uninstalled_at is not None
        company = _installed(services, company_id, known, wish) if fresh or known is None else _updated(known, wish)
        try:
            company = await services.store.save_company(company)
        except Stale:
            continue
        await _follow_plan(services, company)
        return company, fresh
    raise busy()


async def known_company(services: Services, company_id: str) -> Company:
    """The company, whether or not it has accepted the privacy policy. Raises unknown-company, uninstalled."""
    company = await services.store.company(company_id)
    if company is None:
        raise unknown_company()
    if company.uninstalled_at is not None:
        raise uninstalled()
    return company


async def consenting_company(services: Services, company_id: str) -> Company:
    """The company, when it may use the app. Raises unknown-company, uninstalled, policy-not-accepted."""
    company = await known_company(services, company_id)
    if company.privacy_policy is None:
        raise policy_not_accepted()
    return company


async def accept_policy(services: Services, company_id: str, version: str, who: str) -> Company:
    """Note who accepted this version of the privacy policy, and when: the first one counts. Raises as `known_company`,
    and busy."""
    for _ in range(_ATTEMPTS):
        company = await known_company(services, company_id)
        if company.privacy_policy and company.privacy_policy.version == version:
            return company
        policy = PrivacyPolicy(version=version, accepted_by=who, accepted_at=services.now())
        try:
            return await services.store.save_company(replace(company, privacy_policy=policy))
        except Stale:
            continue
    raise busy()


async def change_settings(
    services: Services, company_id: str, settings: Settings, *, version: int | None = None
) -> Company:
    """Replace the company's settings. The version counts real changes only. With `version`, only when nobody else has
    changed them since. Raises busy, and as `consenting_company`."""
    for _ in range(_ATTEMPTS):
        company = await consenting_company(services, company_id)
        if company.settings == settings:
            return company
        if version is not None and version != company.settings_version:
            raise busy()
        changed = replace(company, settings=settings, settings_version=company.settings_version + 1)
        try:
            return await services.store.save_company(changed)
        except Stale:
            continue
    raise busy()


async def connection_of(services: Services, company_id: str, resource_id: str) -> Connection:
    """The connection of a resource, a fresh one when nothing happened to it yet. Raises unknown-resource."""
    connection = await services.store.connection(company_id, resource_id)
    if connection is not None:
        return connection
    resource = await resource_of(services, company_id, resource_id)
    if resource is None:
        raise unknown_resource()
    return Connection(
        company_id=company_id,
        resource_id=resource_id,
        timezone=resource.timezone,
        working_times=resource.working_times,
    )


async def resource_of(services: Services, company_id: str, resource_id: str) -> Resource | None:
    """The resource as TIMIFY knows it, None when it does not. Raises timify-unreachable."""
    return await answered(services.directory.resource(company_id, resource_id))


async def answered[T](asked: Awaitable[T]) -> T:
    """What TIMIFY tells somebody who waits for it. Raises timify-unreachable."""
    try:
        return await within(patience.LONG, asked)
    except Failure as failure:
        raise timify_unreachable() from failure


async def change_overrides(
    services: Services, company_id: str, resource_id: str, choices: Mapping[str, str | None]
) -> Connection:
    """Lay a resource's own choices (dotted names) over the company's; None follows the company in that field again.

    Raises unknown-resource, timify-unreachable, busy.
    """

    def chosen(connection: Connection) -> Connection:
        merged: dict[str, str | None] = {**connection.overrides, **choices}
        return replace(connection, overrides={name: value for name, value in merged.items() if value is not None})

    await connection_of(services, company_id, resource_id)
    return await update(services, company_id, resource_id, chosen)


async def follow_company(services: Services, company_id: str, resource_id: str) -> Connection:
    """Drop all of a resource's own choices. Raises unknown-resource, timify-unreachable, busy."""
    await connection_of(services, company_id, resource_id)
    return await update(services, company_id, resource_id, lambda now: replace(now, overrides={}))


def _installed(services: Services, company_id: str, known: Company | None, wish: Installation) -> Company:
    """A company that comes, or comes back: its settings are still there, its consent must be given again."""
    base = replace(known, privacy_policy=None) if known else Company(id=company_id, plan=wish.plan)
    company = replace(_updated(base, wish), installed_at=services.now(), uninstalled_at=None)
    if not company.eligible:
        raise not_eligible(wish.plan)
    return company


def _updated(company: Company, wish: Installation) -> Company:
    return replace(
        company,
        plan=wish.plan,
        locale=wish.locale or company.locale,
        timezone=wish.timezone or company.timezone,
        privacy_policy=wish.privacy_policy or company.privacy_policy,
    )


async def _follow_plan(services: Services, company: Company) -> None:
    """Looks at every connection, not only at what just changed, so that a repeated request repairs a broken one."""
    connections = [connection async for connection, _ in services.store.connections(company.id)]
    for connection in connections:
        if company.eligible and _paused_by_plan(connection):
            await _resume(services, connection)
        elif not company.eligible and connection.status.live:
            await _pause(services, connection)


def _paused_by_plan(connection: Connection) -> bool:
    return connection.status is Status.PAUSED and connection.reason is Reason.PLAN_NOT_ELIGIBLE


async def _pause(services: Services, connection: Connection) -> None:
    def paused(now: Connection) -> Connection:
        if not now.status.live:
            return now
        return replace(now, status=Status.PAUSED, reason=Reason.PLAN_NOT_ELIGIBLE, paused_from=now.status)

    after = await update(services, connection.company_id, connection.resource_id, paused)
    if _paused_by_plan(after):
        await _note(services, connection, "paused")


async def _resume(services: Services, connection: Connection) -> None:
    def resumed(now: Connection) -> Connection:
        if not _paused_by_plan(now):
            return now
        return replace(now, status=now.paused_from or Status.CONNECTED, reason=None, paused_from=None)

    await check_tomorrow(services, connection.company_id, connection.resource_id)  # if it breaks off before the message
    now = await update(services, connection.company_id, connection.resource_id, resumed)
    if not now.status.live:
        return
    await _note(services, connection, "resumed")
    job = "import" if now.status is Status.IMPORTING else "catch_up"
    wake = Wake(
        company_id=now.company_id, resource_id=now.resource_id, cause="person", at=services.now(), job=job, outlook=True
    )
    await services.wakes.put(wake)


async def _note(services: Services, connection: Connection, rule: str) -> None:
    line = LogLine(at=services.now(), cause="plan", rule=rule, detail=Reason.PLAN_NOT_ELIGIBLE)
    await note(services, connection.company_id, connection.resource_id, line)
