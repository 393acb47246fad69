"""When a booking counts as gone: an original in Outlook may be deleted because its copy is."""

from typing import Any

import pytest

from shared.domain.failures import Transient
from shared.domain.items import Change
from tests.adapters.timify.test_budget import calendar, raw
from tests.adapters.timify.wire import Wire, no, ok

SINGLE, LIST = "GET /v1/appointments/a1", "GET /v1/appointments?ids=a1"
ELSEWHERE = {"resources": [{"id": "r2"}], "bookings": [raw()["bookings"][0] | {"resourceId": "r2"}]}
SAYS_NOTHING: list[dict[str, Any]] = [
    {},
    {"id": "a1"},
    {"error": "not available"},
    {"id": "a1", "bookings": [], "resources": []},
    raw(id="a2") | ELSEWHERE,
    raw(bookings=[{"resourceId": "r1"}]),
    raw(bookings=[], resources=[{"id": "r1"}]),
]


async def test_what_one_answer_denies_and_the_list_shows_is_there() -> None:
    """A gateway in the way answers 404 as well."""
    wire = Wire([no(404), ok([raw()])])
    (booking,) = await calendar(wire).read("a1") or ()
    assert booking.id == "a1"


async def test_what_is_neither_found_nor_listed_is_gone() -> None:
    wire = Wire([no(404), ok([])])
    assert await calendar(wire).read("a1") is None
    assert [asked.split("&")[0] for asked in wire.asked()] == [SINGLE, LIST]


async def test_nothing_is_gone_while_the_list_cannot_be_read() -> None:
    with pytest.raises(Transient):
        await calendar(Wire([no(404), no(503)])).read("a1")


@pytest.mark.parametrize("said", SAYS_NOTHING)
async def test_an_answer_that_says_nothing_of_the_booking_does_not_say_that_it_is_gone(said: dict[str, Any]) -> None:
    with pytest.raises(Transient):
        await calendar(Wire([ok(said)])).read("a1")
    listed = said | {"id": "a1"}
    if said.get("id") == "a1":
        with pytest.raises(Transient):
            await calendar(Wire([no(404), ok([listed])])).read("a1")


@pytest.mark.parametrize("said", [raw() | ELSEWHERE, {"id": "a1", "resources": [{"id": "r2"}]}])
async def test_a_booking_of_others_only_has_left_the_resource(said: dict[str, Any]) -> None:
    assert await calendar(Wire([ok(said)])).read("a1") == []


async def test_a_write_that_did_not_find_the_booking_is_tried_again_while_the_list_shows_it() -> None:
    wire = Wire([ok(raw())])
    door = calendar(wire)
    (booking,) = await door.read("a1") or ()
    wire.answers = [no(404), ok([raw()])]
    with pytest.raises(Transient):
        await door.update(booking, Change(title="New"))
    wire.answers = [no(404), ok([raw()])]
    with pytest.raises(Transient):
        await door.delete("a1", notify=False)


async def test_a_write_to_what_is_gone_is_done_with() -> None:
    wire = Wire([ok(raw())])
    door = calendar(wire)
    (booking,) = await door.read("a1") or ()
    wire.answers = [no(404), ok([])]
    assert await door.update(booking, Change(title="New")) is None
    wire.answers = [no(404), ok([])]
    await door.delete("a1", notify=False)
