"""What comes in from Microsoft and TIMIFY, and from everybody else who knows the addresses."""

import asyncio
from typing import Any

import httpx
import pytest

from dev.actors import Actors
from dev.stack import Stack
from tests.stack.world import Json, World

pytestmark = pytest.mark.stack


async def test_strangers_and_garbage_are_turned_away_without_a_trace(stack: Stack, actors: Actors) -> None:
    graph, timify = (f"{stack.functions_url}/api/{path}" for path in ("graph/notifications", "timify/webhooks"))
    lifecycle = f"{stack.functions_url}/api/graph/lifecycle"
    secret = {"x-timify-webhook-secret": "local-timify-webhook-secret"}
    stranger = {"value": [{"clientState": "made up", "resource": "Users/x/Events/y", "changeType": "updated"}]}
    nonsense: list[Any] = [{}, [], {"value": 7}, "text", None, 5]

    async def status(url: str, body: Any, **options: Any) -> int:
        return (await actors.http.post(url, json=body, **options)).status_code

    for url in (graph, lifecycle):
        token = "Validation: Testing / ümläut & more?"
        shaken = await actors.http.post(url, params={"validationToken": token})
        assert (shaken.status_code, shaken.text) == (200, token)
        assert shaken.headers["content-type"].startswith("text/plain")
        assert await status(url, stranger) == 202
        assert {await status(url, body) for body in nonsense} == {400}
        assert (await actors.http.post(url, content=b"\xff\xfe{", headers={"content-type": "x"})).status_code == 400
    assert await status(timify, {}) == 401
    assert await status(timify, {}, headers={"x-timify-webhook-secret": "wrong"}) == 401
    assert (await actors.http.post(timify, content=b"\xff{", headers=secret)).status_code == 400
    for body in nonsense:
        assert await status(timify, body, headers=secret) in (202, 400)
    unknown = {"event": "Event", "action": "Updated", "companyId": "nobody", "data": {"id": "nothing"}}
    assert await status(timify, unknown, headers=secret) == 202
    await actors.quiet()
    assert await actors.writes() == []


async def test_a_client_state_of_somebody_else_wakes_only_its_owner(world: World) -> None:
    """Notifications are hints: an invented one for a connected calendar costs a read, never a write."""
    await world.open()
    await world.add(world.event("Meeting", 0, "09:00", "10:00"))
    await world.connect()
    state = await _client_state(world)
    await world.actors.forget_journals()
    forged = {"value": [{"clientState": state, "changeType": "deleted", "resource": "x", "resourceData": {"id": "x"}}]}
    url = f"{world.actors.where.functions}/api/graph/notifications"
    for body in (forged, {"value": [{"clientState": f"{state}x"}, {"clientState": state[:-1]}, {"clientState": 5}]}):
        assert (await world.actors.http.post(url, json=body)).status_code == 202
    await world.actors.quiet()
    assert [call for call in await world.cost() if call != "GET outlook delta"] == []
    assert len(await world.booking_copies()) == 1


async def test_lost_notifications_are_made_good_by_a_missed_event_and_by_a_check(world: World) -> None:
    await world.open()
    await world.connect()
    outlook, timify = world.actors.where.outlook, world.actors.where.timify
    for simulator in (outlook, timify):
        await world.actors.post(simulator, drop=True)
    first = await world.add(world.event("Lost", 0, "09:00", "10:00"))
    booking = await world.book(world.at(0, "12:00"))
    await world.actors.quiet()
    assert (await world.booking_copies(), await world.event_copies()) == ([], [])
    for simulator in (outlook, timify):
        await world.actors.post(simulator)

    await _lifecycle(world, "missed")
    assert await world.booking_copies() == [("Lost", *world.span(0, "09:00", "10:00"))]
    await world.check()
    assert await world.event_copies() == [("Haircut", *world.span(0, "12:00", "12:45"))]

    for simulator in (outlook, timify):
        await world.actors.post(simulator, drop=True)
    await world.drop(first)
    await world.cancel(booking)
    await world.actors.quiet()
    for simulator in (outlook, timify):
        await world.actors.post(simulator)
    await world.check()
    assert (await world.booking_copies(), await world.event_copies()) == ([], [])
    await world.steady()


async def test_half_of_all_notifications_lost_and_the_rest_shuffled_ends_in_agreement_after_a_check(
    world: World,
) -> None:
    await world.open()
    await world.connect()
    for simulator in (world.actors.where.outlook, world.actors.where.timify):
        await world.actors.post(simulator, drop=0.5, shuffle=True, duplicate=1)
    events = await asyncio.gather(*(world.add(world.event(f"e{n}", n, "09:00", "10:00")) for n in range(8)))
    bookings = await asyncio.gather(*(world.book(world.at(n, "12:00")) for n in range(8)))
    await asyncio.gather(
        *(world.edit(event, world.when(n, "10:00", "11:00")) for n, event in enumerate(events[:4])),
        *(world.drop(event) for event in events[4:6]),
        *(world.rebook(booking, datetime=world.at(n, "13:00")) for n, booking in enumerate(bookings[:4])),
        *(world.cancel(booking) for booking in bookings[4:6]),
    )
    await world.actors.quiet()
    for simulator in (world.actors.where.outlook, world.actors.where.timify):
        await world.actors.post(simulator)
    await world.check()

    hours = ("10:00", "11:00"), ("09:00", "10:00")
    assert await world.booking_copies() == [
        (f"e{n}", *world.span(n, *hours[0 if n < 4 else 1])) for n in (0, 1, 2, 3, 6, 7)
    ]
    starts = [(n, "13:00" if n < 4 else "12:00") for n in (0, 1, 2, 3, 6, 7)]
    assert [start for _, start, _ in await world.event_copies()] == [world.at(*start) for start in starts]
    await world.steady()


async def test_subscriptions_are_renewed_and_made_anew_but_only_when_it_is_time(world: World) -> None:
    await world.open()
    await world.connect()
    [before] = await _subscriptions(world)
    await world.actors.forget_journals()

    await world.actors.run_function("renew_subscriptions")
    await world.actors.quiet()
    assert await world.cost() == [], "nothing is due for days"

    await _lifecycle(world, "reauthorizationRequired")
    assert "PATCH outlook subscriptions" in await world.cost()
    [renewed] = await _subscriptions(world)
    assert renewed["id"] == before["id"]
    assert renewed["expirationDateTime"] >= before["expirationDateTime"]

    await world.actors.send(
        "POST", f"{world.actors.where.outlook}/_sim/subscriptions/{before['id']}/lifecycle", _REMOVED
    )
    await world.add(world.event("While nobody listened", 0, "09:00", "10:00"))
    await world.actors.quiet()
    [anew] = await _subscriptions(world)
    assert anew["id"] != before["id"]
    assert [title for title, *_ in await world.booking_copies()] == ["While nobody listened"]
    await world.add(world.event("Heard again", 1, "09:00", "10:00"))
    await world.actors.quiet()
    assert len(await world.booking_copies()) == 2
    await world.steady()


_REMOVED = {"event": "subscriptionRemoved"}


async def test_news_of_a_resource_is_taken_in(world: World) -> None:
    """Time zone and working times of a resource decide what rounds do; a webhook brings the new ones."""
    await world.open(hours=[{"isActive": True, "times": [{"begin": "00:00", "end": "24:00"}]} for _ in range(7)])
    await world.connect(settings={"outlook_to_timify": {"working_times": "enforce"}})
    office = [{"isActive": True, "times": [{"begin": "08:00", "end": "18:00"}]} for _ in range(7)]
    path = f"/resources/{world.resource('anna')}"
    await world.timify("PATCH", path, {"calendar": {"workingTimes": office}})
    await world.actors.quiet()
    await world.add(world.event("Early", 0, "06:00", "07:00"))
    await world.add(world.event("On time", 0, "08:00", "09:00"))
    await world.actors.quiet()
    assert [title for title, *_ in await world.booking_copies()] == ["On time"]
    assert await world.kinds() == {"outside_working_time": 1}


async def test_a_body_too_large_is_refused_before_it_is_read(stack: Stack, actors: Actors) -> None:
    huge = {"value": ["x" * 1_200_000]}
    for path in ("graph/notifications", "timify/webhooks"):
        answer = await actors.http.post(
            f"{stack.functions_url}/api/{path}",
            json=huge,
            headers={"x-timify-webhook-secret": "local-timify-webhook-secret"},
            timeout=httpx.Timeout(20),
        )
        assert answer.status_code == 413


async def _client_state(world: World) -> str:
    [one] = await _subscriptions(world)
    return str(one["clientState"])


async def _subscriptions(world: World) -> list[Json]:
    every = await world.actors.send("GET", f"{world.actors.where.outlook}/_sim/subscriptions")
    return [one for one in every if one["upn"] == world.upn("anna")]


async def _lifecycle(world: World, event: str) -> None:
    """Microsoft tells something about the subscription itself; wait until the app has dealt with it."""
    [one] = await _subscriptions(world)
    url = f"{world.actors.where.outlook}/_sim/subscriptions/{one['id']}/lifecycle"
    await world.actors.send("POST", url, {"event": event})
    await world.actors.quiet()
