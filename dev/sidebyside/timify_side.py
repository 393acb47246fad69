"""The TIMIFY side of the page: one resource's calendar. Shown from the company's raw state, changed through the DevAPI
as a person of the company."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from dev.actors import Json
from dev.sidebyside.entry import Entry, moment, pair_of, wall
from dev.sidebyside.people import People, Refusal
from shared.domain.items import Side


class TimifySide:
    """`company` is the raw company as the simulator gives it back."""

    def __init__(self, people: People, company: Json, resource_id: str, zone: ZoneInfo) -> None:
        self._people = people
        self._company = company
        self._resource_id = resource_id
        self._zone = zone

    def entries(self, first: date, last: date) -> list[Entry]:
        """Every occurrence on the resource from the day `first` to before the day `last`."""
        start, end = moment(first.isoformat(), self._zone), moment(last.isoformat(), self._zone)
        return [
            self._entry(appointment, day, *span)
            for appointment in self._company["appointments"]
            for day, span in _spans(appointment, self._resource_id)
            if span[0] < end and span[1] > start
        ]

    async def create(self, wanted: Json) -> None:
        """With a `service_id` a booking, for the customer of the given name if there is one; else a plain entry."""
        start, end = (moment(wanted[name], self._zone) for name in ("start", "end"))
        body: Json = {"datetime": _written(start), "resource_ids": [self._resource_id]}
        if wanted.get("service_id"):
            body["service_id"] = wanted["service_id"]
            first, _, last = str(wanted.get("title") or "").strip().partition(" ")
            body |= {"customers": [{"firstName": first, "lastName": last}]} if first else {}
        else:
            body |= {"title": wanted.get("title") or "", "duration": _minutes(end - start)}
        await self._ask("POST", "/appointments", body)

    async def change(self, item_id: str, wanted: Json) -> None:
        """Title and time. A move is given as times of the whole entry, preparation and follow-up included; the DevAPI
        wants those of the work, so that only differences are passed on. A connected series moves as a whole."""
        key, _, day = item_id.partition("@")
        appointment = self._found(key)
        body: Json = {"title": wanted["title"]} if "title" in wanted else {}
        if "start" in wanted:
            spans = dict(_spans(appointment, self._resource_id))
            start, end = spans.get(day) or next(iter(spans.values()))
            new_start, new_end = (moment(wanted[name], self._zone) for name in ("start", "end"))
            if new_start != start:
                body["datetime"] = _written(_utc(appointment["startDate"]) + (new_start - start))
            if new_end - new_start != end - start:
                body["duration"] = appointment["duration"] + _minutes((new_end - new_start) - (end - start))
        if body:
            await self._ask("PATCH", f"/appointments/{key}", body)

    async def delete(self, item_id: str) -> None:
        """The appointment; a connected series goes as a whole."""
        await self._ask("DELETE", f"/appointments/{item_id.partition('@')[0]}")

    async def _ask(self, method: str, path: str, body: Json | None = None) -> None:
        await self._people.timify(self._company["id"], method, path, body)

    def _found(self, key: str) -> Json:
        every: list[Json] = self._company["appointments"]
        found = next((each for each in every if each["id"] == key), None)
        if found is None:
            raise Refusal(404, "TIMIFY: this booking is gone.")
        return found

    def _entry(self, appointment: Json, day: str, start: datetime, end: datetime) -> Entry:
        own = f"{appointment['id']}@{day}" if day else appointment["id"]
        mark = appointment.get("externalId")
        service = (appointment.get("service") or {}).get("name") or ""
        customers = ", ".join(each.get("fullName") or "" for each in appointment["customers"])
        return Entry(
            id=own,
            pair=pair_of(self._resource_id, Side.TIMIFY, own, mark),
            title=appointment["title"] or service,
            note=_seats(appointment) if appointment["isCourse"] else customers,
            start=wall(start, self._zone),
            end=wall(end, self._zone),
            copy=str(mark or "").startswith("tfy-"),
            marks=_marks(appointment, day),
        )


def working_times(resource: Json, first: date) -> list[list[list[str]]]:
    """The weekly working times of the seven days from `first`, each a list of [begin, end] as `HH:MM`."""
    week = (resource.get("calendar") or {}).get("workingTimes") or []
    days = [first + timedelta(days=number) for number in range(7)]
    if not week:
        return [[["00:00", "24:00"]] for _ in days]
    entries = [week[each.isoweekday() % 7] for each in days]  # index 0 is Sunday
    return [[[time["begin"], time["end"]] for time in entry["times"]] if entry["isActive"] else [] for entry in entries]


def _spans(appointment: Json, resource_id: str) -> list[tuple[str, tuple[datetime, datetime]]]:
    """(day, span) of each occurrence on the resource, preparation and follow-up included; the day is empty unless the
    occurrences are connected."""
    booked = [each for each in appointment["bookings"] if each["resourceId"] == resource_id]
    booked.sort(key=lambda each: (each["recurringDay"] or "", each["interval"]["begin"]))
    days = [(day, list(batches)) for day, batches in groupby(booked, lambda each: each["recurringDay"] or "")]
    connected = bool(appointment.get("recurring")) or len(days) > 1
    return [(day if connected else "", _span(batches)) for day, batches in days]


def _span(batches: list[Json]) -> tuple[datetime, datetime]:
    start = _utc(batches[0]["interval"]["begin"]) - timedelta(minutes=batches[0].get("durationBefore") or 0)
    end = _utc(batches[-1]["interval"]["end"]) + timedelta(minutes=batches[-1].get("durationAfter") or 0)
    return start, end


def _marks(appointment: Json, day: str) -> list[str]:
    special = {
        "connected series": bool(day),
        "series": bool(appointment.get("chainId")),
        "split": len(appointment.get("durationsPattern") or []) > 1,
        "group": bool(appointment["isCourse"]),
        "reserved": bool(appointment.get("reservedUntil")),
        "several resources": len(appointment["resources"]) > 1,
    }
    return [word for word, holds in special.items() if holds]


def _seats(appointment: Json) -> str:
    return f"{len(appointment['participants'])} of {appointment['maxParticipants']} participants"


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60
