"""Tables in docs/ whose rows name the tests that prove them: how they are read, and what such tests are."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::(test_[a-z_0-9]+)`")


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, without the lines below their headings."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def defined_in(path: str) -> frozenset[str]:
    """The names of the tests that pytest finds in a file."""
    body = ast.parse((ROOT / path).read_text("utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def proven(proof: str, most: int) -> bool:
    """Does a cell name at least one and at most so many tests, each of them once, and all of them there?"""
    named = NAMED.findall(proof)
    once = len(named) == len(set(named)) == len(proof.split("<br>"))
    return once and 1 <= len(named) <= most and not missing(proof)


def missing(proof: str) -> list[str]:
    """The tests that a cell names and that are not there."""
    named = NAMED.findall(proof)
    return [f"{path}::{name}" for path, name in named if not (ROOT / path).exists() or name not in defined_in(path)]
