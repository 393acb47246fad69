"""Writing and reading single events, with what Exchange does to them."""

from typing import Any

import pytest

from tests.dev.outlook.world import UPN, World, event

EVENTS = "/me/calendars/cal/events"
VIEW = "/me/calendars/cal/calendarView?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"
TAG = "String {66f5a359-4659-4830-9070-00040ec6ac6e} Name Tag"


async def test_a_timed_out_create_can_be_repeated_without_a_second_event(world: World) -> None:
    first = await world.create(transactionId="t1")
    again = await world.call("POST", EVENTS, event(transactionId="t1"))
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert len((await world.get(EVENTS))["value"]) == 1


async def test_a_transaction_id_used_for_another_body_is_refused_and_names_the_event(world: World) -> None:
    first = await world.create(transactionId="t1")
    refused = await world.call("POST", EVENTS, event(transactionId="t1", subject="Other"))
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (400, "ErrorDuplicateTransactionId")
    assert error["@event.existingEventId"] == first["id"]
    await world.call("DELETE", f"{EVENTS}/{first['id']}")
    assert await world.error("POST", EVENTS, event(transactionId="t1")) == (400, "ErrorDuplicateTransactionId")


async def test_a_transaction_id_is_shown_only_if_set_and_never_changes(world: World) -> None:
    plain, tagged = await world.create(), await world.create(transactionId="t1")
    assert "transactionId" not in plain
    assert tagged["transactionId"] == "t1"
    code = (400, "ErrorPropertyValidationFailure")
    assert await world.error("PATCH", f"{EVENTS}/{tagged['id']}", {"transactionId": "t2"}) == code


async def test_a_stale_etag_is_refused_on_change_and_on_deletion(world: World) -> None:
    made = await world.create()
    path = f"{EVENTS}/{made['id']}"
    assert made["@odata.etag"] == f'W/"{made["changeKey"]}"'
    changed = await world.call("PATCH", path, {"subject": "New"}, if_match=made["@odata.etag"])
    assert changed.status_code == 200
    for method, body in (("PATCH", {"subject": "x"}), ("DELETE", None)):
        refused = await world.error(method, path, body, if_match=made["@odata.etag"])
        assert refused == (412, "ErrorIrresolvableConflict")
    assert (await world.call("DELETE", path, if_match=changed.json()["@odata.etag"])).status_code == 204
    assert await world.error("DELETE", path) == (404, "ErrorItemNotFound")


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-03-10T09:00:00", "2026-03-11T00:00:00"), ("2026-03-10T00:00:00", "2026-03-10T09:00:00")],
)
async def test_an_all_day_event_off_midnight_is_refused(world: World, start: str, end: str) -> None:
    assert await world.error("POST", EVENTS, event(start, end, isAllDay=True)) == (400, "ErrorInvalidRequest")


async def test_an_all_day_event_in_two_zones_or_without_a_day_is_refused(world: World) -> None:
    body = event("2026-03-10T00:00:00", "2026-03-11T00:00:00", isAllDay=True)
    body["end"]["timeZone"] = "Tokyo Standard Time"
    assert await world.error("POST", EVENTS, body) == (400, "ErrorInvalidRequest")
    empty = event("2026-03-10T00:00:00", "2026-03-10T00:00:00", isAllDay=True)
    assert (await world.call("POST", EVENTS, empty)).status_code == 400


async def test_an_all_day_event_floats_and_meets_a_window_by_utc_midnights(world: World) -> None:
    made = await world.create(
        start="2026-03-10T00:00:00", end="2026-03-11T00:00:00", zone="Tokyo Standard Time", isAllDay=True
    )
    shown = await world.get(f"{EVENTS}/{made['id']}", prefer='outlook.timezone="Pacific Standard Time"')
    assert shown["start"] == {"dateTime": "2026-03-10T00:00:00.0000000", "timeZone": "Pacific Standard Time"}
    tokyo_day = "startDateTime=2026-03-11T00:00:00%2B09:00&endDateTime=2026-03-12T00:00:00%2B09:00"
    found = await world.get(f"/me/calendars/cal/calendarView?{tokyo_day}")
    assert [row["id"] for row in found["value"]] == [made["id"]]


async def test_times_come_in_utc_unless_a_zone_is_preferred(world: World) -> None:
    made = await world.create(start="2026-07-01T09:00:00", end="2026-07-01T10:00:00", zone="W. Europe Standard Time")
    assert made["start"] == {"dateTime": "2026-07-01T07:00:00.0000000", "timeZone": "UTC"}
    assert made["originalStartTimeZone"] == "W. Europe Standard Time"
    for name, hour in (("Europe/Lisbon", "08"), ("Pacific Standard Time", "00")):
        answer = await world.call("GET", f"{EVENTS}/{made['id']}", prefer=f'outlook.timezone="{name}"')
        assert answer.json()["start"] == {"dateTime": f"2026-07-01T{hour}:00:00.0000000", "timeZone": name}
        assert answer.headers["preference-applied"] == f'outlook.timezone="{name}"'


async def test_an_unknown_zone_is_a_hard_error_in_reads_and_in_writes(world: World) -> None:
    made, code = await world.create(), (400, "TimeZoneNotSupportedException")
    assert await world.error("GET", f"{EVENTS}/{made['id']}", prefer='outlook.timezone="Mars/Base"') == code
    assert await world.error("POST", EVENTS, event(zone="Mars/Base")) == code
    patch = {"subject": "changed"}
    assert await world.error("PATCH", f"{EVENTS}/{made['id']}", patch, prefer='outlook.timezone="Mars/Base"') == code
    assert (await world.get(f"{EVENTS}/{made['id']}"))["subject"] == "Meeting"


async def test_a_body_never_comes_back_as_it_was_sent(world: World) -> None:
    made = await world.create(body={"contentType": "text", "content": "1 < 2\nnext"})
    assert made["body"]["contentType"] == "html"
    assert "1 &lt; 2" in made["body"]["content"]
    assert "<body>" in made["body"]["content"]
    assert made["bodyPreview"] == "1 < 2\r\nnext"
    plain = await world.get(f"{EVENTS}/{made['id']}", prefer='outlook.body-content-type="text"')
    assert plain["body"] == {"contentType": "text", "content": "1 < 2\r\nnext"}


async def test_ids_have_two_forms_and_both_are_understood(world: World) -> None:
    made = await world.create()
    regular = await world.get(f"{EVENTS}/{made['id']}", prefer="")
    assert regular["id"] != made["id"]
    assert (await world.get(f"/me/events/{regular['id']}"))["id"] == made["id"]
    assert await world.error("GET", f"/me/events/{made['id'].swapcase()}") == (404, "ErrorItemNotFound")


async def test_a_tag_is_found_by_filter_and_read_by_expand_only(world: World) -> None:
    made = await world.create(singleValueExtendedProperties=[{"id": TAG, "value": "Abc"}])
    await world.create()
    assert "singleValueExtendedProperties" not in made

    def query(name: str, value: str) -> str:
        clause = f"singleValueExtendedProperties/Any(ep: ep/id eq '{name}' and ep/value eq '{value}')"
        return f"{EVENTS}?$filter={clause}"

    assert [row["id"] for row in (await world.get(query(TAG, "aBC")))["value"]] == [made["id"]]
    assert (await world.get(query(TAG.replace("Tag", "tag"), "Abc")))["value"] == []
    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{TAG}')"
    shown = await world.get(f"{EVENTS}/{made['id']}?{expand}&$select=subject")
    assert shown["singleValueExtendedProperties"] == [{"id": TAG, "value": "Abc"}]
    assert set(shown) >= {"@odata.etag", "id", "subject"}
    assert "start" not in shown
    assert await world.error("GET", f"{EVENTS}?$filter=transactionId eq 'x'") == (400, "ErrorInvalidUrlQueryFilter")


async def test_lists_come_in_pages_of_ten_with_a_link_to_the_next(world: World) -> None:
    for hour in range(12):
        await world.create(start=f"2026-03-10T{hour:02}:00:00", end=f"2026-03-10T{hour:02}:30:00")
    first = await world.get(f"{VIEW}&$count=true&$select=subject")
    assert (len(first["value"]), first["@odata.count"]) == (10, 12)
    second = await world.get(first["@odata.nextLink"])
    assert (len(second["value"]), "@odata.nextLink" in second) == (2, False)
    assert len({row["id"] for row in first["value"] + second["value"]}) == 12
    assert len((await world.get(f"{EVENTS}?$top=50"))["value"]) == 12


async def test_a_window_longer_than_five_years_is_refused(world: World) -> None:
    path = "/me/calendars/cal/calendarView?startDateTime=2026-01-01T00:00:00Z&endDateTime=2031-01-01T00:00:00Z"
    assert await world.error("GET", path) == (400, "ErrorInvalidRequest")
    assert await world.error("GET", "/me/calendarView") == (400, "ErrorInvalidParameter")


async def test_a_new_location_replaces_all_locations(world: World) -> None:
    made = await world.create(locations=[{"displayName": "A"}, {"displayName": "B"}])
    assert made["location"]["displayName"] == "A; B"
    patched = (await world.call("PATCH", f"{EVENTS}/{made['id']}", {"location": {"displayName": "C"}})).json()
    assert [place["displayName"] for place in patched["locations"]] == ["C"]


async def test_a_teams_meeting_is_silently_not_made_where_the_calendar_cannot(world: World) -> None:
    calendars = [
        {"name": "Plain", "id": "plain", "allowedOnlineMeetingProviders": []},
        {"name": "Teams", "id": "teams", "allowedOnlineMeetingProviders": ["teamsForBusiness"]},
    ]
    await world.mailbox(calendars=calendars)
    asked = {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
    assert (await world.create("plain", **asked))["onlineMeeting"] is None
    meeting = await world.create("teams", **asked, body={"contentType": "html", "content": "<p>Hi</p>"})
    assert meeting["onlineMeeting"]["joinUrl"] in meeting["body"]["content"]
    path = f"/me/calendars/teams/events/{meeting['id']}"
    kept = (await world.call("PATCH", path, {"isOnlineMeeting": False})).json()
    assert kept["isOnlineMeeting"] is True
    lost = (await world.call("PATCH", path, {"body": {"contentType": "html", "content": "new"}})).json()
    assert lost["onlineMeeting"] is None


async def test_whatever_would_mail_people_is_counted(world: World) -> None:
    guests = [{"emailAddress": {"address": "bob@contoso.example"}}]
    await world.create()
    made = await world.create(attendees=guests)
    path = f"{EVENTS}/{made['id']}"
    await world.call("PATCH", path, {"subject": "New"})
    await world.call("DELETE", path)
    mail = (await world.client.get("/_sim/mail")).json()
    assert [item["reason"] for item in mail["items"]] == ["create", "update", "delete"]
    assert {(item["upn"], item["actor"]) for item in mail["items"]} == {(UPN, "person")}
    await world.client.delete("/_sim/mail")
    assert (await world.client.get("/_sim/mail")).json()["count"] == 0


async def test_a_guest_changes_only_the_own_copy_and_mails_nobody(world: World) -> None:
    foreign = event(id="theirs", isOrganizer=False, attendees=[{"emailAddress": {"address": UPN}}])
    await world.mailbox(calendars=[{"name": "Calendar", "id": "cal", "events": [foreign]}])
    moved = {"start": {"dateTime": "2026-03-11T09:00:00", "timeZone": "UTC"}}
    moved["end"] = {"dateTime": "2026-03-11T10:00:00", "timeZone": "UTC"}
    assert (await world.call("PATCH", f"{EVENTS}/theirs", moved)).status_code == 200
    assert (await world.client.get("/_sim/mail")).json()["count"] == 0
    assert await world.error("POST", f"{EVENTS}/theirs/cancel") == (400, "ErrorInvalidRequest")
    assert (await world.call("POST", f"{EVENTS}/theirs/accept", {"sendResponse": True})).status_code == 202
    assert (await world.get(f"{EVENTS}/theirs"))["responseStatus"]["response"] == "accepted"
    assert (await world.call("POST", f"{EVENTS}/theirs/decline", {})).status_code == 202
    assert await world.error("GET", f"{EVENTS}/theirs") == (404, "ErrorItemNotFound")
    own = await world.create()
    assert await world.error("POST", f"{EVENTS}/{own['id']}/accept", {}) == (400, "ErrorInvalidRequest")


async def test_what_cannot_be_an_event_is_refused(world: World) -> None:
    assert await world.error("POST", EVENTS, {"subject": "x"}) == (400, "ErrorPropertyValidationFailure")
    assert await world.error("POST", EVENTS, event(colour="red")) == (400, "RequestBodyRead")
    assert await world.error("POST", EVENTS, event(showAs="sleeping")) == (400, "RequestBodyRead")
    backwards = event("2026-03-10T10:00:00", "2026-03-10T09:00:00")
    assert await world.error("POST", EVENTS, backwards) == (400, "ErrorCalendarEndDateIsEarlierThanStartDate")
    assert await world.error("POST", EVENTS) == (400, "BadRequest")


async def test_a_read_only_calendar_refuses_every_write(world: World) -> None:
    await world.mailbox(calendars=[{"name": "Holidays", "id": "ro", "canEdit": False, "events": [event(id="e")]}])
    path = "/me/calendars/ro/events"
    assert (await world.get("/me/calendars/ro"))["canEdit"] is False
    for method, where, body in (("POST", path, event()), ("PATCH", f"{path}/e", {}), ("DELETE", f"{path}/e", None)):
        assert await world.error(method, where, body) == (403, "ErrorAccessDenied")


@pytest.mark.parametrize("kind", ["on_premises", "unlicensed"])
async def test_a_mailbox_that_is_not_in_exchange_online_says_so(world: World, kind: str) -> None:
    await world.mailbox(kind=kind)
    assert (await world.get("/me"))["userPrincipalName"] == UPN
    for path in ("/me/calendars", "/me/calendar", "/me/mailboxSettings", "/me/events"):
        assert await world.error("GET", path) == (404, "MailboxNotEnabledForRESTAPI")


async def test_a_person_cannot_read_another_mailbox(world: World) -> None:
    await world.mailbox("bob@contoso.example")
    oid = (await world.get("/me"))["id"]
    assert (await world.get(f"/users/{oid}/calendars"))["value"]
    assert (await world.get("/users/BOB@contoso.example/calendar/events"))["value"] == []
    assert await world.error("GET", f"/users/{UPN}/calendars") == (403, "ErrorAccessDenied")


async def test_errors_carry_the_ids_that_support_asks_for(world: World) -> None:
    answer = await world.call("GET", "/me/events/none", client_request_id="abc")
    assert answer.headers["client-request-id"] == "abc"
    assert answer.headers["request-id"]
    assert answer.json()["error"]["innerError"]["client-request-id"] == "abc"


async def test_calendars_are_made_renamed_listed_and_deleted(world: World) -> None:
    made = (await world.call("POST", "/me/calendars", {"name": "Work"})).json()
    assert await world.error("POST", "/me/calendars", {"name": "Work"}) == (409, "ErrorFolderExists")
    assert (await world.call("PATCH", f"/me/calendars/{made['id']}", {"name": "W2"})).json()["name"] == "W2"
    assert [row["name"] for row in (await world.get("/me/calendars?$top=5"))["value"]] == ["Calendar", "W2"]
    assert (await world.call("DELETE", f"/me/calendars/{made['id']}")).status_code == 204
    assert await world.error("GET", f"/me/calendars('{made['id']}')") == (404, "ErrorItemNotFound")
    assert await world.error("DELETE", "/me/calendars/cal") == (400, "ErrorDeleteDistinguishedFolder")
    assert (await world.get("/me/mailboxSettings"))["timeZone"] == "UTC"


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("categories/any(c:c eq 'timify')", ["b"]),
        ("subject eq 'It''s (late)'", ["b"]),
        ("startswith(subject, 'al')", ["a"]),
        ("contains(subject,'LATE')", ["b"]),
        ("isAllDay eq false and subject ne 'Alpha'", ["b"]),
        ("start/dateTime ge '2026-03-10T09:00:00Z' and start/dateTime lt '2026-03-11T00:00:00Z'", ["a"]),
        ("end/dateTime gt '2026-03-11T09:30:00'", ["b"]),
        ("start/dateTime le '2026-03-01T00:00:00'", []),
    ],
)
async def test_a_filter_finds_what_it_names_and_nothing_else(world: World, clause: str, expected: list[str]) -> None:
    ids = {"a": await world.create(subject="Alpha")}
    late: dict[str, Any] = {"subject": "It's (late)", "categories": ["TIMIFY"]}
    ids["b"] = await world.create(start="2026-03-11T09:00:00", end="2026-03-11T10:00:00", **late)
    found = (await world.get(f"{EVENTS}?$filter={clause}"))["value"]
    assert [row["id"] for row in found] == [ids[name]["id"] for name in expected]


async def test_a_list_is_ordered_as_asked(world: World) -> None:
    for day in (11, 10, 12):
        await world.create(start=f"2026-03-{day}T09:00:00", end=f"2026-03-{day}T10:00:00", subject=str(day))
    for path, expected in ((f"{EVENTS}?$orderby=start/dateTime desc", ["12", "11", "10"]), (VIEW, ["10", "11", "12"])):
        assert [row["subject"] for row in (await world.get(path))["value"]] == expected
    assert await world.error("GET", f"{EVENTS}?$orderby=body") == (400, "ErrorInvalidUrlQueryOrderBy")
