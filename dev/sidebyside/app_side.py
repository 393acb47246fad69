"""The app between both calendars, as the page shows it: statuses, sync log, conflicts, and what a change cost."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dev.actors import Json
from dev.sidebyside.people import People, Refusal

_EAGER = 0.3  # seconds between two looks while something goes on
_CALM = 1.5
_GOES_ON = 4.0
_LINES = 40
_WATCHED = timedelta(seconds=30)


@dataclass
class AppSide:
    """What the app says of one resource; asked anew when it may have changed. `problem` is empty or a sentence."""

    people: People
    company_id: str
    resource_id: str
    facts: Json = field(default_factory=dict)
    problem: str = ""
    _asked: float = -_CALM
    _busy_until: float = 0.0

    def stir(self) -> None:
        """Something happened: look often for a while."""
        self._busy_until = time.monotonic() + _GOES_ON

    async def look(self) -> None:
        """Ask the app, unless it was asked a moment ago."""
        now = time.monotonic()
        importing = self.facts.get("status") == "importing"
        if now - self._asked < (_EAGER if importing or now < self._busy_until else _CALM):
            return
        self._asked = now
        try:
            self.facts = await self._facts()
            self.problem = ""
        except Refusal as refusal:
            self.facts, self.problem = {}, str(refusal)

    async def _facts(self) -> Json:
        overview = await self.people.api("GET", f"{self.company_id}/resources", limit=200)
        every: list[Json] = overview["items"]
        own: Json = next((each for each in every if each["resource_id"] == self.resource_id), {})
        path = f"{self.company_id}/resources/{self.resource_id}/log"
        log = (await self.people.api("GET", path, limit=_LINES))["items"] if own else []
        conflicts: list[Json] = []
        if own.get("open_conflicts"):
            listed = await self.people.api("GET", f"{self.company_id}/conflicts", resource_id=self.resource_id)
            conflicts = [each for each in listed["items"] if each["state"] == "open"]
        waiting = own.get("status") in ("awaiting_confirmation", "reconnect_needed")
        link = await self._link(own["email"]) if waiting else ""
        return own | {"overview": every, "log": log, "conflicts": conflicts, "link": link}

    async def _link(self, email: str) -> str:
        """The newest link into the app that was mailed to this address."""
        mails = await self.people.mails(to=email)
        return next((str(mail["link"]) for mail in mails if "/connect/" in (mail["link"] or "")), "")


class Effort:
    """What the app did after the last change that a person made on the page."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._since: datetime | None = None

    def begin(self) -> None:
        """A person is about to change something."""
        self._since = datetime.now(UTC)

    async def measure(self) -> Json | None:
        """Calls to both calendars and milliseconds until the last write began; None when nobody changed anything."""
        since = self._since
        if since is None or datetime.now(UTC) - since > _WATCHED:
            return None
        where = self._people.where
        calls = [*await self._people.calls(where.outlook), *await self._people.calls(where.timify)]
        later = sorted((each for each in calls if _at(each) >= since and not _overview(each)), key=_at)
        writes = [each for each in later if each["method"] != "GET" and "/subscriptions" not in each["path"]]
        reads = [each for each in later if each["method"] == "GET"]
        # What is read after the last write is the app looking at its own echo.
        echo = [each for each in reads if writes and _at(each) > _at(writes[-1])]
        took = round((_at(writes[-1]) - since).total_seconds() * 1000) if writes else None
        return {"reads": len(reads) - len(echo), "writes": len(writes), "echo": len(echo), "ms": took}


def _overview(call: Json) -> bool:
    """Reads of the resources come from the page's own look at the overview."""
    return str(call["path"]).startswith(("/v1/resources", "/v1/companies"))


def _at(call: Json) -> datetime:
    return datetime.fromisoformat(call["at"])
