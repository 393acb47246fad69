"""How the first import is getting on, in words: a page, and the middle of it that is asked for every two seconds."""

from datetime import datetime, timedelta

import azure.functions as func

from functions.connect.answers import page
from functions.connect.browser import speech_of
from shared.domain.accounts import Status
from shared.domain.catalogue import Explanation, explain
from shared.domain.failures import Reason
from shared.sync.overview import expected_end
from shared.sync.services import Services
from shared.sync.watching import Watched
from shared.words.connecting import from_now_on
from shared.words.speech import Speech

IMPORTING, CONNECTED, FAILED = "importing", "connected", "failed"
IMPORT, DONE = 4, 5
"""The last of the steps that the pages show, and what is beyond it."""


def importing(services: Services, req: func.HttpRequest, watched: Watched) -> func.HttpResponse:
    """Right after Connect (`begun`) the page says that the import is under way, however quick that was: whoever pressed
    the button reads what happens now, and the middle of the page catches up."""
    say, key = speech_of(req, watched.company), req.route_params["key"]
    part = req.headers.get("hx-request", "") == "true"
    status = _status(watched.connection.status)
    if "begun" in req.params and status == CONNECTED and not part:
        status = IMPORTING
    here = f"/connect/progress/{key}"
    answer = page(
        services,
        req,
        "importing_part.html" if part else "importing.html",
        say,
        step={IMPORTING: IMPORT, CONNECTED: DONE, FAILED: 0}[status],
        part=part,
        here=here,
        status=status,
        reason=str(watched.connection.reason or "") if status == FAILED else "",
        why=_why(watched, say) if status == FAILED else None,
        items=watched.state.checked_items or (watched.state.progress.done if watched.state.progress else 0),
        conflicts=watched.state.open_conflicts,
        lines=from_now_on(watched.connection.effective_settings(watched.company), say),
        course=_course(watched, services.now(), say),
    )
    if part:
        answer.headers["HX-Replace-Url"] = here
    return answer


def _course(watched: Watched, now: datetime, say: Speech) -> dict[str, object]:
    """Percent, what is done of what, and how long it will take, as far as that is known."""
    progress = watched.state.progress
    closed = watched.state.closed_until
    left = ""
    if progress and (end := expected_end(progress, now)):
        left = say.lasting(max(end - now, timedelta(seconds=1)))
    return {
        "percent": progress.percent if progress else 0,
        "done": say.number(progress.done) if progress else "",
        "total": say.number(max(progress.total, progress.done)) if progress and progress.total else "",
        "left": left,
        "waiting": closed is not None and closed > now,
    }


def _status(status: Status) -> str:
    if status is Status.IMPORTING:
        return IMPORTING
    return CONNECTED if status is Status.CONNECTED else FAILED


def _why(watched: Watched, say: Speech) -> Explanation:
    """Why the sync does not run. Without a reason, somebody ended it."""
    reason = watched.connection.reason
    if reason is None and watched.connection.status is Status.RECONNECT_NEEDED:
        reason = Reason.ACCESS_REVOKED
    if reason is not None:
        return explain(reason, say)
    return Explanation(
        title=say("The sync was ended"),
        person=say("Your Outlook calendar is no longer connected to TIMIFY."),
        administrator="",
        next_step=say("To connect again, ask your TIMIFY administrator for an invitation."),
        administrator_step="",
    )
