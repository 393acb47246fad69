"""The tab Overview: every resource, and inviting them: one, some, or all that are looked at."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import azure.functions as func

from functions.console.resources import changed
from functions.console.rows import label, rows, stamp
from functions.console.visit import Visit
from functions.http import TooLarge, is_id
from shared.domain.accounts import Connection, Status
from shared.sync.errors import UseCaseError
from shared.sync.invite import invite_several
from shared.sync.overview import (
    INVITABLE,
    ResourceView,
    invited_by_all,
    matching,
    numbers,
    overview,
    statuses_now,
)
from shared.words.problems import problem_text

PORTION = 40
"""So many lines are shown at once, which keeps the page light, and so many resources are invited by one call."""
_MOST = 500
"""So many may be chosen one by one."""


async def show(visit: Visit) -> func.HttpResponse:
    """The page; for a search or a filter its list, for "more" the lines that follow."""
    views = sorted(await overview(visit.services, visit.company.id), key=lambda view: view.order)
    text, status, start = _wish(visit.query)
    found = matching(views, (), text)
    shown = matching(found, status, "")
    content = {
        "rows": rows(visit, shown[start : start + PORTION]),
        "start": start,
        "more": max(0, len(shown) - start - PORTION),
        "address": _address(text, status),
        "q": text,
    }
    if visit.partial and start:
        return visit.page("overview_rows.html", **content)
    counts = numbers(found)
    return visit.page(
        "overview_list.html" if visit.partial else "overview.html",
        **content,
        filters=[
            (each, label(each, visit.say), counts.get(each, 0)) for each in Status if counts.get(each) or each in status
        ],
        chosen=next(iter(status), None),
        every=len(found),
        total=len(views),
        all=len(invited_by_all(shown, status)),
        query=_address(text, ()),
        open_conflicts=sum(view.state.open_conflicts for view in views),
    )


async def live(visit: Visit) -> func.HttpResponse:
    """How some resources are now, without a reload: asked again and again while one of them imports."""
    ids = [each for each in visit.query.get("ids", "").split(",") if is_id(each)][:PORTION]
    views = await statuses_now(visit.services, visit.company.id, ids)
    return visit.page("overview_live.html", rows=rows(visit, views), start=int(_number(visit.query.get("start", ""))))


async def invite(visit: Visit) -> func.HttpResponse:
    """Invite those whose buttons or boxes were pressed. Who was invited since the page was shown is not invited again,
    nor who has connected meanwhile."""
    pressed = visit.form().get("resource_id", [])
    if not pressed:
        return visit.done(visit.say("Nobody is chosen yet. Please tick somebody first."), "overview")
    if len(pressed) > _MOST:
        raise TooLarge("too-large", "So many cannot be chosen one by one.")
    ids = [each for each in (text.partition(".")[0] for text in pressed) if is_id(each)]
    before = await statuses_now(visit.services, visit.company.id, ids)
    fresh = [view.resource.id for view in before if stamp(view) in pressed and view.status in INVITABLE]
    answers = await invite_several(visit.services, visit.company.id, fresh)
    if len(ids) == 1:
        return await _one_invited(visit, ids[0], answers)
    problems = await _problems(visit, answers)
    done = len(answers) - len(problems)
    content = {"done": done, "problems": problems, "left": 0, "phase": "go"}
    if not visit.partial:
        return visit.page("invite.html", **content)
    now = rows(visit, await statuses_now(visit.services, visit.company.id, ids))
    return visit.done(_invited_text(visit, done), "overview", "overview_invited.html", **content, rows=now)


async def ask_all(visit: Visit) -> func.HttpResponse:
    """Before all are invited: how many that are."""
    text, status, _ = _wish(visit.query)
    everybody = invited_by_all(matching(await overview(visit.services, visit.company.id), status, text), status)
    content = {
        "number": len(everybody),
        "q": text,
        "status": next(iter(status), ""),
        "shown": visit.services.now().timestamp(),
    }
    return visit.page("invite_part.html" if visit.partial else "invite.html", **content, phase="ask")


async def invite_all(visit: Visit) -> func.HttpResponse:
    """Invite the next portion. The page asks for the one after it by itself, or with a button.

    The order of ids is the way through, so that nobody comes twice, and nobody whose invitation failed."""
    form = {name: values[0] for name, values in visit.form().items()}
    text, status, _ = _wish(form)
    after, shown, done = form.get("after", ""), _number(form.get("shown", "")), int(_number(form.get("done", "")))
    views = matching(await overview(visit.services, visit.company.id), status, text)
    waiting = sorted(invited_by_all(views, status), key=lambda view: view.resource.id)
    left = [view for view in waiting if view.resource.id > after and not _invited_since(view, shown)]
    portion = left[:PORTION]
    answers = await invite_several(visit.services, visit.company.id, [view.resource.id for view in portion])
    problems = _named({view.resource.id: view.resource.name for view in portion}, answers, visit)
    content = {
        "done": done + len(answers) - len(problems),
        "left": len(left) - len(portion),
        "problems": problems,
        "after": portion[-1].resource.id if portion else after,
        "shown": shown,
        "q": text,
        "status": next(iter(status), ""),
    }
    return visit.page("invite_part.html" if visit.partial else "invite.html", **content, phase="go")


async def _one_invited(
    visit: Visit, resource_id: str, answers: Mapping[str, Connection | UseCaseError]
) -> func.HttpResponse:
    answer = answers.get(resource_id)
    if isinstance(answer, UseCaseError):
        raise answer
    sent = visit.say("The invitation is on its way.")
    known = visit.say("This has been done already. Here is how it stands now.")
    return await changed(visit, resource_id, sent if answer else known, to="overview")


async def _problems(visit: Visit, answers: Mapping[str, Connection | UseCaseError]) -> list[tuple[str, str]]:
    if not any(isinstance(answer, UseCaseError) for answer in answers.values()):
        return []
    resources = await visit.services.directory.resources(visit.company.id)
    return _named({resource.id: resource.name for resource in resources}, answers, visit)


def _named(
    names: Mapping[str, str], answers: Mapping[str, Connection | UseCaseError], visit: Visit
) -> list[tuple[str, str]]:
    """Who could not be invited, and why."""
    return [
        (names.get(resource_id) or resource_id, problem_text(answer.code, visit.say, answer.detail))
        for resource_id, answer in answers.items()
        if isinstance(answer, UseCaseError)
    ]


def _invited_text(visit: Visit, number: int) -> str:
    return visit.say.plural("%(number)s invitation is on its way.", "%(number)s invitations are on their way.", number)


def _wish(fields: Mapping[str, str]) -> tuple[str, frozenset[Status], int]:
    """What is looked for: a text, a status, and where the lines begin. A wish that makes no sense is none."""
    status, start = fields.get("status", ""), int(_number(fields.get("from", "")))
    wanted = frozenset({Status(status)}) if status in set(Status) else frozenset[Status]()
    return fields.get("q", "").strip()[:100], wanted, start


def _address(text: str, status: Sequence[Status] | frozenset[Status]) -> str:
    """The query of a list, with something to go on from."""
    return urlencode([*([("q", text)] if text else []), *(("status", each) for each in status)])


def _invited_since(view: ResourceView, shown: float) -> bool:
    invited = view.connection.invited_at
    return invited is not None and invited.timestamp() >= shown


def _number(text: str) -> float:
    """0 for what is no number, or longer than a moment in seconds."""
    return float(text) if len(text) < 20 and text.replace(".", "", 1).isdecimal() else 0.0
