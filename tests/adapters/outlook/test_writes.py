"""The exact requests with which the Outlook door writes. Nobody may get mail from them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.failures import Refused, Stale, Transient
from shared.domain.items import Change, Draft
from shared.domain.spans import Days, Span, When
from shared.outlook.mapping import TAG, creation, modification
from shared.sync.ports import Outlook
from tests.adapters.outlook.samples import DRAFT, EVENT, MARK, NOT_FOUND, ROOT
from tests.adapters.outlook.wire import BASE, Wire, error, ok, page


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
