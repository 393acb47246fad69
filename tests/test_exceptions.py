"""docs/sync-exceptions.md, the article for customers: it has a line for everything, and a page can link to each."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain.conflicts import ConflictKind
from shared.domain.failures import Reason
from shared.domain.rules import Rule
from shared.domain.settings import Settings, flatten, to_dict

ARTICLE = (Path(__file__).resolve().parents[1] / "docs" / "sync-exceptions.md").read_text("utf-8")
SETTINGS = flatten(to_dict(Settings()))
NEEDED = [
    *(f"rule-{rule}" for rule in Rule),
    *(f"conflict-{kind}" for kind in ConflictKind),
    *(f"setting-{name}" for name in SETTINGS),
]
KNOWN = {*NEEDED, *(f"reason-{reason}" for reason in Reason)}
ANCHOR = re.compile(r'<small id="([^"]+)">([^<]*)</small>')
LINK = re.compile(r'<small><a href="#([^"]+)">([^<]*)</a></small>')
STATING = (
    "What is synced",
    "What is synced, but not one to one",
    "What is never synced",
    "What we recommend not to edit",
)
SECTIONS = (*STATING, "Conflicts and what you can do", "What you can choose", "Hints", "Questions and answers")


def sections() -> dict[str, str]:
    """Their texts by their headings."""
    _, *parts = re.split(r"^## (.+)$", ARTICLE, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def statements() -> Iterator[str]:
    """Every item of a list that states a rule, on one line."""
    for heading in (*STATING, "Conflicts and what you can do"):
        for item in re.split(r"^- ", sections()[heading], flags=re.MULTILINE)[1:]:
            yield " ".join(item.split("\n\n")[0].split())


def answers() -> dict[str, str]:
    """The answers by their questions."""
    _, *parts = re.split(r"^### (.+)$", sections()["Questions and answers"], flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_article_has_all_its_parts() -> None:
    assert tuple(sections()) == SECTIONS


@pytest.mark.parametrize("name", NEEDED)
def test_everything_that_decides_has_a_line(name: str) -> None:
    assert name in dict(ANCHOR.findall(ARTICLE))


def test_no_anchor_is_unknown_or_used_twice() -> None:
    names = [name for name, _ in ANCHOR.findall(ARTICLE)]
    assert len(names) == len(set(names))
    assert set(names) <= KNOWN
    assert len(names) == ARTICLE.count(" id=")


def test_every_link_leads_to_an_anchor_of_the_article() -> None:
    linked = [name for name, _ in LINK.findall(ARTICLE)]
    assert set(linked) <= set(dict(ANCHOR.findall(ARTICLE)))
    assert len(linked) == ARTICLE.count("href=")


def test_an_anchor_is_shown_under_its_own_name() -> None:
    for name, shown in (*ANCHOR.findall(ARTICLE), *LINK.findall(ARTICLE)):
        assert name.partition("-")[2] == shown


def test_every_line_that_states_a_rule_ends_with_its_name() -> None:
    assert len(list(statements())) > len(ConflictKind) + 40
    assert [line for line in statements() if not line.endswith("</small>")] == []


def test_every_answer_names_what_it_is_about() -> None:
    assert len(answers()) > 12
    assert [question for question, answer in answers().items() if "</small>" not in answer] == []


@pytest.mark.parametrize("name", list(SETTINGS))
def test_every_value_of_a_setting_is_named_the_default_first(name: str) -> None:
    (row,) = [line for line in sections()["What you can choose"].splitlines() if f'id="setting-{name}"' in line]
    setting: object = Settings()
    for part in name.split("."):
        setting = getattr(setting, part)
    named = re.findall(r"`([a-z_]+)`", row.split("|")[2])
    assert named[0] == setting
    assert sorted(named) == sorted(type(setting))  # type: ignore[call-overload]  # an enumeration
