"""The key to the administrator's pages: who looks at which company, what they may do, and until when.

It travels in the address of the pages, because a frame of another site's gets no cookies where third-party cookies are
blocked. It is encrypted, so that an address tells nothing about anybody.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.sync.access import CannotUnseal, Sealer

LASTS = timedelta(hours=1)
"""How long one address is good."""
AT_MOST = timedelta(hours=12)
"""How long whoever goes on working gets new ones."""
_PURPOSE = "console"
_TOKEN = re.compile(r"[\w-]+\.[\w-]+", re.ASCII)


class Right(StrEnum):
    """What an administrator may do beside looking."""

    MANAGE_RESOURCES = "manage_resources"
    CHANGE_SETTINGS = "change_settings"
    DECIDE_CONFLICTS = "decide_conflicts"
    UNINSTALL = "uninstall"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession:
    """`language` is a locale, `name` is for showing and for the record of who accepted the privacy policy."""

    company_id: str
    name: str
    language: str
    rights: frozenset[Right]
    began: datetime
    expires: datetime

    def may(self, right: Right | None) -> bool:
        """Everybody who has a session may look."""
        return right is None or right in self.rights


def begin(company_id: str, name: str, language: str, rights: frozenset[Right], now: datetime) -> ConsoleSession:
    return ConsoleSession(
        company_id=company_id, name=name, language=language, rights=rights, began=now, expires=now + LASTS
    )


def renewed(session: ConsoleSession, now: datetime) -> ConsoleSession:
    """The session for the next page: a new hour once half of it is over, as long as `AT_MOST` allows."""
    if session.expires - now > LASTS / 2:
        return session
    return replace(session, expires=max(session.expires, min(now + LASTS, session.began + AT_MOST)))


def write(session: ConsoleSession, sealer: Sealer) -> str:
    """The session as one segment of a path."""
    content = {
        "c": session.company_id,
        "n": session.name,
        "l": session.language,
        "r": sorted(session.rights),
        "b": int(session.began.timestamp()),
        "e": int(session.expires.timestamp()),
    }
    return sealer.seal(json.dumps(content, separators=(",", ":")), _PURPOSE).rstrip("=")


def read(token: str, sealer: Sealer, now: datetime) -> ConsoleSession | None:
    """The session of a token that we wrote and that is still good; None otherwise."""
    body = token.partition(".")[2]
    if not _TOKEN.fullmatch(token):
        return None  # decoding would pass over the other characters, and pages show the address that they have
    try:
        content = json.loads(sealer.unseal(token + "=" * (-len(body) % 4), _PURPOSE))
    except (CannotUnseal, ValueError):
        return None
    session = ConsoleSession(
        company_id=content["c"],
        name=content["n"],
        language=content["l"],
        rights=frozenset(Right(right) for right in content["r"]),
        began=datetime.fromtimestamp(content["b"], UTC),
        expires=datetime.fromtimestamp(content["e"], UTC),
    )
    return session if now < session.expires else None
