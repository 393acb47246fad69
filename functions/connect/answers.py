"""How a page of the journey is answered: whole, as an outcome, or by sending the browser elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import quote

import azure.functions as func

from functions.connect.browser import language_cookie, other_languages, speech_of
from functions.http import SECURITY_HEADERS, TooLarge
from functions.http import explain as explain_fault
from functions.limits import Limits
from shared.domain.accounts import Company
from shared.domain.catalogue import explain
from shared.domain.failures import Broken, Reason
from shared.sync.connect import Stopped
from shared.sync.services import Services
from shared.web.rendering import headers, render
from shared.words.connecting import Saying, admin_message, too_often
from shared.words.speech import Speech

GONE = frozenset({Reason.LINK_EXPIRED, Reason.LINK_USED, Reason.LINK_REPLACED, Reason.RESOURCE_GONE})
AWAY = frozenset({Reason.MICROSOFT_UNREACHABLE, Reason.TIMIFY_UNREACHABLE, Reason.OUR_CREDENTIALS})
_ANOTHER_ACCOUNT = frozenset(
    {
        Reason.ADMIN_APPROVAL_REQUIRED,
        Reason.MAILBOX_ON_PREMISES,
        Reason.MAILBOX_NOT_FOUND,
        Reason.BLOCKED_BY_POLICY,
        Reason.CALENDAR_READ_ONLY,
    }
)
"""What may be different with another account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A page that says how it ended. `sign` is good, wait or bad; `consent` is where an administrator approves."""

    status: str
    reason: str = ""
    title: str
    sentence: str
    next_step: str = ""
    sign: str = "bad"
    http_status: int = 200
    again: str = ""
    other_account: str = ""
    consent: str = ""
    message: str = ""
    mailto: str = field(default="", repr=False)


def page(
    services: Services, req: func.HttpRequest, template: str, say: Speech, http_status: int = 200, **content: object
) -> func.HttpResponse:
    """A page of the journey: with its footer, and never kept by anybody."""
    footer = {"languages": other_languages(req, say), "privacy": services.config.privacy_link}
    given = headers()
    if chosen := language_cookie(services, req):
        given |= {"Set-Cookie": chosen}
    html = render(template, say, **(footer | content))
    return func.HttpResponse(html, status_code=http_status, headers=given, mimetype="text/html", charset="utf-8")


def redirect(status: int, address: str, more: Mapping[str, str] | None = None) -> func.HttpResponse:
    return func.HttpResponse(status_code=status, headers=SECURITY_HEADERS | {"Location": address} | dict(more or {}))


def outcome_page(services: Services, req: func.HttpRequest, say: Speech, outcome: Outcome) -> func.HttpResponse:
    return page(services, req, "outcome.html", say, outcome.http_status, outcome=outcome)


def stopped_page(
    services: Services, req: func.HttpRequest, stopped: Stopped, company: Company | None = None
) -> func.HttpResponse:
    """Why it does not go on, and what to do: for the person, and where needed for an administrator."""
    say, link = speech_of(req, company), f"/connect/{stopped.token}" if stopped.token else ""
    words, reason = explain(stopped.reason, say), stopped.reason
    approval = approval_of(services, say) if reason is Reason.ADMIN_APPROVAL_REQUIRED else {}
    outcome = Outcome(
        status="failed",
        reason=str(reason),
        title=words.title,
        sentence=words.person,
        next_step=words.next_step,
        sign="wait" if reason in AWAY or approval else "bad",
        http_status=_http_status(reason),
        again=link,
        other_account=f"{link}/sign-in?account=other" if link and reason in _ANOTHER_ACCOUNT else "",
        **approval,
    )
    return outcome_page(services, req, say, outcome)


def refusal_page(
    services: Services, req: func.HttpRequest, say: Speech, reason: Reason, words: Saying
) -> func.HttpResponse:
    """As the page of a reason, in words that know more than the catalogue's."""
    return outcome_page(services, req, say, _refusal(str(reason), words, _http_status(reason)))


def broken_page(services: Services, req: func.HttpRequest, error: Exception, token: str = "") -> func.HttpResponse:
    """What people read of a fault that is none of theirs. The log gets where it is, and nothing of its content."""
    if isinstance(error, TooLarge):
        say = speech_of(req)
        words = (say("That is too much at once."), say("Nothing was changed."), "")
        return outcome_page(services, req, say, _refusal("too-large", words, error.status))
    explain_fault(error)
    ours = isinstance(error, Broken) and error.reason is Reason.OUR_CREDENTIALS
    return stopped_page(services, req, Stopped(Reason.OUR_CREDENTIALS if ours else Reason.TIMIFY_UNREACHABLE, token))


def held_back(
    limits: Limits, services: Services, req: func.HttpRequest, link: str, *, costly: bool = False
) -> func.HttpResponse | None:
    """The page for whoever asks too often, before anything is looked up; None for everybody else."""
    wait = limits.of_address(req) or (limits.of_link(link, costly=costly) if link else 0)
    if not wait:
        return None
    say = speech_of(req)
    outcome = _refusal("too-many-requests", too_often(say), HTTPStatus.TOO_MANY_REQUESTS)
    answer = outcome_page(services, req, say, replace(outcome, sign="wait"))
    answer.headers["Retry-After"] = str(wait)
    return answer


def approval_of(services: Services, say: Speech) -> dict[str, str]:
    """What an administrator is sent: where to approve, a message with it, and that as an e-mail to be."""
    consent = services.sign_in.admin_consent_url()
    subject, message = say("Please approve TIMIFY's Outlook calendar sync"), admin_message(consent, say)
    mailto = f"mailto:?subject={quote(subject)}&body={quote(message.replace('\n', '\r\n'))}"
    return {"consent": consent, "message": message, "mailto": mailto}


def _refusal(reason: str, words: Saying, status: int) -> Outcome:
    title, sentence, next_step = words
    return Outcome(
        status="failed", reason=reason, title=title, sentence=sentence, next_step=next_step, http_status=int(status)
    )


def _http_status(reason: Reason) -> int:
    if reason is Reason.LINK_UNKNOWN:
        return 404
    if reason in GONE:
        return 410
    return 503 if reason in AWAY else 200
