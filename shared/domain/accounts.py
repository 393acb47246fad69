"""Companies, and the connections of their resources to Outlook calendars."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.domain.failures import Reason
from shared.domain.settings import Overrides, Settings, effective
from shared.domain.spans import Span

ELIGIBLE_PLANS = frozenset({"premium", "enterprise"})


class Status(StrEnum):
    NOT_INVITED = "not_invited"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    IMPORTING = "importing"
    CONNECTED = "connected"
    RECONNECT_NEEDED = "reconnect_needed"
    PAUSED = "paused"
    FAILED = "failed"
    DISABLED = "disabled"

    @property
    def live(self) -> bool:
        """Do rounds run?"""
        return self in RUNNING

    @property
    def joined(self) -> bool:
        """Is there a calendar, whether or not rounds run?"""
        return self.live or self in (Status.RECONNECT_NEEDED, Status.PAUSED)


RUNNING = (Status.IMPORTING, Status.CONNECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPolicy:
    """Who accepted which version of the privacy policy, and when."""

    version: str
    accepted_by: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One TIMIFY account that installed the app. `uninstalled_at` is set once it is being removed."""

    id: str
    plan: str
    locale: str = "en"
    timezone: str = "UTC"
    privacy_policy: PrivacyPolicy | None = None
    settings: Settings = field(default_factory=Settings)
    settings_version: int = 1
    installed_at: datetime | None = None
    uninstalled_at: datetime | None = None
    etag: str = ""

    @property
    def eligible(self) -> bool:
        return self.plan.lower() in ELIGIBLE_PLANS


type WorkingTimes = tuple[tuple[tuple[str, str], ...], ...]
"""Seven days, Sunday first (as the DevAPI counts): the (begin, end) pairs of each, local `HH:mm`, end may be 24:00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Which Outlook calendar a connection is about. `account` is Microsoft's `oid.tid`, never an e-mail address."""

    account: str
    calendar_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One resource and, once connected, its Outlook calendar: what people decided and what they are told.

    `connected_at`: when somebody last pressed Connect. `joined_at`: since when this calendar is connected without a
    break, so that signing in again changes nothing about the links in earlier mails. `undelivered_at`: since then it is
    known that the mail with the latest link did not arrive.

    `earlier` is the calendar before this one, while copies that were made for it still stand somewhere. `shared`: other
    connections use calendars of the same mailbox. `subscription_key`: the name of the key that signed what Microsoft
    repeats in every notification. What rounds remember between them is `RoundState`.
    """

    company_id: str
    resource_id: str
    status: Status = Status.NOT_INVITED
    reason: Reason | None = None
    overrides: Overrides = field(default_factory=dict)
    mailbox: Mailbox | None = None
    earlier: Mailbox | None = None
    shared: bool = False
    timezone: str = "UTC"
    working_times: WorkingTimes = ()
    invitation: str = ""
    invited_at: datetime | None = None
    undelivered_at: datetime | None = None
    connected_at: datetime | None = None
    joined_at: datetime | None = None
    subscription_id: str = ""
    subscription_expires: datetime | None = None
    subscription_key: str = ""
    paused_from: Status | None = None
    etag: str = ""

    def effective_settings(self, company: Company) -> Settings:
        return effective(company.settings, self.overrides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a whole reading of the window is: items done of the estimated total, how many of them agreed as they
    were found, what was different (kind to number), and where the next slice starts. `losses` counts deletions for the
    brake, which a person may take off: `unbraked` lets go what is gone, `keep` keeps whatever is left of it.
    `anew`: it began without a single link. `writes`: how many went to Outlook.
    """

    total: int = 0
    done: int = 0
    agree: int = 0
    differences: dict[str, int] = field(default_factory=dict)
    losses: int = 0
    unbraked: bool = False
    keep: bool = False
    anew: bool = False
    writes: int = 0
    cursor: datetime | None = None
    purpose: str = ""  # "import", "catch_up", "check", "remove"
    started_at: datetime | None = None

    @property
    def percent(self) -> int:
        """0 to 99 while under way."""
        return min(99, 100 * self.done // self.total) if self.total else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundState:
    """What rounds of one connection hand on. Only the holder of the lease writes it.

    `covered_until`: everything that was notified before this moment has been read. `delta_link` is a secret of the
    mailbox. `window` is what the delta link covers. `unmarked`: some copies carry
    no mark and are known by their ids alone. `open_conflicts` is counted so that most rounds need no look-up,
    `lost` for the brake: how many originals went since `lost_since` because their copies were deleted.
    `closed_until`: a system asked us to stay away so long.
    """

    delta_link: str = ""
    window: Span | None = None
    covered_until: datetime | None = None
    progress: Progress | None = None
    unmarked: bool = False
    open_conflicts: int = 0
    lost: int = 0
    lost_since: datetime | None = None
    closed_until: datetime | None = None
    last_change: datetime | None = None
    checked_at: datetime | None = None
    checked_items: int = 0
    checked_agree: int = 0
    checked_differences: dict[str, int] = field(default_factory=dict)


DROPPED = "dropped:"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of a resource's sync log. Codes, times and ids only; the sentences are made where it is shown.

    cause: what came in (notification, webhook, poll, import, check, person, retry). rule: what decided. item: link
    key. fields: what changed. outcome: done, none, held, failed. detail: a provider's code, or which fields of a copy
    were changed in vain (`dropped:when,title`). took_ms: its time.
    """

    at: datetime
    cause: str
    rule: str
    item: str = ""
    side: str = ""
    fields: tuple[str, ...] = ()
    outcome: str = "done"
    detail: str = ""
    took_ms: int = 0
    times: Span | None = None
