"""The mails' rows, a queue and a carrier in memory."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from shared.domain.failures import Stale
from shared.email.carriers import Envelope
from shared.email.records import MailRecord

type Occasion = tuple[str, str, str, str]


class FakeMails:
    """See `shared.email.records.Mails`."""

    def __init__(self) -> None:
        self.rows: dict[Occasion, MailRecord] = {}
        self._numbers = count(1)

    async def get(self, company_id: str, resource_id: str, kind: str, cause: str) -> MailRecord | None:
        return self.rows.get((company_id, resource_id, kind, cause))

    async def save(self, record: MailRecord) -> MailRecord:
        found = self.rows.get(_occasion(record))
        if (found.etag if found else "") != record.etag:
            raise Stale("etag")
        self.rows[_occasion(record)] = replace(record, etag=f"etag-{next(self._numbers)}")
        return self.rows[_occasion(record)]

    async def forget(self, record: MailRecord) -> None:
        self.rows.pop(_occasion(record), None)

    async def forget_older(self, company_id: str, resource_id: str, before: datetime) -> None:
        self.rows = {
            occasion: row
            for occasion, row in self.rows.items()
            if occasion[:2] != (company_id, resource_id) or row.at >= before
        }

    async def find(self, message_id: str) -> MailRecord | None:
        rows = self.rows.values()
        return next((row for row in rows if message_id and row.message_id.lower() == message_id.lower()), None)


class FakeQueue:
    """The queue `emails`: (text, delay in seconds) of what was put there."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, float]] = []

    async def put(self, message: dict[str, Any], delay: float = 0) -> None:
        self.sent.append((json.dumps(message), delay))

    def take(self) -> list[str]:
        """What waits there, however long it shall; it is then gone."""
        taken, self.sent = [text for text, _ in self.sent], []
        return taken


async def nothing(envelope: Envelope) -> None:
    """No trouble."""


class FakeCarrier:
    """Remembers what arrived. `before` and `after` it takes a mail, trouble may be raised. `asks`: it can find out
    what became of an earlier try, as ACS can and SES cannot."""

    def __init__(self, *, asks: bool = True) -> None:
        self.asks = asks
        self.arrived: list[Envelope] = []
        self.before: Callable[[Envelope], Awaitable[None]] = nothing
        self.after: Callable[[Envelope], Awaitable[None]] = nothing

    async def carry(self, envelope: Envelope, *, again: bool = False) -> str:
        if again and not self.asks:
            return ""
        if not again or all(each.once != envelope.once for each in self.arrived):
            await self.before(envelope)
            self.arrived.append(envelope)
            await self.after(envelope)
        return envelope.operation_id


def _occasion(record: MailRecord) -> Occasion:
    return record.company_id, record.resource_id, record.kind, record.cause
