"""The exact requests about change notifications."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.domain.failures import Broken, Refused, Transient
from tests.adapters.outlook.samples import NOT_FOUND
from tests.adapters.outlook.wire import BASE, NOW, Wire, error, ok, page


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
