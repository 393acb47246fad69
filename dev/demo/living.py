"""Connecting for good, and both directions live, with the calls that each change costs."""

from datetime import datetime

from dev.demo import cast
from dev.demo.cast import stamp
from dev.demo.scene import Json, Scene, appointment_times, event_times, local_times
from dev.demo.tale import expect, must

ANNA = cast.upn("anna")


async def connect(scene: Scene, link: str) -> None:
    tale, actors = scene.tale, scene.actors
    tale.chapter("First import")
    with tale.step("Anna opens the link, signs in, chooses her calendar, presses Connect: Importing, then Synced"):
        outcome = await actors.connect(link, ANNA)
        expect("the last page", outcome["status"], "importing")
        await scene.synced(cast.ANNA)
    with tale.step("both calendars have what the other had: one booking, one meeting, each copied once"):
        copy = await scene.appointment(cast.ANNA, "Supplier")
        expect("the meeting in TIMIFY", appointment_times(copy), local_times(0, "14:00", "15:00"))
        booked = await scene.copy_at(ANNA, local_times(0, "09:55", "10:55"))
        expect("the booking in Outlook", booked["subject"], "Haircut – Carla Sommer")
        expect("events", len(await scene.events(ANNA)), 2)
        expect("appointments", len(await scene.appointments(cast.ANNA)), 2)
    with tale.step("an e-mail confirms it: one item brought to TIMIFY, one to Outlook"):
        mails = await actors.mails("connected", ANNA)
        expect("confirmations", len(mails), 1)
        figures = ("Brought to TIMIFY: 1", "Brought to Outlook: 1")
        must(all(each in mails[0]["text"] for each in figures), "the figures in the mail are others")
    with tale.step("Microsoft notifies us of this calendar: one subscription, good for a week"):
        expect("subscriptions", len(await scene.subscriptions(ANNA)), 1)
    with tale.step("a second round writes nothing"):
        await scene.nothing_more(cast.ANNA)


async def from_outlook(scene: Scene) -> None:
    tale = scene.tale
    tale.chapter("Outlook → TIMIFY, live")
    made: Json = {}
    with tale.step("a new meeting arrives: 1 delta GET, 1 write to TIMIFY; the echo writes nothing"):
        await scene.actors.forget_journals()
        made = await scene.meet(ANNA, cast.event("Planning", 1, "09:00", 60))
        await _cost_of_outlook_edit(scene, "POST")
        copy = await scene.appointment(cast.ANNA, "Planning")
        expect("times", appointment_times(copy), local_times(1, "09:00", "10:00"))
    edits = (
        ("moved", {"start": "11:00", "end": "12:00"}, "Planning"),
        ("lengthened", {"start": "11:00", "end": "12:30"}, "Planning"),
        ("given another title", {"start": "11:00", "end": "12:30"}, "Planning the fair"),
    )
    for what, times, title in edits:
        with tale.step(f"it is {what} in Outlook: the copy follows, for 1 GET and 1 write"):
            await scene.actors.forget_journals()
            wanted = cast.event(title, 1, times["start"], 60 if what == "moved" else 90)
            changes = {"subject": title} if "title" in what else {"start": wanted["start"], "end": wanted["end"]}
            await scene.edit(ANNA, made["id"], changes)
            await _cost_of_outlook_edit(scene, "PATCH")
            copy = await scene.appointment(cast.ANNA, title)
            expect("times", appointment_times(copy), local_times(1, times["start"], times["end"]))
    with tale.step("its copy is moved and renamed in TIMIFY: the meeting follows; its body is not touched"):
        copy = await scene.appointment(cast.ANNA, "Planning the fair")
        before = await scene.event_now(ANNA, made["id"])
        await scene.rebook(copy["id"], {"datetime": stamp(1, "13:00"), "title": "Fair"})
        event = await scene.event_now(ANNA, made["id"])
        expect("times", event_times(event), local_times(1, "13:00", "14:30"))
        expect("title", event["subject"], "Fair")
        expect("body", event.get("body"), before.get("body"))
    with tale.step("it is deleted in Outlook: the copy goes, and nothing else"):
        before_count = len(await scene.appointments(cast.ANNA))
        await scene.actors.forget_journals()
        await scene.edit(ANNA, made["id"], None)
        expect("writes", await scene.written(), {"outlook": [], "timify": ["DELETE"]})
        expect("appointments", len(await scene.appointments(cast.ANNA)), before_count - 1)
    with tale.step("a copy is deleted in TIMIFY: its meeting goes too"):
        made = await scene.meet(ANNA, cast.event("Short call", 1, "15:00", 30))
        await scene.rebook((await scene.appointment(cast.ANNA, "Short call"))["id"], None)
        must(all(e["id"] != made["id"] for e in await scene.events(ANNA)), "the meeting is still in Outlook")


async def from_timify(scene: Scene) -> None:
    tale = scene.tale
    tale.chapter("TIMIFY → Outlook, live")
    booked: Json = {}
    with tale.step("a new booking arrives: 1 read, 1 write to Outlook; the echo writes nothing"):
        await scene.actors.forget_journals()
        booked = await scene.book(_booking(2, "09:00"))
        await _cost_of_booking_edit(scene, "POST")
        await scene.copy_at(ANNA, local_times(2, "08:55", "09:55"))
    with tale.step("it is moved in TIMIFY: the copy follows, for 1 read and 1 write"):
        await scene.actors.forget_journals()
        await scene.rebook(booked["id"], {"datetime": stamp(2, "11:00")})
        await _cost_of_booking_edit(scene, "PATCH")
        await scene.copy_at(ANNA, local_times(2, "10:55", "11:55"))
    with tale.step("it is lengthened, and gets another customer: time and title of the copy follow"):
        await scene.rebook(booked["id"], {"duration": 60, "customer_ids": ["demo-eva"]})
        copy = await scene.copy_at(ANNA, local_times(2, "10:55", "12:10"))
        expect("title", copy["subject"], "Haircut – Eva Sommer")
    with tale.step("the copy is dragged in Outlook: the booking follows, preparation and follow-up kept"):
        copy = await scene.copy_at(ANNA, local_times(2, "10:55", "12:10"))
        moved = cast.event("", 2, "12:55", 75)
        await scene.edit(ANNA, copy["id"], {"start": moved["start"], "end": moved["end"]})
        now = await scene.appointment_now(cast.ANNA, booked["id"])
        expect("start of the service", datetime.fromisoformat(now["startDate"]), cast.moment(2, "13:00"))
        expect("minutes", (now["durationBefore"], now["duration"], now["durationAfter"]), (5, 60, 10))
    with tale.step("what a person writes into the copy's title stays there, and the booking keeps its own"):
        copy = await scene.copy_at(ANNA, local_times(2, "12:55", "14:10"))
        await scene.actors.forget_journals()
        await scene.edit(ANNA, copy["id"], {"subject": "My note"})
        expect("writes", await scene.written(), {"outlook": [], "timify": []})
        expect("title", (await scene.event_now(ANNA, copy["id"]))["subject"], "My note")
        expect("booking", (await scene.appointment_now(cast.ANNA, booked["id"]))["title"], "Haircut")
    with tale.step("it is deleted in TIMIFY: the copy goes, and nothing else"):
        await scene.actors.forget_journals()
        await scene.rebook(booked["id"], None)
        expect("writes", await scene.written(), {"outlook": ["DELETE"], "timify": []})
    with tale.step("a copy is deleted in Outlook: the booking is cancelled (the default)"):
        booked = await scene.book(_booking(2, "15:00"))
        copy = await scene.copy_at(ANNA, local_times(2, "14:55", "15:55"))
        await scene.edit(ANNA, copy["id"], None)
        left = [a["id"] for a in await scene.appointments(cast.ANNA)]
        must(booked["id"] not in left, "the booking is still in TIMIFY")
    with tale.step("after all of these, a second round over both calendars writes nothing, and all agree"):
        await scene.nothing_more(cast.ANNA)


async def _cost_of_outlook_edit(scene: Scene, write: str) -> None:
    """1 delta GET and 1 write; the webhook of our own write may cost one read, and never a write."""
    spent = await scene.spent()
    expect("calls to Outlook", spent["outlook"], ["GET"])
    expect("writes to TIMIFY", [m for m in spent["timify"] if m != "GET"], [write])
    must(spent["timify"].count("GET") <= 1, f"calls to TIMIFY: {spent['timify']}")


async def _cost_of_booking_edit(scene: Scene, write: str) -> None:
    """1 read and 1 write; the notification of our own write may cost one delta GET, and never a write."""
    spent = await scene.spent()
    expect("calls to TIMIFY", spent["timify"], ["GET"])
    expect("writes to Outlook", [m for m in spent["outlook"] if m != "GET"], [write])
    must(spent["outlook"].count("GET") <= 1, f"calls to Outlook: {spent['outlook']}")


def _booking(day: int, at: str) -> Json:
    return {
        "service_id": cast.CUT,
        "datetime": stamp(day, at),
        "resource_ids": [cast.ANNA],
        "customer_ids": ["demo-deniz"],
    }
