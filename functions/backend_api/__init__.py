"""The HTTP API for TIMIFY's backend: the table of its routes, and the way from a request to its handler.

Handlers are imported when first called: their models need pydantic, which no webhook and no queue trigger should load.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import azure.functions as func

from functions.backend_api.call import Call
from functions.http import Unauthorized, guarded, read_id
from shared.sync.errors import Forbidden
from shared.sync.services import Services
from shared.telemetry import logger

if TYPE_CHECKING:
    from shared.identity.callers import EntraCallers

type Handler = Callable[[Call], Awaitable[func.HttpResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """`module` and `name` say which handler answers. An `open` route works before the privacy policy is accepted."""

    method: str
    path: str
    module: str
    name: str
    open: bool = False

    def handler(self) -> Handler:
        found: Handler = getattr(import_module(f"{__name__}.{self.module}"), self.name)
        return found

    @property
    def ids(self) -> list[str]:
        """The names of the ids in the path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


_COMPANY = "api/v1/companies/{company_id}"
_RESOURCE = f"{_COMPANY}/resources/{{resource_id}}"
_CONFLICT = f"{_COMPANY}/conflicts/{{conflict_id}}"

ROUTES = (
    Route("GET", "api/v1/openapi.json", "description", "get_description", open=True),
    Route("PUT", _COMPANY, "companies", "put_company", open=True),
    Route("GET", _COMPANY, "companies", "get_company", open=True),
    Route("DELETE", _COMPANY, "companies", "delete_company", open=True),
    Route("POST", f"{_COMPANY}/console-sessions", "console_sessions", "post_console_session", open=True),
    Route("GET", f"{_COMPANY}/settings", "company_settings", "get_settings"),
    Route("PUT", f"{_COMPANY}/settings", "company_settings", "put_settings"),
    Route("POST", f"{_COMPANY}/settings/preview", "company_settings", "post_preview"),
    Route("GET", f"{_COMPANY}/resources", "resources", "get_resources"),
    Route("POST", f"{_COMPANY}/invitations", "resources", "post_invitations"),
    Route("GET", _RESOURCE, "resources", "get_resource"),
    Route("GET", f"{_RESOURCE}/settings", "resource_settings", "get_resource_settings"),
    Route("PATCH", f"{_RESOURCE}/settings", "resource_settings", "patch_resource_settings"),
    Route("DELETE", f"{_RESOURCE}/settings", "resource_settings", "delete_resource_settings"),
    Route("POST", f"{_RESOURCE}/settings/preview", "resource_settings", "post_resource_preview"),
    Route("POST", f"{_RESOURCE}/invitation", "resources", "post_invitation"),
    Route("DELETE", f"{_RESOURCE}/invitation", "resources", "delete_invitation"),
    Route("POST", f"{_RESOURCE}/check", "resources", "post_check"),
    Route("POST", f"{_RESOURCE}/resume", "resources", "post_resume"),
    Route("DELETE", f"{_RESOURCE}/connection", "resources", "delete_connection"),
    Route("GET", f"{_RESOURCE}/connection/preview", "resources", "get_disabling_preview"),
    Route("GET", f"{_RESOURCE}/log", "resources", "get_log"),
    Route("GET", f"{_COMPANY}/conflicts", "conflicts", "get_conflicts"),
    Route("GET", _CONFLICT, "conflicts", "get_conflict"),
    Route("POST", f"{_CONFLICT}/actions", "conflicts", "post_conflict_action"),
)

_log = logger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


async def dispatch(
    route: Route, request: func.HttpRequest, services: Services, callers: "EntraCallers | None"
) -> func.HttpResponse:
    """The answer of a route, or problem details; never an exception. Without `callers` the function key is enough."""
    return await guarded(_answer(route, request, services, callers))


async def _admit(route: Route, request: func.HttpRequest, callers: "EntraCallers") -> None:
    """Beside the key, which the host has checked: a token, where the settings ask for one. Raises Unauthorized
    and Forbidden."""
    from shared.identity.callers import NotAllowed, NotKnown

    try:
        await callers.check(request.headers.get("authorization", ""), writes=route.method != "GET")
    except NotKnown as error:
        _log.warning("A caller of the API without a token that counts was refused: %s", error.code)
        raise Unauthorized("unauthorized", "The access token is missing, or is not good here.") from error
    except NotAllowed as error:
        raise Forbidden("role-missing", "The access token does not carry the role that this route takes.") from error


async def _answer(
    route: Route, request: func.HttpRequest, services: Services, callers: "EntraCallers | None"
) -> func.HttpResponse:
    if callers is not None:
        await _admit(route, request, callers)
    ids = {name: read_id(request, name) for name in route.ids}
    if not route.open:
        from shared.sync.companies import consenting_company

        await consenting_company(services, ids["company_id"])
    return await route.handler()(Call(request=request, services=services, ids=ids))


def _register(route: Route) -> None:
    async def answered(request: func.HttpRequest) -> func.HttpResponse:
        from shared.app import services

        app = services()
        return await dispatch(route, request, app, app.callers)

    async def run(req: func.HttpRequest) -> func.HttpResponse:
        return await guarded(answered(req))

    run.__name__ = route.name
    level = func.AuthLevel.FUNCTION
    blueprint.function_name(route.name)(
        blueprint.route(route=route.path, methods=[route.method], auth_level=level)(run)
    )


for _route in ROUTES:
    _register(_route)
