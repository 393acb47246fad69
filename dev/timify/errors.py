"""What the DevAPI answers when it refuses: an HTTP code and `{"status": 0, "message": "..."}`.

ApiError
├── Unauthorized   401  no token, a bad one, or one that has expired
├── Forbidden      403  a token of another company, or a wrong reservation secret
├── NotFound       404  the thing asked for is gone or never was
├── BadRequest     400  the request breaks a rule of the DevAPI
└── Refused        409  the calendar has no room (only with the company option `refuse_overlaps`)
"""

from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

type Endpoint = Callable[[Request], Awaitable[Response]]


class ApiError(Exception):
    """A refusal; `status` is the HTTP code, `message` what the client may read."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthorized(ApiError):
    """No token, a bad token, or an expired one."""

    status = 401


class Forbidden(ApiError):
    """The token or the secret does not open this."""

    status = 403


class NotFound(ApiError):
    """The thing asked for does not exist (any more)."""

    status = 404


class BadRequest(ApiError):
    """The request breaks a rule of the DevAPI."""

    status = 400


class Refused(ApiError):
    """The calendar has no room for it."""

    status = 409


def door(path: str, endpoint: Endpoint, methods: Iterable[str]) -> list[BaseRoute]:
    """Routes of one endpoint, with and without a trailing slash; what it refuses is answered in the DevAPI's shape."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ApiError as error:
            return JSONResponse({"status": 0, "message": error.message}, status_code=error.status)

    return [Route(form, guarded, methods=list(methods)) for form in (path, f"{path}/")]
