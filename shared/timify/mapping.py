"""Appointments of the DevAPI as bookings of one resource, and our drafts and changes as its request bodies.

Facts it rests on: `bookings[]` has one entry per day, batch (work interval of a split booking) and resource; times are
UTC. Unproven, so decided per entry: whether `interval` already holds preparation and follow-up time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.domain.failures import Refused, Transient
from shared.domain.items import Booking, Change, Draft
from shared.domain.links import key_of_mark
from shared.domain.spans import Span
from shared.timify.raw import (
    as_count,
    as_id,
    as_line,
    as_list,
    as_minutes,
    as_moment,
    as_object,
    as_objects,
    as_text,
    clean_line,
    clean_text,
)

type Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Batch:
    """One work interval of one day: the work itself, and its preparation and follow-up in minutes."""

    day: str
    work: Span
    before: int
    after: int


def to_bookings(raw: object, resource_id: str) -> list[Booking]:
    """The occurrences of an appointment on one resource, in order of time; none when nothing of it can be read."""
    appointment = as_object(raw)
    appointment_id = as_id(appointment.get("id"))
    recurring = appointment.get("recurring") not in (None, False)
    days: dict[str, list[_Batch]] = {}
    for batch in _batches(appointment, resource_id, recurring) if appointment_id else ():
        days.setdefault(batch.day, []).append(batch)
    if not days:
        return []
    connected = recurring or len(days) > 1
    common = replace(_facts(appointment, appointment_id), connected=connected)
    found = [_occurrence(common, day, batches) for day, batches in days.items()]
    return sorted(found, key=lambda booking: (booking.span, booking.id))


def bookings_of(raw: object, appointment_id: str, resource_id: str) -> list[Booking]:
    """The same of an answer about one appointment; none when it is of others only.

    Raises Transient when it does not say so: an original may be deleted because its copy is not there.
    """
    found = to_bookings(raw, resource_id)
    if not found:
        appointment, named = as_object(raw), resource_ids_of(raw)
        of_others = resource_id not in named and bool(named or as_objects(appointment.get("bookings")))
        if as_id(appointment.get("id")) != appointment_id or not of_others:
            raise Transient("timify_unreadable")
    return found


def resource_ids_of(raw: object) -> tuple[str, ...]:
    """The resources of an appointment, in its own order."""
    appointment = as_object(raw)
    named = [
        as_id(item.get("id") if isinstance(item, dict) else item) for item in as_list(appointment.get("resources"))
    ]
    booked = [as_id(entry.get("resourceId")) for entry in as_objects(appointment.get("bookings"))]
    return tuple(dict.fromkeys(key for key in (*named, *booked) if key))


def creation_body(draft: Draft, mark: str, span: Span, resource_id: str) -> dict[str, Any]:
    """POST: an appointment without a service and without people, marked as ours."""
    body = {
        "title": clean_line(draft.title),
        "datetime": _date_time(span.start),
        "duration": span.minutes,
        "resource_ids": [resource_id],
        "external_id": mark,
    }
    notes = clean_text(draft.notes)
    return body | {"notes": notes} if notes else body


def change_body(booking: Booking, change: Change) -> dict[str, Any]:
    """PATCH: what changes and nothing else; empty when nothing does. The DevAPI's own times are those of the work.

    Raises Refused("connected_series"): the DevAPI can only change the whole series; Refused("split_length"): which of
    its intervals should grow cannot be said; Refused("too_short"): no work would be left.
    """
    if booking.connected:
        raise Refused("connected_series")
    body: dict[str, Any] = {}
    if change.title is not None:
        body["title"] = clean_line(change.title)
    if change.notes is not None:
        body["notes"] = clean_text(change.notes)
    if change.when is not None:
        if not isinstance(change.when, Span):
            raise Refused("whole_days")
        body |= _time_body(booking, change.when)
    return body


def _time_body(booking: Booking, span: Span) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if span.start != booking.span.start:
        body["datetime"] = _date_time(span.start + timedelta(minutes=booking.before))
    if span.minutes != booking.span.minutes:
        if booking.split:
            raise Refused("split_length")
        body["duration"] = span.minutes - booking.before - booking.after
        if body["duration"] <= 0:
            raise Refused("too_short")
    return body


def _date_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _batches(appointment: Raw, resource_id: str, recurring: bool) -> list[_Batch]:
    everywhere = resource_id in resource_ids_of(appointment)
    entries: Sequence[Raw] = as_objects(appointment.get("bookings"))
    if not entries:
        entries = [_from_outline(appointment)] if everywhere else []
    found: dict[Span, _Batch] = {}
    for entry in entries:
        owner = as_id(entry.get("resourceId"))
        batch = _batch(entry, appointment, recurring) if owner == resource_id or (everywhere and not owner) else None
        if batch is not None:
            found.setdefault(batch.work, batch)
    return list(found.values())


def _from_outline(appointment: Raw) -> Raw:
    """Where the occurrences are missing: one entry made of the appointment's own start and length."""
    pattern = sum(as_minutes(part) or 0 for part in as_list(appointment.get("durationsPattern")))
    length = min(max(as_minutes(appointment.get("duration")) or 0, pattern), 366 * 24 * 60)
    return {"startDate": appointment.get("startDate"), "duration": length}


def _batch(entry: Raw, appointment: Raw, recurring: bool) -> _Batch | None:
    interval = as_object(entry.get("interval"))
    begin = as_moment(interval.get("begin")) or as_moment(entry.get("startDate"))
    if begin is None:
        return None
    length = as_minutes(entry.get("duration"))
    end = max(as_moment(interval.get("end")) or begin + timedelta(minutes=length or 0), begin)
    before, after = (_side(entry, appointment, name) for name in ("durationBefore", "durationAfter"))
    total = as_minutes(entry.get("durationTotal"))
    if total is None and length is not None:
        total = before + length + after
    stretch = Span(begin, end).minutes
    if total and stretch >= total and stretch != length:  # preparation and follow-up are inside already
        inner = Span(begin + timedelta(minutes=before), end - timedelta(minutes=after))
        begin, end = (inner.start, inner.end) if not inner.empty else (begin, end)
    return _Batch(_day(entry, begin, recurring), Span(begin, end), before, after)


def _side(entry: Raw, appointment: Raw, name: str) -> int:
    own = as_minutes(entry.get(name))
    return own if own is not None else as_minutes(appointment.get(name)) or 0


def _day(entry: Raw, begin: datetime, recurring: bool) -> str:
    named = entry.get("recurringDay")
    try:
        return date.fromisoformat(named).isoformat() if isinstance(named, str) else _own_day(begin, recurring)
    except ValueError:
        return _own_day(begin, recurring)


def _own_day(begin: datetime, recurring: bool) -> str:
    return begin.date().isoformat() if recurring else ""


def _occurrence(common: Booking, day: str, batches: list[_Batch]) -> Booking:
    first = min(batches, key=lambda batch: batch.work.start)
    last = max(batches, key=lambda batch: batch.work.end)
    work = Span(first.work.start, last.work.end)
    return replace(
        common,
        id=f"{common.appointment_id}@{day}" if common.connected else common.appointment_id,
        span=work.extended(timedelta(minutes=first.before), timedelta(minutes=last.after)),
        before=first.before,
        after=last.after,
        split=common.split or len(batches) > 1,
    )


_NOWHEN = datetime(1900, 1, 1, tzinfo=UTC)


def _facts(appointment: Raw, appointment_id: str) -> Booking:
    """What all occurrences have in common; id and times are still to come."""
    mark = as_id(appointment.get("externalId"))
    service = appointment.get("service")
    group = appointment.get("isCourse") is True
    resources = as_objects(appointment.get("resources"))
    return Booking(
        id=appointment_id,
        appointment_id=appointment_id,
        version=as_id(appointment.get("timestamp")) or as_id(appointment.get("updatedAt")),
        span=Span(_NOWHEN, _NOWHEN),
        split=len(as_list(appointment.get("durationsPattern"))) > 1,
        title=as_line(appointment.get("title")),
        notes=as_text(appointment.get("notes")),
        service=as_line(service.get("name") if isinstance(service, dict) else service),
        customers=_names(appointment),
        resource_ids=resource_ids_of(appointment),
        resource_names=tuple(name for name in (as_line(item.get("name")) for item in resources) if name),
        data_fields=_data_fields(appointment),
        group=group,
        participants=as_count(appointment.get("participants")) if group else 0,
        max_participants=as_count(appointment.get("maxParticipants")) if group else 0,
        reserved=bool(appointment.get("reservedUntil") or appointment.get("scheduledForDeletionAt")),
        mark=mark if key_of_mark(mark) else None,
    )


def _names(appointment: Raw) -> tuple[str, ...]:
    people = as_objects(appointment.get("customers")) or as_objects(appointment.get("singleCustomers"))
    names = (
        as_line(person.get("fullName"))
        or f"{as_line(person.get('firstName'))} {as_line(person.get('lastName'))}".strip()
        for person in people
    )
    return tuple(name for name in names if name)


def _data_fields(appointment: Raw) -> tuple[tuple[str, str], ...]:
    fields = as_objects(appointment.get("customfields"))
    pairs = ((as_line(item.get("label")), _value(item.get("value")) or _value(item.get("values"))) for item in fields)
    return tuple((label, value) for label, value in pairs if label and value)


def _value(value: object) -> str:
    """The value of a data field as people read it: text, a number, or several of them."""
    if isinstance(value, list):
        return ", ".join(part for part in (_value(item) for item in value if not isinstance(item, list | dict)) if part)
    if isinstance(value, float):
        return str(value)
    return as_line(value) or as_id(value)
