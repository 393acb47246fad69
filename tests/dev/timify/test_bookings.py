"""What a booking looks like, and what POST and PATCH refuse."""

from typing import Any

import pytest

from tests.dev.timify.conftest import ANNA, BEN, COLOUR, CUT, ROOM, Timify


def spans(appointment: dict[str, Any]) -> list[tuple[str, str]]:
    """Begin and end of every booking, to the minute."""
    return [(b["interval"]["begin"][:16], b["interval"]["end"][:16]) for b in appointment["bookings"]]


async def test_a_booking_off_the_grid_is_refused_rather_than_rounded(timify: Timify) -> None:
    error = await timify.book(400, datetime="2026-03-03 09:02")
    assert error["status"] == 0
    assert "divisible by 5" in error["message"]


@pytest.mark.parametrize("duration", [0, -5, 7, "60", True])
async def test_a_duration_that_the_calendar_cannot_show_is_refused(timify: Timify, duration: Any) -> None:
    assert (await timify.book(400, duration=duration))["status"] == 0


@pytest.mark.parametrize("moment", ["2026-03-03T09:00", "2026-03-03T09:00:00Z", "2026-02-30 09:00", "tomorrow", 5])
async def test_a_date_time_in_another_spelling_is_refused(timify: Timify, moment: Any) -> None:
    await timify.book(400, datetime=moment)


async def test_a_booking_without_title_and_without_length_is_refused(timify: Timify) -> None:
    await timify.book(400, title=None, duration=None)
    await timify.book(400, duration=None)
    assert (await timify.book(title=None))["title"] == ""
    assert (await timify.book(title=None, duration=None, service_id=CUT))["title"] == "Cut"


async def test_two_ways_of_naming_the_same_thing_are_refused_together(timify: Timify) -> None:
    await timify.book(400, external_resource_ids=["a-1"])
    await timify.book(400, service_id=CUT, external_service_id="s-1")
    by_external = await timify.book(resource_ids=None, external_resource_ids=["a-1"], external_service_id="s-1")
    assert (by_external["resources"][0]["id"], by_external["serviceId"]) == (ANNA, CUT)


@pytest.mark.parametrize("fields", [{"resource_ids": ["nobody"]}, {"service_id": "none"}, {"customers": ["none"]}])
async def test_a_booking_on_something_unknown_is_not_taken(timify: Timify, fields: dict[str, Any]) -> None:
    assert (await timify.book(404, **fields))["status"] == 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"service_id": ["x"]}, 404),
        ({"customers": [{"id": ["x"]}]}, 404),
        ({"customers": [7]}, 400),
        ({"customers": "c1"}, 400),
        ({"metadata": "x"}, 400),
        ({"external_id": 7}, 400),
        ({"duration_pattern": [30, 30]}, 400),
        ({"duration_before": -5}, 400),
        ({"is_course": True, "max_participants": 0}, 400),
        ({"datetime": None}, 400),
    ],
)
async def test_nonsense_is_answered_with_a_crash(timify: Timify, fields: dict[str, Any], status: int) -> None:
    assert (await timify.book(status, **fields))["status"] == 0
    await timify.call("POST", "/v1/appointments", 400, content=b"[1]")
    await timify.call("POST", "/v1/appointments", 400, content=b"{")


@pytest.mark.parametrize("ids", [[], "a", [1]])
async def test_a_booking_without_resources_is_refused(timify: Timify, ids: Any) -> None:
    await timify.book(400, resource_ids=ids)


async def test_a_marker_that_does_not_come_back_would_make_copies_unrecognisable(timify: Timify) -> None:
    made = await timify.book(external_id="o365-1", metadata={"origin": "outlook"}, notes="n", color="#123456")
    read = await timify.read(made["id"])
    assert (read["externalId"], read["metadata"]) == ("o365-1", {"origin": "outlook"})
    assert (read["notes"], read["color"]) == ("n", "#123456")
    changed = await timify.change(made["id"], external_id="o365-2", metadata={"origin": "x"})
    assert (changed["externalId"], changed["metadata"], changed["notes"]) == ("o365-2", {"origin": "x"}, "n")


async def test_preparation_time_hidden_in_the_interval_would_count_twice(timify: Timify) -> None:
    made = await timify.book(duration=None, service_id=CUT)
    booking = made["bookings"][0]
    assert spans(made) == [("2026-03-03T09:00", "2026-03-03T10:00")]
    assert (booking["durationBefore"], booking["durationAfter"], booking["durationTotal"]) == (10, 5, 75)
    own = await timify.book(service_id=CUT, duration_before=0, duration=30)
    assert (own["durationBefore"], own["durationAfter"], own["duration"]) == (0, 5, 30)


async def test_a_split_booking_blocks_its_gap(timify: Timify) -> None:
    made = await timify.book(duration=None, service_id=COLOUR)
    assert spans(made) == [("2026-03-03T09:00", "2026-03-03T10:00"), ("2026-03-03T11:00", "2026-03-03T11:30")]
    assert [(b["batchNumber"], b["isFirstBatch"], b["isLastBatch"]) for b in made["bookings"]] == [
        (1, True, False),
        (2, False, True),
    ]
    assert made["duration"] == 150


async def test_a_moved_split_booking_loses_its_gap(timify: Timify) -> None:
    made = await timify.book(duration=None, duration_pattern=[60, 60, 30])
    moved = await timify.change(made["id"], datetime="2026-03-04 12:00")
    assert spans(moved) == [("2026-03-04T12:00", "2026-03-04T13:00"), ("2026-03-04T14:00", "2026-03-04T14:30")]
    assert [b["id"] for b in moved["bookings"]] == [b["id"] for b in made["bookings"]]
    longer = await timify.change(made["id"], duration=180)
    assert longer["durationsPattern"] == [60, 60, 60]
    await timify.change(made["id"], 400, duration=120)


async def test_a_booking_of_two_resources_is_missing_in_one_calendar(timify: Timify) -> None:
    made = await timify.book(resource_ids=[ANNA, ROOM])
    assert [b["resourceId"] for b in made["bookings"]] == [ANNA, ROOM]
    assert [r["name"] for r in made["resources"]] == ["Anna", "Room"]
    changed = await timify.change(made["id"], resource_ids=[ROOM, BEN])
    assert [b["resourceId"] for b in changed["bookings"]] == [ROOM, BEN]
    assert changed["bookings"][0]["id"] == made["bookings"][1]["id"]


async def test_a_booking_keeps_its_old_service(timify: Timify) -> None:
    made = await timify.book(duration=None, service_id=CUT)
    changed = await timify.change(made["id"], service_id=COLOUR)
    assert (changed["serviceId"], changed["service"]["name"]) == (COLOUR, "Colour")
    assert changed["bookings"] == made["bookings"]
    assert (await timify.change(made["id"], duration_before=0))["bookings"][0]["durationTotal"] == 65


async def test_a_patch_of_the_title_moves_nothing_else(timify: Timify) -> None:
    made = await timify.book(notes="keep", service_id=CUT, metadata={"k": "v"})
    changed = await timify.change(made["id"], title="New")
    marks = {"title", "updatedAt", "timestamp"}
    assert {name for name in made if made[name] != changed[name]} <= marks
    assert changed["title"] == "New"


async def test_every_change_can_be_told_from_the_one_before(timify: Timify) -> None:
    made = await timify.book()
    stamps = [int(made["timestamp"])]
    for number in range(3):  # the clock stands still
        stamps.append(int((await timify.change(made["id"], title=str(number)))["timestamp"]))
    assert stamps == sorted(set(stamps))


async def test_who_changed_a_booking_cannot_be_told(timify: Timify) -> None:
    made = await timify.book()
    assert (made["createdBy"], made["updatedBy"], made["createdByScope"]) == ("app", "app", "COMPANY")
    answer = await timify.http.patch(f"/v1/appointments/{made['id']}", json={"title": "x"}, headers=timify.person)
    changed = answer.json()["data"]
    assert (changed["createdBy"], changed["updatedBy"]) == ("app", "person")
    assert changed["updatedByUserId"] != changed["createdByUserId"]


async def test_a_group_booking_without_places_is_refused(timify: Timify) -> None:
    await timify.book(400, is_course=True)
    made = await timify.book(is_course=True, max_participants=10, customers=["c1", {"firstName": "Dora"}])
    assert (made["isCourse"], made["maxParticipants"], len(made["participants"])) == (True, 10, 2)
    assert made["singleCustomers"] == []


async def test_a_customer_given_inline_is_known_afterwards(timify: Timify) -> None:
    made = await timify.book(customers=["c1", {"firstName": "Dora", "lastName": "Dorn"}])
    assert [c["fullName"] for c in made["customers"]] == ["Carla Kunde", "Dora Dorn"]
    answer = await timify.call("GET", "/v1/customers")
    assert {c["fullName"] for c in answer["data"]} == {"Carla Kunde", "Dora Dorn"}


async def test_an_overlap_is_taken_unless_the_account_forbids_it(timify: Timify) -> None:
    await timify.book()
    await timify.book()
    await timify.seed(refuse_overlaps=True)
    first = await timify.book(duration=None, service_id=CUT)
    assert (await timify.book(409, datetime="2026-03-03 10:00"))["status"] == 0  # the follow-up time is in the way
    await timify.book(409, datetime="2026-03-03 08:00")  # the preparation time is in the way
    await timify.book(resource_ids=[BEN])
    second = await timify.book(datetime="2026-03-03 10:05")
    await timify.change(second["id"], 409, datetime="2026-03-03 09:30")
    assert (await timify.read(second["id"]))["startDate"] == "2026-03-03T10:05:00Z"
    await timify.change(first["id"], datetime="2026-03-03 08:50")


async def test_a_gap_of_a_split_booking_is_free(timify: Timify) -> None:
    await timify.seed(refuse_overlaps=True)
    await timify.book(duration=None, service_id=COLOUR)
    await timify.book(datetime="2026-03-03 10:00")


async def test_work_outside_the_working_times_is_taken_unless_the_account_forbids_it(timify: Timify) -> None:
    await timify.book(resource_ids=[BEN], datetime="2026-03-01 03:00")
    await timify.seed(refuse_outside_working_times=True)
    await timify.book(resource_ids=[BEN], datetime="2026-03-03 08:00")  # 09:00 in Berlin
    await timify.book(400, resource_ids=[BEN], datetime="2026-03-03 07:55")
    await timify.book(400, resource_ids=[BEN], datetime="2026-03-03 15:30")
    await timify.book(400, resource_ids=[BEN], datetime="2026-03-08 10:00")  # a Sunday
    await timify.book(resource_ids=[ANNA], datetime="2026-03-08 10:00", duration=3 * 24 * 60)


async def test_a_holiday_counts_as_working_time(timify: Timify) -> None:
    shift = {"resource_id": ANNA, "from": "2026-03-03", "to": "2026-03-03", "denial_reason": "VACATION"}
    await timify.seed(refuse_outside_working_times=True, timeshifts=[shift])
    await timify.book(400)
    await timify.book(datetime="2026-03-04 09:00")
