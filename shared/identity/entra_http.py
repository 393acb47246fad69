"""How MSAL reaches Microsoft's sign-in: with time-outs, with our failures, and at another address where configured."""

from collections.abc import Mapping
from typing import Any

import httpx

from shared.domain.failures import Throttled, Transient

MICROSOFT = "https://login.microsoftonline.com"
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
DEFAULT_WAIT = 5.0
LONGEST_WAIT = 3600.0


class EntraHttp:
    """The `http_client` given to MSAL. MSAL insists on https and the real host; `base_url` is where that is today.

    429 and 5xx are raised before MSAL sees them: it would answer the next calls from a cache of errors.
    """

    def __init__(self, base_url: str, client: httpx.Client | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._client = client or httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        self._discovery: dict[str, httpx.Response] = {}

    def local(self, url: str) -> str:
        """`url` with Microsoft's origin swapped for the configured one."""
        return self._base_url + url.removeprefix(MICROSOFT) if url.startswith(f"{MICROSOFT}/") else url

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> httpx.Response:
        """GET for MSAL. The discovery document is read once a process: it names endpoints that never change."""
        if url not in self._discovery:
            answer = self._send("GET", url, params=params, headers=headers)
            if answer.status_code != 200:
                return answer
            self._discovery[url] = answer
        return self._discovery[url]

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> httpx.Response:
        """POST for MSAL: a form."""
        return self._send("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def _send(self, method: str, url: str, **content: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, self.local(url), **content)
        except httpx.HTTPError as error:
            raise Transient(type(error).__name__) from error
        if answer.status_code == 429:
            raise Throttled("429", _retry_after(answer))
        if answer.status_code >= 500:
            raise Transient(str(answer.status_code))
        return answer


async def read_json(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """A document of Microsoft's sign-in. Raises Transient."""
    try:
        data = (await http.get(url, timeout=TIMEOUT, follow_redirects=False)).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise Transient(type(error).__name__) from error
    if not isinstance(data, dict):
        raise Transient("unreadable_answer")
    return data


def _retry_after(answer: httpx.Response) -> float:
    try:
        return min(LONGEST_WAIT, max(0.0, float(answer.headers.get("retry-after", DEFAULT_WAIT))))
    except ValueError:
        return DEFAULT_WAIT
