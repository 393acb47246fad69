"""The pages of the journey, one after the other."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import azure.functions as func

from functions.connect.answers import (
    Outcome,
    approval_of,
    broken_page,
    held_back,
    outcome_page,
    page,
    redirect,
    refusal_page,
    stopped_page,
)
from functions.connect.browser import csrf, form_of, is_ours, new_secret, secret_cookie, secret_of, speech_of
from functions.limits import Limits
from shared.domain.failures import Reason
from shared.sync.connect import (
    Choice,
    Stopped,
    TakesOver,
    begin_sign_in,
    choose,
    complete_sign_in,
    connect,
    foresee,
    open_invitation,
)
from shared.sync.one_time import token_hash
from shared.sync.services import Services
from shared.sync.watching import key_of, runs, used_here, watch

if TYPE_CHECKING:
    from shared.sync.preview import Counts

type Page = Callable[[Services, func.HttpRequest], Awaitable[func.HttpResponse]]

INVITATION, CALENDAR = 1, 3
"""Steps that the pages show. The second is at Microsoft, the last is the import."""
COSTLY = frozenset({"sign_in", "chosen"})
"""What writes, or calls Microsoft; and previews."""


async def admitted(limits: Limits, name: str, services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """The page, unless it was asked for too often. Nothing is looked up before that is known."""
    link = req.route_params.get("token", "") or req.route_params.get("key", "")
    costly = name in COSTLY or "preview" in req.params
    return held_back(limits, services, req, link, costly=costly) or await guarded(PAGES[name], services, req)


async def guarded(wanted: Page, services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """The page, or the page that says why not; never an exception."""
    token = req.route_params.get("token", "")
    try:
        return await _answered(wanted, services, req, token)
    except Exception as error:
        return broken_page(services, req, error, token)


async def _answered(wanted: Page, services: Services, req: func.HttpRequest, token: str) -> func.HttpResponse:
    """Who comes back to an invitation that this very browser has used (by the back button, by a second click) sees how
    the import is getting on."""
    try:
        return await wanted(services, req)
    except Stopped as stopped:
        if stopped.reason is Reason.LINK_USED and (used := await used_here(services, token, secret_of(services, req))):
            return redirect(303, f"/connect/progress/{key_of(services, used)}")
        if stopped.reason is Reason.LINK_USED and not await runs(services, token):
            return _used_in_vain(services, req)
        answer = stopped_page(services, req, stopped)
        if req.headers.get("hx-request", "") and answer.status_code in (404, 410):
            answer.headers["HX-Refresh"] = "true"  # there is nothing to ask for any more: say so, and ask no more
        return answer


def _used_in_vain(services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """For an invitation that was used for a sync that does not run."""
    from shared.words.connecting import used_in_vain

    say = speech_of(req)
    return refusal_page(services, req, say, Reason.LINK_USED, used_in_vain(say))


async def landing(services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """The invitation in words."""
    from shared.words.connecting import sharing

    journey = await open_invitation(services, req.route_params["token"])
    say = speech_of(req, journey.company)
    return page(
        services,
        req,
        "landing.html",
        say,
        step=INVITATION,
        company=await services.company_names.company_name(journey.company.id),
        resource=journey.resource.name,
        again=journey.connection.mailbox is not None,
        sharing=sharing(journey.connection.effective_settings(journey.company), say),
        email=journey.resource.email,
        sign_in=f"/connect/{journey.token}/sign-in",
        other_account=f"/connect/{journey.token}/sign-in?account=other",
        expires=say.day(journey.invitation.expires_at),
        days_back=services.config.days_back,
        days_ahead=services.config.days_ahead,
    )


async def sign_in(services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """Off to Microsoft, with a cookie by which this browser is known when it comes back."""
    browser = secret_of(services, req) or new_secret()
    other = req.params.get("account") == "other"
    address = await begin_sign_in(services, req.route_params["token"], browser, other_account=other)
    return redirect(302, address, {"Set-Cookie": secret_cookie(services, browser)})


async def callback(services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """Take the answer in, and move on to an address without its code, which may be loaded again."""
    given = form_of(req) if req.method.upper() == "POST" else dict(req.params)
    if "state" not in given and ("admin_consent" in given or "error" in given):
        return _approval(services, req, approved=given.get("admin_consent", "").lower() == "true")
    try:
        token = await complete_sign_in(services, given, secret_of(services, req))
    except Stopped as stopped:
        if not stopped.token:
            raise
        return redirect(303, f"/connect/{stopped.token}/stopped?{urlencode({'reason': str(stopped.reason)})}")
    return redirect(303, f"/connect/{token}/calendars")


def _approval(services: Services, req: func.HttpRequest, *, approved: bool) -> func.HttpResponse:
    """For the administrator who comes back from Microsoft, who need not be anybody that we know."""
    from shared.words.connecting import approval

    say = speech_of(req)
    title, sentence, next_step = approval(say, approved=approved)
    outcome = Outcome(
        status="approved" if approved else "failed",
        reason="" if approved else str(Reason.ADMIN_APPROVAL_REQUIRED),
        title=title,
        sentence=sentence,
        next_step=next_step,
        sign="good" if approved else "wait",
        consent="" if approved else approval_of(services, say)["consent"],
    )
    return outcome_page(services, req, say, outcome)


async def stopped(services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """Why signing in did not work, as long as the link is good."""
    journey = await open_invitation(services, req.route_params["token"])
    given = req.params.get("reason", "")
    reason = Reason(given) if given in Reason else Reason.SIGN_IN_EXPIRED
    return stopped_page(services, req, Stopped(reason, journey.token), journey.company)


async def calendars(services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """The calendars of the person who signed in; for one of them what connecting it would do, if that was asked."""
    browser, token = secret_of(services, req), req.route_params["token"]
    if asked := req.params.get("preview", ""):
        choice, counts, rules = await foresee(services, token, browser, asked)
        return _calendar_page(services, req, choice, browser, asked, counts, rules)
    choice = await choose(services, token, browser)
    writable = sorted((one for one in choice.calendars if one.can_edit), key=lambda one: not one.default)
    return _calendar_page(services, req, choice, browser, writable[0].id if writable else "")


def _calendar_page(
    services: Services,
    req: func.HttpRequest,
    choice: Choice,
    browser: str,
    preselected: str,
    counts: "Counts | None" = None,
    rules: Sequence[str] = (),
    *,
    unanswered: bool = False,
) -> func.HttpResponse:
    """The calendars to choose from, and what would happen with the preselected one. `unanswered`: whether it may be
    taken from somebody else."""
    from shared.words.log_lines import RULES

    say = speech_of(req, choice.journey.company)
    token, invited = req.route_params["token"], choice.journey.resource.email
    same = choice.username.strip().casefold() == invited.strip().casefold()
    return page(
        services,
        req,
        "calendars.html",
        say,
        step=CALENDAR,
        resource=choice.journey.resource.name,
        username=choice.username,
        invited="" if same else invited,
        calendars=choice.calendars,
        taken=choice.taken,
        unanswered=unanswered,
        preselected=preselected,
        counts=counts,
        reasons="; ".join(say(RULES[rule]) for rule in rules if rule in RULES),
        action=f"/connect/{token}/calendars",
        other_account=f"/connect/{token}/sign-in?account=other",
        csrf=csrf(services, browser, token),
    )


async def chosen(services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """Connect, and move on to how it is getting on; or to what would happen, and connect nothing. A calendar that
    somebody else has is taken over only if that was ticked."""
    token, browser, form = req.route_params["token"], secret_of(services, req), form_of(req)
    if not is_ours(services, browser, token, form.get("csrf", "")):
        raise Stopped(Reason.SIGN_IN_EXPIRED, token)
    calendar_id = form.get("calendar_id", "")
    if "preview" in form:
        return redirect(303, f"/connect/{token}/calendars?{urlencode({'preview': calendar_id})}#preview")
    try:
        await connect(services, token, browser, calendar_id, takeover=f"takeover:{calendar_id}" in form)
    except TakesOver as question:
        return _calendar_page(services, req, question.choice, browser, calendar_id, unanswered=True)
    return redirect(303, f"/connect/progress/{key_of(services, token_hash(token))}?begun=1")


async def progress(services: Services, req: func.HttpRequest) -> func.HttpResponse:
    """How the import is getting on: a page, which asks for its middle again and again until it is over.

    Right after Connect (`begun`) it says that the import has begun, however quick that was."""
    from functions.connect.importing import importing

    return importing(services, req, await watch(services, req.route_params["key"]))


PAGES: dict[str, Page] = {
    "callback": callback,
    "progress": progress,
    "sign_in": sign_in,
    "calendars": calendars,
    "chosen": chosen,
    "stopped": stopped,
    "landing": landing,
}
