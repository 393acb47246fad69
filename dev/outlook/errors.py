"""Graph's errors: one exception, one envelope."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

type Json = Any
type Body = dict[str, Any]


class GraphError(Exception):
    """An error answer. `extra` goes next to code and message, `headers` on the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        extra: Mapping[str, Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def envelope(self, now: datetime, request_id: str, client_request_id: str) -> Body:
        """The JSON body."""
        inner = {
            "date": now.strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        return {"error": {"code": self.code, "message": self.message, **self.extra, "innerError": inner}}


def invalid(message: str, code: str = "ErrorInvalidRequest") -> GraphError:
    """400."""
    return GraphError(400, code, message)


def item_not_found() -> GraphError:
    """404 for an event or a calendar."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def access_denied(message: str = "Access is denied. Check credentials and try again.") -> GraphError:
    """403."""
    return GraphError(403, "ErrorAccessDenied", message)


def unauthenticated(message: str = "Access token has expired or is not yet valid.") -> GraphError:
    """401."""
    challenge = {"www-authenticate": 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common"'}
    return GraphError(401, "InvalidAuthenticationToken", message, headers=challenge)


def mailbox_not_enabled() -> GraphError:
    """404 for a mailbox on premises or without a licence."""
    message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
    return GraphError(404, "MailboxNotEnabledForRESTAPI", message)
