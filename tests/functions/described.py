"""Holds an answer of the API against docs/openapi.json."""

import json
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from dev.openapi import READABLE
from functions.backend_api import Route


@cache
def description() -> dict[str, Any]:
    """docs/openapi.json."""
    data: dict[str, Any] = json.loads(READABLE.read_text("utf-8"))
    return data


@cache
def validator(schema: str) -> Draft202012Validator:
    """Of a schema, written as JSON; what it refers to is looked up in the description."""
    return Draft202012Validator(
        {**json.loads(schema), "components": description()["components"]}, validate_formats=True
    )


def check(schema: dict[str, Any], data: Any) -> None:
    """Raises when `data` is not what `schema` says."""
    validator(json.dumps(schema)).validate(data)


def responses(route: Route) -> dict[str, Any]:
    """Each documented answer of a route by its status."""
    told = description()["paths"][f"/{route.path}"][route.method.lower()]["responses"]
    shared = description()["components"]["responses"]
    return {
        status: shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for status, each in told.items()
    }


def check_answer(route: Route, status: int, mimetype: str, body: bytes) -> None:
    """Raises when a route answers what is not documented of it."""
    told = responses(route)
    assert str(status) in told, f"{route.method} {route.path} answers {status}, which is not documented: {body!r}"
    content = told[str(status)]["content"]
    assert mimetype in content, f"{route.method} {route.path} answers {status} as {mimetype}"
    check(content[mimetype]["schema"], json.loads(body))
