"""What two calendars cannot agree on without a person."""

from datetime import UTC, datetime

import azure.functions as func

from functions.backend_api.call import Call
from functions.backend_api.models import (
    Action,
    ActionRequest,
    ConflictAnswer,
    InTheWayAnswer,
    dump,
    read_model,
)
from functions.backend_api.resources import span_answer
from functions.http import bad_parameter, choices, is_id, json_answer, page, read_json, read_query
from shared.domain.conflicts import Conflict, ConflictKind, ConflictState
from shared.domain.items import Side
from shared.sync.errors import unknown_conflict
from shared.sync.resolve import actions_of, resolve
from shared.words.log_lines import conflict_text

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

type Owned = tuple[str, Conflict]
"""A conflict and the id of its resource."""


async def get_conflicts(call: Call) -> func.HttpResponse:
    """The company's conflicts, newest first."""
    query = read_query(call.request, "resource_id", "kind", "state", "limit", "next")
    kinds = choices(query, "kind", ConflictKind, ConflictKind)
    states = choices(query, "state", ConflictState, ConflictState)
    found = [
        (resource_id, conflict)
        for resource_id, conflict in await _conflicts(call, query.get("resource_id", ""))
        if (not kinds or conflict.kind in kinds) and (not states or conflict.state in states)
    ]
    shown, after = page(found, _order, query, newest_first=True)
    return json_answer({"items": [dump(_shown(*owned)) for owned in shown], "next": after})


async def get_conflict(call: Call) -> func.HttpResponse:
    read_query(call.request)
    for resource_id, conflict in await _conflicts(call, ""):
        if conflict.id == call.conflict_id:
            return json_answer(dump(_shown(resource_id, conflict)))
    raise unknown_conflict()


async def post_conflict_action(call: Call) -> func.HttpResponse:
    """Do what a person decided: 202, the calendars follow in the background."""
    read_query(call.request)
    action = read_model(ActionRequest, read_json(call.request)).action
    await resolve(call.services, call.company_id, call.conflict_id, str(action))
    return json_answer({"id": call.conflict_id, "action": str(action)}, 202)


async def _conflicts(call: Call, resource_id: str) -> list[Owned]:
    store = call.services.store
    if not resource_id:
        return [owned async for owned in store.company_conflicts(call.company_id)]
    if not is_id(resource_id):
        raise bad_parameter("resource_id", "resource_id must be 1 to 40 letters, digits, hyphens or underscores.")
    return [(resource_id, conflict) for conflict in await store.conflicts(call.company_id, resource_id)]


def _order(owned: Owned) -> tuple[str, ...]:
    resource_id, conflict = owned
    return (conflict.since or _NEVER).astimezone(UTC).isoformat(timespec="microseconds"), resource_id, conflict.id


def _shown(resource_id: str, conflict: Conflict) -> ConflictAnswer:
    return ConflictAnswer(
        id=conflict.id,
        resource_id=resource_id,
        kind=conflict.kind,
        state=conflict.state,
        since=conflict.since,
        text=conflict_text(conflict),
        item=conflict.item,
        outlook=span_answer(conflict.outlook),
        timify=span_answer(conflict.timify),
        in_the_way=_in_the_way(conflict),
        detail=conflict.detail,
        actions=[Action(action) for action in actions_of(conflict)],
    )


def _in_the_way(conflict: Conflict) -> InTheWayAnswer | None:
    """An overlap names the one that waits, or the Outlook event, first; the other one is what stands in TIMIFY."""
    if not conflict.other:
        return None
    return InTheWayAnswer(
        item=conflict.other, side=str(Side.TIMIFY), times=span_answer(conflict.way or conflict.timify)
    )
