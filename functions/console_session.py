"""The short-lived address by which TIMIFY opens the administrator's pages of one company."""

from datetime import datetime, timedelta

from shared.identity.signing import Signer
from shared.sync.services import Services

PURPOSE = "console"
VALID = timedelta(minutes=15)


def open_session(services: Services, company_id: str) -> tuple[str, datetime]:
    """(address, until when it opens) of a company's pages. The token speaks for this company and no other."""
    expires = services.now() + VALID
    token = Signer(services.config.signing_keys).issue(PURPOSE, company_id, expires)
    return f"{services.config.public_base_url}/console?session={token}", expires


def company_of_session(services: Services, token: str) -> str | None:
    """The company that a token speaks for; None when it is not ours or no longer good."""
    return Signer(services.config.signing_keys).read(PURPOSE, token, services.now())
