"""What the things of one calendar look like in the other."""

import json
from datetime import timedelta

from dev.demo import cast
from dev.demo.cast import stamp
from dev.demo.living import ANNA
from dev.demo.scene import Json, Scene, Times, appointment_times, event_times, local_times
from dev.demo.tale import expect, must

_SECRET = "Dr. Blum, second opinion"


async def events(scene: Scene) -> None:
    """Outlook events in TIMIFY."""
    tale = scene.tale
    tale.chapter("Every kind of Outlook event in TIMIFY")
    with tale.step("a private event blocks its time; its title and notes are nowhere in TIMIFY, log or overview"):
        secret = {"sensitivity": "private", "body": {"contentType": "text", "content": _SECRET}}
        await scene.meet(ANNA, cast.event(_SECRET, 3, "09:00", 30, **secret))
        copy = await _at(scene, local_times(3, "09:00", "09:30"))
        expect("title", copy["title"], "Calendar blocker")
        shown = [await scene.appointments(cast.ANNA), await scene.overview(cast.ANNA), await _log(scene)]
        must("Blum" not in json.dumps(shown), "the private title or note leaked")
    with tale.step("09:02–09:47 is rounded outwards to 5 minutes; the meeting itself is not moved"):
        odd = await scene.meet(ANNA, cast.event("Odd times", 3, "10:02", 45))
        copy = await scene.appointment(cast.ANNA, "Odd times")
        expect("copy", appointment_times(copy), local_times(3, "10:00", "10:50"))
        expect("meeting", event_times(await scene.event_now(ANNA, odd["id"])), local_times(3, "10:02", "10:47"))
    with tale.step("two whole days block two whole local days, in one appointment"):
        await scene.meet(ANNA, _all_day("Fair in Leipzig", 5, 2))
        copy = await scene.appointment(cast.ANNA, "Fair in Leipzig")
        first = cast.first_day() + timedelta(days=5)
        expect("times", appointment_times(copy), (cast.midnight(first), cast.midnight(first + timedelta(days=2))))
    day = cast.day_of_clock_change()
    with tale.step(f"a whole day on which the clocks change is exact as well ({day})"):
        await scene.meet(ANNA, _all_day("Clock change", (day - cast.first_day()).days, 1))
        start, end = appointment_times(await scene.appointment(cast.ANNA, "Clock change"))
        expect("times", (start, end), (cast.midnight(day), cast.midnight(day + timedelta(days=1))))
        must(end - start != timedelta(hours=24), "this day has 24 hours, so it proves nothing")
    with tale.step("free time stays in Outlook; once its owner marks it busy, it arrives"):
        free = await scene.meet(ANNA, cast.event("Idle", 3, "12:00", 30, showAs="free"))
        must(not await _titled(scene, "Idle"), "the free event was copied")
        await scene.edit(ANNA, free["id"], {"showAs": "busy"})
        expect("copies once it is busy", len(await _titled(scene, "Idle")), 1)
    with tale.step("a second round writes nothing"):
        await scene.nothing_more(cast.ANNA)


async def series(scene: Scene) -> None:
    tale = scene.tale
    tale.chapter("A series in Outlook")
    master: Json = {}
    with tale.step("four weekly occurrences become four appointments"):
        master = await scene.meet(ANNA, cast.event("Team", 7, "08:00", 30, recurrence=_weekly(7, 4)))
        expect("times", await _team(scene), [local_times(7 + 7 * n, "08:00", "08:30") for n in range(4)])
    with tale.step("one occurrence is moved (an exception), one is deleted: just these two follow"):
        occurrences = await _occurrences(scene, master["id"])
        moved = cast.event("", 14, "16:00", 30)
        await scene.actors.forget_journals()
        await scene.edit(ANNA, occurrences[1]["id"], {"start": moved["start"], "end": moved["end"]})
        await scene.edit(ANNA, occurrences[2]["id"], None)
        wanted = [(7, "08:00", "08:30"), (14, "16:00", "16:30"), (28, "08:00", "08:30")]
        expect("times", await _team(scene), [local_times(*each) for each in wanted])
        expect("writes", await scene.written(), {"outlook": [], "timify": ["PATCH", "DELETE"]})
    with tale.step("the whole series is moved by an hour: TIMIFY has exactly what Outlook then shows"):
        later = cast.event("", 7, "09:00", 30)
        await scene.edit(ANNA, master["id"], {"start": later["start"], "end": later["end"]})
        shown = sorted(event_times(one) for one in await _occurrences(scene, master["id"]))
        expect("its first", shown[0], local_times(7, "09:00", "09:30"))
        expect("times in TIMIFY", await _team(scene), shown)
        await scene.nothing_more(cast.ANNA)
    with tale.step("the series is deleted: all of its copies go"):
        await scene.edit(ANNA, master["id"], None)
        expect("copies", await _team(scene), [])


async def bookings(scene: Scene) -> None:
    """TIMIFY bookings in Outlook."""
    tale, actors = scene.tale, scene.actors
    tale.chapter("Every kind of booking in Outlook")
    with tale.step("a split booking (work, gap, work) is one event over the whole, preparation included"):
        await scene.book(_booking(cast.COLOUR, 4, "09:00"))
        await scene.copy_at(ANNA, local_times(4, "08:50", "11:00"))
    with tale.step("a group booking shows its title and how many take part; another participant shows at once"):
        group = _booking(cast.COURSE, 4, "12:00") | {"title": "Braids", "is_course": True, "max_participants": 10}
        booked = await scene.book(group | {"customer_ids": ["demo-carla", "demo-eva"]})
        times = local_times(4, "12:00", "14:00")
        expect("title", (await scene.copy_at(ANNA, times))["subject"], "Braids – 2 of 10 participants")
        pupils = [{"id": f"demo-{name}"} for name in ("carla", "deniz", "eva")]
        await scene.rebook(booked["id"], {"participants": pupils})
        expect("title", (await scene.copy_at(ANNA, times))["subject"], "Braids – 3 of 10 participants")
    with tale.step("a reservation is nowhere in Outlook until it is confirmed"):
        held = await _reserve(scene)
        copies = [event_times(event) for event in await scene.copies_in_outlook(ANNA)]
        must(local_times(4, "15:55", "16:55") not in copies, "the reservation was copied")
        confirm = {"company_id": cast.COMPANY, "reservation_id": held["id"], "secret": held["secret"]}
        url = f"{actors.where.timify}/v1/booker-services/appointments/confirm"
        await actors.send("POST", url, confirm | {"fields": [{"id": "firstName", "value": "Ida"}]})
        await actors.quiet()
        expect("title", (await scene.copy_at(ANNA, local_times(4, "15:55", "16:55")))["subject"], "Haircut – Ida")
    with tale.step("a connected series has one event for each of its dates"):
        rule = {"timezone": cast.ZONE.key, "frequency": "WEEKS", "period": 1, "repeat_times": 3}
        await scene.book(_booking(cast.CUT, 8, "14:00") | {"recurring": rule})
        for week in range(3):
            await scene.copy_at(ANNA, local_times(8 + 7 * week, "13:55", "14:55"))
    with tale.step("no copy has an attendee, every copy carries the category TIMIFY; a second round writes nothing"):
        copies_now = await scene.copies_in_outlook(ANNA)
        must(len(copies_now) >= 6, f"only {len(copies_now)} copies")
        expect("attendees", [e["subject"] for e in copies_now if e.get("attendees")], [])
        await scene.nothing_more(cast.ANNA)


async def _occurrences(scene: Scene, master_id: str) -> list[Json]:
    """What Outlook shows of a series, in order."""
    span = f"startDateTime={cast.iso(cast.moment(0, '00:00'))}&endDateTime={cast.iso(cast.moment(60, '00:00'))}"
    answer = await scene.actors.outlook(ANNA, "GET", f"/events/{master_id}/instances?{span}")
    return sorted(answer["value"], key=lambda one: str(one["start"]["dateTime"]))


async def _reserve(scene: Scene) -> Json:
    body = {"company_id": cast.COMPANY, "service_id": cast.CUT, "resource_ids": [cast.ANNA], "time": "16:00"}
    day = (cast.first_day() + timedelta(days=4)).isoformat()
    url = f"{scene.actors.where.timify}/v1/booker-services/reservations"
    answer = await scene.actors.send("POST", url, body | {"date": day, "timezone": cast.ZONE.key})
    await scene.actors.quiet()
    held: Json = answer["data"]
    return held


def _booking(service: str, day: int, at: str) -> Json:
    return {"service_id": service, "datetime": stamp(day, at), "resource_ids": [cast.ANNA]}


def _all_day(subject: str, day: int, days: int) -> Json:
    return cast.event(subject, day, "00:00", days * 24 * 60, isAllDay=True)


def _weekly(day: int, times: int) -> Json:
    first = cast.first_day() + timedelta(days=day)
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"}
    span = {"type": "numbered", "startDate": first.isoformat(), "numberOfOccurrences": times}
    return {"pattern": pattern, "range": span | {"recurrenceTimeZone": cast.WINDOWS_ZONE}}


async def _titled(scene: Scene, title: str) -> list[Json]:
    return [a for a in await scene.appointments(cast.ANNA) if a["title"] == title]


async def _team(scene: Scene) -> list[Times]:
    return sorted(appointment_times(a) for a in await _titled(scene, "Team"))


async def _at(scene: Scene, times: Times) -> Json:
    found = [a for a in await scene.appointments(cast.ANNA) if appointment_times(a) == times]
    expect("appointments at that time", len(found), 1)
    return found[0]


async def _log(scene: Scene) -> list[Json]:
    return await scene.actors.items(f"{cast.COMPANY}/resources/{cast.ANNA}/log")
