"""HTTP: whoever has connected a calendar ends its sync, from a link in any of our e-mails.

The link is the only key. Opening it changes nothing, so that scanners of e-mail may do so.
"""

from typing import TYPE_CHECKING
from urllib.parse import quote

import azure.functions as func

if TYPE_CHECKING:
    from shared.sync.services import Services

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route("leave/{token}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def leave(req: func.HttpRequest) -> func.HttpResponse:
    """What ending the sync would do; or end it."""
    from functions.connect.answers import held_back
    from functions.limits import LIMITS
    from shared.app import services

    costly = req.method.upper() == "POST"
    token = req.route_params["token"]
    return held_back(LIMITS, services(), req, token, costly=costly) or await answer(services(), req)


async def answer(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """The page, or the page that says why not."""
    from functions.connect.answers import broken_page, refusal_page
    from functions.connect.browser import speech_of
    from shared.sync.connect import Stopped
    from shared.words.connecting import no_leave_link

    try:
        return await _answer(services, req)
    except Stopped as stopped:
        say = speech_of(req)
        return refusal_page(services, req, say, stopped.reason, no_leave_link(say))
    except Exception as error:
        return broken_page(services, req, error)


async def _answer(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    from functions.connect.answers import Outcome, outcome_page, page, redirect
    from functions.connect.browser import form_of, speech_of
    from shared.domain.failures import Reason
    from shared.identity.leaving import read_leave_token
    from shared.sync.connect import Stopped
    from shared.sync.leaving import Ended, leave, leaving
    from shared.words.connecting import ended, ended_before

    token = req.route_params["token"]
    here = f"/leave/{quote(token, safe='.%')}"
    known = read_leave_token(services.signer, token, services.now())
    if known is None:
        raise Stopped(Reason.LINK_UNKNOWN)
    if req.method.upper() == "POST":
        copies = await leave(services, *known, form_of(req).get("copies", ""))
        return redirect(303, here + (f"?ended={copies}" if copies else ""))
    found = await leaving(services, *known)
    say = speech_of(req, found.company)
    if found.ended is None:
        return page(services, req, "leave.html", say, found=found, action=here)
    words = ended_before(say) if found.ended is Ended.REPLACED else ended(say, req.params.get("ended", ""))
    outcome = Outcome(status="ended", title=words[0], sentence=words[1], next_step=words[2], sign="good")
    return outcome_page(services, req, say, outcome)
