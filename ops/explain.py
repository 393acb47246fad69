"""`explain`: why an item did not sync, by what is remembered of it, in the words of the app's pages."""

import argparse
from datetime import datetime
from typing import Any

from ops.account import Account
from ops.command import DONE, LEFT, Command, answer, answer_json, json_option
from ops.tools import resource_options, told, tools
from shared.domain.accounts import Status
from shared.domain.catalogue import explain as explain_reason
from shared.domain.conflicts import Conflict, ConflictState
from shared.domain.links import Face, Link, LinkState
from shared.domain.spans import Span
from shared.sync.explaining import Remembered, Story, explain_item
from shared.words.conflicts import ADVICE
from shared.words.log_lines import RULES, conflict_text, log_text

STATES = {
    LinkState.SEEN: "It has no copy, on purpose",
    LinkState.HELD: "Its copy is held back by a conflict",
    LinkState.INTENDED: "Its copy is being made, or could not be made yet and is tried again",
    LinkState.LINKED: "It has a copy",
}
UNKNOWN = (
    "No item with this id is remembered. It lies outside of the synced window, was made after the last reading, "
    "is gone, or belongs to another calendar or resource. An id of Outlook may be an ordinary one of Graph, which is "
    'never kept: ask Graph again with the header `Prefer: IdType="ImmutableId"`.'
)


def tell(story: Story, now: datetime) -> dict[str, Any]:
    """Ids, codes, moments, and sentences made of them."""
    connection, state = story.connection, story.state
    reason = connection.reason
    return {
        "company": connection.company_id,
        "resource": connection.resource_id,
        "status": connection.status.value,
        "reason": reason.value if reason else None,
        "read_until": told(state.covered_until),
        "window": _span(state.window),
        "sentences": _of_connection(story, now),
        "items": [_item(each) for each in story.items],
    }


def _of_connection(story: Story, now: datetime) -> list[str]:
    connection, state = story.connection, story.state
    sentences = []
    if not connection.status.live:
        sentences.append(f"The sync does not run: its status is {connection.status.value}.")
    if connection.reason:
        sentences.append(explain_reason(connection.reason).administrator)
    if connection.status is Status.IMPORTING:
        sentences.append("The first import is under way: what it has not reached has no copy yet.")
    if state.closed_until and state.closed_until > now:
        sentences.append(f"A system asked to be left alone until {told(state.closed_until)}.")
    return sentences if story.items else [*sentences, UNKNOWN]


def _item(found: Remembered) -> dict[str, Any]:
    link = found.link
    return {
        "key": link.key,
        "origin": link.origin.value,
        "state": link.state.value,
        "rule": link.reason or None,
        "unit": link.unit or None,
        "source": _face(link.source),
        "copy": _face(link.copy) if link.copy else None,
        "sentences": [_sentence(link), *map(_conflict, found.conflicts)],
        "conflicts": [
            {"id": each.id, "kind": each.kind.value, "state": each.state.value, "since": told(each.since)}
            for each in found.conflicts
        ],
        "log": [{"at": told(line.at), "rule": line.rule, "text": log_text(line)} for line in found.lines],
    }


def _sentence(link: Link) -> str:
    why = RULES.get(link.reason, link.reason)
    return f"{STATES[link.state]}{f': {why}' if why else ''}."


def _conflict(conflict: Conflict) -> str:
    ignored = " Somebody chose to ignore it." if conflict.state is ConflictState.IGNORED else ""
    return f"Conflict {conflict.id}: {conflict_text(conflict)} {ADVICE[conflict.kind]}{ignored}"


def _face(face: Face) -> dict[str, Any]:
    return {"id": face.id, "span": _span(face.span)}


def _span(span: Span | None) -> str | None:
    return f"{told(span.start)}/{told(span.end)}" if span else None


async def _run(account: Account, arguments: argparse.Namespace) -> int:
    async with tools(account) as services:
        story = await explain_item(services, arguments.company, arguments.resource, arguments.id)
        known = tell(story, services.now())
    if arguments.json:
        answer_json(known)
    else:
        answer("\n".join(_spoken(known)))
    return DONE if story.items else LEFT


def _spoken(known: dict[str, Any]) -> list[str]:
    lines = [f"{known['company']} {known['resource']}: {known['status']}, read until {known['read_until'] or '-'}"]
    lines += known["sentences"]
    for item in known["items"]:
        lines += ["", f"{item['origin']} {item['source']['id']} at {item['source']['span']}"]
        lines += [f"  copy: {item['copy']['id']} at {item['copy']['span']}"] if item["copy"] else []
        lines += [f"  {sentence}" for sentence in item["sentences"]]
        lines += [f"  {line['at']} {line['text']}" for line in item["log"]]
    return lines


def _options(parser: argparse.ArgumentParser) -> None:
    resource_options(parser)
    parser.add_argument(
        "id", metavar="ID", help="of an Outlook event or its series, of a TIMIFY appointment, or of a link"
    )
    json_option(parser)


COMMAND = Command("explain", "why an item did not sync", _options, _run)
