"""What docs/api.md says, it says of everything, and it is so."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from pydantic import BaseModel

from functions import email_events, graph_webhook, health, timify_webhook
from functions.backend_api import ROUTES, models
from functions.backend_api.settings_body import read_settings
from functions.http import explain
from shared.domain.accounts import Status
from shared.domain.conflicts import ConflictKind, ConflictState
from shared.domain.failures import Failure, Stale, Throttled, Transient
from shared.domain.settings import Settings, flatten, to_dict

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")
HEADINGS = set(re.findall(r"^### `(\w+ /\S+)`$", PAGE, re.MULTILINE))
REFUSALS = {"Invalid", "Forbidden", "Unknown", "WrongState", "Gone", "Impossible", "OutOfReach", "UseCaseError"}
REFUSALS |= {"UnsupportedMediaType", "TooLarge", "Unauthorized"}


def codes() -> Iterator[str]:
    """The first word of every refusal that is raised or made anywhere in the app but on its pages, which have words."""
    pages = set(ROOT.glob("functions/console/*.py"))
    for path in {*ROOT.glob("functions/**/*.py"), *ROOT.glob("shared/sync/*.py")} - pages:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=code), *_]) if name in REFUSALS:
                    yield str(code)


def examples() -> list[Any]:
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def fields(data: Any) -> set[str]:
    if isinstance(data, list):
        return {name for item in data for name in fields(item)}
    if isinstance(data, dict):
        return set(data) | {name for value in data.values() for name in fields(value)}
    return set()


def test_every_route_is_documented_and_no_other() -> None:
    app = func.FunctionApp()
    for blueprint in (graph_webhook.blueprint, timify_webhook.blueprint, email_events.blueprint, health.blueprint):
        app.register_functions(blueprint)
    bindings = [json.loads(str(f))["bindings"][0] for f in app.get_functions()]
    others = {f"{b['methods'][0]} /{b['route']}" for b in bindings}
    assert {f"{route.method} /{route.path}" for route in ROUTES} | others == HEADINGS


def test_every_code_is_documented() -> None:
    found = set(codes()) | {"invalid", "internal"}
    for failure in (Failure("x"), Stale("x"), Transient("x"), Throttled("x"), RuntimeError("x")):
        found.add(json.loads(explain(failure).get_body())["code"])
    documented = set(re.findall(r"^\| `([a-z-]+)` \| \d{3} \|", PAGE, re.MULTILINE))
    assert len(found) > 15
    assert found - documented == set()


@pytest.mark.parametrize("name", sorted(flatten(to_dict(Settings()))))
def test_every_setting_and_each_of_its_values_is_documented(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    settings: Any = Settings()
    for part in name.split("."):
        settings = getattr(settings, part)
    for value in type(settings):
        assert f"`{value}`" in row


@pytest.mark.parametrize("word", [*Status, *ConflictKind, *ConflictState, *models.Action, *models.Copies])
def test_every_word_that_a_field_may_hold_is_documented(word: str) -> None:
    assert re.search(rf"[`\"=]{word}[`\"]", PAGE)


def test_every_field_of_every_model_is_in_an_example() -> None:
    shown = {name for example in examples() for name in fields(example)} | {"resource_ids", "action"}
    known = {
        name
        for model in vars(models).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model is not BaseModel
        for name in model.model_fields
    }
    assert known - shown == set()


def test_the_settings_example_is_the_defaults() -> None:
    example = next(data for data in examples() if "direction" in data)
    assert read_settings(example) == Settings()
    assert example == to_dict(Settings())
