"""One call of the administrator's pages: who comes, what they may do, and how they are answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import azure.functions as func

from functions.console import Route
from functions.health import VERSION
from functions.http import MAX_BODY, checked_body, explain
from functions.limits import Limits
from shared.domain.accounts import Company
from shared.domain.failures import Failure
from shared.identity.console import ConsoleSession, Right, read, renewed, write
from shared.sync.errors import TooOften, UseCaseError, too_many_requests, uninstalled, unknown_company
from shared.sync.services import Services
from shared.web.rendering import headers, render
from shared.words.problems import problem_text
from shared.words.speech import Speech, preferred, speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`ids` are the ids of the path. `base` is the address below which the pages of this session are."""

    request: func.HttpRequest
    services: Services
    session: ConsoleSession
    company: Company
    ids: Mapping[str, str]
    base: str
    say: Speech

    @property
    def partial(self) -> bool:
        """Does the page ask for a part of itself (htmx), not for a whole page?"""
        return _partial(self.request)

    @property
    def query(self) -> Mapping[str, str]:
        return dict(self.request.params)

    def form(self) -> dict[str, list[str]]:
        """The fields of a posted form. Raises TooLarge."""
        return parse_qs(checked_body(self.request, MAX_BODY).decode("utf-8", "replace"), keep_blank_values=True)

    def may(self, right: str) -> bool:
        """For templates too: `visit.may("manage_resources")`."""
        return self.session.may(Right(right))

    def page(self, template: str, **content: object) -> func.HttpResponse:
        """A page, or a part of one. Every template is given `visit`, `company` and `base`."""
        return _html(self.services, 200, self._render(template, **content))

    def done(self, message: str, to: str, template: str = "", **content: object) -> func.HttpResponse:
        """After something was done: the part of the page that changed, with a word about it. Without scripts, the page
        `to` (303, so that reloading does nothing twice)."""
        if not self.partial:
            return self.go(to)
        part = self._render(template, **content) if template else ""
        return _html(self.services, 200, part + render("console/notice.html", self.say, message=message, bad=False))

    def go(self, to: str) -> func.HttpResponse:
        """To another page of this session."""
        return func.HttpResponse(status_code=303, headers=headers() | {"Location": f"{self.base}/{to}"})

    def _render(self, template: str, **content: Any) -> str:
        given = {"visit": self, "company": self.company, "base": self.base, "version": VERSION}
        return render(f"console/{template}", self.say, **given, **content)


async def enter(
    req: func.HttpRequest, services: Services, routes: Sequence[Route], limits: Limits
) -> func.HttpResponse:
    """Let whoever has a session in, to the page that the path names. Never raises."""
    say = speech(preferred(req.headers.get("accept-language", ""), "en"))
    try:
        _wait(limits.of_address(req))
        checked_body(req, MAX_BODY)
        session = read(req.route_params.get("session", ""), services.sealer, services.now())
        if session is None:
            return _stop(req, services, say, HTTPStatus.UNAUTHORIZED, "session-ended")
        say = speech(session.language)
        _wait(limits.of_link(f"{session.company_id}|{session.began}|{session.name}", costly=_costly(req, routes)))
        company = await services.store.company(session.company_id)
        if company is None:
            raise unknown_company()
        visit = _visit(req, services, session, company)
        return await _answer(visit, routes)
    except UseCaseError as error:
        answer = _stop(req, services, say, error.status, error.code, error.detail)
        if isinstance(error, TooOften):
            answer.headers["Retry-After"] = str(error.wait)
        return answer
    except Exception as error:
        status = explain(error).status_code
        code = "unreachable" if isinstance(error, Failure) else "internal"
        return _stop(req, services, say, status, code)


def _wait(seconds: int) -> None:
    if seconds:
        raise too_many_requests(seconds)


def _costly(req: func.HttpRequest, routes: Sequence[Route]) -> bool:
    method, path = req.method.upper(), req.route_params.get("path", "").strip("/")
    return any(route.costly and route.match(method, path) is not None for route in routes)


def _visit(req: func.HttpRequest, services: Services, session: ConsoleSession, company: Company) -> Visit:
    """A whole page hands a fresh key on to the pages behind it; a part of a page keeps the one it was asked with."""
    token = req.route_params["session"]
    if not _partial(req):
        token = write(renewed(session, services.now()), services.sealer)
    return Visit(
        request=req,
        services=services,
        session=session,
        company=company,
        ids={},
        base=f"/console/{token}",
        say=speech(session.language, company.timezone),
    )


async def _answer(visit: Visit, routes: Sequence[Route]) -> func.HttpResponse:
    path = visit.request.route_params.get("path", "").strip("/")
    if not path:
        return visit.go("overview")
    for route in routes:
        ids = route.match(visit.request.method.upper(), path)
        if ids is None:
            continue
        if visit.company.uninstalled_at is not None and not route.last:
            raise uninstalled()
        if route.right and not visit.may(route.right):
            return _stop(visit.request, visit.services, visit.say, HTTPStatus.FORBIDDEN, "not-allowed")
        if visit.company.privacy_policy is None and not route.open:
            return visit.go("settings")
        return await route.page()(replace(visit, ids=ids))
    return _stop(visit.request, visit.services, visit.say, HTTPStatus.NOT_FOUND, "no-such-page")


def _stop(
    req: func.HttpRequest, services: Services, say: Speech, status: int, code: str, otherwise: str = ""
) -> func.HttpResponse:
    """Why not: as a notice over the page that is there, or as a page of its own."""
    message = problem_text(code, say, otherwise)
    template = "notice.html" if _partial(req) else "stopped.html"
    html = render(f"console/{template}", say, message=message, bad=True, code=code)
    answer = _html(services, status, html)
    if _partial(req):
        answer.headers["HX-Reswap"] = "none"  # the notice alone goes in, out of band
    return answer


def _html(services: Services, status: int, html: str) -> func.HttpResponse:
    framed = headers(services.config.console_frame_origins)
    return func.HttpResponse(html, status_code=int(status), headers=framed, mimetype="text/html", charset="utf-8")


def _partial(req: func.HttpRequest) -> bool:
    return str(req.headers.get("hx-request", "")) == "true"
