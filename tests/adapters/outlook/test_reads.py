"""The exact requests with which the Outlook door reads, and what it makes of the answers."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from shared.domain.failures import Broken, EndlessPaging, LinkExpired, Reason, Refused, Transient
from shared.domain.items import Change
from shared.outlook.mapping import TAG
from shared.sync.ports import DeltaPage, Outlook
from tests.adapters.outlook.samples import EVENT, MARK, NOT_FOUND, ROOT, WHEN, WINDOW
from tests.adapters.outlook.wire import BASE, Wire, error, ok, page


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


async def test_stubs_and_masters_only_name_their_series_and_an_exception_is_an_event_too() -> None:
    stub = {"id": "o1", "type": "occurrence", "seriesMasterId": "m1", "start": EVENT["start"], "end": EVENT["end"]}
    exception = EVENT | {"id": "o2", "type": "exception", "seriesMasterId": "m2"}
    master = EVENT | {"id": "m3", "type": "seriesMaster"}
    gone = {"id": "g", "@removed": {"reason": "deleted"}}
    wire = Wire(page([stub, exception, master, gone, {"nonsense": 1}], deltaLink=f"{BASE}/d"))
    (found,) = await pages_of(wire.calendar)
    assert [(event.id, event.series) for event in found.events] == [("o2", "m2")]
    assert replace(found, events=()) == DeltaPage(
        series=frozenset(("m1", "m2", "m3")), removed=("g",), link=f"{BASE}/d"
    )


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
    with pytest.raises(EndlessPaging):
        await pages_of(wire.calendar)
    assert len(wire.requests) == 3


async def test_a_plain_reading_that_never_ends_is_left_too() -> None:
    wire = Wire(page([EVENT], nextLink=f"{BASE}/x?$skiptoken=fresh"))
    with pytest.raises(Transient) as transient:
        async for _ in wire.calendar.view(WINDOW):
            pass
    assert transient.value.code == "endless_paging"


async def test_empty_pages_are_normal_but_not_for_ever() -> None:
    empty = [page([], nextLink=f"{BASE}/x?{n}") for n in range(20)]
    wire = Wire(*empty, page([EVENT], deltaLink=f"{BASE}/d"))
    assert len(await pages_of(wire.calendar)) == 21
    endless = Wire(page([], nextLink=f"{BASE}/x"))
    with pytest.raises(EndlessPaging):
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


@pytest.mark.parametrize("said", [{}, {"id": ""}, {"id": "AAk="}, {"error": {"code": "Odd"}}, {"value": []}])
async def test_an_answer_that_shows_no_event_does_not_say_that_it_is_gone(said: dict[str, Any]) -> None:
    with pytest.raises(Transient):
        await Wire(ok(said)).calendar.read("AAk=")


async def test_a_calendar_that_is_closed_to_us_breaks_the_connection() -> None:
    with pytest.raises(Broken) as broken:
        await pages_of(Wire(error(403, "ErrorAccessDenied")).calendar)
    assert broken.value.reason is Reason.ACCESS_REVOKED
    assert broken.value.doubtful


async def test_a_gateway_that_refuses_in_graphs_place_takes_access_from_nobody() -> None:
    """Graph's own refusals have a code; a proxy's page in HTML has none."""
    for answer in (error(403), httpx.Response(403, text="<html>Forbidden</html>")):
        with pytest.raises(Transient):
            await pages_of(Wire(answer).calendar)
        with pytest.raises(Transient):
            await Wire(answer).calendar.read("AAk=")


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
