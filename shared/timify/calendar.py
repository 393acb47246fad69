"""The doors `Timify` and `Directory` of the sync core, over the DevAPI."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import batched
from typing import Any

from shared.domain.failures import Broken, Reason, Transient
from shared.domain.items import Booking, Change, Draft
from shared.domain.spans import Span
from shared.sync.ports import Resource
from shared.timify.client import DevApiClient, path_of
from shared.timify.mapping import bookings_of, change_body, creation_body, resource_ids_of, to_bookings
from shared.timify.resources import to_resource

CHUNK_DAYS = 31
"""Most days of one list call. Published limits disagree (31 and 365): whoever keeps the stricter one passes both."""

IDS_AT_ONCE = 50
"""Ids of one list call: 50 of 24 digits keep the address far below what gateways take."""

_APPOINTMENTS = "/v1/appointments"
_DAY = timedelta(days=1)


class TimifyCalendar:
    """One resource's calendar. Reading one booking is one GET; every write is one call, its answer is the receipt."""

    def __init__(self, client: DevApiClient, company_id: str, resource_id: str) -> None:
        self._client = client
        self._company_id = company_id
        self._resource_id = resource_id

    async def view(self, window: Span) -> AsyncIterator[Sequence[Booking]]:
        """All bookings of the resource touching `window`, page by page, each one once."""
        seen: set[str] = set()
        async for page in self._pages([self._resource_id], _with_margin(window)):
            found = (booking for booking in self._own(page) if booking.span.touches(window))
            fresh = {booking.id: booking for booking in found if booking.id not in seen}
            seen.update(fresh)
            if fresh:
                yield list(fresh.values())

    async def count(self, window: Span) -> int:
        """About how many bookings touch `window`: a connected series counts once in every month that it touches."""
        hint = {"resource_ids": self._resource_id}
        counts = [await self._client.count(self._company_id, _APPOINTMENTS, hint | dates) for dates in _chunks(window)]
        return sum(counts)

    async def read(self, appointment_id: str) -> Sequence[Booking] | None:
        """All occurrences of one appointment on this resource (none when it left the resource); None when gone. Raises
        Transient for an answer that says neither.

        A gateway in the way may answer 404 as well, and an original may be deleted because its copy is: what is gone
        is missing from a list, too.
        """
        path = path_of("appointments", appointment_id)
        raw = await self._client.get(self._company_id, path) if path else None
        if raw is None:
            return (await self.read_several([appointment_id])).get(appointment_id)
        return bookings_of(raw, appointment_id, self._resource_id)

    async def read_several(self, appointment_ids: Sequence[str]) -> Mapping[str, Sequence[Booking]]:
        """Those of many appointments that a list by ids shows. Raises Transient as `read` does."""
        found: dict[str, Sequence[Booking]] = {}
        for some in batched(
            [key for key in appointment_ids if path_of("appointments", key)], IDS_AT_ONCE, strict=False
        ):
            ids = ",".join(some).encode(errors="replace").decode()
            async for page in self._client.pages(self._company_id, _APPOINTMENTS, {"ids": ids}):
                for raw in page:
                    if isinstance(raw, dict) and raw.get("id") in some:
                        found[raw["id"]] = bookings_of(raw, raw["id"], self._resource_id)
        return found

    async def occupied(self, resource_ids: Sequence[str], window: Span) -> Sequence[Booking]:
        """The bookings of these resources that touch `window`, each one once."""
        found: dict[str, Booking] = {}
        if not resource_ids:
            return ()
        async for page in self._pages(resource_ids, _with_margin(window)):
            for raw in page:
                bookings = (booking for key in resource_ids for booking in to_bookings(raw, key))
                found |= {booking.id: booking for booking in bookings if booking.span.touches(window)}
        return list(found.values())

    async def find(self, mark: str, window: Span) -> Booking | None:
        """The booking of this resource with our mark, within a day of `window`."""
        async for page in self._pages([self._resource_id], _with_margin(window)):
            found = next((booking for booking in self._own(page) if booking.mark == mark), None)
            if found is not None:
                return found
        return None

    async def create(self, draft: Draft, mark: str, span: Span) -> Booking:
        """Make an appointment without a service over `span`. Raises Broken(RESOURCE_GONE) when there is no resource;
        Transient when it may exist although TIMIFY's answer does not tell its id."""
        body = creation_body(draft, mark, span, self._resource_id)
        raw = await self._client.post(self._company_id, _APPOINTMENTS, body)
        if raw is None:
            raise Broken(Reason.RESOURCE_GONE, "timify_404")
        made = await self._receipt(raw, raw.get("id"))
        if made is None:
            raise Transient("timify_unreadable")
        return made

    async def update(self, booking: Booking, change: Change) -> Booking | None:
        """Change only what `change` names; None when gone, which is looked for. Raises Refused (see `change_body`)."""
        body = change_body(booking, change)
        path = path_of("appointments", booking.appointment_id)
        if path is None:
            return None
        raw = await self._client.patch(self._company_id, path, body) if body else {}
        if raw is None:
            await self._surely_gone(booking.appointment_id)
            return None
        return await self._receipt(raw, booking.appointment_id)

    async def delete(self, appointment_id: str, *, notify: bool) -> None:
        """Remove; gone already, which is looked for, is fine. `notify` lets TIMIFY tell customers and resources."""
        path = path_of("appointments", appointment_id)
        if path:
            told = "true" if notify else "false"
            flags = {"has_notify_customers": told, "has_notify_resources": told}
            if not await self._client.delete(self._company_id, path, flags):
                await self._surely_gone(appointment_id)

    async def _surely_gone(self, appointment_id: str) -> None:
        """Raises Transient when the list shows what a write did not find."""
        if await self.read_several([appointment_id]):
            raise Transient("timify_404")

    async def _receipt(self, raw: dict[str, Any], appointment_id: object) -> Booking | None:
        """The booking that a write answered; read again when the answer does not show its times."""
        if not isinstance(appointment_id, str):
            return None
        if raw.get("bookings"):
            bookings = bookings_of({"id": appointment_id} | raw, appointment_id, self._resource_id)
        else:
            bookings = list(await self.read(appointment_id) or ())
        return bookings[0] if bookings else None

    def _own(self, page: Iterable[object]) -> Iterator[Booking]:
        return (booking for raw in page for booking in to_bookings(raw, self._resource_id))

    async def _pages(self, resource_ids: Sequence[str], window: Span) -> AsyncIterator[list[Any]]:
        """The filter by resources is not published: it saves time where it works, callers filter again."""
        hint = {"resource_ids": ",".join(resource_ids)}
        for dates in _chunks(window):
            async for page in self._client.pages(self._company_id, _APPOINTMENTS, hint | dates):
                yield page


class TimifyDirectory:
    """TIMIFY's companies and resources: what pages ask for, so it has places of its own beside the calendars."""

    def __init__(self, client: DevApiClient) -> None:
        self._client = client.beside()

    async def resources(self, company_id: str) -> Sequence[Resource]:
        """All resources. Raises Broken(RESOURCE_GONE) when the company is not there."""
        found: dict[str, Resource] = {}
        async for page in self._client.pages(company_id, "/v1/resources", {}):
            read = (to_resource(raw) for raw in page)
            found |= {resource.id: resource for resource in read if resource}
        return list(found.values())

    async def resource(self, company_id: str, resource_id: str) -> Resource | None:
        """One resource, with its locale; None when it is gone."""
        path = path_of("resources", resource_id)
        raw = await self._client.get(company_id, path) if path else None
        return to_resource(raw)

    async def resources_of(self, company_id: str, appointment_id: str) -> Sequence[str] | None:
        """Ids of the resources of one appointment; None when it is gone."""
        path = path_of("appointments", appointment_id)
        raw = await self._client.get(company_id, path) if path else None
        return None if raw is None else resource_ids_of(raw)

    async def company_name(self, company_id: str) -> str:
        """What the company is called; "" when TIMIFY does not tell."""
        async for page in self._client.pages(company_id, "/v1/companies", {}):
            for raw in page:
                if isinstance(raw, dict) and raw.get("id") == company_id:
                    return str(raw.get("name") or "")
        return ""


def _with_margin(window: Span) -> Span:
    """Lists look at the work alone, and in days of a zone that is not published: a day more on both sides."""
    return window.extended(_DAY, _DAY)


def _chunks(window: Span) -> Iterator[dict[str, str]]:
    """The days of `window`, first and last included, in pieces that one call may ask for."""
    first = window.start.date()
    last = max(first, (window.end - timedelta.resolution).date())
    while first <= last:
        until = min(first + timedelta(days=CHUNK_DAYS - 1), last)
        yield {"from_date": _iso(first), "to_date": _iso(until)}
        first = until + _DAY


def _iso(day: date) -> str:
    return day.isoformat()
