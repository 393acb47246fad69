"""What docs/api.md says of the API: it is written once, for people, and read here for the description."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

from functions.http import PROBLEM_TYPE, problem_data
from shared.sync import errors

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


@cache
def text() -> str:
    return PAGE.read_text("utf-8")


@cache
def problems() -> Mapping[str, tuple[int, str]]:
    """Each code with its status and its meaning."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \| (.+) \|$", text(), re.MULTILINE)
    return {code: (int(status), meaning) for code, status, meaning in rows}


def prose(heading: str) -> str:
    """The plain paragraphs under `heading` (`GET /api/v1/…`), without examples and tables."""
    section = re.sub(r"```.*?```", "", _section(heading), flags=re.DOTALL)
    section = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", section)
    paragraphs = (" ".join(part.split()) for part in section.split("\n\n"))
    return "\n\n".join(part for part in paragraphs if part and not part.startswith("|"))


def introduction() -> str:
    """The points that hold for every route."""
    return "\n".join(re.findall(r"^- \*\*.*(?:\n  .*)*", text().partition("## Problems")[0], re.MULTILINE))


def example(heading: str, names: set[str], *, some: bool = False) -> Any:
    """The first object under `heading`, or else of the page, with exactly these names (`some`: only such names); else
    one that has them among others, cut down to them. None when the page shows no such thing."""
    shown = [*_shown(_section(heading)), *_shown(text())]
    exact = [data for data in shown if data and (set(data) <= names if some else set(data) == names)]
    wider = [{name: data[name] for name in data if name in names} for data in shown if not some and names <= set(data)]
    return next(iter(exact + wider), None)


def problem_example(code: str) -> dict[str, Any]:
    """A problem as it is answered; of one that no use case makes, its meaning."""
    made = _made()
    if code in made:
        return made[code]
    status, meaning = problems()[code]
    sentence = f"{meaning[0].upper()}{meaning[1:]}."
    facts = {"type": PROBLEM_TYPE + code, "title": sentence, "status": status, "detail": sentence, "code": code}
    return facts | ({"instance": f"urn:uuid:{UUID(int=0)}"} if status == HTTPStatus.INTERNAL_SERVER_ERROR else {})


@cache
def _made() -> Mapping[str, dict[str, Any]]:
    examples = (
        errors.not_eligible("basic"),
        errors.policy_not_accepted(),
        errors.unknown_company(),
        errors.unknown_resource(),
        errors.unknown_conflict(),
        errors.not_invited(),
        errors.not_connected(),
        errors.wrong_state("Only a paused sync can be resumed; this one is connected."),
        errors.busy(),
        errors.uninstalled(),
        errors.conflict_gone(),
        errors.no_email_address(),
        errors.timify_unreachable(),
        errors.microsoft_unreachable(),
        errors.unreachable(),
    )
    shown = {each["code"]: each for each in _shown(text()) if str(each.get("type", "")).startswith(PROBLEM_TYPE)}
    return {error.code: problem_data(error) for error in examples} | shown


def _section(heading: str) -> str:
    rest = text().partition(f"### `{heading}`\n")[2]
    return re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0]


@cache
def _shown(part: str) -> tuple[dict[str, Any], ...]:
    blocks = re.findall(r"```json\n(.*?)```", part, re.DOTALL)
    inline = [each for each in re.findall(r"`(\{\".*?\})`", part) if "…" not in each]
    return tuple(each for block in blocks + inline for each in _objects(json.loads(block)))


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """`data` and every object in it, from the outside in."""
    if isinstance(data, dict):
        yield data
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _objects(inner)
