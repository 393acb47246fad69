"""docs/security.md: every door is named, and every threat is stopped by something that a test would miss."""

import ast
import re
from pathlib import Path

import pytest

from functions.limits import ADDRESS, COSTLY, LINK
from shared.identity.callers import READ, WRITE
from shared.sync.invite import LINES, MOST_IN_A_DAY, PAGES
from tests.doors import doors, others
from tests.proof_rows import ROOT, missing, proven, rows

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
MOST_TESTS = 4
SECTIONS = {
    heading: text for heading, _, text in (part.partition("\n") for part in re.split(r"^##+ ", PAGE, flags=re.M)[1:])
}
THREATS = [row for row in rows(PAGE) if re.fullmatch(r"\d+\.\d+", row[0])]
COMPARING = {
    "functions/timify_webhook.py": "_knows_secret",
    "functions/email_events.py": "_from_sns",
    "shared/identity/signing.py": "verify",
    "shared/sync/sign_in_session.py": "opened",
}
"""Where a secret that somebody brings meets the one that is kept. Links are looked up by their hash instead."""


def product() -> list[Path]:
    return [*(ROOT / "functions").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]


def test_no_door_is_left_out_of_the_ways_in() -> None:
    named = [name for row in rows(SECTIONS["Every way in"]) for name in re.findall(r"`([^`]+)`", row[0])]
    assert sorted(named) == sorted([*map(str, doors()), *others()])


def test_every_line_has_its_number_once_and_none_is_missing() -> None:
    numbers = [tuple(map(int, row[0].split("."))) for row in THREATS]
    last = {first: max(n for section, n in numbers if section == first) for first, _ in numbers}
    assert numbers == [(section, n) for section in sorted(last) for n in range(1, last[section] + 1)]
    assert sorted(last) == list(range(1, 10))


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row[0])
def test_every_threat_is_stopped_by_something_that_a_test_would_miss(row: list[str]) -> None:
    _, threat, stopped, proof = row
    assert all(re.fullmatch(r"[A-Z`].+\.", sentence) for sentence in (threat, stopped.replace(" `make audit`", "Make")))
    assert missing(proof) == []
    assert proven(proof, MOST_TESTS)


def test_the_limits_that_are_told_are_the_limits() -> None:
    told = {row[0]: row[1:3] for row in rows(SECTIONS["Limits of the public pages"])}
    for rate in (ADDRESS, LINK, COSTLY):
        assert told[rate.name] == [str(rate.burst), f"{rate.a_second:g}"]
    counted = f"Invitations: {MOST_IN_A_DAY} a day for each resource, counted in the latest {LINES * PAGES:,} lines"
    assert counted in SECTIONS["Limits of the public pages"]
    assert {READ, WRITE} <= set(re.findall(r"`([\w.]+)`", SECTIONS["Tokens for the API"]))


@pytest.mark.parametrize(("file", "function"), COMPARING.items())
def test_no_secret_is_compared_letter_by_letter(file: str, function: str) -> None:
    """The time that `==` takes tells how much was right; and all keys are tried, however early one fits."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function
    ]
    calls = [each for each in ast.walk(found[0]) if isinstance(each, ast.Call)]
    assert "hmac.compare_digest" in {ast.unparse(call.func) for call in calls}
    early = [call for call in calls if ast.unparse(call.func) == "any" and isinstance(call.args[0], ast.GeneratorExp)]
    assert early == []


def test_comparing_happens_nowhere_else() -> None:
    using = {str(file.relative_to(ROOT)) for file in product() if "compare_digest" in file.read_text("utf-8")}
    assert using == set(COMPARING)


def test_no_address_is_made_of_what_a_request_says_about_itself() -> None:
    """Whoever sends a request chooses its host."""
    said = re.compile(r"\breq(uest)?\.url\b|[\"'](x-forwarded-(host|proto)|x-original-url|host)[\"']", re.IGNORECASE)
    files = [file for file in product() if file.is_relative_to(ROOT / "functions")]
    assert [str(file.relative_to(ROOT)) for file in files if said.search(file.read_text("utf-8"))] == []
