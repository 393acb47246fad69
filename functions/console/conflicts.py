"""The tab Sync Conflicts: the list, one conflict with both sides, what can be done, and a link for its resource."""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, urlencode

import azure.functions as func

from functions.console.visit import Visit
from shared.domain.conflicts import Conflict, ConflictKind, ConflictState
from shared.domain.failures import Failure
from shared.sync.conflict_link import conflict_link
from shared.sync.patience import SHORT, within
from shared.sync.ports import Resource
from shared.sync.resolve import IGNORE, actions_of, resolve
from shared.web.day_view import day_view
from shared.web.rendering import headers
from shared.words import conflicts as words
from shared.words.speech import Speech, speech

AGES = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
PAGE = 50
_FEW = 8
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

type Owned = tuple[str, Conflict]
"""The id of a conflict's resource, and the conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is shown; empty: everything. Ignored ones are shown when asked for."""

    resource: str = ""
    kind: str = ""
    state: str = "open"
    age: str = ""

    def lets(self, owned: Owned, now: datetime) -> bool:
        resource_id, conflict = owned
        return (
            self.resource in ("", resource_id)
            and self.kind in ("", conflict.kind)
            and self.state in ("all", conflict.state)
            and (self.age not in AGES or now - (conflict.since or _NEVER) >= AGES[self.age])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A conflict in words: times as the clocks of its resource show them."""

    conflict: Conflict
    resource: Resource
    say: Speech
    title: str
    outlook: str
    timify: str
    way: str
    ago: str


async def show(visit: Visit) -> func.HttpResponse:
    """The list, who waits longest first. Asked with what was `seen`, nothing as long as that holds."""
    wish = _filter(visit.query)
    every = [owned async for owned in visit.services.store.company_conflicts(visit.company.id)]
    found = sorted((o for o in every if wish.lets(o, visit.services.now())), key=_order)
    limit = _number(visit.query.get("shown", ""))
    shown = found[:limit]
    seen = _digest(found)
    if visit.partial and visit.query.get("seen") == seen:
        return _nothing_new()
    names = await _resources(visit, {resource_id for resource_id, _ in every})
    content = {
        "rows": [_shown(visit, *owned, names) for owned in shown],
        "more": len(found) - len(shown),
        "limit": limit,
        "next": limit + PAGE,
        "number": len(found),
        "ignored": sum(conflict.state is ConflictState.IGNORED for _, conflict in every),
        "any": bool(every),
        "nobody": not found and not await _anybody(visit),
        "wish": wish,
        "query": urlencode({"resource": wish.resource, "kind": wish.kind, "state": wish.state, "age": wish.age}),
        "seen": seen,
        "kinds": words.TITLES,
        "owners": sorted(
            {(_known(names, resource_id).name, resource_id) for resource_id, _ in every},
            key=lambda owner: owner[0].casefold(),
        ),
    }
    return visit.page("conflicts_list.html" if visit.partial else "conflicts.html", **content)


async def show_one(visit: Visit) -> func.HttpResponse:
    """One conflict; that it is settled, when it is gone."""
    found = await _find(visit)
    asked = visit.query.get("asked", "")
    if found is None:
        return visit.page("conflict_settled.html" if visit.partial else "conflict.html", shown=None)
    if visit.partial and visit.query.get("seen") == _digest([found]):
        return _nothing_new()
    return visit.page("conflict_body.html" if visit.partial else "conflict.html", **await _content(visit, found, asked))


async def decide(visit: Visit) -> func.HttpResponse:
    """Do what was decided. Deciding the same twice is deciding once; one that is settled meanwhile says so.

    What deletes or cancels something is asked about first; `sure` is the sign of what the question said."""
    form = visit.form()
    action, sure = (form.get(name, [""])[-1] for name in ("action", "sure"))
    found = await _find(visit)
    if found is None:
        return visit.page("conflict_settled.html", shown=None) if visit.partial else _back(visit)
    content = await _content(visit, found, "")
    unsure = next((act for act in content["acts"] if act.name == action and act.sure and sure != _digest(act)), None)
    if unsure:
        content |= {"unsure": unsure, "sign": _digest(unsure)}
        return visit.page("conflict_body.html" if visit.partial else "conflict.html", **content)
    if not (action == IGNORE and found[1].state is ConflictState.IGNORED):
        await resolve(visit.services, visit.company.id, found[1].id, action)
    done = visit.say(words.IGNORED if action == IGNORE else words.UNDER_WAY)
    found = await _find(visit) or found
    to = f"conflicts/{found[1].id}?asked={action}#decided"
    return visit.done(done, to, "conflict_body.html", **await _content(visit, found, action))


async def _anybody(visit: Visit) -> bool:
    """Is any calendar connected?"""
    async for connection, _ in visit.services.store.connections(visit.company.id, brief=True):
        if connection.status.joined:
            return True
    return False


def _back(visit: Visit) -> func.HttpResponse:
    return visit.go(f"conflicts/{visit.ids['conflict_id']}")


async def _find(visit: Visit) -> Owned | None:
    every = visit.services.store.company_conflicts(visit.company.id)
    found = [owned async for owned in every if owned[1].id == visit.ids["conflict_id"]]
    return found[0] if found else None


async def _content(visit: Visit, found: Owned, asked: str) -> dict[str, Any]:
    resource_id, conflict = found
    shown = _shown(visit, resource_id, conflict, await _resources(visit, {resource_id}))
    each = [await visit.services.store.link(visit.company.id, resource_id, key) for key in conflict.parties]
    links = {item.key: item for item in each if item}
    link = conflict_link(visit.services, visit.company.id, resource_id, conflict.id)
    return {
        "shown": shown,
        "sentence": words.sentence(conflict, visit.say),
        "advice": visit.say(words.ADVICE[conflict.kind]),
        "acts": words.acts(actions_of(conflict), conflict, shown.say, visit.services.now(), links),
        "view": day_view(conflict, shown.say),
        "asked": asked if asked in words.BUTTONS else "",
        "unsure": None,
        "done": visit.say(words.IGNORED if asked == IGNORE else words.UNDER_WAY),
        "seen": _digest([found]),
        "link": link,
        "mail": _mail(visit, shown, link),
    }


def _shown(visit: Visit, resource_id: str, conflict: Conflict, names: Mapping[str, Resource]) -> Shown:
    resource, since = _known(names, resource_id), conflict.since
    say = speech(visit.session.language, resource.timezone if resource_id in names else visit.company.timezone)
    return Shown(
        conflict=conflict,
        resource=resource,
        say=say,
        title=visit.say(words.TITLES[conflict.kind]),
        outlook=say.span(conflict.outlook.start, conflict.outlook.end) if conflict.outlook else "",
        timify=say.span(conflict.timify.start, conflict.timify.end) if conflict.timify else "",
        way=say.span(conflict.way.start, conflict.way.end) if conflict.way else "",
        ago=say.ago(since, max(visit.services.now(), since + timedelta(seconds=1))) if since else "",
    )


async def _resources(visit: Visit, ids: Set[str]) -> Mapping[str, Resource]:
    """By id; none while TIMIFY does not answer: conflicts are worth showing without names. A few are asked for one by
    one, because a company may have thousands."""
    directory, company_id = visit.services.directory, visit.company.id
    try:
        if len(ids) > _FEW:
            found = [*await within(SHORT, directory.resources(company_id))]
        else:
            asked = asyncio.gather(*(directory.resource(company_id, resource_id) for resource_id in ids))
            each = await within(SHORT, asked)
            found = [resource for resource in each if resource]
    except Failure:
        return {}
    return {resource.id: resource for resource in found}


def _known(names: Mapping[str, Resource], resource_id: str) -> Resource:
    return names.get(resource_id) or Resource(id=resource_id, name=resource_id)


def _mail(visit: Visit, shown: Shown, link: str) -> str:
    """A letter to the resource that a mail program can open, in the language of whoever writes it."""
    if not shown.resource.email:
        return ""
    subject = visit.say("Two calendar entries need you")
    text = visit.say(
        "Hello %(name)s,\n\nyour Outlook calendar and your TIMIFY calendar do not agree in one place. "
        "What it is, and what you can do, is here:\n\n%(link)s\n",
        name=shown.resource.name,
        link=link,
    )
    return f"mailto:{quote(shown.resource.email)}?subject={quote(subject)}&body={quote(text)}"


def _filter(query: Mapping[str, str]) -> Filter:
    """What the address asks for; what nobody offers counts as everything."""
    state = query.get("state", "open")
    return Filter(
        resource=query.get("resource", query.get("resource_id", ""))[:64],
        kind=query.get("kind", "") if query.get("kind", "") in [*ConflictKind] else "",
        state=state if state in (*ConflictState, "all") else "open",
        age=query.get("age", "") if query.get("age", "") in AGES else "",
    )


def _order(owned: Owned) -> tuple[datetime, str, str]:
    resource_id, conflict = owned
    return conflict.since or _NEVER, resource_id, conflict.id


def _number(text: str) -> int:
    return min(int(text), 5000) if text.isascii() and text.isdigit() and len(text) < 6 else PAGE


def _digest(found: Sequence[Owned] | words.Act) -> str:
    """A short sign of what is shown, so that a page that looks again is told nothing as long as nothing changed."""
    return blake2b(repr(found).encode(), digest_size=8).hexdigest()


def _nothing_new() -> func.HttpResponse:
    return func.HttpResponse(status_code=204, headers=headers() | {"HX-Reswap": "none"})
