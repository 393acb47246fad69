"""What each route of the API takes and answers, in the models that it reads and writes, and the problems of its own.

Nothing at runtime needs this: a test holds it against the route table, and against real answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, WithJsonSchema

from functions.backend_api.models import (
    Action,
    ActionRequest,
    CompanyAnswer,
    CompanyPreviewAnswer,
    CompanyRequest,
    ConflictAnswer,
    ConsoleSessionAnswer,
    ConsoleSessionRequest,
    Copies,
    DisablingAnswer,
    Gone,
    InvitationsRequest,
    InvitedAnswer,
    LogLineAnswer,
    PreviewAnswer,
    ResourceAnswer,
    ResourceSettingsAnswer,
)
from functions.http import DEFAULT_LIMIT, MAX_LIMIT
from shared.domain.accounts import Status
from shared.domain.conflicts import ConflictKind, ConflictState
from shared.domain.settings import Settings, Switch, to_dict


class DecisionAnswer(BaseModel):
    id: str
    action: Action


def _leaves(defaults: Any, more: list[Any]) -> dict[str, Any]:
    """The schema of each setting by its name; `more` is what every one of them takes besides its words."""
    leaves: dict[str, Any] = {}
    for name in to_dict(defaults):
        value = getattr(defaults, name)
        if hasattr(value, "__dataclass_fields__"):
            leaves[name] = {"type": "object", "properties": _leaves(value, more), "additionalProperties": False}
        else:
            words = [str(word) for word in type(value)]
            leaves[name] = {"enum": [*words, *([True, False] if isinstance(value, Switch) else []), *more]}
    return leaves


def settings_schema(*, null: bool) -> dict[str, Any]:
    """Settings as a body may name them: nested or dotted, a switch also as a boolean; `null`: as the company."""
    nested = _leaves(Settings(), [None] if null else [])
    dotted = {
        f"{group}.{name}": leaf for group, inner in nested.items() for name, leaf in inner.get("properties", {}).items()
    }
    return {"type": "object", "properties": nested | dotted, "additionalProperties": False} | (
        {"minProperties": 1} if null else {}
    )


type SettingsRequest = Annotated[dict[str, Any], WithJsonSchema(settings_schema(null=False))]
type ChoicesRequest = Annotated[dict[str, Any], WithJsonSchema(settings_schema(null=True))]
type Described = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "required": ["openapi", "paths"]})]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A page of `items`, and `next`."""

    items: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`codes` are the problems besides those that every route of its kind has."""

    answers: Mapping[int, Any]
    request: Any = None
    query: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    codes: tuple[str, ...] = ()


def _words(*words: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": [*map(str, words)]}}


_PAGES: dict[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    "next": {"type": "string", "description": "The `next` of the page before, as it is."},
}
_COPIES = {"copies": {"type": "string", "enum": [*map(str, Copies)], "default": str(Copies.REMOVE_FUTURE)}}
_GONE = {"copies": {"type": "string", "enum": [*map(str, Gone)], "default": str(Gone.GO_ON)}}
_RESOURCE = ("unknown-resource", "timify-unreachable")
_CONNECTED = (*_RESOURCE, "not-connected", "wrong-state")
_PREVIEW = ("wrong-state", "busy", "timify-unreachable", "microsoft-unreachable")

OPERATIONS: Mapping[str, Operation] = {
    "get_description": Operation(answers={200: Described}),
    "put_company": Operation(
        request=CompanyRequest, answers={200: CompanyAnswer, 201: CompanyAnswer}, codes=("not-eligible",)
    ),
    "get_company": Operation(answers={200: CompanyAnswer}),
    "delete_company": Operation(answers={202: CompanyAnswer}, query=_COPIES),
    "post_console_session": Operation(request=ConsoleSessionRequest, answers={201: ConsoleSessionAnswer}),
    "get_settings": Operation(answers={200: Settings}),
    "put_settings": Operation(request=SettingsRequest, answers={200: Settings}),
    "post_preview": Operation(request=SettingsRequest, answers={200: CompanyPreviewAnswer}, codes=_PREVIEW),
    "get_resources": Operation(
        answers={200: ListOf(ResourceAnswer)},
        query={"status": _words(*Status), "q": {"type": "string"}, **_PAGES},
        codes=("timify-unreachable",),
    ),
    "post_invitations": Operation(
        request=InvitationsRequest, answers={202: ListOf(InvitedAnswer)}, codes=("not-eligible", "timify-unreachable")
    ),
    "get_resource": Operation(answers={200: ResourceAnswer}, codes=_RESOURCE),
    "get_resource_settings": Operation(answers={200: ResourceSettingsAnswer}, codes=_RESOURCE),
    "patch_resource_settings": Operation(
        request=ChoicesRequest, answers={200: ResourceSettingsAnswer}, codes=_RESOURCE
    ),
    "delete_resource_settings": Operation(answers={200: ResourceSettingsAnswer}, codes=_RESOURCE),
    "post_resource_preview": Operation(
        request=ChoicesRequest, answers={200: PreviewAnswer}, codes=(*_CONNECTED, *_PREVIEW)
    ),
    "post_invitation": Operation(
        answers={202: ResourceAnswer},
        codes=(*_RESOURCE, "not-eligible", "no-email-address", "wrong-state", "invited-too-often"),
    ),
    "delete_invitation": Operation(answers={200: ResourceAnswer}, codes=(*_RESOURCE, "not-invited")),
    "post_check": Operation(answers={202: ResourceAnswer}, codes=_CONNECTED),
    "post_resume": Operation(answers={202: ResourceAnswer}, query=_GONE, codes=(*_CONNECTED, "not-eligible")),
    "delete_connection": Operation(answers={202: ResourceAnswer}, query=_COPIES, codes=_CONNECTED),
    "get_disabling_preview": Operation(answers={200: DisablingAnswer}, codes=_CONNECTED),
    "get_log": Operation(answers={200: ListOf(LogLineAnswer)}, query=_PAGES, codes=_RESOURCE),
    "get_conflicts": Operation(
        answers={200: ListOf(ConflictAnswer)},
        query={
            "resource_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"},
            "kind": _words(*ConflictKind),
            "state": _words(*ConflictState),
            **_PAGES,
        },
    ),
    "get_conflict": Operation(answers={200: ConflictAnswer}, codes=("unknown-conflict",)),
    "post_conflict_action": Operation(
        request=ActionRequest,
        answers={202: DecisionAnswer},
        codes=("unknown-conflict", "wrong-state", "conflict-gone"),
    ),
}
