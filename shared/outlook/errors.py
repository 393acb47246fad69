"""Graph's error answers in the words of our failures.

Codes come in an envelope whose inner errors are more specific than the outer one; messages are for people and are
never looked at. What stands where a code should be and is no single word is a message too: it may quote an event, and
codes are stored, logged and shown.
"""

import re
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from shared.domain.failures import Broken, Failure, Reason, Refused, Stale, Throttled, Transient

type Json = Any  # whatever json.loads gives: narrowed where it is read

ITEM_NOT_FOUND = "ErrorItemNotFound"
DUPLICATE_TRANSACTION = "ErrorDuplicateTransactionId"
UNREADABLE_RETRY_AFTER = 5.0
LONGEST_WISH = 3_600.0

_MAILBOX = {
    "MailboxNotEnabledForRESTAPI": Reason.MAILBOX_ON_PREMISES,
    "MailboxNotSupportedForRESTAPI": Reason.MAILBOX_ON_PREMISES,
    "ErrorNonExistentMailbox": Reason.MAILBOX_NOT_FOUND,
    "ErrorInvalidUser": Reason.MAILBOX_NOT_FOUND,
    "ResourceNotFound": Reason.MAILBOX_NOT_FOUND,
}
_LOST_LINK = frozenset(
    (
        *("syncstatenotfound", "syncstateinvalid", "errorinvalidsyncstatedata", "fullsyncrequired"),
        *("resyncrequired", "resyncapplydifferences", "resyncuploaddifferences"),
    )
)
_STALE = frozenset(("ErrorIrresolvableConflict",))
_PASSING = frozenset(
    (
        *("MailboxStoreUnavailable", "ResourceUnhealthy", "UnableToResolveUserId", "ErrorMailboxMoveInProgress"),
        *("ErrorServerBusy", "ErrorInternalServerTransientError", "ErrorTimeoutExpired"),
    )
)
_THROTTLED = frozenset(("ApplicationThrottled", "TooManyRequests", "activityLimitReached"))
_KNOWN = frozenset((*_MAILBOX, *_STALE, *_PASSING, *_THROTTLED, ITEM_NOT_FOUND, DUPLICATE_TRANSACTION))
_FOR_GOOD = frozenset((501, 507))
_DEPTH = 8
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")


def most_specific(body: Json) -> str:
    """The innermost code that we know, else the innermost one that is a word, else ""."""
    codes = [code for code in _codes(body) if _WORD.fullmatch(code)]
    known = [code for code in codes if code in _KNOWN or code.lower() in _LOST_LINK]
    return (known or codes or [""])[-1]


def lost_link(status: int, code: str) -> bool:
    """Does the answer to a delta link mean that Graph has forgotten it?"""
    return status == 410 or (400 <= status < 500 and code.lower() in _LOST_LINK)


def existing_event(body: Json) -> str:
    """The event that took our transactionId already, when Graph names it."""
    for level in _levels(body):
        named = level.get("@event.existingEventId")
        if isinstance(named, str):
            return named
    return ""


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds to wait, an hour at most: the header is an integer, a decimal or an HTTP date. None: nothing to read."""
    if not header:
        return None
    try:
        wait = float(header)
    except ValueError:
        try:
            wait = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return min(max(0.0, wait), LONGEST_WISH) if isfinite(wait) else None


def is_throttled(status: int, code: str, wait: float | None) -> bool:
    """Did Graph ask us to slow down (rather than fail)?"""
    return status == 429 or (status == 503 and (wait is not None or code in _THROTTLED))


def is_passing(status: int, code: str) -> bool:
    """May the same call work in a moment?"""
    return code in _PASSING or status == 408 or (status >= 500 and status not in _FOR_GOOD)


def failure_of(status: int, code: str, wait: float | None = None) -> Failure:
    """What an error answer means for the caller. The client has tried a fresh token already, or ran out of tries."""
    word = code or str(status)
    if code in _MAILBOX:
        return Broken(_MAILBOX[code], word)
    if is_throttled(status, code, wait):
        return Throttled(word, UNREADABLE_RETRY_AFTER if wait is None else wait)
    if code == DUPLICATE_TRANSACTION:
        return Refused(word)
    if status in (409, 412) or code in _STALE:
        return Stale(word)
    if status == 403 and not code:  # not Graph's: its refusals have a code
        return Transient(word)
    # a 404 that is not about the item: the mailbox may be moving, and nothing may be believed gone
    if is_passing(status, code) or status < 400 or status in (401, 410) or (status == 404 and code != ITEM_NOT_FOUND):
        return Transient(word)
    return Refused(word)


def _codes(body: Json) -> list[str]:
    return [code for level in _levels(body) if isinstance(code := level.get("code"), str)]


def _levels(body: Json) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    level = body.get("error") if isinstance(body, dict) else None
    while isinstance(level, dict) and len(found) < _DEPTH:
        found.append(level)
        level = level.get("innerError") or level.get("innererror")
    return found
