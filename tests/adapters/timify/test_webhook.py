"""Webhook bodies, in the shapes that third parties and the simulator know."""

import asyncio
import json

import httpx
import pytest

from dev.timify import create_simulator
from shared.timify.webhook import MOST_IDS, Changed, read_webhook
from tests.adapters.timify.worlds import ANNA, COMPANY, NOW, ROOM

BOOKING = Changed(company_id="c1", appointment_ids=("a1",), resource_ids=("r1",), kind="Event")


@pytest.mark.parametrize(
    "body",
    [
        {"event": "Event", "companyId": "c1", "data": {"id": "a1", "resources": [{"id": "r1"}]}},
        {"type": "EventUpdated", "company_id": "c1", "data": {"id": "a1", "resourceIds": ["r1"]}},
        {"kind": "event.deleted", "company": {"id": "c1"}, "data": [{"id": "a1", "resource_ids": ["r1"]}]},
        {"name": "Event", "company": "c1", "data": {"appointmentId": "a1", "bookings": [{"resourceId": "r1"}]}},
        {"type": "Created", "topic": "event", "appointmentId": "a1", "companyId": "c1", "resourceId": "r1"},
        {"event": "Event", "ids": ["a1"], "data": {"companyId": "c1", "resources": ["r1"]}},
        [{"event": "Event", "companyId": "c1", "data": {"appointment": {"id": "a1"}, "resourceId": "r1"}}],
    ],
)
def test_a_changed_booking_is_found_in_any_shape(body: object) -> None:
    assert read_webhook(body) == [BOOKING]


def test_a_bulk_deletion_names_all_its_bookings() -> None:
    listed = [{"id": "a1", "resources": [{"id": "r1"}]}, {"id": "a2", "resources": [{"id": "r2"}]}]
    expected = Changed(company_id="c1", appointment_ids=("a1", "a2"), resource_ids=("r1", "r2"), kind="Events")
    assert read_webhook({"event": "Events", "companyId": "c1", "data": listed}) == [expected]
    plain = {"event": "Events", "companyId": "c1", "data": ["a1", "a2"], "resourceIds": ["r1", "r2"]}
    assert read_webhook(plain) == [expected]


def test_a_huge_deletion_is_cut_into_messages_that_fit() -> None:
    ids = [f"a{number}" for number in range(2 * MOST_IDS + 1)]
    found = read_webhook({"event": "Events", "companyId": "c1", "data": {"ids": ids}})
    assert [len(changed.appointment_ids) for changed in found] == [MOST_IDS, MOST_IDS, 1]
    assert [key for changed in found for key in changed.appointment_ids] == ids


def test_the_id_of_a_resource_or_shift_is_not_taken_for_a_booking() -> None:
    resource = {"event": "Resource", "companyId": "c1", "data": {"id": "r1"}}
    assert read_webhook(resource) == [Changed(company_id="c1", resource_ids=("r1",), kind="Resource")]
    shift = {"event": "Shift", "companyId": "c1", "data": {"id": "s1", "resourceId": "r1"}}
    assert read_webhook(shift) == [Changed(company_id="c1", resource_ids=("r1",), kind="Shift")]
    customer = {"event": "customer.updated", "companyId": "c1", "data": {"id": "p1"}}
    assert read_webhook(customer) == [Changed(company_id="c1", kind="Customers")]


def test_the_id_of_the_delivery_is_not_taken_for_a_booking() -> None:
    assert read_webhook({"id": "delivery-9", "event": "Event", "companyId": "c1", "data": {"id": "a1"}}) == [
        Changed(company_id="c1", appointment_ids=("a1",), kind="Event")
    ]


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        "Event",
        [],
        {},
        {"event": "Event", "data": {"id": "a1"}},
        {"event": "Event", "companyId": "c1"},
        {"companyId": "../c1", "data": {"id": "a1"}},
        {"companyId": "c1", "data": {"id": {"$oid": "a1"}}},
        {"companyId": "c1", "data": {"id": "a b\n"}},
        [[{"companyId": "c1"}]],
    ],
)
def test_what_names_nothing_wakes_nobody(body: object) -> None:
    assert read_webhook(body) == []


async def test_the_webhooks_of_the_simulator_are_understood() -> None:
    received: asyncio.Queue[object] = asyncio.Queue()

    def receive(request: httpx.Request) -> httpx.Response:
        received.put_nowait(json.loads(request.content))
        return httpx.Response(202)

    async with httpx.AsyncClient(transport=httpx.MockTransport(receive)) as hook:
        simulator = create_simulator(
            base_url="",
            webhook_url="http://app/hook",
            webhook_secret="s",
            app_id="app",
            app_secret="secret",
            clock=lambda: NOW,
            client=hook,
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app), base_url="http://sim") as http:
            seed = {"resources": [{"id": ANNA}, {"id": ROOM}]}
            await http.put(f"/_sim/companies/{COMPANY}", json=seed)
            token = (await http.post(f"/_sim/tokens/{COMPANY}")).json()["accessToken"]
            body = {"title": "x", "datetime": "2026-03-02 09:00", "duration": 60, "resource_ids": [ANNA, ROOM]}
            made = await http.post("/v1/appointments", json=body, headers={"authorization": f"Bearer {token}"})
            (changed,) = read_webhook(await asyncio.wait_for(received.get(), 5))
        await simulator.aclose()
    key = made.json()["data"]["id"]
    assert changed == Changed(company_id=COMPANY, appointment_ids=(key,), resource_ids=(ANNA, ROOM), kind="Event")
