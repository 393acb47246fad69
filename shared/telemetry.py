"""What the log says: lines of `name=value`, each with whose round it belongs to and which notification led there.

The Functions host takes a worker's log as plain text, whatever else a record carries (docs/azure.md, "What the log
says"), so all of it stands in the text, in one form that KQL's `parse-kv` reads. Ids, codes and numbers, no content.

A *correlation* is the name of a notification, and of all that follows from it. Loads nothing: every cold start pays.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

MOST_NAMES = 16
"""So many notifications are named by the round that answers them all; a burst of more keeps the first."""

_HALF = 16
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAMES = re.compile(rf"[0-9a-f]{{{_HALF}}}(,[0-9a-f]{{{_HALF}}})*")


@dataclass(slots=True, kw_only=True)
class Trail:
    """What one message leads to. `counts`: calls and writes so far, by name. `status` and `subscribed` are the
    connection's, once it is known."""

    correlation: str
    company_id: str = ""
    resource_id: str = ""
    status: str = ""
    subscribed: str = ""
    counts: Counter[str] = field(default_factory=Counter)


_here: ContextVar[Trail | None] = ContextVar("trail", default=None)


@contextmanager
def trail(correlation: str = "", company_id: str = "", resource_id: str = "") -> Iterator[Trail]:
    """Until the end of the block, all lines and counts are of this one. Without a correlation a new one begins."""
    names = correlation if _NAMES.fullmatch(correlation) else new_correlation()
    here = Trail(correlation=names, company_id=company_id, resource_id=resource_id)
    token = _here.set(here)
    try:
        yield here
    finally:
        _here.reset(token)


def new_correlation() -> str:
    """Sixteen hexadecimal digits: the first half of a random UUID."""
    return uuid4().hex[:_HALF]


def correlation() -> str:
    """That of what is being done, else a new one."""
    here = _here.get()
    return here.correlation if here else new_correlation()


def both(first: str, second: str) -> str:
    """The correlation of one round for two messages; it names them all, up to `MOST_NAMES`."""
    names = dict.fromkeys(name for name in f"{first},{second}".split(",") if name)
    return ",".join(list(names)[:MOST_NAMES])


def request_id() -> str:
    """A new GUID for one call, whose first half is the correlation: whoever has the id of a call, from a log of ours
    or of Microsoft's, has the notification too."""
    tail = uuid4().hex[_HALF:]
    return str(UUID(hex=correlation()[:_HALF] + tail))


def count(what: str, number: int = 1) -> None:
    """One more of these calls or writes in what is being done."""
    if here := _here.get():
        here.counts[what] += number


def standing(*, status: str, subscribed: bool) -> None:
    """How the connection stands that is being dealt with."""
    if here := _here.get():
        here.status, here.subscribed = status, "yes" if subscribed else "no"


def plain(text: str) -> str:
    """An id or a code as it may stand in a line; `-` for nothing, `?` for anything that could be more than that."""
    return (text if _PLAIN.fullmatch(text) else "?") if text else "-"


class _Lines(logging.LoggerAdapter[logging.Logger]):
    """Ends each line with what it belongs to."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        here = _here.get()
        if here is None:
            return msg, kwargs
        whose = f" company={plain(here.company_id)} resource={plain(here.resource_id)}" if here.company_id else ""
        return f"{msg}{whose} correlation={here.correlation}", kwargs


def logger(name: str) -> logging.LoggerAdapter[logging.Logger]:
    """The log of a module."""
    return _Lines(logging.getLogger(name))
