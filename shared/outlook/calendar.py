"""The Outlook door: one calendar of one mailbox, by Microsoft Graph."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from shared.domain.failures import Broken, EndlessPaging, Failure, LinkExpired, MarkTaken, Reason, Stale, Transient
from shared.domain.items import Change, Draft, Event
from shared.domain.spans import Span
from shared.outlook import mapping, subscriptions
from shared.outlook.bodies import EventBody
from shared.outlook.client import Answer, GraphClient, Json, Method
from shared.outlook.errors import DUPLICATE_TRANSACTION, existing_event, lost_link
from shared.outlook.times import on_earth, stamp
from shared.sync.ports import DeltaPage, Subscription

DELTA_PAGE = "odata.maxpagesize=200"
VIEW_PAGE = "250"
MOST_PAGES = 500
MOST_REPEATS = 3
ONE_DAY = timedelta(days=1)


def utc_now() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)


class OutlookCalendar:
    """The port `Outlook`. Make one per round: it believes that its calendar exists once Graph has answered for it."""

    def __init__(
        self, client: GraphClient, calendar_id: str, *, public_url: str, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._client = client
        self._root = ("me", "calendars", calendar_id)
        self._seen = False
        self._subscriptions = subscriptions.Subscriptions(client, calendar_id, public_url, now)

    async def delta(self, link: str, window: Span) -> AsyncIterator[DeltaPage]:
        """Pages as Graph sends them: the same item may come twice in a round, the later one counts.

        A row of a series names it, because occurrences come as stubs and the deletion of one not at all; exceptions
        come whole as well, for their master may be missing from the calendar.
        """
        if link and not self._client.owns(link):
            raise LinkExpired("foreign_link")
        guard = _PagingGuard()
        while True:
            answer = await self._delta_page(link, window)
            rows = answer.rows()
            if guard.turns_in_circles(rows):
                raise EndlessPaging("endless_paging")
            page = await self._page(rows, answer.link("deltaLink"))
            link = answer.link("nextLink")
            if not (page.link or link):
                raise Transient("page_without_link")
            yield page
            if page.link:
                return

    async def view(self, window: Span) -> AsyncIterator[Sequence[Event]]:
        """Graph matches all-day events as if everybody lived in UTC, so one day more is asked for on each side; kept
        is what touches the window: a meeting by its instants, a whole day if it does so anywhere on earth."""
        async for rows in self._pages((*self._root, "calendarView"), _wider(window)):
            yield _touching(rows, window)

    async def count(self, window: Span) -> int:
        query = _window(window) | {"$count": "true", "$top": "1", "$select": "id"}
        answer = self._of_calendar(await self._client.get((*self._root, "calendarView"), query))
        total = answer.content().get("@odata.count")
        if isinstance(total, int):
            return total
        found = [len(rows) async for rows in self._pages((*self._root, "calendarView"), _ids(window))]
        return sum(found)

    async def series(self, master_id: str, window: Span) -> Sequence[Event] | None:
        """By the calendar's path: the mailbox's own answers 404 for series of shared calendars."""
        found: list[Event] = []
        answer = await self._client.get((*self._event(master_id), "instances"), _wider(window))
        if answer.missing:
            await self._confirm_calendar()
            return None
        if answer.status == 400 and await self._is_single(master_id):
            return ()
        async for rows in self._on(answer):
            found += _touching(rows, window)
        return found

    async def read(self, event_id: str) -> Event | None:
        """Raises Transient for an answer that shows no event: its copy may be deleted when it is gone."""
        raw = await self._raw(event_id)
        return None if raw is None else _shown(raw)

    async def find(self, mark: str) -> Event | None:
        """An event that a person copied carries the tag as well; the one that we made has the mark twice."""
        tag = f"ep/id eq '{mapping.TAG}' and ep/value eq '{mark}'"
        query = {"$filter": f"singleValueExtendedProperties/Any(ep: {tag})", "$top": "10"}
        answer = self._of_calendar(await self._client.get((*self._root, "events"), query))
        found = [event for event in map(mapping.event_of, answer.rows()) if event]
        ours = next((event for event in found if event.mark == mark), found[0] if found else None)
        return mapping.tagged(ours, mark) if ours else None

    async def tag(self, event_id: str) -> str | None:
        query = {"$select": "id", "$expand": f"singleValueExtendedProperties($filter=id eq '{mapping.TAG}')"}
        answer = await self._client.get(self._event(event_id), query)
        if answer.missing:
            await self._confirm_calendar()
            return None
        return mapping.tag_of(answer.content())

    async def create(self, draft: Draft, mark: str) -> Event:
        """Raises MarkTaken when the mark was used for an event that is gone since."""
        answer = await self._write("POST", (*self._root, "events"), mapping.creation(draft, mark), repeatable=True)
        if answer.code == DUPLICATE_TRANSACTION:
            named = existing_event(answer.body)
            earlier = (await self.read(named) if named else None) or await self.find(mark)
            if earlier is None:
                raise MarkTaken(DUPLICATE_TRANSACTION)
            return mapping.tagged(earlier, mark)
        if answer.missing:
            raise self._failure(answer)
        return mapping.tagged(_receipt(answer), mark)

    async def update(self, event_id: str, change: Change, version: str) -> Event | None:
        """A PATCH of the changed fields only. 403 is Refused, unless the calendar itself has become read-only."""
        if not change.fields:
            return await self.read(event_id)
        body = mapping.modification(change)
        answer = await self._write("PATCH", self._event(event_id), body, etag=version, repeatable=bool(version))
        if answer.missing:
            await self._confirm_calendar()
            return None
        return _receipt(answer)

    async def delete(self, event_id: str, version: str = "") -> None:
        answer = await self._write("DELETE", self._event(event_id), etag=version, repeatable=True)
        if not (answer.ok or answer.missing):
            raise answer.failure()

    async def subscribe(self, client_state: str, expires: datetime) -> Subscription:
        return await self._subscriptions.make(client_state, expires)

    async def renew(self, subscription_id: str, expires: datetime) -> Subscription | None:
        return await self._subscriptions.renew(subscription_id, expires)

    async def unsubscribe(self, subscription_id: str) -> None:
        await self._subscriptions.remove(subscription_id)

    def _event(self, event_id: str) -> tuple[str, ...]:
        return (*self._root, "events", event_id)

    async def _delta_page(self, link: str, window: Span) -> Answer:
        if not link:
            path = (*self._root, "calendarView", "delta")
            return self._of_calendar(await self._client.get(path, _window(window), DELTA_PAGE))
        answer = await self._client.follow(link, DELTA_PAGE)
        if lost_link(answer.status, answer.code):
            raise LinkExpired(answer.code or str(answer.status))
        return self._of_calendar(answer)

    async def _page(self, rows: Sequence[Json], link: str) -> DeltaPage:
        present = [row for row in rows if mapping.removed_id(row) is None]
        whole = [row for row in present if isinstance(row.get("id"), str) and mapping.is_whole(row)]
        events = [await self.read(row["id"]) if mapping.is_sparse(row) else mapping.event_of(row) for row in whole]
        return DeltaPage(
            events=tuple(event for event in events if event),
            series=frozenset(filter(None, map(mapping.master_id, present))),
            removed=tuple(filter(None, map(mapping.removed_id, rows))),
            link=link,
        )

    async def _pages(self, path: Sequence[str], query: dict[str, str]) -> AsyncIterator[list[Json]]:
        answer = self._of_calendar(await self._client.get(path, query))
        async for rows in self._on(answer):
            yield rows

    async def _on(self, answer: Answer) -> AsyncIterator[list[Json]]:
        """A list from its first page on."""
        guard = _PagingGuard()
        while True:
            rows = self._of_calendar(answer).rows()
            if guard.turns_in_circles(rows):
                raise Transient("endless_paging")
            yield rows
            link = answer.link("nextLink")
            if not link:
                return
            answer = await self._client.follow(link)

    async def _raw(self, event_id: str) -> Json:
        answer = await self._client.get(self._event(event_id))
        if answer.missing:
            await self._confirm_calendar()
            return None
        content = answer.content()
        self._seen = True
        return content

    async def _is_single(self, event_id: str) -> bool:
        raw = await self._raw(event_id)
        return raw is None or mapping.master_id(raw) is None

    async def _write(
        self, method: Method, path: Sequence[str], body: EventBody | None = None, *, etag: str = "", repeatable: bool
    ) -> Answer:
        """Graph answers 412 now and then although no version was asked for; the same call works when repeated."""
        answer = await self._client.send(method, path, body, etag=etag, repeatable=repeatable)
        if isinstance(answer.failure(), Stale) and not answer.ok and not etag:
            answer = await self._client.send(method, path, body, repeatable=repeatable)
        if answer.status == 403 and not await self._can_edit():
            raise Broken(Reason.CALENDAR_READ_ONLY, answer.code)
        self._seen = self._seen or answer.ok
        return answer

    async def _can_edit(self) -> bool:
        answer = self._of_calendar(await self._client.get(self._root, {"$select": "id,canEdit"}))
        return answer.content().get("canEdit") is not False

    async def _confirm_calendar(self) -> None:
        """An item may be called gone only in a calendar that exists. Raises Broken."""
        if not self._seen:
            self._of_calendar(await self._client.get(self._root, {"$select": "id"}))

    def _of_calendar(self, answer: Answer) -> Answer:
        """The answer to a call about the whole calendar. Raises the failure of an error."""
        if not answer.ok:
            raise self._failure(answer)
        self._seen = True
        return answer

    def _failure(self, answer: Answer) -> Failure:
        if answer.missing:
            return Broken(Reason.CALENDAR_GONE, answer.code)
        if answer.status == 403 and answer.code:
            return Broken(Reason.ACCESS_REVOKED, answer.code, doubtful=True)
        return answer.failure()


class _PagingGuard:
    """Some mailboxes answer the same page for ever, each time with a fresh link."""

    def __init__(self) -> None:
        self._pages = 0
        self._seen: dict[bytes, int] = {}

    def turns_in_circles(self, rows: Sequence[Json]) -> bool:
        """Count a page. Were there too many of them, or of this one? Empty ones may repeat: rounds begin with some."""
        self._pages += 1
        if rows:
            names = "\n".join(f"{row.get('id')} {row.get('@odata.etag')}" for row in rows)
            seen = hashlib.blake2b(names.encode("utf-8", "replace"), digest_size=16).digest()
            self._seen[seen] = self._seen.get(seen, 0) + 1
        return self._pages > MOST_PAGES or MOST_REPEATS in self._seen.values()


def _window(window: Span) -> dict[str, str]:
    return {"startDateTime": stamp(window.start), "endDateTime": stamp(window.end)}


def _wider(window: Span) -> dict[str, str]:
    return _window(window.extended(ONE_DAY, ONE_DAY)) | {"$top": VIEW_PAGE}


def _ids(window: Span) -> dict[str, str]:
    return _window(window) | {"$select": "id", "$top": VIEW_PAGE}


def _touching(rows: Iterable[Json], window: Span) -> list[Event]:
    events = [event for event in map(mapping.event_of, rows) if event]
    return [event for event in events if on_earth(event.when).touches(window)]


def _receipt(answer: Answer) -> Event:
    return _shown(answer.content())


def _shown(raw: Json) -> Event:
    event = mapping.event_of(raw)
    if event is None or not isinstance(raw, dict) or mapping.is_sparse(raw):
        raise Transient("unreadable_answer")
    return event
