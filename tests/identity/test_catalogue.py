"""Every refusal and every reason is explained: to people in the catalogue, to developers in docs/errors.md."""

import ast
from pathlib import Path

import pytest

from shared.domain.catalogue import CATALOGUE, explain
from shared.domain.failures import Reason
from shared.sync import errors

ROOT = Path(__file__).parents[2]
DOCUMENTED = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def codes() -> list[str]:
    """The first argument of every error that the module makes."""
    tree = ast.parse(Path(errors.__file__).read_text(encoding="utf-8"))
    kinds = {name for name, value in vars(errors).items() if isinstance(value, type)}
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in kinds
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


def test_the_codes_are_found_at_all() -> None:
    assert {"unknown-company", "no-email-address"} <= set(codes())


@pytest.mark.parametrize("code", codes())
def test_no_refusal_is_undocumented(code: str) -> None:
    assert f"### {code}\n" in DOCUMENTED


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_leaves_people_without_words(reason: Reason) -> None:
    words = explain(reason)
    assert f"### {reason.value}\n" in DOCUMENTED
    for sentence in (words.title, words.person, words.administrator, words.next_step, words.administrator_step):
        assert sentence
        assert sentence in DOCUMENTED


@pytest.mark.parametrize("reason", Reason)
def test_a_translation_reaches_every_sentence(reason: Reason) -> None:
    words = explain(reason, translate=str.upper)
    texts = (words.title, words.person, words.administrator, words.next_step, words.administrator_step)
    assert all(text.isupper() for text in texts)


@pytest.mark.parametrize("reason", Reason)
def test_nobody_is_told_to_ask_themselves(reason: Reason) -> None:
    words = explain(reason)
    assert "resource" not in words.next_step.replace("the right resource", "")
    assert "invite it" not in words.next_step
    assert "TIMIFY administrator" not in words.administrator_step
    assert "your own" not in words.administrator_step


def test_nothing_is_explained_that_does_not_exist() -> None:
    assert set(CATALOGUE) == set(Reason)
