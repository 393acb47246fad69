"""Every query that Azure is asked binds against the tables of Application Insights, and asks for what the app says."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.infra.bicep import INFRA, ROOT, TOOLS, run, templates

COLUMNS = {
    "AppTraces": "TimeGenerated: datetime, Message: string, SeverityLevel: int, Properties: dynamic, "
    "OperationId: string, ParentId: string, OperationName: string, AppRoleName: string, "
    "AppRoleInstance: string, ItemCount: int",
    "AppRequests": "TimeGenerated: datetime, Id: string, Name: string, Url: string, Success: bool, ResultCode: string, "
    "DurationMs: real, Properties: dynamic, OperationId: string, ParentId: string, OperationName: string, "
    "AppRoleName: string, AppRoleInstance: string, ItemCount: int",
    "AppExceptions": "TimeGenerated: datetime, ExceptionType: string, Message: string, OuterMessage: string, "
    "InnermostMessage: string, ProblemId: string, Details: dynamic, SeverityLevel: int, Properties: dynamic, "
    "OperationId: string, OperationName: string, AppRoleName: string, AppRoleInstance: string, ItemCount: int",
    "AppDependencies": "TimeGenerated: datetime, Name: string, Target: string, Data: string, Success: bool, "
    "ResultCode: string, DurationMs: real, DependencyType: string, Properties: dynamic, OperationId: string, "
    "OperationName: string, AppRoleName: string, AppRoleInstance: string, ItemCount: int",
    "AppMetrics": "TimeGenerated: datetime, Name: string, Sum: real, Min: real, Max: real, ItemCount: int, "
    "Properties: dynamic, AppRoleName: string, AppRoleInstance: string",
    "Usage": "TimeGenerated: datetime, DataType: string, Quantity: real, IsBillable: bool",
    "StorageTableLogs": "TimeGenerated: datetime, OperationName: string, StatusText: string, Uri: string, "
    "AuthenticationType: string, RequesterObjectId: string",
    "AzureDiagnostics": "TimeGenerated: datetime, ResourceType: string, OperationName: string, ResultType: string, "
    "identity_claim_oid_g: string, requestUri_s: string, httpStatusCode_d: real",
}
"""Of https://learn.microsoft.com/azure/azure-monitor/reference/tables-category: the columns that we ask for."""

PERIODS = {f"PT{each}M": each for each in (5, 10, 15, 30, 45)} | {f"PT{each}H": 60 * each for each in range(1, 7)}
"""Minutes; what Azure takes for both, as the provider azurerm of Terraform lists it for
`azurerm_monitor_scheduled_query_rules_alert_v2` (longer ones are left out)."""
SAYS_ITS_WINDOW = frozenset(
    {"failed-rounds", "timers-stopped", "throttled", "subscriptions-refused", "reconnect", "subscriptions-missing"}
)
"""Alerts whose section of the pages says within which time is counted."""
LATEST = 15
"""Minutes that a line may take to the workspace."""

HOST_SAYS = frozenset({"Moving message to queue"})
"""Said by the Functions host, in QueueProcessor of the WebJobs SDK."""
TO_FILL_IN = frozenset({"CORRELATION", "resource=RESOURCE"})
"""What whoever is on call writes into a query of the pages."""


@cache
def queries() -> dict[str, str]:
    """Of alerts, of the workbook, and of the pages: by a name that leads to them."""
    found = {f"infra/queries/{file.name}": file.read_text() for file in sorted(INFRA.glob("queries/*.kql"))}
    for item in json.loads((INFRA / "workbook.json").read_text())["items"]:
        if item["type"] == 3:
            found[f"workbook: {item['content']['title']}"] = item["content"]["query"]
    for page in sorted((ROOT / "docs").glob("*.md")):
        for i, text in enumerate(re.findall(r"```kusto\n(.*?)```", page.read_text(), re.DOTALL), 1):
            found[f"{page.name}, query {i}"] = text
    return found


@cache
def diagnostics() -> dict[str, list[str]]:
    asked = {"tables": {name: f"({columns})" for name, columns in COLUMNS.items()}, "queries": queries()}
    wrong = {"wrong column": "AppTraces | where Mesage == ''", "wrong operator": "AppTraces | were Message == ''"}
    asked["queries"] = {**queries(), **wrong}
    answer: dict[str, list[str]] = json.loads(run(["node", TOOLS / "kql.js"], json.dumps(asked)))
    return answer


@pytest.mark.parametrize("name", sorted(queries()))
def test_no_query_fails_when_it_is_needed(name: str) -> None:
    assert diagnostics()[name] == []


def test_the_check_of_queries_sees_mistakes() -> None:
    assert diagnostics()["wrong column"] != []
    assert diagnostics()["wrong operator"] != []


@pytest.mark.parametrize("name", sorted(queries()))
def test_no_query_waits_for_words_that_nobody_says(name: str) -> None:
    looked_for = re.findall(r'Message (?:startswith|has|contains) "([^"]+)"', queries()[name])
    assert [words for words in looked_for if words not in HOST_SAYS | TO_FILL_IN and not said(words)] == []


@pytest.mark.parametrize("name", sorted(queries()))
def test_no_query_reads_a_number_that_no_line_has(name: str) -> None:
    every_line = {"company", "resource", "correlation"}
    for event, keys in re.findall(r'"event=(\w+) "[^|]*\n\| parse-kv Message as \(([^)]*)\)', queries()[name]):
        line = next(line for line in lines() if line.startswith(f"event={event} "))
        asked = {key.split(":")[0].strip() for key in keys.split(",")}
        assert asked - every_line <= set(re.findall(r"(\w+)=%", line))
    assert queries()[name].count("parse-kv") == len(re.findall(r'"event=\w+ "[^|]*\n\| parse-kv', queries()[name]))


@pytest.mark.parametrize("name", sorted(queries()))
def test_no_query_names_a_function_that_does_not_exist(name: str) -> None:
    sources = [file.read_text() for file in (ROOT / "functions").rglob("*.py")]
    functions = {each for text in sources for each in re.findall(r"^@blueprint\..*\n(?:async )?def (\w+)", text, re.M)}
    text = queries()[name]
    named = re.findall(r'Name (?:==|endswith) "([^"]+)"', text)
    assert set(named) <= functions


def test_every_query_of_an_alert_is_used_and_told_about() -> None:
    loaded = {
        node.children[1].children[0].literal
        for template in templates().values()
        for node in template.root.walk()
        if node.type == "call_expression" and node.children[0].text == "loadTextContent"
    }
    texts = {
        str(file.relative_to(INFRA)) for folder in ("queries", "transformations") for file in INFRA.glob(f"{folder}/*")
    }
    assert texts == loaded - {"workbook.json"}
    page = (ROOT / "docs/operations.md").read_text()
    rules = [each.items["name"].literal for each in templates()["alerts.bicep"].variables["rules"].children]
    assert [rule for rule in rules if f"### {rule}\n" not in page] == []


def test_no_alert_misses_lines_that_arrive_late() -> None:
    for rule in templates()["alerts.bicep"].variables["rules"].children:
        every, window = (PERIODS[rule.items[name].literal or ""] for name in ("every", "window"))
        assert window >= every + LATEST, rule.items["name"].literal
    (made,) = templates()["alerts.bicep"].of_type("Microsoft.Insights/scheduledQueryRules")
    properties = made.body.items["properties"].items
    assert properties["evaluationFrequency"].text == "rule.every"
    assert properties["windowSize"].text == "rule.window"


def test_whoever_reads_of_an_alert_reads_the_time_that_it_looks_at() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    windows = {
        each.items["name"].literal: each.items["window"].literal
        for each in templates()["alerts.bicep"].variables["rules"].children
    }
    said = {
        name: re.findall(r"(?:within|for|an|in an|in the last) (30 minutes|hour|six hours)\b", _section(page, name))
        for name in SAYS_ITS_WINDOW
    }
    words = {"30 minutes": "PT30M", "hour": "PT1H", "six hours": "PT6H"}
    assert {name: {words[each] for each in found} for name, found in said.items()} == {
        name: {windows[name]} for name in said
    }


def _section(page: str, name: str) -> str:
    return page.split(f"### {name}\n")[1].split("\n#")[0]


@cache
def lines() -> tuple[str, ...]:
    """What the app logs, as formats."""
    return tuple(
        line for folder in ("functions", "shared") for file in (ROOT / folder).rglob("*.py") for line in _logged(file)
    )


def _logged(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        if node.func.attr in ("debug", "info", "warning", "error", "exception") and isinstance(
            node.args[0], ast.Constant
        ):
            yield str(node.args[0].value)


def said(words: str) -> bool:
    """A line of the log has these words, or could with a class of failures in the place of a `%s`."""
    if any(words in line for line in lines()):
        return True
    if words.count("=") == 1:
        field, value = words.split("=")
        return (
            any(f"{field}=%s" in line for line in lines())
            and f"class {value}(" in (ROOT / "shared/domain/failures.py").read_text()
        )
    return False
