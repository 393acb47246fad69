"""TIMIFY's webhooks become wake-ups."""

import json
from typing import Any

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.http import guarded
from functions.timify_webhook import IDS_PER_WAKE, SECRET_HEADER, receive, wakes_of
from shared.sync.ports import Wake
from shared.timify.webhook import Changed
from tests.functions.api_world import NOW, Answer, World, answer_of

EVENT = {"event": "Event.Updated", "companyId": "acme", "data": {"id": "a1", "resourceId": "r0"}}


@pytest.fixture
def world() -> World:
    return World()


async def post(world: World, body: Any, secret: str | None = "new-webhook-secret", raw: bytes | None = None) -> Answer:
    request = func.HttpRequest(
        "POST",
        "https://sync.example/api/timify/webhooks",
        headers={} if secret is None else {SECRET_HEADER: secret},
        body=json.dumps(body).encode() if raw is None else raw,
    )
    return answer_of(await guarded(receive(request, world.services)))


async def test_a_changed_booking_wakes_its_company_with_the_ids_to_read(world: World) -> None:
    answer = await post(world, EVENT)
    assert (answer.status, answer.raw) == (202, b"")
    assert world.wakes.sent == [Wake(company_id="acme", cause="webhook", at=NOW, bookings=("a1",), resources=("r0",))]


@pytest.mark.parametrize(
    "secret", [None, "", "wrong", "new-webhook-secre", "new-webhook-secret,old-webhook-secret", "ü"]
)
async def test_a_stranger_wakes_nobody(world: World, secret: str | None) -> None:
    answer = await post(world, EVENT, secret)
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert world.wakes.sent == []


async def test_the_old_secret_works_while_timify_still_sends_it(world: World) -> None:
    assert (await post(world, EVENT, "old-webhook-secret")).status == 202


async def test_a_bulk_deletion_becomes_few_messages_each_small_enough_for_the_queue(world: World) -> None:
    ids = [f"{number:024x}" for number in range(950)]
    await post(world, {"event": "Events.Deleted", "companyId": "acme", "data": ids})
    assert [len(wake.bookings) for wake in world.wakes.sent] == [200, 200, 200, 200, 150]
    assert [key for wake in world.wakes.sent for key in wake.bookings] == ids
    assert max(len(wake.bookings) for wake in world.wakes.sent) <= IDS_PER_WAKE


async def test_a_changed_resource_is_read_again(world: World) -> None:
    await post(world, {"event": "Resource.Updated", "companyId": "acme", "data": {"id": "r0"}})
    assert world.wakes.sent == [Wake(company_id="acme", cause="webhook", at=NOW, job="resource", resources=("r0",))]


def test_news_of_many_bookings_is_one_wake_up_for_each_company() -> None:
    changes = [
        Changed(company_id="acme", appointment_ids=("a1", "a2"), resource_ids=("r0",), kind="Event"),
        Changed(company_id="rival", appointment_ids=("a1",), kind="Event"),
        Changed(company_id="acme", appointment_ids=("a2", "a3"), resource_ids=("r1", "r0"), kind="Events"),
    ]
    assert [(w.company_id, w.bookings, w.resources) for w in wakes_of(changes, NOW)] == [
        ("acme", ("a1", "a2", "a3"), ("r0", "r1")),
        ("rival", ("a1",), ()),
    ]


def test_news_that_names_no_booking_compares_the_calendar_it_names() -> None:
    changes = [Changed(company_id="acme", resource_ids=("r0",), kind="Event")] * 2
    assert [(w.resource_id, w.job) for w in wakes_of(changes, NOW)] == [("r0", "check")]


@pytest.mark.parametrize("kind", ["Customers", "Services", "Company", "Manager"])
def test_news_of_other_things_wakes_nobody(kind: str) -> None:
    assert list(wakes_of([Changed(company_id="acme", resource_ids=("r0",), kind=kind)], NOW)) == []


async def test_a_queue_that_is_away_is_told_to_timify(world: World) -> None:
    world.wakes.broken = True
    answer = await post(world, EVENT)
    assert (answer.status, answer.code) == (503, "queue-unreachable")


@pytest.mark.parametrize("body", [{}, [], "x", None, {"companyId": 7}, {"event": "Event", "data": [None]}])
async def test_a_body_that_names_nobody_is_accepted_and_wakes_nobody(world: World, body: Any) -> None:
    assert (await post(world, body)).status == 202
    assert world.wakes.sent == []


async def test_a_body_that_is_not_json_is_refused(world: World) -> None:
    assert (await post(world, None, raw=b"<xml/>")).status == 400


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["companyId", "event", "data", "id", "ids", "resources"]), inner)
        ),
    )
)
async def test_no_body_makes_the_webhook_fail(body: Any) -> None:
    assert (await post(World(), body)).status == 202
