"""When a booking counts as gone: an original in Outlook may be deleted because its copy is."""

import pytest

from shared.domain.failures import Transient
from tests.adapters.timify.test_budget import calendar, raw
from tests.adapters.timify.wire import Wire, no, ok

SINGLE, LIST = "GET /v1/appointments/a1", "GET /v1/appointments?ids=a1"


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
