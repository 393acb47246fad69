"""HTTP: the pages of a resource's journey from the invitation to the connected calendar.

The link is the only key, so these triggers are anonymous. Nothing but the person's own buttons changes anything:
scanners of e-mail may open the link as often as they like.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import azure.functions as func

from shared.domain.failures import Failure, Reason
from shared.sync.connect import (
    Choice,
    Journey,
    Stopped,
    begin_sign_in,
    choose,
    complete_sign_in,
    connect,
    foresee,
    open_invitation,
)
from shared.sync.errors import UseCaseError
from shared.sync.one_time import token_hash

if TYPE_CHECKING:
    from shared.sync.preview import Counts
    from shared.sync.services import Services
    from shared.words.speech import Speech

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped

COOKIE = "timify_connect"
BROWSER_LASTS = timedelta(hours=1)
_GONE = frozenset({Reason.LINK_EXPIRED, Reason.LINK_USED, Reason.LINK_REPLACED, Reason.RESOURCE_GONE})
_AWAY = frozenset({Reason.MICROSOFT_UNREACHABLE, Reason.TIMIFY_UNREACHABLE, Reason.OUR_CREDENTIALS})

type Page = Callable[["Services", func.HttpRequest], Awaitable[func.HttpResponse]]


@blueprint.route("connect/callback", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_callback(req: func.HttpRequest) -> func.HttpResponse:
    """Microsoft sends the browser back here."""
    return await answer(callback, req)


@blueprint.route("connect/{token}/sign-in", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_sign_in(req: func.HttpRequest) -> func.HttpResponse:
    """To Microsoft's sign-in."""
    return await answer(sign_in, req)


@blueprint.route("connect/{token}/calendars", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_calendars(req: func.HttpRequest) -> func.HttpResponse:
    """Choose a calendar; connect it."""
    return await answer(chosen if req.method.upper() == "POST" else calendars, req)


@blueprint.route("connect/{token}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_landing(req: func.HttpRequest) -> func.HttpResponse:
    """Who invites, to what, and what will be shared."""
    return await answer(landing, req)


async def answer(page: Page, req: func.HttpRequest) -> func.HttpResponse:
    """The page, put together with the app's real services."""
    from shared.app import services

    return await guarded(page, services(), req)


async def guarded(page: Page, services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """The page, or the page that says why not."""
    try:
        return await page(services, req)
    except Stopped as stopped:
        return stopped_page(services, req, stopped)
    except (Failure, UseCaseError):
        return stopped_page(services, req, Stopped(Reason.TIMIFY_UNREACHABLE, req.route_params.get("token", "")))


async def landing(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """The invitation in words."""
    from shared.words.connecting import sharing

    journey = await open_invitation(services, req.route_params["token"])
    say = _speech(req, journey)
    return _page(
        "landing.html",
        say,
        company=await services.company_names.company_name(journey.company.id),
        resource=journey.resource.name,
        sharing=sharing(journey.connection.effective_settings(journey.company), say),
        sign_in=f"/connect/{journey.token}/sign-in",
        expires=say.day(journey.invitation.expires_at),
    )


async def sign_in(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """Off to Microsoft, with a cookie by which this browser is known when it comes back."""
    browser = _browser(services, req) or secrets.token_urlsafe(24)
    address = await begin_sign_in(services, req.route_params["token"], browser)
    return _redirect(302, address, {"Set-Cookie": _cookie(services, browser)})


async def callback(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """Take the answer in, and move on to an address without its code."""
    given = _form(req) if req.method.upper() == "POST" else dict(req.params)
    if given.get("admin_consent", "").lower() == "true" and "state" not in given:
        from shared.words.connecting import APPROVED

        say = _speech(req)
        return _outcome(say, "approved", "", *map(say, APPROVED))
    token = await complete_sign_in(services, given, _browser(services, req))
    return _redirect(303, f"/connect/{token}/calendars")


async def calendars(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """The calendars of the person who signed in."""
    token, browser = req.route_params["token"], _browser(services, req)
    choice = await choose(services, token, browser)
    writable = sorted((one for one in choice.calendars if one.can_edit), key=lambda one: not one.default)
    return _calendar_page(services, req, choice, browser, writable[0].id)


def _calendar_page(
    services: "Services",
    req: func.HttpRequest,
    choice: Choice,
    browser: str,
    preselected: str,
    counts: "Counts | None" = None,
) -> func.HttpResponse:
    """The calendars to choose from, and what would happen with the preselected one, if that was asked."""
    token = req.route_params["token"]
    return _page(
        "calendars.html",
        _speech(req, choice.journey),
        resource=choice.journey.resource.name,
        username=choice.username,
        calendars=choice.calendars,
        preselected=preselected,
        counts=counts,
        action=f"/connect/{token}/calendars",
        sign_in=f"/connect/{token}/sign-in",
        csrf=services.signer.sign("csrf", _csrf(browser, token)),
    )


async def chosen(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """Connect, and say what happens next; or say what would happen, and connect nothing."""
    token, browser, form = req.route_params["token"], _browser(services, req), _form(req)
    if not browser or not services.signer.verify("csrf", _csrf(browser, token), form.get("csrf", "")):
        raise Stopped(Reason.SIGN_IN_EXPIRED, token)
    calendar_id = form.get("calendar_id", "")
    if "preview" in form:
        choice, counts = await foresee(services, token, browser, calendar_id)
        return _calendar_page(services, req, choice, browser, calendar_id, counts)
    connection = await connect(services, token, browser, calendar_id)
    from shared.words.connecting import CONNECTED

    say = _speech(req)
    return _outcome(say, str(connection.status), "", *map(say, CONNECTED))


def stopped_page(services: "Services", req: func.HttpRequest, stopped: Stopped) -> func.HttpResponse:
    """Why it does not go on, and what to do: for the person, and where needed for an administrator."""
    from shared.domain.catalogue import explain
    from shared.words.connecting import ADMIN_MESSAGE

    say = _speech(req)
    words, consent, message = explain(stopped.reason, say), "", ""
    if stopped.reason is Reason.ADMIN_APPROVAL_REQUIRED:
        consent = services.sign_in.admin_consent_url()
        message = say(ADMIN_MESSAGE, address=consent)
    status = 200
    if stopped.reason is Reason.LINK_UNKNOWN:
        status = 404
    elif stopped.reason in _GONE:
        status = 410
    elif stopped.reason in _AWAY:
        status = 503
    return _outcome(
        say,
        "failed",
        str(stopped.reason),
        words.title,
        words.person,
        words.next_step,
        http_status=status,
        again=f"/connect/{stopped.token}" if stopped.token else "",
        admin_consent=consent,
        admin_message=message,
    )


def _outcome(
    say: "Speech",
    status: str,
    reason: str,
    title: str,
    sentence: str,
    next_step: str,
    *,
    http_status: int = 200,
    **more: str,
) -> func.HttpResponse:
    content = {"admin_consent": "", "admin_message": "", "again": ""} | more
    return _page(
        "outcome.html",
        say,
        http_status,
        status=status,
        reason=reason,
        title=title,
        sentence=sentence,
        next_step=next_step,
        **content,
    )


def _page(template: str, say: "Speech", http_status: int = 200, **content: object) -> func.HttpResponse:
    from shared.web.rendering import headers, render

    html = render(template, say, **content)
    return func.HttpResponse(html, status_code=http_status, headers=headers(), mimetype="text/html", charset="utf-8")


def _speech(req: func.HttpRequest, journey: Journey | None = None) -> "Speech":
    """The language that the browser likes best of ours; otherwise the company's."""
    from shared.words.speech import preferred, speech

    company = journey.company if journey else None
    language = preferred(req.headers.get("accept-language", ""), company.locale if company else "en")
    return speech(language, company.timezone if company else "UTC")


def _redirect(status: int, address: str, more: Mapping[str, str] | None = None) -> func.HttpResponse:
    headers = {"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return func.HttpResponse(status_code=status, headers=headers | dict(more or {}))


def _browser(services: "Services", req: func.HttpRequest) -> str:
    """The secret of the browser, from its cookie; "" when it has none of ours."""
    for part in req.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and (browser := services.signer.read("browser", value, services.now())):
            return browser
    return ""


def _cookie(services: "Services", browser: str) -> str:
    """Lax: Microsoft sends the browser back by a plain link, and other sites' forms come without it."""
    value = services.signer.issue("browser", browser, services.now() + BROWSER_LASTS)
    secure = "; Secure" if services.config.public_base_url.startswith("https://") else ""
    lasts = int(BROWSER_LASTS.total_seconds())
    return f"{COOKIE}={value}; Path=/connect; Max-Age={lasts}; HttpOnly; SameSite=Lax{secure}"


def _csrf(browser: str, token: str) -> str:
    return f"{browser}|{token_hash(token)}"


def _form(req: func.HttpRequest) -> dict[str, str]:
    """The fields of a posted form, the first value of each."""
    fields = parse_qs(req.get_body().decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
