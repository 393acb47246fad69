"""Is the app alive? Asks nobody else, so that a monitor may ask as often as it likes."""

import azure.functions as func

from functions.http import json_answer

VERSION = "0.1.0"

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route(route="api/health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """200 as long as the app can be called at all."""
    return json_answer({"status": "ok", "version": VERSION})
