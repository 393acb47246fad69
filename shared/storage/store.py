"""Companies, connections and all that belongs to them, over the tables. See `shared.sync.keeping.Store`."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from shared.domain.accounts import Company, Connection, LogLine, Mailbox, RoundState, Status
from shared.domain.conflicts import Conflict
from shared.domain.failures import Throttled
from shared.domain.links import Link
from shared.storage import erase, kept, keys, mails
from shared.storage.agenda import Agenda
from shared.storage.calendars import Calendars
from shared.storage.fence import TABLE, take
from shared.storage.lease import LEASE
from shared.storage.ledger import TableLedger
from shared.storage.ledger_rows import conflict_from_row, conflict_to_row, link_from_row, log_from_row, log_to_row
from shared.storage.renewals import Renewals
from shared.storage.rows import (
    BRIEF,
    company_from_row,
    company_to_row,
    connection_from_row,
    connection_to_row,
    state_from_row,
)
from shared.storage.tables import Row, Tables, between, beyond, text
from shared.sync.keeping import Covered, Dormant, Errand, Kept, Renewal, renewal_of
from shared.sync.ports import Clock


class TableStore:
    """One store per process; it holds nothing but the ledgers that are open."""

    def __init__(self, tables: Tables, now: Clock, lease: timedelta = LEASE) -> None:
        self._tables = tables
        self._now = now
        self._lease = lease
        self._calendars = Calendars(tables)
        self._renewals = Renewals(tables)
        self._agenda = Agenda(tables)
        self._ledgers: WeakValueDictionary[tuple[str, str], TableLedger] = WeakValueDictionary()

    async def company(self, company_id: str) -> Company | None:
        row = await self._tables.get(TABLE, keys.partition(company_id), keys.COMPANY)
        return company_from_row(row) if row else None

    async def save_company(self, company: Company) -> Company:
        return replace(company, etag=await self._save(company_to_row(company), company.etag))

    async def connection(self, company_id: str, resource_id: str) -> Connection | None:
        row = await self._tables.get(TABLE, keys.partition(company_id), keys.connection_row(resource_id))
        return connection_from_row(row) if row else None

    async def save_connection(self, connection: Connection) -> Connection:
        return replace(connection, etag=await self._save(connection_to_row(connection), connection.etag))

    async def connections(
        self, company_id: str, *, brief: bool = False
    ) -> AsyncIterator[tuple[Connection, RoundState]]:
        connection: Connection | None = None
        where, columns = between(keys.partition(company_id), "connection!"), list(BRIEF) if brief else None
        async for page in self._tables.query(TABLE, where, select=columns):
            for row in page:
                if row["RowKey"].endswith("!self"):
                    if connection:
                        yield connection, RoundState()
                    connection = connection_from_row(row)
                elif connection and row["RowKey"] == keys.state_row(connection.resource_id):
                    yield connection, state_from_row(row)
                    connection = None
        if connection:
            yield connection, RoundState()

    async def every_company(self, company_id: str = "") -> AsyncIterator[Company]:
        async for row in self._everywhere(f"RowKey eq {text(keys.COMPANY)}", company_id):
            yield company_from_row(row)

    async def every_connection(
        self, company_id: str = "", statuses: Collection[Status] = tuple(Status)
    ) -> AsyncIterator[Connection]:
        where = " or ".join(f"status eq {text(status)}" for status in statuses)
        async for row in self._everywhere(where, company_id):
            yield connection_from_row(row)

    async def _everywhere(self, where: str, company_id: str) -> AsyncIterator[Row]:
        mine = f"PartitionKey eq {text(keys.partition(company_id))} and " if company_id else ""
        async for page in self._tables.query(TABLE, f"{mine}({where})"):
            for row in page:
                yield row

    async def state(self, company_id: str, resource_id: str) -> RoundState:
        row = await self._tables.get(TABLE, keys.partition(company_id), keys.state_row(resource_id))
        return state_from_row(row)

    async def open(
        self,
        company_id: str,
        resource_id: str,
        now: datetime,
        notified_at: datetime | None = None,
        *,
        running: bool = False,
    ) -> TableLedger | None:
        where = between(keys.partition(company_id), keys.connection_prefix(resource_id))
        found = {row["RowKey"]: row for row in await self._tables.rows(TABLE, where)}
        row = found.get(keys.connection_row(resource_id))
        connection = connection_from_row(row) if row else Connection(company_id=company_id, resource_id=resource_id)
        if running and not connection.status.live:
            raise Dormant
        state = found.get(keys.state_row(resource_id))
        if notified_at is not None and (seen := state_from_row(state).covered_until) and notified_at <= seen:
            raise Covered
        closed_until = state_from_row(state).closed_until
        if closed_until is not None and closed_until > now:
            raise Throttled("closed", (closed_until - now).total_seconds())
        fence = await take(self._tables, company_id, resource_id, state, now, self._lease)
        if fence is None:
            return None
        ledger = TableLedger(self._tables, self._now, self._lease, fence, connection, state_from_row(state))
        self._ledgers[company_id, resource_id] = ledger
        return ledger

    async def links(self, company_id: str, resource_id: str) -> AsyncIterator[Link]:
        where = between(keys.partition(company_id), keys.link_prefix(resource_id))
        async for page in self._tables.query(TABLE, where):
            for row in page:
                yield link_from_row(row)

    async def link(self, company_id: str, resource_id: str, key: str) -> Link | None:
        row = await self._tables.get(TABLE, keys.partition(company_id), keys.link_row(resource_id, key))
        return link_from_row(row) if row else None

    async def resources_with(self, company_id: str, appointment_id: str) -> Sequence[str]:
        where = between(keys.partition(company_id), keys.booking_prefix(appointment_id))
        rows = await self._tables.rows(TABLE, where, select=["RowKey"])
        return sorted({keys.booking_of_resource(row["RowKey"]) for row in rows})

    async def conflicts(self, company_id: str, resource_id: str) -> Sequence[Conflict]:
        where = between(keys.partition(company_id), keys.conflict_prefix(resource_id))
        return [conflict_from_row(row) for row in await self._tables.rows(TABLE, where)]

    async def company_conflicts(self, company_id: str) -> AsyncIterator[tuple[str, Conflict]]:
        async for page in self._tables.query(TABLE, between(keys.partition(company_id), "conflict!")):
            for row in page:
                yield row["RowKey"].split("!")[1], conflict_from_row(row)

    async def save_conflict(self, company_id: str, resource_id: str, conflict: Conflict) -> None:
        await self._tables.replace(TABLE, conflict_to_row(company_id, resource_id, conflict), "*")

    async def log(
        self, company_id: str, resource_id: str, limit: int, after: str
    ) -> tuple[Sequence[LogLine], str | None]:
        prefix = keys.log_prefix(resource_id)
        start = f"{prefix}{keys.valid('cursor', after)}~" if after else prefix
        rows: list[Row] = []
        async for page in self._tables.query(
            TABLE, beyond(keys.partition(company_id), prefix, start), page=min(limit + 1, 1000)
        ):
            rows += page
            if len(rows) > limit:
                break
        more = rows[limit - 1]["RowKey"].removeprefix(prefix) if len(rows) > limit else None
        return [log_from_row(row) for row in rows[:limit]], more

    async def append_log(self, company_id: str, resource_id: str, line: LogLine) -> None:
        await self._tables.put(TABLE, log_to_row(company_id, resource_id, line))

    async def claim_calendar(self, mailbox: Mailbox, company_id: str, resource_id: str) -> tuple[str, str] | None:
        return await self._calendars.claim(mailbox, company_id, resource_id)

    async def release_calendar(self, mailbox: Mailbox, company_id: str, resource_id: str) -> None:
        await self._calendars.release(mailbox, company_id, resource_id)

    async def users_of(self, account: str) -> Sequence[tuple[str, str]]:
        return await self._calendars.users_of(account)

    async def schedule_renewal(self, connection: Connection) -> None:
        if renewal := renewal_of(connection):
            await self._renewals.schedule(renewal)

    def due_renewals(self, until: datetime) -> AsyncIterator[Renewal]:
        return self._renewals.due(until)

    async def drop_renewals(self, renewals: Sequence[Renewal]) -> None:
        await self._renewals.drop(renewals)

    async def drop_renewal(self, subscription_id: str, expires: datetime) -> None:
        await self._renewals.drop_one(subscription_id, expires)

    async def schedule_errand(self, errand: Errand) -> None:
        await self._agenda.schedule(errand)

    def due_errands(self, until: datetime) -> AsyncIterator[Errand]:
        return self._agenda.due(until)

    async def drop_errands(self, errands: Sequence[Errand]) -> None:
        await self._agenda.drop(errands)

    async def forget_connection(self, company_id: str, resource_id: str) -> None:
        if connection := await self.connection(company_id, resource_id):
            await self._let_go(connection)
        company = keys.partition(company_id)
        # the fence first, so that a round under way writes no more
        await erase.range_of(self._tables, TABLE, between(company, keys.connection_prefix(resource_id)))
        await self.forget_links(company_id, resource_id)
        await erase.range_of(self._tables, TABLE, between(company, keys.log_prefix(resource_id)))
        await mails.erase(self._tables, company_id, resource_id)
        await kept.forget_elsewhere(self._tables, company_id, resource_id)

    def kept(self, company_id: str, resource_id: str) -> AsyncIterator[Kept]:
        return kept.of_resource(self._tables, company_id, resource_id)

    async def forget_links(self, company_id: str, resource_id: str) -> None:
        company = keys.partition(company_id)
        for prefix in (keys.link_prefix, keys.copy_prefix, keys.conflict_prefix):
            await erase.range_of(self._tables, TABLE, between(company, prefix(resource_id)))
        await erase.bookings_of(self._tables, TABLE, company, resource_id)
        if ledger := self._ledgers.get((company_id, resource_id)):
            ledger.forget()

    async def forget_company(self, company_id: str) -> None:
        async for connection, _ in self.connections(company_id):
            await self._let_go(connection)
        company = keys.partition(company_id)
        await erase.range_of(self._tables, TABLE, between(company, "connection!"))
        await erase.partition_of(self._tables, TABLE, company)
        await mails.erase(self._tables, company_id)
        await kept.forget_elsewhere(self._tables, company_id)

    async def forget_log(self, company_id: str, resource_id: str, before: datetime) -> None:
        start = keys.log_older(resource_id, before)
        where = beyond(keys.partition(company_id), keys.log_prefix(resource_id), start)
        await erase.range_of(self._tables, TABLE, where)

    async def _let_go(self, connection: Connection) -> None:
        if connection.mailbox:
            await self._calendars.release(connection.mailbox, connection.company_id, connection.resource_id)
        if connection.subscription_id and connection.subscription_expires:
            await self._renewals.drop_one(connection.subscription_id, connection.subscription_expires)

    async def _save(self, row: Row, etag: str) -> str:
        return await (self._tables.replace(TABLE, row, etag) if etag else self._tables.insert(TABLE, row))
