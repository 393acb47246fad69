"""What is kept of every mail, so that one cause is never told twice and a bounce finds whom it concerns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

CARRYING, SENT, REFUSED = "carrying", "sent", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRecord:
    """One mail: ids and codes only. state: `carrying` from before it is given to the carrier until the answer is known.

    `message_id` is the carrier's, `code` why it was refused.
    """

    company_id: str
    resource_id: str
    kind: str
    cause: str
    at: datetime
    state: str = CARRYING
    message_id: str = ""
    code: str = ""
    etag: str = ""


class Mails(Protocol):
    """May raise the failures of `shared.domain.failures`."""

    async def get(self, company_id: str, resource_id: str, kind: str, cause: str) -> MailRecord | None: ...

    async def save(self, record: MailRecord) -> MailRecord:
        """Insert (no etag) or replace if nobody else did; Stale otherwise."""
        ...

    async def forget(self, record: MailRecord) -> None:
        """It was not sent: the next try is the first one. Raises Stale."""
        ...

    async def forget_older(self, company_id: str, resource_id: str, before: datetime) -> None:
        """Forget what was begun `before`."""
        ...

    async def find(self, message_id: str) -> MailRecord | None:
        """The mail of a carrier's message id; None for one that is not ours."""
        ...
