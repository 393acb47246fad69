"""Events as Graph really sends them, junk included: nothing may raise, and nothing may be read wrong."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.items import Event, ShowAs, Side
from shared.domain.links import link_key
from shared.domain.spans import Days, Span
from shared.outlook.mapping import event_of, master_id, removed_id
from shared.outlook.times import moment_of, on_earth, stamp, wall_clocks, when_of, zone_of

EXAMPLES = Path(__file__).parents[4] / "shared" / "graph-examples"
MARK = f"tfy-{link_key('anna', Side.TIMIFY, 'booking-1')}-0"


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)


def clock(text: str, zone: str | None = "UTC") -> dict[str, Any]:
    return {"dateTime": text, "timeZone": zone}


def raw(**fields: Any) -> dict[str, Any]:
    plain = {
        "id": "AAk=",
        "@odata.etag": 'W/"1"',
        "subject": "Review",
        "start": clock("2026-03-02T09:00:00.0000000"),
        "end": clock("2026-03-02T10:00:00.0000000"),
    }
    return plain | fields


def event(**fields: Any) -> Event:
    found = event_of(raw(**fields))
    assert found is not None
    return found


# -- time


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (clock("2026-03-02T09:00:00.0000000"), at(2026, 3, 2, 9)),
        (clock("2026-03-02T09:00:00.1234567"), at(2026, 3, 2, 9, 0, 0, 123456)),
        (clock("2026-03-02T09:00:00", "W. Europe Standard Time"), at(2026, 3, 2, 8)),
        (clock("2026-07-02T09:00:00", "w. europe standard time"), at(2026, 7, 2, 7)),
        (clock("2026-03-02T09:00:00", "Asia/Tokyo"), at(2026, 3, 2, 0)),
        (clock("2026-03-02T09:00:00", "tzone://Microsoft/Utc"), at(2026, 3, 2, 9)),
        (clock("2026-03-02T09:00:00", "tzone://Microsoft/Custom"), at(2026, 3, 2, 14)),
        (clock("2026-03-02T09:00:00", ""), at(2026, 3, 2, 14)),
        (clock("2026-03-02T09:00:00", None), at(2026, 3, 2, 14)),
        (clock("2026-03-02T09:00:00Z", "Asia/Tokyo"), at(2026, 3, 2, 9)),
        (clock("2026-03-02T09:00:00+02:00"), at(2026, 3, 2, 7)),
    ],
)
def test_a_moment_is_understood_in_every_zone_that_exchange_names(value: dict[str, Any], instant: datetime) -> None:
    found = event(start=value, end=value, originalStartTimeZone="Eastern Standard Time")
    assert found.when == Span(instant, instant)


@pytest.mark.parametrize(
    "zone", ["tzone://Microsoft/Custom", "Nowhere Standard Time", "../etc/passwd", "a" * 999, "\0"]
)
def test_a_zone_that_nobody_knows_reads_as_utc(zone: str) -> None:
    found = event(start=clock("2026-03-02T09:00:00", zone), originalStartTimeZone=zone)
    assert isinstance(found.when, Span)
    assert found.when.start == at(2026, 3, 2, 9)


@pytest.mark.parametrize("zone", ["UTC", "Tonga Standard Time", "Hawaiian Standard Time", "tzone://Microsoft/Utc"])
@pytest.mark.parametrize("text", ["0001-01-01T00:00:00.0000000Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59.9999999"])
def test_the_ends_of_the_calendar_do_not_overflow(text: str, zone: str) -> None:
    found = event(start=clock(text, zone), end=clock(text, zone))
    assert isinstance(found.when, Span)
    assert at(1899, 12, 1) < found.when.start < at(9000, 1, 3)
    found.when.extended(timedelta(days=400), timedelta(days=400))
    days = event(start=clock(text, zone), end=clock(text, zone), isAllDay=True).when
    on_earth(days).extended(timedelta(days=400), timedelta(days=400))


@pytest.mark.parametrize(
    "value", [None, {}, "2026-03-02", {"dateTime": "soon"}, {"dateTime": 7}, [], clock("2026-13-01")]
)
def test_a_time_that_cannot_be_read_is_empty_so_no_rule_writes_it(value: Any) -> None:
    unreadable_start = event(start=value).when
    assert isinstance(unreadable_start, Span)
    assert unreadable_start.empty
    assert event(end=value).when == Span(at(2026, 3, 2, 9), at(2026, 3, 2, 9))
    assert isinstance(event(start=value, isAllDay=True).when, Days)


@pytest.mark.parametrize("zone", ["UTC", "Tokyo Standard Time", "Pacific/Kiritimati", "Hawaiian Standard Time"])
def test_a_whole_day_does_not_shift_whatever_zone_it_is_told_in(zone: str) -> None:
    found = event(
        start=clock("2026-03-29T00:00:00.0000000", zone), end=clock("2026-03-30T00:00:00.0000000", zone), isAllDay=True
    )
    assert found.when == Days(date(2026, 3, 29), date(2026, 3, 30))


def test_only_true_means_all_day() -> None:
    assert isinstance(event(isAllDay=None).when, Span)
    assert isinstance(event(isAllDay="true").when, Span)


MOMENTS = st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1900 < moment.year < 9000)


@given(MOMENTS, MOMENTS)
def test_a_meeting_comes_back_as_it_was_written(start: datetime, end: datetime) -> None:
    span = Span(start, end)
    assert when_of(*wall_clocks(span), all_day=False) == span


DAYS = st.dates(min_value=date(1901, 1, 1), max_value=date(8999, 1, 1))


@given(DAYS, DAYS)
def test_whole_days_come_back_as_they_were_written(first: date, until: date) -> None:
    days = Days(first, until)
    assert when_of(*wall_clocks(days), all_day=True) == days


def test_stamps_are_written_and_read_in_utc() -> None:
    assert stamp(datetime(2026, 3, 2, 9, tzinfo=zone_of("Tokyo Standard Time"))) == "2026-03-02T00:00:00Z"
    assert moment_of("2026-03-02T00:00:00.0000000Z") == at(2026, 3, 2)
    assert moment_of(None) is None


# -- flags


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"showAs": "oof"}, {"show_as": ShowAs.OUT_OF_OFFICE}),
        ({"showAs": "hologram"}, {"show_as": ShowAs.UNKNOWN}),
        ({"showAs": ["busy"]}, {"show_as": ShowAs.UNKNOWN}),
        ({"showAs": None}, {"show_as": ShowAs.BUSY}),
        ({}, {"show_as": ShowAs.BUSY, "private": False, "cancelled": False, "declined": False}),
        ({"sensitivity": "private"}, {"private": True}),
        ({"sensitivity": "Confidential"}, {"private": True}),
        ({"sensitivity": "personal"}, {"private": False}),
        ({"sensitivity": "topSecret"}, {"private": True}),
        ({"sensitivity": None}, {"private": False}),
        ({"isCancelled": True}, {"cancelled": True}),
        ({"responseStatus": {"response": "declined", "time": "0001-01-01T00:00:00Z"}}, {"declined": True}),
        ({"responseStatus": {"response": "notResponded"}}, {"declined": False}),
        ({"responseStatus": None}, {"declined": False}),
        ({"isOrganizer": False, "attendees": []}, {"organizer": False, "attendees": False}),
        ({"isOrganizer": True, "attendees": [{}]}, {"organizer": True, "attendees": True}),
        ({"attendees": [{"emailAddress": {"name": "No Address"}}]}, {"organizer": False, "attendees": True}),
        ({"organizer": None, "attendees": None}, {"organizer": True, "attendees": False}),
        ({"transactionId": MARK}, {"mark": MARK}),
        ({"transactionId": "7E163156-7762-4BEB-A1C6-729EA81755A7"}, {"mark": None}),
        ({"seriesMasterId": "m1"}, {"series": "m1"}),
        ({"seriesMasterId": ""}, {"series": None}),
        ({"subject": None}, {"title": ""}),
        ({"@odata.etag": None}, {"version": ""}),
    ],
)
def test_a_flag_that_is_missing_or_new_reads_as_the_safe_one(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    found = event(**fields)
    assert {name: getattr(found, name) for name in expected} == expected


# -- notes


def test_notes_are_the_place_and_the_body_without_the_way_to_join() -> None:
    found = event(
        subject=" Review\r\nQ3 ",
        location={"displayName": "Room 7"},
        body={"contentType": "html", "content": f"<html><body><p>Agenda</p>{'_' * 40}<br>Join Microsoft Teams Meeting"},
    )
    assert (found.title, found.notes) == ("Review Q3", "Room 7\nAgenda")


def test_several_places_are_all_named() -> None:
    places = [{"displayName": "Room 7"}, {"displayName": ""}, {"displayName": "Home"}, None]
    assert event(locations=places).notes == "Room 7; Home"


@pytest.mark.parametrize("body", [None, {}, {"content": None}, {"contentType": "html"}, "text", {"content": 7}])
def test_a_body_that_is_not_there_makes_no_notes(body: Any) -> None:
    assert event(body=body).notes == ""


# -- rows of a delta page


def test_rows_are_told_apart() -> None:
    gone = {"@odata.type": "#microsoft.graph.event", "id": "g", "@removed": {"reason": "deleted"}}
    assert (removed_id(gone), master_id(gone)) == ("g", None)
    stub = {"id": "o", "type": "occurrence", "seriesMasterId": "m"}
    assert (removed_id(stub), master_id(stub)) == (None, "m")
    assert master_id({"id": "m", "type": "seriesMaster", "seriesMasterId": None}) == "m"
    assert master_id({"id": "s", "type": "singleInstance", "seriesMasterId": None}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
NAMES = (
    *("id", "@odata.etag", "subject", "body", "start", "end", "isAllDay", "showAs", "sensitivity", "location"),
    *("locations", "attendees", "isOrganizer", "organizer", "responseStatus", "transactionId", "seriesMasterId"),
    *("type", "originalStartTimeZone", "isCancelled", "@removed"),
)
HALF_RIGHT = st.fixed_dictionaries(
    {"id": st.text(min_size=1)},
    optional={
        "start": st.fixed_dictionaries({"dateTime": JSON | st.datetimes().map(str), "timeZone": JSON}),
        "body": st.fixed_dictionaries({"contentType": st.sampled_from(["html", "text"]), "content": JSON}),
        **{name: JSON for name in NAMES if name not in ("id", "start", "body")},
    },
)


@given(JSON | HALF_RIGHT)
def test_no_json_makes_the_mapping_raise(value: Any) -> None:
    found = event_of(value)
    removed_id(value)
    master_id(value)
    if found is not None:
        assert found.id
        on_earth(found.when)
        assert len(found.notes) <= 2_000


# -- documented and observed payloads


def example(name: str) -> Any:
    path = EXAMPLES / name
    if not path.exists():
        pytest.skip("the collection of Graph payloads is not here")
    return json.loads(path.read_text("utf-8"))


def every_example() -> list[str]:
    return sorted(path.name for path in EXAMPLES.glob("*.json")) or ["none.json"]


@pytest.mark.parametrize("name", every_example())
def test_every_documented_payload_maps(name: str) -> None:
    body = example(name)
    rows = body["value"] if isinstance(body, dict) and isinstance(body.get("value"), list) else [body]
    for row in rows:
        found = event_of(row)
        if found is not None and "start" in row:
            assert isinstance(found.when, Span | Days)
            assert not found.when.empty


def test_the_documented_teams_meeting_keeps_its_own_words_only() -> None:
    found = event_of(example("event-create-response-online-meeting.json"))
    assert found is not None
    assert found.notes == "Cordova conference room\nDoes this time work for you?"
    assert found.when == Span(at(2019, 11, 20, 21), at(2019, 11, 20, 22))


def test_the_recorded_whole_day_keeps_its_date() -> None:
    found = event_of(example("recorded-calendarview-all-day.json")["value"][0])
    assert found is not None
    assert found.when == Days(date(2020, 1, 1), date(2020, 1, 2))


def test_the_observed_stub_names_its_series() -> None:
    assert master_id(example("observed-delta-sparse-occurrence.json")) == "seriesMasterId"
