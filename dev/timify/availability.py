"""Room in the calendar: overlaps and bookings outside working times are taken, unless the account forbids them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dev.timify.errors import BadRequest, Refused
from dev.timify.store import Company, Json
from dev.timify.times import minute_of_day, parse_zone, read_iso

DENIALS = ("VACATION", "SICK", "BLOCKER")
_MINUTES_OF_A_DAY = 24 * 60


def check(company: Company, appointment: Json) -> None:
    """Raise Refused or BadRequest when an option of the account forbids the appointment."""
    if company.option("refuse_outside_working_times"):
        for booking in appointment["bookings"]:
            if not _is_working(company, booking):
                raise BadRequest("The booking is outside the working times of the resource")
    if company.option("refuse_overlaps"):
        for booking in appointment["bookings"]:
            if _is_taken(company, appointment["id"], booking):
                raise Refused("The resource already has a booking at this time")


def blocked_span(booking: Json) -> tuple[datetime, datetime]:
    """Begin and end of what a booking blocks, preparation and follow-up included."""
    begin = read_iso(booking["interval"]["begin"]) - timedelta(minutes=booking.get("durationBefore") or 0)
    end = read_iso(booking["interval"]["end"]) + timedelta(minutes=booking.get("durationAfter") or 0)
    return begin, end


def _is_taken(company: Company, own_id: str, booking: Json) -> bool:
    begin, end = blocked_span(booking)
    margin = timedelta(days=1)  # the index knows the work only, not preparation and follow-up
    for other in company.touching(begin - margin, end + margin):
        for taken in other["bookings"] if other["id"] != own_id else ():
            starts, ends = blocked_span(taken)
            if taken["resourceId"] == booking["resourceId"] and starts < end and ends > begin:
                return True
    return False


def _is_working(company: Company, booking: Json) -> bool:
    resource = company.resources.get(booking["resourceId"], {})
    zone = parse_zone("timezone", (resource.get("calendar") or {}).get("timezone") or company.timezone)
    begin, end = blocked_span(booking)
    return all(
        _covers(_working_spans(company, resource, day), first, last) for day, first, last in _days(begin, end, zone)
    )


def _days(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[date, int, int]]:
    """The local days of a span, each with the minutes of the day from and to."""
    local, stop = begin.astimezone(zone), end.astimezone(zone)
    day = local.date()
    while day <= stop.date():
        first = local.hour * 60 + local.minute if day == local.date() else 0
        last = stop.hour * 60 + stop.minute if day == stop.date() else _MINUTES_OF_A_DAY
        if last > first:
            yield day, first, last
        day += timedelta(days=1)


def _working_spans(company: Company, resource: Json, day: date) -> list[tuple[int, int]]:
    shifts = [shift for shift in company.timeshifts.values() if _is_on(shift, resource.get("id"), day)]
    own = next((shift["workingTimes"] for shift in shifts if shift.get("workingTimes")), None)
    spans = _spans(own if own is not None else weekly_times(resource, day))
    for shift in shifts:
        if shift.get("denialReason") in DENIALS:
            denied = shift.get("denialTimes") or [{"begin": "00:00", "end": "24:00"}]
            spans = [rest for span in spans for rest in _without(span, _spans(denied))]
    return spans


def weekly_times(resource: Json, day: date) -> list[Json]:
    """The weekly working times of the resource on this day; one without any works around the clock."""
    week = (resource.get("calendar") or {}).get("workingTimes")
    if not week:
        return [{"begin": "00:00", "end": "24:00"}]
    entry: dict[str, Any] = week[day.isoweekday() % 7]  # index 0 is Sunday
    return list(entry.get("times") or []) if entry.get("isActive") else []


def _is_on(shift: Json, resource_id: str | None, day: date) -> bool:
    interval = shift["interval"]
    return shift.get("resourceId") == resource_id and interval["begin"] <= day.isoformat() <= interval["end"]


def _spans(times: list[Json]) -> list[tuple[int, int]]:
    """Times of day as minutes; seeds may spell them begin/end or beginTime/endTime."""
    return [
        (minute_of_day(time.get("begin") or time["beginTime"]), minute_of_day(time.get("end") or time["endTime"]))
        for time in times
    ]


def _without(span: tuple[int, int], denied: list[tuple[int, int]]) -> list[tuple[int, int]]:
    rest = [span]
    for begin, end in denied:
        rest = [
            part
            for first, last in rest
            for part in ((first, min(last, begin)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return rest


def _covers(spans: list[tuple[int, int]], first: int, last: int) -> bool:
    reached = first
    for begin, end in sorted(spans):
        if begin <= reached < end:
            reached = end
    return reached >= last
