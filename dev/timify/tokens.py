"""Tokens of the DevAPI: HS256 JWTs with the claims of recorded traffic; 7,200 s for access, 4 days for refresh."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from jwt.types import Options

from dev.timify.errors import Unauthorized

ACCESS_SECONDS = 7_200
REFRESH_SECONDS = 345_600
# The library would compare with the machine's clock; this simulator's clock can be moved.
_NO_TIMES: Options = {"verify_exp": False, "verify_iat": False}


@dataclass(frozen=True)
class Caller:
    """Who is asking: `actor` is "app" or "person"; a person's token belongs to one company."""

    actor: str
    user_id: str
    company_id: str | None


class Tokens:
    """Issues and checks tokens; `clock` decides what has expired."""

    def __init__(self, app_id: str, app_secret: str, clock: Callable[[], datetime]) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._clock = clock
        self._key = hashlib.sha256(f"timify-simulator:{app_secret}".encode()).digest()

    def sign_in(self, app_id: str, app_secret: str) -> dict[str, Any]:
        """An app's token pair for its credentials; raises Unauthorized."""
        known = hmac.compare_digest(app_id.encode(), self._app_id.encode())
        if not (hmac.compare_digest(app_secret.encode(), self._app_secret.encode()) and known):
            raise Unauthorized("Invalid appid or appsecret")
        return self._pair({"authScope": "APP", "accountId": _id_of(app_id), "userId": _id_of(f"user:{app_id}")})

    def for_person(self, company_id: str) -> dict[str, Any]:
        """A token pair of a person who works in the company."""
        user_id = _id_of(f"person:{company_id}")
        return self._pair({"authScope": "USER", "accountId": company_id, "userId": user_id})

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """A new pair for a refresh token; raises Unauthorized."""
        claims = self._claims(refresh_token)
        if not claims.get("refresh"):
            raise Unauthorized("Not a refresh token")
        return self._pair({name: claims[name] for name in ("authScope", "accountId", "userId")})

    def caller(self, authorization: str | None) -> Caller:
        """Who sent this Authorization header (`Bearer <jwt>` or the bare token); raises Unauthorized."""
        token = (authorization or "").strip()
        if token[:7].lower() == "bearer ":
            token = token[7:].strip()
        if not token:
            raise Unauthorized("Missing access token")
        claims = self._claims(token)
        if claims.get("refresh"):
            raise Unauthorized("A refresh token is not an access token")
        if claims["authScope"] == "APP":
            return Caller("app", claims["userId"], None)
        return Caller("person", claims["userId"], claims["accountId"])

    def _pair(self, claims: dict[str, Any]) -> dict[str, Any]:
        issued = int(self._clock().timestamp())
        common = {
            **claims,
            "iat": issued,
            "region": "EUROPE",
            "version": 2,
            "longSession": False,
            "longAccessTokenDuration": False,
        }
        access = {**common, "jwtId": secrets.token_hex(12), "exp": issued + ACCESS_SECONDS}
        refresh = {**common, "jwtId": secrets.token_hex(12), "exp": issued + REFRESH_SECONDS, "refresh": True}
        return {
            "accessToken": jwt.encode(access, self._key, algorithm="HS256"),
            "refreshToken": jwt.encode(refresh, self._key, algorithm="HS256"),
            "expires": ACCESS_SECONDS,
        }

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(token, self._key, algorithms=["HS256"], options=_NO_TIMES)
        except jwt.InvalidTokenError:
            raise Unauthorized("Invalid access token") from None
        if claims["exp"] <= self._clock().timestamp():
            raise Unauthorized("Access token expired")
        return claims


def _id_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
