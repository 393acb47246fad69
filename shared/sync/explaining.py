"""Why an item did not sync: what is remembered of it. Nothing is read from the calendars, and nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.accounts import Connection, LogLine, RoundState
from shared.domain.conflicts import Conflict
from shared.domain.links import Link
from shared.sync.course import appointment_of
from shared.sync.errors import not_connected
from shared.sync.services import Services

LINES = 20
_PAGE = 500
_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """One link that has to do with the item, its conflicts, and its latest lines of the sync log, newest first."""

    link: Link
    conflicts: tuple[Conflict, ...]
    lines: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of an item. `items` is empty when no link knows its id."""

    connection: Connection
    state: RoundState
    items: tuple[Remembered, ...]


async def explain_item(services: Services, company_id: str, resource_id: str, item_id: str) -> Story:
    """`item_id`: of an Outlook event or its series, of a TIMIFY appointment, or a link's key. A series has as many
    links as it has occurrences in the window. Raises not-connected."""
    connection = await services.store.connection(company_id, resource_id)
    if connection is None:
        raise not_connected()
    links = [link async for link in services.store.links(company_id, resource_id) if _about(link, item_id)]
    links.sort(key=lambda link: link.source.span.start)
    conflicts = await services.store.conflicts(company_id, resource_id) if links else []
    lines = await _lines(services, connection, {link.key for link in links}) if links else []
    return Story(
        connection=connection,
        state=await services.store.state(company_id, resource_id),
        items=tuple(_remembered(link, conflicts, lines) for link in links),
    )


def _about(link: Link, item_id: str) -> bool:
    faces = [face.id for face in (link.source, link.copy) if face]
    return item_id in {link.key, link.unit, *faces, *map(appointment_of, faces)} - {""}


def _remembered(link: Link, conflicts: Sequence[Conflict], lines: Sequence[LogLine]) -> Remembered:
    return Remembered(
        link=link,
        conflicts=tuple(conflict for conflict in conflicts if conflict.concerns(link.key)),
        lines=tuple(line for line in lines if line.item == link.key)[:LINES],
    )


async def _lines(services: Services, connection: Connection, keys: set[str]) -> list[LogLine]:
    """The log is in order of time: its newest part is looked through."""
    found, after = list[LogLine](), ""
    for _ in range(_PAGES):
        page, more = await services.store.log(connection.company_id, connection.resource_id, _PAGE, after)
        found += [line for line in page if line.item in keys]
        if more is None:
            break
        after = more
    return found
