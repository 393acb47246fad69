"""HTTP: one conflict, for the resource to whom its administrator sent the link. Nothing can be changed here."""

from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from shared.sync.services import Services

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route("conflict/{token}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def conflict_page(req: func.HttpRequest) -> func.HttpResponse:
    """What collides, when, and what its people can do."""
    from functions.connect.answers import held_back
    from functions.limits import LIMITS
    from shared.app import services

    return held_back(LIMITS, services(), req, req.route_params["token"]) or await show(services(), req)


async def show(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    """The page; one that says so when the link is not good, or when something is away."""
    from functions.connect.answers import broken_page

    try:
        return await _show(services, req)
    except Exception as error:
        return broken_page(services, req, error)


async def _show(services: "Services", req: func.HttpRequest) -> func.HttpResponse:
    from shared.sync.conflict_link import look
    from shared.sync.errors import UseCaseError
    from shared.web.day_view import day_view
    from shared.words import conflicts as words
    from shared.words.speech import preferred, speech

    wish = req.headers.get("accept-language", "")
    try:
        looked = await look(services, req.route_params["token"])
    except UseCaseError:
        return _page(404, speech(preferred(wish, "en")), found=False, conflict=None)
    say = speech(preferred(wish, looked.resource.locale or looked.company.locale), looked.resource.timezone)
    conflict = looked.conflict
    if conflict is None:
        return _page(200, say, found=True, conflict=None)
    return _page(
        200,
        say,
        found=True,
        conflict=conflict,
        name=looked.resource.name,
        title=say(words.TITLES[conflict.kind]),
        sentence=words.sentence(conflict, say),
        advice=say(words.ADVICE[conflict.kind]),
        outlook=say.span(conflict.outlook.start, conflict.outlook.end) if conflict.outlook else "",
        timify=say.span(conflict.timify.start, conflict.timify.end) if conflict.timify else "",
        way=say.span(conflict.way.start, conflict.way.end) if conflict.way else "",
        view=day_view(conflict, say),
    )


def _page(status: int, say: object, **content: object) -> func.HttpResponse:
    from shared.web.rendering import headers, render
    from shared.words.speech import Speech

    assert isinstance(say, Speech)
    html = render("conflict.html", say, **content)
    return func.HttpResponse(html, status_code=status, headers=headers(), mimetype="text/html", charset="utf-8")
