"""The seeded salon: what a fresh stack shows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from dev import salon
from dev.seed import fill_simulators, install
from tests.dev.timify.conftest import Timify

MONDAYS = [datetime(2026, 3, 25, 12, tzinfo=UTC), datetime(2026, 10, 21, 12, tzinfo=UTC)]


class Boxes:
    """An Outlook simulator that remembers what it was given."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    def take(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            self.held[request.url.path] = request.read()
        return httpx.Response(200 if request.url.path in self.held else 404)


class App:
    """An app that fails so many times before it answers."""

    def __init__(self, failures: int, status: int = 503) -> None:
        self.asked = 0
        self._failures = failures
        self._status = status

    def take(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.asked == 1 and self._failures:
            raise httpx.ConnectError("not yet", request=request)
        return httpx.Response(self._status if self.asked <= self._failures else 200)


def spans(timify_raw: Any, resource: str) -> Iterator[tuple[datetime, datetime]]:
    """What the bookings block in a resource's calendar."""
    for appointment in timify_raw["appointments"]:
        for booking in appointment["bookings"]:
            if booking["resourceId"] == resource:
                begin = datetime.fromisoformat(booking["interval"]["begin"])
                end = datetime.fromisoformat(booking["interval"]["end"])
                yield (
                    begin - timedelta(minutes=booking["durationBefore"]),
                    end + timedelta(minutes=booking["durationAfter"]),
                )


@pytest.mark.parametrize("now", MONDAYS)
async def test_a_fresh_stack_is_full_of_double_bookings(timify: Timify, now: datetime) -> None:
    seeded = await timify.http.put(f"/_sim/companies/{salon.COMPANY_ID}", json=salon.company(now.date()))
    assert seeded.status_code == 200, seeded.text
    assert [bool(item["email"]) for item in seeded.json()["resources"]] == [True, True, True, False]
    boxes = salon.mailboxes(now.date())
    for resource, name in ((salon.ANNA, "anna.berger"), (salon.JONAS, "jonas.weber")):
        taken = list(spans(seeded.json(), resource))
        for event in boxes[f"{name}@{salon.DOMAIN}"]["calendars"][0]["events"]:
            if event["showAs"] != "free" and event["responseStatus"]["response"] != "declined":
                taken += [occurrence(event, week) for week in range(12 if event["recurrence"] else 1)]
        taken.sort()
        assert all(before[1] <= after[0] for before, after in pairwise(taken))


def occurrence(event: Any, week: int) -> tuple[datetime, datetime]:
    begin, end = (
        (datetime.fromisoformat(event[side]["dateTime"]) + timedelta(weeks=week)).replace(tzinfo=salon.ZONE)
        for side in ("start", "end")
    )
    return begin, end


async def test_seeding_again_throws_away_what_people_did(timify: Timify) -> None:
    boxes = Boxes()
    timify_door = httpx.ASGITransport(app=timify.simulator.app)
    mounts = {"http://timify": timify_door, "http://outlook": httpx.MockTransport(boxes.take)}
    async with httpx.AsyncClient(mounts=mounts) as client:
        await fill_simulators(client, "http://outlook", "http://timify", MONDAYS[0])
        first = (await timify.http.get(f"/_sim/companies/{salon.COMPANY_ID}")).json()
        held = dict(boxes.held)
        await fill_simulators(client, "http://outlook", "http://timify", MONDAYS[1])
    assert (await timify.http.get(f"/_sim/companies/{salon.COMPANY_ID}")).json() == first
    assert len(first["appointments"]) == 12
    assert (len(held), boxes.held) == (3, held)


@pytest.mark.parametrize(
    ("app", "installed", "asked"),
    [(App(3), True, 4), (App(99), False, 10), (App(99, status=404), False, 2)],
)
async def test_an_app_that_starts_slowly_misses_its_company(app: App, installed: bool, asked: int) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(app.take)) as client:
        assert await install(client, "http://app", "key", MONDAYS[0], pause=0) is installed
    assert app.asked == asked
