"""Connected series are one appointment; independent repeats are many."""

from typing import Any

import pytest

from tests.dev.timify.conftest import ANNA, ROOM, Timify

WEEKLY = {"timezone": "Europe/Berlin", "frequency": "WEEKS", "period": 1, "repeat_times": 4}


def days(appointment: dict[str, Any]) -> list[str]:
    return [booking["recurringDay"] for booking in appointment["bookings"]]


def starts(appointment: dict[str, Any]) -> list[str]:
    return [booking["interval"]["begin"][:16] for booking in appointment["bookings"]]


async def test_a_weekly_series_shifts_by_an_hour_when_the_clocks_change(timify: Timify) -> None:
    made = await timify.book(datetime="2026-03-17 09:00", recurring=WEEKLY)
    assert starts(made) == ["2026-03-17T09:00", "2026-03-24T09:00", "2026-03-31T08:00", "2026-04-07T08:00"]
    assert made["recurring"]["weekDays"] == [2]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"frequency": "DAYS", "period": 2, "repeat_times": 3}, ["2026-03-03", "2026-03-05", "2026-03-07"]),
        (
            {"frequency": "WEEKS", "week_days": [1, 3], "repeat_last_day": "2026-03-11"},
            ["2026-03-04", "2026-03-09", "2026-03-11"],
        ),
        (
            {"frequency": "WEEKS", "period": 2, "week_days": [2], "repeat_times": 2},
            ["2026-03-03", "2026-03-17"],
        ),
        ({"frequency": "MONTHS", "month_days": [31], "repeat_times": 2}, ["2026-03-31", "2026-05-31"]),
    ],
)
async def test_a_series_takes_place_on_other_days_than_its_rule_says(
    timify: Timify, rule: dict[str, Any], expected: list[str]
) -> None:
    made = await timify.book(recurring={"timezone": "Europe/Berlin", **rule})
    assert days(made) == expected


@pytest.mark.parametrize(
    "rule",
    [
        {"frequency": "WEEKS"},
        {"timezone": "Europe/Berlin"},
        {"timezone": "Mars/Olympus", "frequency": "WEEKS"},
        {"timezone": "Europe/Berlin", "frequency": "HOURLY"},
        {"timezone": "Europe/Berlin", "frequency": "WEEKS", "week_days": [0]},
        {"timezone": "Europe/Berlin", "frequency": "WEEKS", "repeat_times": 0},
        {"timezone": "Europe/Berlin", "frequency": "WEEKS", "repeat_last_day": "2020-01-01"},
        "weekly",
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(timify: Timify, rule: Any) -> None:
    await timify.book(400, recurring=rule)


async def test_a_series_without_end_fills_the_calendar_for_ever(timify: Timify) -> None:
    made = await timify.book(recurring={"timezone": "UTC", "frequency": "WEEKS"})
    assert len(made["bookings"]) == 53
    assert made["recurring"]["maxDay"] == "2027-03-03"


async def test_moving_one_occurrence_of_a_connected_series_moves_them_all(timify: Timify) -> None:
    made = await timify.book(datetime="2026-03-17 09:00", recurring=WEEKLY)
    moved = await timify.change(made["id"], datetime="2026-03-18 13:00")
    assert starts(moved) == ["2026-03-18T13:00", "2026-03-25T13:00", "2026-04-01T12:00", "2026-04-08T12:00"]
    assert moved["recurring"]["weekDays"] == [3]
    assert [b["id"] for b in moved["bookings"]] == [b["id"] for b in made["bookings"]]


async def test_a_longer_occurrence_leaves_the_rest_of_the_series_short(timify: Timify) -> None:
    made = await timify.book(recurring=WEEKLY)
    longer = await timify.change(made["id"], duration=90)
    assert [b["duration"] for b in longer["bookings"]] == [90] * 4


async def test_a_series_of_split_bookings_has_every_batch_of_every_day(timify: Timify) -> None:
    made = await timify.book(duration=None, duration_pattern=[30, 30, 30], recurring=WEEKLY, resource_ids=[ANNA, ROOM])
    assert len(made["bookings"]) == 4 * 2 * 2
    assert len({b["id"] for b in made["bookings"]}) == 16


async def test_independent_repeats_pull_each_other_along(timify: Timify) -> None:
    first = await timify.book(recurring={**WEEKLY, "is_independent": True})
    assert first["recurring"] is None
    ids = await timify.between("2026-03-01", "2026-03-31")
    assert (len(ids), ids[0]) == (4, first["id"])
    assert [event["id"] for event in first["chainedEvents"]] == ids[1:]
    await timify.change(ids[1], datetime="2026-03-11 12:00")
    assert (await timify.read(ids[0]))["startDate"] == "2026-03-03T09:00:00Z"
    assert [(await timify.read(key))["isLastInTheChain"] for key in ids] == [False, False, False, True]
    await timify.call("DELETE", f"/v1/appointments/{ids[3]}")
    assert (await timify.read(ids[2]))["isLastInTheChain"] is True


async def test_a_series_is_only_found_where_it_began(timify: Timify) -> None:
    made = await timify.book(recurring=WEEKLY)
    assert await timify.between("2026-03-24", "2026-03-24") == [made["id"]]
    assert await timify.between("2026-03-25", "2026-03-30") == []
