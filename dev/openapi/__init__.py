"""OpenAPI 3.1 of the API for TIMIFY's backend: from its models, its route table, and what docs/api.md says of it.

`python -m dev openapi` writes it anew: docs/openapi.json to read, and without spaces the one that the app serves.
"""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dev.openapi import page
from dev.openapi.operations import OPERATIONS, ListOf, Operation
from functions.backend_api import ROUTES, Route
from functions.backend_api.description import FILE as SERVED
from functions.health import VERSION
from shared.domain.failures import Reason

READABLE = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
REASONS = sorted({str(reason).replace("_", "-") for reason in Reason} | {"unreachable"})
"""What keeps any route from answering: 503."""
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457 problem details. `errors` names each place of the request that is wrong.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable: the last part of `type`."},
        "instance": {"type": "string", "format": "uri"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "A part of the address."},
                },
            },
        },
    },
}


def document() -> dict[str, Any]:
    """The whole description, as plain data."""
    schemas = _Schemas()
    paths: dict[str, dict[str, Any]] = {}
    problems: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(f"/{route.path}", {})[route.method.lower()] = _operation(route, schemas, problems)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "TIMIFY Office 365 calendar sync",
            "version": VERSION,
            "summary": "For TIMIFY's backend: companies, settings, invitations, conflicts, log.",
            "description": page.introduction(),
        },
        "servers": [{"url": "/"}],
        "security": [{"functionKey": []}, {"functionKeyInAddress": []}, {"functionKey": [], "entraToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "functionKeyInAddress": {"type": "apiKey", "in": "query", "name": "code"},
                "entraToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
            "schemas": dict(sorted({**schemas.definitions, "Problem": PROBLEM_SCHEMA}.items())),
            "responses": dict(sorted(problems.items())),
        },
    }


def write() -> None:
    """Both files anew."""
    for path, text in files().items():
        path.write_text(text, "utf-8")


def files() -> Mapping[Path, str]:
    """What both files should hold."""
    data = document()
    return {
        READABLE: json.dumps(data, ensure_ascii=False, indent=1) + "\n",
        SERVED: json.dumps(data, ensure_ascii=False, separators=(",", ":")),
    }


class _Schemas:
    """The schemas of all that travels, by one way of naming them."""

    def __init__(self) -> None:
        requests = [op.request for op in OPERATIONS.values() if op.request]
        answers = [_item(answer) for op in OPERATIONS.values() for answer in op.answers.values()]
        wanted = [(_name(each), "validation", TypeAdapter(each)) for each in _unique(requests)]
        wanted += [(_name(each), "serialization", TypeAdapter(each)) for each in _unique(answers)]
        found, rest = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]  # its modes are literals
        self._by_name = {name: schema for (name, _), schema in found.items()}
        self.definitions: dict[str, Any] = rest["$defs"]
        for name, schema in self.definitions.items():
            if "properties" in schema and not name.endswith("Request"):
                schema["required"] = list(schema["properties"])  # an answer leaves nothing out, not even a default
        invited = self.definitions["InvitedAnswer"]["properties"]
        invited["problem"] = {"anyOf": [{"$ref": "#/components/schemas/Problem"}, {"type": "null"}]}

    def of(self, kind: Any) -> dict[str, Any]:
        if isinstance(kind, ListOf):
            item = {"type": "array", "items": self.of(kind.items)}
            properties = {"items": item, "next": {"type": ["string", "null"]}}
            return {"type": "object", "required": ["items", "next"], "properties": properties}
        return self._by_name[_name(kind)]

    def example(self, heading: str, kind: Any, *, some: bool = False) -> Any:
        """What docs/api.md shows of `kind`, best under `heading`."""
        if isinstance(kind, ListOf):
            return {"items": [self.example(heading, kind.items)], "next": None}
        names = set(self.definitions[_name(kind)].get("properties", ()))
        return page.example(heading, names, some=some) if names else None


def _operation(route: Route, schemas: _Schemas, problems: dict[str, Any]) -> dict[str, Any]:
    told = OPERATIONS[route.name]
    heading = f"{route.method} /{route.path}"
    described: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.name.replace("_", " ").capitalize(),
        "description": page.prose(heading),
        "parameters": [*map(_id, route.ids), *(_query(name, schema) for name, schema in told.query.items())],
    }
    if told.request:
        content = _content(schemas.of(told.request), schemas.example(heading, told.request, some=True))
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    described["responses"] = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": _content(schemas.of(kind), schemas.example(heading, kind))},
        }
        for status, kind in told.answers.items()
    } | _problems(route, told, problems)
    return described


def _problems(route: Route, told: Operation, known: dict[str, Any]) -> dict[str, Any]:
    """Every problem answer of a route by its status, as references into `known`, which routes share."""
    by_status: dict[int, list[str]] = {}
    for code in sorted({*told.codes, *_common(route, told)}):
        by_status.setdefault(page.problems()[code][0], []).append(code)
    known["401"] = _problem(["unauthorized"]) | {
        "description": "The function key is missing or wrong (the body is empty), or the access token is."
    }
    names = {"401": "401"} | {str(status): ".".join([str(status), *codes]) for status, codes in by_status.items()}
    known |= {names[str(status)]: _problem(codes) for status, codes in by_status.items()}
    answers = {status: {"$ref": f"#/components/responses/{name}"} for status, name in names.items()}
    return dict(sorted(answers.items()))


def _common(route: Route, told: Operation) -> set[str]:
    """What every route of its kind may answer, whatever it does."""
    codes = {"invalid", "internal", "role-missing"}
    if not route.ids:
        return codes
    codes |= {"refused", "unreachable"}
    if route.method != "GET":
        codes |= {"busy", "too-large"}
    if told.request:
        codes.add("unsupported-media-type")
    if route.name != "put_company":
        codes.add("unknown-company")
    if route.name not in ("put_company", "delete_company"):
        codes.add("uninstalled")
    return codes if route.open else codes | {"policy-not-accepted"}


def _problem(codes: list[str]) -> dict[str, Any]:
    allowed = sorted({*codes, *REASONS}) if "unreachable" in codes else codes
    word = {"properties": {"code": {"enum": allowed}}}
    wait = {"Retry-After": {"description": "In seconds.", "schema": {"type": "integer", "minimum": 1}}}
    return {
        **({"headers": wait} if {"unreachable", "invited-too-often"} & set(codes) else {}),
        "description": "\n".join(f"- `{code}`: {page.problems()[code][1]}" for code in codes),
        "content": {
            "application/problem+json": {
                "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, word]},
                "examples": {code: {"value": page.problem_example(code)} for code in codes},
            }
        },
    }


def _content(schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"schema": schema} if example is None else {"schema": schema, "example": example}


def _id(name: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    commas = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return {"name": name, "in": "query", "required": False, **commas, "schema": schema}


def _item(kind: Any) -> Any:
    return kind.items if isinstance(kind, ListOf) else kind


def _name(kind: Any) -> str:
    return str(kind.__name__)


def _unique(kinds: Iterable[Any]) -> list[Any]:
    return list({_name(kind): kind for kind in kinds}.values())
