"""The overview, and what can be done to one resource."""

import azure.functions as func

from functions.backend_api.call import Call
from functions.backend_api.companies import read_copies
from functions.backend_api.models import (
    CheckAnswer,
    DisablingAnswer,
    Gone,
    InvitationsRequest,
    InvitedAnswer,
    LogLineAnswer,
    ProgressAnswer,
    ResourceAnswer,
    SpanAnswer,
    dump,
    read_model,
)
from functions.http import (
    choice,
    choices,
    cursor,
    json_answer,
    page,
    problem_data,
    read_cursor,
    read_json,
    read_limit,
    read_nothing,
    read_query,
)
from shared.domain.accounts import Company, Connection, LogLine, RoundState, Status
from shared.domain.spans import Span
from shared.sync.companies import connection_of, consenting_company
from shared.sync.errors import UseCaseError, not_connected
from shared.sync.overview import ResourceView, expected_end, matching, overview, resource_view
from shared.words.log_lines import log_text

_LINE_KEY = "[0-9a-f-]{1,64}"


async def get_resources(call: Call) -> func.HttpResponse:
    """The overview, in order of name."""
    query = read_query(call.request, "status", "q", "limit", "next")
    statuses = choices(query, "status", Status, Status)
    company = await consenting_company(call.services, call.company_id)
    views = matching(await overview(call.services, call.company_id), statuses, query.get("q", ""))
    shown, after = page(views, lambda view: (view.resource.name.casefold(), view.resource.id), query)
    return json_answer({"items": [dump(_shown(call, company, view)) for view in shown], "next": after})


async def get_resource(call: Call) -> func.HttpResponse:
    read_query(call.request)
    return await _one(call)


async def post_invitation(call: Call) -> func.HttpResponse:
    """Invite, or send again: 202, the e-mail goes out in the background."""
    from shared.sync.invite import invite

    _needs_nothing(call)
    await invite(call.services, call.company_id, call.resource_id)
    return await _one(call, 202)


async def delete_invitation(call: Call) -> func.HttpResponse:
    """Revoke the open invitation."""
    from shared.sync.invite import revoke

    _needs_nothing(call)
    await connection_of(call.services, call.company_id, call.resource_id)
    await revoke(call.services, call.company_id, call.resource_id)
    return await _one(call)


async def post_invitations(call: Call) -> func.HttpResponse:
    """Invite several: each answers for itself."""
    from shared.sync.invite import invite_several

    read_query(call.request)
    wish = read_model(InvitationsRequest, read_json(call.request))
    answers = await invite_several(call.services, call.company_id, wish.resource_ids)
    items = [dump(_invited(resource_id, answer)) for resource_id, answer in answers.items()]
    return json_answer({"items": items, "next": None}, 202)


async def post_check(call: Call) -> func.HttpResponse:
    """Compare both calendars now: 202, the result shows as `last_check`."""
    from shared.sync.disable import check

    _needs_nothing(call)
    await _existing(call)
    await check(call.services, call.company_id, call.resource_id)
    return await _one(call, 202)


async def post_resume(call: Call) -> func.HttpResponse:
    """Go on after a pause: 202, what was missed is caught up in the background. After the brake `?copies=` says what
    becomes of what is gone on one side only: it goes on the other one too (`go_on`), or not (`keep`)."""
    from shared.sync.disable import resume

    copies = choice(read_query(call.request, "copies"), "copies", Gone, tuple(Gone))
    read_nothing(call.request)
    await _existing(call)
    await resume(call.services, call.company_id, call.resource_id, keep=copies is Gone.KEEP)
    return await _one(call, 202)


async def delete_connection(call: Call) -> func.HttpResponse:
    """Disable: 202, the copies go in the background unless they are kept."""
    copies = read_copies(call)
    read_nothing(call.request)
    await _existing(call)
    from shared.sync.disable import disable

    await disable(call.services, call.company_id, call.resource_id, copies)
    return await _one(call, 202)


async def get_disabling_preview(call: Call) -> func.HttpResponse:
    """What disabling would do if the future copies were removed. Nothing is written."""
    from shared.sync.preview import preview_disabling

    read_query(call.request)
    await _existing(call)
    counts = await preview_disabling(call.services, call.company_id, call.resource_id)
    return json_answer(dump(DisablingAnswer(**counts)))


async def get_log(call: Call) -> func.HttpResponse:
    """The sync log, newest first."""
    query = read_query(call.request, "limit", "next")
    limit, after = read_limit(query), read_cursor(query, 1, _LINE_KEY)
    await connection_of(call.services, call.company_id, call.resource_id)
    store = call.services.store
    lines, following = await store.log(call.company_id, call.resource_id, limit, after[0] if after else "")
    items = [dump(_line(line)) for line in lines]
    return json_answer({"items": items, "next": cursor([following]) if following else None})


def span_answer(span: Span | None) -> SpanAnswer | None:
    return SpanAnswer(start=span.start, end=span.end) if span else None


def _needs_nothing(call: Call) -> None:
    read_query(call.request)
    read_nothing(call.request)


async def _existing(call: Call) -> None:
    """Raises unknown-resource, or not-connected when nothing ever happened to the resource."""
    if await call.services.store.connection(call.company_id, call.resource_id) is None:
        await connection_of(call.services, call.company_id, call.resource_id)
        raise not_connected()


async def _one(call: Call, status: int = 200) -> func.HttpResponse:
    """The resource as it is now: also what every action answers."""
    company = await consenting_company(call.services, call.company_id)
    view = await resource_view(call.services, call.company_id, call.resource_id)
    return json_answer(dump(_shown(call, company, view)), status)


def _shown(call: Call, company: Company, view: ResourceView) -> ResourceAnswer:
    connection, state = view.connection, view.state
    return ResourceAnswer(
        resource_id=view.resource.id,
        name=view.resource.name,
        email=view.resource.email,
        status=view.status,
        label=view.label,
        reason=connection.reason,
        direction=connection.effective_settings(company).direction,
        progress=_progress(call, view),
        last_change=state.last_change,
        last_check=_check(state),
        open_conflicts=state.open_conflicts,
        invited_at=connection.invited_at,
        undelivered_at=connection.undelivered_at,
        connected_at=connection.connected_at,
        gone=view.gone,
    )


def _check(state: RoundState) -> CheckAnswer | None:
    if state.checked_at is None:
        return None
    return CheckAnswer(
        at=state.checked_at,
        items=state.checked_items,
        agree=state.checked_agree,
        differences=state.checked_differences,
    )


def _progress(call: Call, view: ResourceView) -> ProgressAnswer | None:
    progress = view.state.progress
    if progress is None:
        return None
    end = expected_end(progress, call.services.now())
    return ProgressAnswer(percent=progress.percent, done=progress.done, total=progress.total, expected_end=end)


def _invited(resource_id: str, answer: Connection | UseCaseError) -> InvitedAnswer:
    if isinstance(answer, UseCaseError):
        return InvitedAnswer(resource_id=resource_id, status=None, problem=problem_data(answer))
    return InvitedAnswer(resource_id=resource_id, status=answer.status, problem=None)


def _line(line: LogLine) -> LogLineAnswer:
    return LogLineAnswer(
        at=line.at,
        text=log_text(line),
        cause=line.cause,
        rule=line.rule,
        item=line.item,
        side=line.side,
        fields=list(line.fields),
        outcome=line.outcome,
        detail=line.detail,
        took_ms=line.took_ms,
        times=span_answer(line.times),
    )
