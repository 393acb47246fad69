"""A sync that lives on: Microsoft's lifecycle notifications, renewal, a token that dies, a plan that changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from dev.demo import cast
from dev.demo.living import ANNA
from dev.demo.scene import Json, Scene, appointment_times, local_times
from dev.demo.tale import expect, must


async def lifecycle(scene: Scene) -> None:
    tale = scene.tale
    tale.chapter("Microsoft's lifecycle notifications, and renewal")
    with tale.step("notifications are lost, Microsoft says 'missed': the calendar is read, the meeting arrives"):
        async with _deaf(scene):
            await scene.meet(ANNA, cast.event("Missed", 11, "09:00", 30))
        must(not await _has(scene, "Missed"), "the meeting arrived although nobody told")
        await _say(scene, "missed")
        must(await _has(scene, "Missed"), "the meeting did not arrive")
    with tale.step("Microsoft removed the subscription: there is a new one, what was missed arrives, live goes on"):
        before = (await scene.subscriptions(ANNA))[0]["id"]
        async with _deaf(scene):
            await scene.meet(ANNA, cast.event("Removed", 11, "10:00", 30))
        await _say(scene, "subscriptionRemoved")
        now = await scene.subscriptions(ANNA)
        must(len(now) == 1 and now[0]["id"] != before, f"{len(now)} subscriptions, the same id: {now}")
        must(await _has(scene, "Removed"), "the missed meeting did not arrive")
        await scene.meet(ANNA, cast.event("Alive", 11, "11:00", 30))
        must(await _has(scene, "Alive"), "the new subscription does not work")
    with tale.step("Microsoft wants reauthorisation: the same subscription is renewed with one PATCH"):
        one = (await scene.subscriptions(ANNA))[0]
        await scene.actors.forget_journals()
        await _say(scene, "reauthorizationRequired")
        expect("calls", await _subscription_calls(scene), ["PATCH"])
        expect("subscription", [s["id"] for s in await scene.subscriptions(ANNA)], [one["id"]])
    with tale.step("the timer leaves subscriptions alone that are good for days: not one call"):
        await scene.actors.forget_journals()
        await _timer(scene)
        expect("calls", await _subscription_calls(scene), [])
    with tale.step("one that ends in two hours is renewed by the timer with one PATCH, for days"):
        await _ends_soon(scene)
        await scene.actors.forget_journals()
        await _timer(scene)
        expect("calls", await _subscription_calls(scene), ["PATCH"])
        left = _expiry((await scene.subscriptions(ANNA))[0]) - datetime.now(UTC)
        must(timedelta(days=5, hours=22) < left < timedelta(days=7), f"it is good for {left}")


async def access(scene: Scene) -> None:
    tale, actors = scene.tale, scene.actors
    tale.chapter("The token dies, the plan changes")
    with tale.step("Anna's permission is withdrawn at Microsoft: Reconnect needed, and she is told by e-mail"):
        await actors.send("POST", f"{actors.where.outlook}/_sim/mailboxes/{ANNA}/revoke")
        await scene.meet(ANNA, cast.event("Locked out", 12, "09:00", 30))
        line = await scene.overview(cast.ANNA)
        expect("label and reason", (line["label"], line["reason"]), ("Reconnect needed", "access_revoked"))
        expect("e-mails", len(await actors.mails("reconnect_needed", ANNA)), 1)
    with tale.step("she signs in again: what was missed arrives, nothing is made twice, nothing deleted"):
        await actors.forget_journals()
        await scene.connected(cast.ANNA, ANNA)
        expect("writes", await scene.written(), {"outlook": [], "timify": ["POST"]})
        must(await _has(scene, "Locked out"), "the missed meeting did not arrive")
    with tale.step("the plan is downgraded: Paused, an edit does not travel, nothing is deleted"):
        await actors.api("PUT", cast.COMPANY, {"plan": "basic"})
        await actors.quiet()
        expect("label", (await scene.overview(cast.ANNA))["label"], "Paused")
        await actors.forget_journals()
        meeting = await scene.event(ANNA, "Locked out")
        moved = cast.event("", 12, "10:00", 30)
        await scene.edit(ANNA, meeting["id"], {"start": moved["start"], "end": moved["end"]})
        expect("writes", await scene.written(), {"outlook": [], "timify": []})
    with tale.step("it is upgraded again: Synced, and the edit is caught up with one write"):
        await actors.api("PUT", cast.COMPANY, {"plan": "premium"})
        await scene.synced(cast.ANNA)
        copy = await scene.appointment(cast.ANNA, "Locked out")
        expect("copy", appointment_times(copy), local_times(12, "10:00", "10:30"))
        expect("writes", await scene.written(), {"outlook": [], "timify": ["PATCH"]})


async def log(scene: Scene) -> None:
    tale = scene.tale
    tale.chapter("The sync log, read aloud")
    with tale.step("Anna's log tells every change: what came in, what was decided, what changed; never a title"):
        lines = await scene.actors.items(f"{cast.COMPANY}/resources/{cast.ANNA}/log")
        rules = {line["rule"] for line in lines}
        wanted = {"copied", "followed_origin", "followed_copy", "origin_deleted", "booking_cancelled", "held_overlap"}
        expect("rules that are missing", wanted - rules, set())
        spoken = " ".join(line["text"] for line in lines)
        told = [title for title in ("Planning", "Fair", "Carla", "Blum", "Missed out") if title in spoken]
        expect("titles and names in the log", told, [])
        for line in _some_of_each(lines):
            tale.note(f"{line['at'][11:19]}  {line['text']}")


def _some_of_each(lines: list[Json]) -> list[Json]:
    """The newest line of each rule, at most eight of them."""
    newest: dict[str, Json] = {}
    for line in lines:
        newest.setdefault(line["rule"], line)
    return list(newest.values())[:8]


@asynccontextmanager
async def _deaf(scene: Scene) -> AsyncIterator[None]:
    """Microsoft's notifications are lost inside."""
    url = f"{scene.actors.where.outlook}/_sim/notifications"
    await scene.actors.send("PUT", url, {"drop": True})
    try:
        yield
    finally:
        await scene.actors.send("PUT", url, {})


async def _say(scene: Scene, event: str) -> None:
    """Microsoft sends a lifecycle notification about Anna's subscription."""
    one = (await scene.subscriptions(ANNA))[0]["id"]
    url = f"{scene.actors.where.outlook}/_sim/subscriptions/{one}/lifecycle"
    await scene.actors.send("POST", url, {"event": event})
    await scene.actors.quiet()


async def _ends_soon(scene: Scene) -> None:
    """Microsoft renews for two hours only, once."""
    one = (await scene.subscriptions(ANNA))[0]
    soon = (datetime.now(UTC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
    shown = {name: value for name, value in one.items() if name not in ("upn", "actor")}
    fault = {"method": "PATCH", "path": f"/subscriptions/{one['id']}", "status": 200, "when": "after"}
    body = shown | {"expirationDateTime": soon}
    await scene.actors.send("POST", f"{scene.actors.where.outlook}/_sim/faults", fault | {"body": body})
    await _say(scene, "reauthorizationRequired")


async def _timer(scene: Scene) -> None:
    """The hourly timer fires now, as an administrator of Azure can make it."""
    where = scene.actors.where
    headers = {"x-functions-key": where.function_key}
    url = f"{where.functions}/admin/functions/renew_subscriptions"
    await scene.actors.send("POST", url, {"input": ""}, headers=headers)
    await scene.actors.quiet()


async def _subscription_calls(scene: Scene) -> list[str]:
    calls = await scene.actors.calls(scene.actors.where.outlook)
    return [entry["method"] for entry in calls if "/subscriptions" in entry["path"]]


async def _has(scene: Scene, title: str) -> bool:
    return title in [a["title"] for a in await scene.appointments(cast.ANNA)]


def _expiry(subscription: Json) -> datetime:
    return datetime.fromisoformat(subscription["expirationDateTime"][:19]).replace(tzinfo=UTC)
