"""What carries a mail out: today, a folder where each one becomes a file."""

import asyncio
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from shared.config import Config, ConfigError


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


class Carrier(Protocol):
    async def carry(self, envelope: Envelope) -> None:
        """Send, or raise Transient. Carrying the same occasion again sends nothing."""
        ...


class Outbox:
    """Writes each mail as a JSON file, complete or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def carry(self, envelope: Envelope) -> None:
        """The file's name comes from the occasion, so a second mail for it finds the first."""
        await asyncio.to_thread(self._write, envelope)

    def _write(self, envelope: Envelope) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / f"{hashlib.sha256(envelope.once.encode()).hexdigest()[:40]}.json"
        content = {name: getattr(envelope, name) for name in ("to", "kind", "subject", "text", "html", "link")}
        with tempfile.NamedTemporaryFile("w", dir=self._folder, suffix=".part", delete=False, encoding="utf-8") as part:
            json.dump({"at": envelope.at.isoformat()} | content, part, ensure_ascii=False, indent=1)
        try:
            os.link(part.name, target)  # unlike a rename, this fails when the mail is there already
        except FileExistsError:
            return
        finally:
            Path(part.name).unlink()


def carrier(config: Config) -> Carrier:
    """The carrier that EMAIL_CARRIER names. Raises ConfigError."""
    if config.email_carrier != "outbox":
        raise ConfigError(f"EMAIL_CARRIER is {config.email_carrier!r}; the only carrier is `outbox`.")
    if not config.email_outbox_dir:
        raise ConfigError("EMAIL_OUTBOX_DIR is missing: the carrier `outbox` writes its mails there.")
    return Outbox(Path(config.email_outbox_dir))
