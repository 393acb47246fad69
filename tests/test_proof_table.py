"""docs/proof.md: every rule has a number, a sentence, and tests that exist."""

import re

import pytest

from shared.domain.conflicts import ConflictKind
from shared.sync import resolve
from tests.proof_rows import ROOT, missing, proven, rows

PAGE = (ROOT / "docs" / "proof.md").read_text("utf-8")
SECTIONS = [1, 2, 3, 4, 5, 6, 7, 8, 9]
PROMISES = 9
MOST_TESTS = 4
RULES = [row for row in rows(PAGE) if row != ["rule", "what holds", "proven by"]]


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
    assert missing(proof) == []
    assert proven(proof, MOST_TESTS)


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
