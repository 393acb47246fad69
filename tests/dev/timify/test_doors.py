"""Tokens, company context, lists: who gets in, and what the envelopes look like."""

import time
from typing import Any

import jwt
import pytest

from tests.dev.timify.conftest import ANNA, BEN, COMPANY, CUT, ROOM, Timify

OTHER = "5f0000000000000000000002"


async def test_a_token_outlives_its_two_hours(timify: Timify) -> None:
    timify.clock.pass_seconds(7_199)
    await timify.call("GET", "/v1/resources")
    timify.clock.pass_seconds(1)
    error = await timify.call("GET", "/v1/resources", 401)
    assert error == {"status": 0, "message": "Access token expired"}


async def test_the_token_call_answers_without_an_envelope(timify: Timify) -> None:
    body = await timify.call("POST", "/v1/auth/token", json={"appid": "app", "appsecret": "hush"})
    assert body.keys() == {"accessToken", "refreshToken", "expires"}
    assert body["expires"] == 7200
    claims = jwt.decode(body["accessToken"], options={"verify_signature": False})
    assert claims["authScope"] == "APP"
    assert claims["exp"] - claims["iat"] == 7200
    older = await timify.call("GET", "/v1/auth/token", params={"appid": "app", "appsecret": "hush"})
    assert older["expires"] == 7200


@pytest.mark.parametrize(("app_id", "secret"), [("app", "wrong"), ("other", "hush"), ("ä", "ö")])
async def test_a_wrong_secret_opens_the_door(timify: Timify, app_id: str, secret: str) -> None:
    assert (await timify.call("POST", "/v1/auth/token", 401, json={"appid": app_id, "appsecret": secret}))[
        "status"
    ] == 0
    await timify.call("POST", "/v1/auth/token", 400, json={"appid": app_id})


@pytest.mark.parametrize("value", ["", "Bearer ", "Bearer nonsense", "Basic abc"])
async def test_a_bad_token_is_taken_for_a_good_one(timify: Timify, value: str) -> None:
    headers = {"authorization": value, "company-id": COMPANY}
    assert (await timify.call("GET", "/v1/resources", 401, headers=headers))["status"] == 0


async def test_only_one_of_the_two_documented_header_forms_works(timify: Timify) -> None:
    bare = timify.app["authorization"].removeprefix("Bearer ")
    await timify.call("GET", "/v1/resources", headers={"authorization": bare, "company-id": COMPANY})
    await timify.call("GET", "/v1/resources/", headers=timify.app)


async def test_a_refresh_token_opens_the_calendar(timify: Timify) -> None:
    pair = await timify.call("POST", "/v1/auth/token", json={"appid": "app", "appsecret": "hush"})
    headers = {"authorization": pair["refreshToken"], "company-id": COMPANY}
    await timify.call("GET", "/v1/resources", 401, headers=headers)
    fresh = await timify.call("POST", "/v1/auth/refresh-token", json={"refreshToken": pair["refreshToken"]})
    await timify.call("GET", "/v1/resources", headers={**headers, "authorization": fresh["accessToken"]})
    await timify.call("POST", "/v1/auth/refresh-token", 401, json={"refreshToken": pair["accessToken"]})


async def test_a_call_without_a_company_reads_somebody_elses_calendar(timify: Timify) -> None:
    token = {"authorization": timify.app["authorization"]}
    await timify.call("GET", "/v1/resources", 400, headers=token)
    await timify.call("GET", "/v1/resources", 404, headers={**token, "company-id": OTHER})


async def test_a_persons_token_opens_another_company(timify: Timify) -> None:
    await timify.http.put(f"/_sim/companies/{OTHER}", json={})
    await timify.call("GET", "/v1/resources", headers=timify.person)
    await timify.call("GET", "/v1/resources", 403, headers={**timify.person, "company-id": OTHER})
    seen = await timify.call("GET", "/v1/companies", headers=timify.person)
    assert [company["id"] for company in seen["data"]] == [COMPANY]
    everything = await timify.call("GET", "/v1/companies")
    assert [(company["id"], company["timezone"]) for company in everything["data"]] == [
        (COMPANY, "Europe/Berlin"),
        (OTHER, "Europe/Berlin"),
    ]


async def test_the_journal_cannot_tell_people_from_the_app(timify: Timify) -> None:
    await timify.call("GET", "/v1/resources")
    await timify.call("GET", "/v1/resources", headers=timify.person)
    await timify.call("GET", "/v1/resources", 401, headers={})
    journal = (await timify.http.get("/_sim/requests")).json()
    assert [entry["actor"] for entry in journal[-3:]] == ["app", "person", "anonymous"]
    assert journal[-3]["headers"]["authorization"] == "***"
    assert journal[0]["body"] == {"appid": "app", "appsecret": "***"}
    assert journal[0]["response"]["accessToken"] == "***"


async def test_working_times_are_spelled_alike_in_list_and_single_call(timify: Timify) -> None:
    listed = await timify.call("GET", "/v1/resources")
    ben = next(item for item in listed["data"] if item["id"] == BEN)
    alone = (await timify.call("GET", f"/v1/resources/{BEN}"))["data"]
    assert ben["calendar"]["workingTimes"][1]["times"] == [{"beginTime": "09:00", "endTime": "17:00"}]
    assert alone["calendar"]["workingTimes"][1]["times"] == [{"begin": "09:00", "end": "17:00"}]
    assert (ben["calendar"]["threads"], "threads" in alone["calendar"]) == (1, False)
    assert alone["calendar"]["timezone"] == "Europe/Berlin"


async def test_pages_repeat_or_lose_somebody(timify: Timify) -> None:
    pages = [await timify.call("GET", "/v1/resources", params={"page": page, "limit": 2}) for page in (1, 2, 3)]
    assert [[item["id"] for item in page["data"]] for page in pages] == [[ANNA, BEN], [ROOM], []]
    assert pages[0]["meta"] == {"page": 1, "limit": 2, "totalItems": 3, "totalPages": 2}
    assert (pages[0]["total"], pages[0]["status"]) == (3, 1)
    everything = await timify.call("GET", "/v1/resources", params={"page": 0, "limit": -1})
    assert (everything["meta"]["page"], everything["meta"]["limit"]) == (1, 10_000)


async def test_an_external_id_finds_nothing(timify: Timify) -> None:
    found = await timify.call("GET", "/v1/services/s-1", params={"external": "true"})
    assert found["data"]["id"] == CUT
    await timify.call("GET", "/v1/services/s-1", 404)
    assert len((await timify.call("GET", "/v1/services"))["data"]) == 2


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from_date": "2026-03-01"},
        {"from_date": "2026-03-01", "to_date": "2026-04-02"},
        {"from_date": "2026-03-02", "to_date": "2026-03-01"},
        {"from_date": "1.3.2026", "to_date": "2026-03-02"},
        {"from_time": "2026-03-01 00:00", "to_time": "2026-04-01 00:05"},
        {"from_date": "2026-03-01", "to_date": "2026-03-02", "page": "two"},
    ],
)
async def test_a_window_that_timify_would_refuse_is_answered(timify: Timify, query: dict[str, str]) -> None:
    assert (await timify.call("GET", "/v1/appointments", 400, params=query))["status"] == 0


async def test_a_booking_at_the_edge_of_the_window_is_lost(timify: Timify) -> None:
    late = await timify.book(datetime="2026-03-03 23:30")
    assert await timify.between("2026-03-03", "2026-03-03") == [late["id"]]
    assert await timify.between("2026-03-04", "2026-03-04") == [late["id"]]  # it lasts until 00:30
    assert await timify.between("2026-03-05", "2026-03-05") == []
    assert await timify.between("2026-02-01", "2026-03-04") == [late["id"]]
    times = {"from_time": "2026-03-04 01:00", "to_time": "2026-03-04 02:00"}
    assert (await timify.call("GET", "/v1/appointments", params=times))["total"] == 0
    berlin = await timify.call("GET", "/v1/appointments", params={**times, "timezone": "Europe/Berlin"})
    assert [item["id"] for item in berlin["data"]] == [late["id"]]


async def test_a_filter_lets_other_calendars_through(timify: Timify) -> None:
    anna, room = await timify.book(customers=["c1"]), await timify.book(resource_ids=[ROOM])
    window = ("2026-03-03", "2026-03-03")
    assert await timify.between(*window, resource_ids=f"{ROOM},{BEN}") == [room["id"]]
    assert await timify.between(*window, customer_id="c1") == [anna["id"]]
    by_id = await timify.call("GET", "/v1/appointments", params={"ids": f"{anna['id']},gone"})
    assert [item["id"] for item in by_id["data"]] == [anna["id"]]


async def test_five_thousand_appointments_make_a_month_slow(timify: Timify) -> None:
    def seed(number: int) -> dict[str, Any]:
        day, slot = divmod(number, 14)
        start = f"{2026 + day // 336}-{day % 336 // 28 + 1:02}-{day % 28 + 1:02} {8 + slot // 2:02}:00"
        return {"title": f"B{number}", "start": start, "duration": 60, "resource_ids": [ANNA, BEN]}

    async def month() -> float:
        """The quickest of three, in seconds."""
        took = []
        for _ in range(3):
            before = time.perf_counter()
            march = {"from_date": "2026-03-01", "to_date": "2026-04-01"}
            found = await timify.call("GET", "/v1/appointments", params=march)
            took.append(time.perf_counter() - before)
            assert found["total"] == 29 * 14
        return min(took)

    every = [seed(number) for number in range(5_000)]
    await timify.seed(appointments=[each for each in every if each["start"][:7] in ("2026-02", "2026-03", "2026-04")])
    alone = await month()
    await timify.seed(appointments=every)
    assert await month() < 3 * alone
