"""HTTP: the pages of a resource's journey from the invitation to the connected calendar: their routes.

The link is the only key, so these triggers are anonymous. Nothing but the person's own buttons changes anything:
scanners of e-mail may open the link as often as they like. Pages are imported when first called.
"""

import azure.functions as func

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route("connect/callback", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_callback(req: func.HttpRequest) -> func.HttpResponse:
    """Microsoft sends the browser back here."""
    return await _answer("callback", req)


@blueprint.route("connect/progress/{key}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_progress(req: func.HttpRequest) -> func.HttpResponse:
    """How the first import is getting on."""
    return await _answer("progress", req)


@blueprint.route("connect/{token}/sign-in", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_sign_in(req: func.HttpRequest) -> func.HttpResponse:
    """To Microsoft's sign-in."""
    return await _answer("sign_in", req)


@blueprint.route("connect/{token}/calendars", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_calendars(req: func.HttpRequest) -> func.HttpResponse:
    """Choose a calendar; connect it."""
    return await _answer("chosen" if req.method.upper() == "POST" else "calendars", req)


@blueprint.route("connect/{token}/stopped", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_stopped(req: func.HttpRequest) -> func.HttpResponse:
    """Why it did not go on, at an address that may be loaded again."""
    return await _answer("stopped", req)


@blueprint.route("connect/{token}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def connect_landing(req: func.HttpRequest) -> func.HttpResponse:
    """Who invites, and what will be shared."""
    return await _answer("landing", req)


async def _answer(name: str, req: func.HttpRequest) -> func.HttpResponse:
    """The page, put together with the app's real services."""
    from functions.connect.pages import admitted
    from functions.limits import LIMITS
    from shared.app import services

    return await admitted(LIMITS, name, services(), req)
