"""Raw events of the shapes that Exchange has been seen to hold, written by hand: each hard for a reason of its own.

`{day}` in a text is a day of the window; `EVENTS` names each case by what is wrong with it.
"""

import json
from datetime import date
from typing import Any

type Json = dict[str, Any]

UTC_ZONE = "UTC"


def _timed(start: str, end: str, zone: str | None = UTC_ZONE, **more: Any) -> Json:
    edges = {"start": {"dateTime": f"{{day}}T{start}"}, "end": {"dateTime": f"{{day}}T{end}"}}
    for edge in edges.values():
        if zone is not None:
            edge["timeZone"] = zone
    return {"subject": "Hard", **edges, **more}


def _series(pattern: Json, span: Json, **more: Any) -> Json:
    rule = {"pattern": pattern, "range": {"startDate": "{day}", "recurrenceTimeZone": UTC_ZONE, **span}}
    return _timed("06:00:00", "06:10:00", type="seriesMaster", recurrence=rule, **more)


EVENTS: dict[str, Json] = {
    "no subject at all": _timed("00:00:00", "00:10:00", subject=None),
    "white space for a subject": _timed("00:10:00", "00:20:00", subject="\t \n "),
    "a subject longer than any column": _timed("00:20:00", "00:30:00", subject="x" * 5000),
    "control characters and a change of direction": _timed("00:30:00", "00:40:00", subject="a\x00b\u202e c\x1b[0m"),
    "emoji and right to left": _timed("00:40:00", "00:50:00", subject="👩‍🦰💇‍♀️ פגישה خدمة"),
    "a body that is markup all the way": _timed(
        "00:50:00",
        "01:00:00",
        body={
            "contentType": "html",
            "content": "<div>" * 2000 + "<script>x</script>&amp;&#0;&bogus; <b>y" + "</p>" * 99,
        },
    ),
    "a body of fifty thousand characters": _timed(
        "01:00:00", "01:10:00", body={"contentType": "text", "content": "long story " * 4_500}
    ),
    "no body": _timed("01:10:00", "01:20:00", body=None, bodyPreview=None),
    "nothing but times": _timed("01:20:00", "01:30:00", location=None, attendees=None, organizer=None, categories=None),
    "words that Microsoft adds later": _timed(
        "01:30:00", "01:40:00", showAs="unknownFutureValue", sensitivity="unknownFutureValue", type="unknownFutureValue"
    ),
    "seconds and fractions": _timed("01:41:07.1234567", "01:49:59.9999999"),
    "no fractions, with Z": _timed("02:00:00Z", "02:10:00Z"),
    "a zone of its own": _timed("02:10:00", "02:20:00", "tzone://Microsoft/Custom"),
    "a zone that nobody knows": _timed("02:20:00", "02:30:00", "Middle-earth Standard Time"),
    "no zone": _timed("02:30:00", "02:40:00", None),
    "an IANA zone": _timed("04:40:00", "04:50:00", "Europe/Helsinki"),
    "ends before it starts": _timed("03:10:00", "03:00:00"),
    "no duration": _timed("03:10:00", "03:10:00"),
    "all day, but not at midnight": _timed("03:00:00", "04:00:00", isAllDay=True, showAs="free"),
    "all day of no length": _timed("00:00:00", "00:00:00", isAllDay=True, showAs="busy"),
    "ninety days long and free": {
        "subject": "Parental leave",
        "showAs": "free",
        "start": {"dateTime": "{day}T00:00:00", "timeZone": UTC_ZONE},
        "end": {"dateTime": "{later}T00:00:00", "timeZone": UTC_ZONE},
    },
    "a draft": _timed("03:20:00", "03:30:00", isDraft=True),
    "somebody else's, cancelled": _timed("03:30:00", "03:40:00", isCancelled=True, isOrganizer=False),
    "an organizer without a mail address": _timed("03:40:00", "03:50:00", organizer={"emailAddress": {"name": "x"}}),
    "four hundred attendees": _timed(
        "03:50:00",
        "04:00:00",
        attendees=[{"emailAddress": {"address": f"a{n}@x.example"}, "type": "optional"} for n in range(400)],
    ),
    "an id for a URL to stumble on": _timed("04:00:00", "04:10:00", id="AAMk/ADA+w=#?%2F&x=ä"),
    "an id of five hundred characters": _timed("04:10:00", "04:20:00", id="AQMk" + "Ab9-_" * 100),
    "somebody else's transaction": _timed("04:20:00", "04:30:00", transactionId="7E163156-7762-4BEB-A1C6-729EA81755A7"),
    "a mark of ours that nobody remembers": _timed("04:30:00", "04:40:00", transactionId=f"tfy-{'0' * 32}-0"),
    "a mark that only looks like ours": _timed("04:50:00", "05:00:00", transactionId="tfy-xyz"),
    "a master without a rule": _timed("05:00:00", "05:10:00", type="seriesMaster", recurrence=None),
    "an exception without a master": _timed("05:10:00", "05:20:00", type="exception", seriesMasterId="AAMkgone"),
    "the second Tuesday for ever": _series(
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["tuesday"], "index": "second"}, {"type": "noEnd"}
    ),
    "every 31st": _series({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}, {"type": "noEnd"}),
    "every leap day": _series(
        {"type": "absoluteYearly", "interval": 1, "month": 2, "dayOfMonth": 29}, {"type": "noEnd"}
    ),
    "daily, private and tentative": _series(
        {"type": "daily", "interval": 1},
        {"type": "numbered", "numberOfOccurrences": 10},
        sensitivity="private",
        showAs="tentative",
        id="AAMkdaily",
    ),
    "an exception of the daily one": _timed(
        "07:00:00",
        "07:10:00",
        type="exception",
        seriesMasterId="AAMkdaily",
        originalStart="{day}T06:00:00Z",
        id="AAMkdailyexception",
    ),
}


def hard_events(day: date, later: date) -> list[Json]:
    """All cases, on that day."""
    text = json.dumps(list(EVENTS.values())).replace("{day}", f"{day}").replace("{later}", f"{later}")
    events: list[Json] = json.loads(text)
    return events
