"""The identity provider over HTTP: discovery, sign-in page, token endpoint, administrator's consent."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dev.outlook import pages
from dev.outlook.errors import Body
from dev.outlook.identity import Identity, SignInError, jwks
from dev.outlook.store import Mailbox, Store

AUTHORITY = "https://login.microsoftonline.com"
_ANY_TENANT = ("common", "organizations", "consumers")
_PROMPTS = ("login", "none", "consent", "select_account")
_NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


class SignIn:
    """Routes of the identity provider."""

    def __init__(self, store: Store, identity: Identity, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock

    def routes(self) -> list[BaseRoute]:
        """All under `/{tenant}`; `tenant` is common, organizations or a guid."""
        return [
            Route("/common/discovery/instance", self._instances),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._discovery),
            Route("/{tenant}/discovery/v2.0/keys", self._keys),
            Route("/{tenant}/oauth2/v2.0/authorize", self._authorize),
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            Route("/{tenant}/v2.0/adminconsent", self._admin_consent),
        ]

    async def _instances(self, request: Request) -> Response:
        host = AUTHORITY.removeprefix("https://")
        known = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        discovery = f"{AUTHORITY}/common/v2.0/.well-known/openid-configuration"
        return JSONResponse({"tenant_discovery_endpoint": discovery, "api-version": "1.1", "metadata": [known]})

    async def _discovery(self, request: Request) -> Response:
        tenant = request.path_params["tenant"]
        base = f"{AUTHORITY}/{tenant}"
        body: Body = {
            "issuer": f"{AUTHORITY}/{'{tenantid}' if tenant in _ANY_TENANT else tenant}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "form_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "code_challenge_methods_supported": ["plain", "S256"],
        }
        return JSONResponse(body)

    async def _keys(self, request: Request) -> Response:
        return JSONResponse(jwks())

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        problem = self._unusable(asked)
        if problem:
            return HTMLResponse(pages.problem(problem), 400)
        if asked.get("_sim_cancel"):
            cancelled = SignInError("access_denied", 65004, "User declined to consent to access the app.")
            return self._back(asked, self._refused(cancelled) | {"error_subcode": "cancel"})
        if asked.get("prompt") == "none" and "_sim_user" not in asked:
            silent = SignInError("login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
            return self._back(asked, self._refused(silent))
        if "_sim_user" not in asked:
            mailboxes = self._of_tenant(request.path_params["tenant"])
            return HTMLResponse(pages.choose_mailbox(str(request.url), mailboxes, asked.get("login_hint", "")))
        mailbox = self._store.find(asked["_sim_user"])
        if mailbox is None:
            text = f"AADSTS50034: The user account {asked['_sim_user']} does not exist in the directory."
            return HTMLResponse(pages.problem(text), 400)
        try:
            return self._back(asked, {"code": self._identity.code_for(mailbox, asked)})
        except SignInError as error:
            return self._back(asked, self._refused(error))

    def _unusable(self, asked: dict[str, str]) -> str | None:
        if asked.get("client_id") != self._identity.client_id:
            return "AADSTS700016: Application with that identifier was not found in the directory."
        if not asked.get("redirect_uri"):
            return "AADSTS50011: The redirect URI of the request is missing."
        if asked.get("response_type") != "code":
            return "AADSTS700054: response_type is not enabled for the application."
        if asked.get("prompt", "none") not in _PROMPTS:
            return "AADSTS90023: Unsupported 'prompt' value."
        return None

    def _of_tenant(self, tenant: str) -> list[Mailbox]:
        every = list(self._store.mailboxes.values())
        return every if tenant in _ANY_TENANT else [mailbox for mailbox in every if mailbox.tenant == tenant]

    def _back(self, asked: dict[str, str], answer: dict[str, str]) -> Response:
        if "state" in asked:
            answer = answer | {"state": asked["state"]}
        if asked.get("response_mode") == "form_post":
            return HTMLResponse(pages.post_back(asked["redirect_uri"], answer), headers=_NO_STORE)
        return RedirectResponse(with_query(asked["redirect_uri"], answer), 302, _NO_STORE)

    def _refused(self, error: SignInError) -> dict[str, str]:
        return {"error": error.error, "error_description": self._description(error)[0]}

    def _description(self, error: SignInError) -> tuple[str, str, str, str]:
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        at = self._clock().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        text = f"{error}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {at}"
        return text, trace, correlation, at

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        try:
            return JSONResponse(self._identity.redeem(form), headers=_NO_STORE)
        except SignInError as error:
            text, trace, correlation, at = self._description(error)
            body = {
                "error": error.error,
                "error_description": text,
                "error_codes": [error.number],
                "timestamp": at,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": f"{AUTHORITY}/error?code={error.number}",
            }
            if error.suberror:
                body["suberror"] = error.suberror
            return JSONResponse(body, error.status, _NO_STORE)

    async def _admin_consent(self, request: Request) -> Response:
        asked, tenant = dict(request.query_params), request.path_params["tenant"]
        problem = self._unusable(asked | {"response_type": "code"})
        if problem:
            return HTMLResponse(pages.problem(problem), 400)
        chosen = self._store.find(asked["_sim_user"]) if asked.get("_sim_user") else None
        tenant = chosen.tenant if chosen else tenant
        if asked.get("_sim_cancel"):
            denied = SignInError("access_denied", 65004, "The administrator declined to consent.")
            return self._back(asked, self._refused(denied))
        if not (asked.get("_sim_accept") or chosen):
            return HTMLResponse(pages.admin_consent(str(request.url), tenant))
        granted = self._of_tenant(tenant)
        for mailbox in granted:
            mailbox.consent = "granted" if mailbox.consent == "admin_required" else mailbox.consent
        shown = granted[0].tenant if granted and tenant in _ANY_TENANT else tenant
        return self._back(asked, {"admin_consent": "True", "tenant": shown, "scope": asked.get("scope", "")})


def with_query(url: str, values: dict[str, str]) -> str:
    """`url` with more query parameters."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(values))))
    return urlunsplit(parts._replace(query=query))
