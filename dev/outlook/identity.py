"""Tokens: authorization codes, refresh tokens, access tokens, id tokens. No HTTP here."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from dev.outlook.errors import Body
from dev.outlook.request import Caller
from dev.outlook.store import Mailbox, Store

KEY_ID = "local-signing-key"
CODE_LIFE = timedelta(minutes=10)
SCOPES = frozenset(
    {"openid", "profile", "email", "offline_access", "User.Read", "Calendars.ReadWrite", "MailboxSettings.Read"}
)
_GRAPH = "https://graph.microsoft.com/"


class SignInError(Exception):
    """An error of the identity provider; `number` is the AADSTS code."""

    def __init__(self, error: str, number: int, text: str, *, status: int = 400, suberror: str = "") -> None:
        super().__init__(f"AADSTS{number}: {text}")
        self.error = error
        self.number = number
        self.status = status
        self.suberror = suberror


@dataclass(slots=True)
class Code:
    """An authorization code, bound to everything it must be redeemed with."""

    upn: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str | None
    challenge_method: str
    expires: datetime
    used: bool = False


@dataclass(slots=True)
class Token:
    """A refresh token (`expires` None) or an access token."""

    upn: str
    actor: str
    scope: str
    expires: datetime | None = None
    revoked: bool = False


@lru_cache(maxsize=1)
def signing_key() -> rsa.RSAPrivateKey:
    """The key of this process; id tokens do not outlive it."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwks() -> Body:
    """The public key, as a key set."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key().public_key()))
    return {"keys": [public | {"kid": KEY_ID, "use": "sig", "alg": "RS256"}]}


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Identity:
    """Issues and checks tokens of one app registration."""

    def __init__(self, store: Store, clock: Callable[[], datetime], client_id: str, client_secret: str) -> None:
        self._store = store
        self._clock = clock
        self.client_id = client_id
        self._client_secret = client_secret
        self._codes: dict[str, Code] = {}
        self._refresh: dict[str, Token] = {}
        self._access: dict[str, Token] = {}
        self.access_token_seconds = 3599

    def caller(self, authorization: str) -> Caller | None:
        """Whose bearer token this is, if it is still good."""
        scheme, _, value = authorization.partition(" ")
        token = self._access.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.revoked or (token.expires is not None and token.expires <= self._clock()):
            return None
        mailbox = self._store.find(token.upn)
        return Caller(mailbox, token.actor) if mailbox else None

    def actor(self, authorization: str) -> str:
        """Through which client a bearer token came, good or not."""
        token = self._access.get(authorization.partition(" ")[2].strip())
        return token.actor if token else "anonymous"

    def person_token(self, mailbox: Mailbox) -> Body:
        """A bearer token for a person, as their own mail program has it."""
        value = self._issue(mailbox.upn, "person", " ".join(sorted(SCOPES)))
        return {"access_token": value, "token_type": "Bearer", "expires_in": self.access_token_seconds}

    def code_for(self, mailbox: Mailbox, asked: dict[str, str]) -> str:
        """An authorization code for a person who signed in and consented. Raises SignInError if that cannot be."""
        if mailbox.consent == "declined":
            raise SignInError("access_denied", 65004, "User declined to consent to access the app.")
        if mailbox.consent == "admin_required":
            raise SignInError(
                "consent_required", 90094, "An administrator of this organization has to grant permission."
            )
        value = "0.A" + secrets.token_urlsafe(48)
        self._codes[value] = Code(
            upn=mailbox.upn,
            redirect_uri=asked["redirect_uri"],
            scope=asked.get("scope", ""),
            nonce=asked.get("nonce"),
            challenge=asked.get("code_challenge"),
            challenge_method=asked.get("code_challenge_method", "plain"),
            expires=self._clock() + CODE_LIFE,
        )
        return value

    def redeem(self, form: dict[str, str]) -> Body:
        """The token endpoint. Raises SignInError."""
        self._check_client(form)
        grant = form.get("grant_type")
        if grant == "authorization_code":
            return self._redeem_code(form)
        if grant == "refresh_token":
            return self._redeem_refresh(form)
        raise SignInError("unsupported_grant_type", 70003, "The app requested an unsupported grant type.")

    def revoke(self, mailbox: Mailbox) -> None:
        """All tokens of the app for this mailbox die, as after a revocation by the person or an administrator."""
        for token in (*self._refresh.values(), *self._access.values()):
            if token.upn == mailbox.upn and token.actor == "app":
                token.revoked = True

    def snapshot(self) -> Body:
        """Tokens as JSON, so that a restart keeps people connected."""
        return {
            "refresh": {value: asdict(token) for value, token in self._refresh.items()},
            "access": {
                value: asdict(token) | {"expires": token.expires.isoformat() if token.expires else None}
                for value, token in self._access.items()
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `snapshot` gave."""
        self._refresh = {value: Token(**saved) for value, saved in state["refresh"].items()}
        for value, saved in state["access"].items():
            expires = datetime.fromisoformat(saved["expires"]) if saved["expires"] else None
            self._access[value] = Token(**saved | {"expires": expires})

    def _check_client(self, form: dict[str, str]) -> None:
        if form.get("client_id") != self.client_id:
            text = "Application with that identifier was not found in the directory."
            raise SignInError("unauthorized_client", 700016, text)
        if form.get("client_assertion"):
            return
        secret = form.get("client_secret", "")
        if not hmac.compare_digest(secret.encode(), self._client_secret.encode()):
            raise SignInError("invalid_client", 7000215, "Invalid client secret provided.", status=401)

    def _redeem_code(self, form: dict[str, str]) -> Body:
        code = self._codes.get(form.get("code", ""))
        if code is None:
            raise SignInError("invalid_grant", 9002313, "Invalid request. The code is malformed or invalid.")
        if code.used:
            raise SignInError("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
        if code.expires <= self._clock():
            raise SignInError("invalid_grant", 70008, "The provided authorization code has expired.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise SignInError("invalid_client", 500112, "The reply address does not match the one of the request.")
        if code.challenge and not _verifies(code, form.get("code_verifier", "")):
            raise SignInError("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.")
        code.used = True
        return self._tokens(self._mailbox(code.upn), code.scope, code.nonce)

    def _redeem_refresh(self, form: dict[str, str]) -> Body:
        token = self._refresh.get(form.get("refresh_token", ""))
        if token is None:
            raise SignInError("invalid_grant", 9002313, "Invalid request. The refresh token is malformed or invalid.")
        if token.revoked:
            text = "The provided grant has expired due to it being revoked, a fresh auth token is needed."
            raise SignInError("invalid_grant", 50173, text, suberror="bad_token")
        mailbox = self._mailbox(token.upn)
        if mailbox.consent != "granted":
            text = "The user or administrator has not consented to use the application."
            raise SignInError("invalid_grant", 65001, text, suberror="consent_required")
        return self._tokens(mailbox, form.get("scope") or token.scope, None)

    def _mailbox(self, upn: str) -> Mailbox:
        mailbox = self._store.find(upn)
        if mailbox is None:
            raise SignInError("invalid_grant", 50034, "The user account does not exist in the directory.")
        return mailbox

    def _tokens(self, mailbox: Mailbox, scope: str, nonce: str | None) -> Body:
        names = [name.removeprefix(_GRAPH) for name in scope.split()]
        unknown = [name for name in names if name not in SCOPES]
        if unknown:
            text = f"The provided value for the input parameter 'scope' isn't valid: {unknown[0]}."
            raise SignInError("invalid_scope", 70011, text)
        granted = " ".join(name for name in names if name != "offline_access")
        info = {"uid": mailbox.oid, "utid": mailbox.tenant}
        answer: Body = {
            "token_type": "Bearer",
            "scope": granted,
            "expires_in": self.access_token_seconds,
            "ext_expires_in": self.access_token_seconds,
            "access_token": self._issue(mailbox.upn, "app", granted),
            "client_info": encoded(json.dumps(info).encode()),
        }
        if "offline_access" in names:
            answer["refresh_token"] = "1.A" + secrets.token_urlsafe(64)
            self._refresh[answer["refresh_token"]] = Token(mailbox.upn, "app", scope)
        if "openid" in names:
            answer["id_token"] = self._id_token(mailbox, nonce)
        return answer

    def _issue(self, upn: str, actor: str, scope: str) -> str:
        value = "EwB" + secrets.token_urlsafe(48)
        self._access[value] = Token(upn, actor, scope, self._clock() + timedelta(seconds=self.access_token_seconds))
        return value

    def _id_token(self, mailbox: Mailbox, nonce: str | None) -> str:
        now = int(self._clock().timestamp())
        claims = {
            "aud": self.client_id,
            "iss": f"https://login.microsoftonline.com/{mailbox.tenant}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "name": mailbox.name,
            "oid": mailbox.oid,
            "preferred_username": mailbox.upn,
            "sub": encoded(hashlib.sha256(f"{self.client_id}{mailbox.oid}".encode()).digest()),
            "tid": mailbox.tenant,
            "ver": "2.0",
        }
        if nonce:
            claims["nonce"] = nonce
        return jwt.encode(claims, signing_key(), algorithm="RS256", headers={"kid": KEY_ID})


def _verifies(code: Code, verifier: str) -> bool:
    given = encoded(hashlib.sha256(verifier.encode()).digest()) if code.challenge_method == "S256" else verifier
    return hmac.compare_digest(given, code.challenge or "")
