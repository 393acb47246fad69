"""Everything that is kept about one resource, wherever it lies: to be shown, or erased.

Rows that are found by another key than the resource's are found by their columns: a look at a whole table, for the few
times that somebody asks.
"""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from shared.domain.failures import Stale
from shared.storage import agenda, calendars, keys, mails, renewals
from shared.storage.fence import TABLE
from shared.storage.tables import Row, Tables, between, text
from shared.sync.keeping import Kept

HIDDEN = frozenset(
    {"PartitionKey", "etag", "v", "lo", "hi", "delta_link", "sign_in", "link"}
    | {"lease_token", "lease_until", "lease_step"}
)
"""Keys of rows, secrets, and what only serves to find or lock."""
ELSEWHERE = {"renewal": renewals.TABLE, "errand": agenda.TABLE, "calendar": calendars.TABLE}
"""Rows that name the resource in their columns, by kind."""


def shown(kind: str, row: Row) -> Kept:
    """A row as it may be exported."""
    columns = {name: _value(value) for name, value in row.items() if name not in HIDDEN | {"RowKey"}}
    return Kept(kind, str(row["RowKey"]), columns)


async def of_resource(tables: Tables, company_id: str, resource_id: str) -> AsyncIterator[Kept]:
    """Every row of a resource but its tokens and invitations, which have doors of their own."""
    company = keys.partition(company_id)
    prefixes = {
        "connection": keys.connection_prefix(resource_id),
        "link": keys.link_prefix(resource_id),
        "pointer": keys.copy_prefix(resource_id),
        "conflict": keys.conflict_prefix(resource_id),
        "log": keys.log_prefix(resource_id),
    }
    for kind, prefix in prefixes.items():
        async for page in tables.query(TABLE, between(company, prefix)):
            for row in page:
                yield shown("state" if row["RowKey"] == keys.state_row(resource_id) else kind, row)
    async for page in tables.query(TABLE, between(company, "booking!")):
        for row in page:
            if keys.booking_of_resource(row["RowKey"]) == resource_id:
                yield shown("pointer", row)
    async for page in tables.query(mails.TABLE, between(company, keys.resource_prefix(resource_id))):
        for row in page:
            yield shown("mail", row)
    for kind, table, where in _elsewhere(company_id, resource_id):
        async for page in tables.query(table, where):
            for row in page:
                yield shown(kind, row)


async def forget_elsewhere(tables: Tables, company_id: str, resource_id: str = "") -> None:
    """Erase the rows that name a resource, or a company, in their columns. What is another's by now stays."""
    for _, table, where in _elsewhere(company_id, resource_id):
        await forget(tables, table, where)


async def forget(tables: Tables, table: str, where: str) -> None:
    """Erase rows of many partitions, unless they changed since they were found."""
    async for page in tables.query(table, where, select=["PartitionKey", "RowKey"]):
        for row in page:
            with suppress(Stale):
                await tables.delete(table, row["PartitionKey"], row["RowKey"], row["etag"])


def named(company_id: str, resource_id: str = "") -> str:
    """The filter for rows that name a resource, or a company, in their columns."""
    mine = f"company eq {text(keys.partition(company_id))}"
    return f"{mine} and resource eq {text(keys.valid('resource id', resource_id))}" if resource_id else mine


def _elsewhere(company_id: str, resource_id: str) -> list[tuple[str, str, str]]:
    """(kind, table, filter). A mail's second row names the mail, by its key."""
    found = [(kind, table, named(company_id, resource_id)) for kind, table in ELSEWHERE.items()]
    message = named(company_id)
    if resource_id:
        message += f" and mail ge {text(f'{resource_id}!')} and mail lt {text(f'{resource_id}"')}"
    return [*found, ("message", mails.TABLE, message)]


def _value(value: Any) -> Any:
    """Nested data is JSON in a column."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        with suppress(ValueError):
            return json.loads(value)
    return value
