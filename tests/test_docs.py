"""What is configured or decided must be written down."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ops.__main__ import COMMANDS
from shared.domain.conflicts import ConflictKind
from shared.domain.rules import Rule

ROOT = Path(__file__).resolve().parents[1]


def test_no_setting_is_read_that_nobody_documented() -> None:
    read = set(
        re.findall(r'"([A-Z][A-Za-z]*(?:_+[A-Za-z]+)+|AzureWebJobsStorage)"', (ROOT / "shared/config.py").read_text())
    )
    rows = [
        line.split("|")[1] for line in (ROOT / "docs/settings.md").read_text().splitlines() if line.startswith("| `")
    ]
    documented = {name for row in rows for name in re.findall(r"`([A-Za-z_]+)`", row)}
    assert read == documented


def test_no_rule_decides_that_nobody_documented() -> None:
    documented = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs/rules.md").read_text()))
    assert {*map(str, Rule), *map(str, ConflictKind)} <= documented


def test_no_value_of_the_host_stands_there_unexplained() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (?:`([^`]+)`|\*\(empty\)\*) \| \S", (ROOT / "docs/host.md").read_text(), re.MULTILINE
    )
    assert dict(rows) == dict(_leaves("", json.loads((ROOT / "host.json").read_text())))


def test_no_command_and_no_job_is_left_out_of_what_operations_read() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    assert [command.name for command in COMMANDS if f"python -m ops {command.name}" not in page] == []
    # the table of the agenda has a column of that name too: the queue's comes last
    listed = re.findall(r"^\| `job` \| (.*) \|$", (ROOT / "docs/storage.md").read_text(), re.MULTILINE)[-1]
    assert [job for job in listed.split(", ") if f"`{job}`" not in page] == []


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield path, str(value)
        return
    for name, each in value.items():
        yield from _leaves(f"{path}.{name}" if path else name, each)
