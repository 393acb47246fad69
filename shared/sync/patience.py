"""How long a person waits for another system: a call with its repetitions may take longer than a page may."""

import asyncio
from collections.abc import Awaitable

from shared.domain.failures import Transient

LONG = 20.0
"""Seconds for what a page is about."""
SHORT = 5.0
"""Seconds for what a page can do without, as names."""


async def within[T](seconds: float, asked: Awaitable[T]) -> T:
    """The answer. Raises Transient when it does not come in time, and what was raised."""
    try:
        async with asyncio.timeout(seconds):
            return await asked
    except TimeoutError as late:
        raise Transient("timify_timeout") from late
