"""Words with which the conformance suite asks a door."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from shared.domain.items import Draft, Event, Side
from shared.domain.links import link_key
from shared.domain.spans import Span
from shared.sync.ports import DeltaPage, Outlook

type Attempt = Callable[[], Awaitable[object]]

MARK = f"tfy-{link_key('anna', Side.TIMIFY, 'booking-1')}-0"
OTHER_MARK = f"tfy-{link_key('anna', Side.TIMIFY, 'booking-2')}-0"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def span(day: int, hour: int, minutes: int = 60) -> Span:
    return Span(at(day, hour), at(day, hour) + timedelta(minutes=minutes))


MARCH = Span(at(1, 0), at(31, 0))
DRAFT = Draft(when=span(3, 9), title="Haircut, Ben", notes="First visit\nCome early")


async def pull(door: Outlook, link: str = "", window: Span = MARCH) -> tuple[list[DeltaPage], str]:
    pages = [page async for page in door.delta(link, window)]
    assert [bool(page.link) for page in pages] == [False] * (len(pages) - 1) + [True]
    return pages, pages[-1].link


def events_in(pages: Iterable[DeltaPage]) -> dict[str, Event]:
    return {event.id: event for page in pages for event in page.events}


def series_in(pages: Iterable[DeltaPage]) -> set[str]:
    return {name for page in pages for name in page.series}


def removed_in(pages: Iterable[DeltaPage]) -> set[str]:
    return {gone for page in pages for gone in page.removed}


async def seen(door: Outlook, window: Span = MARCH) -> list[Event]:
    return [event async for page in door.view(window) for event in page]


async def the_one(door: Outlook, event_id: str) -> Event:
    event = await door.read(event_id)
    assert event is not None
    return event
