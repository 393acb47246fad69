"""When what recurs is done: every connection has a time of day of its own, so that nothing comes all at once.

The moment follows from the connection alone. Whoever reckons it, and however often, finds the same one: to enter it
twice is to enter it once.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

TEN_MINUTES = timedelta(minutes=10)
"""How often errands are run. Own times are whole runs, so that nothing waits for the next one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RUNS_A_DAY = timedelta(days=1) // TEN_MINUTES


def own_time(company_id: str, resource_id: str) -> timedelta:
    """A connection's time of day (UTC): any of the day's runs, each for as many connections as the others."""
    digest = blake2b(f"{company_id}\n{resource_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _RUNS_A_DAY * TEN_MINUTES


def next_turn(own: timedelta, every: timedelta, after: datetime) -> datetime:
    """The first moment later than `after` of those that follow `own` at this distance, which divides a day."""
    first = _EPOCH + own
    return first + ((after - first) // every + 1) * every
