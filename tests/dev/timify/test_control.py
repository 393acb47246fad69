"""Seeds, restarts, timeshifts and reservations."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from dev.simkit import Simulator
from dev.timify import create_simulator
from tests.dev.timify.conftest import ANNA, BEN, COLOUR, COMPANY, CUT, Clock, Timify

RAW = {
    "id": "b" * 24,
    "title": "Seen in the wild",
    "strangeField": {"kept": True},
    "startDate": "2026-03-03T09:02:00Z",
    "duration": 47,
    "updatedAt": "2026-01-01T00:00:00Z",
    "timestamp": "1767225600000",
    "resources": [{"id": ANNA, "name": "Anna", "nickname": "A"}],
    "bookings": [
        {
            "id": "c" * 32,
            "startDate": "2026-03-03T09:02:00Z",
            "interval": {"begin": "2026-03-03T09:02:00Z", "end": "2026-03-03T09:49:00Z"},
            "recurringDay": "2026-03-03",
            "resourceId": ANNA,
        }
    ],
}


async def raw_company(timify: Timify) -> Any:
    return (await timify.http.get(f"/_sim/companies/{COMPANY}")).json()


async def test_a_seeded_object_loses_what_the_simulator_does_not_know(timify: Timify) -> None:
    await timify.seed(appointments=[RAW], custom={"a": 1})
    kept = await raw_company(timify)
    assert RAW.items() <= kept["appointments"][0].items()
    assert kept["custom"] == {"a": 1}
    assert kept["resources"][0]["email"] == "anna@salon.example"
    assert (await timify.http.get("/_sim/companies")).json() == [COMPANY]
    assert RAW.items() <= (await timify.read("b" * 24)).items()


async def test_a_short_seed_makes_half_an_appointment(timify: Timify) -> None:
    short = {"title": "Visit", "start": "2026-03-03 09:00", "duration": 30, "resource_ids": [ANNA, BEN]}
    full = await timify.book(title="Visit", duration=30, resource_ids=[ANNA, BEN])
    await timify.seed(appointments=[short, short | {"start": "2026-03-03T10:00:00+01:00", "service_id": CUT}])
    plain, serviced = (await raw_company(timify))["appointments"]
    assert plain.keys() == full.keys()
    assert plain["bookings"][1]["interval"] == {"begin": "2026-03-03T09:00:00Z", "end": "2026-03-03T09:30:00Z"}
    assert (serviced["startDate"], serviced["durationBefore"]) == ("2026-03-03T09:00:00Z", 10)


async def test_a_seeded_series_or_split_service_is_not_expanded(timify: Timify) -> None:
    rule = {"timezone": "Europe/Berlin", "frequency": "WEEKS", "repeatTimes": 3}
    base = {"start": "2026-03-24 09:00", "resourceIds": [ANNA]}
    await timify.seed(appointments=[base | {"duration": 60, "recurring": rule}, base | {"serviceId": COLOUR}])
    series, split = (await raw_company(timify))["appointments"]
    assert [booking["interval"]["begin"][:13] for booking in series["bookings"]] == [
        "2026-03-24T09",
        "2026-03-31T08",
        "2026-04-07T08",
    ]
    assert [booking["duration"] for booking in split["bookings"]] == [60, 30]


async def test_a_raw_appointment_cannot_be_moved(timify: Timify) -> None:
    await timify.seed(appointments=[RAW])
    moved = await timify.change("b" * 24, datetime="2026-03-04 10:00", duration=50)
    assert moved["bookings"][0]["interval"] == {"begin": "2026-03-04T10:00:00Z", "end": "2026-03-04T10:50:00Z"}
    assert moved["bookings"][0]["id"] == "c" * 32
    assert moved["strangeField"] == {"kept": True}


@pytest.mark.parametrize("seed", [{"title": "When?"}, {"start": "2026-03-03 09:00"}])
async def test_a_seed_without_a_time_is_guessed(timify: Timify, seed: dict[str, Any]) -> None:
    answer = await timify.http.put(f"/_sim/companies/{COMPANY}", json={"appointments": [seed]})
    assert answer.status_code == 400


async def test_an_option_can_only_be_changed_by_losing_the_calendar(timify: Timify) -> None:
    made = await timify.book()
    await timify.http.patch(f"/_sim/companies/{COMPANY}", json={"refuse_overlaps": True, "appointments": []})
    await timify.book(409)
    assert (await timify.read(made["id"]))["id"] == made["id"]


async def test_tokens_for_nobody(timify: Timify) -> None:
    assert (await timify.http.post("/_sim/tokens/nobody")).status_code == 404
    assert (await timify.http.get("/_sim/companies/nobody")).status_code == 404
    assert (await timify.http.delete(f"/_sim/companies/{COMPANY}")).status_code == 204
    assert (await timify.http.get(f"/_sim/companies/{COMPANY}")).status_code == 404


def start(data_dir: Path, clock: Clock) -> Simulator:
    return create_simulator(
        base_url="", webhook_url="", webhook_secret="", app_id="a", app_secret="s", data_dir=data_dir, clock=clock
    )


async def test_a_restart_empties_every_calendar(tmp_path: Path) -> None:
    clock = Clock()
    before = start(tmp_path, clock)
    short = {"start": "2026-03-03 09:00", "duration": 30, "resource_ids": [ANNA]}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=before.app), base_url="http://t") as http:
        seeded = await http.put(
            f"/_sim/companies/{COMPANY}",
            json={"resources": [{"id": ANNA}], "appointments": [short], "timeshifts": [{"from": "2026-03-03"}]},
        )
    await before.aclose()
    after = start(tmp_path, clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=after.app), base_url="http://t") as http:
        assert (await http.get(f"/_sim/companies/{COMPANY}")).json() == seeded.json()
        token = (await http.post(f"/_sim/tokens/{COMPANY}")).json()["accessToken"]
        window = {"from_date": "2026-03-03", "to_date": "2026-03-03"}
        found = await http.get("/v1/appointments", params=window, headers={"authorization": token})
        assert found.json()["total"] == 1
        key = found.json()["data"][0]["id"]
        changed = await http.patch(f"/v1/appointments/{key}", json={"title": "x"}, headers={"authorization": token})
        assert int(changed.json()["data"]["timestamp"]) > int(seeded.json()["appointments"][0]["timestamp"])


async def test_a_shift_is_found_on_the_wrong_days(timify: Timify) -> None:
    body = {
        "resource_id": ANNA,
        "from": "2026-03-03",
        "to": "2026-03-05",
        "denial_reason": "BLOCKER",
        "denial_times": [{"begin": "00:00", "end": "24:00"}],
        "working_times": [{"begin": "08:00", "end": "12:00"}],
    }
    made = (await timify.call("POST", "/v1/timeshifts", json=body))["data"]
    assert (made["denialReason"], made["workingTimes"]) == ("BLOCKER", [])  # a blocker ignores them

    async def found(**query: str) -> int:
        return int((await timify.call("GET", "/v1/timeshifts", params=query))["total"])

    assert await found(**{"from": "2026-03-05", "to": "2026-03-09"}) == 1
    assert await found(**{"from": "2026-03-06", "to": "2026-03-09", "day": "2026-03-03"}) == 0
    assert await found(day="2026-03-04") == 1
    assert await found(day="2026-03-04", resource_ids=BEN) == 0
    assert await found(day="2026-03-04", resource_external_ids="a-1") == 1
    await timify.call("GET", "/v1/timeshifts", 400)
    assert [body["event"] for body in await timify.webhooks()] == ["Shift"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"resource_id": None}, 400),
        ({"external_resource_id": "a-1"}, 400),
        ({"resource_id": "nobody"}, 404),
        ({"denial_reason": "BORED"}, 400),
        ({"to": "2026-03-01"}, 400),
        ({"denial_times": [{"begin": "12:00", "end": "11:00"}]}, 400),
        ({"denial_times": ["noon"]}, 400),
    ],
)
async def test_a_senseless_shift_is_kept(timify: Timify, change: dict[str, Any], status: int) -> None:
    body = {"resource_id": ANNA, "from": "2026-03-03", "to": "2026-03-03"} | change
    await timify.call("POST", "/v1/timeshifts", status, json=body)


async def reserve(timify: Timify) -> Any:
    body = {"company_id": COMPANY, "service_id": CUT, "resource_ids": [ANNA], "date": "2026-03-03", "time": "10:00"}
    return (await timify.call("POST", "/v1/booker-services/reservations", json=body, headers={}))["data"]


async def confirm(timify: Timify, status: int, held: Any, **change: Any) -> None:
    fields = [{"id": "firstName", "value": "Eva"}, {"id": "email", "value": "eva@kunde.example"}]
    body = {"company_id": COMPANY, "reservation_id": held["id"], "secret": held["secret"], "fields": fields} | change
    await timify.call("POST", "/v1/booker-services/appointments/confirm", status, json=body, headers={})


async def test_a_reservation_looks_like_a_booking(timify: Timify) -> None:
    held = await reserve(timify)
    seen = await timify.read(held["id"])
    assert (seen["startDate"], seen["reservedUntil"]) == ("2026-03-03T09:00:00Z", "2026-03-02T08:10:00Z")
    await confirm(timify, 403, held, secret="wrong")
    await confirm(timify, 200, held)
    booked = await timify.read(held["id"])
    assert (booked["reservedUntil"], booked["customers"][0]["email"]) == (None, "eva@kunde.example")
    await confirm(timify, 403, held)
    assert sorted(body["action"] for body in await timify.webhooks()) == ["Created", "Updated"]
    timify.clock.pass_seconds(3_600)
    assert await timify.between("2026-03-03", "2026-03-03") == [held["id"]]


async def test_a_reservation_that_nobody_confirmed_stays(timify: Timify) -> None:
    held = await reserve(timify)
    timify.clock.pass_seconds(600)
    await confirm(timify, 404, held)
    assert await timify.between("2026-03-03", "2026-03-03") == []
