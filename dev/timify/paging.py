"""Lists of the DevAPI: query parameters, and the envelope of one page."""

import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from dev.timify.errors import BadRequest

DEFAULT_LIMIT = 10_000


async def json_body(request: Request) -> Any:
    """The JSON body, `{}` when there is none; raises BadRequest."""
    body = await request.body()
    try:
        return json.loads(body) if body else {}
    except ValueError:
        raise BadRequest("The body is not JSON") from None


def listed(request: Request, name: str) -> list[str] | None:
    """The values of a list parameter (`a,b`, repeated, or `name[]`); None when it is not there."""
    given = [*request.query_params.getlist(name), *request.query_params.getlist(f"{name}[]")]
    if not given:
        return None
    return [part.strip() for text in given for part in text.split(",") if part.strip()]


def is_true(value: Any) -> bool:
    """A flag of a query or a body."""
    return value is True or str(value).lower() in ("true", "1")


def single(data: Any, status: int = 200) -> JSONResponse:
    """The envelope of one object."""
    return JSONResponse({"data": data, "status": 1}, status_code=status)


def window_of(request: Request, total: int) -> tuple[slice, dict[str, int]]:
    """The slice of the page asked for (`page` from 1, `limit` up to 10,000), and its `meta`."""
    page, limit = _number(request, "page", 1), _number(request, "limit", DEFAULT_LIMIT)
    meta = {"page": page, "limit": limit, "totalItems": total, "totalPages": -(-total // limit)}
    return slice((page - 1) * limit, page * limit), meta


def paged(request: Request, items: Sequence[Any]) -> JSONResponse:
    """One page of the items in the envelope of a list."""
    window, meta = window_of(request, len(items))
    return JSONResponse({"data": list(items[window]), "total": len(items), "meta": meta, "status": 1})


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    try:
        number = int(text) if text else default
    except ValueError:
        raise BadRequest(f"{name} must be a number") from None
    return number if number > 0 else default
