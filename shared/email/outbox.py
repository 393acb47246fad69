"""The carrier of one machine: a folder where each mail becomes a file."""

import asyncio
import hashlib
import json
import os
import tempfile
from pathlib import Path

from shared.email.carriers import Envelope


class Outbox:
    """Writes each mail as a JSON file, complete or not at all. See `shared.email.carriers.Carrier`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def carry(self, envelope: Envelope, *, again: bool = False) -> str:
        """The file's name comes from the occasion, so a second mail for it finds the first."""
        del again
        await asyncio.to_thread(self._write, envelope)
        return envelope.operation_id

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
