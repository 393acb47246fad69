"""HTTP: the administrator's pages: the table of their routes, and the way from a request to the page.

The session in the address is the only key, so one anonymous trigger takes everything below `/console`. Pages are
imported when first called.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from functions.console.visit import Visit
    from functions.limits import Limits
    from shared.sync.services import Services

type Page = Callable[["Visit"], Awaitable[func.HttpResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """`module` and `name` say which page answers, `right` who may use it beside looking (a value of `Right`).

    An `open` route works before the privacy policy is accepted, a `last` one also after the company has uninstalled,
    to finish what broke off. A `costly` one reads calendars, or makes the sync read them."""

    method: str
    path: str
    module: str
    name: str
    right: str = ""
    open: bool = False
    last: bool = False
    costly: bool = False

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The ids in `path`, None when the route is another's."""
        if method != self.method:
            return None
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9_-]{1,64})", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None

    def page(self) -> Page:
        found: Page = getattr(import_module(f"{__name__}.{self.module}"), self.name)
        return found


_RESOURCE = "resources/{resource_id}"

ROUTES = (
    Route("GET", "overview", "overview", "show"),
    Route("GET", "overview/live", "overview", "live"),
    Route("POST", "invitations", "overview", "invite", "manage_resources"),
    Route("GET", "invitations/all", "overview", "ask_all"),
    Route("POST", "invitations/all", "overview", "invite_all", "manage_resources"),
    Route("GET", _RESOURCE, "resources", "show"),
    Route("POST", _RESOURCE, "resources", "choose", "manage_resources"),
    Route("POST", f"{_RESOURCE}/follow", "resources", "follow", "manage_resources"),
    Route("POST", f"{_RESOURCE}/revoke", "resources", "revoke", "manage_resources"),
    Route("POST", f"{_RESOURCE}/check", "resources", "check", "manage_resources", costly=True),
    Route("POST", f"{_RESOURCE}/resume", "resources", "resume", "manage_resources", costly=True),
    Route("GET", f"{_RESOURCE}/disable", "resources", "ask_disable", costly=True),
    Route("POST", f"{_RESOURCE}/disable", "resources", "disable", "manage_resources"),
    Route("GET", f"{_RESOURCE}/log", "sync_log", "show"),
    Route("GET", f"{_RESOURCE}/log.csv", "sync_log", "export"),
    Route("GET", "settings", "settings", "show", open=True),
    Route("POST", "settings", "settings", "save", "change_settings"),
    Route("GET", "settings/example", "settings", "example"),
    Route("POST", "settings/preview", "settings", "preview", "change_settings", costly=True),
    Route("POST", "settings/policy", "settings", "policy", "change_settings", open=True),
    Route("GET", "uninstall", "settings", "ask_uninstall", last=True, costly=True),
    Route("POST", "uninstall", "settings", "uninstall", "uninstall", last=True),
    Route("GET", "conflicts", "conflicts", "show"),
    Route("GET", "conflicts/{conflict_id}", "conflicts", "show_one"),
    Route("POST", "conflicts/{conflict_id}", "conflicts", "decide", "decide_conflicts"),
    Route("GET", "help", "help", "show", open=True),
)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route("console/{session}/{*path}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def console(req: func.HttpRequest) -> func.HttpResponse:
    """Every page of the administrator, and everything that is done on them."""
    from functions.limits import LIMITS
    from shared.app import services

    return await dispatch(req, services(), LIMITS)


async def dispatch(req: func.HttpRequest, services: "Services", limits: "Limits") -> func.HttpResponse:
    """The page, or the page that says why not; never an exception."""
    from functions.console.visit import enter

    return await enter(req, services, ROUTES, limits)
