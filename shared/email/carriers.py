"""The door of whatever carries mails out, and which one this deployment uses. Its libraries load when it is made."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid5

from shared.config import Config, ConfigError
from shared.domain.failures import Throttled, Transient
from shared.telemetry import logger

log = logger(__name__)

OUR_FAULT_PAUSE = 300.0
"""Seconds until the next try when a carrier refuses us and not the mail: operations must act."""
_OCCASIONS = UUID("5b1f4c1e-6d0c-4f43-9f5e-3a2c4f8d7b60")
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f<>()\[\],;:\\\"@]+@[^\s\x00-\x1f\x7f<>()\[\],;:\\\"@]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A finished mail. `once` names the occasion: one occasion is never told twice."""

    at: datetime
    to: str = field(repr=False)
    kind: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    link: str = field(default="", repr=False)
    once: str

    @property
    def operation_id(self) -> str:
        """The same UUID for every try of one occasion."""
        return str(uuid5(_OCCASIONS, self.once))


class Unsure(Transient):
    """Nobody knows whether the carrier took the mail. `retry_after`: seconds that it wishes to be left alone, or 0."""

    def __init__(self, code: str = "", retry_after: float = 0.0) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class Carrier(Protocol):
    async def carry(self, envelope: Envelope, *, again: bool = False) -> str:
        """Send, and answer the carrier's id of the message ("" when it has none).

        `again`: an earlier try began and nobody knows how it ended; a carrier that cannot find out sends nothing.
        Raises Unsure; Transient when the mail was not taken for certain; Refused when it never will be.
        """
        ...


def our_fault(carrier: str, code: str) -> Throttled:
    """What to raise when the carrier does not accept the deployment's credentials, sender or account."""
    log.error("The mail carrier %s refuses this deployment (%s): no mail goes out.", carrier, code)
    return Throttled(code, OUR_FAULT_PAUSE)


def is_address(text: str) -> bool:
    """One address and nothing else: no list, no name, nothing that could begin another header."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def carrier(config: Config) -> Carrier:
    """The carrier that EMAIL_CARRIER names. Raises ConfigError."""
    match config.email_carrier:
        case "outbox":
            from shared.email.outbox import Outbox

            return Outbox(Path(_need(config.email_outbox_dir, "EMAIL_OUTBOX_DIR", "outbox")))
        case "acs":
            from shared.email.acs import acs

            return acs(
                _need(config.acs_endpoint, "ACS_ENDPOINT", "acs"), config.acs_access_key, _sender(config.email_sender)
            )
        case "ses":
            from shared.email.ses import Ses

            return Ses(
                region=_need(config.aws_region, "AWS_REGION", "ses"),
                key_id=_need(config.aws_access_key_id, "AWS_ACCESS_KEY_ID", "ses"),
                secret=_need(config.aws_secret_access_key, "AWS_SECRET_ACCESS_KEY", "ses"),
                sender=_sender(config.email_sender),
                configuration_set=config.ses_configuration_set,
            )
    raise ConfigError(f"EMAIL_CARRIER is {config.email_carrier!r}; it must be `outbox`, `acs` or `ses`.")


def _need(value: str, name: str, chosen: str) -> str:
    if not value:
        raise ConfigError(f"{name} is missing: the carrier `{chosen}` needs it (docs/settings.md).")
    return value


def _sender(address: str) -> str:
    if not is_address(address):
        raise ConfigError("EMAIL_SENDER must be the address that mails come from, such as sync@mail.example.com.")
    return address
