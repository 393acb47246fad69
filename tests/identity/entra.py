"""Microsoft's sign-in, scripted: what it answers to each token request, and what was asked."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

import httpx

from shared.identity.entra_http import EntraHttp
from shared.identity.sign_in import EntraSignIn

HERE = "http://127.0.0.1:9/login"
MICROSOFT = "https://login.microsoftonline.com"


def token_answer(access: str = "AT-1", refresh: str = "RT-1", nonce: str = "") -> dict[str, Any]:
    """A good answer of the token endpoint; its id token is as the sign-in with `nonce` wants it."""
    claims = {
        "aud": "client",
        "iss": f"{MICROSOFT}/tid-1/v2.0",
        "exp": 4_000_000_000,
        "iat": 1_700_000_000,
        "sub": "s",
        "oid": "oid-1",
        "tid": "tid-1",
        "preferred_username": "pat@example.org",
        "nonce": nonce,
    }
    return {
        "token_type": "Bearer",
        "access_token": access,
        "refresh_token": refresh,
        "expires_in": 3600,
        "scope": "Calendars.ReadWrite User.Read MailboxSettings.Read openid profile",
        "id_token": f"{_part({'alg': 'RS256'})}.{_part(claims)}.c2ln",
        "client_info": _part({"uid": "oid-1", "utid": "tid-1"}),
    }


def refusal(error: str, *numbers: int, suberror: str = "") -> dict[str, Any]:
    """An error of the token endpoint."""
    description = f"AADSTS{numbers[0]}: words that may change" if numbers else "words"
    answer: dict[str, Any] = {"error": error, "error_codes": list(numbers), "error_description": description}
    return answer | ({"suberror": suberror} if suberror else {})


class Entra:
    """`tokens` is what the token endpoint answers, in turn: (status, JSON or text) or what to raise."""

    def __init__(self) -> None:
        self.tokens: list[tuple[int, Any] | Exception] = []
        self.asked: list[dict[str, str]] = []
        self.urls: list[str] = []

    def sign_in(self, credential: Any = "secret") -> EntraSignIn:
        """The real sign-in, whose every request comes here."""
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        return EntraSignIn("client", credential, "http://app.example/connect/callback", EntraHttp(HERE, client))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url))
        if request.url.path.endswith("/openid-configuration"):
            base = f"{MICROSOFT}/organizations"
            return httpx.Response(
                200,
                json={
                    "issuer": f"{MICROSOFT}/{{tenantid}}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                },
            )
        self.asked.append(dict(parse_qsl(request.content.decode())))
        answer = self.tokens.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        headers = {"retry-after": "7"} if status in (429, 503) else {}
        text = body if isinstance(body, str) else json.dumps(body)
        return httpx.Response(status, text=text, headers=headers)


def _part(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
