"""Brings the company into every state that its pages can show, through the doors that anybody may use."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from dev.actors import Actors
from dev.screenshots.studio import COURSE, CUT, Person, Studio, full_studio, invited_studio

type Json = dict[str, Any]

_SLOW_WRITE_MS = 1000
_ENOUGH_PERCENT = 20
_GUEST = [{"type": "required", "emailAddress": {"name": "Kira Vogt", "address": "kira@partner.example"}}]
_SYNCED = ("Anna", "Clara", "Hannah", "Lukas", "Mira", "Sophie", "Meeting room")


@dataclass(frozen=True)
class Stage:
    """Everything the pictures need; `links` are invitations by the name of who got them."""

    actors: Actors
    studio: Studio
    invited: Studio
    empty: Studio
    undecided: Studio
    links: dict[str, str]

    async def console(self, company: Studio, language: str) -> str:
        """The address below which an administrator's pages are."""
        wish = {"name": "Anna Berger", "language": language}
        url: str = (await self.actors.api("POST", f"{company.id}/console-sessions", wish))["url"]
        return url.rpartition("/")[0]

    async def import_slowly(self) -> None:
        """Jonas connects, and from a part of his import on what is written to TIMIFY takes its time."""
        jonas = self.studio.person("Jonas")
        link = await self.actors.invite(self.studio.id, jonas.id)
        await self._writes_take(100)
        await self.actors.connect(link, jonas.address)

        async def begun() -> bool:
            progress = (await self.actors.resource(self.studio.id, jonas.id))["progress"]
            return bool(progress and progress["percent"] >= _ENOUGH_PERCENT)

        await self.actors.until(begun, "a part of the import", every=0.2)
        await self._writes_take(_SLOW_WRITE_MS)

    async def _writes_take(self, milliseconds: int) -> None:
        timify = self.actors.where.timify
        await self.actors.send("DELETE", f"{timify}/_sim/faults")
        slow = {"method": "POST", "path": "/appointments", "times": None, "delay_ms": milliseconds, "actor": "app"}
        await self.actors.faulty(timify, **slow)


async def set_the_stage(actors: Actors, languages: tuple[str, ...]) -> Stage:
    """Fill the simulators, install the companies, and let everything happen that the pictures show."""
    today = datetime.now(UTC).date()
    monday = today + timedelta(days=7 - today.weekday())
    stage = Stage(
        actors, full_studio(monday), invited_studio(monday, languages), Studio([], monday), Studio([], monday), {}
    )
    for company in (stage.studio, stage.invited, stage.empty, stage.undecided):
        await _put(actors, company)
    for company in (stage.studio, stage.invited, stage.empty):
        await actors.install(company.id)
    await actors.api("PUT", stage.undecided.id, {"plan": "premium", "locale": "en", "timezone": "Europe/Berlin"})
    await _invitations(stage)
    await _states(stage)
    return stage


async def _put(actors: Actors, company: Studio) -> None:
    await actors.send("PUT", f"{actors.where.timify}/_sim/companies/{company.id}", company.company())
    for address, box in company.mailboxes():
        await actors.send("PUT", f"{actors.where.outlook}/_sim/mailboxes/{quote(address)}", box)


async def _invitations(stage: Stage) -> None:
    for person in stage.invited.people:
        stage.links[person.name] = await stage.actors.invite(stage.invited.id, person.id)
    replaced, revoked = stage.invited.person("Replaced"), stage.invited.person("Revoked")
    await stage.actors.invite(stage.invited.id, replaced.id)
    await stage.actors.api("DELETE", f"{stage.invited.id}/resources/{revoked.id}/invitation")


async def _states(stage: Stage) -> None:
    actors, studio = stage.actors, stage.studio
    enforce = {"outlook_to_timify": {"working_times": "enforce"}}
    await actors.api("PATCH", f"{studio.id}/resources/{studio.person('Hannah').id}/settings", enforce)
    for name in (*_SYNCED, "Petra"):
        person = studio.person(name)
        await actors.connect(await actors.invite(studio.id, person.id), person.address)
    await actors.invite(studio.id, studio.person("David").id)
    await actors.quiet()
    await _conflicts(stage)
    await _live_through_a_day(stage)
    await actors.api("DELETE", f"{studio.id}/resources/{studio.person('Clara').id}/connection", copies="keep")
    await _lose_access(stage, studio.person("Sophie"))
    await _lose_everything(stage, studio.person("Lukas"))
    await actors.quiet()


async def _lose_access(stage: Stage, person: Person) -> None:
    box = f"{stage.actors.where.outlook}/_sim/mailboxes/{quote(person.address)}"
    await stage.actors.send("POST", f"{box}/revoke")
    await stage.actors.api("POST", f"{stage.studio.id}/resources/{person.id}/check")


async def _lose_everything(stage: Stage, person: Person) -> None:
    """The mailbox comes back without any of its copies, as after a backup was put back."""
    box = f"{stage.actors.where.outlook}/_sim/mailboxes/{quote(person.address)}"
    now = await stage.actors.send("GET", box)
    own = [e for e in now["calendars"][0]["events"] if not str(e.get("transactionId") or "").startswith("tfy-")]
    now["calendars"][0]["events"] = own
    await stage.actors.send("PUT", box, now)


async def _conflicts(stage: Stage) -> None:
    """Things at the same time, one outside working time, a group booking and a meeting with guests that were moved."""
    anna, mira, hannah = (stage.studio.person(name) for name in ("Anna", "Mira", "Hannah"))
    actors, studio = stage.actors, stage.studio
    course = await _book(stage, anna, 8, "15:00", COURSE, is_course=True, max_participants=10, title="Styling course")
    await _add(stage, anna, "With a guest", 9, "15:00", "16:00", attendees=_GUEST)
    await _add(stage, hannah, "Late call", 8, "20:00", "21:00")
    await _add(stage, anna, "Dentist", 1, "09:15", "10:15")
    await _add(stage, mira, "Physiotherapy", 0, "11:30", "12:30")
    await actors.quiet()
    await _book(stage, mira, 1, "14:30", CUT)
    copies = await actors.events(anna.address, *(_utc(studio.moment(day, "12:00")) for day in (8, 9)))
    copy = next(event for event in copies if event["subject"].startswith(str(course["title"])))
    moved = studio.when(8, "17:00", "19:00")
    await actors.outlook(anna.address, "PATCH", f"/events/{quote(copy['id'], safe='')}", moved)
    day = f"{studio.moment(9, '12:00').date()}"
    guest = next(a for a in await actors.appointments(studio.id, day, day, anna.id) if a.get("title") == "With a guest")
    at = f"{studio.moment(9, '17:00').astimezone(UTC):%Y-%m-%d %H:%M}"
    await actors.timify(studio.id, "PATCH", f"/appointments/{guest['id']}", {"datetime": at})
    await actors.quiet()


async def _live_through_a_day(stage: Stage) -> None:
    """A few ordinary edits for the log: something moves, something is renamed, something goes."""
    anna = stage.studio.person("Anna")
    for number in range(4):
        event = await _add(stage, anna, "Supplier", 10, f"{10 + number}:00", f"{10 + number}:30")
        await stage.actors.quiet()
        path = f"/events/{quote(event['id'], safe='')}"
        await stage.actors.outlook(
            anna.address, "PATCH", path, stage.studio.when(11, f"{10 + number}:15", f"{10 + number}:45")
        )
        if number % 2:
            await stage.actors.outlook(anna.address, "DELETE", path)
        await stage.actors.quiet()
    await asyncio.gather(
        *(
            stage.actors.api("POST", f"{stage.studio.id}/resources/{stage.studio.person(name).id}/check")
            for name in ("Anna", "Mira", "Meeting room")
        )
    )
    await stage.actors.quiet()


async def _add(stage: Stage, person: Person, title: str, day: int, start: str, end: str, **more: Any) -> Json:
    made: Json = await stage.actors.outlook(
        person.address, "POST", "/events", stage.studio.event(title, day, start, end, **more)
    )
    return made


async def _book(stage: Stage, person: Person, day: int, at: str, service: str, **more: Any) -> Json:
    when = f"{stage.studio.moment(day, at).astimezone(UTC):%Y-%m-%d %H:%M}"
    body = {"service_id": service, "datetime": when, "resource_ids": [person.id], **more}
    made: Json = (await stage.actors.timify(stage.studio.id, "POST", "/appointments", body))["data"]
    return made


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
