"""The stage: people act through the published doors, and what came of it is read raw from both simulators."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from dev.actors import Actors, Failed
from dev.demo import cast
from dev.demo.tale import Tale, expect, must
from dev.outlook import zones

type Json = dict[str, Any]
type Times = tuple[datetime, datetime]


@dataclass(slots=True)
class Scene:
    """One company in a running stack."""

    actors: Actors
    tale: Tale

    # -- raw state

    async def events(self, upn: str) -> list[Json]:
        """Every event of the person's first calendar, as the simulator keeps it (masters and exceptions)."""
        mailbox = await self.actors.send("GET", f"{self.actors.where.outlook}/_sim/mailboxes/{quote(upn)}")
        found: list[Json] = mailbox["calendars"][0]["events"]
        return found

    async def event(self, upn: str, subject: str) -> Json:
        """The one event of that subject."""
        return _only([e for e in await self.events(upn) if e.get("subject") == subject], f"event {subject!r}")

    async def event_now(self, upn: str, event_id: str) -> Json:
        """The event of that id."""
        return _only([e for e in await self.events(upn) if e["id"] == event_id], "that event")

    async def appointments(self, resource_id: str) -> list[Json]:
        """Every appointment of the resource, as the simulator keeps it."""
        company = await self.actors.send("GET", f"{self.actors.where.timify}/_sim/companies/{cast.COMPANY}")
        return [a for a in company["appointments"] if any(r["id"] == resource_id for r in a["resources"])]

    async def appointment(self, resource_id: str, title: str) -> Json:
        """The one appointment of that title."""
        found = [a for a in await self.appointments(resource_id) if a["title"] == title]
        return _only(found, f"appointment {title!r}")

    async def appointment_now(self, resource_id: str, appointment_id: str) -> Json:
        found = [a for a in await self.appointments(resource_id) if a["id"] == appointment_id]
        return _only(found, "that appointment")

    async def copies_in_outlook(self, upn: str) -> list[Json]:
        return [e for e in await self.events(upn) if "TIMIFY" in (e.get("categories") or [])]

    async def copy_at(self, upn: str, times: Times) -> Json:
        """The one copy of a booking at these times."""
        found = [e for e in await self.copies_in_outlook(upn) if event_times(e) == times]
        return _only(found, f"copy in Outlook at {times[0]:%d %b %H:%M}–{times[1]:%H:%M} UTC")

    async def subscriptions(self, upn: str) -> list[Json]:
        """What the app has subscribed to at Microsoft."""
        every = await self.actors.send("GET", f"{self.actors.where.outlook}/_sim/subscriptions")
        return [one for one in every if one["upn"] == upn and one["actor"] == "app"]

    # -- people act

    async def meet(self, upn: str, body: Json) -> Json:
        """The person makes an event, and everything settles."""
        made: Json = await self.actors.outlook(upn, "POST", "/events", body)
        await self.actors.quiet()
        return made

    async def edit(self, upn: str, event_id: str, body: Json | None) -> None:
        """The person changes an event (None: deletes it), and everything settles."""
        await self.actors.outlook(upn, "PATCH" if body is not None else "DELETE", f"/events/{event_id}", body)
        await self.actors.quiet()

    async def book(self, body: Json) -> Json:
        """Somebody books in TIMIFY, and everything settles."""
        answer = await self.actors.timify(cast.COMPANY, "POST", "/appointments", body)
        await self.actors.quiet()
        booked: Json = answer["data"]
        return booked

    async def rebook(self, appointment_id: str, body: Json | None) -> None:
        """Somebody changes a booking (None: deletes it), and everything settles."""
        method = "PATCH" if body is not None else "DELETE"
        await self.actors.timify(cast.COMPANY, method, f"/appointments/{appointment_id}", body)
        await self.actors.quiet()

    async def connected(self, resource_id: str, upn: str) -> Json:
        """Invite, connect and wait for the end of the import; answers the line of the overview."""
        link = await self.actors.invite(cast.COMPANY, resource_id)
        outcome = await self.actors.connect(link, upn)
        expect("the last page", outcome["status"], "importing")
        return await self.synced(resource_id)

    async def synced(self, resource_id: str, seconds: float = 60) -> Json:
        """Wait until the overview says Synced and all is quiet; answers its line."""

        async def live() -> Json | None:
            line = await self.overview(resource_id)
            return line if line["label"] == "Synced" else None

        line: Json = await self.actors.until(live, "Synced", seconds, every=0.2)
        await self.actors.quiet()
        return line

    async def overview(self, resource_id: str) -> Json:
        return await self.actors.resource(cast.COMPANY, resource_id)

    async def refused(self, method: str, path: str, body: Json | None = None) -> tuple[int, str]:
        """Status and code of an API call that must not work."""
        where = self.actors.where
        url = f"{where.functions}/api/v1/companies/{path}"
        headers = {"x-functions-key": where.function_key}
        answer = await self.actors.http.request(method, url, json=body, headers=headers)
        return answer.status_code, answer.json().get("code", "") if answer.is_error else ""

    async def conflicts(self, resource_id: str) -> list[Json]:
        return await self.actors.items(f"{cast.COMPANY}/conflicts", resource_id=resource_id, state="open")

    # -- promises

    async def spent(self) -> dict[str, list[str]]:
        """The methods of all that the app asked of either side since the journals were forgotten, but subscriptions."""
        sides = {"outlook": self.actors.where.outlook, "timify": self.actors.where.timify}
        return {
            name: [entry["method"] for entry in await self.actors.calls(url) if "/subscriptions" not in entry["path"]]
            for name, url in sides.items()
        }

    async def written(self) -> dict[str, list[str]]:
        """As `spent`, only what changes something."""
        return {
            side: [method for method in methods if method != "GET"] for side, methods in (await self.spent()).items()
        }

    async def nothing_more(self, resource_id: str) -> int:
        """A whole reading of both calendars writes nothing and finds that all agree; answers how many items it read."""
        await self.actors.forget_journals()
        await self.actors.api("POST", f"{cast.COMPANY}/resources/{resource_id}/check")
        await self.actors.quiet()
        written = [f"{e['method']} {e['path']}" for e in await self.actors.writes()]
        expect("writes of a second round", written, [])
        check = (await self.overview(resource_id))["last_check"]
        must(check, "the check left no result")
        expect("agreeing items", check["agree"], check["items"])
        return int(check["items"])


def event_times(event: Json) -> Times:
    """Start and end of a raw event in UTC."""
    return _moment(event["start"]), _moment(event["end"])


def appointment_times(appointment: Json) -> Times:
    """Start and end of everything that a raw appointment blocks, in UTC."""
    spans = [
        (
            datetime.fromisoformat(b["interval"]["begin"]) - timedelta(minutes=b["durationBefore"] or 0),
            datetime.fromisoformat(b["interval"]["end"]) + timedelta(minutes=b["durationAfter"] or 0),
        )
        for b in appointment["bookings"]
    ]
    return min(start for start, _ in spans), max(end for _, end in spans)


def local_times(day: int, start: str, end: str) -> Times:
    """The UTC times of a stretch of the demo's day number `day`."""
    return cast.moment(day, start), cast.moment(day, end)


def _moment(value: Json) -> datetime:
    wall = datetime.fromisoformat(value["dateTime"][:19])
    return wall.replace(tzinfo=zones.require(value["timeZone"])).astimezone(UTC)


def _only(found: list[Json], what: str) -> Json:
    if len(found) != 1:
        raise Failed(f"{what}: {len(found)} found instead of one")
    return found[0]
