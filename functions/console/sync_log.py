"""The sync log of one resource: one line per change in words, and all of it as a file."""

import csv
import re
from collections.abc import Iterable
from datetime import date, datetime
from io import StringIO
from urllib.parse import urlencode

import azure.functions as func

from functions.console.visit import Visit
from shared.domain.accounts import LogLine
from shared.sync.overview import resource_view
from shared.web.rendering import headers
from shared.words.log_lines import CAUSES, OUTCOMES, log_text

LINES = 50
"""So many lines are on a page."""
LOOKED_AT = 2_000
"""So many lines are looked through for one page; who looks for something rarer goes on to older ones."""
EXPORTED = 20_000
"""The newest so many lines are in the file."""
_READ = 500
_CURSOR = re.compile("[0-9a-f-]{1,64}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


async def show(visit: Visit) -> func.HttpResponse:
    """A page of the log, newest first; only its lines when htmx asks for older ones."""
    view = await resource_view(visit.services, visit.company.id, visit.ids["resource_id"])
    wish = {name: visit.query.get(name, "").strip()[:80] for name in ("cause", "outcome", "day", "q")}
    after = visit.query.get("after", "")
    lines, older = await _matching(visit, wish, after if _CURSOR.fullmatch(after) else "")
    address = urlencode([(name, value) for name, value in wish.items() if value])
    return visit.page(
        "log_lines.html" if visit.partial else "log.html",
        resource=view.resource,
        lines=[(line, log_text(line, visit.say)) for line in lines],
        older=older,
        now=visit.services.now(),
        wish=wish,
        address=address,
        first=not after,
        causes=CAUSES,
        outcomes=OUTCOMES,
    )


async def export(visit: Visit) -> func.HttpResponse:
    """The newest lines as CSV. A mark of its encoding and the separator of the language make Excel read it."""
    view = await resource_view(visit.services, visit.company.id, visit.ids["resource_id"])
    say, out = visit.say, StringIO()
    table = csv.writer(out, delimiter=";" if "," in say.number(0.5) else ",")
    table.writerow(
        [
            say("When"),
            say("What happened"),
            say("How it ended"),
            say("Begin"),
            say("End"),
            say("Took (ms)"),
            say("Rule"),
        ]
    )
    after: str | None = ""
    written = 0
    while after is not None and written < EXPORTED:
        lines, after = await visit.services.store.log(visit.company.id, view.resource.id, _READ, after)
        table.writerows(_cells(visit, line) for line in lines)
        written += len(lines)
    named = {"Content-Disposition": f'attachment; filename="sync-log-{view.resource.id}.csv"'}
    body = b"\xef\xbb\xbf" + out.getvalue().encode()
    given = headers() | named | {"Content-Type": "text/csv; charset=utf-8"}
    return func.HttpResponse(body, headers=given, mimetype="text/csv", charset="utf-8")


async def _matching(visit: Visit, wish: dict[str, str], after: str) -> tuple[list[LogLine], str | None]:
    """The next lines that are looked for, and where to go on; None at the end."""
    filtered, looked, found = any(wish.values()), 0, list[LogLine]()
    going: str | None = after
    store, company, resource = visit.services.store, visit.company.id, visit.ids["resource_id"]
    while going is not None and len(found) < LINES and looked < LOOKED_AT:
        lines, going = await store.log(company, resource, LINES, going)
        looked += LINES
        found += [line for line in lines if not filtered or _is_looked_for(visit, line, wish)]
    return found, going


def _is_looked_for(visit: Visit, line: LogLine, wish: dict[str, str]) -> bool:
    return (
        wish["cause"] in ("", line.cause)
        and wish["outcome"] in ("", line.outcome)
        and (not wish["day"] or line.at.astimezone(visit.say.zone).date() == _day(wish["day"]))
        and wish["q"].casefold() in f"{log_text(line, visit.say)} {line.rule} {line.detail}".casefold()
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _cells(visit: Visit, line: LogLine) -> Iterable[str]:
    say, times = visit.say, line.times
    outcome = say(OUTCOMES[line.outcome]) if line.outcome in OUTCOMES else line.outcome
    begin, end = (_local(visit, times.start), _local(visit, times.end)) if times else ("", "")
    row = [_local(visit, line.at), log_text(line, say), outcome, begin, end, str(line.took_ms), line.rule]
    return [harmless(cell) for cell in row]


def _local(visit: Visit, moment: datetime) -> str:
    """As a table calculates with: the company's wall clock."""
    return moment.astimezone(visit.say.zone).strftime("%Y-%m-%d %H:%M:%S")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
