"""What an account offers before one of its calendars is chosen."""

from collections.abc import Mapping

from shared.domain.failures import Broken, Reason
from shared.outlook.client import GraphClient, Json
from shared.sync.ports import Calendar

_PAGE = {"$top": "100", "$select": "id,name,canEdit,isDefaultCalendar,hexColor,color"}
MOST_PAGES = 50

_COLORS: Mapping[str, str] = {
    "lightBlue": "#0078d4",
    "lightGreen": "#107c10",
    "lightOrange": "#ff8c00",
    "lightGray": "#69797e",
    "lightYellow": "#eaa300",
    "lightTeal": "#038387",
    "lightPink": "#e3008c",
    "lightBrown": "#8e562e",
    "lightRed": "#d13438",
}


async def mailbox_probe(client: GraphClient) -> None:
    """Ask for the default calendar, before anything is blamed on permissions.

    Raises Broken: the mailbox is on premises or has no licence, does not exist, or a policy keeps us out (403).
    """
    answer = await client.get(("me", "calendar"), {"$select": "id"})
    if answer.status == 403 and answer.code:
        raise Broken(Reason.BLOCKED_BY_POLICY, answer.code)
    if answer.missing:
        raise Broken(Reason.MAILBOX_NOT_FOUND, answer.code)
    answer.content()


async def list_calendars(client: GraphClient) -> list[Calendar]:
    """All calendars that the account sees, the default one first, then in Graph's order."""
    found: list[Calendar] = []
    answer = await client.get(("me", "calendars"), _PAGE)
    for _ in range(MOST_PAGES):
        found += [_calendar(row) for row in answer.rows() if isinstance(row.get("id"), str)]
        link = answer.link("nextLink")
        if not link:
            break
        answer = await client.follow(link)
    return sorted(found, key=lambda calendar: not calendar.default)


def _calendar(row: Mapping[str, Json]) -> Calendar:
    name, color = row.get("name"), row.get("hexColor") or _COLORS.get(str(row.get("color")), "")
    return Calendar(
        id=row["id"],
        name=name if isinstance(name, str) else "",
        can_edit=row.get("canEdit") is True,
        default=row.get("isDefaultCalendar") is True,
        color=color if isinstance(color, str) else "",
    )
