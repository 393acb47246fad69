"""The journal: every request in order of arrival, with secrets masked."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC
from urllib.parse import parse_qsl

from dev.simkit.exchange import Exchange, Json, collect

MASK = "***"
SECRETS = frozenset(
    (
        *("authorization", "proxy-authorization", "cookie", "set-cookie", "x-functions-key"),
        *("access_token", "accesstoken", "refresh_token", "refreshtoken", "id_token", "idtoken"),
        *("client_secret", "clientsecret", "client_assertion", "code_verifier"),
        *("password", "secret", "appsecret", "app_secret"),
    )
)
QUERY_SECRETS = SECRETS | {"code"}  # an authorization code; in JSON bodies "code" names an error


class Journal:
    """Requests since the start, or since `clear`."""

    def __init__(self, secret_names: Iterable[str] = ()) -> None:
        self._secrets = SECRETS | {name.lower() for name in secret_names}
        self._exchanges: list[Exchange] = []

    def record(self, exchange: Exchange) -> None:
        """Remember a request on arrival; it shows once it is answered."""
        self._exchanges.append(exchange)

    def entries(self) -> list[dict[str, Json]]:
        """What was asked and answered; `status` 0 means that the answer was dropped."""
        return [self._entry(exchange) for exchange in self._exchanges if exchange.done]

    def take(self) -> list[dict[str, Json]]:
        """The same, each entry once: what was told is forgotten, so that a long run stays small."""
        told = self.entries()
        self._exchanges = [exchange for exchange in self._exchanges if not exchange.done]
        return told

    def clear(self) -> None:
        """Forget all requests so far."""
        self._exchanges.clear()

    def _entry(self, exchange: Exchange) -> dict[str, Json]:
        answer = exchange.answer
        answer_headers = {k.lower(): v for k, v in answer.headers} if answer else {}
        return {
            "at": exchange.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "actor": exchange.actor,
            "method": exchange.method,
            "path": exchange.path,
            "query": self._mask(exchange.query, self._secrets | QUERY_SECRETS),
            "headers": self._mask(exchange.headers, self._secrets),
            "body": self._body(exchange.body, exchange.headers),
            "status": answer.status if answer else 0,
            "took_ms": round(exchange.took * 1000, 2),
            "response": self._body(answer.body, answer_headers) if answer else None,
        }

    def _body(self, body: bytes, headers: Mapping[str, str]) -> Json:
        if not body or headers.get("content-type", "").startswith("text/html"):
            return None  # a page may carry a code in a form
        text = body.decode("utf-8", "replace")
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return self._mask(collect(parse_qsl(text, keep_blank_values=True)), self._secrets | QUERY_SECRETS)
        try:
            return self._mask(json.loads(text), self._secrets)
        except ValueError:
            return text

    def _mask(self, value: Json, secrets: frozenset[str]) -> Json:
        if isinstance(value, dict):
            return {
                name: MASK if name.lower() in secrets and inner is not None else self._mask(inner, secrets)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._mask(inner, secrets) for inner in value]
        return value
