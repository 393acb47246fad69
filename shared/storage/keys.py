"""Keys of rows: which characters are safe, how foreign ids are hashed, where each row of a company lives.

Everything of one company is in one partition, so that what belongs together changes in one transaction. Parts of a
row key are joined by `!`, which sorts before every character of an id: rows come in order of resource id.
"""

import hashlib
import itertools
import re
import secrets
from datetime import UTC, datetime, timedelta

from shared.domain.items import Side
from shared.domain.links import Link, link_key

COMPANY = "company"

_ID = re.compile(r"[A-Za-z0-9$&()*+,.:;<=>@\[\]^_`{|}~-]{1,128}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECOND = 10**17 - 1
_LAST_LINE = 16**8 - 1
_lines = itertools.count()


def valid(name: str, value: str) -> str:
    """`value` if it may be part of a key. Raises ValueError: keys cannot hold / \\ # ? nor control characters, and
    we keep spaces, quotes, ! and % out as well."""
    if not _ID.fullmatch(value):
        raise ValueError(f"{name} must be 1 to 128 letters, digits or common marks, without / \\ # ? ! % or spaces.")
    return value


def partition(company_id: str) -> str:
    return valid("company id", company_id)


def hashed(*parts: str) -> str:
    """Foreign ids as a key part: 32 hex digits."""
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def resource_prefix(resource_id: str) -> str:
    """Of rows in tables that hold one kind only."""
    return f"{valid('resource id', resource_id)}!"


def connection_prefix(resource_id: str) -> str:
    return f"connection!{valid('resource id', resource_id)}!"


def connection_row(resource_id: str) -> str:
    return connection_prefix(resource_id) + "self"


def state_row(resource_id: str) -> str:
    """The round state and the lease: the fence of every commit."""
    return connection_prefix(resource_id) + "state"


def link_prefix(resource_id: str) -> str:
    return f"link!{valid('resource id', resource_id)}!"


def link_row(resource_id: str, key: str) -> str:
    return link_prefix(resource_id) + valid("link key", key)


def copy_prefix(resource_id: str) -> str:
    return f"copy!{valid('resource id', resource_id)}!"


def item_prefix(resource_id: str, side: str, item_id: str) -> str:
    """Where the keys of the links are found that an item takes part in."""
    return f"{copy_prefix(resource_id)}{hashed(side, item_id)}!"


def booking_prefix(appointment_id: str) -> str:
    """Where the resources are found whose links know an appointment."""
    return f"booking!{hashed(appointment_id)}!"


def booking_of_resource(row_key: str) -> str:
    """The resource id in the key of a booking row."""
    return row_key.split("!")[2]


def pointer_rows(resource_id: str, link: Link) -> frozenset[str]:
    """Keys of the rows that lead to a link. Each ends with the link's key, so no two links share one."""
    rows = set()
    if link.copy is not None:
        rows.add(item_prefix(resource_id, link.origin.other, link.copy.id) + link.key)
    if link.key != link_key(resource_id, link.origin, link.source.id):
        rows.add(item_prefix(resource_id, link.origin, link.source.id) + link.key)
    if appointment := appointment_of(link):
        rows.add(f"{booking_prefix(appointment)}{valid('resource id', resource_id)}!{link.key}")
    return frozenset(rows)


def appointment_of(link: Link) -> str:
    """The TIMIFY appointment that a link is about, as origin or as copy; "" when there is none yet."""
    if link.origin is Side.TIMIFY:
        return link.unit or link.source.id.partition("@")[0]
    return link.copy.id.partition("@")[0] if link.copy else ""


def conflict_prefix(resource_id: str) -> str:
    return f"conflict!{valid('resource id', resource_id)}!"


def conflict_row(resource_id: str, conflict_id: str) -> str:
    return conflict_prefix(resource_id) + valid("conflict id", conflict_id)


def log_prefix(resource_id: str) -> str:
    return f"log!{valid('resource id', resource_id)}!"


def log_row(resource_id: str, at: datetime) -> str:
    """A new key; later lines sort first, of lines of the same moment the one entered later."""
    order = _LAST_LINE - next(_lines) % _LAST_LINE
    return f"{log_prefix(resource_id)}{_reversed(at)}-{order:08x}{secrets.token_hex(4)}"


def log_older(resource_id: str, before: datetime) -> str:
    """Where lines begin that were entered before a moment."""
    return f"{log_prefix(resource_id)}{_reversed(before)}~"


def _reversed(at: datetime) -> str:
    return f"{_LAST_MICROSECOND - (at - _EPOCH) // timedelta(microseconds=1):017d}"
