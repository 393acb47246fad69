"""The HTTP trigger: routes in registration order, keys, and the request as the worker library expects it."""

import asyncio
import hmac
from collections.abc import Iterable
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dev.host.invoker import Invoker
from dev.host.routes import Route
from dev.host.settings import HostSettings
from dev.host.worker import Function, TypedData

# Azure's front end gives up on an answer after this many seconds; the function itself goes on.
ANSWER_WITHIN = 230.0


class Keys:
    """Who may call what: a key in the header `x-functions-key`, else in the query as `code`."""

    def __init__(self, settings: HostSettings) -> None:
        self._function = settings.function_key.encode()
        self._master = settings.master_key.encode()

    def allow(self, request: Request, level: str) -> bool:
        if level == "ANONYMOUS":
            return True
        given = (request.headers.get("x-functions-key") or request.query_params.get("code") or "").encode()
        is_master = hmac.compare_digest(given, self._master)
        is_function = hmac.compare_digest(given, self._function)
        return is_master or (is_function and level == "FUNCTION")


class HttpTriggers:
    """All HTTP functions of the app."""

    def __init__(self, functions: Iterable[Function], settings: HostSettings, keys: Keys, invoker: Invoker) -> None:
        self._invoker = invoker
        self._keys = keys
        self._routes: list[tuple[Route, frozenset[str], Function]] = []
        for function in functions:
            trigger = function.trigger.settings
            own = trigger.get("route")
            template = "/".join(part for part in (settings.route_prefix, function.name if own is None else own) if part)
            methods = frozenset(str(method).upper() for method in trigger.get("methods") or ())
            self._routes.append((Route(template), methods, function))

    async def answer(self, request: Request) -> Response:
        """Run the first function whose template and methods match; 404 when none does, 401 without its key."""
        raw_path = request.scope.get("raw_path", b"").decode("ascii") or request.url.path
        for route, methods, function in self._routes:
            if methods and request.method not in methods:
                continue
            values = route.match(raw_path)
            if values is None:
                continue
            level = str(function.trigger.settings.get("authLevel") or "FUNCTION").upper()
            if not self._keys.allow(request, level):
                return Response(status_code=401)
            return await self._run(function, await _data(request, values), request.headers.get("traceparent", ""))
        if raw_path == "/" and request.method == "GET":
            return PlainTextResponse("The function host is up.")
        return Response(status_code=404)

    async def _run(self, function: Function, data: TypedData, traceparent: str) -> Response:
        task = self._invoker.spawn(self._invoker.run(function, data, traceparent=traceparent))
        try:
            outcome = await asyncio.wait_for(asyncio.shield(task), ANSWER_WITHIN)
        except TimeoutError:
            return Response(status_code=504)
        if outcome.error is not None:
            return Response(status_code=500)
        return _response(outcome.returned)


async def _data(request: Request, values: dict[str, str]) -> TypedData:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.url.query):
        query[name] = f"{query[name]},{value}" if name in query else value
    # Azure's host passes a body on only when its length was announced.
    has_body = int(request.headers.get("content-length") or 0) > 0
    body = await request.body() if has_body else b""
    http = SimpleNamespace(
        method=request.method,
        url=str(request.url),
        headers=headers,
        body=TypedData(bytes=body),
        params=values,
        query=query,
    )
    return TypedData(http=http)


def _response(returned: Any) -> Response:
    if returned is None:
        return Response(status_code=204)
    if returned.WhichOneof("data") == "string":
        return PlainTextResponse(returned.string)
    http = returned.http
    response = Response(http.body.bytes, int(http.status_code))
    for name, value in http.headers.items():
        response.headers[name] = value
    for cookie in http.cookies or ():
        response.headers.append("set-cookie", _cookie(cookie))
    return response


def _cookie(cookie: Any) -> str:
    # Azure's host percent-encodes cookie values.
    parts = [f"{cookie.name}={quote(cookie.value, safe='')}"]
    if cookie.domain is not None and cookie.domain.value:
        parts.append(f"Domain={cookie.domain.value}")
    if cookie.path is not None and cookie.path.value:
        parts.append(f"Path={cookie.path.value}")
    if cookie.expires is not None:
        parts.append(f"Expires={formatdate(cookie.expires.value.seconds, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"Max-Age={int(cookie.max_age.value)}")
    if cookie.secure is not None and cookie.secure.value:
        parts.append("Secure")
    if cookie.http_only is not None and cookie.http_only.value:
        parts.append("HttpOnly")
    same_site = {1: "Lax", 2: "Strict", 3: "None"}.get(cookie.same_site)
    return "; ".join([*parts, f"SameSite={same_site}"] if same_site else parts)
