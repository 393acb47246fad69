"""Raw Graph events to our events, drafts and changes to Graph's JSON. Reading takes anything and never raises."""

from dataclasses import replace
from typing import Any

from shared.domain.items import Change, Draft, Event, ShowAs
from shared.domain.links import key_of_mark
from shared.domain.spans import Days, When
from shared.outlook.bodies import EventBody, TextBody
from shared.outlook.text import excerpt, notes_of, title_of
from shared.outlook.times import wall_clocks, when_of

type Json = Any  # whatever json.loads gives: narrowed where it is read

CATEGORY = "TIMIFY"
TAG = "String {7d1b0f0e-93a6-4c8e-9b51-5f2c7a4e6d18} Name TimifySync"
"""Our extended property: the durable tag of a copy. The guid must never change, or old copies are not found again."""

_PUBLIC = frozenset(("normal", "personal"))


def event_of(raw: Json) -> Event | None:
    """An event, an occurrence or an exception as Graph answered it; None for what has no id."""
    if not isinstance(raw, dict) or not (event_id := _text(raw, "id")):
        return None
    attendees = bool(raw.get("attendees"))
    organizer = raw.get("isOrganizer")
    mark = _text(raw, "transactionId")
    return Event(
        id=event_id,
        version=_text(raw, "@odata.etag"),
        when=_when(raw),
        title=title_of(_text(raw, "subject")),
        notes=_notes(raw),
        show_as=_show_as(raw.get("showAs")),
        private=_lower(raw, "sensitivity") not in _PUBLIC if raw.get("sensitivity") else False,
        cancelled=raw.get("isCancelled") is True,
        declined=_lower(raw.get("responseStatus"), "response") == "declined",
        organizer=organizer if isinstance(organizer, bool) else not attendees,
        attendees=attendees,
        series=master_id(raw),
        mark=mark if key_of_mark(mark) else None,
        category=CATEGORY in raw["categories"] if isinstance(raw.get("categories"), list) else False,
    )


def tagged(event: Event, mark: str) -> Event:
    """An event that was found by our tag, which Graph does not echo."""
    return replace(event, mark=mark)


def tag_of(raw: Json) -> str | None:
    """The mark in our extended property, where a read asked for it; None when there is none of ours."""
    listed = raw.get("singleValueExtendedProperties") if isinstance(raw, dict) else None
    values = [_text(each, "value") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return next((value for value in values if key_of_mark(value)), None)


def removed_id(row: Json) -> str | None:
    """The id in a tombstone of a delta page; None for any other row."""
    return (_text(row, "id") or None) if isinstance(row, dict) and "@removed" in row else None


def master_id(row: Json) -> str | None:
    """The series that a delta row belongs to (stub, exception or the master itself); None for a single event."""
    if _lower(row, "type") == "seriesmaster":
        return _text(row, "id") or None
    return _text(row, "seriesMasterId") or None


def is_whole(row: Json) -> bool:
    """Does a delta row speak for itself (a single event or an exception), instead of only naming its series?"""
    return master_id(row) is None or (_lower(row, "type") == "exception" and not is_sparse(row))


def is_sparse(row: dict[str, Json]) -> bool:
    """Does a row lack what makes an event, so that it must be read by itself?"""
    return "start" not in row


def creation(draft: Draft, mark: str) -> EventBody:
    """The body that makes a copy: busy, in our category, marked twice, with nobody invited."""
    return {
        "subject": title_of(draft.title),
        "body": _plain(draft.notes),
        **_time(draft.when),
        "showAs": "busy",
        "categories": [CATEGORY],
        "transactionId": mark,
        "singleValueExtendedProperties": [{"id": TAG, "value": mark}],
    }


def modification(change: Change) -> EventBody:
    """The body of a PATCH: only what the change names."""
    body: EventBody = {} if change.when is None else _time(change.when)
    if change.title is not None:
        body["subject"] = title_of(change.title)
    if change.notes is not None:
        body["body"] = _plain(change.notes)
    return body


def _time(when: When) -> EventBody:
    start, end = wall_clocks(when)
    return {"start": start, "end": end, "isAllDay": isinstance(when, Days)}


def _plain(notes: str) -> TextBody:
    return {"contentType": "text", "content": notes_of(notes)}


def _when(raw: dict[str, Json]) -> When:
    zone = raw.get("originalStartTimeZone")
    return when_of(raw.get("start"), raw.get("end"), all_day=raw.get("isAllDay") is True, fallback_zone=zone)


def _notes(raw: dict[str, Json]) -> str:
    body = raw.get("body")
    is_html = _lower(body, "contentType") == "html"
    return excerpt(_text(body, "content"), is_html=is_html, location=_location(raw))


def _location(raw: dict[str, Json]) -> str:
    name = _text(raw.get("location"), "displayName")
    if name:
        return name
    several = raw.get("locations")
    names = [_text(place, "displayName") for place in several] if isinstance(several, list) else []
    return "; ".join(filter(None, names))


def _show_as(value: Json) -> ShowAs:
    if value is None:
        return ShowAs.BUSY  # private events of others come stripped: better blocked than double-booked
    return next((known for known in ShowAs if known == value), ShowAs.UNKNOWN)


def _text(holder: Json, name: str) -> str:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""


def _lower(holder: Json, name: str) -> str:
    return _text(holder, name).lower()
