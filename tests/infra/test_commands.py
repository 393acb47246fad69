"""Every `az` line that somebody is told to type, or that a script runs, is taken by the real Azure CLI's parser."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache

import pytest

from tests.infra.bicep import INFRA, PYTHON, ROOT, TOOLS, run

EXTENSIONS = ("communication", "monitor app-insights", "monitor log-analytics query")
"""Not part of the CLI: they would be installed when first used, and cannot be checked."""


def _az(script: str) -> Iterator[str]:
    """The arguments of each `az` in a shell script; what the shell fills in is `x`."""
    for line in script.replace("\\\n", " ").splitlines():
        if line.lstrip().startswith("#"):
            continue
        for start in re.finditer(r"(?:^|\$\(|[|&;{]|\bif|!)\s*az (?=[a-z])", line):
            yield _filled_in(_until_closed(line[start.end() :]))


def _until_closed(text: str) -> str:
    """Up to the end of the command: a parenthesis that was opened before it, a pipe, another command."""
    depth, quote = 0, ""
    for i, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif letter in ")|;&>" and not depth:
            return text[:i]
    return text


def _filled_in(text: str) -> str:
    text = re.sub(r"[$<]\([^()]*\)", "x", text)
    return re.sub(r"\$\{[^}]*\}|\$\w+", "x", text).strip()


@cache
def commands() -> tuple[tuple[str, str], ...]:
    """(where it stands, the line) for scripts and for the shell blocks of the pages."""
    found = [("infra/deploy.sh", line) for line in _az((INFRA / "deploy.sh").read_text())]
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for block in re.findall(r"```(?:sh|bash)\n(.*?)```", page.read_text(), re.DOTALL):
            found += [(page.name, line) for line in _az(block)]
    return tuple(found)


@cache
def refusals() -> dict[str, str]:
    lines = [line for _, line in commands()]
    wrong = ["functionapp deployment source config-zip -g g -n n --sorce x", "functionap list"]
    asked = "".join(json.dumps(shlex.split(line, comments=True)) + "\n" for line in (*lines, *wrong))
    answers = [json.loads(answer) for answer in run([PYTHON, TOOLS / "az_lines.py"], asked).splitlines()]
    return dict(zip((*lines, *wrong), answers, strict=True))


@pytest.mark.parametrize(("place", "line"), commands(), ids=[f"{place}:{line[:60]}" for place, line in commands()])
def test_no_command_is_refused_when_it_is_needed(place: str, line: str) -> None:
    assert not line.startswith(EXTENSIONS), f"{place}: az {line} needs an extension"
    assert refusals()[line] == "", f"{place}: az {line}"


def test_the_check_of_commands_sees_mistakes() -> None:
    assert "--src" in refusals()["functionapp deployment source config-zip -g g -n n --sorce x"]
    assert refusals()["functionap list"]


def test_the_script_and_the_pages_have_commands() -> None:
    assert {"infra/deploy.sh", "operations.md"} <= {place for place, _ in commands()}


def test_the_script_is_one() -> None:
    subprocess.run(["bash", "-n", INFRA / "deploy.sh"], check=True)
