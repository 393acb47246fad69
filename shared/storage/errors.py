"""What the storage client raises, in the words of `shared.domain.failures`.

412, 409                                 Stale
404 of a row, or of one in a transaction Gone
404 of a table or queue                  Missing: it can be made
429, 503                                 Throttled
network, time-out, other 5xx             Transient
anything else                            as it was raised: a mistake of ours or of the deployment
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

from shared.domain.failures import Failure, Stale, Throttled, Transient

_CODE = re.compile(r'"code":\s*"(\w+)"')
_MISSING = frozenset({"TableNotFound", "QueueNotFound"})
_UNDER_WAY = frozenset({"TableBeingDeleted", "QueueBeingDeleted", "OperationTimedOut"})


class Gone(Failure):
    """The row does not exist; of a transaction nothing was stored."""


class Missing(Failure):
    """The table or queue itself does not exist."""


@contextmanager
def our_words() -> Iterator[None]:
    """Translate what the storage client raises inside."""
    try:
        yield
    except HttpResponseError as problem:
        failure = _failure(problem)
        if failure is None:
            raise
        raise failure from problem
    except (ServiceRequestError, ServiceResponseError, TimeoutError) as problem:
        raise Transient(type(problem).__name__) from problem


def _failure(problem: HttpResponseError) -> Failure | None:
    status, code = problem.status_code or 0, _code(problem)
    if code in _MISSING:
        return Missing(code)
    if code in _UNDER_WAY or status == 408:
        return Transient(code)
    if status in (429, 503):
        return Throttled(code, _retry_after(problem))
    if status in (409, 412):
        return Stale(code)
    if status == 404:
        return Gone(code)
    return Transient(code) if status >= 500 else None


def _code(problem: HttpResponseError) -> str:
    code = getattr(problem, "error_code", "")
    if code:
        return str(getattr(code, "value", code))
    # some operations of the client leave the answer undecoded
    found = _CODE.search(str(problem))
    return found[1] if found else ""


def _retry_after(problem: HttpResponseError) -> float:
    wish = str(getattr(problem.response, "headers", {}).get("Retry-After", ""))
    return float(wish) if wish.isdigit() else 5.0
