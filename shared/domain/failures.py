"""What can go wrong outside, in the words that decide what happens next.

    Failure
    ├── Transient            try again by itself
    │   └── Throttled        ... not before `retry_after` seconds
    ├── Stale                the item changed since we read it: read again, plan again
    ├── Refused              this one item cannot be written; becomes a conflict
    │   └── MarkTaken        a copy with this mark existed and was deleted: make it with a new mark
    ├── LinkExpired          the delta link is no longer known: read everything again
    ├── EndlessPaging        the delta of this calendar never ends: read the calendar plainly instead
    └── Broken               the whole connection cannot go on until somebody acts; `reason` says who and how

A missing item is no failure: adapters answer None.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a connection could not be made or does not live. Each has sentences in the catalogue (docs, pages, mails)."""

    CONSENT_DECLINED = "consent_declined"
    ADMIN_APPROVAL_REQUIRED = "admin_approval_required"
    MAILBOX_ON_PREMISES = "mailbox_on_premises"
    MAILBOX_NOT_FOUND = "mailbox_not_found"
    BLOCKED_BY_POLICY = "blocked_by_policy"
    CALENDAR_READ_ONLY = "calendar_read_only"
    CALENDAR_GONE = "calendar_gone"
    LINK_EXPIRED = "link_expired"
    LINK_USED = "link_used"
    LINK_REPLACED = "link_replaced"
    LINK_UNKNOWN = "link_unknown"
    PLAN_NOT_ELIGIBLE = "plan_not_eligible"
    MICROSOFT_UNREACHABLE = "microsoft_unreachable"
    TIMIFY_UNREACHABLE = "timify_unreachable"
    SIGN_IN_EXPIRED = "sign_in_expired"
    ACCESS_REVOKED = "access_revoked"
    SIGN_IN_LOST = "sign_in_lost"
    TAKEN_OVER = "taken_over"
    RESOURCE_GONE = "resource_gone"
    MANY_DELETIONS = "many_deletions"
    OUR_CREDENTIALS = "our_credentials"


class Failure(Exception):
    """Base of everything an adapter may raise on purpose. `code` is the provider's code, for the log."""

    def __init__(self, code: str = "", message: str = "") -> None:
        super().__init__(message or code or type(self).__name__)
        self.code = code


class Transient(Failure):
    """Network trouble, a time-out, 5xx: the call may or may not have taken effect."""


class Throttled(Transient):
    """429 or 503 with a wish: not before `retry_after` seconds."""

    def __init__(self, code: str = "", retry_after: float = 5.0) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class Stale(Failure):
    """412: the item has another version than the one we planned with."""


class Refused(Failure):
    """The receiving system says no to this one item, for good."""


class MarkTaken(Refused):
    """A mark may be used once: its copy existed and was deleted since."""


class LinkExpired(Failure):
    """The delta link is no longer known (410 SyncStateNotFound and its kin): read everything again."""


class EndlessPaging(Failure):
    """The delta shows the same pages for ever (seen on mailboxes with many series): only a plain reading ends."""


class Broken(Failure):
    """Nothing of this connection can work until somebody acts.

    `doubtful`: one answer of a calendar said so, and a gateway or a mailbox that is being moved may say it by mistake.
    What Microsoft's sign-in says is never doubtful.
    """

    def __init__(self, reason: Reason, code: str = "", *, doubtful: bool = False) -> None:
        super().__init__(code, f"{reason}: {code}" if code else str(reason))
        self.reason = reason
        self.doubtful = doubtful or reason in _SAID_BY_A_CALENDAR


_SAID_BY_A_CALENDAR = frozenset(
    {Reason.CALENDAR_GONE, Reason.RESOURCE_GONE, Reason.MAILBOX_NOT_FOUND, Reason.MAILBOX_ON_PREMISES}
)
