"""The Outlook side of the page: one calendar of one mailbox, through Graph, as the person whose mailbox it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dev.actors import Json
from dev.sidebyside.entry import Entry, day, moment, pair_of, wall
from dev.sidebyside.people import People
from shared.domain.items import Side

_PRIVATE = ("private", "confidential")


class OutlookSide:
    """`calendar` is a calendar's id, empty for the default one."""

    def __init__(self, people: People, resource_id: str, upn: str, calendar: str, zone: ZoneInfo) -> None:
        self._people = people
        self._resource_id = resource_id
        self._upn = upn
        self._path = f"/calendars/{quote(calendar, safe='')}" if calendar else "/calendar"
        self._zone = zone

    async def calendars(self) -> list[Json]:
        """The mailbox's calendars: id, name, whether it may be changed, whether it is the default one."""
        found = (await self._people.outlook(self._upn, "GET", "/calendars"))["value"]
        return [
            {"id": each["id"], "name": each["name"], "writable": each["canEdit"], "main": each["isDefaultCalendar"]}
            for each in found
        ]

    async def entries(self, first: date, last: date) -> list[Entry]:
        """What stands in the calendar from the day `first` to before the day `last`. Raises Refusal."""
        start, end = (moment(each.isoformat(), self._zone).strftime("%Y-%m-%dT%H:%M:%SZ") for each in (first, last))
        path = f"{self._path}/calendarView?startDateTime={start}&endDateTime={end}&$top=500"
        found: list[Json] = []
        while path:
            answer = await self._people.outlook(self._upn, "GET", path)
            found += answer["value"]
            path = answer.get("@odata.nextLink", "").partition("/v1.0/me")[2]
        return [self._entry(raw) for raw in found if not raw.get("isCancelled")]

    async def create(self, wanted: Json) -> None:
        await self._people.outlook(self._upn, "POST", f"{self._path}/events", self._body(wanted))

    async def change(self, item_id: str, wanted: Json) -> None:
        """Title, time, privacy or availability; what is not named stays."""
        path = f"{self._path}/events/{quote(item_id, safe='')}"
        await self._people.outlook(self._upn, "PATCH", path, self._body(wanted))

    async def delete(self, item_id: str) -> None:
        await self._people.outlook(self._upn, "DELETE", f"{self._path}/events/{quote(item_id, safe='')}")

    def _body(self, wanted: Json) -> Json:
        body: Json = {}
        if "title" in wanted:
            body["subject"] = wanted["title"]
        if "show_as" in wanted:
            body["showAs"] = wanted["show_as"]
        if "private" in wanted:
            body["sensitivity"] = "private" if wanted["private"] else "normal"
        if "start" in wanted:
            whole_days = bool(wanted.get("all_day"))
            body |= {name: self._time(wanted[name], whole_days) for name in ("start", "end")}
            body["isAllDay"] = whole_days
        return body

    def _time(self, text: str, whole_days: bool) -> Json:
        clock = f"{day(text).isoformat()}T00:00" if whole_days else text
        return {"dateTime": f"{clock}:00", "timeZone": self._zone.key}

    def _entry(self, raw: Json) -> Entry:
        whole_days = bool(raw.get("isAllDay"))
        start, end = (self._shown(raw[name], whole_days) for name in ("start", "end"))
        mark = raw.get("transactionId")
        return Entry(
            id=raw["id"],
            pair=pair_of(self._resource_id, Side.OUTLOOK, raw["id"], mark),
            title=raw.get("subject") or "",
            note=(raw.get("location") or {}).get("displayName") or "",
            start=start,
            end=end,
            all_day=whole_days,
            copy="TIMIFY" in (raw.get("categories") or []),
            show_as=raw.get("showAs") or "busy",
            private=raw.get("sensitivity") in _PRIVATE,
            marks=_marks(raw),
        )

    def _shown(self, value: dict[str, Any], whole_days: bool) -> str:
        clock = datetime.fromisoformat(value["dateTime"][:19])
        return clock.date().isoformat() if whole_days else wall(clock.replace(tzinfo=UTC), self._zone)


def _marks(raw: Json) -> list[str]:
    special = {
        "recurring": raw.get("type") in ("occurrence", "exception"),
        "declined": (raw.get("responseStatus") or {}).get("response") == "declined",
        "invited": raw.get("isOrganizer") is False,
        "with guests": bool(raw.get("attendees")),
    }
    return [word for word, holds in special.items() if holds]


def week_of(some_day: date) -> tuple[date, date]:
    """Monday of the week and Monday of the next."""
    monday = some_day - timedelta(days=some_day.weekday())
    return monday, monday + timedelta(days=7)
