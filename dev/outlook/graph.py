"""`/v1.0`: who asks, which resource, which handler; and batches."""

import asyncio
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from dev.outlook import calendars, editing, views
from dev.outlook.delta import Deltas
from dev.outlook.editing import Editor, Found
from dev.outlook.errors import (
    Body,
    GraphError,
    Json,
    access_denied,
    invalid,
    item_not_found,
    mailbox_not_enabled,
    unauthenticated,
)
from dev.outlook.render import Shape
from dev.outlook.request import Caller, GraphRequest, Reply
from dev.outlook.store import Calendar, Item, Store
from dev.outlook.subscriptions import Subscriptions

_KEY = re.compile(r"^(?P<name>[\w.]+)\('(?P<key>.*)'\)$", re.DOTALL)
_DELTA = {"delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"}
_RESPONSES = {"accept": "accepted", "tentativelyAccept": "tentativelyAccepted", "decline": "declined"}
MOST_IN_BATCH = 20
_FAILED_DEPENDENCY = GraphError(424, "FailedDependency", "A request it depends on failed.")
type Admit = Callable[[Caller], GraphError | None]


def segments(path: str) -> tuple[str, ...]:
    """A still-encoded path as decoded segments; `calendars('id')` becomes two."""
    found: list[str] = []
    for part in path.strip("/").split("/"):
        text = unquote(part)
        key = _KEY.match(text)
        found += [key["name"], key["key"]] if key else ["delta" if text in _DELTA else text]
    return tuple(found)


class Graph:
    """Answers requests under `/v1.0`."""

    def __init__(
        self, store: Store, editor: Editor, subscriptions: Subscriptions, clock: Callable[[], datetime], base: str
    ) -> None:
        self._store = store
        self._editor = editor
        self._subscriptions = subscriptions
        self._clock = clock
        self._base = base.rstrip("/")
        self._deltas = Deltas()

    async def answer(
        self, method: str, target: str, headers: dict[str, str], body: Json, caller: Caller | None, admit: Admit
    ) -> Reply:
        """Answer one request; `target` is path and query after `/v1.0`, still encoded."""
        path, _, query = target.partition("?")
        try:
            if caller is None:
                raise unauthenticated()
            if path.strip("/") == "$batch":
                return await self._batch(body, headers, caller, admit)
            request = GraphRequest(
                method=method,
                base=self._base,
                path=path,
                rest=self._rest(segments(path), caller),
                query=dict(parse_qsl(query, keep_blank_values=True)),
                headers=headers,
                body=body,
                caller=caller,
            )
            reply = await self._dispatch(request)
        except GraphError as error:
            reply = self._refusal(error, headers)
        return Reply(reply.status, reply.body, self._headers(headers) | reply.headers)

    def _rest(self, parts: tuple[str, ...], caller: Caller) -> tuple[str, ...]:
        if parts[0] == "me":
            return ("me", *parts[1:])
        if parts[0] == "users" and len(parts) > 1:
            if self._store.find(parts[1]) is not caller.mailbox:
                raise access_denied()
            return ("me", *parts[2:])
        return parts

    async def _dispatch(self, request: GraphRequest) -> Reply:
        head, *tail = request.rest
        if head == "subscriptions":
            return await self._subscription(request, tail)
        if head != "me":
            raise invalid(f"Resource not found for the segment '{head}'.", "BadRequest")
        if not tail:
            return calendars.me(request)
        if request.mailbox.kind != "exchange_online":
            raise mailbox_not_enabled()
        if tail[0] == "mailboxSettings":
            return calendars.time_zone(request) if len(tail) > 1 else calendars.mailbox_settings(request)
        if tail == ["calendars"]:
            return calendars.create(request) if request.method == "POST" else calendars.listed(request)
        if tail[0] == "calendars":
            calendar = calendars.calendar_by_id(request.mailbox, tail[1])
            return self._in_calendar(request, calendar, tail[2:], own_path=True)
        calendar = calendars.default_calendar(request.mailbox)
        if tail[0] == "calendar":
            return self._in_calendar(request, calendar, tail[1:], own_path=True)
        return self._in_calendar(request, calendar, tail, own_path=False)

    async def _subscription(self, request: GraphRequest, tail: list[str]) -> Reply:
        every, method = self._subscriptions, request.method
        if not tail:
            return await every.create(request) if method == "POST" else every.list_(request)
        if tail[1:] == ["reauthorize"] and method == "POST":
            return every.reauthorize(request, tail[0])
        by_method = {"GET": every.get, "PATCH": every.renew, "DELETE": every.delete}
        if len(tail) > 1 or method not in by_method:
            raise _no_such_method()
        return by_method[method](request, tail[0])

    def _in_calendar(self, request: GraphRequest, calendar: Calendar, tail: list[str], *, own_path: bool) -> Reply:
        method = request.method
        match tail:
            case [] if own_path:
                return self._calendar(request, calendar)
            case ["events"] if method == "GET":
                return views.events(request, calendar)
            case ["events"] if method == "POST":
                return self._create(request, calendar)
            case ["calendarView"] if method == "GET":
                return views.calendar_view(request, calendar)
            case ["calendarView", "delta"] if method == "GET":
                return self._deltas.answer(request, calendar)
            case ["events", item_id, *rest]:
                holder = calendar if own_path else _holder(request, item_id)
                found = editing.find(holder, request.item_id(item_id))
                return self._event(request, holder, found, rest)
        raise invalid(f"Resource not found for the segment '{tail[-1] if tail else ''}'.", "BadRequest")

    def _calendar(self, request: GraphRequest, calendar: Calendar) -> Reply:
        if request.method == "GET":
            return calendars.one(request, calendar)
        if request.method == "PATCH":
            return calendars.rename(request, calendar)
        if request.method == "DELETE":
            return calendars.delete(request, calendar, self._store)
        raise _no_such_method()

    def _create(self, request: GraphRequest, calendar: Calendar) -> Reply:
        shape = Shape(request)
        item, fresh = self._editor.create(request.caller, calendar, request.body)
        return Reply(
            201 if fresh else 200, self._entity(request, calendar, shape.event(calendar, item)), request.applied
        )

    def _event(self, request: GraphRequest, calendar: Calendar, found: Found, rest: list[str]) -> Reply:
        method, caller, if_match = request.method, request.caller, request.headers.get("if-match")
        match rest:
            case [] if method == "GET":
                return self._shown(request, calendar, found)
            case [] if method == "PATCH":
                Shape(request)  # a bad Prefer is refused before anything changes
                changed = self._editor.patch(caller, calendar, found, request.body, if_match)
                return self._shown(request, calendar, changed)
            case [] if method == "DELETE":
                self._editor.delete(caller, calendar, found, if_match, "delete")
                return Reply(204)
            case ["instances"] if method == "GET":
                return views.instances(request, calendar, found)
            case ["permanentDelete"] if method == "POST":
                self._editor.delete(caller, calendar, found, None, "delete")
                return Reply(204)
            case ["cancel"] if method == "POST":
                self._editor.cancel(caller, calendar, found)
                return Reply(202)
            case [("accept" | "tentativelyAccept" | "decline") as response] if method == "POST":
                self._respond(request, calendar, found, response)
                return Reply(202)
        raise invalid(f"Resource not found for the segment '{rest[-1] if rest else method}'.", "BadRequest")

    def _respond(self, request: GraphRequest, calendar: Calendar, found: Found, response: str) -> None:
        sent = request.body if isinstance(request.body, dict) else {}
        send = sent.get("sendResponse") is not False
        if sent.get("proposedNewTime") and not send:
            raise invalid("A proposed new time needs a response.", "ErrorInvalidParameter")
        self._editor.respond(request.caller, calendar, found, _RESPONSES[response], send)

    def _shown(self, request: GraphRequest, calendar: Calendar, found: Found) -> Reply:
        event = Shape(request).event(calendar, found)
        return Reply(200, self._entity(request, calendar, event), request.applied)

    def _entity(self, request: GraphRequest, calendar: Calendar, event: Body) -> Body:
        tail = f"users('{request.mailbox.oid}')/calendars('{calendar.id}')/events/$entity"
        return {"@odata.context": request.context(tail)} | event

    async def _batch(self, body: Json, headers: dict[str, str], caller: Caller, admit: Admit) -> Reply:
        wanted = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_IN_BATCH:
            raise invalid(f"The batch request needs 1 to {MOST_IN_BATCH} requests.", "BadRequest")
        names = [str(one.get("id")) for one in wanted if isinstance(one, dict)]
        if len(set(names)) < len(wanted):
            raise invalid("The ids of a batch must be unique.", "BadRequest")
        for place, one in enumerate(wanted):
            if not set(map(str, one.get("dependsOn") or [])) <= set(names[:place]):
                raise invalid("A request can depend on earlier ones only.", "BadRequest")
        answers: dict[str, Body] = {}
        for one in wanted:
            failed = any(answers[parent]["status"] >= 400 for parent in map(str, one.get("dependsOn") or []))
            refused = _FAILED_DEPENDENCY if failed else admit(caller)
            reply = self._refusal(refused, headers) if refused else await self._item(one, headers, caller, admit)
            key = str(one["id"])
            answers[key] = {"id": key, "status": reply.status, "headers": reply.headers, "body": reply.body}
        return Reply(200, {"responses": list(reversed(answers.values()))})  # in any order but the asked one

    async def _item(self, one: dict[str, Any], outer: dict[str, str], caller: Caller, admit: Admit) -> Reply:
        headers = {name.lower(): value for name, value in (one.get("headers") or {}).items()}
        url, method = str(one.get("url", "")), str(one.get("method", "GET")).upper()
        if url.strip("/").startswith("$batch") or (one.get("body") is not None and "content-type" not in headers):
            return self._refusal(invalid("The request in the batch is not valid.", "BadRequest"), outer)
        await asyncio.sleep(0)
        return await self.answer(method, "/" + url.lstrip("/"), headers, one.get("body"), caller, admit)

    def _refusal(self, error: GraphError, headers: dict[str, str]) -> Reply:
        body = error.envelope(self._clock().astimezone(UTC), str(uuid.uuid4()), headers.get("client-request-id", ""))
        return Reply(error.status, body, error.headers)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        request_id = str(uuid.uuid4())
        return {
            "request-id": request_id,
            "client-request-id": headers.get("client-request-id", request_id),
            "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"1","ScaleUnit":"000"}}',
        }


def _holder(request: GraphRequest, item_id: str) -> Calendar:
    canonical = request.item_id(item_id)
    holder = request.mailbox.locate(canonical)
    if holder is None:
        raise item_not_found()
    found = editing.find(holder, canonical)
    in_series = not isinstance(found, Item) or found.is_master or found.master_id is not None
    if holder.is_shared and in_series:
        raise item_not_found()  # as observed: series on shared calendars need the calendar's path
    return holder


def _no_such_method() -> GraphError:
    return GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
