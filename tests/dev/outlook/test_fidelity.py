"""Raw events go in and come out untouched; state survives a restart; batches and limits."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.outlook import create_simulator
from tests.dev.outlook.world import BASE, UPN, World, event, weekly

SPAN = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-05-01T00:00:00Z"
EXAMPLES = Path(__file__).parents[4] / "shared" / "graph-examples"
NEVER = "0001-01-01T00:00:00Z"
DECADE = "startDateTime=2016-01-01T00:00:00Z&endDateTime=2020-01-01T00:00:00Z"
RULE = weekly()
MASTER = event("2026-03-09T09:00:00", "2026-03-09T10:00:00", id="M==", type="seriesMaster", recurrence=RULE)
STRANGE: list[dict[str, Any]] = [
    {"id": "nothing-else"},
    {"subject": None, "start": None, "end": None},
    event(id="a/b+c=#?", organizer=None, iCalUId=None, showAs="unknown", x_unknown={"deep": [1, None]}),
    event(id="year-one", start="0001-01-01T00:00:00.0000000Z", end="9999-12-31T23:59:59.9999999"),
    event(id="custom", zone="tzone://Microsoft/Custom", responseStatus={"response": "none", "time": NEVER}),
    event(id="utc", zone="tzone://Microsoft/Utc", attendees=[{"emailAddress": {"name": "No address"}}]),
    MASTER,
    event("2026-03-17T12:00:00", "2026-03-17T13:00:00", id="X", type="exception", seriesMasterId="M==")
    | {"originalStart": "2026-03-16T09:00:00Z"},
    event("2026-03-23T09:00:00", "2026-03-23T10:00:00", id="O", type="occurrence", seriesMasterId="M=="),
    event(id="orphan", type="occurrence", seriesMasterId="gone"),
    {**event(id="odd-rule", type="seriesMaster"), "recurrence": {"pattern": {"type": "lunar"}, "range": {}}},
    event(id="zone-less", changeKey="other")
    | {"start": {"dateTime": "2026-03-10T09:00:00"}, "@odata.etag": 'W/"given"'},
]


async def test_every_property_of_a_raw_event_comes_back(world: World) -> None:
    put = await world.mailbox(calendars=[{"name": "Calendar", "id": "cal", "odd": 1, "events": STRANGE}])
    for answer in (put, (await world.client.get(f"/_sim/mailboxes/{UPN}")).json()):
        (calendar,) = answer["calendars"]
        assert (calendar["odd"], calendar["canEdit"]) == (1, True)
        nameless = next(row for row in calendar["events"] if row.get("subject", 1) is None)
        assert nameless.pop("id")  # the one thing that is added
        assert sorted(map(_text, calendar["events"])) == sorted(map(_text, STRANGE))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


async def test_a_bad_event_stops_no_view_and_no_round(world: World) -> None:
    await world.mailbox(calendars=[{"name": "Calendar", "id": "cal", "events": STRANGE}])
    rows, _ = await world.round(f"/me/calendars/cal/calendarView/delta?{SPAN}")
    assert {"nothing-else", "custom", "utc", "X", "a/b+c=#?", "zone-less"} <= {row["id"] for row in rows}
    view = (await world.get(f"/me/calendars/cal/calendarView?{SPAN}&$top=100"))["value"]
    assert [row["id"] for row in view].count("O") == 1
    assert len((await world.get("/me/calendars/cal/events?$top=100"))["value"]) == 9
    shown = await world.get("/me/events/a%2Fb%2Bc%3D%23%3F")
    assert shown["x_unknown"] == {"deep": [1, None]}
    assert (await world.get("/me/events/zone-less"))["@odata.etag"] == 'W/"given"'
    assert (await world.get("/me/events/year-one"))["end"]["dateTime"] == "9999-12-31T23:59:59.9999999"


async def test_a_raw_exception_stands_in_for_its_date(world: World) -> None:
    await world.mailbox(calendars=[{"name": "Calendar", "id": "cal", "events": STRANGE}])
    found = (await world.get(f"/me/events/M==/instances?{SPAN}"))["value"]
    assert [row["id"] for row in found] == ["M==-O20260309", "X", "O", "M==-O20260330", "M==-O20260406"]
    assert (await world.call("DELETE", "/me/events/X")).status_code == 204
    found = (await world.get(f"/me/events/M==/instances?{SPAN}"))["value"]
    assert len(found) == 4


async def test_what_came_out_can_go_in_again_without_a_change(world: World) -> None:
    await world.mailbox(calendars=[{"name": "Calendar", "id": "cal", "events": STRANGE}])
    await world.call("DELETE", "/me/events/M==-O20260330")
    await world.create(transactionId="t1")
    _, link = await world.round(f"/me/calendars/cal/calendarView/delta?{SPAN}")
    dumped = (await world.client.get(f"/_sim/mailboxes/{UPN}")).json()
    await world.mailbox(**{name: value for name, value in dumped.items() if name != "upn"})
    assert (await world.get(link))["value"] == []
    assert len((await world.get(f"/me/events/M==/instances?{SPAN}"))["value"]) == 4
    assert (await world.error("POST", "/me/events", event(transactionId="t1")))[1] == "ErrorDuplicateTransactionId"


def _events_in(value: Any) -> list[dict[str, Any]]:
    rows = value.get("value", [value]) if isinstance(value, dict) else []
    return [row for row in rows if isinstance(row, dict) and ("start" in row or "subject" in row)]


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the recorded examples are not here")
async def test_recorded_examples_load_and_come_back(world: World) -> None:
    files = [path for path in sorted(EXAMPLES.glob("*.json")) if _events_in(json.loads(path.read_text()))]
    assert len(files) > 10
    for path in files:
        events = _events_in(json.loads(path.read_text()))
        answer = await world.mailbox(calendars=[{"name": "Calendar", "id": "cal", "events": events}])
        kept = answer["calendars"][0]["events"]
        latest = {row.get("id", place): row for place, row in enumerate(events)}
        assert len(kept) == len(latest), path.name
        found = [any({"id": back["id"]} | row == back for back in kept) for row in latest.values()]
        assert all(found), path.name
        rows, _ = await world.round(f"/me/calendarView/delta?{DECADE}")
        assert len(rows) >= sum("start" in row and "@removed" not in row for row in events) - 1, path.name


async def test_a_restart_keeps_mailboxes_tokens_subscriptions_and_delta_links(tmp_path: Path) -> None:
    link = headers = None
    for turn in range(2):
        simulator = create_simulator(base_url=BASE, client_id="i", client_secret="s", data_dir=tmp_path)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app), base_url=BASE) as client:
            if turn == 0:
                calendars = [{"name": "Calendar", "id": "cal", "events": STRANGE}]
                await client.put(f"/_sim/mailboxes/{UPN}", json={"calendars": calendars})
                token = (await client.post(f"/_sim/tokens/{UPN}")).json()["access_token"]
                headers = {"authorization": f"Bearer {token}"}
                link = f"{BASE}/v1.0/me/calendarView/delta?{SPAN}"
                while link and "deltatoken" not in link:
                    body = (await client.get(link, headers=headers)).json()
                    link = body.get("@odata.nextLink") or body["@odata.deltaLink"]
                answer = await client.post("/v1.0/me/events", json=event(), headers=headers)
                assert answer.status_code == 201
            else:
                rows = (await client.get(str(link), headers=headers)).json()["value"]
                assert [row["subject"] for row in rows] == ["Meeting"]
                assert (await client.get(f"/_sim/mailboxes/{UPN}")).json()["calendars"][0]["events"][:2]
        await simulator.aclose()


async def test_a_batch_answers_each_item_by_itself_and_in_another_order(world: World) -> None:
    made = await world.create()
    requests: list[dict[str, Any]] = [
        {"id": "1", "method": "GET", "url": f"/me/events/{made['id']}"},
        {"id": "2", "method": "GET", "url": "/me/events/none"},
        {"id": "3", "method": "GET", "url": "/me", "dependsOn": ["2"]},
        {"id": "4", "method": "PATCH", "url": f"/me/events/{made['id']}", "body": {"subject": "B"}},
    ]
    requests[3]["headers"] = {"Content-Type": "application/json"}
    answer = await world.call("POST", "/$batch", {"requests": requests})
    assert answer.status_code == 200
    responses = answer.json()["responses"]
    assert {one["id"]: one["status"] for one in responses} == {"1": 200, "2": 404, "3": 424, "4": 200}
    assert [one["id"] for one in responses] != ["1", "2", "3", "4"]
    many = [{"id": str(number), "method": "GET", "url": "/me"} for number in range(21)]
    assert (await world.call("POST", "/$batch", {"requests": many})).status_code == 400


async def test_items_of_a_batch_are_throttled_one_by_one(world: World) -> None:
    await world.client.put("/_sim/limits", json={"requests_per_10_min": 2})
    requests = [{"id": str(number), "method": "GET", "url": "/me/calendars"} for number in range(4)]
    answer = await world.call("POST", "/$batch", {"requests": requests})
    statuses = sorted(one["status"] for one in answer.json()["responses"])
    assert (answer.status_code, statuses) == (200, [200, 200, 429, 429])


async def test_a_fifth_concurrent_request_to_a_mailbox_is_throttled(world: World) -> None:
    await world.client.put("/_sim/limits", json={"latency_ms": 20, "concurrency_per_mailbox": 4})
    answers = await asyncio.gather(*(world.call("GET", "/me/calendars") for _ in range(5)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 1
    assert refused[0].json()["error"]["code"] == "ApplicationThrottled"
    assert 0 < float(refused[0].headers["retry-after"]) < 5


async def test_a_lost_answer_leaves_its_event_behind(world: World) -> None:
    await world.client.post("/_sim/faults", json={"method": "POST", "path": "/events$", "drop": True, "when": "after"})
    with pytest.raises(httpx.TransportError):
        await world.create(transactionId="t1")
    repeated = await world.call("POST", "/me/calendars/cal/events", event(transactionId="t1"))
    assert repeated.status_code == 200
    assert len((await world.get("/me/events"))["value"]) == 1


async def test_what_cannot_be_a_mailbox_is_refused(world: World) -> None:
    odd: list[Any] = [{"calendars": [{}]}, {"calendars": [{"name": "x", "events": [1]}]}]
    for wrong in ([], {"kind": "gmail"}, {"consent": "maybe"}, *odd):
        assert (await world.client.put(f"/_sim/mailboxes/{UPN}", json=wrong)).status_code == 400
    assert (await world.client.get("/_sim/mailboxes")).json() == [UPN]
    assert (await world.client.get("/_sim/mailboxes/nobody")).status_code == 404
