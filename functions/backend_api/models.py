"""What travels over the API, as pydantic models, and how a body is read into one."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from functions.http import BadRequest
from shared.domain.accounts import Status
from shared.domain.conflicts import ConflictKind, ConflictState
from shared.domain.failures import Reason
from shared.domain.settings import Direction, Settings
from shared.identity.console import Right

_MOST_ERRORS = 20
_UNKNOWN = frozenset({"extra_forbidden", "unexpected_keyword_argument"})


def _real_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError("must be an IANA time zone name such as Europe/Berlin") from None
    return name


def _plausible(moment: datetime) -> datetime:
    if not 2000 <= moment.year <= 2999:
        raise ValueError("must be a moment from the year 2000 on")
    return moment.astimezone(UTC)


type Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
type Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
type Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}$")]
type Zone = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(_real_zone)]
type Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]


class Copies(StrEnum):
    REMOVE_FUTURE = "remove_future"
    KEEP = "keep"


class Gone(StrEnum):
    GO_ON = "go_on"
    KEEP = "keep"


class Action(StrEnum):
    RETRY = "retry"
    KEEP_TIMIFY = "keep_timify"
    KEEP_OUTLOOK = "keep_outlook"
    IGNORE = "ignore"


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PolicyModel(_Request):
    version: Line
    accepted_by: Line
    accepted_at: Moment


class CompanyRequest(_Request):
    plan: Line
    locale: Locale | None = None
    timezone: Zone | None = None
    privacy_policy: PolicyModel | None = None


class ConsoleSessionRequest(_Request):
    """Who will look at the company's pages, in which language, and what they may do beside looking."""

    name: Line
    language: Locale
    rights: list[Right] = list(Right)


class ConsoleSessionAnswer(BaseModel):
    url: str
    expires_at: datetime


class InvitationsRequest(_Request):
    resource_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]


class ActionRequest(_Request):
    action: Action


class CompanyAnswer(BaseModel):
    id: str
    plan: str
    eligible: bool
    locale: str
    timezone: str
    privacy_policy: PolicyModel | None
    settings_version: int
    installed_at: datetime | None
    uninstalled_at: datetime | None


class ResourceSettingsAnswer(BaseModel):
    effective: Settings
    overrides: dict[str, Any]


class PreviewAnswer(BaseModel):
    created: int
    linked: int
    skipped: int
    conflicts: int


class CompanyPreviewAnswer(PreviewAnswer):
    """`looked_at` of so many live `connections`: there is not always time for all."""

    looked_at: int
    connections: int


class DisablingAnswer(BaseModel):
    removed_in_outlook: int
    removed_in_timify: int
    kept: int


class ProgressAnswer(BaseModel):
    percent: int
    done: int
    total: int
    expected_end: datetime | None


class CheckAnswer(BaseModel):
    at: datetime
    items: int
    agree: int
    differences: dict[str, int]


class ResourceAnswer(BaseModel):
    resource_id: str
    name: str
    email: str
    status: Status
    label: str
    reason: Reason | None
    direction: Direction
    progress: ProgressAnswer | None
    last_change: datetime | None
    last_check: CheckAnswer | None
    open_conflicts: int
    invited_at: datetime | None
    undelivered_at: datetime | None
    connected_at: datetime | None
    gone: bool


class InvitedAnswer(BaseModel):
    resource_id: str
    status: Status | None
    problem: dict[str, Any] | None


class SpanAnswer(BaseModel):
    start: datetime
    end: datetime


class LogLineAnswer(BaseModel):
    at: datetime
    text: str
    cause: str
    rule: str
    item: str
    side: str
    fields: list[str]
    outcome: str
    detail: str
    took_ms: int
    times: SpanAnswer | None


class InTheWayAnswer(BaseModel):
    item: str
    side: str
    times: SpanAnswer | None


class ConflictAnswer(BaseModel):
    id: str
    resource_id: str
    kind: ConflictKind
    state: ConflictState
    since: datetime | None
    text: str
    item: str
    outlook: SpanAnswer | None
    timify: SpanAnswer | None
    in_the_way: InTheWayAnswer | None
    detail: str
    actions: list[Action]


SETTINGS: TypeAdapter[Settings] = TypeAdapter(Settings)


def read_model[M: BaseModel](model: type[M], data: Any) -> M:
    """`data` as `model`. Raises BadRequest that names each field, never what was in it."""
    return read_as(TypeAdapter(model), data)


def read_as[T](adapter: TypeAdapter[T], data: Any) -> T:
    """As `read_model`, for any type. Strict: no text is taken for a number, no number for a text."""
    try:
        return adapter.validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        errors = [_place(e["type"], e["loc"], e["msg"]) for e in error.errors(include_input=False, include_url=False)]
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    raise refusal(errors)


def refusal(errors: Sequence[dict[str, str]]) -> BadRequest:
    """One refusal for all the places that are wrong; the first ones are named."""
    shown = errors[:_MOST_ERRORS]
    return BadRequest(" ".join(error["detail"] for error in shown), shown)


def place(path: Sequence[str | int], detail: str) -> dict[str, str]:
    """One place of the body as a JSON pointer (RFC 6901), and what is wrong there."""
    pointer = "".join("/" + _short(part).replace("~", "~0").replace("/", "~1") for part in path)
    return {"pointer": f"#{pointer}", "detail": detail}


def dump(answer: BaseModel) -> dict[str, Any]:
    """An answer as plain JSON data; moments as `2026-01-31T09:00:00Z`."""
    return answer.model_dump(mode="json")


def _place(kind: str, path: tuple[int | str, ...], message: str) -> dict[str, str]:
    name = ".".join(_short(part) for part in path) or "The body"
    if kind in _UNKNOWN:
        return place(path, f"Unknown field {name!r}.")
    if kind == "missing":
        return place(path, f"The field {name!r} is missing.")
    return place(path, f"{name}: {message.removeprefix('Value error, ')}.")


def _short(part: str | int) -> str:
    return str(part)[:80]
