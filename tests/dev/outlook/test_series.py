"""Recurring series: expansion, exceptions, cancelled dates."""

from datetime import date
from typing import Any

import pytest

from dev.outlook import recurrence
from tests.dev.outlook.world import World, event, weekly

EVENTS = "/me/calendars/cal/events"
SPAN = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-05-01T00:00:00Z"


def days(pattern: dict[str, Any], start: str, count: int = 4, **span: Any) -> list[str]:
    rule = {"pattern": {"interval": 1} | pattern, "range": {"type": "noEnd", "startDate": start} | span}
    found = recurrence.dates(rule, date(2040, 1, 1))
    return [day.isoformat() for day, _ in zip(found, range(count), strict=False)]


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        ({"type": "daily", "interval": 3}, "2026-02-27", ["2026-02-27", "2026-03-02", "2026-03-05"]),
        (
            {"type": "weekly", "interval": 2, "daysOfWeek": ["Monday", "Sunday"], "firstDayOfWeek": "monday"},
            "2026-03-02",
            ["2026-03-02", "2026-03-08", "2026-03-16"],
        ),
        (
            {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "sunday"], "firstDayOfWeek": "sunday"},
            "2026-03-02",
            ["2026-03-02", "2026-03-15", "2026-03-16"],
        ),
        ({"type": "absoluteMonthly", "dayOfMonth": 31}, "2026-01-31", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (
            {"type": "relativeMonthly", "daysOfWeek": ["thursday", "friday"], "index": "first"},
            "2026-01-01",
            ["2026-01-01", "2026-02-05", "2026-03-05"],
        ),
        (
            {"type": "relativeMonthly", "interval": 2, "daysOfWeek": ["tuesday"], "index": "last"},
            "2026-01-27",
            ["2026-01-27", "2026-03-31", "2026-05-26"],
        ),
        ({"type": "absoluteYearly", "dayOfMonth": 29, "month": 2}, "2028-02-29", ["2028-02-29", "2029-02-28"]),
        (
            {"type": "relativeYearly", "daysOfWeek": ["wednesday"], "index": "last", "month": 11},
            "2026-11-25",
            ["2026-11-25", "2027-11-24"],
        ),
    ],
)
def test_each_pattern_falls_on_its_days(pattern: dict[str, Any], start: str, expected: list[str]) -> None:
    assert days(pattern, start, len(expected)) == expected


def test_ranges_end_by_date_or_by_number() -> None:
    daily = {"type": "daily"}
    assert len(days(daily, "2026-03-01", 99, type="endDate", endDate="2026-03-05")) == 5
    assert len(days(daily, "2026-03-01", 99, type="numbered", numberOfOccurrences=7)) == 7
    assert days({"type": "hourly"}, "2026-03-01") == []


async def series_of(world: World, **fields: Any) -> dict[str, Any]:
    rule = fields.pop("recurrence", weekly())
    return await world.create(
        start="2026-03-09T09:00:00",
        end="2026-03-09T10:00:00",
        zone="W. Europe Standard Time",
        recurrence=rule,
        **fields,
    )


async def instances(world: World, master: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await world.get(f"{EVENTS}/{master['id']}/instances?{SPAN}&$top=100"))["value"])


def starts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["start"]["dateTime"][5:16] for row in rows]


async def test_a_series_keeps_its_wall_clock_when_the_clocks_change(world: World) -> None:
    master = await series_of(world)
    assert master["type"] == "seriesMaster"
    assert master["recurrence"]["pattern"]["dayOfMonth"] == 0
    found = await instances(world, master)
    assert starts(found) == ["03-09T08:00", "03-16T08:00", "03-23T08:00", "03-30T07:00", "04-06T07:00"]
    assert {row["seriesMasterId"] for row in found} == {master["id"]}
    assert found[3]["originalStart"] == "2026-03-30T07:00:00Z"
    assert found[0]["subject"] == "Meeting"
    assert (await world.get(f"{EVENTS}/{found[1]['id']}"))["type"] == "occurrence"


async def test_events_list_the_master_and_the_view_its_occurrences(world: World) -> None:
    master = await series_of(world)
    assert [row["id"] for row in (await world.get(EVENTS))["value"]] == [master["id"]]
    view = (await world.get(f"/me/calendars/cal/calendarView?{SPAN}"))["value"]
    assert [row["type"] for row in view] == ["occurrence"] * 5


async def test_a_changed_occurrence_becomes_an_exception_and_keeps_its_id(world: World) -> None:
    master = await series_of(world)
    second = (await instances(world, master))[1]
    moved = event("2026-03-17T12:00:00", "2026-03-17T13:00:00")
    patch = {name: moved[name] for name in ("start", "end")}
    changed = (await world.call("PATCH", f"{EVENTS}/{second['id']}", patch)).json()
    assert (changed["type"], changed["id"]) == ("exception", second["id"])
    assert changed["originalStart"] == second["originalStart"]
    found = await instances(world, master)
    assert starts(found)[:3] == ["03-09T08:00", "03-17T12:00", "03-23T08:00"]
    assert [row["type"] for row in found].count("exception") == 1


async def test_an_exception_cannot_jump_over_its_neighbour(world: World) -> None:
    master = await series_of(world)
    second = (await instances(world, master))[1]
    for start, end in (("2026-03-23T12:00:00", "2026-03-23T13:00:00"), ("2026-03-09T05:00:00", "2026-03-09T06:00:00")):
        moved = event(start, end)
        patch = {name: moved[name] for name in ("start", "end")}
        refused = await world.error("PATCH", f"{EVENTS}/{second['id']}", patch)
        assert refused == (400, "ErrorOccurrenceCrossingBoundary")
    assert starts(await instances(world, master))[1] == "03-16T08:00"


async def test_a_deleted_occurrence_leaves_the_series_and_is_named_only_when_selected(world: World) -> None:
    master = await series_of(world)
    second = (await instances(world, master))[1]
    assert (await world.call("DELETE", f"{EVENTS}/{second['id']}")).status_code == 204
    assert starts(await instances(world, master))[:2] == ["03-09T08:00", "03-23T08:00"]
    assert await world.error("GET", f"{EVENTS}/{second['id']}") == (404, "ErrorItemNotFound")
    assert "cancelledOccurrences" not in await world.get(f"{EVENTS}/{master['id']}")
    selected = await world.get(f"{EVENTS}/{master['id']}?$select=cancelledOccurrences")
    assert selected["cancelledOccurrences"] == [f"OID.{master['id']}.2026-03-16"]


async def test_moving_a_series_drops_its_exceptions_and_its_gaps(world: World) -> None:
    master = await series_of(world)
    found = await instances(world, master)
    await world.call("PATCH", f"{EVENTS}/{found[1]['id']}", {"subject": "Special"})
    await world.call("DELETE", f"{EVENTS}/{found[2]['id']}")
    moved = event("2026-03-10T09:00:00", "2026-03-10T10:00:00", zone="W. Europe Standard Time")
    rule = weekly("2026-03-10", ("tuesday",))
    patch = {"start": moved["start"], "end": moved["end"], "recurrence": rule}
    assert (await world.call("PATCH", f"{EVENTS}/{master['id']}", patch)).status_code == 200
    after = await instances(world, master)
    assert {row["type"] for row in after} == {"occurrence"}
    assert [row["start"]["dateTime"][5:10] for row in after] == ["03-10", "03-17", "03-24", "03-31", "04-07"]


async def test_deleting_a_series_takes_its_exceptions_along(world: World) -> None:
    master = await series_of(world)
    found = await instances(world, master)
    await world.call("PATCH", f"{EVENTS}/{found[1]['id']}", {"subject": "Special"})
    await world.call("DELETE", f"{EVENTS}/{master['id']}")
    assert (await world.get(f"/me/calendars/cal/calendarView?{SPAN}"))["value"] == []


async def test_an_all_day_series_floats(world: World) -> None:
    master = await world.create(
        start="2026-03-09T00:00:00",
        end="2026-03-10T00:00:00",
        zone="Pacific Standard Time",
        isAllDay=True,
        recurrence=weekly(),
    )
    assert starts(await instances(world, master))[-2:] == ["03-30T00:00", "04-06T00:00"]


@pytest.mark.parametrize(
    "change",
    [
        {"pattern": {"type": "hourly", "interval": 1}},
        {"pattern": {"type": "weekly", "interval": 1}},
        {"pattern": {"type": "daily"}},
        {"range": {"type": "noEnd", "startDate": "2026-03-10"}},
        {"range": {"type": "endDate", "startDate": "2026-03-09", "endDate": "2026-03-01"}},
    ],
)
async def test_a_rule_outlook_cannot_express_is_refused(world: World, change: dict[str, Any]) -> None:
    body = event("2026-03-09T09:00:00", "2026-03-09T10:00:00", recurrence=weekly() | change)
    assert await world.error("POST", EVENTS, body) == (400, "ErrorInvalidRecurrence")


async def test_a_series_in_a_shared_calendar_is_found_through_its_calendar_only(world: World) -> None:
    rule = weekly() | {}
    raw = event("2026-03-09T09:00:00", "2026-03-09T10:00:00", id="m", type="seriesMaster", recurrence=rule)
    shared = {"name": "Bob", "id": "bob", "owner": {"name": "Bob", "address": "bob@x.example"}}
    await world.mailbox(calendars=[{"name": "Mine"}, shared | {"events": [raw, event(id="single")]}])
    assert await world.error("GET", "/me/events/m") == (404, "ErrorItemNotFound")
    assert (await world.get("/me/events/single"))["id"] == "single"
    assert (await world.get("/me/calendars/bob/events/m"))["id"] == "m"
