"""What both simulators share: journal, faults, limits, notifications and the `/_sim/*` control routes."""

from dev.simkit.exchange import Answer, AnswerDropped, Exchange
from dev.simkit.faults import Fault, Faults
from dev.simkit.journal import Journal
from dev.simkit.limits import Limits, LimitSettings
from dev.simkit.notifications import NotificationSettings, Notifier
from dev.simkit.simulator import Simulator, read_json, utc_now

__all__ = [
    "Answer",
    "AnswerDropped",
    "Exchange",
    "Fault",
    "Faults",
    "Journal",
    "LimitSettings",
    "Limits",
    "NotificationSettings",
    "Notifier",
    "Simulator",
    "read_json",
    "utc_now",
]
