"""Is the app alive? Asks nobody else, so that a monitor may ask as often as it likes."""

from functools import cache
from pathlib import Path

import azure.functions as func

from functions.http import json_answer

VERSION = "0.1.0"
BUILD = Path(__file__).with_name("build.txt")
"""In the package alone (dev/package.py): the commit that it was built from."""

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]  # azure-functions leaves it untyped


@blueprint.route(route="api/health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """200 as long as the app can be called at all."""
    return json_answer({"status": "ok", "version": VERSION, "commit": commit(BUILD)})


@cache
def commit(build: Path) -> str:
    """Of the package that runs; "unknown" where `dev package` did not build it."""
    return build.read_text("utf-8").strip() if build.exists() else "unknown"
