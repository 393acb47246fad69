"""docs/proof.md: every rule has a number, a sentence, and tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from shared.domain.conflicts import ConflictKind
from shared.sync import resolve

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "proof.md").read_text("utf-8")
SECTIONS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
PROMISES = 9
MOST_TESTS = 4
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
RULES = [row for row in ROWS if row != ["rule", "what holds", "proven by"]]
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::(test_[a-z_0-9]+)`")


@cache
def defined_in(path: str) -> frozenset[str]:
    """The names of the tests that pytest finds in a file."""
    body = ast.parse((ROOT / path).read_text("utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_number_is_there_once_and_none_is_missing() -> None:
    numbers = [tuple(map(int, row[0].split("."))) for row in RULES]
    of_section = {section: sum(1 for first, _ in numbers if first == section) for section in SECTIONS}
    assert numbers == [(section, n) for section in SECTIONS for n in range(1, of_section[section] + 1)]
    assert all(of_section.values())
    assert of_section[8] >= PROMISES


def test_a_rule_stands_in_the_section_of_its_number() -> None:
    for part in PAGE.split("\n## ")[1:]:
        section = part.split(".")[0]
        assert set(re.findall(r"^\| (\d+)\.\d+ \|", part, re.MULTILINE)) == {section}


@pytest.mark.parametrize("row", RULES, ids=lambda row: row[0])
def test_every_rule_is_a_sentence_and_proven_by_tests_that_exist(row: list[str]) -> None:
    _, sentence, proof = row
    assert re.fullmatch(r"[A-Z`].+\.", sentence)
    named = NAMED.findall(proof)
    assert 1 <= len(named) <= MOST_TESTS
    assert len(named) == len(set(named)) == len(proof.split("<br>"))
    assert [f"{path}::{name}" for path, name in named if name not in defined_in(path)] == []


def test_no_rule_is_stated_twice() -> None:
    sentences = [row[1] for row in RULES]
    assert len(sentences) == len(set(sentences))


def test_every_kind_of_conflict_and_everything_that_can_be_done_has_a_row() -> None:
    sentences = [row[1] for row in RULES if row[0].startswith("6.")]
    for kind in ConflictKind:
        assert [sentence for sentence in sentences if sentence.startswith(f"`{kind}`: ")]
    for action in (resolve.RETRY, resolve.KEEP_TIMIFY, resolve.KEEP_OUTLOOK, resolve.IGNORE):
        words = action.replace("_", " ").lower()
        assert [sentence for sentence in sentences if sentence.lower().startswith(words)]
