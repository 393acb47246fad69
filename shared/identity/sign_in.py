"""Signing in at Microsoft, by MSAL. MSAL is synchronous and slow to import: both are kept off the event loop."""

import asyncio
import json
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from shared.domain.failures import Broken, Failure, Reason, Throttled, Transient
from shared.identity.entra_errors import code_of, loop_detected, refresh_reason, sign_in_reason
from shared.identity.entra_http import MICROSOFT, EntraHttp
from shared.identity.grants import Grant
from shared.sync.access import SignedIn, SignInFailed

SCOPES = ("Calendars.ReadWrite",)
"""All that the sync calls; MSAL adds openid, profile and offline_access."""
TENANT = "organizations"
"""Work and school accounts of any organisation: personal accounts have no administrator and no such mailboxes."""

LOOP_WAIT = 60.0

# The answer comes in the query on purpose: a form posted by Microsoft would come without a SameSite=Lax cookie.
warnings.filterwarnings("ignore", message="response_mode='form_post' is recommended")

type Credential = str | Callable[[], str]
"""The client secret, or what answers a client assertion when one is needed (a managed identity's token)."""


class EntraSignIn:
    """One per process. Every operation has an MSAL application of its own, so none sees another's cached errors."""

    def __init__(self, client_id: str, credential: Credential, redirect_uri: str, http: EntraHttp) -> None:
        self._client_id = client_id
        self._credential: Any = credential if isinstance(credential, str) else {"client_assertion": credential}
        self._redirect_uri = redirect_uri
        self._http = http

    async def begin(self, state: str, hint: str = "", *, choose: bool = False) -> tuple[str, str]:
        """(address for the browser, flow: keep it secret, use it once). PKCE and nonce are MSAL's. Raises Transient.

        `hint` and `choose` are login_hint and prompt=select_account of
        https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code
        """
        flow = await asyncio.to_thread(self._begin, state, hint, "select_account" if choose else None)
        return self._http.local(flow["auth_uri"]), json.dumps(flow)

    async def complete(self, flow: str, answer: Mapping[str, str]) -> SignedIn | SignInFailed:
        """Redeem the code. A wrong state, nonce or verifier, or a code used before, is a sign-in that has expired."""
        try:
            result, cache = await asyncio.to_thread(self._complete, json.loads(flow), dict(answer))
        except Transient as error:
            return SignInFailed(reason=Reason.MICROSOFT_UNREACHABLE, detail=error.code)
        except (ValueError, RuntimeError) as error:  # RuntimeError: MSAL's answer to a nonce that is not ours
            return SignInFailed(reason=Reason.SIGN_IN_EXPIRED, detail=type(error).__name__)
        if "error" in result:
            return SignInFailed(reason=sign_in_reason(result), detail=code_of(result))
        claims = result.get("id_token_claims", {})
        if not claims.get("oid") or not claims.get("tid"):
            return SignInFailed(reason=Reason.SIGN_IN_EXPIRED, detail="no_account_in_id_token")
        account = f"{claims['oid']}.{claims['tid']}"
        grant = _grant(account, cache, result)
        username = str(claims.get("preferred_username", ""))
        return SignedIn(account=account, username=username, access_token=grant.access_token, grant=grant.to_text())

    async def refresh(self, grant: Grant) -> Grant:
        """A grant with a new access token, and with the refresh token that Microsoft gave instead of the old one.

        Raises Broken when a person must act (or our own credentials fail), Transient or Throttled when time helps.
        """
        return await asyncio.to_thread(self._refresh, grant)

    def admin_consent_url(self) -> str:
        """Where an administrator grants the app access for the whole organisation."""
        scope = " ".join(f"https://graph.microsoft.com/{name}" for name in SCOPES)
        query = urlencode({"client_id": self._client_id, "scope": scope, "redirect_uri": self._redirect_uri})
        return self._http.local(f"{MICROSOFT}/{TENANT}/v2.0/adminconsent?{query}")

    def _application(self, cache: Any) -> Any:
        import msal  # a third of a second: only where somebody signs in or a token must be renewed

        return msal.ConfidentialClientApplication(
            self._client_id,
            client_credential=self._credential,
            authority=f"{MICROSOFT}/{TENANT}",
            token_cache=cache,
            http_client=self._http,
            instance_discovery=False,
        )

    def _begin(self, state: str, hint: str, prompt: str | None) -> dict[str, Any]:
        flow: dict[str, Any] = self._application(None).initiate_auth_code_flow(
            list(SCOPES),
            redirect_uri=self._redirect_uri,
            state=state,
            prompt=prompt,
            login_hint=hint or None,
            response_mode="query",
        )
        return flow

    def _complete(self, flow: dict[str, Any], answer: dict[str, str]) -> tuple[dict[str, Any], str]:
        cache = _cache("")
        result = self._application(cache).acquire_token_by_auth_code_flow(flow, answer)
        return result, cache.serialize()

    def _refresh(self, grant: Grant) -> Grant:
        cache = _cache(grant.cache)
        application = self._application(cache)
        known = [one for one in application.get_accounts() if one.get("home_account_id") == grant.account]
        if not known:
            raise Broken(Reason.ACCESS_REVOKED, "no_account_in_cache")
        result = application.acquire_token_silent_with_error(list(SCOPES), known[0], force_refresh=True)
        if not result:
            raise Broken(Reason.ACCESS_REVOKED, "no_refresh_token")
        if "error" in result:
            raise _failure(result)
        return _grant(grant.account, cache.serialize(), result)


def managed_identity(client_id: str) -> Callable[[], str]:
    """Client assertions from a user-assigned managed identity that the app registration trusts (federated credential).

    The audience must be `api://AzureADTokenExchange`, the token app-only.
    """

    def assertion() -> str:
        from azure.identity import ManagedIdentityCredential  # only where there is no secret, and a token is due

        with ManagedIdentityCredential(client_id=client_id) as identity:
            token: str = identity.get_token("api://AzureADTokenExchange/.default").token
        return token

    return assertion


def _cache(text: str) -> Any:
    import msal

    cache = msal.SerializableTokenCache()
    if text:
        cache.deserialize(text)
    return cache


def _grant(account: str, cache: str, result: Mapping[str, Any]) -> Grant:
    expires = datetime.now(UTC) + timedelta(seconds=int(result.get("expires_in", 0)))
    return Grant(account=account, cache=cache, access_token=str(result["access_token"]), expires=expires)


def _failure(result: Mapping[str, Any]) -> Failure:
    reason = refresh_reason(result)
    if loop_detected(result):
        return Throttled(code_of(result), LOOP_WAIT)
    if reason is Reason.MICROSOFT_UNREACHABLE:
        return Transient(code_of(result))
    return Broken(reason, code_of(result))
