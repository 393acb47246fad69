"""Subscriptions and their notifications."""

from datetime import timedelta
from typing import Any

import pytest

from tests.dev.outlook.world import World, event, weekly

EVENTS = "/me/calendars/cal/events"


def wanted(world: World, minutes: float = 1000, **fields: Any) -> dict[str, Any]:
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": "http://hook.test/notify?key=1",
        "lifecycleNotificationUrl": "http://hook.test/lifecycle",
        "resource": "me/calendars/cal/events",
        "expirationDateTime": (world.now + timedelta(minutes=minutes)).isoformat(),
        "clientState": "state",
    } | fields


async def subscribe(world: World, **fields: Any) -> dict[str, Any]:
    answer = await world.call("POST", "/subscriptions", wanted(world, **fields))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def delivered(world: World) -> list[dict[str, Any]]:
    await world.simulator.notifier.drain()
    items, world.inbox.items = world.inbox.items, []
    return items


async def test_both_addresses_are_asked_before_anything_is_sent(world: World) -> None:
    made = await subscribe(world)
    assert world.inbox.handshakes == ["/notify", "/lifecycle"]
    assert made["notificationContentType"] == "application/json"
    world.inbox.echo = False
    refused = wanted(world, resource="me/events")
    assert await world.error("POST", "/subscriptions", refused) == (400, "InvalidRequest")
    assert len((await world.get("/subscriptions"))["value"]) == 1


async def test_the_same_subscription_twice_is_a_conflict_until_the_first_is_gone(world: World) -> None:
    made = await subscribe(world)
    answer = await world.call("POST", "/subscriptions", wanted(world, changeType="deleted,updated,created"))
    assert answer.status_code == 409
    assert f"Subscription Id {made['id']} already exists" in answer.json()["error"]["message"]
    await subscribe(world, changeType="created")
    await subscribe(world, resource="me/events")
    assert (await world.call("DELETE", f"/subscriptions/{made['id']}")).status_code == 204
    await subscribe(world)


async def test_a_life_too_long_is_refused_and_one_too_short_is_raised(world: World) -> None:
    assert (await world.call("POST", "/subscriptions", wanted(world, 10_081))).status_code == 400
    assert (await world.call("POST", "/subscriptions", wanted(world, -1))).status_code == 400
    made = await subscribe(world, minutes=5)
    assert made["expirationDateTime"] == "2026-03-02T08:45:00.0000000Z"
    renewed = {"expirationDateTime": (world.now + timedelta(days=6)).isoformat()}
    answer = await world.call("PATCH", f"/subscriptions/{made['id']}", renewed)
    assert answer.json()["expirationDateTime"].startswith("2026-03-08T08:00")
    url = {"lifecycleNotificationUrl": "http://hook.test/other"}
    assert await world.error("PATCH", f"/subscriptions/{made['id']}", url) == (400, "InvalidRequest")
    world.pass_time(days=7)
    await world.mailbox()
    assert await world.error("PATCH", f"/subscriptions/{made['id']}", renewed) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    "fields",
    [
        {"clientState": "x" * 129},
        {"resource": "me/messages"},
        {"resource": "me/calendars/gone/events"},
        {"changeType": "moved"},
        {"notificationUrl": "hook"},
    ],
)
async def test_what_cannot_be_subscribed_is_refused(world: World, fields: dict[str, Any]) -> None:
    assert (await world.call("POST", "/subscriptions", wanted(world, **fields))).status_code == 400


async def test_a_mailbox_on_premises_cannot_be_subscribed(world: World) -> None:
    await world.mailbox(kind="on_premises")
    assert (await world.error("POST", "/subscriptions", wanted(world)))[1] == "ExtensionError"


async def test_one_create_tells_twice_and_in_one_post(world: World) -> None:
    made = (await world.call("POST", "/subscriptions", wanted(world), prefer="")).json()
    first = await world.create()
    items = await delivered(world)
    assert [item["changeType"] for item in items] == ["created", "updated"]
    assert len(world.inbox.posts) == 1
    item = items[0]
    assert (item["subscriptionId"], item["clientState"]) == (made["id"], "state")
    assert item["resourceData"]["id"] != first["id"]  # the id form is the subscription's
    assert item["resource"].endswith(item["resourceData"]["id"])


async def test_the_id_form_of_notifications_is_chosen_at_creation(world: World) -> None:
    answer = await world.call("POST", "/subscriptions", wanted(world), prefer='IdType="ImmutableId"')
    assert answer.status_code == 201
    made = await world.create()
    assert {item["resourceData"]["id"] for item in await delivered(world)} == {made["id"]}


async def test_a_deleted_occurrence_is_only_an_update_of_its_master(world: World) -> None:
    master = await world.create(start="2026-03-09T09:00:00", end="2026-03-09T10:00:00", recurrence=weekly())
    await world.call("POST", "/subscriptions", wanted(world), prefer='IdType="ImmutableId"')
    await world.call("DELETE", f"{EVENTS}/{master['id']}-O20260316")
    items = await delivered(world)
    assert {item["changeType"] for item in items} == {"updated"}
    assert {item["resourceData"]["id"] for item in items} == {master["id"]}
    await world.call("DELETE", f"{EVENTS}/{master['id']}")
    assert [item["changeType"] for item in await delivered(world)] == ["deleted"]


async def test_an_edit_tells_one_to_three_times(world: World) -> None:
    made = await world.create()
    await subscribe(world)
    counts = []
    for number in range(3):
        await world.call("PATCH", f"{EVENTS}/{made['id']}", {"subject": f"S{number}"})
        counts.append(len(await delivered(world)))
    assert sorted(counts) == [1, 2, 3]


async def test_nothing_is_told_of_other_calendars_kinds_or_after_the_end(world: World) -> None:
    calendars = [{"name": "Calendar", "id": "cal"}, {"name": "Other", "id": "other"}]
    await world.mailbox(calendars=calendars)
    await subscribe(world, changeType="deleted")
    await world.create("other")
    await world.create()
    assert await delivered(world) == []
    await subscribe(world, minutes=45)
    world.pass_time(minutes=46)
    await world.create()
    assert await delivered(world) == []


async def test_a_refused_notification_is_brought_again(world: World) -> None:
    await subscribe(world)
    world.inbox.answers = [503]
    await world.create()
    assert len(await delivered(world)) == 2


async def test_notifications_can_be_lost_or_doubled(world: World) -> None:
    await subscribe(world)
    await world.client.put("/_sim/notifications", json={"drop": True})
    await world.create()
    assert await delivered(world) == []
    await world.client.put("/_sim/notifications", json={"duplicate": 1})
    await world.create()
    assert len(await delivered(world)) == 4
    assert (await world.client.get("/_sim/notifications")).json()["pending"] == 0


async def test_lifecycle_events_reach_their_own_address_and_a_removal_removes(world: World) -> None:
    made = await subscribe(world)
    for name in ("missed", "reauthorizationRequired", "subscriptionRemoved"):
        answer = await world.client.post(f"/_sim/subscriptions/{made['id']}/lifecycle", json={"event": name})
        assert answer.status_code == 202
        (item,) = await delivered(world)
        assert (item["lifecycleEvent"], item["clientState"], "changeType" in item) == (name, "state", False)
    assert (await world.call("GET", f"/subscriptions/{made['id']}")).status_code == 404
    assert (await world.client.get("/_sim/subscriptions")).json() == []


async def test_reauthorizing_needs_a_living_subscription(world: World) -> None:
    made = await subscribe(world)
    assert (await world.call("POST", f"/subscriptions/{made['id']}/reauthorize")).status_code == 200
    assert (await world.call("POST", "/subscriptions/none/reauthorize")).status_code == 404


async def test_a_replaced_mailbox_is_told_of_as_well(world: World) -> None:
    await subscribe(world, resource="me/events")
    await world.mailbox(calendars=[{"name": "Calendar", "id": "cal", "events": [event(id="e1"), event(id="e2")]}])
    assert {item["resourceData"]["id"] for item in await delivered(world)} == {"e1", "e2"}
