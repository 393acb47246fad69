"""What a write makes of an event: checks, defaults, and the traces that Exchange leaves."""

import json
from datetime import datetime, time, timedelta
from typing import Any

from dev.outlook import bodies, ids, recurrence, zones
from dev.outlook.errors import Body, GraphError, Json, invalid
from dev.outlook.store import Calendar, span_of

_CHOICES = {
    "showAs": ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "importance": ("low", "normal", "high"),
}
WRITABLE = frozenset(
    (
        *("subject", "body", "start", "end", "isAllDay", "location", "locations", "attendees", "categories"),
        *("recurrence", "showAs", "sensitivity", "importance", "isReminderOn", "reminderMinutesBeforeStart"),
        *("responseRequested", "allowNewTimeProposals", "hideAttendees", "isOnlineMeeting", "onlineMeetingProvider"),
        *("transactionId", "singleValueExtendedProperties"),
    )
)
_READ_ONLY = frozenset(
    (
        *("id", "changeKey", "iCalUId", "uid", "createdDateTime", "lastModifiedDateTime", "bodyPreview", "webLink"),
        *("originalStart", "originalStartTimeZone", "originalEndTimeZone", "seriesMasterId", "type", "isCancelled"),
        *("isDraft", "isOrganizer", "organizer", "responseStatus", "hasAttachments", "onlineMeeting"),
        *("onlineMeetingUrl", "cancelledOccurrences", "multiValueExtendedProperties", "extensions", "attachments"),
    )
)
NEVER = "0001-01-01T00:00:00Z"
MOST_ATTENDEES = 500
_TIMES = ("start", "end", "isAllDay")


def checked(body: Json) -> Body:
    """The writable part of a request body; what is read-only is ignored. Raises GraphError (400)."""
    if not isinstance(body, dict):
        raise invalid("Empty Payload. JSON content expected.", "BadRequest")
    for name, value in body.items():
        known = name in WRITABLE or name in _READ_ONLY or "@" in name
        if not known:
            message = f"The property '{name}' does not exist on type 'microsoft.graph.event'."
            raise invalid(message, "RequestBodyRead")
        if name in _CHOICES and value is not None and str(value).lower() not in map(str.lower, _CHOICES[name]):
            raise invalid(f"Requested value '{value}' was not found.", "RequestBodyRead")
    sent = {name: value for name, value in body.items() if name in WRITABLE}
    for name in _CHOICES.keys() & sent.keys():
        sent[name] = next((v for v in _CHOICES[name] if v.lower() == str(sent[name]).lower()), _CHOICES[name][0])
    if len(sent.get("attendees") or []) > MOST_ATTENDEES:
        raise invalid("The number of attendees exceeds the maximum of 500.", "ErrorInvalidRecipients")
    return sent


def fingerprint(calendar: Calendar, body: Body) -> str:
    """The same for the same request to the same calendar."""
    return calendar.id + json.dumps(body, sort_keys=True)


def created(calendar: Calendar, sent: Body, now: datetime) -> Body:
    """A new event from the writable fields of a request."""
    mailbox = calendar.mailbox
    if not isinstance(sent.get("start"), dict) or not isinstance(sent.get("end"), dict):
        raise invalid("The Start and End properties are required.", "ErrorPropertyValidationFailure")
    owner = {"emailAddress": {"name": mailbox.name, "address": mailbox.upn}}
    raw: Body = {
        "id": ids.new_item(),
        "createdDateTime": zones.stamp(now),
        "iCalUId": ids.new_uid(),
        **_defaults(),
        "organizer": owner,
    }
    raw["webLink"] = f"https://outlook.office365.com/owa/?itemid={raw['id']}&exvsurl=1&path=/calendar/item"
    if sent.get("transactionId"):
        raw["transactionId"] = sent["transactionId"]
    apply(calendar, raw, sent, now)
    raw["originalStartTimeZone"] = raw["start"]["timeZone"]
    raw["originalEndTimeZone"] = raw["end"]["timeZone"]
    return raw


def _defaults() -> Body:
    return {
        "categories": [],
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": True,
        "hasAttachments": False,
        "hideAttendees": False,
        "subject": "",
        "bodyPreview": "",
        "importance": "normal",
        "sensitivity": "normal",
        "isAllDay": False,
        "isCancelled": False,
        "isDraft": False,
        "isOrganizer": True,
        "responseRequested": True,
        "seriesMasterId": None,
        "showAs": "busy",
        "type": "singleInstance",
        "onlineMeetingUrl": None,
        "isOnlineMeeting": False,
        "onlineMeetingProvider": "unknown",
        "onlineMeeting": None,
        "allowNewTimeProposals": True,
        "recurrence": None,
        "attendees": [],
        "responseStatus": {"response": "organizer", "time": NEVER},
        "body": {"contentType": "html", "content": ""},
        "location": _place({}),
        "locations": [],
    }


def apply(calendar: Calendar, raw: Body, sent: Body, now: datetime) -> None:
    """Change `raw` (a copy) in place by the writable fields sent, as Exchange would. Raises GraphError."""
    times = _times(raw, sent)
    rule = _rule(raw, sent, times)
    plain = {"transactionId", "body", "location", "locations", "attendees", "recurrence", *_TIMES}
    online = {"isOnlineMeeting", "onlineMeetingProvider", "singleValueExtendedProperties"}
    raw.update({name: value for name, value in sent.items() if name not in plain | online})
    raw.update(times)
    raw.update(rule)
    if "body" in sent:
        raw["body"] = bodies.stored(sent["body"])
    if "location" in sent or "locations" in sent:
        raw.update(_places(sent))
    if "attendees" in sent:
        raw["attendees"] = [_attendee(attendee, raw.get("attendees")) for attendee in sent["attendees"] or []]
    if "singleValueExtendedProperties" in sent:
        raw["singleValueExtendedProperties"] = _extended(raw, sent["singleValueExtendedProperties"])
    _online(calendar, raw, sent)
    if "body" in sent:
        raw["bodyPreview"] = bodies.preview(raw["body"])
    key = ids.new_change_key()
    raw |= {"changeKey": key, "@odata.etag": ids.etag(key), "lastModifiedDateTime": zones.stamp(now)}


def _times(raw: Body, sent: Body) -> Body:
    if not any(name in sent for name in _TIMES):
        return {}
    merged = {name: sent.get(name, raw.get(name)) for name in _TIMES}
    for name in ("start", "end"):
        if name in sent:
            merged[name] = _moment(sent[name])
    start, end = zones.wall(merged["start"]), zones.wall(merged["end"])
    if start is None or end is None:
        raise invalid("The Start and End properties are required.", "ErrorPropertyValidationFailure")
    if merged["isAllDay"] is True:
        _check_all_day(merged, start, end)
    span = span_of(merged)
    if span is None or span.end < span.start or (merged["isAllDay"] is True and span.end == span.start):
        raise invalid("The end date is earlier than the start date.", "ErrorCalendarEndDateIsEarlierThanStartDate")
    return merged


def _check_all_day(merged: Body, start: datetime, end: datetime) -> None:
    for name, moment in (("Start", start), ("End", end)):
        if moment.time() != time():
            raise invalid(f"The Event.{name} property for an all-day event needs to be set to midnight.")
    if merged["start"].get("timeZone") != merged["end"].get("timeZone"):
        raise invalid("The Event.Start and Event.End of an all-day event need to be in the same time zone.")


def _moment(value: Json) -> Body:
    moment = zones.parse(value.get("dateTime")) if isinstance(value, dict) else None
    if moment is None:
        raise invalid("The value of the dateTime property is not valid.", "ErrorPropertyValidationFailure")
    name = value.get("timeZone") or zones.UTC_NAME
    zone = zones.require(name)
    return {"dateTime": zones.written(moment.astimezone(zone) if moment.tzinfo else moment), "timeZone": name}


def _rule(raw: Body, sent: Body, times: Body) -> Body:
    rule = sent["recurrence"] if "recurrence" in sent else raw.get("recurrence")
    if raw.get("type") in ("occurrence", "exception"):
        if sent.get("recurrence") is not None:
            raise invalid("An occurrence cannot have a recurrence.", "ErrorInvalidRecurrence")
        return {}
    if rule is None:
        return {"recurrence": None, "type": "singleInstance"}
    start = times.get("start") or raw["start"]
    wall = zones.wall(start)
    if wall is None or not ("recurrence" in sent or times):
        return {}
    if "recurrence" not in sent:  # the start moved: the rule follows it
        rule = rule | {"range": rule["range"] | {"startDate": wall.date().isoformat()}}
    full = recurrence.completed(rule, wall.date(), start.get("timeZone") or zones.UTC_NAME)
    first = next(recurrence.dates(full, wall.date() + timedelta(days=3700)), wall.date())
    shift = first - wall.date()
    end = times.get("end") or raw["end"]
    return {"recurrence": full, "type": "seriesMaster"} | {
        name: value | {"dateTime": zones.written((zones.wall(value) or wall) + shift)}
        for name, value in (("start", start), ("end", end))
        if shift
    }


def _place(location: Body) -> Body:
    name = location.get("displayName") or ""
    full = {"displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private"}
    return full | {k: v for k, v in location.items() if v is not None} if name else {**full, **location}


def _places(sent: Body) -> Body:
    if "locations" in sent:
        every = [_place(place) for place in sent["locations"] or []]
        joined = "; ".join(place["displayName"] for place in every)
        return {"location": _place({"displayName": joined}), "locations": every}
    place = _place(sent["location"] or {})
    return {"location": place, "locations": [place] if place["displayName"] else []}


def _attendee(sent: Body, before: Json) -> Body:
    address = (sent.get("emailAddress") or {}).get("address")
    known = [old for old in before or [] if (old.get("emailAddress") or {}).get("address") == address]
    status = known[0].get("status") if known else None
    return {
        "type": str(sent.get("type") or "required").lower(),
        "status": status or {"response": "none", "time": NEVER},
        "emailAddress": sent.get("emailAddress") or {},
    }


def _extended(raw: Body, sent: list[dict[str, Any]]) -> list[Body]:
    kept = {prop["id"]: prop for prop in raw.get("singleValueExtendedProperties") or []}
    for prop in sent or []:
        if not isinstance(prop, dict) or not prop.get("id") or not isinstance(prop.get("value"), str):
            raise invalid("The extended property is not valid.", "ErrorInvalidExtendedProperty")
        kept[prop["id"]] = {"id": prop["id"], "value": prop["value"]}
    return list(kept.values())


def _online(calendar: Calendar, raw: Body, sent: Body) -> None:
    meeting = raw.get("onlineMeeting")
    if isinstance(meeting, dict):
        blob = str(meeting.get("joinUrl"))
        if "body" in sent and blob not in raw["body"]["content"]:  # the meeting's block was overwritten
            raw |= {"onlineMeeting": None, "isOnlineMeeting": False, "onlineMeetingProvider": "unknown"}
        return
    provider = sent.get("onlineMeetingProvider") or "teamsForBusiness"
    allowed = calendar.raw.get("allowedOnlineMeetingProviders", ["teamsForBusiness"]) or []
    if sent.get("isOnlineMeeting") is not True or provider not in allowed:
        return  # silently ignored, as observed
    url = f"https://teams.microsoft.com/l/meetup-join/{raw['id'][-12:]}"
    raw |= {"isOnlineMeeting": True, "onlineMeetingProvider": provider, "onlineMeeting": {"joinUrl": url}}
    raw["body"] = bodies.with_blob(raw["body"], f'<a href="{url}">Join Microsoft Teams Meeting</a>')
    raw["bodyPreview"] = bodies.preview(raw["body"])


def check_transaction(raw: Body, sent: Body) -> None:
    """A transaction id is set once."""
    if "transactionId" in sent and sent["transactionId"] != raw.get("transactionId"):
        raise GraphError(400, "ErrorPropertyValidationFailure", "The transactionId property cannot be changed.")
