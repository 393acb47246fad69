"""What the Functions host is told of a failure: it writes the text and the trace of every exception into the log."""

import traceback
from collections.abc import Awaitable

from shared.telemetry import logger

_log = logger(__name__)


class Unforeseen(Exception):
    """A message could not be dealt with, for now. Says the class of what was raised, never its text."""


async def without_content(work: Awaitable[None]) -> None:
    """Wait for `work`. Raises Unforeseen for whatever it raises: texts of failures may quote what people wrote."""
    try:
        await work
        return
    except Exception as error:
        name = type(error).__name__
        _log.error("Failed: %s at %s", name, places(error))
    raise Unforeseen(name)  # outside of the handler: the exception before it would be its context


def places(error: Exception) -> str:
    """Where it was raised, innermost first: files, lines and functions."""
    found = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)[-6:]]
    return " < ".join(reversed(found))
