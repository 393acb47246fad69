"""Conflicts: held, flagged, left alone, and cured by themselves. And nobody gets mail."""

from datetime import datetime

from dev.demo import cast
from dev.demo.cast import stamp
from dev.demo.living import ANNA
from dev.demo.scene import Json, Scene, appointment_times, event_times, local_times
from dev.demo.tale import expect, must


async def conflicts(scene: Scene) -> None:
    tale = scene.tale
    tale.chapter("Conflicts")
    booked: Json = {}
    clash: Json = {}
    with tale.step("a meeting where TIMIFY has a booking is held: not written, listed as a conflict"):
        booked = await scene.book(_cut(9, "09:00"))
        clash = await scene.meet(ANNA, cast.event("Too late", 9, "09:30", 60))
        must("Too late" not in await _titles(scene), "TIMIFY holds two things in one slot")
        found = await scene.conflicts(cast.ANNA)
        expect("conflicts", [one["kind"] for one in found], ["overlap"])
        expect("its meeting", _times(found[0]["outlook"]), local_times(9, "09:30", "10:30"))
        expect("what stands in the way", _times(found[0]["timify"]), local_times(9, "08:55", "09:55"))
        expect("open in the overview", (await scene.overview(cast.ANNA))["open_conflicts"], 1)
    with tale.step("a second round neither writes nor finds it twice"):
        await scene.actors.forget_journals()
        await scene.actors.api("POST", f"{cast.COMPANY}/resources/{cast.ANNA}/check")
        await scene.actors.quiet()
        expect("writes", await scene.written(), {"outlook": [], "timify": []})
        expect("conflicts", len(await scene.conflicts(cast.ANNA)), 1)
    with tale.step("the meeting is moved to a free time: the conflict is gone by itself, the meeting arrives"):
        free = cast.event("", 9, "11:00", 60)
        await scene.edit(ANNA, clash["id"], {"start": free["start"], "end": free["end"]})
        expect("conflicts", await scene.conflicts(cast.ANNA), [])
        copy = await scene.appointment(cast.ANNA, "Too late")
        expect("copy", appointment_times(copy), local_times(9, "11:00", "12:00"))
    with tale.step("a meeting is moved onto a booking: it moves in Outlook, TIMIFY keeps its time, a conflict says so"):
        onto = cast.event("", 9, "09:15", 60)
        await scene.edit(ANNA, clash["id"], {"start": onto["start"], "end": onto["end"]})
        copy = await scene.appointment(cast.ANNA, "Too late")
        expect("copy", appointment_times(copy), local_times(9, "11:00", "12:00"))
        expect("conflicts", [one["kind"] for one in await scene.conflicts(cast.ANNA)], ["overlap"])
    with tale.step("the booking is cancelled: the other side of the conflict cures it, and the copy follows"):
        await scene.rebook(booked["id"], None)
        expect("conflicts", await scene.conflicts(cast.ANNA), [])
        copy = await scene.appointment(cast.ANNA, "Too late")
        expect("copy", appointment_times(copy), local_times(9, "09:15", "10:15"))
    with tale.step("a booking over a busy meeting is copied and flagged: no customer is missed"):
        booked = await scene.book(_cut(9, "10:00"))
        await scene.copy_at(ANNA, local_times(9, "09:55", "10:55"))
        expect("conflicts", [one["kind"] for one in await scene.conflicts(cast.ANNA)], ["overlap"])
        await scene.rebook(booked["id"], {"datetime": stamp(9, "13:00")})
        expect("conflicts once it is moved", await scene.conflicts(cast.ANNA), [])
        await scene.copy_at(ANNA, local_times(9, "12:55", "13:55"))


async def left_alone(scene: Scene) -> None:
    tale = scene.tale
    tale.chapter("What must not happen silently")
    with tale.step("the copy of a meeting with attendees is deleted in TIMIFY: the meeting stays, a conflict asks"):
        guest = {"emailAddress": {"name": "Kira", "address": "kira@partner.example"}, "type": "required"}
        meeting = await scene.meet(ANNA, cast.event("With guests", 10, "09:00", 60, attendees=[guest]))
        await _forget_mail(scene)  # a person who invites somebody sends mail, and may
        await scene.rebook((await scene.appointment(cast.ANNA, "With guests"))["id"], None)
        expect("conflicts", [one["kind"] for one in await scene.conflicts(cast.ANNA)], ["would_notify_attendees"])
        now = await scene.event_now(ANNA, meeting["id"])
        expect("the meeting", event_times(now), local_times(10, "09:00", "10:00"))
        await scene.edit(ANNA, meeting["id"], None)
        expect("conflicts once its owner has deleted it", await scene.conflicts(cast.ANNA), [])
        await _forget_mail(scene)
    with tale.step("one date of a connected series is dragged in Outlook: TIMIFY's series stays, a conflict asks"):
        copy = await scene.copy_at(ANNA, local_times(15, "13:55", "14:55"))
        moved = cast.event("", 15, "16:55", 60)
        await scene.edit(ANNA, copy["id"], {"start": moved["start"], "end": moved["end"]})
        expect("conflicts", [one["kind"] for one in await scene.conflicts(cast.ANNA)], ["series_edit"])
        back = cast.event("", 15, "13:55", 60)
        await scene.edit(ANNA, copy["id"], {"start": back["start"], "end": back["end"]})
        expect("conflicts once it is put back", await scene.conflicts(cast.ANNA), [])
    with tale.step("a group booking is dragged in Outlook: it stays in TIMIFY, a conflict asks"):
        copy = await scene.copy_at(ANNA, local_times(4, "12:00", "14:00"))
        moved = cast.event("", 4, "17:00", 120)
        await scene.edit(ANNA, copy["id"], {"start": moved["start"], "end": moved["end"]})
        expect("conflicts", [one["kind"] for one in await scene.conflicts(cast.ANNA)], ["group_booking_edit"])
        back = cast.event("", 4, "12:00", 120)
        await scene.edit(ANNA, copy["id"], {"start": back["start"], "end": back["end"]})
        expect("conflicts once it is put back", await scene.conflicts(cast.ANNA), [])
    with tale.step("a second round writes nothing, all agree"):
        await scene.nothing_more(cast.ANNA)


async def no_mail(scene: Scene) -> None:
    """Outlook has sent no mail since the last time that a person invited somebody."""
    with scene.tale.step("Outlook has sent no mail to anybody because of the sync"):
        mail = await scene.actors.send("GET", f"{scene.actors.where.outlook}/_sim/mail")
        expect("mails", [one["reason"] for one in mail["items"]], [])


async def _forget_mail(scene: Scene) -> None:
    """What a person's own invitation sent is theirs; what the app caused is a failure."""
    url = f"{scene.actors.where.outlook}/_sim/mail"
    caused = [one for one in (await scene.actors.send("GET", url))["items"] if one["actor"] != "person"]
    expect("mails that the app caused", caused, [])
    await scene.actors.send("DELETE", url)


async def _titles(scene: Scene) -> list[str]:
    return [a["title"] for a in await scene.appointments(cast.ANNA)]


def _cut(day: int, at: str) -> Json:
    return {"service_id": cast.CUT, "datetime": stamp(day, at), "resource_ids": [cast.ANNA]}


def _times(span: Json) -> tuple[object, object]:
    return datetime.fromisoformat(span["start"]), datetime.fromisoformat(span["end"])
