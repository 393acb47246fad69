"""What every HTTP function shares: reading requests strictly, answering JSON and problem details (RFC 9457).

Imports nothing heavy, because every cold start pays for it.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any
from uuid import uuid4

import azure.functions as func

from functions.failing import places
from shared.domain.failures import Broken, Failure, Refused, Stale, Throttled, Transient
from shared.sync.errors import Impossible, Invalid, OutOfReach, TooOften, UseCaseError, busy, unreachable
from shared.telemetry import logger
from shared.web.secure import ALWAYS, NOTHING_ELSE

PROBLEM_TYPE = "urn:timify-calendar-sync:problem:"
SECURITY_HEADERS = ALWAYS | NOTHING_ELSE
MAX_BODY = 256 * 1024
MAX_LIMIT = 200
DEFAULT_LIMIT = 50
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KEY_PARAMETERS = frozenset({"code", "clientId"})

_log = logger(__name__)


class BadRequest(Invalid):
    """400 that names the places. Each of `errors` has a `detail` and a `pointer` (body) or a `parameter` (address)."""

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__("invalid", "The request cannot be understood.", detail)
        self.errors = [dict(error) for error in errors]


class UnsupportedMediaType(UseCaseError):
    http_status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class TooLarge(UseCaseError):
    http_status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unauthorized(UseCaseError):
    http_status = HTTPStatus.UNAUTHORIZED


def bad_parameter(name: str, detail: str) -> BadRequest:
    """A refusal of one part of the address: an id in the path or a query parameter."""
    return BadRequest(detail, [{"parameter": name, "detail": detail}])


def json_answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """`data` as JSON, with the headers that every answer of the API carries."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return func.HttpResponse(
        body, status_code=status, mimetype="application/json", headers={**SECURITY_HEADERS, **(headers or {})}
    )


def empty_answer(status: int = 204) -> func.HttpResponse:
    return func.HttpResponse(status_code=status, headers=SECURITY_HEADERS)


def problem(error: UseCaseError, instance: str = "", headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    """The answer to `error`. `instance` names this one occurrence, where the log knows more."""
    return func.HttpResponse(
        json.dumps(problem_data(error, instance), ensure_ascii=False),
        status_code=error.status,
        mimetype="application/problem+json",
        headers={**SECURITY_HEADERS, **(headers or {})},
    )


def problem_data(error: UseCaseError, instance: str = "") -> dict[str, Any]:
    """RFC 9457 problem details of `error`."""
    data: dict[str, Any] = {
        "type": PROBLEM_TYPE + error.code,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if instance:
        data["instance"] = instance
    if isinstance(error, BadRequest) and error.errors:
        data["errors"] = error.errors
    return data


async def guarded(work: Awaitable[func.HttpResponse]) -> func.HttpResponse:
    """The answer of `work`, or the problem that kept it from answering. Never raises."""
    try:
        return await work
    except Exception as error:
        return explain(error)


def explain(error: Exception) -> func.HttpResponse:
    """The problem details that tell a caller of `error`, without anything from inside."""
    match error:
        case TooOften():
            return problem(error, headers={"Retry-After": str(error.wait)})
        case UseCaseError():
            return problem(error)
        case Stale():
            return problem(busy())
        case Throttled():
            wait = {"Retry-After": str(max(1, ceil(error.retry_after)))}
            return problem(unreachable("too busy", error.code), headers=wait)
        case Transient():
            return problem(unreachable(code=error.code), headers={"Retry-After": "5"})
        case Broken():
            title = "The other system does not let us in."
            return problem(OutOfReach(str(error.reason).replace("_", "-"), title))
        case Refused() | Failure():
            title = "The other system refused this."
            return problem(Impossible("refused", title, f"{title} Its code: {error.code or 'none'}."))
        case _:
            return _unexpected(error)


def checked_body(request: func.HttpRequest, limit: int) -> bytes:
    """The raw body. Raises TooLarge (413) above `limit` bytes."""
    body: bytes = request.get_body()
    if len(body) > limit:
        title = "The body is too large."
        raise TooLarge("too-large", title, f"{title} At most {limit // 1024} KiB are accepted.")
    return body


def read_json(request: func.HttpRequest, limit: int = MAX_BODY) -> Any:
    """The body as JSON that can be stored as text. Raises what the caller did wrong, without repeating the body."""
    body = checked_body(request, limit)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        title = "The body must be sent as application/json."
        raise UnsupportedMediaType("unsupported-media-type", title)
    if not body.strip():
        raise BadRequest("A JSON body is needed, the body is empty.")
    return parse_json(body)


def read_nothing(request: func.HttpRequest) -> None:
    """For a request that needs no body: an empty one or `{}`. Raises for anything else, which would go unheeded."""
    body = checked_body(request, MAX_BODY)
    if body.strip() and parse_json(body) not in ({}, None):
        raise BadRequest("This request takes no body.")


def parse_json(body: bytes) -> Any:
    """Strict JSON: UTF-8, no NaN, no name twice, nothing that is not text. Raises BadRequest."""
    try:
        data = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_unique)
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise BadRequest("The body is not valid UTF-8 text.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from None
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
    return data


def read_id(request: func.HttpRequest, name: str) -> str:
    """An id from the path. Raises BadRequest when it cannot be one."""
    value = str(request.route_params.get(name, ""))
    if not is_id(value):
        raise bad_parameter(name, f"{name} must be 1 to 40 letters, digits, hyphens or underscores.")
    return value


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def read_query(request: func.HttpRequest, *known: str) -> dict[str, str]:
    """The query parameters. Raises BadRequest for one that is not `known`: a slip must not mean the default."""
    given = {name: value for name, value in request.params.items() if name not in _KEY_PARAMETERS}
    unknown = sorted(set(given) - set(known))
    if unknown:
        name = unknown[0][:80]
        allowed = ", ".join(known) or "none"
        raise bad_parameter(name, f"Unknown query parameter {name!r}; this route takes: {allowed}.")
    return given


def choices[T: str](query: Mapping[str, str], name: str, kind: Callable[[str], T], allowed: Iterable[T]) -> set[T]:
    """The values (several with commas between them) of a filter; empty when it was not given."""
    text = query.get(name, "")
    try:
        found = {kind(part.strip()) for part in text.split(",") if part.strip()}
    except ValueError:
        found = set()
    if text and not found:
        raise bad_parameter(name, f"{name} must be one of: {', '.join(allowed)}.")
    return found


def choice[T: str](query: Mapping[str, str], name: str, kind: Callable[[str], T], allowed: Sequence[T]) -> T:
    """The one value of a query parameter; the first of `allowed` when it was not given."""
    given = choices(query, name, kind, allowed) or {allowed[0]}
    if len(given) > 1:
        raise bad_parameter(name, f"{name} must be only one of: {', '.join(allowed)}.")
    return given.pop()


def read_limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise bad_parameter("limit", f"limit must be a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


def read_cursor(query: Mapping[str, str], parts: int, pattern: str = r"(?s:.*)") -> tuple[str, ...] | None:
    """Where the page before ended; None for the first page. Each of its parts has the form of `pattern`."""
    text = query.get("next", "")
    if not text:
        return None
    try:
        data = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8"))
    except (ValueError, RecursionError):
        data = None
    well_formed = isinstance(data, list) and all(isinstance(part, str) and re.fullmatch(pattern, part) for part in data)
    if not well_formed or len(data) != parts:
        raise bad_parameter("next", "next must be taken over from the page before, as it is.")
    return tuple(data)


def cursor(key: Sequence[str]) -> str:
    """An opaque text that `read_cursor` reads back."""
    return urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def page[T](
    items: Iterable[T], key: Callable[[T], tuple[str, ...]], query: Mapping[str, str], *, newest_first: bool = False
) -> tuple[list[T], str | None]:
    """The page that `query` asks for, in order of `key`, and the cursor of the one behind it.

    The cursor is a key, not a position: what comes or goes in between moves nothing from one page to another.
    """
    ordered = sorted(items, key=key, reverse=newest_first)
    limit = read_limit(query)
    if ordered:
        after = read_cursor(query, len(key(ordered[0])))
        if after is not None:
            ordered = [item for item in ordered if (key(item) < after if newest_first else key(item) > after)]
    shown = ordered[:limit]
    return shown, cursor(key(shown[-1])) if len(ordered) > limit else None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a name is given twice in one object")
    return data


def _unexpected(error: Exception) -> func.HttpResponse:
    """500. The log gets where it happened, under an id that the caller is told; messages may hold content."""
    occurrence = uuid4()
    _log.error("Unexpected %s, occurrence %s, at %s", type(error).__name__, occurrence, places(error))
    title = "Something went wrong on our side."
    detail = f"{title} It has been written down; please quote {occurrence}."
    return problem(UseCaseError("internal", title, detail), instance=f"urn:uuid:{occurrence}")
