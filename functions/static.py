"""HTTP: the files of the pages. They hold nothing of anybody, and an address with its digest may be kept for ever."""

from mimetypes import guess_type

import azure.functions as func

from functions.http import SECURITY_HEADERS

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped

_FOR_EVER = "public, max-age=31536000, immutable"


@blueprint.route("static/{file}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def static_file(req: func.HttpRequest) -> func.HttpResponse:
    """One file of `shared/web/static`; 404 for any other name."""
    from shared.web.rendering import STATIC

    name = req.route_params["file"]
    if name not in {file.name for file in STATIC.iterdir()}:
        gone = "There is no such file."
        return func.HttpResponse(gone, status_code=404, mimetype="text/plain", headers=SECURITY_HEADERS)
    kind = guess_type(name)[0] or "application/octet-stream"
    headers = SECURITY_HEADERS | {"Cache-Control": _FOR_EVER, "Access-Control-Allow-Origin": "*"}
    return func.HttpResponse((STATIC / name).read_bytes(), mimetype=kind, charset="utf-8", headers=headers)
