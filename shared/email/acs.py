"""Azure Communication Services Email, by its REST API.

Source: https://learn.microsoft.com/rest/api/communication/email/send (2023-03-31). The id of the operation is ours, and
is the message's id in delivery reports. What a second POST of the same id does is not documented: after a try whose
end nobody knows, the operation is asked for first.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import httpx

from shared.config import ConfigError
from shared.domain.failures import Refused, Throttled, Transient
from shared.email.carriers import Envelope, Unsure, our_fault

type Headers = dict[str, str]
type Authorize = Callable[[httpx.Request], Awaitable[Headers]]
"""The headers that show who asks."""

VERSION = "2023-03-31"
SCOPE = "https://communication.azure.com/.default"
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_RETRY_AFTER = 10.0
_LONGEST = 3600.0
_OURS = frozenset({"DomainNotLinked", "DomainNotFound", "SenderNotFound", "InvalidSenderUserName", "Denied"})
"""Codes of a 400 that speak of the sender, not of the mail."""


class Acs:
    """See `shared.email.carriers.Carrier`."""

    def __init__(self, http: httpx.AsyncClient, endpoint: str, sender: str, authorize: Authorize) -> None:
        self._http = http
        self._endpoint = endpoint.rstrip("/")
        self._sender = sender
        self._authorize = authorize

    async def carry(self, envelope: Envelope, *, again: bool = False) -> str:
        """Queue the mail there; what becomes of it is told later, by a delivery report."""
        operation = envelope.operation_id
        if again and await self._known(operation):
            return operation
        answer = await self._send("POST", "emails:send", _message(envelope, self._sender), {"Operation-Id": operation})
        if answer.status_code == 409:
            return operation
        _check(answer)
        return operation

    async def _known(self, operation: str) -> bool:
        answer = await self._send("GET", f"emails/operations/{operation}")
        if answer.status_code == 404:
            return False
        _check(answer)
        return True

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Headers | None = None
    ) -> httpx.Response:
        url = f"{self._endpoint}/{path}?api-version={VERSION}"
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        kind = {"Content-Type": "application/json"} if content else {}
        request = self._http.build_request(method, url, content=content, headers={**kind, **(headers or {})})
        request.headers.update(await self._authorize(request))
        try:
            return await self._http.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Transient(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Unsure(type(error).__name__) from error


def acs(endpoint: str, access_key: str, sender: str) -> Acs:
    """The carrier of a communication resource: by its access key, or as the managed identity when there is none.

    Raises ConfigError.
    """
    try:
        authorize = by_key(access_key) if access_key else by_identity
    except ValueError:
        raise ConfigError("ACS_ACCESS_KEY must be the base64 text that Azure shows.") from None
    return Acs(httpx.AsyncClient(timeout=TIMEOUT), endpoint, sender, authorize)


def by_key(access_key: str) -> Authorize:
    """Signatures with the resource's access key.

    Source: https://learn.microsoft.com/azure/communication-services/tutorials/hmac-header-tutorial
    """
    key = base64.b64decode(access_key, validate=True)

    async def sign(request: httpx.Request) -> Headers:
        date = format_datetime(datetime.now(UTC), usegmt=True)
        digest = base64.b64encode(hashlib.sha256(request.content).digest()).decode()
        text = f"{request.method}\n{request.url.raw_path.decode()}\n{date};{request.headers['Host']};{digest}"
        signature = base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()
        return {
            "x-ms-date": date,
            "x-ms-content-sha256": digest,
            "Authorization": f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}",
        }

    return sign


async def by_identity(request: httpx.Request) -> Headers:
    """A token of the managed identity, which keeps it until it ends. Raises Transient."""
    from azure.core.exceptions import AzureError

    from shared.storage.account import identity

    del request
    try:
        token = await identity().get_token(SCOPE)
    except AzureError as error:
        raise our_fault("acs", type(error).__name__) from error
    return {"Authorization": f"Bearer {token.token}"}


def _message(envelope: Envelope, sender: str) -> dict[str, Any]:
    return {
        "senderAddress": sender,
        "content": {"subject": envelope.subject, "plainText": envelope.text, "html": envelope.html},
        "recipients": {"to": [{"address": envelope.to}]},
        "userEngagementTrackingDisabled": True,
    }


def _check(answer: httpx.Response) -> None:
    """Raise what an answer that is no success means."""
    status = answer.status_code
    if status < 300:
        return
    code = _code(answer)
    if status == 429:
        raise Throttled(code, _retry_after(answer))
    if status in (401, 403, 404) or code in _OURS:
        raise our_fault("acs", code)
    if status == 408 or status >= 500:
        raise Unsure(code, _retry_after(answer) if "Retry-After" in answer.headers else 0.0)
    raise Refused(code)


def _code(answer: httpx.Response) -> str:
    try:
        code = answer.json()["error"]["code"]
    except (ValueError, KeyError, TypeError):
        code = ""
    return code if isinstance(code, str) and code.isalnum() else str(answer.status_code)


def _retry_after(answer: httpx.Response) -> float:
    """Seconds; the header may also be a date (RFC 9110)."""
    wish = answer.headers.get("Retry-After", "")
    if wish.isdigit():
        return min(float(wish), _LONGEST)
    try:
        seconds = (parsedate_to_datetime(wish) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return _RETRY_AFTER
    return min(max(seconds, 1.0), _LONGEST)
