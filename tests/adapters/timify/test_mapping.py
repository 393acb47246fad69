"""Raw appointments and resources, as odd as they may come."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.items import Booking
from shared.domain.spans import Span
from shared.timify.mapping import resource_ids_of, to_bookings
from shared.timify.resources import to_resource
from shared.timify.webhook import read_webhook

MARK = f"tfy-{'0123456789abcdef' * 2}-3"


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def entry(begin: datetime, end: datetime, **more: Any) -> dict[str, Any]:
    interval = {"begin": f"{begin:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    return {"interval": interval, "recurringDay": f"{begin:%Y-%m-%d}", "resourceId": "r1"} | more


def raw(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "a1", "bookings": list(entries), "resources": [{"id": "r1", "name": "Anna"}]} | more


def the_one(appointment: object) -> Booking:
    (booking,) = to_bookings(appointment, "r1")
    return booking


BUFFERS = {"durationBefore": 10, "durationAfter": 5}


@pytest.mark.parametrize(
    ("interval", "times"),
    [
        (Span(at(9), at(10)), {"duration": 60, "durationTotal": 75, **BUFFERS}),
        (Span(at(9), at(10)), {"duration": 60, **BUFFERS}),
        (Span(at(9), at(10)), {"durationTotal": 75, **BUFFERS}),
        (Span(at(9), at(10)), BUFFERS),
        (Span(at(9), at(10)), {"duration": 60, "durationTotal": 60, **BUFFERS}),
        (Span(at(8, 50), at(10, 5)), {"duration": 60, "durationTotal": 75, **BUFFERS}),
        (Span(at(8, 50), at(10, 5)), {"duration": 60, **BUFFERS}),
        (Span(at(8, 50), at(10, 5)), {"durationTotal": 75, **BUFFERS}),
    ],
)
def test_preparation_and_follow_up_block_once_whatever_interval_covers(interval: Span, times: dict[str, Any]) -> None:
    booking = the_one(raw(entry(interval.start, interval.end, **times)))
    assert (booking.span, booking.before, booking.after) == (Span(at(8, 50), at(10, 5)), 10, 5)


@pytest.mark.parametrize("inside", [False, True])
def test_a_split_booking_is_one_stretch_whatever_interval_covers(inside: bool) -> None:
    first = {"duration": 60, "durationBefore": 10, "durationAfter": 0, "durationTotal": 70}
    last = {"duration": 30, "durationBefore": 0, "durationAfter": 5, "durationTotal": 35}
    begin, end = (at(8, 50), at(11, 35)) if inside else (at(9), at(11, 30))
    booking = the_one(raw(entry(at(11), end, **last), entry(begin, at(10), **first)))
    assert (booking.span, booking.split) == (Span(at(8, 50), at(11, 35)), True)
    assert (booking.before, booking.after) == (10, 5)


def test_a_pattern_alone_tells_a_split_booking() -> None:
    assert the_one(raw(entry(at(9), at(11)), durationsPattern=[60, 30, 30])).split
    assert not the_one(raw(entry(at(9), at(11)), durationsPattern=[120])).split
    assert not the_one(raw(entry(at(9), at(11)), entry(at(9), at(11)))).split


def test_buffers_of_the_appointment_stand_in_for_those_of_its_entries() -> None:
    booking = the_one(raw(entry(at(9), at(10)), durationBefore=10, durationAfter=5))
    assert booking.span == Span(at(8, 50), at(10, 5))


def test_a_split_booking_over_midnight_is_not_taken_for_a_series() -> None:
    parts = [entry(at(22), at(23)), entry(at(1, day=3), at(2, day=3), recurringDay="2026-03-02")]
    assert the_one(raw(*parts)).id == "a1"
    nameless = [part | {"recurringDay": None} for part in parts]
    assert the_one(raw(*nameless)).span == Span(at(22), at(2, day=3))


def test_several_days_never_become_one_booking_of_weeks() -> None:
    found = to_bookings(raw(entry(at(9, day=9), at(10, day=9)), entry(at(9), at(10))), "r1")
    assert [booking.id for booking in found] == ["a1@2026-03-02", "a1@2026-03-09"]
    assert all(booking.connected and booking.appointment_id == "a1" for booking in found)


def test_the_last_occurrence_of_a_series_is_still_one_of_a_series() -> None:
    booking = the_one(raw(entry(at(9), at(10)), recurring={"frequency": "WEEKS"}))
    assert (booking.id, booking.connected) == ("a1@2026-03-02", True)
    day_missing = entry(at(9), at(10)) | {"recurringDay": 7}
    assert the_one(raw(day_missing, recurring={})).id == "a1@2026-03-02"


def test_other_resources_do_not_stretch_the_booking() -> None:
    mine, other = entry(at(9), at(10)), entry(at(8), at(12)) | {"resourceId": "r2"}
    appointment = raw(mine, other)
    assert the_one(appointment).span == Span(at(9), at(10))
    assert resource_ids_of(appointment) == ("r1", "r2")
    assert to_bookings(appointment, "r3") == []


def test_without_occurrences_start_and_duration_tell_the_time() -> None:
    plain = {"id": "a1", "startDate": "2026-03-02T09:00:00Z", "resources": ["r1"]}
    assert the_one(plain | {"duration": 60, "durationBefore": 10}).span == Span(at(8, 50), at(10))
    assert the_one(plain | {"duration": 60, "durationsPattern": [60, 60, 30]}).span == Span(at(9), at(11, 30))
    assert to_bookings(plain | {"duration": 60}, "r2") == []


def test_any_offset_is_the_same_moment() -> None:
    shifted = raw(entry(at(9), at(10)))
    shifted["bookings"][0]["interval"] = {"begin": "2026-03-02T10:00:00+01:00", "end": "2026-03-02 10:00"}
    assert the_one(shifted).span == Span(at(9), at(10))


@pytest.mark.parametrize("field", ["reservedUntil", "scheduledForDeletionAt"])
def test_what_is_not_certain_is_reserved(field: str) -> None:
    assert the_one(raw(entry(at(9), at(10)), **{field: "2026-03-02T08:00:00Z"})).reserved
    assert not the_one(raw(entry(at(9), at(10)), **{field: None})).reserved


@pytest.mark.parametrize("external", ["crm-7", "tfy-short-1", None, 7, ["x"]])
def test_an_external_id_of_somebody_else_is_not_our_mark(external: object) -> None:
    assert the_one(raw(entry(at(9), at(10)), externalId=external)).mark is None
    assert the_one(raw(entry(at(9), at(10)), externalId=MARK)).mark == MARK


@pytest.mark.parametrize(("seats", "taken"), [([{}, {}], 2), (4, 4), (None, 0), ("x", 0), (-1, 0)])
def test_participants_are_counted_in_either_form(seats: object, taken: int) -> None:
    booking = the_one(raw(entry(at(9), at(10)), isCourse=True, participants=seats, maxParticipants=10))
    assert (booking.group, booking.participants, booking.max_participants) == (True, taken, 10)


def test_the_version_is_the_stamp_or_else_the_date_of_the_change() -> None:
    stamped = raw(entry(at(9), at(10)), timestamp=1712, updatedAt="2026-03-01T00:00:00Z")
    assert the_one(stamped).version == "1712"
    assert the_one(stamped | {"timestamp": None}).version == "2026-03-01T00:00:00Z"


def test_texts_arrive_without_control_characters() -> None:
    booking = the_one(
        raw(
            entry(at(9), at(10)),
            title=" Den\x00tist\n\tnow\x9f ",
            notes="one\r\ntwo\x08\n\ud800three",
            service={"name": "Check\u2028up"},
            customers=[{"fullName": "Eva\x1b Maier"}, {"firstName": "Jo", "lastName": None}, {}, "x"],
        )
    )
    assert (booking.title, booking.notes, booking.service) == ("Dentist now", "one\ntwo\nthree", "Check up")
    assert booking.customers == ("Eva Maier", "Jo")


def test_a_service_may_be_a_word_and_customers_may_be_single() -> None:
    booking = the_one(raw(entry(at(9), at(10)), service="Haircut", singleCustomers=[{"fullName": "Eva"}]))
    assert (booking.service, booking.customers) == ("Haircut", ("Eva",))


def test_data_fields_are_shown_as_people_read_them() -> None:
    fields = [
        {"label": "Plate", "value": "M-1"},
        {"label": "Floors", "value": 3},
        {"label": "Weight", "value": 2.5},
        {"label": "Extras", "value": None, "values": ["Tea", "Cake", {}]},
        {"label": "Empty", "value": ""},
        {"value": "no label"},
        "odd",
    ]
    booking = the_one(raw(entry(at(9), at(10)), customfields=fields))
    assert booking.data_fields == (("Plate", "M-1"), ("Floors", "3"), ("Weight", "2.5"), ("Extras", "Tea, Cake"))


class Watched(dict[str, Any]):
    """Fails when somebody takes the secret out."""

    def __getitem__(self, key: str) -> Any:
        assert key != "reschedulingSecret"
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        assert key != "reschedulingSecret"
        return super().get(key, default)


def test_the_rescheduling_secret_is_never_read() -> None:
    appointment = raw(entry(at(9), at(10)), reschedulingSecret="s3cret")
    assert "s3cret" not in repr(the_one(Watched(appointment)))


FIELDS = re.findall(
    r"\w+",
    "id externalId timestamp updatedAt title notes service customers singleCustomers customfields resources bookings "
    "startDate duration durationBefore durationAfter durationsPattern recurring isCourse participants maxParticipants "
    "reservedUntil scheduledForDeletionAt interval begin end recurringDay durationTotal resourceId name label value "
    "values fullName firstName lastName calendar timezone workingTimes isActive times beginTime endTime email locale "
    "event data companyId company ids appointmentId resourceIds resource_ids kind type",
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["r1", "a1", "2026-03-29T01:30:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]),
    st.sampled_from(["2026-03-02", "08:00", "24:00", "Europe/Berlin", "../etc", "Event", MARK]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8),
    max_leaves=40,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
@example({"id": "a1", "resources": ["r1"], "startDate": "9999-12-31T23:59:59Z", "duration": 10**400})
@example({"id": "a1", "resources": ["r1"], "startDate": "0001-01-01T00:00:00Z", "durationBefore": float("inf")})
def test_nothing_that_arrives_can_stop_a_calendar(value: Any) -> None:
    for booking in to_bookings(value, "r1"):
        assert booking.span.start <= booking.span.end
        assert booking.span.start.utcoffset() == timedelta(0)
        repr(booking).encode()
    resource_ids_of(value)
    to_resource(value)
    for changed in read_webhook(value):
        assert changed.company_id


ODD = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=2)
MOMENTS = st.sampled_from(["2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"]) | LEAVES
ENTRIES = st.fixed_dictionaries(
    {"interval": st.fixed_dictionaries({"begin": MOMENTS, "end": MOMENTS})},
    optional={
        name: LEAVES for name in FIELDS if name.startswith(("duration", "recurringDay", "resourceId", "startDate"))
    },
)


@settings(max_examples=200, deadline=None)
@given(ODD, st.lists(ENTRIES, max_size=3))
@example({}, [{"interval": {"begin": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:59-12:00"}}])
@example({}, [{"interval": {"begin": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}, "durationBefore": 1e300}])
def test_no_single_odd_field_can_stop_a_calendar(odd: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    for booking in to_bookings(raw(*entries) | odd, "r1"):
        assert booking.span.start <= booking.span.end
        repr(booking).encode()


@pytest.mark.parametrize("odd", [None, "soon", "0001-01-01T00:00:00+14:00", 1_700_000_000, ["2026-03-02T09:00:00Z"]])
def test_an_entry_without_a_moment_hides_no_other_entry(odd: object) -> None:
    broken = entry(at(9), at(10)) | {"interval": {"begin": odd, "end": odd}}
    assert the_one(raw(broken, entry(at(11), at(12)))).span == Span(at(11), at(12))


def test_both_spellings_of_working_times_are_understood() -> None:
    for begin, end in (("begin", "end"), ("beginTime", "endTime")):
        open_day = {
            "isActive": True,
            "times": [{begin: "8:00", end: "12:00:00"}, {begin: "13:00", end: "24:00"}, {begin: "25:00", end: 7}],
        }
        week = [{"isActive": False, "times": [{begin: "08:00", end: "12:00"}]}, *[open_day] * 6]
        resource = to_resource({"id": "r1", "calendar": {"timezone": "Europe/Paris", "workingTimes": week}})
        assert resource is not None
        assert resource.working_times == ((), *((("08:00", "12:00"), ("13:00", "24:00")),) * 6)
        assert resource.timezone == "Europe/Paris"


@pytest.mark.parametrize("zone", [None, "", "Mars/Base", "../../etc/passwd", 7, "a\x00b", "Europe"])
def test_an_unknown_zone_is_utc(zone: object) -> None:
    resource = to_resource({"id": "r1", "calendar": {"timezone": zone, "workingTimes": [{}] * 3}})
    assert resource is not None
    assert (resource.timezone, resource.working_times) == ("UTC", ())
