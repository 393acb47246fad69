"""The files of the pages: nothing but them, and the one that is not ours is the one that was published."""

from pathlib import Path

import azure.functions as func
import pytest

from functions.static import blueprint
from shared.web.rendering import STATIC, asset

ROOT = Path(__file__).resolve().parents[2]


def fetch(name: str) -> func.HttpResponse:
    app = func.FunctionApp()
    app.register_functions(blueprint)
    (function,) = app.get_functions()
    request = func.HttpRequest("GET", "https://sync.example/static/x", route_params={"file": name}, body=b"")
    answer = function.get_user_function()(request)
    assert isinstance(answer, func.HttpResponse)
    return answer


@pytest.mark.parametrize("name", [file.name for file in STATIC.iterdir()])
def test_every_file_is_there_to_be_kept(name: str) -> None:
    answer = fetch(name)
    assert answer.status_code == 200
    assert answer.get_body() == (STATIC / name).read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.mimetype in ("text/css", "text/javascript")


@pytest.mark.parametrize("name", ["", "nothing.css", "../rendering.py", "..%2Frendering.py", "%2e%2e/rendering.py"])
def test_no_other_file_gets_out(name: str) -> None:
    assert fetch(name).status_code == 404


def test_htmx_is_the_published_one() -> None:
    published = ROOT / "dev" / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
    assert (STATIC / "htmx-2.0.11.min.js").read_bytes() == published.read_bytes()


def test_an_address_names_what_is_in_the_file() -> None:
    """Whoever kept the file of yesterday asks for another one today."""
    digests = {asset(file.name).rpartition("=")[2] for file in STATIC.iterdir()}
    assert len(digests) == len(list(STATIC.iterdir()))
