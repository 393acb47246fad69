"""What may be told of a queue message, and what to send so that its work is done after all."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.storage.queues import EMAILS
from shared.storage.wakes import wake_from_json

_WORD = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")
_MAIL_TEXTS = ("kind", "company_id", "resource_id", "at", "cause", "link", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Ids and codes of one message. `what` is a round's job or a mail's kind; `again` the text to send."""

    company_id: str
    resource_id: str
    what: str
    cause: str
    at: datetime
    tries: int
    again: str


def read(queue: str, content: str) -> Told | None:
    """Read a message of `queue` (or of its poison queue) as the app would; None when it could not."""
    try:
        text = base64.b64decode(content, validate=True).decode("utf-8")
        told = _mail(text) if queue == EMAILS else _wake(text)
    except ValueError:
        return None
    words = (told.company_id, told.what, *filter(None, (told.resource_id, told.cause)))
    return told if all(_WORD.fullmatch(word) for word in words) else None


def _wake(text: str) -> Told:
    """A round is sent with its own `at`, so that what has been read meanwhile is not read again, and with its tries
    forgotten: they only made it wait longer and longer."""
    wake = wake_from_json(text)
    data = {name: value for name, value in json.loads(text).items() if name not in ("tries", "doubts")}
    return Told(
        company_id=wake.company_id,
        resource_id=wake.resource_id,
        what=wake.job,
        cause=wake.cause,
        at=wake.at,
        tries=wake.tries,
        again=json.dumps(data, separators=(",", ":")),
    )


def _mail(text: str) -> Told:
    """A mail is sent as it is, with its tries forgotten. Its cause may name an invitation and is not shown; its link
    stays sealed."""
    data: Any = json.loads(text)
    if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in _MAIL_TEXTS):
        raise ValueError("no mail of ours")
    counts = data.get("counts")
    if not isinstance(counts, list) or [type(count) for count in counts] != [int, int]:
        raise ValueError("no mail of ours")
    return Told(
        company_id=data["company_id"],
        resource_id=data["resource_id"],
        what=data["kind"],
        cause="",
        at=datetime.fromisoformat(data["at"]),
        tries=int(data.pop("tries", 0)),
        again=json.dumps(data, separators=(",", ":"), ensure_ascii=False),
    )
