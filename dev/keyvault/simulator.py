"""Puts the vault's routes on the frame of a simulator."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dev.keyvault.keys import ALGORITHM, FIRST, KEY, PADDING, Version, first_version, from_text, public_pem, to_text
from dev.simkit import Answer, Simulator, utc_now
from dev.simkit.simulator import read_json

OPERATIONS = ["wrapKey", "unwrapKey"]
CHALLENGE = 'Bearer authorization="https://login.microsoftonline.com/simulated", resource="https://vault.azure.net"'
IDENTITY_SECRET = "local-identity-secret"  # the header that a managed identity's endpoint asks for


class KeyVaultSimulator(Simulator):
    """A vault with one key. `token` is the access token that it takes."""

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        clock: Callable[[], datetime] = utc_now,
        data_dir: Path | None = None,
    ) -> None:
        super().__init__("keyvault", clock=clock, data_dir=data_dir, secret_names=("value",))
        self._base_url = base_url
        self.token = token
        created = int(clock().timestamp())
        self._versions = {FIRST: Version(FIRST, first_version(), created)}
        self._deleted = False
        self.load()

    def routes(self) -> list[BaseRoute]:
        """The vault's own, and a managed identity's."""
        one = f"/keys/{KEY}"
        return [
            Route(f"{one}/{{version}}/wrapkey", self._key(self._wrap), methods=["POST"]),
            Route(f"{one}/{{version}}/unwrapkey", self._key(self._unwrap), methods=["POST"]),
            Route(f"{one}/rotate", self._key(self._rotate), methods=["POST"]),
            Route(f"{one}/{{version}}", self._key(self._update), methods=["PATCH"]),
            Route(f"{one}/{{version}}", self._key(self._show), methods=["GET"]),
            Route(one, self._key(self._show), methods=["GET"]),
            Route(one, self._key(self._delete), methods=["DELETE"]),
            Route(f"/deletedkeys/{KEY}/recover", self._recover, methods=["POST"]),
            Route("/msi/token", self._identity, methods=["GET"]),
            Route("/_sim/kid", self._newest_kid, methods=["GET"]),
            Route("/_sim/wrapping.pem", self._newest_public, methods=["GET"]),
        ]

    def throttled(self, reason: str, retry_after: float) -> Answer:
        """The vault's 429."""
        body = {"error": {"code": "Throttled", "message": f"Request was not processed: {reason}."}}
        return Answer.json(429, body, {"retry-after": str(int(retry_after) or 1)})

    def snapshot(self) -> Any:
        """All versions."""
        return {"deleted": self._deleted, "versions": [version.to_json() for version in self._versions.values()]}

    def restore(self, state: Any) -> None:
        """Take up what `snapshot` gave."""
        self._deleted = state["deleted"]
        self._versions = {data["id"]: Version.from_json(data) for data in state["versions"]}

    def _key(self, answer: Callable[[Version, Any], Response]) -> Callable[[Request], Any]:
        """What all routes of the key ask first: the token, the version of the API, the version of the key."""

        async def route(request: Request) -> Response:
            given = request.headers.get("authorization", "")
            if given != f"Bearer {self.token}":
                code = "AKV10022: Invalid audience or token." if given else "AKV10000: Request is missing a token."
                return _error(401, "Unauthorized", code, headers={"www-authenticate": CHALLENGE})
            if not request.query_params.get("api-version"):
                return _error(400, "BadParameter", "api-version must be specified.")
            version = self._versions.get(request.path_params.get("version", self._newest().id))
            if version is None or self._deleted:
                return _error(404, "KeyNotFound", "A key with (name/id) was not found in this key vault.")
            try:
                body = await read_json(request)
            except ValueError:
                return _error(400, "BadParameter", "The request body is no JSON.")
            return answer(version, body)

        return route

    def _wrap(self, version: Version, body: Any) -> Response:
        return self._operate(version, body, "wrap", lambda data: version.private.public_key().encrypt(data, PADDING))

    def _unwrap(self, version: Version, body: Any) -> Response:
        return self._operate(version, body, "unwrap", lambda data: version.private.decrypt(data, PADDING))

    def _operate(self, version: Version, body: Any, name: str, operation: Callable[[bytes], bytes]) -> Response:
        if not version.enabled:
            return _error(403, "Forbidden", f"Operation {name} is not allowed on a disabled key.", "KeyDisabled")
        try:
            if body["alg"] != ALGORITHM:
                raise ValueError(body["alg"])
            value = operation(from_text(str(body["value"])))
        except (KeyError, TypeError, ValueError):
            return _error(400, "BadParameter", "The parameter is incorrect.")
        return JSONResponse({"kid": self._kid(version), "value": to_text(value)})

    def _rotate(self, _: Version, __: Any) -> Response:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        made = Version(secrets.token_hex(16), private, int(self.clock().timestamp()))
        self._versions[made.id] = made
        return JSONResponse(self._bundle(made))

    def _update(self, version: Version, body: Any) -> Response:
        version.enabled = bool(body.get("attributes", {}).get("enabled", version.enabled))
        return JSONResponse(self._bundle(version))

    def _show(self, version: Version, _: Any) -> Response:
        return JSONResponse(self._bundle(version))

    def _delete(self, version: Version, _: Any) -> Response:
        self._deleted = True
        return JSONResponse(self._bundle(version) | {"recoveryId": f"{self._base_url}/deletedkeys/{KEY}"})

    async def _recover(self, _: Request) -> Response:
        self._deleted = False
        return JSONResponse(self._bundle(self._newest()))

    async def _identity(self, request: Request) -> Response:
        """https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference"""
        if request.headers.get("x-identity-header") != IDENTITY_SECRET:
            return JSONResponse({"statusCode": 401, "message": "wrong header"}, 401)
        until = int(self.clock().timestamp()) + 86400
        told = {"access_token": self.token, "expires_on": str(until), "token_type": "Bearer"}
        return JSONResponse(told | {"resource": request.query_params.get("resource", "")})

    async def _newest_kid(self, _: Request) -> Response:
        """As `az keyvault key show --query key.kid` says it."""
        return PlainTextResponse(self._kid(self._newest()))

    async def _newest_public(self, _: Request) -> Response:
        """As `az keyvault key download --encoding PEM` writes it."""
        return PlainTextResponse(public_pem(self._newest().private))

    def _newest(self) -> Version:
        return next(reversed(self._versions.values()))

    def _kid(self, version: Version) -> str:
        return f"{self._base_url}/keys/{KEY}/{version.id}"

    def _bundle(self, version: Version) -> dict[str, Any]:
        numbers = version.private.public_key().public_numbers()
        public = {
            name: to_text(value.to_bytes((value.bit_length() + 7) // 8))
            for name, value in (("n", numbers.n), ("e", numbers.e))
        }
        attributes = {"enabled": version.enabled, "created": version.created, "updated": version.created}
        key = {"kid": self._kid(version), "kty": "RSA", "key_ops": OPERATIONS, **public}
        return {"key": key, "attributes": attributes | {"recoveryLevel": "Recoverable", "recoverableDays": 90}}


def _error(
    status: int, code: str, message: str, inner: str = "", headers: dict[str, str] | None = None
) -> JSONResponse:
    told: dict[str, Any] = {"code": code, "message": message}
    return JSONResponse({"error": told | ({"innererror": {"code": inner}} if inner else {})}, status, headers)
