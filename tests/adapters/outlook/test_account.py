"""What is told before a calendar is chosen: which calendars there are, and why there may be none."""

import pytest

from shared.domain.failures import Broken, Reason, Transient
from shared.outlook.account import list_calendars, mailbox_probe
from shared.sync.ports import Calendar
from tests.adapters.outlook.wire import BASE, Wire, error, ok, page
from tests.adapters.outlook.worlds import GRAPH, UPN, simulated_world


async def test_all_pages_of_calendars_are_read_and_the_default_one_is_first() -> None:
    holidays = {"id": "2", "name": "Holidays", "canEdit": False, "color": "lightGreen", "hexColor": ""}
    mine = {"id": "1", "name": "Calendar", "canEdit": True, "isDefaultCalendar": True, "hexColor": "#aabbcc"}
    wire = Wire(page([holidays, {"name": "no id"}], nextLink=f"{BASE}/me/calendars?$skip=2"), page([mine]))
    assert await list_calendars(wire.client) == [
        Calendar(id="1", name="Calendar", can_edit=True, default=True, color="#aabbcc"),
        Calendar(id="2", name="Holidays", can_edit=False, color="#107c10"),
    ]
    assert wire.lines == [
        "GET /me/calendars?$top=100&$select=id,name,canEdit,isDefaultCalendar,hexColor,color",
        "GET /me/calendars?$skip=2",
    ]


async def test_a_calendar_that_lacks_everything_but_its_id_is_listed_as_read_only() -> None:
    wire = Wire(page([{"id": "1", "name": None, "canEdit": None, "hexColor": 7}]))
    assert await list_calendars(wire.client) == [Calendar(id="1", name="", can_edit=False)]


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (404, "MailboxNotEnabledForRESTAPI", Reason.MAILBOX_ON_PREMISES),
        (404, "ErrorNonExistentMailbox", Reason.MAILBOX_NOT_FOUND),
        (404, "ErrorItemNotFound", Reason.MAILBOX_NOT_FOUND),
        (403, "ErrorAccessDenied", Reason.BLOCKED_BY_POLICY),
    ],
)
async def test_the_probe_says_why_there_is_no_mailbox(status: int, code: str, reason: Reason) -> None:
    with pytest.raises(Broken) as broken:
        await mailbox_probe(Wire(error(status, code)).client)
    assert broken.value.reason is reason


async def test_a_moving_mailbox_is_not_called_missing() -> None:
    with pytest.raises(Transient):
        await mailbox_probe(Wire(error(503, "ErrorMailboxMoveInProgress")).client)


async def test_a_good_mailbox_passes_the_probe_with_one_call() -> None:
    wire = Wire(ok({"id": "1"}))
    await mailbox_probe(wire.client)
    assert wire.lines == ["GET /me/calendar?$select=id"]


@pytest.mark.parametrize("kind", ["on_premises", "unlicensed"])
async def test_the_simulated_mailbox_out_of_reach_is_recognised(kind: str) -> None:
    async with simulated_world() as world:
        await world.http.put(f"{GRAPH}/_sim/mailboxes/{UPN}", json={"kind": kind})
        with pytest.raises(Broken) as broken:
            await mailbox_probe(world.client())
        assert broken.value.reason is Reason.MAILBOX_ON_PREMISES


async def test_the_simulated_calendars_are_listed() -> None:
    async with simulated_world() as world:
        await mailbox_probe(world.client())
        assert [(each.name, each.default) for each in await list_calendars(world.client())] == [
            ("Calendar", True),
            ("Work", False),
        ]
