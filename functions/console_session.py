"""The short-lived address by which TIMIFY opens the administrator's pages of one company."""

from datetime import datetime, timedelta

from shared.sync.services import Services

PURPOSE = "console"
VALID = timedelta(minutes=15)


def open_session(services: Services, company_id: str) -> tuple[str, datetime]:
    """(address, until when it opens) of a company's pages. The token speaks for this company and no other."""
    expires = services.now() + VALID
    token = services.signer.issue(PURPOSE, company_id, expires)
    return f"{services.config.public_base_url}/console?session={token}", expires


def company_of_session(services: Services, token: str) -> str | None:
    """The company that a token speaks for; None when it is not ours or no longer good."""
    return services.signer.read(PURPOSE, token, services.now())
