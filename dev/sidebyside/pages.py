"""The routes of the page: its files, what it shows, and what people do on it."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dev.actors import Failed, Json
from dev.settings import Addresses
from dev.sidebyside.people import People, Refusal
from dev.sidebyside.scene import Choice, Scenes, Stage

_FILES = Path(__file__).parent / "static"
type Page = Callable[[Scenes, Request], Awaitable[Response]]


def create_app() -> Starlette:
    """The page for the calendars that the settings in the environment name."""
    scenes = Scenes(People(_addresses()))

    def page(path: str, method: str, handler: Page) -> Route:
        return Route(path, _guarded(scenes, handler), methods=[method])

    return Starlette(
        routes=[
            page("/scene", "GET", _scene),
            page("/entries/{side}", "POST", _create),
            page("/entries/{side}/{key:path}", "PATCH", _change),
            page("/entries/{side}/{key:path}", "DELETE", _delete),
            page("/actions/{action}", "POST", _act),
            page("/administer", "GET", _administer),
            Mount("/", StaticFiles(directory=_FILES, html=True)),
        ]
    )


def _addresses() -> Addresses:
    told = os.environ.get
    return Addresses(
        functions=told("PUBLIC_BASE_URL", ""),
        outlook=told("LOGIN_BASE_URL", ""),
        timify=told("TIMIFY_BASE_URL", ""),
        storage="",
        function_key=told("FUNCTIONS_KEY") or "local-function-key",
    )


def _guarded(scenes: Scenes, handler: Page) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        # A page of another site can send a form, but no JSON.
        if request.method != "GET" and "json" not in request.headers.get("content-type", ""):
            return JSONResponse({"problem": "JSON is expected."}, 415)
        try:
            return await handler(scenes, request)
        except Refusal as refusal:
            return JSONResponse({"problem": str(refusal)}, refusal.status)
        except (Failed, ValueError) as error:
            return JSONResponse({"problem": str(error)}, 400)

    return answer


async def _scene(scenes: Scenes, request: Request) -> Response:
    shown = await scenes.next(Choice.of(request.query_params), request.query_params.get("seen", ""))
    return Response(status_code=204) if shown is None else JSONResponse(shown)


async def _create(scenes: Scenes, request: Request) -> Response:
    stage = await _staged(scenes, request)
    scenes.effort.begin()
    await stage.side(request.path_params["side"]).create(await request.json())
    return JSONResponse({}, 201)


async def _change(scenes: Scenes, request: Request) -> Response:
    stage = await _staged(scenes, request)
    scenes.effort.begin()
    await stage.side(request.path_params["side"]).change(request.path_params["key"], await request.json())
    return JSONResponse({})


async def _delete(scenes: Scenes, request: Request) -> Response:
    stage = await _staged(scenes, request)
    scenes.effort.begin()
    await stage.side(request.path_params["side"]).delete(request.path_params["key"])
    return JSONResponse({})


async def _act(scenes: Scenes, request: Request) -> Response:
    """What an administrator does: the app's own API, called as TIMIFY's backend calls it."""
    stage, body, people = await _staged(scenes, request), await request.json(), scenes.people
    company, action = stage.company["id"], request.path_params["action"]
    path = f"{company}/resources/{stage.resource['id']}"
    answer: Json = {}
    if action == "invite":
        answer = {"link": await people.invite(company, stage.resource["id"])}
    elif action == "disable":
        await people.api("DELETE", f"{path}/connection", copies=body.get("copies", "remove_future"))
    elif action == "check":
        await people.api("POST", f"{path}/check")
    elif action == "resume":
        await people.api("POST", f"{path}/resume", copies=body.get("copies", "go_on"))
    elif action == "conflict":
        await people.api("POST", f"{company}/conflicts/{body['id']}/actions", {"action": body["action"]})
    else:
        raise Refusal(404, "There is no such action.")
    scenes.app(stage).stir()
    return JSONResponse(answer)


async def _administer(scenes: Scenes, request: Request) -> Response:
    """The administrator's pages, opened as TIMIFY's backend opens them; `?language=de` for German."""
    stage = await scenes.stage(Choice.of(request.query_params))
    wish = {"name": "Ada", "language": request.query_params.get("language", "en")}
    session = await scenes.people.api("POST", f"{stage.company['id']}/console-sessions", wish)
    return RedirectResponse(session["url"], status_code=303)


async def _staged(scenes: Scenes, request: Request) -> Stage:
    stage = await scenes.stage(Choice.of(request.query_params))
    scenes.app(stage).stir()
    return stage
