"""One Graph request, whether it came by itself or in a batch."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote, urlencode

from dev.outlook import ids, zones
from dev.outlook.errors import Body, GraphError, Json
from dev.outlook.store import Mailbox

_SIZE = re.compile(r"odata\.maxpagesize\s*=\s*(\d+)", re.IGNORECASE)
_ZONE = re.compile(r'outlook\.timezone\s*=\s*"([^"]*)"', re.IGNORECASE)
_BODY = re.compile(r'outlook\.body-content-type\s*=\s*"(text|html)"', re.IGNORECASE)
_ID = re.compile(r'idtype\s*=\s*"immutableid"', re.IGNORECASE)
DEFAULT_PAGE = 10
LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is, and through which client: "app" or "person"."""

    mailbox: Mailbox
    actor: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers; `body` None sends nothing."""

    status: int
    body: Body | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GraphRequest:
    """`path` is what was asked for under `/v1.0` (still encoded), `rest` the decoded segments after the user."""

    method: str
    base: str
    path: str
    rest: tuple[str, ...]
    query: dict[str, str]
    headers: dict[str, str]
    body: Json
    caller: Caller

    @property
    def mailbox(self) -> Mailbox:
        return self.caller.mailbox

    @property
    def prefer(self) -> str:
        return self.headers.get("prefer", "")

    @cached_property
    def immutable(self) -> bool:
        """Are immutable ids wanted?"""
        return _ID.search(self.prefer) is not None

    @cached_property
    def zone(self) -> str:
        """The zone that times are wanted in. Raises GraphError for an unknown one."""
        found = _ZONE.search(self.prefer)
        if found is None:
            return zones.UTC_NAME
        zones.require(found[1])
        return found[1]

    @cached_property
    def body_kind(self) -> str:
        """The kind of body wanted: "html" or "text"."""
        found = _BODY.search(self.prefer)
        return found[1].lower() if found else "html"

    @property
    def applied(self) -> dict[str, str]:
        """The Preference-Applied header of an answer with events."""
        applied = []
        if _ZONE.search(self.prefer):
            applied.append(f'outlook.timezone="{self.zone}"')
        if _BODY.search(self.prefer):
            applied.append(f'outlook.body-content-type="{self.body_kind}"')
        return {"preference-applied": ", ".join(applied)} if applied else {}

    @property
    def max_page_size(self) -> int | None:
        """Page size by `Prefer: odata.maxpagesize`."""
        found = _SIZE.search(self.prefer)
        return min(max(int(found[1]), 1), LARGEST_PAGE) if found else None

    def option(self, name: str) -> str | None:
        """A query option; names are matched in any case."""
        return next((value for key, value in self.query.items() if key.lower() == name.lower()), None)

    def number(self, name: str, default: int) -> int:
        """A query option that counts. Raises GraphError."""
        text = self.option(name)
        if text is None:
            return default
        if not text.isdigit():
            raise GraphError(400, "BadRequest", f"Invalid value '{text}' for {name} query option found.")
        return int(text)

    def item_id(self, text: str) -> str:
        """The stored form of an id from the path."""
        return ids.canonical(text)

    def link(self, **options: str) -> str:
        """This request's address with other query options."""
        kept = {key: value for key, value in self.query.items() if key.lower() not in {o.lower() for o in options}}
        return f"{self.base}/v1.0{self.path}?{urlencode(kept | options, quote_via=quote, safe='$')}"

    def context(self, tail: str) -> str:
        """`@odata.context`."""
        return f"https://graph.microsoft.com/v1.0/$metadata#{tail}"


def page(request: GraphRequest, rows: list[Json], context: str) -> tuple[list[Json], Body]:
    """The asked-for page of `rows`, and the envelope to put its `value` into."""
    top = min(max(request.number("$top", request.max_page_size or DEFAULT_PAGE), 1), LARGEST_PAGE)
    skip = request.number("$skip", 0)
    envelope: Body = {"@odata.context": request.context(context)}
    if (request.option("$count") or "").lower() == "true":
        envelope["@odata.count"] = len(rows)
    if skip + top < len(rows):
        envelope["@odata.nextLink"] = request.link(**{"$skip": str(skip + top)})
    return rows[skip : skip + top], envelope
