"""Rows that wait for their moment, in partitions as fine as the timer that reads them.

One range of partitions is what is due and hardly anything else, however much waits behind it.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import batched
from typing import NamedTuple

from shared.domain.failures import Stale
from shared.storage.errors import Gone
from shared.storage.tables import MAX_OPERATIONS, Delete, Tables


class Place(NamedTuple):
    """A row and the version of it that was read; "" for any."""

    partition: str
    row_key: str
    etag: str = ""


def hour(at: datetime) -> str:
    """`YYYY-MM-DDTHH`, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H}"


def ten_minutes(at: datetime) -> str:
    """`YYYY-MM-DDTHH:M0`, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"[:-1] + "0"


async def drop(tables: Tables, table: str, places: Sequence[Place]) -> None:
    """Remove rows, a hundred of one partition at a time. What was entered anew stays; gone already is fine."""
    partitions: defaultdict[str, list[Place]] = defaultdict(list)
    for place in places:
        partitions[place.partition].append(place)
    for rows in partitions.values():
        for some in batched(rows, MAX_OPERATIONS, strict=False):
            await _drop_together(tables, table, some)


async def _drop_together(tables: Tables, table: str, places: Sequence[Place]) -> None:
    """In one transaction; one by one where a row is not as it was read, for then nothing was removed."""
    if len(places) > 1:
        with suppress(Stale, Gone):
            await tables.transact(table, [Delete(*place) for place in places])
            return
    for place in places:
        with suppress(Stale):
            await tables.delete(table, place.partition, place.row_key, place.etag or "*")
