"""Lines of the log as operations read them: `name=value`, split at spaces, as `parse-kv` does."""

import logging
from collections.abc import Iterable


def told(records: Iterable[logging.LogRecord], event: str) -> list[dict[str, str]]:
    """The lines of one kind of event, oldest first."""
    lines = (record.getMessage() for record in records)
    return [fields(line) for line in lines if line.startswith(f"event={event} ")]


def fields(line: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in line.split(" ") if "=" in part)
