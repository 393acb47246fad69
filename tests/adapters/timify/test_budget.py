"""The exact requests of every door: what leaves, and how often."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.domain.failures import Refused, Transient
from shared.domain.items import Change, Draft
from shared.domain.spans import Days, Span
from shared.timify.calendar import CHUNK_DAYS, TimifyCalendar, TimifyDirectory
from tests.adapters.timify.wire import Wire, body_of, no, ok
from tests.adapters.timify.worlds import ANNA, ROOM, simulated_world

MARK = f"tfy-{'a' * 32}-0"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


SPAN = Span(at(9), at(10))
DRAFT = Draft(when=SPAN, title="Den\x00tist\n", notes="Card\r\nRoom \ud8007")


def raw(**more: Any) -> dict[str, Any]:
    interval = {"begin": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"}
    entry = {"interval": interval, "duration": 60, "recurringDay": "2026-03-02", "resourceId": "r1"}
    return {"id": "a1", "timestamp": "7", "bookings": [entry], "resources": [{"id": "r1"}], **more}


def calendar(wire: Wire) -> TimifyCalendar:
    return TimifyCalendar(wire.client(), "c1", "r1")


async def test_a_webhook_costs_one_get_and_a_write_one_call() -> None:
    async with simulated_world() as world:
        door = world.calendar(ANNA)
        key = await world.book([ANNA], at(9))
        await door.read("f" * 24)  # signs in
        await world.requests()
        (booking,) = await door.read(key) or ()
        assert await world.requests() == [("GET", f"/v1/appointments/{key}")]
        await door.update(booking, Change(when=Span(at(11), at(12, 30)), title="New"))
        assert await world.requests() == [("PATCH", f"/v1/appointments/{key}")]
        made = await door.create(DRAFT, MARK, SPAN)
        assert await world.requests() == [("POST", "/v1/appointments")]
        assert (made.title, made.notes) == ("Dentist", "Card\nRoom 7")
        await door.delete(key, notify=False)
        assert await world.requests() == [("DELETE", f"/v1/appointments/{key}")]
        await door.occupied([ANNA, ROOM], SPAN)
        await door.find(MARK, SPAN)
        assert await world.requests() == [("GET", "/v1/appointments")] * 2


async def test_a_copy_whose_receipt_was_lost_is_found_and_not_made_twice() -> None:
    async with simulated_world() as world:
        door = world.calendar(ANNA)
        fault = {"method": "POST", "path": "/v1/appointments", "drop": True, "when": "after"}
        await world.http.post("http://timify/_sim/faults", json=fault)
        with pytest.raises(Transient):
            await door.create(DRAFT, MARK, SPAN)
        found = await door.find(MARK, SPAN)
        assert found is not None
        assert found.span == SPAN
        assert [booking.id async for page in door.view(SPAN) for booking in page] == [found.id]


async def test_a_copy_is_made_with_these_words() -> None:
    wire = Wire([ok(raw(externalId=MARK))])
    await calendar(wire).create(DRAFT, MARK, SPAN)
    (request,) = wire.requests
    assert (request.method, request.url.path, request.headers["company-id"]) == ("POST", "/v1/appointments", "c1")
    assert body_of(request) == {
        "title": "Dentist",
        "datetime": "2026-03-02 09:00",
        "duration": 60,
        "resource_ids": ["r1"],
        "external_id": MARK,
        "notes": "Card\nRoom 7",
    }


async def test_a_blocker_has_no_notes_at_all() -> None:
    wire = Wire([ok(raw())])
    await calendar(wire).create(Draft(when=SPAN, title="Busy", notes=""), MARK, SPAN)
    assert "notes" not in body_of(wire.requests[0])


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (Change(title="New"), {"title": "New"}),
        (Change(notes=""), {"notes": ""}),
        (Change(when=Span(at(11), at(12))), {"datetime": "2026-03-02 11:00"}),
        (Change(when=Span(at(9), at(11))), {"duration": 120}),
        (Change(when=Span(at(8), at(10))), {"datetime": "2026-03-02 08:00", "duration": 120}),
        (Change(when=SPAN, title="New"), {"title": "New"}),
    ],
)
async def test_a_change_names_what_changes_and_nothing_else(change: Change, body: dict[str, Any]) -> None:
    wire = Wire([ok(raw())])
    door = calendar(wire)
    (booking,) = await door.read("a1") or ()
    await door.update(booking, change)
    assert (wire.requests[-1].method, body_of(wire.requests[-1])) == ("PATCH", body)


async def test_a_change_that_changes_nothing_is_not_written() -> None:
    wire = Wire([ok(raw())])
    door = calendar(wire)
    (booking,) = await door.read("a1") or ()
    assert await door.update(booking, Change(when=SPAN)) == booking
    assert wire.asked() == ["GET /v1/appointments/a1"] * 2


async def test_whole_days_are_refused_rather_than_guessed() -> None:
    wire = Wire([ok(raw())])
    door = calendar(wire)
    (booking,) = await door.read("a1") or ()
    with pytest.raises(Refused, match="whole_days"):
        await door.update(booking, Change(when=Days(date(2026, 3, 2), date(2026, 3, 3))))


@pytest.mark.parametrize("notify", [True, False])
async def test_both_audiences_are_told_or_neither(notify: bool) -> None:
    wire = Wire([ok({"id": "a1"})])
    await calendar(wire).delete("a1", notify=notify)
    told = str(notify).lower()
    flags = f"has_notify_customers={told}&has_notify_resources={told}"
    assert wire.asked() == [f"DELETE /v1/appointments/a1?{flags}"]


async def test_an_answer_without_times_is_read_again() -> None:
    wire = Wire([ok({"id": "a1"}), ok(raw())])
    made = await calendar(wire).create(DRAFT, MARK, SPAN)
    assert (made.span, wire.asked()) == (SPAN, ["POST /v1/appointments", "GET /v1/appointments/a1"])
    wire.answers = [ok({}), ok(raw(title="New"))]
    changed = await calendar(wire).update(made, Change(title="New"))
    assert changed is not None
    assert changed.title == "New"


@pytest.mark.parametrize(
    "answers", [[ok({})], [ok({"id": "a1"}), no(404), ok([])], [ok({"id": "a1"}), ok({"id": "a1"})]]
)
async def test_a_creation_without_a_receipt_is_looked_for_later(answers: list[Any]) -> None:
    with pytest.raises(Transient):
        await calendar(Wire(answers)).create(DRAFT, MARK, SPAN)


async def test_a_booking_that_left_the_resource_has_no_receipt() -> None:
    wire = Wire([ok(raw())])
    door = calendar(wire)
    (booking,) = await door.read("a1") or ()
    wire.answers = [ok(raw() | {"bookings": [raw()["bookings"][0] | {"resourceId": "r2"}], "resources": []})]
    assert await door.update(booking, Change(title="New")) is None


async def test_a_window_is_asked_for_in_pieces_that_every_version_of_the_api_takes() -> None:
    wire = Wire([ok([raw()])])
    window = Span(at(0), at(0) + timedelta(days=375))
    found = [booking async for page in calendar(wire).view(window) for booking in page]
    assert [booking.id for booking in found] == ["a1"]
    asked = [request.url.params for request in wire.requests]
    spans = [(date.fromisoformat(p["from_date"]), date.fromisoformat(p["to_date"])) for p in asked]
    assert (spans[0][0], spans[-1][1]) == (date(2026, 3, 1), date(2027, 3, 12))
    assert all((last - first).days < CHUNK_DAYS for first, last in spans)
    assert all(later[0] - earlier[1] == timedelta(days=1) for earlier, later in pairwise(spans))
    assert {params["resource_ids"] for params in asked} == {"r1"}
    assert len(asked) == 13


async def test_a_series_of_which_each_month_shows_its_own_part_is_seen_whole() -> None:
    def part(day: str) -> Any:
        entry = {"interval": {"begin": f"{day}T09:00:00Z", "end": f"{day}T10:00:00Z"}, "resourceId": "r1"}
        return ok([{"id": "s1", "recurring": {"period": 1}, "bookings": [entry | {"recurringDay": day}]}])

    wire = Wire([part("2026-03-05"), part("2026-04-05"), ok([])])
    window = Span(at(0), at(0) + timedelta(days=60))
    found = [booking.id async for page in calendar(wire).view(window) for booking in page]
    assert found == ["s1@2026-03-05", "s1@2026-04-05"]


async def test_what_belongs_to_others_is_left_out_although_the_filter_was_ignored() -> None:
    strange = raw() | {"id": "a2", "bookings": [raw()["bookings"][0] | {"resourceId": "r2"}]}
    wire = Wire([ok([strange, raw(), "broken", {"id": "a3"}])])
    found = [booking.id async for page in calendar(wire).view(SPAN) for booking in page]
    assert found == ["a1"]


async def test_counting_a_year_reads_no_bookings() -> None:
    wire = Wire([ok([], meta={"totalItems": 5})])
    assert await calendar(wire).count(Span(at(0), at(0) + timedelta(days=62))) == 10
    dates = "resource_ids=r1&from_date=2026-03-02&to_date=2026-04-01"
    assert wire.asked()[0] == f"GET /v1/appointments?{dates}&page=1&limit=1"
    assert len(wire.requests) == 2


async def test_the_directory_asks_once_for_each_question() -> None:
    wire = Wire([ok([{"id": "r1", "name": "Anna"}, {"name": "no id"}, 7])])
    directory = TimifyDirectory(wire.client())
    assert [resource.name for resource in await directory.resources("c1")] == ["Anna"]
    wire.answers = [ok(raw())]
    assert await directory.resources_of("c1", "a1") == ("r1",)
    assert len(wire.requests) == 2
