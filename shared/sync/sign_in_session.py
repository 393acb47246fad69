"""A Microsoft sign-in under way, sealed into its invitation and bound to the browser that began it."""

import hmac
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from shared.sync.access import CannotUnseal, SignedIn
from shared.sync.keeping import Invitation
from shared.sync.one_time import token_hash
from shared.sync.services import Services

LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`browser` is the hash of the browser's secret. `flow` waits for Microsoft's answer; `account`, `access_token` and
    `grant` are there once it came."""

    token: str = field(repr=False)
    browser: str
    since: datetime
    flow: str = field(default="", repr=False)
    account: str = ""
    username: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    grant: str = field(default="", repr=False)

    def signed_in(self, result: SignedIn, now: datetime) -> "Session":
        """The session after Microsoft's answer; its flow cannot be used again."""
        return replace(
            self,
            since=now,
            flow="",
            account=result.account,
            username=result.username,
            access_token=result.access_token,
            grant=result.grant,
        )

    def spent(self) -> "Session":
        """What is left once it has connected a calendar: which browser did it. Every secret of Microsoft's is gone."""
        return Session(token=self.token, browser=self.browser, since=self.since)


def new_session(token: str, browser: str, flow: str, now: datetime) -> Session:
    """A sign-in that begins now in the browser that holds the secret `browser`."""
    return Session(token=token, browser=token_hash(browser), since=now, flow=flow)


def sealed(services: Services, session: Session) -> str:
    """The session as the invitation keeps it."""
    text = json.dumps(asdict(session) | {"since": session.since.isoformat()})
    return services.sealer.seal(text, _context(token_hash(session.token)))


def opened(services: Services, invitation: Invitation, browser: str) -> Session | None:
    """The invitation's session; None when there is none, it is too old, or another browser began it."""
    if not invitation.sign_in or not browser:
        return None
    try:
        data = json.loads(services.sealer.unseal(invitation.sign_in, _context(invitation.token_hash)))
    except CannotUnseal:
        return None
    session = Session(**data | {"since": datetime.fromisoformat(data["since"])})
    if not hmac.compare_digest(session.browser, token_hash(browser)):
        return None
    return session if services.now() - session.since < LASTS else None


def _context(hash_of_token: str) -> str:
    return f"sign_in|{hash_of_token}"
