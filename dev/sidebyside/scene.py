"""Everything that the page shows at one moment, and waiting until it is different."""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from dev.actors import Json
from dev.sidebyside.app_side import AppSide, Effort
from dev.sidebyside.entry import Entry, wall
from dev.sidebyside.outlook_side import OutlookSide, week_of
from dev.sidebyside.people import People, Refusal
from dev.sidebyside.timify_side import TimifySide, working_times

_PATIENCE = 1.0  # seconds that a page waits for news; short, so that nobody waits for it when the stack ends
_GLANCE = 0.1


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose to see; empty means: choose for me."""

    company: str
    resource: str
    mailbox: str
    calendar: str
    day: date | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        """Raises ValueError for a day that is none."""
        chosen = {name: query.get(name, "") for name in ("company", "resource", "mailbox", "calendar")}
        return cls(**chosen, day=date.fromisoformat(query["day"]) if query.get("day") else None)


@dataclass(frozen=True, slots=True)
class Stage:
    """A choice that was completed, and the two sides it leads to. Without a mailbox there is no Outlook side."""

    company: Json
    resource: Json
    mailboxes: list[str]
    mailbox: str
    zone: ZoneInfo
    timify: TimifySide
    outlook: OutlookSide | None
    fingerprint: str

    def side(self, name: str) -> OutlookSide | TimifySide:
        """The side of this name. Raises Refusal when there is none."""
        found = {"outlook": self.outlook, "timify": self.timify}.get(name)
        if found is None:
            raise Refusal(404, "There is no mailbox to write to: choose one above the calendar.")
        return found


class Scenes:
    """The scenes of a running stack."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.effort = Effort(people)
        self._apps: dict[tuple[str, str], AppSide] = {}

    async def stage(self, choice: Choice) -> Stage:
        """Complete a choice. Raises Refusal when there is no company or resource to show."""
        where = self.people.where
        companies, mailboxes = map(
            json.loads, await self.people.raw(f"{where.timify}/_sim/companies", f"{where.outlook}/_sim/mailboxes")
        )
        company_id = choice.company or next(iter(companies), "")
        (raw,) = await self.people.raw(f"{where.timify}/_sim/companies/{company_id}") if company_id else [b""]
        company: Json = json.loads(raw or b"{}")
        if not company.get("resources"):
            raise Refusal(404, "There is no company with resources yet: seed one, or start without --empty.")
        resources = company["resources"]
        resource = next((each for each in resources if each["id"] == choice.resource), resources[0])
        upn = choice.mailbox or _own_mailbox(resource, mailboxes)
        (box,) = await self.people.raw(f"{where.outlook}/_sim/mailboxes/{upn}") if upn else [b""]
        zone = ZoneInfo((resource.get("calendar") or {}).get("timezone") or company["timezone"])
        return Stage(
            company=company,
            resource=resource,
            mailboxes=mailboxes,
            mailbox=upn if box else "",
            zone=zone,
            timify=TimifySide(self.people, company, resource["id"], zone),
            outlook=OutlookSide(self.people, resource["id"], upn, choice.calendar, zone) if box else None,
            fingerprint=hashlib.blake2b(raw + box, digest_size=12).hexdigest(),
        )

    def app(self, stage: Stage) -> AppSide:
        """What the app says of the staged resource."""
        key = (stage.company["id"], stage.resource["id"])
        return self._apps.setdefault(key, AppSide(self.people, *key))

    async def next(self, choice: Choice, seen: str) -> Json | None:
        """The scene as soon as it differs from the one whose tag is `seen`; None when it stays for a while."""
        end = time.monotonic() + _PATIENCE
        before = ""
        while True:
            stage = await self.stage(choice)
            app = self.app(stage)
            if before and stage.fingerprint != before:
                app.stir()
            before = stage.fingerprint
            await app.look()
            tag = _tag(stage.fingerprint, app.facts, app.problem, repr(choice))
            if tag != seen:
                return await self._scene(choice, stage, app) | {"tag": tag}
            if time.monotonic() > end:
                return None
            await asyncio.sleep(_GLANCE)

    async def _scene(self, choice: Choice, stage: Stage, app: AppSide) -> Json:
        now = datetime.now(UTC)
        monday, end = week_of(choice.day or now.astimezone(stage.zone).date())
        outlook, calendars, problem = await _outlook_of(stage, monday, end)
        company = stage.company
        return {
            "company": {"id": company["id"], "name": company["name"]},
            "resource": stage.resource["id"],
            "resources": _tabs(company["resources"], app.facts.get("overview", [])),
            "services": [{"id": each["id"], "name": each["name"]} for each in company["services"]],
            "mailbox": stage.mailbox,
            "mailboxes": stage.mailboxes,
            "calendars": calendars,
            "calendar": choice.calendar or next((each["id"] for each in calendars if each["main"]), ""),
            "zone": stage.zone.key,
            "now": wall(now, stage.zone),
            "monday": monday.isoformat(),
            "working": working_times(stage.resource, monday),
            "outlook": {"entries": [asdict(each) for each in outlook], "problem": problem},
            "timify": {"entries": [asdict(each) for each in stage.timify.entries(monday, end)], "problem": ""},
            "app": {name: value for name, value in app.facts.items() if name != "overview"},
            "app_problem": app.problem,
            "effort": await self.effort.measure(),
        }


async def _outlook_of(stage: Stage, monday: date, end: date) -> tuple[list[Entry], list[Json], str]:
    if stage.outlook is None:
        return [], [], "This resource has no mailbox: choose one above."
    try:
        calendars = await stage.outlook.calendars()
        return await stage.outlook.entries(monday, end), calendars, ""
    except Refusal as refusal:
        return [], [], str(refusal)


def _own_mailbox(resource: Json, mailboxes: list[str]) -> str:
    email = str(resource.get("email") or "").lower()
    return next((each for each in mailboxes if each.lower() == email), "")


def _tabs(resources: list[Json], overview: list[Json]) -> list[Json]:
    known = {each["resource_id"]: each for each in overview}
    nothing: Json = {"status": "", "label": "", "open_conflicts": 0}
    return [
        {name: each.get(name) for name in ("id", "name", "email", "color")}
        | {name: known.get(each["id"], nothing)[name] for name in nothing}
        for each in resources
    ]


def _tag(*parts: object) -> str:
    return hashlib.blake2b(json.dumps(parts, default=str).encode(), digest_size=12).hexdigest()
