"""What the side-by-side page is told and what becomes of what people do on it, over HTTP as the page does it."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from dev.actors import Actors
from dev.stack import Stack

type Json = dict[str, Any]

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]
MONDAY = datetime.now(UTC).date() + timedelta(days=7 - datetime.now(UTC).weekday())
COLOUR = {"title": "Colour", "start": f"{MONDAY} 09:00", "durationsPattern": [45, 30, 45], "durationBefore": 10}


class Person:
    """Somebody with the page open, on a company and a mailbox of their own that the app does not know."""

    def __init__(self, actors: Actors) -> None:
        self.actors = actors
        self.company, self.resource = uuid.uuid4().hex[:24], uuid.uuid4().hex[:24]
        self.upn = f"{uuid.uuid4().hex}@page.example"
        self.page = f"{actors.where.functions}/_dev/calendars"

    async def arrive(self, *appointments: Json, mailbox: bool = True) -> None:
        resources = [{"id": self.resource, "name": "Mia", "email": self.upn}]
        own = [each | {"resourceIds": [self.resource]} for each in appointments]
        company = {"timezone": "Europe/Berlin", "resources": resources, "appointments": own}
        await self.actors.send("PUT", f"{self.actors.where.timify}/_sim/companies/{self.company}", company)
        if mailbox:
            calendars = [{"name": "Calendar", "canEdit": True, "events": []}]
            box = {"timeZone": "UTC", "kind": "exchange_online", "consent": "granted", "calendars": calendars}
            await self.actors.send("PUT", f"{self.actors.where.outlook}/_sim/mailboxes/{self.upn}", box)

    async def look(self, day: object = MONDAY) -> Json:
        return dict((await self.ask("GET", "scene", day=str(day))).json())

    async def entry(self, side: str, day: object = MONDAY) -> Json:
        (found,) = (await self.look(day))[side]["entries"]
        return dict(found)

    async def appointment(self) -> Json:
        raw = await self.actors.send("GET", f"{self.actors.where.timify}/_sim/companies/{self.company}")
        return dict(raw["appointments"][0])

    async def ask(self, method: str, path: str, body: object = None, **query: str) -> Any:
        chosen = {"company": self.company, "resource": self.resource} | query
        return await self.actors.http.request(method, f"{self.page}/{path}", params=chosen, json=body)


@pytest_asyncio.fixture(loop_scope="session")
async def person(stack: Stack) -> AsyncIterator[Person]:
    async with Actors(stack.addresses) as actors:
        yield Person(actors)


async def test_a_split_booking_that_is_dragged_keeps_its_intervals_and_preparation(person: Person) -> None:
    await person.arrive(COLOUR)
    before, shown = await person.appointment(), await person.entry("timify")
    moved = {name: f"{MONDAY + timedelta(days=1)}T{shown[name][11:]}" for name in ("start", "end")}
    assert (await person.ask("PATCH", f"entries/timify/{shown['id']}", moved)).status_code == 200
    after = await person.appointment()
    assert after["startDate"] == before["startDate"].replace(str(MONDAY), str(MONDAY + timedelta(days=1)))
    assert (after["durationsPattern"], after["durationBefore"]) == (before["durationsPattern"], 10)
    assert (await person.entry("timify"))["start"] == moved["start"]


async def test_lengthening_a_booking_does_not_stretch_its_preparation(person: Person) -> None:
    await person.arrive(COLOUR | {"durationsPattern": [60]})
    shown = await person.entry("timify")
    longer = (datetime.fromisoformat(shown["end"]) + timedelta(minutes=15)).isoformat(timespec="minutes")
    await person.ask("PATCH", f"entries/timify/{shown['id']}", {"start": shown["start"], "end": longer})
    after = await person.appointment()
    assert (after["duration"], after["durationBefore"]) == (75, 10)


async def test_a_whole_day_is_neither_shifted_nor_lengthened_by_a_change_of_title(person: Person) -> None:
    await person.arrive()
    days = {"start": str(MONDAY), "end": str(MONDAY + timedelta(days=2)), "all_day": True}
    assert (await person.ask("POST", "entries/outlook", {"title": "Fair", **days})).status_code == 201
    shown = await person.entry("outlook")
    await person.ask("PATCH", f"entries/outlook/{shown['id']}", {"title": "Trade fair"})
    after = await person.entry("outlook")
    assert {name: after[name] for name in days} == days
    assert after["title"] == "Trade fair"


@pytest.mark.parametrize("day", ["2027-03-26", "2027-03-29"])
async def test_nine_oclock_is_nine_oclock_on_both_sides_of_a_clock_change(person: Person, day: str) -> None:
    await person.arrive()
    times = {"title": "Talk", "start": f"{day}T09:00", "end": f"{day}T09:50"}
    for side in ("outlook", "timify"):
        assert (await person.ask("POST", f"entries/{side}", times)).status_code == 201
    scene = await person.look(day)
    for side in ("outlook", "timify"):
        (shown,) = scene[side]["entries"]
        assert {name: shown[name] for name in times} == times


async def test_a_page_that_knows_everything_is_told_nothing(person: Person) -> None:
    await person.arrive(COLOUR)
    tag = (await person.look())["tag"]
    assert (await person.ask("GET", "scene", day=str(MONDAY), seen=tag)).status_code == 204


async def test_looking_at_bookings_is_no_request_that_a_test_of_the_app_would_count(person: Person) -> None:
    await person.arrive(COLOUR)
    await person.look()
    journal = await person.actors.send("GET", f"{person.actors.where.timify}/_sim/requests")
    assert not [each for each in journal if each["headers"].get("company-id") == person.company]


async def test_a_resource_without_a_mailbox_still_shows_its_bookings(person: Person) -> None:
    await person.arrive(COLOUR, mailbox=False)
    scene = await person.look()
    assert "choose one" in scene["outlook"]["problem"]
    assert [each["title"] for each in scene["timify"]["entries"]] == ["Colour"]
    refused = await person.ask("POST", "entries/outlook", {"title": "Lost"})
    assert refused.status_code == 404
    assert "mailbox" in refused.json()["problem"]


async def test_a_person_whose_token_has_ended_is_signed_in_again_instead_of_locked_out(person: Person) -> None:
    await person.arrive()
    ended = {"method": "POST", "path": "/me/calendar/events", "status": 401, "times": 1}
    await person.actors.send("POST", f"{person.actors.where.outlook}/_sim/faults", ended)
    times = {"title": "Again", "start": f"{MONDAY}T09:00", "end": f"{MONDAY}T10:00"}
    assert (await person.ask("POST", "entries/outlook", times)).status_code == 201
    assert (await person.entry("outlook"))["title"] == "Again"


async def test_a_refusal_of_timify_is_passed_on_in_its_words(person: Person) -> None:
    await person.arrive()
    off_grid = {"title": "Odd", "start": f"{MONDAY}T09:02", "end": f"{MONDAY}T10:02"}
    refused = await person.ask("POST", "entries/timify", off_grid)
    assert refused.status_code == 400
    assert "divisible by 5" in refused.json()["problem"]


async def test_a_form_on_another_site_changes_nothing(person: Person) -> None:
    await person.arrive()
    address = f"{person.page}/entries/timify?company={person.company}&resource={person.resource}"
    answer = await person.actors.http.post(
        address, content='{"title": "Forged"}', headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 415
    assert (await person.look())["timify"]["entries"] == []


async def test_a_newcomer_gets_from_the_page_to_what_an_administrator_sees(person: Person) -> None:
    await person.arrive()
    await person.actors.install(person.company)
    answer = await person.ask("GET", "administer", language="de")
    assert answer.status_code == 303
    page = await person.actors.http.get(answer.headers["location"])
    assert "Mia" in page.text
    assert 'lang="de"' in page.text
