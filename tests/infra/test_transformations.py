"""What Azure stores of what the host wrote down: no key of a page, and all that we ask for later.

Azure's own engine is not to be had here: the queries are bound by Microsoft's library, and Python runs their regular
expressions, which it reads as RE2 does.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

from functions import connect, console
from shared.identity.console import Right, begin, write
from shared.identity.leaving import leave_token
from shared.identity.sealing import Sealer
from shared.identity.signing import Signer
from shared.sync.one_time import new_token
from tests.fakes.identity import SETTINGS
from tests.infra.bicep import INFRA, ROOT, TOOLS, run
from tests.infra.test_queries import COLUMNS

TABLES = {
    "requests": "AppRequests",
    "traces": "AppTraces",
    "exceptions": "AppExceptions",
    "dependencies": "AppDependencies",
}
ALLOWED = frozenset({"iif", "tostring", "strcat", "extract", "parse_json", "cut", "closed"})
"""Of https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-transformations-kql (2026-01-20:
no `replace` of any kind), and the two that the queries declare."""
FIRST_LINES = (
    'let cut = (text: string) {{ iif(text matches regex @"{0}", strcat(extract(@"{0}", 1, text), "/", '
    'extract(@"{0}", 3, text), "..."), text) }};\n'
    "let closed = (more: dynamic) {{ iif(tostring(more) matches regex @\"{0}\", parse_json('{{}}'), more) }};\n"
    "source\n| extend "
)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SIGNER = Signer(tuple(SETTINGS["SIGNING_KEYS"].split(",")))
SESSION = write(begin("acme", "Ada", "en", frozenset(Right), NOW), Sealer((SETTINGS["VAULT_KEYS"],)))
LEAVE = leave_token(SIGNER, "acme", "r1", NOW, NOW)
SIGNED = SIGNER.issue("progress", "acme~r1~tücken", NOW + timedelta(days=1))
ONE_TIME = new_token()
CODE = "0.AXkA-a-code-of-microsoft"

KEYED = {
    "/console/{session}/{*path}": [
        (f"/console/{SESSION}/{route.path.format(resource_id='r1', conflict_id='c1')}", SESSION)
        for route in console.ROUTES
    ],
    "/connect/callback": [(f"/connect/callback?code={CODE}&state={ONE_TIME}", CODE)],
    "/connect/progress/{key}": [(f"/connect/progress/{quote(SIGNED, safe='.%')}", SIGNED)],
    "/connect/{token}": [(f"/connect/{ONE_TIME}?lang=de", ONE_TIME)],
    "/connect/{token}/sign-in": [(f"/connect/{ONE_TIME}/sign-in", ONE_TIME)],
    "/connect/{token}/calendars": [(f"/Connect/{ONE_TIME}/calendars", ONE_TIME)],
    "/connect/{token}/stopped": [(f"/connect//{ONE_TIME}/stopped?reason=link_used", ONE_TIME)],
    "/leave/{token}": [(f"/leave/{LEAVE}?ended=keep", LEAVE)],
    "/conflict/{token}": [(f"/conflict/{LEAVE}", LEAVE)],
    "/api/email/events": [(f"/api/email/events?code={ONE_TIME}", ONE_TIME)],
}
"""Addresses that hold a key, by route, each with its key."""
ADDRESSES = [address for addresses in KEYED.values() for address in addresses]


@cache
def texts() -> Mapping[str, str]:
    """As infra/telemetry.bicep puts them together."""
    folder = INFRA / "transformations"
    return {name: (folder / "cut.kql").read_text() + (folder / f"{name}.kql").read_text() for name in TABLES}


@cache
def changes(name: str) -> Mapping[str, str]:
    """The columns that a transformation sets, with what it sets them to."""
    return dict(part.split(" = ", 1) for part in texts()[name].split("| extend ")[1].strip().split(",\n    "))


@cache
def pattern() -> re.Pattern[str]:
    return re.compile(str(re.findall(r'matches regex @"([^"]+)"', texts()["requests"])[0]))


def cut(text: str) -> str:
    found = pattern().search(text)
    return f"{found[1]}/{found[3] or ''}..." if found else text


def extracted(expression: str) -> Callable[[str], str]:
    rule = re.compile(str(re.findall(r'extract\(@"([^"]+)", 1, ', expression)[0]))

    def extract(text: str) -> str:
        found = rule.search(text)
        return found[1] if found else ""

    return extract


@pytest.mark.parametrize("name", TABLES)
def test_azure_would_take_each_query(name: str) -> None:
    text = texts()[name]
    asked = {"tables": {"source": f"({COLUMNS[TABLES[name]]})"}, "queries": {name: text.replace("\n", " ")}}
    assert json.loads(run(["node", TOOLS / "kql.js"], json.dumps(asked))) == {name: []}
    assert text.startswith(FIRST_LINES.format(pattern().pattern))
    assert set(re.findall(r"\b([a-z_]+)\(", re.sub(r'@"[^"]*"', "", text))) <= ALLOWED
    assert not re.search(r"^\s*//", text, re.M), "a comment would swallow the rest: the lines are joined"


def test_every_column_that_may_hold_an_address_is_seen_to() -> None:
    plain = {"cut(Name)", "cut(OperationName)", "cut(Message)", "cut(OuterMessage)", "cut(InnermostMessage)"}
    plain |= {"cut(ProblemId)", "closed(Properties)", "closed(Details)"}
    wanted = {"Name", "Url", "Data", "Message", "OuterMessage", "InnermostMessage", "ProblemId", "OperationName"}
    for name, table in TABLES.items():
        columns = {part.split(":")[0].strip() for part in COLUMNS[table].split(",")}
        assert set(changes(name)) == columns & (wanted | {"Properties", "Details"})
        assert set(changes(name).values()) - plain <= {changes(name).get("Url"), changes(name).get("Data")}


@pytest.mark.parametrize(("address", "key"), ADDRESSES, ids=[str(number) for number in range(len(ADDRESSES))])
def test_no_key_of_a_page_is_stored(address: str, key: str) -> None:
    url = extracted(changes("requests")["Url"])
    assert key in address or quote(key, safe=".%") in address
    parts = [part for part in re.split(r"[^A-Za-z0-9_-]", key) if len(part) > 8]
    for text in (
        url(f"https://sync.example{address}"),
        extracted(changes("dependencies")["Data"])(cut(f"https://sync.example{address}")),
        cut(f"GET {address}"),
        cut(f"GET https://sync.example{address}"),
        cut(f'Executing HTTP request: {{\n  "method": "GET",\n  "uri": "{address}"\n}}'),
        cut(f"Request starting HTTP/1.1 GET https://sync.example{address} - - 0"),
        cut(f"one {address} and another {address}"),
    ):
        assert text
        assert [part for part in parts if part in text] == []
    assert pattern().search(json.dumps({"url.path": address, "InvocationId": "x"}))
    assert url(f"https://sync.example{address}").startswith("https://sync.example/")


@pytest.mark.parametrize("name", ["code", "state", "sig", "token", "validationToken"])
@pytest.mark.parametrize("begins", ["", "?"])
def test_no_key_of_a_query_that_stands_by_itself_is_stored(name: str, begins: str) -> None:
    """`url.query` of OpenTelemetry is without the `?`:
    https://opentelemetry.io/docs/specs/semconv/url/url"""
    query = f"{begins}{name}={CODE}&session=1"
    assert cut(query) == "/..."
    assert cut(f"{begins}lang=de&{query.lstrip('?')}") == f"{begins}lang=de/..."
    assert CODE not in extracted(changes("dependencies")["Data"])(cut(query))
    for spaced in (None, (",", ":")):
        assert pattern().search(json.dumps({"url.path": "/connect/callback", "url.query": query}, separators=spaced))
    assert not pattern().search(json.dumps({"url.query": "lang=de", "reason": "no code=1, encode=2", "code": "ok"}))


def test_every_route_with_a_key_is_looked_at() -> None:
    sources = [
        connect.__file__,
        console.__file__,
        *(str(ROOT / f"functions/{name}.py") for name in ("leave", "conflict")),
    ]
    routes = {
        f"/{route}"
        for source in sources
        for route in re.findall(r'@blueprint\.route\(\s*"([^"]+)"', Path(source).read_text())
    }
    assert routes == KEYED.keys() - {"/api/email/events"}


def test_nothing_else_is_cut() -> None:
    files = [
        str(file.relative_to(ROOT)) for folder in ("functions", "shared") for file in (ROOT / folder).rglob("*.py")
    ]
    places = " < ".join(f"/home/site/wwwroot/{file}:123 some_function_with_a_long_name" for file in files)
    for text in (
        f"Unexpected KeyError, occurrence urn:uuid:1, at {places}",
        "event=round job=round outcome=done lag_ms=12 company=acme resource=r1 correlation=0123456789abcdef",
        "GET /connect/{token}/sign-in",
        "connect_landing",
        "Functions.sync_worker",
        "given up: 2 messages lie in sync-rounds-poison",
        "Moving message to queue 'sync-rounds-poison'",
    ):
        assert cut(text) == text
    url = extracted(changes("requests")["Url"])
    api = "https://sync.example/api/v1/companies/acme/resources/r-1/log"
    assert (url(f"{api}?limit=5"), url("https://sync.example/static/base.css"), url("")) == (
        api,
        "https://sync.example/static",
        "",
    )
