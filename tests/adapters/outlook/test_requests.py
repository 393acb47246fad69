"""The exact requests of the Outlook door. How many calls a change costs is decided here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.failures import Broken, LinkExpired, Reason, Refused, Stale, Transient
from shared.domain.items import Change, Draft, Side
from shared.domain.links import link_key
from shared.domain.spans import Days, Span, When
from shared.outlook.mapping import TAG, creation, modification
from shared.sync.ports import DeltaPage, Outlook
from tests.adapters.outlook.wire import BASE, NOW, Wire, error, ok, page
from tests.adapters.outlook.worlds import simulated_world

WINDOW = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
WHEN = Span(datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))
MARK = f"tfy-{link_key('anna', Side.TIMIFY, 'booking-1')}-0"
DRAFT = Draft(when=WHEN, title="Haircut", notes="First visit")
ROOT = "/me/calendars/cal%2F1=="
EVENT: dict[str, Any] = {
    "id": "AAk=",
    "@odata.etag": 'W/"1"',
    "subject": "Haircut",
    "type": "singleInstance",
    "start": {"dateTime": "2026-03-02T09:00:00.0000000", "timeZone": "UTC"},
    "end": {"dateTime": "2026-03-02T10:00:00.0000000", "timeZone": "UTC"},
}
NOT_FOUND = error(404, "ErrorItemNotFound")


async def pages_of(door: Outlook, link: str = "") -> list[DeltaPage]:
    return [each async for each in door.delta(link, WINDOW)]


# -- delta


async def test_a_round_asks_once_for_the_window_and_then_follows_links_untouched() -> None:
    wire = Wire(
        page([], nextLink=f"{BASE}/x?$skiptoken=a%2Bb"),
        page([EVENT], deltaLink=f"{BASE}/x?$deltatoken=c"),
    )
    pages = await pages_of(wire.calendar)
    assert wire.lines == [
        f"GET {ROOT}/calendarView/delta?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z",
        "GET /x?$skiptoken=a%2Bb",
    ]
    assert all(str(prefer).endswith(", odata.maxpagesize=200") for prefer in wire.headers("prefer"))
    assert [each.link for each in pages] == ["", f"{BASE}/x?$deltatoken=c"]
    assert [event.id for event in pages[1].events] == ["AAk="]


async def test_stubs_exceptions_and_masters_only_name_their_series() -> None:
    stub = {"id": "o1", "type": "occurrence", "seriesMasterId": "m1", "start": EVENT["start"], "end": EVENT["end"]}
    exception = EVENT | {"id": "o2", "type": "exception", "seriesMasterId": "m2"}
    master = EVENT | {"id": "m3", "type": "seriesMaster"}
    gone = {"id": "g", "@removed": {"reason": "deleted"}}
    wire = Wire(page([stub, exception, master, gone, {"nonsense": 1}], deltaLink=f"{BASE}/d"))
    (found,) = await pages_of(wire.calendar)
    assert found == DeltaPage(series=frozenset(("m1", "m2", "m3")), removed=("g",), link=f"{BASE}/d")


async def test_a_row_without_its_time_is_read_by_itself_instead_of_lost() -> None:
    wire = Wire(page([{"id": "AAk="}], deltaLink=f"{BASE}/d"), ok(EVENT))
    (found,) = await pages_of(wire.calendar)
    assert [event.when for event in found.events] == [WHEN]
    assert wire.lines[1] == f"GET {ROOT}/events/AAk="


@pytest.mark.parametrize(
    "answer",
    [
        error(410, "SyncStateNotFound"),
        error(410),
        error(410, "resyncRequired", {"Location": "https://evil.example"}),
        error(400, "syncstatenotfound"),
        error(404, "SyncStateInvalid"),
        error(400, "fullSyncRequired"),
    ],
)
async def test_a_lost_link_is_recognised_in_all_its_forms(answer: httpx.Response) -> None:
    wire = Wire(answer)
    with pytest.raises(LinkExpired):
        await pages_of(wire.calendar, f"{BASE}/x?$deltatoken=old")
    assert len(wire.requests) == 1


async def test_a_410_to_a_fresh_round_is_trouble_not_a_reason_to_start_over_for_ever() -> None:
    with pytest.raises(Transient) as transient:
        await pages_of(Wire(error(410, "SyncStateNotFound")).calendar)
    assert transient.value.code == "SyncStateNotFound"


async def test_a_saved_link_to_another_host_is_dropped_not_followed() -> None:
    wire = Wire(ok())
    with pytest.raises(LinkExpired):
        await pages_of(wire.calendar, "https://evil.example/delta")
    assert wire.requests == []


async def test_a_next_link_to_another_host_is_not_followed() -> None:
    wire = Wire(page([], nextLink="https://evil.example/delta"))
    with pytest.raises(Refused):
        await pages_of(wire.calendar)
    assert len(wire.requests) == 1


async def test_the_same_page_for_ever_is_left_after_three_times() -> None:
    wire = Wire(page([EVENT], nextLink=f"{BASE}/x?$skiptoken=fresh"))
    with pytest.raises(Transient) as transient:
        await pages_of(wire.calendar)
    assert transient.value.code == "endless_paging"
    assert len(wire.requests) == 3


async def test_empty_pages_are_normal_but_not_for_ever() -> None:
    empty = [page([], nextLink=f"{BASE}/x?{n}") for n in range(20)]
    wire = Wire(*empty, page([EVENT], deltaLink=f"{BASE}/d"))
    assert len(await pages_of(wire.calendar)) == 21
    endless = Wire(page([], nextLink=f"{BASE}/x"))
    with pytest.raises(Transient):
        await pages_of(endless.calendar)
    assert len(endless.requests) == 501


async def test_a_page_without_any_link_is_not_the_end_of_a_round() -> None:
    with pytest.raises(Transient):
        await pages_of(Wire(page([EVENT])).calendar)


# -- reading


async def test_a_view_asks_for_a_day_more_on_each_side_because_whole_days_float() -> None:
    wire = Wire(page([EVENT], nextLink=f"{BASE}/x?$skip=250"), page([]))
    assert [len(each) async for each in wire.calendar.view(WINDOW)] == [1, 0]
    assert wire.lines == [
        f"GET {ROOT}/calendarView?startDateTime=2026-02-28T00:00:00Z&endDateTime=2026-04-02T00:00:00Z&$top=250",
        "GET /x?$skip=250",
    ]


async def test_counting_costs_one_small_call() -> None:
    wire = Wire(ok({"@odata.count": 412, "value": [{"id": "1"}]}))
    assert await wire.calendar.count(WINDOW) == 412
    window = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"
    assert wire.lines == [f"GET {ROOT}/calendarView?{window}&$count=true&$top=1&$select=id"]


async def test_without_a_count_the_ids_are_counted() -> None:
    wire = Wire(page([{"id": "1"}]), page([{"id": "1"}, {"id": "2"}], nextLink=f"{BASE}/x"), page([{"id": "3"}]))
    assert await wire.calendar.count(WINDOW) == 3
    assert wire.lines[1].endswith("&$select=id&$top=250")


async def test_a_series_is_read_through_its_calendar_in_one_call() -> None:
    wire = Wire(page([EVENT | {"seriesMasterId": "m/1"}]))
    found = await wire.calendar.series("m/1", WINDOW)
    assert found is not None
    assert [event.series for event in found] == ["m/1"]
    span = "startDateTime=2026-02-28T00:00:00Z&endDateTime=2026-04-02T00:00:00Z"
    assert wire.lines == [f"GET {ROOT}/events/m%2F1/instances?{span}&$top=250"]


async def test_a_series_that_graph_refuses_for_another_reason_is_not_called_empty() -> None:
    wire = Wire(error(400, "ErrorInvalidRequest"), ok(EVENT | {"type": "seriesMaster"}))
    with pytest.raises(Refused):
        await wire.calendar.series("AAk=", WINDOW)


async def test_a_mailbox_on_the_move_does_not_look_like_deleted_events() -> None:
    for answer in (error(404), error(404, "Unheard"), error(404, "ErrorMailboxMoveInProgress")):
        with pytest.raises(Transient):
            await Wire(answer).calendar.read("AAk=")
        with pytest.raises(Transient):
            await Wire(answer).calendar.series("AAk=", WINDOW)
        with pytest.raises(Transient):
            await Wire(answer).calendar.update("AAk=", Change(title="x"), "")
        with pytest.raises(Transient):
            await Wire(answer).calendar.delete("AAk=")


async def test_an_event_is_called_gone_only_after_its_calendar_has_answered() -> None:
    wire = Wire(NOT_FOUND, ok({"id": "cal/1=="}), NOT_FOUND)
    door = wire.calendar
    assert await door.read("AAk=") is None
    assert await door.read("AAl=") is None
    assert wire.lines == [f"GET {ROOT}/events/AAk=", f"GET {ROOT}?$select=id", f"GET {ROOT}/events/AAl="]


async def test_a_calendar_that_is_closed_to_us_breaks_the_connection() -> None:
    with pytest.raises(Broken) as broken:
        await pages_of(Wire(error(403, "ErrorAccessDenied")).calendar)
    assert broken.value.reason is Reason.ACCESS_REVOKED


async def test_a_copy_is_looked_for_by_its_tag_and_not_mistaken_for_a_persons_duplicate() -> None:
    duplicate = EVENT | {"id": "dup"}
    wire = Wire(page([duplicate, EVENT | {"transactionId": MARK}]))
    found = await wire.calendar.find(MARK)
    assert found is not None
    assert found.id == "AAk="
    (request,) = wire.requests
    condition = f"ep/id eq '{TAG}' and ep/value eq '{MARK}'"
    assert request.url.params["$filter"] == f"singleValueExtendedProperties/Any(ep: {condition})"
    assert "+" not in str(request.url)


# -- writing


async def test_a_copy_is_made_with_one_call_that_says_all_of_it() -> None:
    wire = Wire(ok(EVENT, 201))
    receipt = await wire.calendar.create(DRAFT, MARK)
    assert (receipt.id, receipt.mark) == ("AAk=", MARK)
    assert wire.lines == [f"POST {ROOT}/events"]
    assert wire.bodies == [
        {
            "subject": "Haircut",
            "body": {"contentType": "text", "content": "First visit"},
            "start": {"dateTime": "2026-03-02T09:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2026-03-02T10:00:00", "timeZone": "UTC"},
            "isAllDay": False,
            "showAs": "busy",
            "categories": ["TIMIFY"],
            "transactionId": MARK,
            "singleValueExtendedProperties": [{"id": TAG, "value": MARK}],
        }
    ]


async def test_a_copy_whose_answer_was_lost_is_sent_again_as_it_was() -> None:
    wire = Wire(httpx.ReadTimeout("slow"), ok(EVENT, 201))
    await wire.calendar.create(DRAFT, MARK)
    assert wire.bodies[0] == wire.bodies[1]


@pytest.mark.parametrize("status", [400, 409])
async def test_a_mark_in_use_leads_to_the_event_that_has_it(status: int) -> None:
    taken = error(status, "ErrorDuplicateTransactionId", None, **{"@event.existingEventId": "AAk="})
    wire = Wire(taken, ok(EVENT))
    assert (await wire.calendar.create(DRAFT, MARK)).id == "AAk="
    assert wire.lines == [f"POST {ROOT}/events", f"GET {ROOT}/events/AAk="]


async def test_a_mark_in_use_that_names_no_event_is_looked_for_by_its_tag() -> None:
    wire = Wire(error(400, "ErrorDuplicateTransactionId"), page([EVENT]))
    assert (await wire.calendar.create(DRAFT, MARK)).id == "AAk="
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (Change(title="New"), {"subject": "New"}),
        (Change(notes="New"), {"body": {"contentType": "text", "content": "New"}}),
        (
            Change(when=Days(date(2026, 3, 2), date(2026, 3, 4))),
            {
                "start": {"dateTime": "2026-03-02T00:00:00", "timeZone": "UTC"},
                "end": {"dateTime": "2026-03-04T00:00:00", "timeZone": "UTC"},
                "isAllDay": True,
            },
        ),
    ],
)
async def test_a_change_sends_the_changed_fields_and_the_version_they_were_planned_with(
    change: Change, body: dict[str, Any]
) -> None:
    wire = Wire(ok(EVENT))
    await wire.calendar.update("AAk=", change, 'W/"1"')
    assert (wire.lines, wire.bodies, wire.headers("if-match")) == ([f"PATCH {ROOT}/events/AAk="], [body], ['W/"1"'])


async def test_without_a_version_none_is_demanded_and_a_lost_answer_is_not_repeated() -> None:
    wire = Wire(httpx.ReadTimeout("slow"))
    with pytest.raises(Transient):
        await wire.calendar.update("AAk=", Change(title="New"), "")
    assert wire.headers("if-match") == [None]


async def test_a_change_of_nothing_writes_nothing() -> None:
    wire = Wire(ok(EVENT))
    assert await wire.calendar.update("AAk=", Change(), 'W/"1"') is not None
    assert wire.lines == [f"GET {ROOT}/events/AAk="]


async def test_a_412_out_of_the_blue_is_tried_once_more() -> None:
    wire = Wire(error(412, "ErrorIrresolvableConflict"), ok(EVENT))
    assert await wire.calendar.update("AAk=", Change(title="New"), "") is not None
    planned = Wire(error(412, "ErrorIrresolvableConflict"), ok(EVENT))
    with pytest.raises(Stale):
        await planned.calendar.update("AAk=", Change(title="New"), 'W/"1"')
    assert len(planned.requests) == 1


async def test_one_event_that_may_not_be_changed_is_refused_alone() -> None:
    attempts: list[Callable[[Outlook], Awaitable[object]]] = [
        lambda door: door.create(DRAFT, MARK),
        lambda door: door.update("AAk=", Change(title="New"), ""),
        lambda door: door.delete("AAk="),
    ]
    for attempt in attempts:
        wire = Wire(error(403, "ErrorAccessDenied"), ok({"id": "cal", "canEdit": True}))
        with pytest.raises(Refused) as refused:
            await attempt(wire.calendar)
        assert refused.value.code == "ErrorAccessDenied"
        assert wire.lines[1] == f"GET {ROOT}?$select=id,canEdit"


async def test_a_receipt_that_names_no_event_is_trouble_so_the_copy_is_looked_for_again() -> None:
    with pytest.raises(Transient):
        await Wire(ok({}, 201)).calendar.create(DRAFT, MARK)


async def test_a_deletion_carries_its_version_and_may_find_nothing() -> None:
    wire = Wire(httpx.ReadTimeout("slow"), NOT_FOUND)
    await wire.calendar.delete("AAk=", 'W/"1"')
    assert wire.lines == [f"DELETE {ROOT}/events/AAk="] * 2
    assert wire.headers("if-match") == ['W/"1"'] * 2


TEXT = st.text(max_size=400)
MOMENTS = st.datetimes(timezones=st.just(UTC))
WHENS: st.SearchStrategy[When] = st.builds(Span, MOMENTS, MOMENTS) | st.builds(Days, st.dates(), st.dates())
ALLOWED = {
    *("subject", "body", "start", "end", "isAllDay", "showAs", "categories"),
    *("transactionId", "singleValueExtendedProperties"),
}


@given(st.builds(Draft, when=WHENS, title=TEXT, notes=TEXT), TEXT)
def test_no_copy_can_carry_attendees_so_nobody_gets_mail(draft: Draft, mark: str) -> None:
    body = creation(draft, mark)
    assert body.keys() <= ALLOWED
    httpx.Request("POST", BASE, json={key: value for key, value in body.items() if key != "transactionId"})


@given(st.builds(Change, when=st.none() | WHENS, title=st.none() | TEXT, notes=st.none() | TEXT))
def test_no_change_can_carry_attendees_and_none_names_more_than_was_asked(change: Change) -> None:
    body = modification(change)
    asked = {"when": {"start", "end", "isAllDay"}, "title": {"subject"}, "notes": {"body"}}
    assert body.keys() == {name for field in change.fields for name in asked[field]}
    assert body.keys() <= ALLOWED


# -- subscriptions


async def test_a_subscription_says_where_to_call_and_stays_below_graphs_longest_life() -> None:
    wire = Wire(ok({"id": "s1", "expirationDateTime": "2026-03-08T07:00:00.0000000Z"}, 201))
    made = await wire.calendar.subscribe("state", NOW + timedelta(days=30))
    assert (made.id, made.expires) == ("s1", datetime(2026, 3, 8, 7, tzinfo=UTC))
    assert wire.lines == ["POST /subscriptions"]
    assert wire.bodies == [
        {
            "changeType": "created,updated,deleted",
            "notificationUrl": "https://sync.example/api/graph/notifications",
            "lifecycleNotificationUrl": "https://sync.example/api/graph/lifecycle",
            "resource": "me/calendars/cal/1==/events",
            "expirationDateTime": "2026-03-08T07:00:00Z",
            "clientState": "state",
        }
    ]


async def test_renewing_is_one_patch_of_the_end_and_nothing_else() -> None:
    wire = Wire(ok({"id": "s1", "expirationDateTime": "2026-03-05T08:00:00Z"}))
    assert await wire.calendar.renew("s1", NOW + timedelta(days=4)) is not None
    assert wire.lines == ["PATCH /subscriptions/s1"]
    assert wire.bodies == [{"expirationDateTime": "2026-03-05T08:00:00Z"}]


async def test_only_our_subscription_of_this_calendar_gives_way_to_a_new_one() -> None:
    ours = {"id": "old", "resource": "/me/calendars/cal/1==/events"}
    other = {"id": "keep", "resource": "me/calendars/cal2/events"}
    fresh = ok({"id": "new", "expirationDateTime": "2026-03-05T08:00:00Z"}, 201)
    wire = Wire(error(409, "ExtensionError"), page([other, ours]), ok(status=204), fresh)
    assert (await wire.calendar.subscribe("state", NOW + timedelta(days=4))).id == "new"
    assert wire.lines == [
        "POST /subscriptions",
        "GET /subscriptions",
        "DELETE /subscriptions/old",
        "POST /subscriptions",
    ]


async def test_an_old_subscription_is_found_on_every_page_and_may_be_gone_already() -> None:
    ours = {"id": "old", "resource": "me/calendars/cal/1==/events"}
    fresh = ok({"id": "new", "expirationDateTime": "2026-03-05T08:00:00Z"}, 201)
    wire = Wire(error(409), page([], nextLink=f"{BASE}/subscriptions?$skip=1"), page([ours]), NOT_FOUND, fresh)
    assert (await wire.calendar.subscribe("state", NOW + timedelta(days=4))).id == "new"
    assert wire.lines[2:4] == ["GET /subscriptions?$skip=1", "DELETE /subscriptions/old"]


async def test_a_subscription_that_cannot_be_ended_is_not_called_ended() -> None:
    with pytest.raises(Refused):
        await Wire(error(403, "ErrorAccessDenied")).calendar.unsubscribe("s1")


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(400, "InvalidRequest"), Transient),
        (error(404, "ExtensionError"), Refused),
        (error(400, "ExtensionError"), Refused),
        (error(403, "ErrorAccessDenied"), Refused),
        (error(404, "MailboxNotEnabledForRESTAPI"), Broken),
        (ok({"id": "s1"}, 201), Transient),
    ],
)
async def test_a_subscription_that_cannot_be_made_says_whether_to_try_again(
    answer: httpx.Response, failure: type[Exception]
) -> None:
    with pytest.raises(failure) as raised:
        await Wire(answer).calendar.subscribe("state", NOW + timedelta(days=4))
    assert type(raised.value) is failure


@pytest.mark.parametrize("code", ["ResourceNotFound", "ErrorItemNotFound", ""])
async def test_a_subscription_that_is_gone_is_none_whatever_the_code(code: str) -> None:
    wire = Wire(error(404, code))
    assert await wire.calendar.renew("s1", NOW + timedelta(days=4)) is None
    await wire.calendar.unsubscribe("s1")


# -- the budget, against the simulator


async def drained(pages: AsyncIterator[DeltaPage]) -> str:
    return [each async for each in pages][-1].link


async def test_an_edit_costs_one_delta_call_and_a_write_one_call() -> None:
    async with simulated_world() as world:
        link = await drained(world.door().delta("", WINDOW))
        await world.add(WHEN, "Meeting")
        await world.requests()
        door = world.door()
        link = await drained(door.delta(link, WINDOW))
        receipt = await door.create(DRAFT, MARK)
        changed = await door.update(receipt.id, Change(title="Later"), receipt.version)
        assert changed is not None
        await door.delete(receipt.id, changed.version)
        await drained(door.delta(link, WINDOW))
        assert await door.read(receipt.id) is None
        event = f"~/events/{receipt.id}"
        assert await world.requests() == [
            "GET ~/calendarView/delta",
            "POST ~/events",
            f"PATCH {event}",
            f"DELETE {event}",
            "GET ~/calendarView/delta",
            f"GET {event}",
        ]


async def test_a_copy_survives_a_dropped_answer_without_a_twin() -> None:
    async with simulated_world() as world:
        await world.fail(method="POST", path="/events$", status=0, when="after")
        receipt = await world.door().create(DRAFT, MARK)
        assert [event.id async for rows in world.door().view(WINDOW) for event in rows] == [receipt.id]
