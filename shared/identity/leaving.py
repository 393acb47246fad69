"""The link by which a person ends the sync of their own calendar, from any of our e-mails.

It is good for one connection, also after its person signed in again; a later one of the same resource, or one with
another calendar, has another moment of joining, and other links.
"""

from datetime import datetime, timedelta

from shared.sync.access import Signer

LASTS = timedelta(days=400)
_PURPOSE = "leave"


def leave_token(signer: Signer, company_id: str, resource_id: str, joined_at: datetime, now: datetime) -> str:
    """One segment of a path: `{base}/leave/{token}`."""
    return signer.issue(_PURPOSE, f"{company_id}|{resource_id}|{int(joined_at.timestamp())}", now + LASTS)


def read_leave_token(signer: Signer, token: str, now: datetime) -> tuple[str, str, int] | None:
    """(company, resource, seconds of `joined_at`) of a token that we made and that is still good; None otherwise."""
    text = signer.read(_PURPOSE, token, now)
    if text is None:
        return None
    company_id, resource_id, connected = text.split("|")
    return company_id, resource_id, int(connected)
