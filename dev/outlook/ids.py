"""Ids as Exchange makes them: opaque, case-sensitive, in two forms.

An id made here is kept in its immutable form; the other form differs in its prefix. An id that came in from outside
has one form only.
"""

import base64
import re
import secrets
import uuid
from datetime import date

_IMMUTABLE = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A"
_REGULAR = "AAMkAGViNDU7TzAAAAAGtlAABGAAAAAAD_"
_OCCURRENCE = re.compile(r"^(?P<master>.+)-O(?P<day>\d{8})$", re.DOTALL)
_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def new_item() -> str:
    """A fresh event id, in its immutable form."""
    return _IMMUTABLE + base64.urlsafe_b64encode(secrets.token_bytes(18)).decode() + "AAA="


def new_calendar() -> str:
    """A fresh calendar id; calendars have one form only."""
    return "AQMkADAwATM0" + base64.urlsafe_b64encode(secrets.token_bytes(15)).decode() + "AAAA=="


def new_change_key() -> str:
    """A fresh change key."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


def new_uid() -> str:
    """A fresh iCalUId."""
    return "040000008200E00074C5B7101A82E008" + secrets.token_hex(28).upper()


def etag(change_key: str) -> str:
    """The weak entity tag of a change key."""
    return f'W/"{change_key}"'


def shown(item_id: str, immutable: bool) -> str:
    """The form of an id that the caller asked for."""
    if immutable or not item_id.startswith(_IMMUTABLE):
        return item_id
    return _REGULAR + item_id.removeprefix(_IMMUTABLE)


def canonical(item_id: str) -> str:
    """The form that the store keeps; both forms are understood."""
    if item_id.startswith(_REGULAR):
        return _IMMUTABLE + item_id.removeprefix(_REGULAR)
    return item_id


def occurrence(master_id: str, day: date) -> str:
    """The id of an occurrence: it follows from its master and its original date."""
    return f"{master_id}-O{day:%Y%m%d}"


def split_occurrence(item_id: str) -> tuple[str, date] | None:
    """Master id and original date, if the id has the form of an occurrence's."""
    found = _OCCURRENCE.match(item_id)
    if found is None:
        return None
    text = found["day"]
    try:
        return found["master"], date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def guid(kind: str, name: str) -> str:
    """A guid that stays the same for the same name (tenant of a domain, object id of a mailbox)."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{name.lower()}"))
